/// The figures of claim theorem-4.4.
module Qwem.Validation.Claims.Theorem44Figures

open Qwem.Reports
open Qwem.Sim.LinearAlgebra
open Qwem.Theory
open Qwem.Validation
open Qwem.Validation.Drawing
open Qwem.Validation.Claims.Theorem44Runs

/// Distances of every model from the five predictions: full batch at rest, and minibatches annealed, measured and expected.
let distances (atRest: float array array) between (annealed: float array array) expected =
    let points (row: float array) =
        row |> Array.mapi (fun g x -> exponent g, x)

    let drawn legends (measured: float array array) (predicted: float array array) =
        panel
            (if legends then "full batch, at rest" else "minibatches, annealed")
            (linear "exponent f of the prediction" None)
            (linear "relative distance" None)
            [
                for f in all do
                    series
                        (if legends && f = 0 then Some "predicted" else None)
                        (Some f)
                        (Line(Dashed, 1.3))
                        (points predicted[f])

                    series
                        (if legends then Some $"trained with {name f}" else None)
                        (Some f)
                        (Circles 4.0)
                        (points measured[f])
            ]

    { figure
          "theorem-4-4"
          "Each model is nearest to the prediction for its own exponent"
          [ "v1 2C" ]
          "Relative distance of the models trained with Ψ_{i} = P_{i}^{−f} (circles, one colour per f) from the prediction for each exponent, in the metric of that prediction's loss, and the distance that theory gives (dashed). Left: full batch, trained until the gradient is gone; a colour reaches zero at its own exponent. Right: minibatches with an annealed rate; a colour falls to the noise of its minibatches."
          "Two panels of five V-shaped curves, each with its lowest point at its own exponent; circles of the simulation lie on the dashed lines of the theory."
          0
          []
          [ drawn true atRest between; drawn false annealed expected ] with
        ColourNames = all |> Array.map (fun f -> f, name f) |> List.ofArray
    }

/// A plane in the space of models: its origin and two orthonormal directions.
type private Plane =
    {
        Origin: float array
        First: float array
        Second: float array
    }

let private dot (a: float array) (b: float array) =
    Kernels.Dot(System.ReadOnlySpan a, System.ReadOnlySpan b)

/// The plane that holds most of the scatter of some models; the first direction points to the last model, the second one to the middle
/// one.
let private plane (models: float array array) team =
    let count = models.Length

    let origin =
        Array.init models[0].Length (fun e -> models |> Array.averageBy (fun m -> m[e]))

    let centred = models |> Array.map (fun m -> Array.map2 (-) m origin)

    let gram =
        Array.init (count * count) (fun e -> dot centred[e / count] centred[e % count])

    let eigen = Dense.eigen gram team

    let direction k towards =
        let raw =
            Array.init origin.Length (fun e ->
                Seq.init count (fun f -> eigen.Eigenvectors[k, f] * centred[f][e]) |> Seq.sum)

        let length = (if dot raw centred[towards] < 0.0 then -1.0 else 1.0) * Dense.norm raw
        raw |> Array.map (fun x -> x / length)

    {
        Origin = origin
        First = direction 0 (count - 1)
        Second = direction 1 (count / 2)
    }

let private project plane (model: float array) =
    let centred = Array.map2 (-) model plane.Origin
    dot centred plane.First, dot centred plane.Second

/// Training in the plane of the predictions, and singular values without subsampling.
let trajectories (plan: Plan) (descents: Descent array) team =
    let clocks = descents |> Array.map _.Clock.Of(Theory.derived)
    let plane = plane (clocks |> Array.map _.Limit) team

    let theory =
        Array.map2 (fun (clock: Clock) run -> times run |> Array.map clock.Embeddings) clocks descents

    let flight =
        panel
            "models in the plane of the predictions"
            (linear "first principal direction" None)
            (linear "second principal direction" None)
            [
                for f in all do
                    series
                        (Some(name f))
                        (Some f)
                        (Line(Solid, 2.6))
                        (descents[f].States
                         |> Array.map (fun state -> project plane (Dense.gram state team).Values))

                    series
                        None
                        (Some f)
                        (Line(Dashed, 1.2))
                        (theory[f] |> Array.map (fun w -> project plane (modelOf w team)))

                    series
                        (if f = 0 then Some "prediction" else None)
                        (Some f)
                        (Circles 6.0)
                        [| project plane clocks[f].Limit |]
            ]

    let scale = 2.0 * clocks[0].Eigenvalues[0]
    let times = times descents[0] |> Array.map (fun t -> scale * t)

    let simulated =
        descents[0].States |> Array.map (fun state -> Dense.singularValues state team)

    let exact =
        theory[0]
        |> Array.map (fun (w: Embeddings) ->
            Dense.singularValues (DenseMatrix(w.VocabularySize, w.Dimension, w.ToWords())) team)

    let plateaus =
        (Dense.eigen clocks[0].Limit team).Eigenvalues
        |> Array.map (fun x -> sqrt (max 0.0 x))

    let curve (values: float array array) k =
        Array.map2 (fun t (s: float array) -> t, s[k]) times values

    let values =
        panel
            "singular values without subsampling (f = 0)"
            (logarithmic "time κ t Λ_{1}" None)
            (linear "singular value of W" None)
            [
                for k in 0 .. min 6 plan.Dimension - 1 do
                    let legend text = if k = 0 then Some text else None
                    series (legend "minibatches (simulated)") (Some k) (Line(Solid, 2.6)) (curve simulated k)
                    series (legend "exact theory") (Some k) (Line(Dashed, 1.2)) (curve exact k)

                    series
                        (legend "plateau of Theorem 4.4")
                        (Some k)
                        (Line(Dotted, 1.0))
                        [| times[0], plateaus[k]; Array.last times, plateaus[k] |]
            ]

    figure
        "theorem-4-4-trajectories"
        "Five subsamplings train to five models"
        [ "v1 1C"; "v1 2C"; "v1 7" ]
        "Left: M over the training of five models by minibatches (solid) from one start, projected on the two leading principal directions of the five predictions (circles), and the exact solution (dashed). Right: singular values of W for f = 0, the exact solution (dashed) and the plateaus of Theorem 4.4 (dotted); the finite step delays the first rise (docs/derivations.md, section 4.5), and the scatter shrinks as the rate is annealed."
        "Five curves leave one point and end in five circles; beside them singular values rise in steps to their predicted plateaus."
        0
        []
        [ flight; values ]
