namespace Qwem.Validation.Theorem43

open System
open Qwem.Reports
open Qwem.Validation
open Qwem.Validation.Drawing
open Qwem.Validation.Theorem43.Plotted

/// Subspaces of experiment theorem-4.3, and what each theory assumes of them. Experiment is solid or circles, theory dashed or dotted.
module AlignmentFigures =

    /// Every third point: enough for circles on a slowly changing curve.
    let private thinned points =
        points
        |> Array.indexed
        |> Array.filter (fun (i, _) -> i % 3 = 0)
        |> Array.map snd

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

        figure
            $"alignment-{evidence.Loss.Code}"
            $"{evidence.Loss.Title}: subspaces align before singular values rise"
            (match evidence.Loss with
             | CrossEntropy -> [ "v1 2A"; "v1 5" ]
             | Symmetric -> [ "v1 5" ])
            $"Overlap (1/k)‖V_{{k}}ᵀV*_{{k}}‖² of the model's top-k right singular subspace with that of the target, k = {list}. Solid: simulated gradient flow; dashed: exact theory; circles: stochastic gradient descent. The vertical line is the first realisation time. After Figure 5 (left) of the paper."
            "All overlaps rise from near zero to near one well before the first singular value is realised at t = tau_1."
            0
            []
            [
                {
                    Title = ""
                    X = logarithmic timeLabel None
                    Y = linear "overlap with the target's top-k subspace" (Some(0.0, 1.02))
                    Series = curves
                    VerticalRules = [ { At = 1.0; Label = "τ_{1}" } ]
                }
            ]

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

        figure
            $"theories-{evidence.Loss.Code}"
            $"{evidence.Loss.Title}: error of the three theories against the simulated flow"
            []
            ("Left: relative error of the Gram matrix M = W'W in the Frobenius norm. Right: largest error of a singular value, in units of the largest plateau √λ₁. The aligned theories are wrong about the singular vectors until these align; the exact one stays at the accuracy of the integrator from the first step.")
            "The errors of both aligned theories fall from order one to a few percent; the exact solution stays many decades below."
            0
            []
            [
                panel "Gram matrix" "relative error" (gram paper) (gram correct.InitialVariances) exact.GramErrors
                panel
                    "singular values"
                    "largest error / √λ₁"
                    (largest (alignedValues paper))
                    (largest (alignedValues correct.InitialVariances))
                    (largest (fun i k -> exact.SingularValues[i][k]))
            ]
