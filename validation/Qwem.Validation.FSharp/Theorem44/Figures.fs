namespace Qwem.Validation.Theorem44

open Qwem.Reports
open Qwem.Sim.LinearAlgebra
open Qwem.Sim.Threading
open Qwem.Validation
open Qwem.Validation.Drawing
open Qwem.Validation.Limits

/// The figures of experiment theorem-4.4.
module Figures =

    /// Distances of every model from the five predictions: full batch at rest, and minibatches annealed.
    let distances (atRest: float array array) (between: float array array) (annealed: float array array) expected =
        let points (row: float array) =
            row |> Array.mapi (fun g x -> Exponents.exponent g, x)

        let all legends (measured: float array array) (predicted: float array array) =
            panel
                (if legends then "full batch, at rest" else "minibatches, annealed")
                (linear "exponent f of the prediction" None)
                (linear "relative distance" None)
                [
                    for f in 0 .. Exponents.count - 1 do
                        series
                            (if legends && f = 0 then Some "predicted" else None)
                            (Some f)
                            (Line(Dashed, 1.3))
                            (points predicted[f])

                        series
                            (if legends then Some $"trained with {Exponents.name f}" else None)
                            (Some f)
                            (Circles 4.0)
                            (points measured[f])
                ]

        { figure
              "theorem-4-4"
              "Each model is nearest to the prediction for its own exponent"
              [ "v1 2C" ]
              "Relative Frobenius distance of the models trained with Ψ_{i} = P_{i}^{−f} (circles, one colour per f) from the prediction for each exponent, and the distance that theory gives (dashed). Left: full batch, trained until the gradient is gone; a colour reaches zero at its own exponent. Right: minibatches with an annealed rate, in the metric of each prediction's loss; a colour falls to the noise of its minibatches."
              "Two panels of five V-shaped curves, each with its lowest point at its own exponent; circles of the simulation lie on the dashed lines of the theory."
              0
              []
              [ all true atRest between; all false annealed expected ] with
            ColourNames = List.init Exponents.count (fun f -> f, Exponents.name f)
        }

    let private modelsOf (team: WorkerTeam) (run: DescentRun) =
        run.States |> Array.map (fun state -> Training.gram state team)

    /// Training in the plane of the predictions, and singular values without subsampling.
    let trajectories (evidence: DescentGates.Evidence) (team: WorkerTeam) =
        let v = evidence.Plan.VocabularySize
        let plane = Trajectories.plane evidence.Correct.Models team
        let shown = 6

        let theory =
            Array.map2 (fun clock run -> Trajectories.predicted clock run team) evidence.Clocks evidence.Runs

        let flight =
            panel
                "models in the plane of the predictions"
                (linear "first principal direction" None)
                (linear "second principal direction" None)
                [
                    for f in 0 .. Exponents.count - 1 do
                        series
                            (Some(Exponents.name f))
                            (Some f)
                            (Line(Solid, 2.6))
                            (modelsOf team evidence.Runs[f] |> Array.map (Trajectories.project plane))

                        series
                            None
                            (Some f)
                            (Line(Dashed, 1.2))
                            (theory[f]
                             |> Array.map (fun w -> Trajectories.project plane (Prediction.modelOf v w team)))

                        series
                            (if f = 0 then Some "prediction" else None)
                            (Some f)
                            (Circles 6.0)
                            [| Trajectories.project plane evidence.Correct.Models[f] |]
                ]

        let run = evidence.Runs[0]

        let scale = WordClock.kappa * evidence.Clocks[0].Limit.Eigenvalues[0]

        let times = Trajectories.times run |> Array.map (fun t -> scale * t)
        let simulated = run.States |> Array.map Trajectories.singularValues

        let exact =
            theory[0]
            |> Array.map (fun w -> Trajectories.singularValues (Trajectories.transposed v w))

        let plateaus =
            SymmetricEigenSolver.Decompose(DenseMatrix(v, v, evidence.Correct.Models[0]), team).Eigenvalues
            |> Array.map (fun x -> sqrt (max 0.0 x))

        let curve (values: float array array) k =
            Array.map2 (fun t (s: float array) -> t, s[k]) times values

        let values =
            panel
                "singular values without subsampling (f = 0)"
                (logarithmic "time κ t Λ_{1}" None)
                (linear "singular value of W" None)
                [
                    for k in 0 .. min shown evidence.Plan.Dimension - 1 do
                        series
                            (if k = 0 then Some "minibatches (simulated)" else None)
                            (Some k)
                            (Line(Solid, 2.6))
                            (curve simulated k)

                        series
                            (if k = 0 then Some "exact theory" else None)
                            (Some k)
                            (Line(Dashed, 1.2))
                            (curve exact k)

                        series
                            (if k = 0 then Some "plateau of Theorem 4.4" else None)
                            (Some k)
                            (Line(Dotted, 1.0))
                            [| times[0], plateaus[k]; times[times.Length - 1], plateaus[k] |]
                ]

        figure
            "theorem-4-4-trajectories"
            "Five subsamplings train to five models"
            [ "v1 1C"; "v1 2C"; "v1 7" ]
            "Left: M over the training of five models by minibatches (solid) from one start, projected on the two leading principal directions of the five predictions (circles), and the exact solution (dashed). Right: singular values of W for f = 0, the exact solution (dashed) and the plateaus of Theorem 4.4 (dotted); the finite step delays the first rise (section 4.5), and the scatter shrinks as the rate is annealed."
            "Five curves leave one point and end in five circles; beside them singular values rise in steps to their predicted plateaus."
            0
            []
            [ flight; values ]
