namespace Qwem.Validation.SimClr

open System
open Qwem.Validation
open Qwem.Validation.Flows

/// Where the inverse temperature is believed to enter.
type Temperature =
    /// (0, 1, beta/2, -1): target M*_xe / beta.
    | Derived
    /// beta taken for 1: target M*_xe.
    | Ignored
    /// 1/beta for beta: target beta M*_xe.
    | Inverted

/// What the theory side takes to be true.
type Belief =
    {
        Temperature: Temperature
        /// Whether the loss of Eq. (20) is divided by beta, so that the clock does not depend on it.
        Divided: bool
        /// kappa / g.
        KappaFactor: float
    }

module Belief =

    let correct =
        {
            Temperature = Derived
            Divided = true
            KappaFactor = 4.0
        }

    /// The inverse temperature that a belief puts into the loss.
    let effective belief beta =
        match belief.Temperature with
        | Derived -> beta
        | Ignored -> 1.0
        | Inverted -> 1.0 / beta

    let ignored = "temperature ignored", { correct with Temperature = Ignored }

    let inverted =
        "temperature on the wrong side", { correct with Temperature = Inverted }

    let undivided = "loss not divided by beta", { correct with Divided = false }

    let kappaDoubled = "kappa twice too large", { correct with KappaFactor = 8.0 }

module Gates =

    /// A theory on the clock of a belief.
    let clocked (belief: Belief) beta (theory: ExactTheory) =
        { theory with
            Kappa =
                theory.Kappa * belief.KappaFactor / Belief.correct.KappaFactor
                * (if belief.Divided then 1.0 else beta)
        }

    let private worstOver (runs: FlowRun list) gap = runs |> Seq.map gap |> Curves.worst

    let private list (runs: FlowRun list) =
        String.Join(", ", runs |> List.map (fun run -> $"{run.InverseTemperature:g}"))

    /// The flow of the expansion against the exact solution.
    let gram (theoryOf: Belief -> FlowRun -> ExactTheory) (runs: FlowRun list) team : Gate<Belief> =
        {
            Id = "simclr/exact-gram"
            Claim =
                $"The expanded loss at β = {list runs} follows the exact solution with target M*_{{xe}}/β at every record compared."
            Metric = "largest relative error of M over records and β, Frobenius norm"
            Tolerance =
                runs
                |> List.map (fun run -> ExactTheory.gramTolerance run.Theory run.Fine run.Coarse team)
                |> List.maxBy _.Bound
            Gap = (fun belief -> worstOver runs (fun run -> ExactTheory.gramError (theoryOf belief run) run.Fine team))
            Mutations = [ Belief.ignored; Belief.inverted; Belief.undivided; Belief.kappaDoubled ]
        }

    /// Step times, which do not depend on the temperature but through ln(lambda/beta).
    let stepTimes (runs: FlowRun list) : Gate<Belief> =
        let errors =
            runs |> List.map (fun run -> run, Bounds.stepTimeError run.Theory run.Fine)

        let count = errors |> List.sumBy (fun (_, (modes, _)) -> modes.Length)

        Bounds.stepTimeGate
            "simclr/step-times"
            $"The singular values rise at ln(λ_{{k}}/(βσ²)) V²/(4λ_{{k}}), λ_{{k}} the eigenvalues of M*_{{xe}} ({count} modes of the three runs)."
            (fun belief ->
                errors
                |> Seq.map (fun (run, (_, error)) ->
                    error (ExactTheory.realisation (clocked belief run.InverseTemperature run.Theory)))
                |> Curves.worst)
            [ Belief.undivided; Belief.kappaDoubled ]

    /// Plateaus.
    let plateaus (runs: FlowRun list) : Gate<Belief> =
        let errors =
            runs
            |> List.map (fun run -> run, Bounds.plateauError run.Theory run.Fine run.Coarse)

        let count = errors |> List.sumBy (fun (_, (modes, _)) -> modes.Length)

        Bounds.plateauGate
            "simclr/plateaus"
            $"The singular values come to rest at (λ_{{k}}/β)^{{1/2}} ({count} modes of the three runs have had the time)."
            (fun belief ->
                errors
                |> Seq.map (fun (run, (_, error)) ->
                    let beta = run.InverseTemperature
                    error (fun k -> sqrt (run.Theory.Eigenvalues[k] * beta / Belief.effective belief beta)))
                |> Curves.worst)
            [ Belief.ignored; Belief.inverted ]

    /// The cross-entropy itself depends on the temperature through beta M alone.
    let scaling (reference: ContrastiveRun) (runs: ContrastiveRun list) step : Gate<Belief> =
        let compared =
            runs |> List.map _.Values.Length |> List.min |> min reference.Values.Length

        let steps = reference.Steps[compared - 1]
        // Roundings of one sum of a product are in chains of 256.
        let chain = sqrt 256.0

        {
            Id = "simclr/temperature-scaling"
            Claim =
                "Descents of the true cross-entropy at different β from starts of scale σ/β^{1/2} are the same up to that scale: the model depends on β as the target M*_{xe}/β says, step by step, beyond the expansion."
            Metric = "largest difference of β s_{k}² from β = 1 over modes, records and runs, in units of s_{1}²"
            Tolerance =
                {
                    Bound =
                        Tolerance.standardErrors
                        * Tolerance.unitRoundoff
                        * (2.0 * sqrt steps * (1.0 + step * sqrt 3.0 * chain) + sqrt 2.0 * chain)
                    Because =
                        $"rounding, six standard errors of independent ones, doubled by the square: one u per step, and %.2g{step} times three products' chains of 256 roundings, over %.0f{steps} steps; and the chains of both Gram matrices whose eigenvalues are compared"
                }
            Gap =
                (fun belief ->
                    runs
                    |> Seq.collect (fun run ->
                        let beta = Belief.effective belief run.InverseTemperature

                        Seq.init compared (fun n ->
                            let leading = reference.Values[n][0]

                            Array.map2
                                (fun s one -> abs (beta * s * s - one * one))
                                run.Values[n]
                                reference.Values[n]
                            |> Array.max
                            |> fun apart -> apart / (leading * leading)))
                    |> Curves.worst)
            Mutations = [ Belief.ignored; Belief.inverted ]
        }

    /// The first step of the cross-entropy.
    let firstRise (size: Size) (theory: ExactTheory) (run: ContrastiveRun) : Gate<Belief> =
        let beta = run.InverseTemperature

        let measured =
            Curves.halfRiseTime theory.Eigenvalues[0] run.Steps (run.Values |> Array.map Array.head)

        {
            Id = "simclr/cross-entropy-first-rise"
            Claim =
                $"The true cross-entropy over batches of {size.Batch} pairs makes its first step when its expansion says (β = {beta:g})."
            Metric = "relative error of the step number of the first half-rise"
            Tolerance = FirstRise.bound theory beta run.LearningRate size.Batch
            Gap =
                (fun belief ->
                    let predicted =
                        FirstRise.predicted (clocked belief beta theory) run.LearningRate size.Batch

                    abs (predicted / measured - 1.0))
            Mutations = [ Belief.undivided; Belief.kappaDoubled ]
        }
