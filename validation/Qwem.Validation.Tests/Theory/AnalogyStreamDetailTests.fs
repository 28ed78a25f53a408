/// The Gaussian stand-ins of analogies, drawn again from the published generator, and the questions answered again entry by entry.
module Qwem.Validation.Tests.AnalogyStreamDetailTests

open System
open Expecto
open Qwem.Theory
open Qwem.Validation.Tests.DetailSupport

// SplitMix64's finaliser and increment (Steele, Lea and Flood 2014).
let private golden = 0x9E3779B97F4A7C15UL

let private finaliser (x: uint64) =
    let x = (x ^^^ (x >>> 30)) * 0xBF58476D1CE4E5B9UL
    let x = (x ^^^ (x >>> 27)) * 0x94D049BB133111EBUL
    x ^^^ (x >>> 31)

/// Normals 0 .. n - 1 of the stream of a seed, a pair and a sample.
let private normals (seed: int64) (pair: int) (sample: int) n =
    let stream =
        [ 1UL; uint64 pair + 1UL; uint64 sample + 1UL ]
        |> List.fold (fun state place -> finaliser (state + golden * place)) (uint64 seed)

    let uniform (place: int) =
        (float (finaliser (stream + golden * uint64 place) >>> 11) + 0.5)
        / 9007199254740992.0

    Array.init n (fun k ->
        let radius = sqrt (-2.0 * log (uniform (2 * (k / 2) + 1)))
        let angle = 2.0 * Math.PI * uniform (2 * (k / 2) + 2)
        radius * (if k % 2 = 0 then cos angle else sin angle))

let private cases = [ 2, 5, 2; 3, 9, 3; 8, 12, 4; 9, 20, 7; 16, 17, 8 ]

let private embeddings rows size =
    Array.map (fun x -> 3.0 * x) (scattered (rows + 64 * size) (rows * size))

/// Disjoint pairs (0, 1), (2, 3), ...
let private family count =
    AnalogyFamily.FromPairs(Array.init (2 * count) id)

/// Mean difference by dimension, and the pairs' deviations over the root of N - 1.
let private differences (w: float[]) rows size count =
    let delta n k =
        w[k * size + 2 * n + 1] - w[k * size + 2 * n]

    let mean =
        Array.init rows (fun k -> Seq.averageBy (fun n -> delta n k) (seq { 0 .. count - 1 }))

    mean, (fun n k -> (delta n k - mean[k]) / sqrt (float (count - 1)))

let private argmax (scores: float[]) =
    fst (
        Array.fold (fun (at, best) (w, x) -> if x > best then w, x else at, best) (-1, -infinity) (Array.indexed scores)
    )

/// How many samples of every pair are answered with its second word, in the first d dimensions.
let private answered (w: float[]) rows size count d samples seed (share, shareSpread, spread) =
    let mean, deviation = differences w rows size count

    let length word =
        sqrt (Seq.sumBy (fun k -> w[k * size + word] * w[k * size + word]) (seq { 0 .. d - 1 }))

    Seq.sum (
        seq {
            for n in 0 .. count - 1 do
                for s in 0 .. samples - 1 do
                    let z = normals seed n s (count + 1)

                    let query =
                        Array.init d (fun k ->
                            w[k * size + 2 * n]
                            + (share + shareSpread * z[count]) * mean[k]
                            + spread * Seq.sumBy (fun m -> deviation m k * z[m]) (seq { 0 .. count - 1 }))

                    let score word =
                        (if length word = 0.0 then
                             0.0
                         else
                             Seq.sumBy (fun k -> query[k] * w[k * size + word]) (seq { 0 .. d - 1 })
                             / length word)

                    if argmax (Array.init size score) = 2 * n + 1 then 1L else 0L
        }
    )

let tests =
    testList "Analogies, drawn and answered again" [
        testCase "sampled differences are the mean plus normals times deviations"
        <| fun () ->
            for rows, size, count in cases do
                let w = embeddings rows size
                let mean, deviation = differences w rows size count

                for pair, sample, seed in [ 0, 0, 0L; 1, 0, 7L; count - 1, 5, -3L; 0, 1000000, Int64.MaxValue ] do
                    let z = normals seed pair sample count

                    let expected =
                        Array.init rows (fun k ->
                            mean[k] + Seq.sumBy (fun n -> z[n] * deviation n k) (seq { 0 .. count - 1 }))

                    allAgree
                        1e3
                        (Analogies.SampledDifference(Embeddings.OfRows(w, rows), family count, pair, sample, seed))
                        expected
                        $"d x V = %d{rows} x %d{size}, pair %d{pair}, sample %d{sample}"

        testCase "the estimate counts the samples that are answered right"
        <| fun () ->
            for rows, size, count in cases do
                let w = embeddings rows size
                let estimate = Analogies.Estimate(Embeddings.OfRows(w, rows), family count, 20, 11L)
                Expect.equal estimate.Trials (int64 (20 * count)) "trials"
                Expect.equal estimate.Successes (answered w rows size count rows 20 11L (1.0, 0.0, 1.0)) "successes"

        testCase "a size of one sample per pair is enough"
        <| fun () ->
            let w = embeddings 8 12
            let one = Analogies.Estimate(Embeddings.OfRows(w, 8), family 4, 1, 2L)
            Expect.equal (one.Successes, one.Trials) (answered w 8 12 4 8 1 2L (1.0, 0.0, 1.0), 4L) "one sample"
            let estimator = AnalogyEstimator(Embeddings.OfRows(w, 8), family 4, [| 8 |])
            Expect.equal (estimator.Estimates(1, 2L, 1.0, 0.0, 1.0)[0]) one "the estimator's"

        testCase "the estimator of several sizes counts the same, with any share of the mean and any spread"
        <| fun () ->
            for rows, size, count in cases do
                let w = embeddings rows size
                // A word that vanishes in the first two dimensions. (In a single one all words on the query's side tie.)
                w[size - 1] <- 0.0
                w[2 * size - 1] <- 0.0
                let sizes = [| 2..rows |]
                let estimator = AnalogyEstimator(Embeddings.OfRows(w, rows), family count, sizes)

                for share, shareSpread, spread in [ 1.0, 0.0, 1.0; 0.5, 0.25, 0.125; 0.75, 2.0, 0.0 ] do
                    let estimates = estimator.Estimates(10, 5L, share, shareSpread, spread)

                    for at in 0 .. sizes.Length - 1 do
                        Expect.equal
                            estimates[at].Successes
                            (answered w rows size count sizes[at] 10 5L (share, shareSpread, spread))
                            $"d = %d{sizes[at]} of %d{rows}, share %g{share}"

        testCase "a scan estimates each size by itself"
        <| fun () ->
            let w = Embeddings.OfRows(embeddings 9 20, 9)
            let sizes = [| 1; 4; 9 |]

            Expect.equal
                (Analogies.Scan(w, family 7, sizes, 5, 3L))
                (sizes |> Array.map (fun d -> Analogies.Estimate(w.Truncated d, family 7, 5, 3L)))
                "estimates"

        testCase "questions are answered by the largest sum of cosines outside the question, and ties are counted"
        <| fun () ->
            for rows, size, count in [ 2, 5, 2; 3, 9, 3; 8, 12, 4; 9, 20, 7 ] do
                let w = embeddings rows size
                // Two words alike, far apart in length: they tie.
                for k in 0 .. rows - 1 do
                    w[k * size + size - 1] <- 1024.0 * w[k * size + size - 2]

                let cosine a b =
                    let dot a b =
                        Seq.sumBy (fun k -> w[k * size + a] * w[k * size + b]) (seq { 0 .. rows - 1 })

                    dot a b / sqrt (dot a a) / sqrt (dot b b)

                let questions = [
                    for n in 0 .. count - 1 do
                        for m in 0 .. count - 1 do
                            if n <> m then
                                2 * n, 2 * n + 1, 2 * m, 2 * m + 1
                ]

                let score (a, b, a', _) x =
                    if x = a || x = b || x = a' then
                        -infinity
                    else
                        cosine b x - cosine a x + cosine a' x

                let right =
                    questions
                    |> List.filter (fun (a, b, a', b') -> argmax (Array.init size (score (a, b, a', b'))) = b')

                let accuracy = Analogies.Accuracy(Embeddings.OfRows(w, rows), family count)
                Expect.equal accuracy.Questions questions.Length "questions"
                Expect.equal accuracy.Correct right.Length "right answers"
                Expect.isTrue (accuracy.Ties <= questions.Length) "ties"

                allAgree
                    1e3
                    (Analogies.SmoothScores(Embeddings.OfRows(w, rows), family count))
                    (questions
                     |> List.map (fun (a, b, a', b') -> sqrt (float rows) * (cosine b' a' + cosine b' b - cosine b' a))
                     |> Array.ofList)
                    "smooth scores"

        testCase "a tie for the first place is counted once per question"
        <| fun () ->
            // Words 4 and 5 are the same; both beat all others for b - a + a'.
            let vectors = [|
                [| 1.0; 0.0; 0.0 |]
                [| 1.0; 1.0; 0.0 |]
                [| 1.0; 0.0; 1.0 |]
                [| -1.0; 0.0; 0.0 |]
                [| 1.0; 1.0; 1.0 |]
                [| 1.0; 1.0; 1.0 |]
            |]

            let family = AnalogyFamily.FromQuestions [| 0; 1; 2; 4; 2; 4; 0; 1 |]
            let accuracy = Analogies.Accuracy(Embeddings.OfWords vectors, family)
            Expect.equal (accuracy.Correct, accuracy.Questions, accuracy.Ties) (2, 2, 1) "right, asked, tied"

        testCase "words outside the vocabulary and places outside the family are refused to the letter"
        <| fun () ->
            let w = Embeddings.OfRows(embeddings 2 5, 2)
            let outside = AnalogyFamily.FromPairs [| 0; 1; 2; 5 |]
            let words = "family names word 5; allowed: 0 to V - 1 = 4"
            refusedSaying words (fun () -> Analogies.Accuracy(w, outside) |> ignore)
            refusedSaying words (fun () -> AnalogyEstimator(w, outside, [| 1 |]) |> ignore)

            refusedSaying "family names word 5; allowed: 0 to V - 1 = 4" (fun () ->
                Analogies.Accuracy(w, AnalogyFamily.FromQuestions [| 5; 1; 2; 3 |]) |> ignore)

            let sampled pair sample () =
                Analogies.SampledDifference(w, family 2, pair, sample, 1L) |> ignore

            refusedSaying "pair = 2; allowed: 0 to N - 1 = 1" (sampled 2 0)
            refusedSaying "pair = -1; allowed: 0 to N - 1 = 1" (sampled -1 0)
            refusedSaying "sample = -1; allowed: 0 or more" (sampled 0 -1)

            refusedSaying "samplesPerPair = 0; allowed: 1 or more" (fun () ->
                Analogies.Estimate(w, family 2, 0, 1L) |> ignore)

            refusedSaying "samplesPerPair = 0; allowed: 1 or more" (fun () ->
                AnalogyEstimator(w, family 2, [| 1 |]).Estimates(0, 1L, 1.0, 0.0, 1.0) |> ignore)

            refusedSaying "dimensions[0] = 0; allowed: 1 to 2" (fun () ->
                AnalogyEstimator(w, family 2, [| 0 |]) |> ignore)

            refusedSaying "dimensions[1] = 1; allowed: 2 to 2" (fun () ->
                AnalogyEstimator(w, family 2, [| 1; 1 |]) |> ignore)

            refusedSaying "dimensions[0] = 3; allowed: 1 to 2" (fun () ->
                AnalogyEstimator(w, family 2, [| 3 |]) |> ignore)

            refusedSaying "dimensions[0] = 0; allowed: 1 to 2" (fun () ->
                Analogies.Scan(w, family 2, [| 0 |], 1, 1L) |> ignore)

            refusedSaying "V = 3; allowed: 4 or more" (fun () ->
                Analogies.Accuracy(
                    Embeddings.OfRows([| 1.0; 2.0; 3.0 |], 1),
                    AnalogyFamily.FromQuestions [| 0; 1; 2; 1 |]
                )
                |> ignore)

        testCase "a question with four different words and one with two"
        <| fun () ->
            let spectrum =
                TargetSpectrum([| 4.0; 1.0; -1.0 |], [| 1.0; 0.0; 0.0; 0.0; 1.0; 0.0; 0.0; 0.0; 1.0 |])

            Expect.equal
                (Analogies.SpectralEmbeddings(spectrum, 3).ToRows())
                [| 2.0; 0.0; 0.0; 0.0; 1.0; 0.0; 0.0; 0.0; 0.0 |]
                "roots"

            refusedSaying "dimension = 0; allowed: 1 to V = 3" (fun () ->
                Analogies.SpectralEmbeddings(spectrum, 0) |> ignore)

            refusedSaying "dimension = 4; allowed: 1 to V = 3" (fun () ->
                Analogies.SpectralEmbeddings(spectrum, 4) |> ignore)

        testCase "the critical size is where estimate and bounds reach the threshold itself"
        <| fun () ->
            let estimates = [|
                ProportionEstimate(1L, 100L)
                ProportionEstimate(50L, 100L)
                ProportionEstimate(99L, 100L)
            |]

            let critical threshold =
                Analogies.CriticalSize([| 1; 2; 8 |], estimates, threshold, 0.9)
            // Exactly at the threshold counts as reached.
            Expect.equal (critical 0.5).Estimate (Nullable 2) "at one half"
            let upper = estimates[1].Upper(0.5 * (1.0 - 0.9))
            Expect.equal (critical upper).Lower (Nullable 2) "at the upper bound itself"
            let lower = estimates[1].Lower(0.5 * (1.0 - 0.9) / 3.0)
            Expect.equal (critical lower).Upper (Nullable 2) "at the lower bound itself"
            Expect.equal (critical (lower + 1e-9)).Upper (Nullable 8) "just above the lower bound"
            Expect.equal (critical (upper + 1e-9)).Lower (Nullable 8) "just above the upper bound"

            refusedSaying "estimates has 0 entries; expected 1 (one per dimension, at least one)" (fun () ->
                Analogies.CriticalSize([||], [||], 0.5, 0.9) |> ignore)

            refusedSaying "estimates has 3 entries; expected 2 (one per dimension, at least one)" (fun () ->
                Analogies.CriticalSize([| 1; 2 |], estimates, 0.5, 0.9) |> ignore)

            refusedSaying "dimensions[0] = 0; allowed: 1 to 2147483647" (fun () ->
                Analogies.CriticalSize([| 0; 2; 8 |], estimates, 0.5, 0.9) |> ignore)
    ]
