namespace Qwem.Validation.Theorem43

open System
open Qwem.Reports
open Qwem.Theory
open Qwem.Validation
open Qwem.Validation.Drawing

/// The figures of experiment theorem-4.3. Experiment is solid or circles, theory dashed or dotted, throughout.
module Figures =

    let private timeLabel = "time t/τ₁"

    /// eta_alg t in units of tau_1.
    let private clock (evidence: Evidence) =
        let unit =
            Prediction.firstRealisation evidence.Settings evidence.Correct
            / evidence.Correct.Kappa

        fun (t: float) -> t / unit

    let private flowTimes (evidence: Evidence) =
        evidence.Flow.Times |> Array.map (clock evidence)

    let private descentTimes (evidence: Evidence) =
        evidence.Descents.Head.Steps
        |> Array.map (fun n -> clock evidence (float n * evidence.LearningRate))

    /// Only the first of many series with one meaning is named in the legend.
    let private firstNamed name index = if index = 0 then Some name else None

    let private command = "qwem reproduce"

    /// Every third point: enough for circles on a slowly changing curve.
    let private thinned points =
        points
        |> Array.indexed
        |> Array.filter (fun (i, _) -> i % 3 = 0)
        |> Array.map snd

    let private modesUpTo (evidence: Evidence) candidates =
        candidates |> List.filter (fun k -> k <= evidence.Settings.EmbeddingDimension)

    let private averageOf (evidence: Evidence) (value: Qwem.Sim.Training.Observation -> float) =
        Array.init evidence.Descents.Head.Steps.Length (fun record ->
            evidence.Descents |> List.averageBy (fun run -> value run.Observations[record]))

    /// The paper's Figures 2A and 4 (left).
    let singularValues (evidence: Evidence) =
        let exact = evidence.Exact evidence.Correct.Belief
        let times, descent = flowTimes evidence, descentTimes evidence

        let curves modes =
            modes
            |> List.mapi (fun index k ->
                [
                    series
                        (firstNamed "gradient flow (simulated)" index)
                        (Some(k - 1))
                        (Line(Solid, 3.0))
                        (Array.mapi (fun i t -> t, evidence.Flow.Observations[i].SingularValues[k - 1]) times)
                    series
                        (firstNamed "exact theory" index)
                        (Some(k - 1))
                        (Line(Dashed, 1.2))
                        (Array.mapi (fun i t -> t, exact.SingularValues[i][k - 1]) times)
                ])
            |> List.concat

        let circles modes =
            modes
            |> List.mapi (fun index k ->
                let mean = averageOf evidence (fun o -> o.SingularValues[k - 1])

                series
                    (firstNamed $"stochastic gradient descent (mean of {evidence.Descents.Length} runs)" index)
                    (Some(k - 1))
                    (Circles 2.4)
                    (Array.zip descent mean |> Array.filter (fun (_, s) -> s > 0.1)))

        let few = modesUpTo evidence [ 1; 2; 3; 4; 5; 6; 8; 10; 14; 20 ]
        let decades = modesUpTo evidence [ 1; 2; 3; 5; 10; 20; 50; 100; 128 ]
        let list (modes: int list) = String.Join(", ", modes)
        let names = few @ decades |> List.distinct |> List.map (fun k -> k - 1, $"mode {k}")

        {
            Id = $"singular-values-{evidence.Loss.Code}"
            Title = $"{evidence.Loss.Title}: singular values, theory over experiment"
            Caption =
                $"Singular values of the embeddings against time in units of the first realisation time. Left: modes {list few}; right: modes {list decades} on logarithmic axes. Solid: simulated gradient flow; dashed: exact solution from the same random start; circles: stochastic gradient descent. After Figures 2A and 4 of the paper."
            PaperFigures =
                match evidence.Loss with
                | CrossEntropy -> [ "v1 1B"; "v1 2A"; "v1 4"; "v1 6"; "final 1" ]
                | Symmetric -> [ "v1 4"; "final 1" ]
            AlternativeText =
                "Singular values rise one after the other in sigmoidal steps; the dashed theory curves lie on the simulated ones, and the circles of the stochastic runs follow them."
            Panels =
                [
                    {
                        Title = "linear axes"
                        X = linear timeLabel (Some(0.0, 6.0))
                        Y = linear "singular value s_{k}" None
                        Series = curves few @ circles few
                        VerticalRules = []
                    }
                    {
                        Title = "logarithmic axes"
                        X = logarithmic timeLabel None
                        Y = logarithmic "singular value s_{k}" None
                        Series = curves decades
                        VerticalRules = []
                    }
                ]
            Columns = 0
            Frames = []
            ColourNames = names
            Slider = true
            Command = command
        }

    /// The loss staircase with the predicted realisation times.
    let lossStaircase (evidence: Evidence) =
        let settings, correct = evidence.Settings, evidence.Correct
        let times, descent = flowTimes evidence, descentTimes evidence
        let normalised = Comparison.normalisedLoss evidence.Preparation
        let variances = AlignedGates.paperVariances settings correct.Belief

        let staircase =
            LossStaircase(
                variances,
                Array.take settings.EmbeddingDimension correct.Eigenvalues,
                correct.TargetNormSquared
            )

        let unit = Prediction.firstRealisation settings correct
        let shown = 10

        let rules =
            staircase.RealisationTimes()
            |> Array.truncate (min shown settings.EmbeddingDimension)
            |> Array.filter Double.IsFinite
            |> Array.mapi (fun k tau ->
                {
                    At = tau / unit
                    Label = "τ_{" + string (k + 1) + "}"
                })
            |> List.ofArray

        let last = 5.0

        {
            Id = $"loss-{evidence.Loss.Code}"
            Title = $"{evidence.Loss.Title}: the loss descends a staircase"
            Caption =
                $"Loss as a fraction of the loss at W = 0. Vertical lines: realisation times of the first {shown} modes predicted by Theorem 4.3 with λ_{{k}}(0) = σ²; a line that would fall on its neighbour is left out. The stochastic runs settle above the flow by the noise of their finite step."
            PaperFigures =
                match evidence.Loss with
                | CrossEntropy -> [ "v1 1B" ]
                | Symmetric -> [ "final 1" ]
            AlternativeText =
                "The loss falls in steps at the predicted realisation times; theory and simulation coincide."
            Panels =
                [
                    {
                        Title = ""
                        X = linear timeLabel (Some(0.0, last))
                        Y = linear "loss / loss at W = 0" None
                        Series =
                            [
                                series
                                    (Some "gradient flow (simulated)")
                                    (Some 0)
                                    (Line(Solid, 3.0))
                                    (Array.mapi (fun i t -> t, normalised evidence.Flow.Observations[i].Loss) times)
                                series
                                    (Some "exact theory")
                                    (Some 0)
                                    (Line(Dashed, 1.2))
                                    (Array.zip times (evidence.Exact correct.Belief).Losses)
                                series
                                    (Some "Theorem 4.3 with λ_{k}(0) = σ²")
                                    (Some 1)
                                    (Line(Dotted, 2.4))
                                    (Curves.logSpaced 0.02 last 400 |> Array.map (fun t -> t, staircase.At(t * unit)))
                                series
                                    (Some $"stochastic gradient descent (mean of {evidence.Descents.Length} runs)")
                                    (Some 2)
                                    (Circles 2.4)
                                    (Array.zip descent (averageOf evidence (fun o -> normalised o.Loss)))
                            ]
                        VerticalRules = rules
                    }
                ]
            Columns = 0
            Frames = []
            ColourNames = []
            Slider = false
            Command = command
        }

    /// The paper's Figure 5 (left): silent alignment.
    let alignment (evidence: Evidence) =
        let exact = evidence.Exact evidence.Correct.Belief
        let times, descent = flowTimes evidence, descentTimes evidence
        let ranks = evidence.Settings.OverlapRanks
        let list = String.Join(", ", ranks)

        let each make = ranks |> List.ofArray |> List.mapi make

        // All names of the subspaces first, then those of the methods.
        let curves =
            each (fun r rank ->
                series
                    (Some $"top {rank}")
                    (Some r)
                    (Line(Solid, 3.0))
                    (Array.mapi (fun i t -> t, evidence.Flow.Observations[i].SubspaceOverlaps[r]) times))
            @ each (fun r _ ->
                series
                    (firstNamed "exact theory" r)
                    (Some r)
                    (Line(Dashed, 1.2))
                    (Array.mapi (fun i t -> t, exact.Overlaps[i][r]) times))
            @ each (fun r _ ->
                series
                    (firstNamed $"stochastic gradient descent (mean of {evidence.Descents.Length} runs)" r)
                    (Some r)
                    (Circles 2.2)
                    (Array.zip descent (averageOf evidence (fun o -> o.SubspaceOverlaps[r]))
                     |> thinned))

        {
            Id = $"alignment-{evidence.Loss.Code}"
            Title = $"{evidence.Loss.Title}: subspaces align before singular values rise"
            Caption =
                $"Overlap (1/k)‖V_{{k}}ᵀV*_{{k}}‖² of the model's top-k right singular subspace with that of the target, k = {list}. Solid: simulated gradient flow; dashed: exact theory; circles: stochastic gradient descent. The vertical line is the first realisation time. After Figure 5 (left) of the paper."
            PaperFigures =
                match evidence.Loss with
                | CrossEntropy -> [ "v1 2A"; "v1 5" ]
                | Symmetric -> [ "v1 5" ]
            AlternativeText =
                "All overlaps rise from near zero to near one well before the first singular value is realised at t = tau_1."
            Panels =
                [
                    {
                        Title = ""
                        X = logarithmic timeLabel None
                        Y = linear "overlap with the target's top-k subspace" (Some(0.0, 1.02))
                        Series = curves
                        VerticalRules = [ { At = 1.0; Label = "τ_{1}" } ]
                    }
                ]
            Columns = 0
            Frames = []
            ColourNames = []
            Slider = false
            Command = command
        }

    /// How wrong each of the three theories is, over time.
    let theories (evidence: Evidence) =
        let settings, correct = evidence.Settings, evidence.Correct
        let flow = evidence.Flow
        let times = flowTimes evidence
        let exact = evidence.Exact correct.Belief
        let paper = AlignedGates.paperVariances settings correct.Belief
        let scale = Math.Sqrt correct.Eigenvalues[0]

        let gram variances =
            Comparison.aligned settings evidence.Preparation flow correct variances evidence.Team

        let largest (theory: int -> int -> float) =
            times
            |> Array.mapi (fun i _ ->
                Seq.init settings.EmbeddingDimension (fun k ->
                    Math.Abs(theory i k - flow.Observations[i].SingularValues[k]))
                |> Curves.worst
                |> fun gap -> gap / scale)

        let alignedValues variances =
            let curves =
                flow.Times
                |> Array.map (fun t -> Comparison.alignedSingularValues correct variances (fun _ -> correct.Kappa * t))

            fun i k -> curves[i][k]

        let panel title label paperErrors qrErrors exactErrors =
            {
                Title = title
                X = logarithmic timeLabel None
                Y = logarithmic label None
                Series =
                    [
                        series
                            (Some "(a) Theorem 4.3, λ_{k}(0) = σ²")
                            (Some 1)
                            (Line(Dotted, 2.0))
                            (Array.zip times paperErrors)
                        series
                            (Some "(b) Theorem 4.3, λ_{k}(0) = R_{kk}(0)²")
                            (Some 2)
                            (Line(Dashed, 1.8))
                            (Array.zip times qrErrors)
                        series (Some "(c) exact solution") (Some 0) (Line(Solid, 2.2)) (Array.zip times exactErrors)
                    ]
                VerticalRules = [ { At = 1.0; Label = "τ_{1}" } ]
            }

        {
            Id = $"theories-{evidence.Loss.Code}"
            Title = $"{evidence.Loss.Title}: error of the three theories against the simulated flow"
            Caption =
                "Left: relative error of the Gram matrix M = W'W in the Frobenius norm. Right: largest error of a singular value, in units of the largest plateau √λ₁. The aligned theories are wrong about the singular vectors until these align; the exact one stays at the accuracy of the integrator from the first step."
            PaperFigures = []
            AlternativeText =
                "The errors of both aligned theories fall from order one to a few percent; the exact solution stays many decades below."
            Panels =
                [
                    panel "Gram matrix" "relative error" (gram paper) (gram correct.InitialVariances) exact.GramErrors
                    panel
                        "singular values"
                        "largest error / √λ₁"
                        (largest (alignedValues paper))
                        (largest (alignedValues correct.InitialVariances))
                        (largest (fun i k -> exact.SingularValues[i][k]))
                ]
            Columns = 0
            Frames = []
            ColourNames = []
            Slider = false
            Command = command
        }

    let all (evidence: Evidence) =
        [
            singularValues evidence
            lossStaircase evidence
            alignment evidence
            theories evidence
        ]
