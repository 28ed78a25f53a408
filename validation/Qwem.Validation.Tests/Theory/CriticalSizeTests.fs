/// Intervals of the estimate, and the critical model size.
module Qwem.Validation.Tests.CriticalSizeTests

open System
open Expecto
open Qwem.Theory
open Qwem.Validation.Tests.AnalogySupport

let tests =
    testList "Critical size" [
        testCase "interval ends solve the binomial equations" (fun () ->
            let mutable gap = 0.0

            for n in [ 1L; 2L; 7L; 50L; 1000L ] do
                for share in [ 0.0; 0.02; 0.3; 0.5; 0.9; 1.0 ] do
                    let k = int64 (Math.Round(share * float n))
                    let estimate = ProportionEstimate(k, n)

                    for risk in [ 0.025; 0.005; 1e-9 ] do
                        let low, high = estimate.Lower risk, estimate.Upper risk
                        Expect.isTrue (low <= estimate.Value && estimate.Value <= high) ""
                        // P(X >= k | p) = I_p(k, n - k + 1): MathNet's incomplete beta function, an independent route good to about 1e-10 here.
                        if k > 0L then
                            let tail =
                                MathNet.Numerics.SpecialFunctions.BetaRegularized(float k, float (n - k + 1L), low)

                            gap <- max gap (relative tail risk)
                        else
                            gap <- max gap low

                        if k < n then
                            let tail =
                                MathNet.Numerics.SpecialFunctions.BetaRegularized(
                                    float (n - k),
                                    float (k + 1L),
                                    1.0 - high
                                )

                            // 1 - high carries the rounding of high: u / (1 - high), which the tail's n - k factors magnify.
                            let rounding = float (n - k) * u / (1.0 - high)
                            gap <- max gap (relative tail risk - 2.0 * rounding)
                        else
                            gap <- max gap (1.0 - high)

                        // No success at all: (1 - p)^n = risk.
                        if k = 0L then
                            gap <- max gap (relative high (1.0 - risk ** (1.0 / float n)))

            // Log-gamma of 1000 is 6e3, known to a few u of that: 1e-12 absolute, twice, on either route, and a factor 2 for the fraction.
            within "relative gap of the tail" gap 1e-11
            // Ten million trials: the normal interval, whose next term is relative 1 / sqrt(n p (1 - p)).
            let large = ProportionEstimate(3_000_000L, 10_000_000L)
            let half = 1.959963984540054 * sqrt (0.3 * 0.7 / 1e7)
            within "ten million, below" (relative (0.3 - large.Lower 0.025) half) (4.0 / sqrt (0.21 * 1e7))
            within "ten million, above" (relative (large.Upper 0.025 - 0.3) half) (4.0 / sqrt (0.21 * 1e7)))

        slow (
            testCase "intervals cover the expectation as often as they say" (fun () ->
                let f =
                    Seq.initInfinite (fun k -> twoPairs (500 + k))
                    |> Seq.find (fun f -> let p = exactForTwoPairs f in p > 0.2 && p < 0.4)

                let p = exactForTwoPairs f
                let runs = 2000
                let mutable below, above = 0, 0

                for seed in 1..runs do
                    let estimate = Analogies.Estimate(f.Embeddings, f.Family, 60, int64 seed)

                    if estimate.Upper 0.05 < p then
                        below <- below + 1

                    if estimate.Lower 0.05 > p then
                        above <- above + 1

                // One-sided misses at most 5% each: 100 expected at most, plus six standard deviations of a count.
                let bound = 0.05 * float runs + 6.0 * sqrt (0.05 * 0.95 * float runs)
                within $"p = %.4f{p}: intervals below" (float below) bound
                within "intervals above" (float above) bound
                Expect.isGreaterThan (below + above) 0 "an interval that never misses says too little")
        )

        testCase "the critical size is the row that tells the answers apart" (fun () ->
            let n = 6

            for critical in [ 2; 5; 9 ] do
                // Words: n distractors, n starts, n ends. Rows before the critical one put every end where its distractor of smaller index is.
                let rows = 12
                let random = Random critical
                let embeddings = Array.zeroCreate<float>(rows * 3 * n)

                let set k word value = embeddings[k * 3 * n + word] <- value

                for k in 0 .. rows - 1 do
                    for i in 0 .. n - 1 do
                        if k + 1 < critical then
                            // Ends and distractors equal, starts a common shift away.
                            let x = gauss random
                            set k i x
                            set k (2 * n + i) x
                            set k (n + i) (x - 0.1)
                        elif k + 1 = critical then
                            set k i 0.0
                            set k (n + i) 1e-3
                            set k (2 * n + i) 2.0

                let family =
                    AnalogyFamily.FromPairs(Array.collect (fun k -> [| n + k; 2 * n + k |]) [| 0 .. n - 1 |])
                // At the critical row ends move by 2 with their own place kept; differences agree, so a + xi is b to rounding.
                let dimensions = [| 1..rows |]

                let estimates =
                    Analogies.Scan(Embeddings.OfRows(embeddings, rows), family, dimensions, 40, 1L)

                let found = Analogies.CriticalSize(dimensions, estimates, 0.05, 0.95)

                Expect.equal found.Estimate (Nullable critical) ""
                Expect.equal found.Lower (Nullable critical) ""
                Expect.equal found.Upper (Nullable critical) ""

            let never =
                Analogies.CriticalSize(
                    [| 1; 2 |],
                    [| ProportionEstimate(0L, 1000L); ProportionEstimate(1L, 1000L) |],
                    0.05,
                    0.95
                )

            Expect.isFalse (never.Estimate.HasValue || never.Lower.HasValue || never.Upper.HasValue) "")

        testCase "the interval of the critical size holds the one known in closed form" (fun () ->
            let confidence = 0.95
            let mutable low, high, wide, known = 0, 0, 0, 0

            for seed in 1..120 do
                let f = twoPairs seed
                let rows, size = f.Dimension, f.Words.Length
                let dimensions = [| 2..rows |]

                let truth =
                    dimensions
                    |> Array.tryFind (fun d ->
                        exactForTwoPairs {
                            f with
                                Words = Array.map (fun (w: float[]) -> w[.. d - 1]) f.Words
                        }
                        >= 0.3)

                match truth with
                | None -> ()
                | Some d ->
                    known <- known + 1

                    let estimates = Analogies.Scan(f.Embeddings, f.Family, dimensions, 50, int64 seed)

                    let found = Analogies.CriticalSize(dimensions, estimates, 0.3, confidence)
                    Expect.isGreaterThan size 3 ""

                    if found.Lower.HasValue && found.Lower.Value > d || not found.Lower.HasValue then
                        low <- low + 1

                    if found.Upper.HasValue && found.Upper.Value < d then
                        high <- high + 1

                    if found.Lower <> found.Upper then
                        wide <- wide + 1

            // Each side fails with probability at most 2.5% a problem: that many, and six standard deviations of a count.
            let expected = 0.5 * (1.0 - confidence) * float known

            within
                $"{known} problems, {wide} with a real interval: too high"
                (float low)
                (expected + 6.0 * sqrt expected)

            within "too low" (float high) (expected + 6.0 * sqrt expected)
            Expect.isGreaterThanOrEqual known 40 ""
            Expect.isGreaterThanOrEqual wide 5 "")
    ]
