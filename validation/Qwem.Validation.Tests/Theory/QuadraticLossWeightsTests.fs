module Qwem.Validation.Tests.QuadraticLossWeightsTests

open System
open Expecto
open FsCheck.FSharp
open Qwem.Theory
open Qwem.Validation.Tests.Problems
open Qwem.Validation.Tests.Statistics

let private independent (s: CorpusStatistics) =
    let p = s.Unigram()
    Array.init (p.Length * p.Length) (fun k -> p[k / p.Length] * p[k % p.Length])

let private seedOf (c: Corpus) =
    int (Array.sum c.Pairs + 31.0 * Array.sum c.Words)

let private symmetric (random: Random) size =
    let values = Array.zeroCreate<float>(size * size)

    for i in 0 .. size - 1 do
        for j in 0..i do
            let w = 10.0 ** (4.0 * random.NextDouble() - 2.0)
            values[i * size + j] <- w
            values[j * size + i] <- w

    values

let private randomPairs (c: Corpus) =
    let s = c.Statistics
    let random = Random(seedOf c)
    let plus = symmetric random s.VocabularySize
    let minus = symmetric random s.VocabularySize
    let k = 10.0 ** (3.0 * random.NextDouble() - 1.5)
    struct (s, plus, minus, k, PairWeights(s, plus, minus, k))

let tests =
    testList "Quadratic loss weights" [
        property "with separate weights and k, completing the square gives the definition back" 100 (fun (c: Corpus) ->
            let struct (s, plus, minus, k, pairs) = randomPairs c
            let random = Random(seedOf c + 1)
            let p, pp = s.Joint(), independent s
            let model = Array.init p.Length (fun _ -> 2.0 * gauss random)

            let losses = [
                QuadraticLoss.Xe
                QuadraticLoss.Sym
                QuadraticLoss.SgnsQuartic
                QuadraticLoss.SimClr 3.0
                QuadraticLoss.Of(random.NextDouble(), gauss random, 0.01 + random.NextDouble(), gauss random)
            ]

            [
                for loss in losses do
                    // The definition with its weights, written out here again.
                    let direct =
                        Array.sum (
                            Array.mapi
                                (fun at m ->
                                    plus[at] * p[at] * (loss.PositiveQuadratic * m * m - loss.PositiveLinear * m)
                                    + k
                                      * minus[at]
                                      * pp[at]
                                      * (loss.NegativeQuadratic * m * m - loss.NegativeLinear * m))
                                model
                        )

                    let weight, target = loss.Weight pairs, loss.Target pairs

                    let square =
                        Array.sum (Array.map3 (fun g m t -> g * (m - t) ** 2.0) weight model target)

                    // V^2 sums in any order plus 16 roundings per term, relative to the magnitudes.
                    let magnitude =
                        Array.sum (Array.map3 (fun g m t -> g * (abs m + abs t) ** 2.0) weight model target)

                    let bound = 2.0 * float (model.Length + 24) * u * magnitude
                    labelled "completed square" (abs (square + loss.Constant pairs - direct)) bound
                    labelled "Evaluate" (abs (loss.Evaluate(pairs, model) - direct)) bound
                    // The minimiser by brute force: moving one entry either way raises the loss by G d^2.
                    let at = random.Next model.Length

                    let moved d =
                        let m = Array.copy target
                        m[at] <- m[at] + d
                        loss.Evaluate(pairs, m) - loss.Evaluate(pairs, target)

                    let step = 1.0 + abs target[at]

                    let rounding =
                        4.0
                        * float (model.Length + 24)
                        * u
                        * Array.sum (Array.map2 (fun g t -> g * (abs t + step) ** 2.0) weight target)

                    labelled "one entry up" (abs (moved step - weight[at] * step * step)) rounding
                    labelled "one entry down" (abs (moved -step - weight[at] * step * step)) rounding
            ]
            |> List.reduce (.&.))

        property
            "equal weights leave the target alone, plain ones give the plain loss, k enters like WithNegativeRatio"
            100
            (fun (c: Corpus) ->
                let struct (s, plus, _, k, _) = randomPairs c
                let loss = QuadraticLoss.Sym
                let same = PairWeights(s, plus, plus, k)
                let expected = loss.WithNegativeRatio(k).Target s
                let p, pp = s.Joint(), independent s
                // |b P - d k PP| is rounded relative to P + k PP, to which G is proportional: absolute on targets of magnitude 2.
                let gap (values: float[]) =
                    largest (Array.map2 (fun a b -> abs (a - b)) values expected)

                let plain = PairWeights.Uniform(s, 1.0)

                labelled "target with Psi+ = Psi-" (gap (loss.Target same)) (24.0 * u)
                .&. labelled "target with k alone" (gap (loss.Target(PairWeights.Uniform(s, k)))) (24.0 * u)
                .&. (loss.Weight plain = loss.Weight s)
                .&. (loss.Target plain = loss.Target s)
                .&. labelled
                        "total mass"
                        (relative (PairWeights.Uniform(s, k).TotalMass()) (1.0 + k))
                        (float p.Length * u)
                .&. labelled
                        "observed and independent"
                        (largest (Array.map3 (fun w a b -> relative (w * a) b) plus p (same.Observed()))
                         + largest (Array.map3 (fun w a b -> relative (w * k * a) b) plus pp (same.Independent())))
                        (8.0 * u))

        property "omniscient weights make G constant at every k" 100 (fun (c: Corpus) ->
            let struct (s, _, _, k, _) = randomPairs c
            let pairs = QuadraticLoss.Sym.Pairs(Weighting.Omniscient, s, k)

            let gap =
                largest (Array.map (fun g -> relative g QuadraticLoss.ConstantWeight) (QuadraticLoss.Sym.Weight pairs))

            let target =
                largest (
                    Array.map2
                        (fun a b -> abs (a - b))
                        (QuadraticLoss.Sym.Target pairs)
                        (QuadraticLoss.Sym.WithNegativeRatio(k).Target s)
                )

            labelled "weight" gap (16.0 * u) .&. labelled "target" target (24.0 * u))

        property
            "mutual information is the log ratio, from the corpus and from L_sym at every k"
            100
            (fun (c: Corpus) ->
                let struct (s, _, _, k, _) = randomPairs c
                let p, pp = s.Joint(), independent s
                let floor = -17.5
                let pmi = (Target.MutualInformation floor).Matrix(s)
                let shifted = Target.ShiftedMutualInformation(k, floor).Matrix(s)
                let positive = Target.PositiveMutualInformation.Matrix(s)
                let sym = QuadraticLoss.Sym.WithNegativeRatio(k).Target s
                let identity = Target.FromSymTarget(sym, floor)
                let back = Target.ToSymTarget shifted

                let each f =
                    largest (Array.init p.Length (fun at -> if p[at] = 0.0 then 0.0 else f at))

                let expected at = log p[at] - log pp[at]

                let unseen =
                    Seq.forall
                        (fun at ->
                            p[at] > 0.0
                            || (pmi[at] = floor
                                && shifted[at] = floor
                                && identity[at] = floor
                                && positive[at] = 0.0))
                        (seq { 0 .. p.Length - 1 })

                // Logarithms of P and PP separately: u of each, up to 40 here.
                let logs at =
                    2.0 * u * (4.0 + abs (log p[at]) + abs (log pp[at]) + abs (log k))

                labelled "PMI, gap over bound" (each (fun at -> abs (pmi[at] - expected at) / logs at)) 1.0
                .&. labelled
                        "shifted, gap over bound"
                        (each (fun at -> abs (shifted[at] - expected at + log k) / logs at))
                        1.0
                .&. (Array.forall2 (fun a b -> b = max 0.0 a || (a = floor && b = 0.0)) pmi positive)
                .&. labelled
                        "2 artanh(M*/2), gap over bound"
                        (each (fun at ->
                            // d PMI / d M = 4 / (4 - M^2) = (P + k PP)^2 / (4 k P PP), and M* carries 12 u of absolute error.
                            let condition = (p[at] + k * pp[at]) ** 2.0 / (4.0 * k * p[at] * pp[at])

                            abs (identity[at] - shifted[at])
                            / (24.0 * u * condition + 2.0 * logs at + 8.0 * u * abs identity[at])))
                        1.0
                // 2 tanh(x/2) has slope at most 1: the error of x, and 4 u of the result.
                .&. labelled
                        "2 tanh(PMI/2), gap over bound"
                        (each (fun at -> abs (back[at] - sym[at]) / (16.0 * u + logs at)))
                        1.0
                .&. unseen)

        testCase "inadmissible weights, ratios and floors are refused by name" (fun () ->
            let s = (corpus 5).Statistics
            let n = s.VocabularySize * s.VocabularySize
            let ones = Array.create n 1.0

            let changed at value =
                let x = Array.copy ones
                x[at] <- value
                x

            refusedNaming "psiPlus" (fun () -> PairWeights(s, Array.create (n - 1) 1.0, ones, 1.0) |> ignore)
            refusedNaming "psiPlus[0,0]" (fun () -> PairWeights(s, changed 0 -1.0, ones, 1.0) |> ignore)
            refusedNaming "psiMinus[0,0]" (fun () -> PairWeights(s, ones, changed 0 nan, 1.0) |> ignore)
            refusedNaming "psiMinus" (fun () -> PairWeights(s, ones, changed 1 2.0, 1.0) |> ignore)
            refusedNaming "negativeRatio" (fun () -> PairWeights(s, ones, ones, 0.0) |> ignore)
            refusedNaming "negativeRatio" (fun () -> PairWeights.Uniform(s, infinity) |> ignore)
            // No independent pairs: L_xe weighs nothing.
            refused (fun () -> QuadraticLoss.Xe.Target(PairWeights(s, ones, Array.zeroCreate n, 1.0)) |> ignore)

            refusedNaming "model" (fun () ->
                QuadraticLoss.Xe.Evaluate(PairWeights.Uniform(s, 1.0), [| 1.0 |]) |> ignore)

            refusedNaming "unseenFloor" (fun () ->
                (Target.MutualInformation Double.NegativeInfinity).Matrix(s) |> ignore)

            refusedNaming "negativeRatio" (fun () -> Target.ShiftedMutualInformation(-1.0, 0.0).Matrix(s) |> ignore)
            refusedNaming "symTarget" (fun () -> Target.FromSymTarget([| 2.0 |], 0.0) |> ignore)
            refusedNaming "unseenFloor" (fun () -> Target.FromSymTarget([| 1.0 |], nan) |> ignore)
            refusedNaming "mutualInformation" (fun () -> Target.ToSymTarget [| nan |] |> ignore)
            // Inadmissible constants, with the hypothesis named.
            refusedNaming "a c >= 0" (fun () -> QuadraticLoss.Of(0.1, 1.0, -1e-300, -1.0) |> ignore)
            refusedNaming "a c >= 0" (fun () -> QuadraticLoss.Of(-1e-300, 1.0, 0.1, -1.0) |> ignore)
            refusedNaming "a + c > 0" (fun () -> QuadraticLoss.Of(0.0, 1.0, 0.0, -1.0) |> ignore))
    ]
