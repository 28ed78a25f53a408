namespace Qwem.Validation.TwoMillionSteps

open Qwem.Reports
open Qwem.Validation
open Qwem.Validation.Drawing
open Qwem.Validation.TwoMillionSteps.Theory

/// Experiment two-million-steps: the paper's Experiment 1 at its own number of steps, recorded once, against the exact solution.
module Experiment =

    /// Holds the recording against the exact solution.
    let run (setting: Setting) =
        let told fraction =
            setting.Progress.Invoke("two-million-steps: exact solution", fraction)

        let evidence = Gates.gather setting told
        let verdicts = Gates.all evidence |> List.map (OldGate.evaluate correct)
        told 0.9
        let v, d = settings.VocabularySize, settings.EmbeddingDimension
        let recording = evidence.Recording
        let steps, last = recording.Steps, recording.Steps[evidence.Last]

        let elapsed, load, command =
            recording.Circumstance "elapsed", recording.Circumstance "load", recording.Circumstance "command"

        let realisation =
            Theorem43.Prediction.firstRealisation settings evidence.Correct / evidence.Step

        {
            Id = "two-million-steps"
            Title = "Experiment 1 at the paper's two million steps"
            Question =
                "Does the closed form still hold after two million steps of stochastic gradient descent, as many as the paper takes?"
            Prediction =
                "The exact solution (`ExactSolution` in `docs/theory.md`) from the same random start, each mode delayed by κhλ/ln(1 + κhλ) for the finite step (`AlignedSolution.DiscreteTimeFactor`)."
            Answer = ""
            Paragraphs =
                [
                    $"L_{{xe}} with Ψ_{{i}} = 1/P_{{i}}, V = {v}, d = {d}, σ = {settings.InitialisationScale:g}, 50,000 positive and 50,000 negative pairs a step in float64, learning rate {learningRate:g} (κhλ_{{1}} = %.2g{evidence.Step * evidence.Correct.Eigenvalues[0]}). The paper's rate of 0.33 would end the run at a third of the time; this one lets the last of the {d} modes rise."
                    $"The run was made once and its trace is part of the repository: {last:N0} steps, {float last * 1e5:N0} pairs, in {elapsed} on two cores ({load}). `{command}` makes the same bytes again, STEPS being the first column of `validation/data/two-million-steps.csv`."
                    "It has to be float64: with `--precision single` the rounding of the modes that have risen seeds those that have not, and from the eighth on they rise early, the eightieth at three fifths of its time."
                ]
            Quantities =
                [
                    quantity "τ_{1}" realisation "steps" "when the paper's theory has the first mode realised"
                    quantity "end" (float last / realisation) "τ_{1}" "length of the run"
                    quantity
                        "half-rise error"
                        (Gates.largestRiseError evidence)
                        "1"
                        "largest relative error of a half-rise time"
                    quantity
                        "error at the end"
                        (Gates.largestEndError evidence)
                        "1"
                        "largest relative error of a singular value after the last step"
                ]
            References = []
            Tables = []
            Figures = [ Figure.draw realisation steps recording.SingularValues evidence.Theory ]
            Verdicts = verdicts
        }
