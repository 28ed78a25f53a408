module Qwem.Validation.Tests.CorpusStatisticsTests

open System
open Expecto
open Qwem.Theory
open Qwem.Validation.Tests.Problems
open Qwem.Validation.Tests.Statistics

let private refuses (action: unit -> unit) (parameter: string) = refusedNaming parameter action

let tests =
    testList "Corpus statistics" [
        property "counts become probabilities that sum to one" 100 (fun (c: Corpus) ->
            let s = c.Statistics
            // V^2 + 1 roundings of numbers that sum to 1, in the worst order.
            let bound = float (c.Pairs.Length + 2) * u

            let gap = max (abs (Array.sum (s.Unigram()) - 1.0)) (abs (s.JointMass - 1.0))

            labelled "sum" gap bound)

        property "the self-pair rule changes the diagonal and nothing else" 100 (fun (c: Corpus) ->
            let before = c.Statistics
            let after = before.WithNeutralSelfPairs()
            let size = before.VocabularySize

            let p, q, unigram = before.Joint(), after.Joint(), before.Unigram()

            Seq.forall
                (fun k ->
                    let i, j = k / size, k % size
                    if i = j then q[k] = unigram[i] * unigram[i] else q[k] = p[k])
                (seq { 0 .. p.Length - 1 })
            && abs (after.JointMass - Array.sum q) <= float (p.Length + 2) * u)

        property "Z is invariant when psi is scaled" 100 (fun (c: Corpus) ->
            let s = c.Statistics
            let random = Random c.Words.Length
            let psi = Array.init s.VocabularySize (fun _ -> 10.0 ** (3.0 * random.NextDouble()))
            let z = s.Subsample(psi).Z
            let scaled = s.Subsample(Array.map (fun x -> 3.7 * x) psi).Z
            // Positive sums (compensated: 2 u each), products and quotients: fewer than 16 roundings on either side.
            labelled "Z" (relative scaled z) (32.0 * u))

        property "Z with inverse-frequency subsampling is one over one plus the mean target" 100 (fun (c: Corpus) ->
            let s = c.Statistics
            let target = QuadraticLoss.Xe.Target s
            let mean = Array.average target
            let z = s.Subsample(s.InverseFrequency()).Z
            // 1 + mean is a mean of non-negative ratios; the plain sum of V^2 targets errs by V^2 u of the mean magnitude.
            let condition = 1.0 + Array.averageBy abs target / (1.0 + mean)
            labelled "Z" (relative z (1.0 / (1.0 + mean))) (float (target.Length + 16) * u * condition))

        property "margins that match have no mismatch and swapped ones have the stated one" 100 (fun (c: Corpus) ->
            let s = c.Statistics
            let unigram = s.Unigram()
            let size = s.VocabularySize

            let independent =
                Array.init (size * size) (fun k -> unigram[k / size] * unigram[k % size])

            let flat = CorpusStatistics(unigram, independent)
            let joint = s.Joint()

            let margin =
                Array.init size (fun i -> Array.sum joint[i * size .. i * size + size - 1])

            let variation = 0.5 * Array.sum (Array.map2 (fun m p -> abs (m - p)) margin unigram)
            let bound = float (8 * size) * u

            labelled
                "margins"
                (max
                    (flat.MarginalMismatch())
                    (max (flat.MarginalTotalVariation()) (abs (s.MarginalTotalVariation() - variation))))
                bound)

        testCase "a margin off by a tenth is reported as a tenth" (fun () ->
            let s = CorpusStatistics([| 0.5; 0.5 |], [| 0.3; 0.25; 0.25; 0.2 |])
            within "mismatch" (abs (s.MarginalMismatch() - 0.1)) (8.0 * u)
            within "variation" (abs (s.MarginalTotalVariation() - 0.05)) (8.0 * u))

        testCase "broken statistics are refused with the value and the range" (fun () ->
            let good = [| 0.25; 0.25; 0.25; 0.25 |]
            let half = [| 0.5; 0.5 |]
            refuses (fun () -> CorpusStatistics([| 1.0 |], [| 1.0 |]) |> ignore) "unigram"
            refuses (fun () -> CorpusStatistics([| 1.0; 0.0 |], good) |> ignore) "unigram[1]"
            refuses (fun () -> CorpusStatistics([| 0.6; 0.5 |], good) |> ignore) "unigram"
            refuses (fun () -> CorpusStatistics([| nan; 0.5 |], good) |> ignore) "NaN"
            refuses (fun () -> CorpusStatistics(half, [| 0.25; 0.3; 0.2; 0.25 |]) |> ignore) "joint[1,0]"
            refuses (fun () -> CorpusStatistics(half, [| 1.5; -0.25; -0.25; 0.0 |]) |> ignore) "joint[0,1]"
            refuses (fun () -> CorpusStatistics(half, [| 0.25; 0.25; 0.25 |]) |> ignore) "joint"
            refuses (fun () -> CorpusStatistics(half, [| 0.3; 0.3; 0.3; 0.3 |]) |> ignore) "joint"
            refuses (fun () -> CorpusStatistics(half, good).Subsample([| 1.0; 0.0 |]) |> ignore) "psi[1]"
            refuses (fun () -> CorpusStatistics(half, good).Subsample([| 1.0 |]) |> ignore) "psi"

            refuses (fun () -> CorpusStatistics.FromCounts([| 1.0; 2.0 |], Array.zeroCreate 4) |> ignore) "pairCounts")
    ]
