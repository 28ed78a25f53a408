namespace Qwem.Theory

open Qwem.Theory.Hypothesis

/// <summary>Unit of kappa t, the time of every solution here: dW/dt = kappa W (M* - W'W). In size it is 1 / lambda*.</summary>
/// <remarks>THEORY.md section 4. Units of measure exist in F# only: C# sees doubles.</remarks>
[<Measure>]
type kappaTime

/// <summary>Unit of eta t = 2 kappa t: the time of v1 section 4.2 (tau_k), and the clock tau of its Appendix D.2, Eqs. (80) to (83).</summary>
[<Measure>]
type etaTime

/// <summary>Unit of a number of discrete steps; kappa h, the time of one step, is in kappaTime / step.</summary>
[<Measure>]
type step

/// <summary>The two clocks of the paper.</summary>
/// <remarks>THEORY.md sections 4 and 6. kappa t is that of Theorem 4.3's flow; eta t ticks twice as fast, so that lambda-dot = lambda (lambda* - lambda).
/// A quotient such as t / tau is a plain number.</remarks>
[<AbstractClass; Sealed>]
type Clock private () =

    /// <summary>eta t = 2 kappa t.</summary>
    /// <param name="kappaTime">kappa t, finite.</param>
    /// <returns>eta t.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException"><paramref name="kappaTime"/> is not finite.</exception>
    static member EtaTime(kappaTime: float<kappaTime>) : float<etaTime> =
        finite "kappaTime" (float kappaTime)
        2.0<etaTime / kappaTime> * kappaTime

    /// <summary>kappa t = eta t / 2.</summary>
    /// <param name="etaTime">eta t, finite.</param>
    /// <returns>kappa t.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException"><paramref name="etaTime"/> is not finite.</exception>
    static member KappaTime(etaTime: float<etaTime>) : float<kappaTime> =
        finite "etaTime" (float etaTime)
        0.5<kappaTime / etaTime> * etaTime
