[<NUnit.Framework.TestFixture>]
module Qwem.Validation.Tests.AnalogiesTests

open System
open NUnit.Framework
open FsCheck
open FsCheck.FSharp
open FsCheck.NUnit
open Qwem.Theory
open Qwem.Validation.Tests.Generators

/// d x V row-major from one array per word.
let private columns (words: float[][]) =
    Array.init (words[0].Length * words.Length) (fun at -> words[at % words.Length][at / words.Length])

let private column (embeddings: float[]) size i =
    Array.init (embeddings.Length / size) (fun k -> embeddings[k * size + i])

let private inner (x: float[]) (y: float[]) : float = Array.sum (Array.map2 (*) x y)

let private unitVector (x: float[]) =
    let n = frobeniusNorm x
    Array.map (fun t -> t / n) x

/// The sum of multiples of unit vectors of R^d.
let private axes d (terms: (int * float) list) =
    let x = Array.zeroCreate<float> d

    for k, value in terms do
        x[k] <- x[k] + value

    x

/// Words 0 .. N-1 are a_n = e_n + f and N .. 2N-1 are b_n = e_n + h, all of one length: b_n - a_n + a_m = b_m exactly.
let private parallelograms n =
    let d = n + 2

    Array.append
        (Array.init n (fun k -> axes d [ k, 1.0; n, 1.0 ]))
        (Array.init n (fun k -> axes d [ k, 1.0; n + 1, 1.0 ])),
    AnalogyFamily.FromPairs(Array.collect (fun k -> [| k; n + k |]) [| 0 .. n - 1 |])

let private accuracy (words: float[][]) family =
    Analogies.Accuracy(columns words, words[0].Length, family)

[<Test>]
let ``exact parallelograms are all right, and so says the estimator`` () =
    for n in [ 2; 3; 7; 20 ] do
        let words, family = parallelograms n
        let result = accuracy words family
        Assert.That(family.QuestionCount, Is.EqualTo(n * (n - 1)))
        Assert.That(result.Questions, Is.EqualTo(n * (n - 1)))
        Assert.That(result.Correct, Is.EqualTo result.Questions)
        Assert.That(result.Ties, Is.Zero)
        // All differences are equal: no covariance, xi is the mean.
        let estimate = Analogies.Estimate(columns words, words[0].Length, family, 5, 1L)
        Assert.That(estimate.Successes, Is.EqualTo estimate.Trials)
        Assert.That(estimate.Trials, Is.EqualTo(5L * int64 n))
        // b'_hat . (a'_hat + b_hat - a_hat) = b'_hat . b'_hat = 1: six roundings of numbers up to 1.
        let root = sqrt (float (n + 2))
        let scores = Analogies.SmoothScores(columns words, n + 2, family)
        within $"N = {n}: smooth score" (largest (Array.map (fun s -> abs (s - root)) scores)) (16.0 * u * root)
        within "mean" (abs (Analogies.SmoothScore(columns words, n + 2, family) - root)) (16.0 * u * root)

[<Test>]
let ``a nearer word makes every answer wrong, a later equal one none, an earlier equal one all`` () =
    let n = 5
    let words, family = parallelograms n
    // The same words behind: shared maxima, the smaller index is the answer.
    let behind = accuracy (Array.append words words[n..]) family
    Assert.That(behind.Correct, Is.EqualTo behind.Questions)
    Assert.That(behind.Ties, Is.EqualTo behind.Questions)
    // In front: every b_m has an equal of smaller index.
    let shifted =
        AnalogyFamily.FromPairs(Array.collect (fun k -> [| n + k; 2 * n + k |]) [| 0 .. n - 1 |])

    let front = accuracy (Array.append words[n..] words) shifted
    Assert.That(front.Correct, Is.Zero)
    Assert.That(front.Ties, Is.EqualTo front.Questions)

    let estimate =
        Analogies.Estimate(columns (Array.append words[n..] words), n + 2, shifted, 3, 1L)

    Assert.That(estimate.Successes, Is.Zero)
    // b_m carries a private direction r_m that no other pair's difference has; c_m = e_m + h does not: .908 against .741.
    let d = 2 * n + 2
    let a = Array.init n (fun k -> axes d [ k, 1.0; n, 1.0 ])
    let b = Array.init n (fun k -> axes d [ k, 1.0; n + 1, 1.0; n + 2 + k, 1.0 ])
    let c = Array.init n (fun k -> axes d [ k, 1.0; n + 1, 1.0 ])
    let wrong = accuracy (Array.concat [ a; b; c ]) family
    Assert.That(wrong.Correct, Is.Zero)
    Assert.That(wrong.Ties, Is.Zero)

/// Eq. (54) as printed: argmin of a norm over the words that are allowed.
let private printed (excluding: bool) (words: float[][]) (family: AnalogyFamily) =
    let units = Array.map unitVector words
    let q = family.Questions.ToArray()

    Seq.init (q.Length / 4) (fun k ->
        let a, b, a', b' = q[4 * k], q[4 * k + 1], q[4 * k + 2], q[4 * k + 3]

        let distance w =
            frobeniusNorm (
                Array.init units[0].Length (fun i -> units[a][i] - units[b][i] - units[a'][i] + units[w][i])
            )

        let answer =
            seq { 0 .. words.Length - 1 }
            |> Seq.filter (fun w -> not excluding || (w <> a && w <> b && w <> a'))
            |> Seq.minBy distance

        if answer = b' then 1 else 0)
    |> Seq.sum

/// Random words in which differences partly agree; d from 2 (at 1 all cosines tie).
type Family =
    {
        Words: float[][]
        Pairs: int[]
        Seed: int
    }

    member f.Dimension = f.Words[0].Length
    member f.Family = AnalogyFamily.FromPairs f.Pairs
    member f.Embeddings = columns f.Words

let private family seed =
    let random = Random(seed: int)
    let d, n, extra = random.Next(2, 12), random.Next(2, 7), random.Next(0, 20)
    let noise = 10.0 ** (1.5 * random.NextDouble() - 1.0)
    let shift = gaussian random d 1 1.5
    let a = Array.init n (fun _ -> gaussian random d 1 1.0)

    let b =
        Array.map (fun x -> Array.map3 (fun s t e -> s + t + e) x shift (gaussian random d 1 noise)) a

    {
        Words = Array.concat [ a; b; Array.init extra (fun _ -> gaussian random d 1 1.5) ]
        Pairs = Array.collect (fun k -> [| k; n + k |]) [| 0 .. n - 1 |]
        Seed = seed
    }

type FamilyArbitrary =
    static member Any() : Arbitrary<Family> =
        Gen.choose (0, Int32.MaxValue) |> Gen.map family |> Arb.fromGen

[<Property(Arbitrary = [| typeof<FamilyArbitrary> |])>]
let ``the accuracy is that of the printed argmin of a norm`` (f: Family) =
    if f.Words.Length < 5 then
        // Two pairs and nothing else: the only word left is b'.
        let result = accuracy f.Words f.Family
        (result.Correct = result.Questions) |> Prop.label "one candidate"
    else
        let expected = printed true f.Words f.Family
        let found = (accuracy f.Words f.Family).Correct
        (found = expected) |> Prop.label $"{found} against {expected}"

[<Test>]
let ``the words of the question are excluded`` () =
    let n = 4
    let d = 2 * n + 1
    // b_n = a_n + 0.3 h + 0.6 r_n: a' scores 1, b' only .89.
    let a = Array.init n (fun k -> axes d [ k, 1.0 ])
    let b = Array.init n (fun k -> axes d [ k, 1.0; n, 0.3; n + 1 + k, 0.6 ])
    let words = Array.append a b

    let family =
        AnalogyFamily.FromPairs(Array.collect (fun k -> [| k; n + k |]) [| 0 .. n - 1 |])

    let result = accuracy words family
    Assert.That(result.Correct, Is.EqualTo result.Questions)
    Assert.That(printed false words family, Is.Zero)

[<Property(Arbitrary = [| typeof<FamilyArbitrary> |])>]
let ``lengths, rotations and names of words do not count`` (f: Family) =
    let random = Random f.Seed
    let d, size = f.Dimension, f.Words.Length
    let plain = accuracy f.Words f.Family
    let score = Analogies.SmoothScores(f.Embeddings, d, f.Family)

    let stretched =
        Array.map (fun x -> let c = 10.0 ** (20.0 * random.NextDouble() - 10.0) in Array.map ((*) c) x) f.Words

    let turned = multiply d d size (orthogonal random d) f.Embeddings
    let order = Array.init size id
    random.Shuffle order
    let renamed = Array.zeroCreate<float[]> size
    Array.iteri (fun i w -> renamed[order[i]] <- w) f.Words
    let renamedFamily = AnalogyFamily.FromPairs(Array.map (fun w -> order[w]) f.Pairs)
    // A cosine of d products of unit vectors: 2 (d + 4) u each, three of them; an orthogonal factor is one to 8 d u.
    let bound = 3.0 * (8.0 * float d + 2.0 * float (d + 4)) * u * sqrt (float d)

    let moved (other: float[]) =
        largest (Array.map2 (fun x y -> abs (x - y)) score other)

    labelled "stretched" (moved (Analogies.SmoothScores(columns stretched, d, f.Family))) bound
    .&. labelled "turned" (moved (Analogies.SmoothScores(turned, d, f.Family))) bound
    .&. labelled "renamed" (moved (Analogies.SmoothScores(columns renamed, d, renamedFamily))) 0.0
    .&. ((accuracy stretched f.Family).Correct = plain.Correct
         && Analogies.Accuracy(turned, d, f.Family).Correct = plain.Correct
         && (accuracy renamed renamedFamily).Correct = plain.Correct)

[<Property(Arbitrary = [| typeof<FamilyArbitrary> |])>]
let ``the smooth score is its formula, and not the one with b in front`` (f: Family) =
    let d = f.Dimension
    let units = Array.map unitVector f.Words
    let q = f.Family.Questions.ToArray()

    let formula front =
        Array.init (q.Length / 4) (fun k ->
            let a, b, a', b' = q[4 * k], q[4 * k + 1], q[4 * k + 2], q[4 * k + 3]

            sqrt (float d)
            * inner (units[front b b']) (Array.map3 (fun x y z -> x + y - z) units[a'] units[b] units[a]))

    let scores = Analogies.SmoothScores(f.Embeddings, d, f.Family)

    let gap other =
        largest (Array.map2 (fun x y -> abs (x - y)) scores other)
    // As above without the rotation; both sides.
    labelled "score" (gap (formula (fun _ b' -> b'))) (12.0 * float (d + 4) * u * sqrt (float d))
    .&. labelled "distance of the printed one from 0" -(gap (formula (fun b _ -> b))) -1e-6

[<Test>]
let ``sampled differences have the family's mean and covariance, and streams do not know each other`` () =
    let random = Random 11
    let d, n, samples = 3, 5, 20000
    let words = Array.init (2 * n) (fun _ -> gaussian random d 1 1.0)

    let family =
        AnalogyFamily.FromPairs(Array.collect (fun k -> [| k; n + k |]) [| 0 .. n - 1 |])

    let delta = Array.init n (fun k -> Array.map2 (-) words[n + k] words[k])
    let mean = Array.init d (fun i -> Array.averageBy (fun (x: float[]) -> x[i]) delta)

    let covariance =
        Array.init d (fun i ->
            Array.init d (fun j ->
                Array.sumBy (fun (x: float[]) -> (x[i] - mean[i]) * (x[j] - mean[j])) delta
                / float (n - 1)))

    let draw pair =
        Array.init samples (fun s -> Analogies.SampledDifference(columns words, d, family, pair, s, 42L))

    let first, second = draw 0, draw 1
    let s = float samples
    // Each comparison within six standard deviations of its own estimator: 2e-9 per comparison, 40 of them.
    let mutable worst = 0.0

    let sigmas (name: string) (value: float) (expected: float) (sigma: float) =
        worst <- max worst (abs (value - expected) / sigma)
        Assert.That(abs (value - expected), Is.LessThan(6.0 * sigma), name)

    for xi in [ first; second ] do
        for i in 0 .. d - 1 do
            sigmas "mean" (Array.averageBy (fun (x: float[]) -> x[i]) xi) (mean[i]) (sqrt (covariance[i][i] / s))

            for j in 0..i do
                // About the known mean; variance of a product of Gaussians by Isserlis.
                let found =
                    Array.averageBy (fun (x: float[]) -> (x[i] - mean[i]) * (x[j] - mean[j])) xi

                let sigma =
                    sqrt ((covariance[i][i] * covariance[j][j] + covariance[i][j] ** 2.0) / s)

                sigmas "covariance" found (covariance[i][j]) sigma

            // Kurtosis: E x^4 = 3 sigma^4, variance (105 - 9) sigma^8.
            let variance = covariance[i][i]

            sigmas
                "fourth moment"
                (Array.averageBy (fun (x: float[]) -> (x[i] - mean[i]) ** 4.0) xi)
                (3.0 * variance * variance)
                (sqrt (96.0 / s) * variance * variance)

    for i in 0 .. d - 1 do
        for j in 0 .. d - 1 do
            let sigma = sqrt (covariance[i][i] * covariance[j][j] / s)

            sigmas
                "pair 0 and pair 1"
                (Array.average (
                    Array.map2 (fun (x: float[]) (y: float[]) -> (x[i] - mean[i]) * (y[j] - mean[j])) first second
                ))
                0.0
                sigma

            sigmas
                "sample s and sample s + 1"
                (Array.average (
                    Array.map
                        (fun (x: float[], y: float[]) -> (x[i] - mean[i]) * (y[j] - mean[j]))
                        (Array.pairwise first)
                ))
                0.0
                (sigma * sqrt (s / (s - 1.0)))

    within "worst of all, in standard deviations" worst 6.0

/// With two pairs xi = mean + c g with one standard normal g: each word's score is linear in g, the words' winning sets are intervals, and
/// the estimator's expectation is a difference of normal distribution functions.
let private exactWith (ofStart: float) (ofMean: float) (ofSpread: float) (f: Family) =
    let n = 2
    let units = Array.map unitVector f.Words

    let delta k =
        Array.map2 (-) f.Words[f.Pairs[2 * k + 1]] f.Words[f.Pairs[2 * k]]

    let mean = Array.map2 (fun x y -> 0.5 * (x + y)) (delta 0) (delta 1)
    // Sample covariance of two: (d0 - d1)(d0 - d1)' / 2.
    let c = Array.map2 (fun x y -> ofSpread * (x - y) / sqrt 2.0) (delta 0) (delta 1)

    Seq.init n (fun k ->
        let start =
            Array.map2 (fun a m -> ofStart * a + ofMean * m) f.Words[f.Pairs[2 * k]] mean

        let b = units[f.Pairs[2 * k + 1]]
        let mutable low, high = -infinity, infinity

        for w in 0 .. f.Words.Length - 1 do
            if w <> f.Pairs[2 * k + 1] then
                let apart = Array.map2 (-) b units[w]
                let offset, slope = inner apart start, inner apart c

                // offset + slope g > 0
                if slope > 0.0 then
                    low <- max low (-offset / slope)
                elif slope < 0.0 then
                    high <- min high (-offset / slope)
                elif offset <= 0.0 then
                    high <- -infinity

        if high <= low then
            0.0
        else
            MathNet.Numerics.Distributions.Normal.CDF(0.0, 1.0, high)
            - MathNet.Numerics.Distributions.Normal.CDF(0.0, 1.0, low))
    |> Seq.average

let private exactForTwoPairs = exactWith 1.0 1.0 1.0

/// Only the first two pairs ask; all words stay candidates.
let private twoPairs seed =
    let f = family seed
    { f with Pairs = f.Pairs[..3] }

[<Test>]
let ``with two pairs the estimator has the expectation known in closed form`` () =
    let samples = 4000
    let mutable worst = 0.0
    let mutable inside = 0

    for seed in 1..60 do
        let f = twoPairs seed
        let p = exactForTwoPairs f

        let estimate =
            Analogies.Estimate(f.Embeddings, f.Dimension, f.Family, samples, int64 seed)

        if p > 0.05 && p < 0.95 then
            inside <- inside + 1
        // The count's variance is at most the binomial one; plus one count for probabilities near 0 and 1.
        let sigma = sqrt (p * (1.0 - p) / float estimate.Trials)
        let bound = 6.0 * sigma + 1.0 / float estimate.Trials
        worst <- max worst (abs (estimate.Value - p) / bound)

    within $"worst of 60 (of which {inside} between 0.05 and 0.95), in units of 6 sigma" worst 1.0
    Assert.That(inside, Is.GreaterThanOrEqualTo 15)

[<Test>]
let ``wrong estimators are found out by the closed form`` () =
    let samples = 4000

    for name, wrong in
        [
            "covariance over N for N - 1", exactWith 1.0 1.0 (sqrt 0.5)
            "twice the covariance", exactWith 1.0 1.0 (sqrt 2.0)
            "no covariance", exactWith 1.0 1.0 0.0
            "no mean", exactWith 1.0 0.0 1.0
            "sign of the mean", exactWith 1.0 -1.0 1.0
            "without a", exactWith 0.0 1.0 1.0
            "twice a", exactWith 2.0 1.0 1.0
        ] do
        let mutable worst = 0.0

        for seed in 1..60 do
            let f = twoPairs seed
            let p = wrong f

            let estimate =
                Analogies.Estimate(f.Embeddings, f.Dimension, f.Family, samples, int64 seed)

            let bound =
                6.0 * sqrt (p * (1.0 - p) / float estimate.Trials) + 1.0 / float estimate.Trials

            worst <- max worst (abs (estimate.Value - p) / bound)

        TestContext.Out.WriteLine $"%s{name}: %.3g{worst} times the bound"
        Assert.That(worst, Is.GreaterThan 1.0, name)

[<Test>]
let ``the estimator agrees with samples drawn through the d x d covariance`` () =
    let samples = 4000
    let mutable worst = 0.0

    for seed in 100..111 do
        let f = family seed
        let d, pairs = f.Dimension, f.Pairs
        let count = pairs.Length / 2
        let random = Random seed
        let units = Array.map unitVector f.Words

        let delta =
            Array.init count (fun k -> Array.map2 (-) f.Words[pairs[2 * k + 1]] f.Words[pairs[2 * k]])

        let mean = Array.init d (fun i -> Array.averageBy (fun (x: float[]) -> x[i]) delta)

        let covariance =
            Array.init (d * d) (fun at ->
                Array.sumBy (fun (x: float[]) -> (x[at / d] - mean[at / d]) * (x[at % d] - mean[at % d])) delta
                / float (count - 1))
        // The symmetric root, not the factor under test.
        let evd =
            MathNet.Numerics.LinearAlgebra.Double
                .DenseMatrix(d, d, covariance)
                .Evd(MathNet.Numerics.LinearAlgebra.Symmetricity.Symmetric)

        let mutable right = 0

        for k in 0 .. count - 1 do
            for _ in 1..samples do
                let xi = Array.copy mean

                for m in 0 .. d - 1 do
                    let z = sqrt (max 0.0 evd.EigenValues[m].Real) * gauss random

                    for i in 0 .. d - 1 do
                        xi[i] <- xi[i] + z * evd.EigenVectors[i, m]

                let query = Array.map2 (+) f.Words[pairs[2 * k]] xi
                let scores = Array.map (inner query) units

                if Array.max scores = scores[pairs[2 * k + 1]] then
                    right <- right + 1

        let trials = float (count * samples)
        let other = float right / trials
        let estimate = (Analogies.Estimate(f.Embeddings, d, f.Family, samples, 5L)).Value
        let pooled = 0.5 * (other + estimate)
        // Two independent estimates of one probability.
        let bound = 6.0 * sqrt (2.0 * pooled * (1.0 - pooled) / trials) + 1.0 / trials
        worst <- max worst (abs (other - estimate) / bound)

    within "worst of 12, in units of 6 sigma" worst 1.0

[<Test>]
let ``the estimate is a function of the seed and of nothing else`` () =
    // Two pairs and a probability off 0, 1/2 and 1: at least one of them is truly random.
    let f =
        Seq.initInfinite twoPairs
        |> Seq.find (fun f ->
            let p = exactForTwoPairs f
            p > 0.2 && p < 0.4)


    let run seed =
        (Analogies.Estimate(f.Embeddings, f.Dimension, f.Family, 500, seed)).Successes

    Assert.That(run 3L, Is.EqualTo(run 3L))
    Assert.That(Array.distinct (Array.init 20 (fun s -> run (int64 s - 10L))), Has.Length.GreaterThan 5)
    // One draw at a time, on one thread, from the public sampler.
    let units = Array.map unitVector f.Words
    let mutable right = 0L

    for n in 0 .. f.Family.PairCount - 1 do
        for s in 0..499 do
            let xi = Analogies.SampledDifference(f.Embeddings, f.Dimension, f.Family, n, s, 3L)
            let query = Array.map2 (+) f.Words[f.Pairs[2 * n]] xi
            let scores = Array.map (inner query) units

            if Array.max scores = scores[f.Pairs[2 * n + 1]] then
                right <- right + 1L

    Assert.That(run 3L, Is.EqualTo right)

[<Test>]
let ``interval ends solve the binomial equations`` () =
    let mutable gap = 0.0

    for n in [ 1L; 2L; 7L; 50L; 1000L ] do
        for share in [ 0.0; 0.02; 0.3; 0.5; 0.9; 1.0 ] do
            let k = int64 (Math.Round(share * float n))
            let estimate = ProportionEstimate(k, n)

            for risk in [ 0.025; 0.005; 1e-9 ] do
                let low, high = estimate.Lower risk, estimate.Upper risk
                Assert.That(low <= estimate.Value && estimate.Value <= high)
                // P(X >= k | p) = I_p(k, n - k + 1): MathNet's incomplete beta function, an independent route good to about 1e-10 here.
                if k > 0L then
                    let tail =
                        MathNet.Numerics.SpecialFunctions.BetaRegularized(float k, float (n - k + 1L), low)

                    gap <- max gap (relative tail risk)
                else
                    gap <- max gap low

                if k < n then
                    let tail =
                        MathNet.Numerics.SpecialFunctions.BetaRegularized(float (n - k), float (k + 1L), 1.0 - high)

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
    within "ten million, above" (relative (large.Upper 0.025 - 0.3) half) (4.0 / sqrt (0.21 * 1e7))

[<Test>]
let ``intervals cover the expectation as often as they say`` () =
    let f =
        Seq.initInfinite (fun k -> twoPairs (500 + k))
        |> Seq.find (fun f -> let p = exactForTwoPairs f in p > 0.2 && p < 0.4)

    let p = exactForTwoPairs f
    let runs = 2000
    let mutable below, above = 0, 0

    for seed in 1..runs do
        let estimate =
            Analogies.Estimate(f.Embeddings, f.Dimension, f.Family, 60, int64 seed)

        if estimate.Upper 0.05 < p then
            below <- below + 1

        if estimate.Lower 0.05 > p then
            above <- above + 1

    // One-sided misses at most 5% each: 100 expected at most, plus six standard deviations of a count.
    let bound = 0.05 * float runs + 6.0 * sqrt (0.05 * 0.95 * float runs)
    within $"p = %.4f{p}: intervals below" (float below) bound
    within "intervals above" (float above) bound
    Assert.That(below + above, Is.GreaterThan 0, "an interval that never misses says too little")

[<Test>]
let ``the critical size is the row that tells the answers apart`` () =
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
        let estimates = Analogies.Scan(embeddings, rows, family, dimensions, 40, 1L)
        let found = Analogies.CriticalSize(dimensions, estimates, 0.05, 0.95)

        let shown =
            String.Join(" ", Array.map (fun (e: ProportionEstimate) -> e.Value.ToString "0.00") estimates)

        TestContext.Out.WriteLine $"critical {critical}: {shown}"
        Assert.That(found.Estimate, Is.EqualTo(Nullable critical))
        Assert.That(found.Lower, Is.EqualTo(Nullable critical))
        Assert.That(found.Upper, Is.EqualTo(Nullable critical))

    let never =
        Analogies.CriticalSize(
            [| 1; 2 |],
            [| ProportionEstimate(0L, 1000L); ProportionEstimate(1L, 1000L) |],
            0.05,
            0.95
        )

    Assert.That(never.Estimate.HasValue || never.Lower.HasValue || never.Upper.HasValue, Is.False)

[<Test>]
let ``the interval of the critical size holds the one known in closed form`` () =
    let confidence = 0.95
    let mutable low, high, wide, known = 0, 0, 0, 0

    for seed in 1..120 do
        let f = twoPairs seed
        let rows, size = f.Dimension, f.Words.Length
        let dimensions = [| 2..rows |]

        let truth =
            dimensions
            |> Array.tryFind (fun d ->
                exactForTwoPairs
                    { f with
                        Words = Array.map (fun (w: float[]) -> w[.. d - 1]) f.Words
                    }
                >= 0.3)

        match truth with
        | None -> ()
        | Some d ->
            known <- known + 1

            let estimates =
                Analogies.Scan(f.Embeddings, rows, f.Family, dimensions, 50, int64 seed)

            let found = Analogies.CriticalSize(dimensions, estimates, 0.3, confidence)
            Assert.That(size, Is.GreaterThan 3)

            if found.Lower.HasValue && found.Lower.Value > d || not found.Lower.HasValue then
                low <- low + 1

            if found.Upper.HasValue && found.Upper.Value < d then
                high <- high + 1

            if found.Lower <> found.Upper then
                wide <- wide + 1

    // Each side fails with probability at most 2.5% a problem: that many, and six standard deviations of a count.
    let expected = 0.5 * (1.0 - confidence) * float known
    within $"{known} problems, {wide} with a real interval: too high" (float low) (expected + 6.0 * sqrt expected)
    within "too low" (float high) (expected + 6.0 * sqrt expected)
    Assert.That(known, Is.GreaterThanOrEqualTo 40)
    Assert.That(wide, Is.GreaterThanOrEqualTo 5)

[<Test>]
let ``spectral embeddings are the positive modes, cut from above`` () =
    let random = Random 4
    let size = 9
    let v = orthogonal random size
    let lambda = [| 5.0; 3.0; 2.0; 1.0; 0.5; 0.0; -1.0; -2.0; -3.0 |]
    let spectrum = TargetSpectrum(lambda, v)
    let whole = Analogies.SpectralEmbeddings(spectrum, size)

    for d in 1..size do
        let w = Analogies.SpectralEmbeddings(spectrum, d)
        Assert.That((w = Array.sub whole 0 (d * size)))

        let expected =
            Array.init (size * size) (fun at ->
                Seq.sum (Seq.init d (fun k -> max 0.0 lambda[k] * v[k * size + at / size] * v[k * size + at % size])))
        // d products of two square roots: (d + 6) u of the magnitudes, at most lambda_1.
        within
            $"d = {d}"
            (largest (Array.map2 (fun x y -> abs (x - y)) (gram d w) expected))
            (2.0 * float (d + 6) * u * 5.0)

    let family = AnalogyFamily.FromPairs [| 0; 1; 2; 3; 4; 5 |]
    let scanned = Analogies.Scan(whole, size, family, [| 2; 5; 9 |], 100, 9L)

    for d, (e: ProportionEstimate) in Array.zip [| 2; 5; 9 |] scanned do
        let alone =
            Analogies.Estimate(Analogies.SpectralEmbeddings(spectrum, d), d, family, 100, 9L)

        Assert.That(e.Successes, Is.EqualTo alone.Successes)

[<Test>]
let ``one dimension and vanishing words are ties, settled by the index`` () =
    // d = 1: every cosine is -1 or 1. Query b - a + a' = 1 + 1 + 1 for a = -1: all positive words tie, word 3 comes first.
    let family = AnalogyFamily.FromQuestions [| 0; 1; 2; 3; 0; 1; 2; 4 |]
    let result = Analogies.Accuracy([| -1.0; 2.0; 3.0; 0.5; 7.0; 0.0 |], 1, family)
    Assert.That(result.Correct, Is.EqualTo 1)
    Assert.That(result.Ties, Is.EqualTo 2)
    // All words vanish: all scores are 0, no NaN.
    let nothing = Analogies.Accuracy(Array.zeroCreate 12, 2, family)
    Assert.That(nothing.Correct, Is.EqualTo 1)
    Assert.That((Analogies.SmoothScores(Array.zeroCreate 12, 2, family) = [| 0.0; 0.0 |]))

[<Test>]
let ``families keep known words and count what they lose`` () =
    let family = AnalogyFamily.FromPairs [| 0; 1; -1; 3; 4; 5; 0; 1; 6; -1; 7; 8 |]
    Assert.That((family.Pairs.ToArray() = [| 0; 1; 4; 5; 7; 8 |]))
    Assert.That(family.QuestionCount, Is.EqualTo 6)
    // Two lost pairs among five different ones: 20 - 6.
    Assert.That(family.Discarded, Is.EqualTo 14)
    Assert.That((family.Questions.Slice(0, 4).ToArray() = [| 0; 1; 4; 5 |]))
    let file = AnalogyFamily.FromQuestions [| 0; 1; 2; 3; 0; 1; -1; 5; 2; 3; 6; 7 |]
    Assert.That(file.Discarded, Is.EqualTo 1)
    Assert.That(file.QuestionCount, Is.EqualTo 2)
    Assert.That((file.Pairs.ToArray() = [| 0; 1; 2; 3; 6; 7 |]))
    // An answer among the excluded words can never be given.
    let hopeless = AnalogyFamily.FromQuestions [| 0; 1; 2; 1 |]
    let words, _ = parallelograms 3
    Assert.That((accuracy words hopeless).Correct, Is.Zero)

[<Test>]
let ``questions that cannot be asked are refused by name`` () =
    let pairs (p: int[]) =
        fun () -> AnalogyFamily.FromPairs p |> ignore

    refusedNaming "pairs" (pairs [| 0; 1; 2 |])
    refusedNaming "pairs" (pairs [| 0; 1; 0; 1 |])
    refusedNaming "pairs" (pairs [| 0; 1; 2; 2 |])
    refusedNaming "questions" (fun () -> AnalogyFamily.FromQuestions [| 0; 1; 2 |] |> ignore)
    refusedNaming "questions" (fun () -> AnalogyFamily.FromQuestions [| 0; 1; 2; -1 |] |> ignore)
    let family = AnalogyFamily.FromPairs [| 0; 1; 2; 3 |]
    let w = Array.create 8 1.0
    refusedNaming "embeddings" (fun () -> Analogies.Accuracy(w, 3, family) |> ignore)
    refusedNaming "embeddings" (fun () -> Analogies.Accuracy(w, 0, family) |> ignore)
    refusedNaming "embeddings" (fun () -> Analogies.Accuracy([| nan; 1.0; 1.0; 1.0 |], 1, family) |> ignore)
    refusedNaming "family" (fun () -> Analogies.Accuracy(Array.create 6 1.0, 2, family) |> ignore)
    refusedNaming "samplesPerPair" (fun () -> Analogies.Estimate(w, 2, family, 0, 1L) |> ignore)
    refusedNaming "pair" (fun () -> Analogies.SampledDifference(w, 2, family, 2, 0, 1L) |> ignore)
    refusedNaming "sample" (fun () -> Analogies.SampledDifference(w, 2, family, 0, -1, 1L) |> ignore)
    refusedNaming "dimensions[1]" (fun () -> Analogies.Scan(w, 2, family, [| 1; 1 |], 1, 1L) |> ignore)
    refusedNaming "dimensions[0]" (fun () -> Analogies.Scan(w, 2, family, [| 3 |], 1, 1L) |> ignore)
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
    refusedNaming "dimension" (fun () -> Analogies.SpectralEmbeddings(spectrum, 3) |> ignore)
