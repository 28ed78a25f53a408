namespace Qwem.Validation.Theorem43

open System
open Qwem.Reports
open Qwem.Theory
open Qwem.Validation
open Qwem.Validation.Drawing
open Qwem.Validation.Theorem43.Plotted

/// Singular values and loss of experiment theorem-4.3, learned step by step. Experiment is solid or circles, theory dashed or dotted.
module StepFigures =

    let private modesUpTo (evidence: Evidence) candidates =
        candidates |> List.filter (fun k -> k <= evidence.Settings.EmbeddingDimension)

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

        { figure
              $"singular-values-{evidence.Loss.Code}"
              $"{evidence.Loss.Title}: singular values, theory over experiment"
              (match evidence.Loss with
               | CrossEntropy -> [ "v1 1B"; "v1 2A"; "v1 4"; "v1 6"; "final 1" ]
               | Symmetric -> [ "v1 4"; "final 1" ])
              $"Singular values of the embeddings against time in units of the first realisation time. Left: modes {list few}; right: modes {list decades} on logarithmic axes. Solid: simulated gradient flow; dashed: exact solution from the same random start; circles: stochastic gradient descent. After Figures 2A and 4 of the paper."
              "Singular values rise one after the other in sigmoidal steps; the dashed theory curves lie on the simulated ones, and the circles of the stochastic runs follow them."
              0
              []
              [
                  panel
                      "linear axes"
                      (linear timeLabel (Some(0.0, 6.0)))
                      (linear "singular value s_{k}" None)
                      (curves few @ circles few)
                  panel
                      "logarithmic axes"
                      (logarithmic timeLabel None)
                      (logarithmic "singular value s_{k}" None)
                      (curves decades)
              ] with
            ColourNames = names
            Slider = true
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

        figure
            $"loss-{evidence.Loss.Code}"
            $"{evidence.Loss.Title}: the loss descends a staircase"
            (match evidence.Loss with
             | CrossEntropy -> [ "v1 1B" ]
             | Symmetric -> [ "final 1" ])
            $"Loss as a fraction of the loss at W = 0. Vertical lines: realisation times of the first {shown} modes predicted by Theorem 4.3 with λ_{{k}}(0) = σ²; a line that would fall on its neighbour is left out. The stochastic runs settle above the flow by the noise of their finite step."
            "The loss falls in steps at the predicted realisation times; theory and simulation coincide."
            0
            []
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
