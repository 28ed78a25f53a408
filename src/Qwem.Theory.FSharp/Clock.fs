namespace Qwem.Theory

open Qwem.Theory.Hypothesis

/// <summary>Unit of kappa t, the time of every solution here: dW/dt = kappa W (M* - W'W). In size it is 1 / lambda*.</summary>
/// <remarks>docs/derivations.md section 4. Units of measure exist in F# only: C# sees doubles.</remarks>
[<Measure>]
type kappaTime

/// <summary>Unit of eta t = 2 kappa t: the time of v1 section 4.2 (tau_k), and the clock tau of its Appendix D.2, Eqs. (80) to (83).</summary>
[<Measure>]
type etaTime

/// <summary>Unit of a number of discrete steps; kappa h, the time of one step, is in kappaTime / step.</summary>
[<Measure>]
type step

/// <summary>The clock of the flow, the paper's, and the optimiser's.</summary>
/// <remarks>docs/derivations.md sections 4, 4.4 and 6. kappa t is the time of dW/dt = kappa W (M* - W'W); the paper's eta t ticks twice as fast, so that
/// lambda-dot = lambda (lambda* - lambda). Its eta is no learning rate: an optimiser that descends g ||M - M*||_F^2 with learning rate h does kappa h = 4 g h
/// a step. A quotient such as t / tau is a plain number.</remarks>
[<AbstractClass; Sealed>]
type Clock private () =

    /// <summary>eta t = 2 kappa t.</summary>
    /// <param name="kappaTime">kappa t, finite.</param>
    /// <returns>eta t.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException"><paramref name="kappaTime"/> is not finite.</exception>
    static member EtaTime(kappaTime: float<kappaTime>) : float<etaTime> =
        finite "kappaTime" (float kappaTime)
        2.0<etaTime / kappaTime> * kappaTime

    /// <summary>kappa t = 4 g t of a descent of g ||W'W - M*||_F^2.</summary>
    /// <remarks>docs/derivations.md section 4. For one step of learning rate h pass t = h and divide by 1&lt;step&gt;.</remarks>
    /// <param name="weight">g, positive: QuadraticLoss.ConstantWeight for an omniscient weighting, 1/2 for L_xe with Psi = 1 / (P_i P_j).</param>
    /// <param name="trainingTime">t, learning rate times steps, finite.</param>
    /// <returns>kappa t.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">An argument leaves its range.</exception>
    static member OfTraining(weight: float, trainingTime: float) : float<kappaTime> =
        positive "a positive weight" "weight" weight
        finite "trainingTime" trainingTime
        4.0<kappaTime> * weight * trainingTime

    /// <summary>kappa t = 2 g t of a descent of g ||W1'W2 - M*||_F^2 in both factors: half of the symmetric model's.</summary>
    /// <remarks>docs/derivations.md section 4.4.</remarks>
    /// <param name="weight">g, positive.</param>
    /// <param name="trainingTime">t, learning rate times steps, finite.</param>
    /// <returns>kappa t.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">An argument leaves its range.</exception>
    static member OfTrainingTwoFactors(weight: float, trainingTime: float) : float<kappaTime> =
        positive "a positive weight" "weight" weight
        finite "trainingTime" trainingTime
        2.0<kappaTime> * weight * trainingTime

    /// <summary>kappa t = eta t / 2.</summary>
    /// <param name="etaTime">eta t, finite.</param>
    /// <returns>kappa t.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException"><paramref name="etaTime"/> is not finite.</exception>
    static member KappaTime(etaTime: float<etaTime>) : float<kappaTime> =
        finite "etaTime" (float etaTime)
        0.5<kappaTime / etaTime> * etaTime
