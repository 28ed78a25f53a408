namespace Qwem.Validation.SimClr

open Qwem.Reports
open Qwem.Sim.LinearAlgebra
open Qwem.Theory
open Qwem.Validation
open Qwem.Validation.Flows
open Qwem.Validation.Drawing
open Qwem.Validation.Flows.Drawing

/// Experiment simclr: the contrastive loss with a temperature (Eq. 20), its expansion as a flow and itself as a descent.
module Experiment =

    let private figure (runs: FlowRun list) (descent: ContrastiveRun) (theory: ExactTheory) =
        let modes = shown theory.Exact.EmbeddingDimension |> List.filter (fun k -> k < 10)

        let highest =
            runs
            |> Seq.collect _.Fine.SingularValues
            |> Seq.map Array.head
            |> Seq.max
            |> max (descent.Values |> Seq.map Array.head |> Seq.max)

        let panel title last series =
            {
                Title = title
                X = axis "time t/τ_{1}" Logarithmic (Some(0.5, last))
                Y = axis "singular value" Linear (Some(0.0, 1.05 * highest))
                Series = series
                VerticalRules = []
            }

        let solid, dashed = Line(Solid, 3.0), Line(Dashed, 1.2)

        let flow (run: FlowRun) =
            let unit = ExactTheory.realisation run.Theory 0
            let clock = run.Fine.Times |> Array.map (fun t -> t / unit)

            panel
                $"expansion, β = {run.InverseTemperature:g}"
                (Array.last clock)
                (curves "simulated" solid modes clock run.Fine.SingularValues
                 @ curves
                     "exact theory of the expansion"
                     dashed
                     modes
                     clock
                     (ExactTheory.singularValues run.Theory run.Fine.Times))

        let unit = ExactTheory.realisation theory 0
        let times = descent.Steps |> Array.map (fun n -> n * descent.LearningRate)
        let clock = times |> Array.map (fun t -> t / unit)

        {
            Id = "simclr"
            Title = "Stepwise learning with a temperature"
            PaperFigures = []
            Caption =
                "Singular values against time in units of the first realisation time; one colour per mode. Solid: simulated; dashed: exact solution of the expansion. The plateaus are (λ_{k}/β)^{1/2}, the clock does not depend on β. Last panel: stochastic descent of the true cross-entropy; its finite steps make its first rise 5% later than a flow's (`AlignedSolution.DiscreteTimeFactor` in `docs/theory.md`), which the gate accounts for. What it does afterwards is not predicted."
            AlternativeText =
                "Four panels of sigmoidal steps. In the first three theory lies on the simulation and the heights fall as the inverse temperature grows; in the last the simulated curves rise a little later than the theory's and fluctuate near their heights."
            Panels =
                (runs |> List.map flow)
                @ [
                    panel
                        $"cross-entropy, β = {descent.InverseTemperature:g}"
                        (Array.last clock)
                        (curves "simulated" solid modes clock descent.Values
                         @ curves
                             "exact theory of the expansion"
                             dashed
                             modes
                             clock
                             (ExactTheory.singularValues theory times))
                ]
            Columns = 0
            Frames = []
            ColourNames = names modes
            Slider = true
            Command = "qwem reproduce --only simclr"
        }

    /// Runs the expansion at three temperatures and the cross-entropy at the same ones, and judges both.
    let run (setting: Setting) : Section =
        let size = Runs.sizeOf setting.Profile
        let team = setting.Team
        setting.Progress.Invoke("simclr: balancing the pairs", 0.0)

        let pairs = Balance.pairs (Limits.Training.frequencies setting.Embedded size.Words)

        let uniform = 1.0 / float size.Words / float size.Words

        let basis =
            SymmetricEigenSolver.Decompose(
                DenseMatrix(size.Words, size.Words, pairs.Values |> Array.map (fun p -> p - uniform)),
                team
            )

        let runs = Runs.temperatures |> List.map (Runs.flow setting size pairs basis)

        let steps = Runs.stepsTo (1e4 / (Runs.sigma * Runs.sigma))

        let descents =
            Runs.temperatures
            |> List.map (fun beta ->
                Runs.contrastive setting size pairs basis beta (if beta = 1.0 then 3 * steps else steps))

        let theoryUnder loss start sigma = Runs.theory pairs loss start sigma team

        let theoryOf (belief: Belief) (run: FlowRun) =
            let beta = run.InverseTemperature

            let theory =
                if belief.Temperature = Derived then
                    run.Theory
                else
                    theoryUnder (QuadraticLoss.SimClr(Belief.effective belief beta)) run.Start Runs.sigma

            Gates.clocked belief beta theory

        let ofDescent (run: ContrastiveRun) =
            theoryUnder (QuadraticLoss.SimClr run.InverseTemperature) run.Start run.Sigma

        let reference = descents |> List.find (fun run -> run.InverseTemperature = 1.0)
        let others = descents |> List.filter (fun run -> run.InverseTemperature <> 1.0)
        let judged = List.last others
        let plain = ofDescent reference

        let gates: Gate<Belief> list =
            [
                Gates.gram theoryOf runs team
                Gates.stepTimes runs
                Gates.plateaus runs
                Gates.scaling reference others (2.0 * reference.LearningRate * basis.Eigenvalues[0])
                Gates.firstRise size (ofDescent judged) judged
            ]

        let quantity name value meaning =
            {
                Name = name
                Value = value
                Unit = "1"
                Meaning = meaning
            }

        let final = Array.last reference.Values

        {
            Id = "simclr"
            Title = "Stepwise learning with a temperature"
            Question = "Does SimCLR's contrastive loss learn in steps too, and where does its temperature enter?"
            Prediction =
                "Eq. (20) over β expands to the quadratic loss (0, 1, β/2, −1): target M*_{xe}/β, weight βP_{i}P_{j}/2 (`QuadraticLoss.SimClr` in `docs/theory.md`). With uniform words the flow is solved: plateaus (λ_{k}/β)^{1/2} at times that know β only through ln(λ_{k}/(βσ²))."
            Answer = ""
            Paragraphs =
                [
                    $"The {size.Words} most frequent words, d = {size.Dimension}, subsampled so that every word is in equally many pairs: a batch draws its negatives from the marginals of its pairs, and uniform ones make the weight constant. The expansion of the logarithm of a mean of exponentials has a variance where L_{{xe}} has a second moment; for uniform marginals M* has rows of mean zero, and the two agree on everything that is learned."
                    $"The expansion is integrated as a flow from σ = %g{Runs.sigma}; the cross-entropy itself is descended over batches of {size.Batch} pairs, each of which is its own negative with share 1/B, which slows the clock by 1 − 1/B. Where the true loss leaves its expansion, after the first step, its values are reported and not gated."
                ]
            Quantities =
                [
                    quantity
                        "s_{1} of the cross-entropy"
                        (final[0] / sqrt plain.Eigenvalues[0])
                        "after the last step at β = 1, over the expansion's plateau"
                    quantity
                        "s_{2} of the cross-entropy"
                        (final[1] / sqrt plain.Eigenvalues[1])
                        "the same for the second mode"
                ]
            References = []
            Tables = []
            Figures = [ figure runs reference plain ]
            Verdicts = gates |> List.map (OldGate.evaluate Belief.correct)
        }
