/// Embeddings of the target, ties, families and refusals.
module Qwem.Validation.Tests.AnalogiesTests

open System
open Expecto
open Qwem.Theory
open Qwem.Validation.Tests.Problems
open Qwem.Validation.Tests.AnalogySupport

let tests =
    testList "Analogies" [
        testCase "spectral embeddings are the positive modes, cut from above" (fun () ->
            let random = Random 4
            let size = 9
            let v = orthogonal random size
            let lambda = [| 5.0; 3.0; 2.0; 1.0; 0.5; 0.0; -1.0; -2.0; -3.0 |]
            let spectrum = TargetSpectrum(lambda, v)
            let whole = Analogies.SpectralEmbeddings(spectrum, size)

            for d in 1..size do
                let w = Analogies.SpectralEmbeddings(spectrum, d)
                Expect.equal w (whole.Truncated d) ""

                let expected =
                    Array.init (size * size) (fun at ->
                        Seq.sum (
                            Seq.init d (fun k ->
                                max 0.0 lambda[k] * v[k * size + at / size] * v[k * size + at % size])
                        ))
                // d products of two square roots: (d + 6) u of the magnitudes, at most lambda_1.
                within
                    $"d = {d}"
                    (largest (Array.map2 (fun x y -> abs (x - y)) (gram d (w.ToRows())) expected))
                    (2.0 * float (d + 6) * u * 5.0)

            let family = AnalogyFamily.FromPairs [| 0; 1; 2; 3; 4; 5 |]
            let scanned = Analogies.Scan(whole, family, [| 2; 5; 9 |], 100, 9L)

            for d, (e: ProportionEstimate) in Array.zip [| 2; 5; 9 |] scanned do
                let alone =
                    Analogies.Estimate(Analogies.SpectralEmbeddings(spectrum, d), family, 100, 9L)

                Expect.equal e.Successes alone.Successes "")

        testCase "spectral embeddings are where the exact solution ends, from any start" (fun () ->
            let random = Random 6
            let size, d = 9, 4
            let v = orthogonal random size
            let lambda = [| 5.0; 3.0; 2.0; -0.5; -1.0; -1.5; -2.0; -2.5; -3.0 |]
            let spectrum = TargetSpectrum(lambda, v)

            let start = Embeddings.OfRows(gaussian random d size 0.3, d)

            let final =
                ExactSolution(spectrum, start).At(60.0<kappaTime>).Embeddings(spectrum).Gram()

            // The slowest transient is e^{-(lambda_3 + 1/2) 60} = e^{-150}; what remains is rounding in sums of V products.
            within
                "Gram matrix"
                (largest (Array.map2 (fun x y -> abs (x - y)) final (Analogies.SpectralEmbeddings(spectrum, d).Gram())))
                (float (8 * size) * u * lambda[0]))

        testCase "one dimension and vanishing words are ties, settled by the index" (fun () ->
            // d = 1: every cosine is -1 or 1. Query b - a + a' = 1 + 1 + 1 for a = -1: all positive words tie, word 3 comes first.
            let family = AnalogyFamily.FromQuestions [| 0; 1; 2; 3; 0; 1; 2; 4 |]

            let result =
                Analogies.Accuracy(Embeddings.OfRows([| -1.0; 2.0; 3.0; 0.5; 7.0; 0.0 |], 1), family)

            Expect.equal result.Correct 1 ""
            Expect.equal result.Ties 2 ""
            // All words vanish: all scores are 0, no NaN.
            let zeros = Embeddings.OfRows(Array.zeroCreate 12, 2)
            let nothing = Analogies.Accuracy(zeros, family)
            Expect.equal nothing.Correct 1 ""
            Expect.isTrue (Analogies.SmoothScores(zeros, family) = [| 0.0; 0.0 |]) "")

        testCase "families keep known words and count what they lose" (fun () ->
            let family = AnalogyFamily.FromPairs [| 0; 1; -1; 3; 4; 5; 0; 1; 6; -1; 7; 8 |]
            Expect.isTrue (family.Pairs() = [| 0; 1; 4; 5; 7; 8 |]) ""
            Expect.equal family.QuestionCount 6 ""
            // Two lost pairs among five different ones: 20 - 6.
            Expect.equal family.Discarded 14 ""
            Expect.isTrue (family.Questions()[..3] = [| 0; 1; 4; 5 |]) ""
            let file = AnalogyFamily.FromQuestions [| 0; 1; 2; 3; 0; 1; -1; 5; 2; 3; 6; 7 |]
            Expect.equal file.Discarded 1 ""
            Expect.equal file.QuestionCount 2 ""
            Expect.isTrue (file.Pairs() = [| 0; 1; 2; 3; 6; 7 |]) ""
            // An answer among the excluded words can never be given.
            let hopeless = AnalogyFamily.FromQuestions [| 0; 1; 2; 1 |]
            let words, _ = parallelograms 3
            Expect.isZero ((accuracy words hopeless).Correct) "")

        testCase "questions that cannot be asked are refused by name" (fun () ->
            let pairs (p: int[]) =
                fun () -> AnalogyFamily.FromPairs p |> ignore

            refusedNaming "pairs" (pairs [| 0; 1; 2 |])
            refusedNaming "pairs" (pairs [| 0; 1; 0; 1 |])
            refusedNaming "pairs" (pairs [| 0; 1; 2; 2 |])
            refusedNaming "questions" (fun () -> AnalogyFamily.FromQuestions [| 0; 1; 2 |] |> ignore)
            refusedNaming "questions" (fun () -> AnalogyFamily.FromQuestions [| 0; 1; 2; -1 |] |> ignore)
            let family = AnalogyFamily.FromPairs [| 0; 1; 2; 3 |]

            let ones n =
                Embeddings.OfRows(Array.create (2 * n) 1.0, 2)

            let w = ones 4
            refusedNaming "family" (fun () -> Analogies.Accuracy(ones 3, family) |> ignore)
            let few = AnalogyFamily.FromQuestions [| 0; 1; 2; 1 |]
            refusedNaming "embeddings" (fun () -> Analogies.Accuracy(ones 3, few) |> ignore)
            refusedNaming "samplesPerPair" (fun () -> Analogies.Estimate(w, family, 0, 1L) |> ignore)
            refusedNaming "pair" (fun () -> Analogies.SampledDifference(w, family, 2, 0, 1L) |> ignore)
            refusedNaming "sample" (fun () -> Analogies.SampledDifference(w, family, 0, -1, 1L) |> ignore)
            refusedNaming "dimensions[1]" (fun () -> Analogies.Scan(w, family, [| 1; 1 |], 1, 1L) |> ignore)
            refusedNaming "dimensions[0]" (fun () -> Analogies.Scan(w, family, [| 3 |], 1, 1L) |> ignore)
            refusedNaming "successes" (fun () -> ProportionEstimate(2L, 1L) |> ignore)
            refusedNaming "trials" (fun () -> ProportionEstimate(0L, 0L) |> ignore)
            refusedNaming "risk" (fun () -> ProportionEstimate(0L, 1L).Lower 0.5 |> ignore)
            refusedNaming "risk" (fun () -> ProportionEstimate(0L, 1L).Upper 0.0 |> ignore)
            let one = [| ProportionEstimate(1L, 2L) |]
            refusedNaming "estimates" (fun () -> Analogies.CriticalSize([| 1; 2 |], one, 0.05, 0.95) |> ignore)
            refusedNaming "estimates" (fun () -> Analogies.CriticalSize([||], [||], 0.05, 0.95) |> ignore)
            refusedNaming "threshold" (fun () -> Analogies.CriticalSize([| 1 |], one, 0.0, 0.95) |> ignore)
            refusedNaming "confidence" (fun () -> Analogies.CriticalSize([| 1 |], one, 0.05, 1.0) |> ignore)
            let spectrum = TargetSpectrum([| 2.0; 1.0 |], [| 1.0; 0.0; 0.0; 1.0 |])
            refusedNaming "dimension" (fun () -> Analogies.SpectralEmbeddings(spectrum, 3) |> ignore))
    ]
