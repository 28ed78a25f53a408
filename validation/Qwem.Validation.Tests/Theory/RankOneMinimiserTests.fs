/// Theorem 4.4: the minimiser, its loss and its rivals.
module Qwem.Validation.Tests.RankOneMinimiserTests

open System
open Expecto
open FsCheck.FSharp
open Qwem.Theory
open Qwem.Validation.Tests.Problems
open Qwem.Validation.Tests.Spectra
open Qwem.Validation.Tests.RankOneSupport

let tests =
    testList "Rank one minimiser" [
        propertyWith
            [ typeof<WeightedArbitrary> ]
            "the minimiser leaves exactly what the clipped eigenvalues leave"
            100
            (fun (w: Weighted) ->
                let best = w.Loss.Minimiser w.Dimension
                // An independent eigensolver: one-sided Jacobi on A + c I, positive definite with c = ||A||_F; its singular values are lambda + c.
                let a = w.Loss.ScaledTarget()
                let shift = frobeniusNorm a

                let shifted =
                    Array.mapi (fun k x -> if k / w.Size = k % w.Size then x + shift else x) a

                let values =
                    jacobi w.Size w.Size shifted |> Array.map (fun r -> frobeniusNorm r - shift)

                let left =
                    Array.sum (Array.mapi (fun k l -> if k < w.Dimension && l > 0.0 then 0.0 else l * l) values)

                labelled "loss" (abs (best.Loss - left)) (rounding w)
                .&. labelled "Loss of W" (abs (w.Loss.Loss best.Embeddings - best.Loss)) 0.0
                .&. (best.LearnedModes <= w.Dimension && best.EmbeddingDimension = w.Dimension))

        propertyWith [ typeof<WeightedArbitrary> ] "the loss is the weighted sum of squares" 100 (fun (w: Weighted) ->
            let random = w.Seed.Random()
            let embeddings = gaussian random w.Dimension w.Size 1.0
            let model = gram w.Dimension embeddings

            let direct =
                Array.sum (
                    Array.mapi
                        (fun k m -> w.Weights[k / w.Size] * w.Weights[k % w.Size] * (m - w.Target[k]) ** 2.0)
                        model
                )

            let magnitude =
                Array.sum (
                    Array.mapi
                        (fun k m -> w.Weights[k / w.Size] * w.Weights[k % w.Size] * (abs m + abs w.Target[k]) ** 2.0)
                        model
                )
            // d products with cancellation inside a model entry: magnitudes of W'W are at most those of the diagonal.
            let diagonal =
                Seq.sum (Seq.init w.Size (fun i -> w.Weights[i] * model[i * w.Size + i])) ** 2.0

            let bound = 4.0 * float (w.Dimension + w.Size + 16) * u * (magnitude + diagonal)

            let weight =
                Array.init (w.Size * w.Size) (fun k -> w.Weights[k / w.Size] * w.Weights[k % w.Size])

            labelled "Loss" (abs (w.LossOf embeddings - direct)) bound
            .&. labelled
                    "GeneralLoss"
                    (abs (
                        RankOneWeights.GeneralLoss(weight, w.Target, Embeddings.OfRows(embeddings, w.Dimension))
                        - direct
                    ))
                    bound)

        propertyWith
            [ typeof<WeightedArbitrary> ]
            "no random positive semidefinite matrix of rank d beats the minimiser"
            100
            (fun (w: Weighted) ->
                let random = w.Seed.Random()
                let best = w.Loss.Minimiser w.Dimension
                let minimal = best.Embeddings.ToRows()
                let size = max 1e-3 (frobeniusNorm minimal)

                let rivals = [
                    for i in 0..199 do
                        // From neighbours at 1e-8 to unrelated matrices; in every fourth the perturbation is as graded as the weights.
                        let epsilon = 10.0 ** (-8.0 + 9.0 * float i / 199.0)
                        let noise = gaussian random w.Dimension w.Size (epsilon * size)

                        yield
                            Array.mapi
                                (fun at x -> x + noise[at] / (if i % 4 = 0 then sqrt w.Weights[at % w.Size] else 1.0))
                                minimal
                    for i in 0..49 do
                        let power = 10.0 ** (-3.0 + float i / 10.0)
                        yield gaussian random w.Dimension w.Size power
                ]

                let gains = List.map (fun x -> best.Loss - w.LossOf x) rivals
                labelled "best gain of a rival" (List.max gains) (rounding w))

        testCase "no descent from many starts beats the minimiser, and some reach it" (fun () ->
            let mutable runs = 0

            for seed in 1..6 do
                let random = Random seed
                let size, rows = 6, (seed - 1) % 3 + 1
                // Two of three leading modes of M* compete with large negative ones.
                let lambda = [| 3.0; 1.5; 0.7; -0.4; -1.5; -2.5 |]
                let target = assemble lambda (orthogonal random size)
                let weights = Array.init size (fun _ -> 0.3 + 2.0 * random.NextDouble())

                let weight =
                    Array.init (size * size) (fun k -> weights[k / size] * weights[k % size])

                let theory = RankOneWeights(weights, target)
                let best = theory.Minimiser rows
                let norm = frobeniusNorm (theory.ScaledTarget()) ** 2.0

                let finals = [
                    for _ in 1..12 do
                        runs <- runs + 1

                        snd (
                            descend
                                3000
                                weight
                                target
                                size
                                rows
                                (gaussian random rows size (10.0 ** (1.0 - 3.0 * random.NextDouble())))
                        )
                ]

                // Rounding as in `rounding`.
                within
                    $"seed {seed}, d = {rows}: gain of the best descent"
                    (best.Loss - List.min finals)
                    ((16.0 * float size + float rows + 8.0) * u * norm)
                // 3000 steps converge linearly; from the best of twelve nothing is left but
                // rounding (1e-14 for the stopped descent).
                within
                    $"seed {seed}, d = {rows}: distance of the best descent"
                    (List.min finals - best.Loss)
                    ((16.0 * float size + float rows + 8.0) * u * norm + 1e-14 * norm))

        testCase "wrong theories lose" (fun () ->
            let random = Random 77
            let size, rows = 6, 2
            let target = assemble [| 3.0; 2.0; 0.5; -0.5; -1.0; -2.0 |] (orthogonal random size)
            let weights = Array.init size (fun i -> 1.0 / float (i + 1))
            let theory = RankOneWeights(weights, target)
            let best = theory.Minimiser rows
            let w = best.Embeddings.ToRows()

            // The minimiser of another power of p, or with the columns' inverse weights changed.
            let other power =
                (RankOneWeights(Array.map (fun p -> p ** power) weights, target).Minimiser rows).Embeddings.ToRows()

            let columns power =
                Array.mapi (fun at x -> x * weights[at % size] ** power) w

            for name, wrong in
                [
                    "p^2 for p", other 2.0
                    "p^{1/2} for p", other 0.5
                    "p^{-1} for p", other -1.0
                    "constant weight", other 0.0
                    "without Pd^{-1/2}", columns 0.5
                    "Pd^{-1} for Pd^{-1/2}", columns -0.5
                    "sign of the target",
                    (RankOneWeights(weights, Array.map (~-) target).Minimiser rows).Embeddings.ToRows()
                    "half the target", Array.map (fun x -> x / sqrt 2.0) w
                    "Lambda for Lambda^{1/2}", Array.mapi (fun at x -> x * (if at < size then 1.3 else 0.7)) w
                ] do
                let excess = (theory.Loss(Embeddings.OfRows(wrong, rows)) - best.Loss) / best.Loss
                Expect.isGreaterThan excess (1e-3) name)

        slow (
            testCase "sixty words, any weights, every kind of eigenvalue: the loss is what the spectrum says" (fun () ->
                for seed in 1..20 do
                    let random = Random seed
                    let size = 60
                    let rows = random.Next(1, size + 1)
                    let lambda = spectrum random size
                    let a = assemble lambda (orthogonal random size)
                    // Over eight decades: M* itself is graded by as much.
                    let weights = Array.init size (fun _ -> 10.0 ** (8.0 * random.NextDouble() - 4.0))

                    let target =
                        Array.init (size * size) (fun k -> a[k] / (sqrt weights[k / size] * sqrt weights[k % size]))

                    let best = RankOneWeights(weights, target).Minimiser rows

                    let left =
                        Array.sum (Array.mapi (fun k l -> if k < rows && l > 0.0 then 0.0 else l * l) lambda)

                    let norm = frobeniusNorm lambda ** 2.0
                    // As `rounding`, and as much again for building A.
                    within $"seed {seed}, d = {rows}" (abs (best.Loss - left)) (32.0 * float size * u * norm)
                    within "certificate" best.Certificate.Residual (8.0 * float size * u)
                    within "orthogonality" best.Certificate.Orthogonality (8.0 * float size * u))
        )
    ]
