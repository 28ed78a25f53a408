namespace Qwem.Validation.TwoMillionSteps

open Qwem.Sim.LinearAlgebra
open Qwem.Sim.Training
open Qwem.Validation
open Qwem.Validation.Theorem43

/// The recorded run, and what the theory says of it.
module Theory =

    /// The learning rate h of the run; its command stands beside the recording.
    let learningRate = 1.0

    /// Its size, start and seed.
    let settings =
        { Settings.full with
            InitialisationSeed = 1UL
        }

    /// What the theory side takes to be true.
    let correct =
        { Belief.correct with
            Name = "as derived"
            // The weights Psi multiply the losses, so the target is M* itself, without Z.
            SubsamplingNormalised = false
        }

    /// The loss of the run, as the simulator has it: P_ij / (V^2 P_i P_j) and 1 / V^2.
    let objective (frequencies: Limits.Frequencies) =
        let p, v = frequencies.Words, frequencies.Words.Length
        let count = float (v * v)

        let positive =
            frequencies.Pairs
            |> Array.mapi (fun e pair -> pair / (count * (p[e / v] * p[e % v])))

        let negative = DenseMatrix(v, v, Array.create (v * v) (1.0 / count))
        PairwiseObjective.FromWeights(DenseMatrix(v, v, positive), negative, 0.0, 1.0, 0.5, -1.0)

    /// Singular values after so many steps, without the delay by their finite size.
    let singularValues (prediction: Prediction) (steps: int64 array) =
        let step = prediction.Kappa * learningRate

        steps
        |> Memory.inBatches (Array.Parallel.map (fun n -> prediction.Exact.At(step * float n).SingularValues()))

    /// Half-rise times in steps, with that delay.
    let halfRises (prediction: Prediction) (plateaus: float array) (steps: int64 array) =
        let step = prediction.Kappa * learningRate

        Comparison.halfRises
            plateaus
            (Array.map float steps)
            (singularValues prediction steps)
            settings.EmbeddingDimension
        |> Array.mapi (fun k time ->
            time
            * DescentBounds.StepFactor(prediction.Belief, step * prediction.Eigenvalues[k]))

    /// Every fourth of a sequence, counted from its end.
    let thinned (items: 'a array) =
        items
        |> Array.rev
        |> Array.indexed
        |> Array.filter (fun (index, _) -> index % 4 = 0)
        |> Array.map snd
        |> Array.rev
