module Qwem.Validation.Tests.QuadraticLossTests

open System
open Expecto
open FsCheck.FSharp
open Qwem.Theory
open Qwem.Validation.Tests.Problems
open Qwem.Validation.Tests.Statistics

let private independent (s: CorpusStatistics) =
    let p = s.Unigram()
    Array.init (p.Length * p.Length) (fun k -> p[k / p.Length] * p[k % p.Length])

let private randomLoss (random: Random) =
    QuadraticLoss.Of(random.NextDouble(), gauss random, 0.01 + random.NextDouble(), gauss random)

let tests =
    testList "Quadratic loss" [
        property "completing the square gives the definition back" 100 (fun (c: Corpus) ->
            let s = c.Statistics
            let random = Random(int (Array.sum c.Pairs))

            let losses = [
                QuadraticLoss.Xe
                QuadraticLoss.Sym
                QuadraticLoss.SimClr 10.0
                randomLoss random
            ]

            let model = Array.init c.Pairs.Length (fun _ -> 2.0 * gauss random)
            let p, pp = s.Joint(), independent s

            [
                for loss in losses do
                    // The definition, written out here again.
                    let direct =
                        Array.sum (
                            Array.mapi
                                (fun k m ->
                                    p[k] * (loss.PositiveQuadratic * m * m - loss.PositiveLinear * m)
                                    + pp[k] * (loss.NegativeQuadratic * m * m - loss.NegativeLinear * m))
                                model
                        )

                    let weight, target = loss.Weight s, loss.Target s

                    let square =
                        Array.sum (Array.map3 (fun g m t -> g * (m - t) * (m - t)) weight model target)

                    let completed = square + loss.Constant s
                    // Each of V^2 terms is rounded about 8 times and summed in any order: V^2 + 8 roundings of the magnitudes.
                    let magnitude =
                        Array.sum (Array.map3 (fun g m t -> g * (abs m + abs t) ** 2.0) weight model target)

                    let bound = 2.0 * float (model.Length + 16) * u * magnitude
                    labelled "completed square" (abs (completed - direct)) bound
                    labelled "Evaluate" (abs (loss.Evaluate(s, model) - direct)) bound
            ]
            |> List.reduce (.&.))

        property "presets have the weights and targets of the table" 100 (fun (c: Corpus) ->
            let s = c.Statistics
            let p, pp = s.Joint(), independent s

            let worst (values: float[]) f =
                largest (Array.mapi (fun k x -> relative x (f p[k] pp[k])) values)

            // b P + d PP subtracts two doubles with b = -d = 1: one rounding, so the entries agree to a few roundings, however small.
            let bound = 8.0 * u

            [
                labelled "G xe" (worst (QuadraticLoss.Xe.Weight s) (fun _ q -> q / 2.0)) bound
                labelled "M xe" (worst (QuadraticLoss.Xe.Target s) (fun p q -> (p - q) / q)) bound
                labelled "G sym" (worst (QuadraticLoss.Sym.Weight s) (fun p q -> (p + q) / 4.0)) bound
                labelled "M sym" (worst (QuadraticLoss.Sym.Target s) (fun p q -> 2.0 * (p - q) / (p + q))) bound
                labelled "G simclr" (worst (QuadraticLoss.SimClr(10.0).Weight s) (fun _ q -> 5.0 * q)) bound
                labelled "M simclr" (worst (QuadraticLoss.SimClr(10.0).Target s) (fun p q -> (p - q) / q / 10.0)) bound
                // 5 PP is rounded before the subtraction: the error is relative to P + 5 PP, an absolute one of the target.
                labelled
                    "M sym, k = 5"
                    (largest (
                        Array.map3
                            (fun x p q -> abs (x - 2.0 * (p - 5.0 * q) / (p + 5.0 * q)))
                            (QuadraticLoss.Sym.WithNegativeRatio(5.0).Target s)
                            p
                            pp
                    ))
                    (16.0 * u)
            ]
            |> List.reduce (.&.))

        property "omniscient reweighting makes the weight constant and keeps the target" 100 (fun (c: Corpus) ->
            let s = c.Statistics
            let loss = QuadraticLoss.Sym
            let p, pp = s.Joint(), independent s
            let psi = loss.OmniscientReweighting s
            // Psi+ and Psi- enter as in section 2: P and PP both times Psi.
            let weights =
                Array.map3 (fun x a b -> loss.PositiveQuadratic * x * a + loss.NegativeQuadratic * x * b) psi p pp

            let target =
                Array.map3 (fun x a b -> (x * a - x * b) / (2.0 * QuadraticLoss.ConstantWeight)) psi p pp

            let gapWeight =
                largest (Array.map (fun g -> relative g QuadraticLoss.ConstantWeight) weights)

            let gapPsi = largest (Array.map3 (fun x a b -> relative x (1.0 / (a + b))) psi p pp)
            // |x a - x b| is rounded relative to x a + x b = 1: an absolute error of a few u on targets of magnitude up to 2.
            let gapTarget = largest (Array.map2 (fun a b -> abs (a - b)) target (loss.Target s))

            labelled "weight" gapWeight (8.0 * u)
            .&. labelled "psi" gapPsi (8.0 * u)
            .&. labelled "target" gapTarget (16.0 * u))

        property "the subsampled target of L_xe is exactly Z M* + (Z - 1)" 100 (fun (c: Corpus) ->
            let s = c.Statistics
            let random = Random(int (Array.sum c.Words))

            let psi =
                Array.init s.VocabularySize (fun _ -> 10.0 ** (4.0 * random.NextDouble() - 2.0))

            let target = QuadraticLoss.Xe.Target s

            [
                for psi in [ psi; s.InverseFrequency(); Array.create psi.Length 1.0 ] do
                    let sub = s.Subsample psi
                    let direct = QuadraticLoss.Xe.Target sub.Statistics
                    let law = QuadraticLoss.SubsampledXeTarget(target, sub.Z)
                    // Both are (ratio - 1) with ratio = Z P / PP, computed by fewer than 24 roundings; relative to ratio + 1.
                    let gap =
                        largest (Array.map2 (fun a b -> abs (a - b) / (abs a + 2.0 + sub.Z)) direct law)

                    labelled "Z law" gap (48.0 * u)
            ]
            |> List.reduce (.&.))

        testCase "the printed sign of Eq. 33 fails the law it is tested by" (fun () ->
            let s = (corpus 7).Statistics
            let sub = s.Subsample(s.InverseFrequency())
            let direct = QuadraticLoss.Xe.Target sub.Statistics

            let printed =
                Array.map (fun m -> sub.Z * m - sub.Z + 1.0) (QuadraticLoss.Xe.Target s)

            let gap = largest (Array.map2 (fun a b -> abs (a - b)) direct printed)
            // The two differ by 2 |Z - 1| in every entry.
            within
                "twice the distance of Z from 1"
                (abs (gap - 2.0 * abs (sub.Z - 1.0)))
                (1e3 * u * (1.0 + largest direct))

            Expect.isGreaterThan gap (1e-3) "")

        property "the cost of assuming Z = 1 is the relative distance of the two targets" 100 (fun (c: Corpus) ->
            let s = c.Statistics
            let z = s.Subsample(s.InverseFrequency()).Z
            let target = QuadraticLoss.Xe.Target s
            let exact = Array.map (fun m -> z * m + z - 1.0) target
            let expected = frobeniusNorm (Array.map2 (-) target exact) / frobeniusNorm exact
            // Subtracting cancels when Z is near 1: absolute error a few u of the magnitudes (|M| + 2), norms of V^2 terms.
            let bound =
                float (target.Length + 32)
                * u
                * (1.0
                   + frobeniusNorm (Array.map (fun m -> abs m + 2.0) target) / frobeniusNorm exact)

            labelled "cost" (abs (QuadraticLoss.CostOfAssumingUnitZ(target, z) - expected)) bound
            .&. (QuadraticLoss.CostOfAssumingUnitZ(target, 1.0) = 0.0))

        property "PMI is twice the artanh of half the symmetric target" 100 (fun (c: Corpus) ->
            let s = c.Statistics
            let p, pp = s.Joint(), independent s
            let target = QuadraticLoss.Sym.Target s

            let gap =
                largest (
                    Array.mapi
                        (fun k m ->
                            let pmi = QuadraticLoss.PointwiseMutualInformation m

                            if p[k] = 0.0 then
                                (if pmi = Double.NegativeInfinity then 0.0 else 1.0)
                            else
                                // d PMI / d M = 4 / (4 - M^2) = (P + PP)^2 / (4 P PP): how far a rounded target moves the PMI.
                                let condition = (p[k] + pp[k]) ** 2.0 / (4.0 * p[k] * pp[k])
                                let expected = log (p[k] / pp[k])
                                abs (pmi - expected) / (abs expected + 1.0 + 2.0 * condition))
                        target
                )

            labelled "PMI" gap (8.0 * u))

        testCase "losses outside the definition are refused" (fun () ->
            refused (fun () -> QuadraticLoss.Of(-1.0, 1.0, 2.0, -1.0) |> ignore)
            refused (fun () -> QuadraticLoss.Of(0.0, 1.0, 0.0, -1.0) |> ignore)
            refused (fun () -> QuadraticLoss.Of(-1.0, 1.0, -2.0, -1.0) |> ignore)
            refused (fun () -> QuadraticLoss.Of(nan, 1.0, 1.0, -1.0) |> ignore)
            refused (fun () -> QuadraticLoss.OfInverseTemperature 0.0 |> ignore)
            refused (fun () -> QuadraticLoss.PointwiseMutualInformation 2.0 |> ignore)
            refused (fun () -> QuadraticLoss.SubsampledXeTarget([| 1.0 |], 0.0) |> ignore)
            // a > 0, c = 0: pairs that never occur have no weight.
            let s = CorpusStatistics([| 0.5; 0.5 |], [| 0.5; 0.0; 0.0; 0.5 |])
            refused (fun () -> QuadraticLoss.Of(1.0, 1.0, 0.0, -1.0).Target s |> ignore))
    ]
