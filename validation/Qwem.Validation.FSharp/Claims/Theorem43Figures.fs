/// Figures of Theorem 4.3. Experiment is solid or circles, theory dashed or dotted.
module Qwem.Validation.Claims.Theorem43Figures

open System
open Qwem.Reports
open Qwem.Sim.Training
open Qwem.Validation
open Qwem.Validation.Drawing
open Qwem.Validation.Claims.Theorem43Run
open Qwem.Validation.Claims.Theorem43Evidence

let private timeLabel = "time t/τ₁"

// Only the first of many series with one meaning is named in the legend.
let private firstNamed name index = if index = 0 then Some name else None

let private flowTimes (it: Evidence) =
    it.Measured.Times |> Array.map (fun t -> t / it.Measured.Unit)

let private descentTimes (it: Evidence) =
    it.Measured.Steps
    |> Array.map (fun n -> float n * it.Measured.LearningRate / it.Measured.Unit)

let private papers (it: Evidence) xe sym =
    match it.Measured.Loss with
    | ConstantLoss.CrossEntropy -> xe
    | ConstantLoss.Symmetric -> sym

let private descents (it: Evidence) =
    $"stochastic gradient descent (mean of {it.Measured.Descents.Length} runs)"

let private named (it: Evidence) name = $"{name}-{it.Measured.Loss.Code}"
let private title (it: Evidence) what = $"{it.Measured.Loss.Title}: {what}"

/// The paper's Figures 2A and 4 (left).
let private singularValues (it: Evidence) =
    let measured, exact = it.Measured, it.Exact.Of Theory.derived
    let times, circles = flowTimes it, descentTimes it
    let modesUpTo = List.filter (fun k -> k <= measured.Dimension)

    let curves modes =
        [
            for index, k in List.indexed modes do
                let name text = firstNamed text index

                let line text stroke width (value: int -> float) =
                    series (name text) (Some(k - 1)) (Line(stroke, width)) (Array.mapi (fun i t -> t, value i) times)

                line "gradient flow (simulated)" Solid 3.0 (fun i -> measured.Flow[i].SingularValues[k - 1])
                line "exact theory" Dashed 1.2 (fun i -> exact[i].SingularValues[k - 1])
        ]

    let means modes =
        [
            for index, k in List.indexed modes do
                averageOf measured (fun o -> o.SingularValues[k - 1])
                |> Array.zip circles
                |> Array.filter (fun (_, s) -> s > 0.1)
                |> series (firstNamed (descents it) index) (Some(k - 1)) (Circles 2.4)
        ]

    let few = modesUpTo [ 1; 2; 3; 4; 5; 6; 8; 10; 14; 20 ]
    let decades = modesUpTo [ 1; 2; 3; 5; 10; 20; 50; 100; 128 ]
    let list (modes: int list) = String.Join(", ", modes)

    { figure
          (named it "singular-values")
          (title it "singular values, theory over experiment")
          (papers it [ "v1 1B"; "v1 2A"; "v1 4"; "v1 6"; "final 1" ] [ "v1 4"; "final 1" ])
          $"Singular values of the embeddings against time in units of the first realisation time. Left: modes {list few}; right: modes {list decades} on logarithmic axes. Solid: simulated gradient flow; dashed: exact solution from the same random start; circles: stochastic gradient descent. After Figures 2A and 4 of the paper."
          "Singular values rise one after the other in sigmoidal steps; the dashed theory curves lie on the simulated ones, and the circles of the stochastic runs follow them."
          0
          []
          [
              panel
                  "linear axes"
                  (linear timeLabel (Some(0.0, 6.0)))
                  (linear "singular value s_{k}" None)
                  (curves few @ means few)
              panel
                  "logarithmic axes"
                  (logarithmic timeLabel None)
                  (logarithmic "singular value s_{k}" None)
                  (curves decades)
          ] with
        ColourNames = few @ decades |> List.distinct |> List.map (fun k -> k - 1, $"mode {k}")
        Slider = true
    }

/// The loss staircase with the predicted realisation times.
let private lossStaircase (it: Evidence) =
    let measured, right, theory = it.Measured, it.Right, Theory.derived
    let normalised, norm = normalisedLoss measured, squared right
    let variances = paperVariances measured theory
    let shown, last = min 10 measured.Dimension, 5.0
    let kappaTime t = right.Kappa * measured.Unit * t

    let stairs t =
        theory.AlignedLoss variances (Array.take measured.Dimension right.Eigenvalues) norm (kappaTime t)
        / norm

    let rule k =
        let tau = theory.RealisationTime variances[k] right.Eigenvalues[k]

        {
            At = tau / kappaTime 1.0
            Label = "τ_{" + string (k + 1) + "}"
        }

    let line name colour stroke width points =
        series (Some name) (Some colour) (Line(stroke, width)) points

    let times = flowTimes it

    figure
        (named it "loss")
        (title it "the loss descends a staircase")
        (papers it [ "v1 1B" ] [ "final 1" ])
        $"Loss as a fraction of the loss at W = 0. Vertical lines: realisation times of the first {shown} modes predicted by Theorem 4.3 with λ_{{k}}(0) = σ²; a line that would fall on its neighbour is left out. The stochastic runs settle above the flow by the noise of their finite step."
        "The loss falls in steps at the predicted realisation times; theory and simulation coincide."
        0
        []
        [
            { panel
                  ""
                  (linear timeLabel (Some(0.0, last)))
                  (linear "loss / loss at W = 0" None)
                  [
                      line
                          "gradient flow (simulated)"
                          0
                          Solid
                          3.0
                          (Array.map2 (fun t (o: Observation) -> t, normalised o.Loss) times measured.Flow)
                      line
                          "exact theory"
                          0
                          Dashed
                          1.2
                          (Array.map2 (fun t (exact: Exact) -> t, exact.Loss) times (it.Exact.Of theory))
                      line
                          "Theorem 4.3 with λ_{k}(0) = σ²"
                          1
                          Dotted
                          2.4
                          (Curves.logSpaced 0.02 last 400 |> Array.map (fun t -> t, stairs t))
                      series
                          (Some(descents it))
                          (Some 2)
                          (Circles 2.4)
                          (Array.zip (descentTimes it) (averageOf measured (fun o -> normalised o.Loss)))
                  ] with
                VerticalRules =
                    List.init shown id
                    |> List.filter (fun k -> right.Eigenvalues[k] > variances[k])
                    |> List.map rule
            }
        ]

/// The paper's Figure 5 (left): silent alignment.
let private alignment (it: Evidence) =
    let measured, exact = it.Measured, it.Exact.Of Theory.derived
    let times, ranks = flowTimes it, it.Measured.Sizes.Ranks
    let list = String.Join(", ", ranks)
    let each make = ranks |> List.ofArray |> List.mapi make

    // Every third point: enough for circles on a slowly changing curve.
    let thinned points =
        points
        |> Array.indexed
        |> Array.filter (fun (i, _) -> i % 3 = 0)
        |> Array.map snd

    // All names of the subspaces first, then those of the methods.
    let curves =
        each (fun r rank ->
            series
                (Some $"top {rank}")
                (Some r)
                (Line(Solid, 3.0))
                (Array.mapi (fun i t -> t, measured.Flow[i].SubspaceOverlaps[r]) times))
        @ each (fun r _ ->
            series
                (firstNamed "exact theory" r)
                (Some r)
                (Line(Dashed, 1.2))
                (Array.mapi (fun i t -> t, exact[i].Overlaps[r]) times))
        @ each (fun r _ ->
            averageOf measured (fun o -> o.SubspaceOverlaps[r])
            |> Array.zip (descentTimes it)
            |> thinned
            |> series (firstNamed (descents it) r) (Some r) (Circles 2.2))

    figure
        (named it "alignment")
        (title it "subspaces align before singular values rise")
        (papers it [ "v1 2A"; "v1 5" ] [ "v1 5" ])
        $"Overlap (1/k)‖V_{{k}}ᵀV*_{{k}}‖² of the model's top-k right singular subspace with that of the target, k = {list}. Solid: simulated gradient flow; dashed: exact theory; circles: stochastic gradient descent. The vertical line is the first realisation time. After Figure 5 (left) of the paper."
        "All overlaps rise from near zero to near one well before the first singular value is realised at t = τ₁."
        0
        []
        [
            { panel
                  ""
                  (logarithmic timeLabel None)
                  (linear "overlap with the target's top-k subspace" (Some(0.0, 1.02)))
                  curves with
                VerticalRules = [ { At = 1.0; Label = "τ_{1}" } ]
            }
        ]

/// How wrong each of the three theories is, over time.
let private theories (it: Evidence) =
    let measured, theory, team = it.Measured, Theory.derived, it.Measured.Setting.Team
    let times, exact = flowTimes it, it.Exact.Of theory
    let scale = sqrt it.Right.Eigenvalues[0]

    // The simulator's modes in the theory's coordinates: M = V* diag V*' there.
    let rotation =
        Dense.product it.Right.Eigenvectors false measured.Problem.Basis.Eigenvectors true team

    // ||M - diag||_F^2 expanded: errors below 1e-7 would drown in the cancellation, and these are far above it.
    let gram (curves: float array array) =
        Array.init times.Length (fun i ->
            let modes = Dense.product rotation false measured.States[i] false team
            let size = measured.Flow[i].SingularValues |> Array.sumBy (fun s -> s ** 4.0)

            let cross =
                curves[i]
                |> Array.mapi (fun k x -> x * Qwem.Sim.LinearAlgebra.Kernels.NormSquared(modes.Row k))
                |> Array.sum

            let own = curves[i] |> Array.sumBy (fun x -> x * x)
            sqrt (max 0.0 (size - 2.0 * cross + own) / size))

    let variancesOf (starts: float array) =
        measured.Times
        |> Array.map (fun t ->
            starts
            |> Array.mapi (fun k start -> theory.AlignedVariance start it.Right.Eigenvalues[k] (it.Right.Kappa * t)))

    let largest (curves: float array array) =
        Array.map2
            (fun (curve: float array) (seen: Observation) ->
                Seq.map2 (fun a b -> abs (a - b)) curve seen.SingularValues
                |> Curves.worst
                |> fun gap -> gap / scale)
            curves
            measured.Flow

    let paper, own = paperVariances measured theory, ownVariances measured theory

    let errors name label paperErrors ownErrors exactErrors =
        let law legend colour stroke width values =
            series (Some legend) (Some colour) (Line(stroke, width)) (Array.zip times values)

        { panel
              name
              (logarithmic timeLabel None)
              (logarithmic label None)
              [
                  law "(a) Theorem 4.3, λ_{k}(0) = σ²" 1 Dotted 2.0 paperErrors
                  law "(b) Theorem 4.3, λ_{k}(0) = R_{kk}(0)²" 2 Dashed 1.8 ownErrors
                  law "(c) exact solution" 0 Solid 2.2 exactErrors
              ] with
            VerticalRules = [ { At = 1.0; Label = "τ_{1}" } ]
        }

    figure
        (named it "theories")
        (title it "error of the three theories against the simulated flow")
        []
        "Left: relative error of the Gram matrix M = W'W in the Frobenius norm. Right: largest error of a singular value, in units of the largest plateau √λ₁. The aligned theories are wrong about the singular vectors until these align; the exact one stays at the accuracy of the integrator from the first step."
        "The errors of both aligned theories fall from order one to a few percent; the exact solution stays many decades below."
        0
        []
        [
            errors
                "Gram matrix"
                "relative error"
                (gram (variancesOf paper))
                (gram (variancesOf own))
                (exact |> Array.map _.Gram)
            errors
                "singular values"
                "largest error / √λ₁"
                (largest (aligned measured theory paper measured.Times))
                (largest (aligned measured theory own measured.Times))
                (largest (exact |> Array.map _.SingularValues))
        ]

/// The error of every half-rise time by each of the three theories, with its bound.
let private halfRises (it: Evidence) =
    let measured, theory = it.Measured, Theory.derived
    let paperBound, ownBound = bounds it
    let valid = Set.ofArray it.Valid
    // Errors that rounding makes zero have no place on a logarithmic axis.
    let pairs (modes: int seq) (values: float array) =
        modes
        |> Seq.filter (fun k -> Double.IsFinite values[k] && values[k] > 0.0)
        |> Seq.map (fun k -> float (k + 1), values[k])
        |> Array.ofSeq

    let all = [ 0 .. measured.Dimension - 1 ]
    let inside, outside = all |> List.partition valid.Contains

    let law name colour (errors: float array) bound =
        [
            series (Some $"({name})") (Some colour) (Circles 3.0) (pairs inside errors)
            match bound with
            | Some values -> series (Some $"bound of ({name})") (Some colour) (Line(Dashed, 1.2)) (pairs inside values)
            | None -> ()
            series (Some $"({name}), no bound") (Some colour) (Points 1.6) (pairs outside errors)
        ]

    let a, b, c =
        alignedErrors it paperVariances theory, alignedErrors it ownVariances theory, exactErrors it theory

    let integration = Array.create measured.Dimension (max it.Integration 1e-16)

    figure
        (named it "half-rise")
        (title it "when each mode rises, by three theories")
        []
        $"Relative error of the time at which s_{{k}}² passes half its plateau, all {measured.Dimension - it.Unrisen} modes that rise within the run: (a) Theorem 4.3 with λ_{{k}}(0) = σ²; (b) with λ_{{k}}(0) = R_{{kk}}(0)²; (c) the exact solution. Open circles: the {inside.Length} modes to which leading order applies, with the bound of each theory (dashed; of (c) the error of the integration without rounding); dots: the {outside.Length - it.Unrisen} others, which start too far from alignment for (a) and (b) to have one."
        "Errors of the paper's formula are percents, with each mode's own start a tenth of that and less, both below their bounds; errors of the exact solution lie many decades below."
        0
        []
        [
            panel
                ""
                (logarithmic "mode k" None)
                (logarithmic "relative error of the half-rise time" None)
                (law "a" 1 a (Some paperBound)
                 @ law "b" 2 b (Some ownBound)
                 @ [
                     series (Some "(c)") (Some 0) (Circles 3.0) (pairs all c)
                     series (Some "bound of (c)") (Some 0) (Line(Dashed, 1.2)) (pairs all integration)
                 ])
        ]

let all (it: Evidence) =
    [ singularValues it; halfRises it; lossStaircase it; alignment it; theories it ]
