/// The estimator of analogy accuracy and the critical size by routes of their own. That no model of the corpus needs to confirm Eq. (62) for
/// a mistake in it to be noticed is what these laws are for.
module internal Qwem.Validation.Claims.PropertiesOfAnalogies

open System
open Qwem.Theory
open Qwem.Validation
open Qwem.Validation.Claims.PropertiesOfLosses

// Two pairs, (0, 1) and (2, 3), and two words beside them, in the plane.
let private words =
    [| 1.0, 0.0; 1.0, 1.3; 0.9, -0.8; 1.5, 0.1; 0.2, 1.0; -0.5, 0.3 |]

let private family = AnalogyFamily.FromPairs [| 0; 1; 2; 3 |]

let private draws = 40_000

/// Eq. (62) for two pairs: the Gaussian has the differences' mean and moves along their distance, so that its share of right answers is
/// an integral over one normal variable, here by the rectangle rule.
let private shareByQuadrature =
    lazy
        (let plus (a, b) (c, d) = a + c, b + d
         let times s (a, b) : float * float = s * a, s * b

         let difference n =
             plus words[2 * n + 1] (times -1.0 words[2 * n])

         let mean = times 0.5 (plus (difference 0) (difference 1))
         let apart = times (sqrt 0.5) (plus (difference 0) (times -1.0 (difference 1)))

         let isRight n z =
             let x, y = plus words[2 * n] (plus mean (times z apart))
             let score (a, b) = (a * x + b * y) / sqrt (a * a + b * b)
             let best = score words[2 * n + 1]
             words |> Array.forall (fun w -> score w <= best)

         let cells, edge = 40_000, 8.0
         let width = 2.0 * edge / float cells

         Seq.init (2 * cells) (fun e ->
             let z = -edge + width * (float (e % cells) + 0.5)
             if isRight (e / cells) z then exp (-0.5 * z * z) else 0.0)
         |> Seq.sum
         |> fun sum -> 0.5 * sum * width / sqrt (2.0 * Math.PI))

let private share (theory: Theory) =
    let embeddings = Embeddings.OfWords [| for a, b in words -> [| a; b |] |]

    AnalogyEstimator(embeddings, family, [| 2 |])
        .Estimates(draws, 1L, theory.StandInMean(), theory.StandInMeanSpread(), theory.StandInSpread())
    |> Array.head
    |> _.Value

/// Shares of right answers by size: below 5 %, just above it, and far above.
let private shares = [| 1, 30; 2, 49; 4, 51; 8, 400; 16, 900 |]

let all: Gate list =
    [
        law
            Gate.statistical
            "estimator"
            "Eq. (62) for two pairs is an integral over one normal variable."
            "difference of the share of right answers from the integral"
            (let p = shareByQuadrature.Value in Tolerance.standardErrors * sqrt (p * (1.0 - p) / float (2 * draws)))
            $"{Tolerance.standardErrors:g} standard errors of {2 * draws:N0} independent draws; the rectangle rule adds less than 10^{{-3}} of one"
            (fun theory -> abs (share theory - shareByQuadrature.Value))
        law
            Gate.exact
            "critical-size"
            "The critical size is the smallest at which one answer in twenty is right (v1, below Eq. 62)."
            "distance from the smallest such size, in sizes"
            0.5
            "sizes are whole numbers"
            (fun theory ->
                let wanted = shares |> Array.find (fun (_, right) -> 20 * right >= 1000) |> fst

                let found =
                    shares
                    |> Array.tryFind (fun (_, right) -> float right / 1000.0 >= theory.SolvedFrom())
                    |> Option.map fst

                match found with
                | Some size -> abs (float (size - wanted))
                | None -> infinity)
    ]
