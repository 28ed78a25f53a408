/// The simulator's training loops: random numbers, pair draws, objectives, gradient flow, stochastic descent, observations.
/// Every tolerance is derived where it stands, of one of four kinds: rounding (operation count times the sum of absolute terms,
/// worst case, u = 2^-53), truncation (the integrator's order), statistical (6 standard errors), or exact.
/// The theory enters at one place: ExactSolution is the reference of the integrator's error.
[<NUnit.Framework.TestFixture>]
module Qwem.Validation.Tests.TrainingTests

open System
open System.Collections.Concurrent
open System.Threading
open NUnit.Framework
open FsCheck
open FsCheck.FSharp
open FsCheck.NUnit
open Qwem.Sim.LinearAlgebra
open Qwem.Sim.Random
open Qwem.Sim.Threading
open Qwem.Sim.Training
open Qwem.Theory
open Qwem.Validation.Tests.Generators

/// Passes when the call is refused with an ArgumentException whose message contains the part.
let private refusedWith (part: string) (action: unit -> unit) =
    let message =
        try
            action ()
            "nothing was refused"
        with :? ArgumentException as e ->
            e.Message

    Assert.That(message, Does.Contain part)

/// Checks a mean of n values against its expectation, at 6 standard errors: two-sided normal tail 2e-9 per comparison.
let private withinSixSigma name (value: float) (expected: float) (deviation: float) =
    within $"{name} (sigmas)" (abs (value - expected) / deviation) 6.0

let private worst = ConcurrentDictionary<string, float>()

/// A labelled comparison that also keeps the largest gap / bound of all draws.
let private labelled (name: string) (gap: float) (bound: float) =
    let utilisation = gap / bound

    worst.AddOrUpdate(name, utilisation, (fun _ before -> max before utilisation))
    |> ignore

    Generators.labelled name gap bound

[<OneTimeTearDown>]
let ``say how much of every bound was used`` () =
    for entry in worst do
        TestContext.Progress.WriteLine $"utilisation of '{entry.Key}': %.2g{entry.Value}"

let private build rows columns (entry: int -> int -> float) =
    DenseMatrix(rows, columns, Array.init (rows * columns) (fun i -> entry (i / columns) (i % columns)))

let private copyOf (m: DenseMatrix) =
    DenseMatrix(m.Rows, m.Columns, Array.copy m.Values)

let private gaussMatrix (random: Random) rows columns scale =
    build rows columns (fun _ _ -> scale * gauss random)

let private symmetric size (draw: unit -> float) =
    let m = DenseMatrix(size, size)

    for i in 0 .. size - 1 do
        for j in i .. size - 1 do
            let x = draw ()
            m[i, j] <- x
            m[j, i] <- x

    m

let private bits (values: float[]) =
    values |> Array.map BitConverter.DoubleToInt64Bits

// ---- Random numbers -------------------------------------------------------------------------------------------------------

[<Test>]
let ``the counter gives the published SplitMix64 sequence of seed 1234567`` () =
    let random = CounterRandom(1234567UL, 0UL)
    let drawn = Array.init 5 (fun i -> random.Bits(uint64 i))

    Assert.That(
        drawn,
        Is.EqualTo<uint64[]>
            [|
                6457827717110365317UL
                3203168211198807973UL
                9817491932198370423UL
                4593380528125082431UL
                16408922859458223821UL
            |]
    )

[<Test>]
let ``streams and seeds share no number`` () =
    // 2^16 distinct 64-bit numbers: a collision by chance has probability 2^31 / 2^64 = 1e-10.
    let drawn =
        [|
            for seed in 0UL .. 3UL do
                for stream in 0UL .. 15UL do
                    let random = CounterRandom(seed, stream)

                    for index in 0UL .. 1023UL do
                        random.Bits index
        |]

    Assert.That((Array.distinct drawn).Length, Is.EqualTo drawn.Length)

[<Property(MaxTest = 1000)>]
let ``uniform numbers are the upper 53 bits and lie in [0, 1)`` (seed: uint64) (stream: uint64) (index: uint64) =
    let random = CounterRandom(seed, stream)
    let x = random.Uniform index
    x >= 0.0 && x < 1.0 && x = Math.ScaleB(float (random.Bits index >>> 11), -53)

[<Test>]
let ``uniform numbers have the mean, variance and successive correlation of independent ones`` () =
    let n = 1_000_000
    let random = CounterRandom(7UL, 3UL)
    let x = Array.init n (fun i -> random.Uniform(uint64 i) - 0.5)
    let root = sqrt (float n)
    withinSixSigma "mean" (Array.average x) 0.0 (sqrt (1.0 / 12.0) / root)
    // E x^4 - (E x^2)^2 = 1/80 - 1/144 = 1/180.
    withinSixSigma "variance" (Array.averageBy (fun v -> v * v) x) (1.0 / 12.0) (sqrt (1.0 / 180.0) / root)

    let products = Array.init (n - 1) (fun i -> x[i] * x[i + 1])
    withinSixSigma "lag 1" (Array.average products) 0.0 (1.0 / 12.0 / root)

[<Test>]
let ``normal numbers have the first four moments and the tail of the normal law`` () =
    let n = 1_000_000
    let sequence = GaussianSequence(CounterRandom(11UL, 1UL))
    let x = Array.init n (fun _ -> sequence.Next())
    let root = sqrt (float n)

    // Var x^k = E x^2k - (E x^k)^2 = 1, 3 - 1, 15, 105 - 9.
    for power, expected, variance in [ 1, 0.0, 1.0; 2, 1.0, 2.0; 3, 0.0, 15.0; 4, 3.0, 96.0 ] do
        withinSixSigma $"moment {power}" (Array.averageBy (fun v -> pown v power) x) expected (sqrt variance / root)

    // 1 - erf(c / sqrt 2), tables of the error function.
    for cut, p in
        [
            1.0, 0.31731050786291415
            2.0, 0.04550026389635842
            3.0, 0.0026997960632601866
        ] do
        let beyond = Array.averageBy (fun v -> if abs v > cut then 1.0 else 0.0) x
        withinSixSigma $"beyond {cut}" beyond p (sqrt (p * (1.0 - p)) / root)

    let products = Array.init (n - 1) (fun i -> x[i] * x[i + 1])
    withinSixSigma "lag 1" (Array.average products) 0.0 (1.0 / root)

[<Test>]
let ``initial entries have variance sigma^2 / d`` () =
    for sigma in [ 1e-12; 0.3 ] do
        let v, d = 2000, 50
        let start = Initialisation.Gaussian(v, d, sigma, 5UL)
        Assert.That([| start.Rows; start.Columns |], Is.EqualTo<int[]> [| v; d |])
        let n = float (v * d)
        let scale = sigma * sigma / float d
        withinSixSigma "variance" (Array.averageBy (fun x -> x * x) start.Values) scale (scale * sqrt (2.0 / n))
        withinSixSigma "mean" (Array.average start.Values) 0.0 (sqrt (scale / n))
        Assert.That(bits (Initialisation.Gaussian(v, d, sigma, 5UL).Values), Is.EqualTo<int64[]>(bits start.Values))
        Assert.That(bits (Initialisation.Gaussian(v, d, sigma, 6UL).Values), Is.Not.EqualTo(bits start.Values))

[<Test>]
let ``a start that is none is refused by name and value`` () =
    let start v d sigma =
        fun () -> Initialisation.Gaussian(v, d, sigma, 1UL) |> ignore

    for v, d, sigma, name, value in
        [
            1, 1, 1.0, "vocabularySize", "1"
            4, 0, 1.0, "embeddingDimension", "0"
            4, 4, 1.0, "embeddingDimension", "4"
            4, 9, 1.0, "embeddingDimension", "9"
            4, 2, 0.0, "initialisationScale", "0"
            4, 2, -0.5, "initialisationScale", "-0.5"
            4, 2, nan, "initialisationScale", "NaN"
            4, 2, infinity, "initialisationScale", "∞"
        ] do
        refusedWith name (start v d sigma)
        // Invariant culture prints infinity as a word.
        refusedWith (if Double.IsInfinity sigma then "Infinity" else value) (start v d sigma)

// ---- Alias table ----------------------------------------------------------------------------------------------------------

let private pairOf (drawn: uint32) =
    int (drawn >>> 16), int (drawn &&& 0xFFFFu)

/// Random symmetric weights over six decades, some zero, not all.
let private weights (random: Random) size =
    let m =
        symmetric size (fun () -> if random.Next 4 = 0 then 0.0 else 10.0 ** (6.0 * random.NextDouble() - 3.0))

    m[0, size - 1] <- 1.0
    m[size - 1, 0] <- 1.0
    m.Values

/// Probability of every unordered pair, an off-diagonal one counted twice.
let private probabilities size (w: float[]) =
    let total = Array.sum w

    [|
        for i in 0 .. size - 1 do
            for j in i .. size - 1 do
                (i, j), (if i = j then 1.0 else 2.0) * w[i * size + j] / total
    |]

[<Property(MaxTest = 100)>]
let ``equally spaced bits draw every pair as often as its weight says`` (seed: int) =
    // M equally spaced points meet an interval of length l in M l points, give or take one. The k cells are split into at most 2 k
    // intervals, so the total deviation is at most 2 k / M; thresholds are rounded to 2^-32 of a cell, shares by k roundings each.
    let random = Random seed
    let size = random.Next(2, 13)
    let w = weights random size
    let table = AliasTable(w, size)
    let m = 1 <<< 16
    let counts = Array.zeroCreate<int>(size * size)

    for n in 0 .. m - 1 do
        let i, j = pairOf (table.Draw(uint64 n <<< 48))
        counts[i * size + j] <- counts[i * size + j] + 1

    let expected = probabilities size w

    let k = float (expected |> Array.filter (fun (_, p) -> p > 0.0) |> Array.length)

    let deviation =
        expected
        |> Array.sumBy (fun ((i, j), p) -> abs (float counts[i * size + j] / float m - p))

    let forbidden =
        expected
        |> Array.exists (fun ((i, j), p) -> p = 0.0 && counts[i * size + j] > 0)

    labelled "total deviation" deviation (2.0 * k / float m + Math.ScaleB(2.0, -32) + k * k * u)
    .&. not forbidden
    .&. (Array.sum counts = (expected |> Array.sumBy (fun ((i, j), _) -> counts[i * size + j])))

[<Test>]
let ``drawn frequencies pass the chi-square test`` () =
    let size, draws = 40, 1_000_000
    let random = Random 3

    let w =
        (symmetric size (fun () -> if random.Next 4 = 0 then 0.0 else 10.0 ** (2.0 * random.NextDouble()))).Values

    let table = AliasTable(w, size)
    let drawn = Array.zeroCreate<uint32> draws
    table.Draw(CounterRandom(9UL, 2UL), 0UL, Span drawn)
    let counts = drawn |> Array.countBy id |> dict

    let possible = probabilities size w |> Array.filter (fun (_, p) -> p > 0.0)

    let seen (i, j) =
        match counts.TryGetValue((uint32 i <<< 16) ||| uint32 j) with
        | true, n -> float n
        | _ -> 0.0

    let n, k = float draws, float possible.Length
    Assert.That(possible |> Array.sumBy (fst >> seen), Is.EqualTo n, "a pair of weight zero was drawn")

    let statistic =
        possible |> Array.sumBy (fun (pair, p) -> (seen pair - n * p) ** 2.0 / (n * p))
    // Exact variance of Pearson's statistic under the multinomial law.
    let variance =
        2.0 * (k - 1.0)
        + ((possible |> Array.sumBy (fun (_, p) -> 1.0 / p)) - k * k - 2.0 * k + 2.0) / n

    withinSixSigma "chi-square" statistic (k - 1.0) (sqrt variance)

[<Test>]
let ``an off-diagonal pair is drawn twice as often as a diagonal one of the same weight`` () =
    let table = AliasTable(ReadOnlySpan(Array.create 4 0.7), 2)
    let draws = 400_000
    let drawn = Array.zeroCreate<uint32> draws
    table.Draw(CounterRandom(4UL, 2UL), 0UL, Span drawn)

    for pair, p in [ 0u, 0.25; 1u, 0.5; 0x10001u, 0.25 ] do
        let frequency =
            float (drawn |> Array.filter ((=) pair) |> Array.length) / float draws

        withinSixSigma $"pair {pairOf pair}" frequency p (sqrt (p * (1.0 - p) / float draws))

[<Property(MaxTest = 50)>]
let ``a draw does not depend on how it is sliced`` (seed: int) (first: uint16) =
    let random = Random seed
    let size = random.Next(2, 20)
    let table = AliasTable(weights random size, size)
    let source = CounterRandom(uint64 (abs (int64 seed)), 2UL)
    let whole = Array.zeroCreate<uint32> 500
    table.Draw(source, uint64 first, Span whole)
    let sliced = Array.zeroCreate<uint32> 500
    let mutable at = 0

    while at < 500 do
        let length = min (500 - at) (random.Next 90)
        table.Draw(source, uint64 first + uint64 at, sliced.AsSpan(at, length))
        at <- at + length

    whole = sliced

[<Test>]
let ``weights that are none are refused`` () =
    let table (w: float[]) size =
        fun () -> AliasTable(ReadOnlySpan w, size) |> ignore

    refusedWith "(0, 1) is -2" (table [| 1.0; -1.0; -1.0; 1.0 |] 2)
    refusedWith "(1, 1) is NaN" (table [| 1.0; 1.0; 1.0; nan |] 2)
    refusedWith "(0, 0) is Infinity" (table [| infinity; 1.0; 1.0; 1.0 |] 2)
    refusedWith "zero" (table (Array.zeroCreate 4) 2)
    refusedWith "not 3" (table [| 1.0; 1.0; 1.0 |] 2)
    refusedWith "more than a double" (table [| 1.7e308; 0.0; 0.0; 1.7e308 |] 2)
    refusedWith "vocabularySize" (table [||] 0)
    refusedWith "65537" (table [||] 65537)

// ---- Objectives -----------------------------------------------------------------------------------------------------------

let private longs (words: float[]) = Array.map int64 words

[<Property(Arbitrary = [| typeof<Arbitraries> |], MaxTest = 200)>]
let ``objectives from counts are the loss's own formulas`` (corpus: Corpus) =
    let v = corpus.Words.Length
    let n, c = Array.sum corpus.Words, Array.sum corpus.Pairs
    let p i = corpus.Words[i] / n

    let joint i j =
        if i = j then p i * p i else corpus.Pairs[i * v + j] / c

    let xe =
        PairwiseObjective.SubsampledCrossEntropy(ReadOnlySpan(longs corpus.Words), ReadOnlySpan corpus.Pairs)

    let sym =
        PairwiseObjective.ReweightedSymmetric(ReadOnlySpan(longs corpus.Words), ReadOnlySpan corpus.Pairs)

    let size = float (v * v)
    let ratio i j = joint i j / (p i * p j)

    let meanRatio =
        (Seq.sum (
            seq {
                for i in 0 .. v - 1 do
                    for j in 0 .. v - 1 do
                        ratio i j
            }
        ))
        / size

    let mutable gapXe, gapSym = 0.0, 0.0

    for i in 0 .. v - 1 do
        for j in 0 .. v - 1 do
            let m (o: PairwiseObjective) =
                o.Linear[i, j] / (2.0 * o.Quadratic[i, j])
            // THEORY.md section 3: M*_Psi = Z (M* + 1) - 1 with Z = 1 / <M* + 1> for Psi = 1 / P.
            let z = ratio i j / meanRatio
            gapXe <- max gapXe (abs (m xe - (z - 1.0)) / (z + 1.0))
            // Section 2: M*_sym = 2 (P_ij - P_i P_j) / (P_ij + P_i P_j).
            let expected = 2.0 * (joint i j - p i * p j) / (joint i j + p i * p j)
            gapSym <- max gapSym (abs (m sym - expected))

    let masses (o: PairwiseObjective) =
        Array.sum o.Positive.Values, Array.sum o.Negative.Values

    let constant (o: PairwiseObjective) =
        match Option.ofNullable o.ConstantQuadratic with
        | Some a -> relative a (1.0 / (2.0 * size))
        | None -> infinity

    let xePositive, xeNegative = masses xe
    let symPositive, symNegative = masses sym
    // The mass has V^2 summands there and here; 16 roundings besides. Sums of counts are exact.
    labelled "M* of L_xe" gapXe ((2.0 * size + 16.0) * u)
    // Numerator and denominator of size 2 at most: 32 roundings.
    .&. labelled "M* of L_sym" gapSym (64.0 * u)
    .&. labelled "A of L_xe" (constant xe) (8.0 * u)
    .&. labelled "A of L_sym" (constant sym) (16.0 * u)
    .&. labelled "positive mass of L_xe" (abs (xePositive - 1.0)) ((2.0 * size + 8.0) * u)
    .&. labelled "negative mass of L_xe" (abs (xeNegative - 1.0)) ((size + 8.0) * u)
    .&. labelled "mass of L_sym" (abs (symPositive + symNegative - 2.0)) ((2.0 * size + 32.0) * u)
    .&. ((xe.PositiveQuadratic, xe.PositiveLinear, xe.NegativeQuadratic, xe.NegativeLinear) = (0.0, 1.0, 0.5, -1.0))
    .&. ((sym.PositiveQuadratic, sym.PositiveLinear, sym.NegativeQuadratic, sym.NegativeLinear) =
        (0.25, 1.0, 0.25, -1.0))

[<Test>]
let ``counts and weights that are none are refused`` () =
    for objective in
        [
            (fun (w: int64[]) (c: float[]) -> PairwiseObjective.SubsampledCrossEntropy(ReadOnlySpan w, ReadOnlySpan c))
            (fun w c -> PairwiseObjective.ReweightedSymmetric(ReadOnlySpan w, ReadOnlySpan c))
        ] do
        let from w c = fun () -> objective w c |> ignore
        refusedWith "not 1" (from [| 4L |] [| 1.0 |])
        refusedWith "count 0" (from [| 4L; 0L |] [| 0.0; 1.0; 1.0; 0.0 |])
        refusedWith "not 3" (from [| 4L; 2L |] [| 0.0; 1.0; 1.0 |])
        refusedWith "sum, not 0" (from [| 4L; 2L |] (Array.zeroCreate 4))
        refusedWith "-1" (from [| 4L; 2L |] [| 0.0; -1.0; -1.0; 3.0 |])
        refusedWith "NaN" (from [| 4L; 2L |] [| 0.0; nan; nan; 3.0 |])
        refusedWith "(1, 0) has 2" (from [| 4L; 2L |] [| 0.0; 1.0; 2.0; 0.0 |])

    let ones = build 2 2 (fun _ _ -> 1.0)

    let weighted p q a b c d =
        fun () -> PairwiseObjective.FromWeights(p, q, a, b, c, d) |> ignore

    refusedWith "3 x 3" (weighted ones (DenseMatrix(3, 3)) 1.0 1.0 1.0 1.0)
    refusedWith "2 x 3" (weighted (DenseMatrix(2, 3)) ones 1.0 1.0 1.0 1.0)
    refusedWith "a = -1" (weighted ones ones -1.0 1.0 1.0 1.0)
    refusedWith "both zero" (weighted ones ones 0.0 1.0 0.0 1.0)
    refusedWith "a = NaN" (weighted ones ones nan 1.0 1.0 1.0)
    refusedWith "c = Infinity" (weighted ones ones 1.0 1.0 infinity 1.0)
    refusedWith "d = NaN" (weighted ones ones 1.0 1.0 1.0 nan)
    refusedWith "has -1" (weighted (build 2 2 (fun _ _ -> -1.0)) ones 1.0 1.0 1.0 1.0)
    refusedWith "(0, 1) has 1" (weighted ones (build 2 2 (fun i _ -> float (1 + i))) 1.0 1.0 1.0 1.0)

// ---- Integrator -----------------------------------------------------------------------------------------------------------

/// |b| |A|^k 1 and b A^k 1, the elementary weight of the tall tree of order k + 1.
let private tall (weights: float[]) k magnitude =
    let size x = if magnitude then abs x else x

    let apply (x: float[]) =
        DormandPrinceTableau.Couplings
        |> Array.map (fun row -> Seq.sum (Seq.map2 (fun a y -> size a * y) row x))

    let rec power n (x: float[]) =
        if n = 0 then x else power (n - 1) (apply x)

    Array.fold2 (fun sum b y -> sum + size b * y) 0.0 weights (power k (Array.create 12 1.0))

let private nodes magnitude =
    DormandPrinceTableau.Couplings
    |> Array.map (Array.sumBy (fun a -> if magnitude then abs a else a))

let private quadrature (weights: float[]) k =
    Array.fold2 (fun sum b c -> sum + b * pown c k) 0.0 weights (nodes false)

let rec private factorial n =
    if n = 0 then 1.0 else float n * factorial (n - 1)

[<Test>]
let ``the tableau meets the order conditions of quadrature and of tall trees`` () =
    // Per application of A or b: one rounding of each coefficient, one of each product, 12 of a sum; times the absolute terms.
    let check name (value: float) expected (roundings: float) =
        within name (abs (value - expected)) (14.0 * u * roundings)

    for weights, order, exact in
        [
            DormandPrinceTableau.Weights, 8, 1.0
            // Differences of two solutions: what both integrate exactly cancels.
            DormandPrinceTableau.FifthOrderError, 5, 0.0
            DormandPrinceTableau.ThirdOrderError, 3, 0.0
        ] do
        for k in 0 .. order - 1 do
            // A node lies in [0, 1] and is off by the roundings of its row's absolute sum; its power k by k times that.
            let moved =
                Array.fold2 (fun sum b c -> sum + abs b * (1.0 + float k * c)) 0.0 weights (nodes true)

            check $"quadrature {k + 1}" (quadrature weights k) (exact / float (k + 1)) moved

            check
                $"tall tree {k + 1}"
                (tall weights k false)
                (exact / factorial (k + 1))
                (float (k + 1) * tall weights k true)

    // The estimates are of no higher order, or they would estimate nothing.
    Assert.That(abs (tall DormandPrinceTableau.FifthOrderError 5 false), Is.GreaterThan 1e-6)
    Assert.That(abs (tall DormandPrinceTableau.ThirdOrderError 3 false), Is.GreaterThan 1e-6)
    Assert.That(DormandPrinceTableau.Couplings |> Array.mapi (fun i row -> row.Length = i), Has.All.True)

[<Test>]
let ``the stability interval is where the stability polynomial leaves the unit disc`` () =
    // R(-z) = 1 + sum over k of (-z)^(k+1) b A^k 1.
    let amplification (z: float) =
        Seq.init 12 (fun k -> (-z) ** float (k + 1) * tall DormandPrinceTableau.Weights k false)
        |> Seq.sum
        |> fun sum -> abs (1.0 + sum)

    let interval = DormandPrinceTableau.StabilityInterval
    Assert.That(Seq.init 640 (fun i -> amplification (float i / 640.0 * interval)), Has.All.LessThanOrEqualTo 1.0)
    // The constant is given to a hundredth.
    Assert.That(amplification (interval + 0.01), Is.GreaterThan 1.0)

/// Flows in their eigenbasis, early enough at the end that the error of the growth is still there. A = 1/4 makes kappa = 4 A = 1.
let private beta, private quadratic, private horizon =
    [| 0.9; 0.55; 0.3; 0.05; -0.2; -0.6 |], 0.25, 4.0

/// Forty starts: the error of one start changes sign with the step size, their root mean square does not.
let private starts =
    List.init 40 (fun seed -> gaussMatrix (Random(seed + 1)) 6 3 0.03)

let private rootMeanSquare (values: float list) =
    sqrt (List.averageBy (fun x -> x * x) values)

let private exactModel (beta: float[]) quadratic (start: DenseMatrix) time =
    let lambda = beta |> Array.map (fun b -> b / (2.0 * quadratic))

    let transposed =
        Array.init start.Values.Length (fun k -> start[k % start.Rows, k / start.Rows])

    model (ExactSolution(lambda, transposed).At(4.0 * quadratic * time))

/// X X', V x V.
let private gramOf (x: DenseMatrix) =
    Array.init (x.Rows * x.Rows) (fun k ->
        let i, j = k / x.Rows, k % x.Rows
        Seq.sum (Seq.init x.Columns (fun a -> x[i, a] * x[j, a])))

let private flowError beta quadratic (start: DenseMatrix) time (state: DenseMatrix) =
    frobenius (gramOf state) (exactModel beta quadratic start time)

[<Test>]
let ``steps at the limit of stability keep a realised mode where it is`` () =
    use team = new WorkerTeam(1)
    let start = build beta.Length 1 (fun k _ -> if k = 0 then 1e-3 else 1e-4)
    let field = EigenbasisField(beta, quadratic, start, team)
    let decay = field.FastestDecay
    Assert.That(decay, Is.EqualTo(4.0 * 0.9))

    // Far beyond the realisation of the only mode, at a tolerance so loose that nothing but the limit holds the steps back.
    let end' = 4000.0 / decay
    let integrator = FlowIntegrator(field, team)
    let state = copyOf start

    let outcome =
        integrator.Integrate(state, ReadOnlySpan [| end' |], 0.1, 10000, (fun _ _ -> ()))

    Assert.That(outcome, Is.EqualTo FlowOutcome.Completed)
    Assert.That(integrator.Statistics.RejectedSteps, Is.LessThanOrEqualTo 5)
    Assert.That(float integrator.Statistics.AcceptedSteps, Is.GreaterThanOrEqualTo(4000.0 / (0.8 * 6.39)))
    // The plateau is an exact fixed point of the method, reached through hundreds of contractions.
    within "plateau" (abs (state[0, 0] * state[0, 0] - beta[0] / (2.0 * quadratic))) 1e-12

[<Test>]
let ``fixed steps are of order 8`` () =
    use team = new WorkerTeam(1)

    let error steps =
        starts
        |> List.map (fun start ->
            let state = copyOf start
            let integrator = FlowIntegrator(EigenbasisField(beta, quadratic, start, team), team)

            for _ in 1..steps do
                integrator.FixedStep(state, horizon / float steps)

            flowError beta quadratic start horizon state)
        |> rootMeanSquare

    let counts = [ 16; 24; 32 ]
    let errors = counts |> List.map error

    // Rounding: 14 per step and 8 (d + V + 8) of the exact solution, growing as the root of their number. An error 128 times
    // above it moves the slope by log(129 / 128) / log(32 / 24) = 0.027 at most, a quarter of the band.
    for steps, e in List.zip counts errors do
        let floor = sqrt (14.0 * float steps + 8.0 * 17.0) * u
        TestContext.Out.WriteLine $"{steps} steps: error %.3g{e}, floor %.3g{floor}"
        Assert.That(e, Is.GreaterThan(128.0 * floor), "no slope here: rounding")

    for (n, coarse), (m, fine) in List.pairwise (List.zip counts errors) do
        within "|order - 8|" (abs (log (coarse / fine) / log (float m / float n) - 8.0)) 0.1

[<Test>]
let ``tightening the tolerance 256 times halves the step and reduces the true error 256 times`` () =
    // Expected before measuring: the estimate e5^2 / sqrt(e5^2 + e3^2 / 100) with e5 ~ h^6, e3 ~ h^4 goes like h^8, so h goes like
    // tol^(1/8), and the global error of a method of order 8 like h^8, hence like tol. Within a tolerance the controller holds
    // the estimate between 0.9^8 = 0.43 and 1 of it: 2^1.2 of play, doubled for the first and last steps: 2^(8 +- 2).
    use team = new WorkerTeam(1)

    let run tolerance =
        let errors, steps =
            starts
            |> List.map (fun start ->
                let state = copyOf start
                let integrator = FlowIntegrator(EigenbasisField(beta, quadratic, start, team), team)

                let outcome =
                    integrator.Integrate(state, ReadOnlySpan [| horizon |], tolerance, 10000, (fun _ _ -> ()))

                Assert.That(outcome, Is.EqualTo FlowOutcome.Completed)
                let s = integrator.Statistics
                // 12 slopes a step, of which the first is kept when a step is repeated, and the one at the start.
                Assert.That(s.Evaluations, Is.EqualTo(1 + 12 * s.AcceptedSteps + 11 * s.RejectedSteps))
                flowError beta quadratic start horizon state, float s.AcceptedSteps)
            |> List.unzip

        let error, count = rootMeanSquare errors, List.average steps
        TestContext.Out.WriteLine $"tolerance %.3g{tolerance}: error %.3g{error}, %.1f{count} steps"
        error, count

    let results = [ 2.0 ** -16.0; 2.0 ** -24.0; 2.0 ** -32.0 ] |> List.map run

    for (coarse, fewer), (fine, more) in List.pairwise results do
        within "|log2 of the error's reduction - 8|" (abs (Math.Log2(coarse / fine) - 8.0)) 2.0
        // 2^(1 +- 2/8) by the same play, and one step of rounding up at each end.
        Assert.That(more + 1.0, Is.GreaterThan(2.0 ** 0.75 * (fewer - 1.0)))
        Assert.That(more - 1.0, Is.LessThan(2.0 ** 1.25 * (fewer + 1.0)))

/// A field given by a function of (row, column, value) and a constant error estimate.
let private field rows columns (slope: float -> float) (estimate: float) =
    { new IFlowField with
        member _.Rows = rows
        member _.Columns = columns
        member _.FastestDecay = 0.0

        member _.Evaluate(state, derivative) =
            for k in 0 .. state.Values.Length - 1 do
                derivative.Values[k] <- slope state.Values[k]

        member _.RelativeError(_, _, _) = estimate
    }

[<Test>]
let ``requested times are hit exactly`` () =
    // dx/dt = 1: the state is the clock. Every step rounds 13 terms, all of the size of the time.
    use team = new WorkerTeam(1)
    let times = [| 1e-9; 1e-3; 0.5; 0.50000001; 2.0; 2.0000000000001; 1000.0 |]
    let seen = Array.create times.Length nan
    let integrator = FlowIntegrator(field 1 1 (fun _ -> 1.0) 1e-20, team)
    let state = DenseMatrix(1, 1)

    let outcome =
        integrator.Integrate(state, ReadOnlySpan times, 1e-8, 10000, (fun i x -> seen[i] <- x[0, 0]))

    Assert.That(outcome, Is.EqualTo FlowOutcome.Completed)
    let steps = float integrator.Statistics.AcceptedSteps

    for time, clock in Array.zip times seen do
        within $"time {time}" (relative clock time) (14.0 * steps * u)

    Assert.That(state[0, 0], Is.EqualTo seen[times.Length - 1])

[<Test>]
let ``every way to end early is reached and reported`` () =
    use team = new WorkerTeam(1)
    let nothing = Action<int, DenseMatrix>(fun _ _ -> ())
    let one = ReadOnlyMemory [| 1.0 |]

    let run (f: IFlowField) start maximum =
        let state = DenseMatrix(1, 1, [| start |])
        let integrator = FlowIntegrator(f, team)
        let outcome = integrator.Integrate(state, one.Span, 1e-8, maximum, nothing)
        outcome, integrator.Statistics, state[0, 0]

    let outcome, statistics, _ = run (field 1 1 (fun _ -> 1.0) 1e-20) 0.0 1
    Assert.That(outcome, Is.EqualTo FlowOutcome.MaximumStepsReached)
    Assert.That(statistics.AcceptedSteps + statistics.RejectedSteps, Is.EqualTo 1)

    let outcome, statistics, reached = run (field 1 1 (fun _ -> 1.0) 1.0) 7.0 1000
    Assert.That(outcome, Is.EqualTo FlowOutcome.StepTooSmall)
    Assert.That(statistics.AcceptedSteps, Is.EqualTo 0)
    Assert.That(reached, Is.EqualTo 7.0, "the last state reached")

    let outcome, statistics, _ = run (field 1 1 (fun _ -> nan) nan) 7.0 1000
    Assert.That(outcome, Is.EqualTo FlowOutcome.NotFinite)
    Assert.That(statistics.AcceptedSteps, Is.EqualTo 0)

    // The same from real fields: M^2 with the wrong sign diverges at a finite time; squares overflow from a start of 1e200.
    let real quadratic start =
        let x = DenseMatrix(2, 1, [| start; start |])

        let integrator =
            FlowIntegrator(EigenbasisField([| 1.0; 0.5 |], quadratic, x, team), team)

        integrator.Integrate(copyOf x, one.Span, 1e-8, 100000, nothing)

    Assert.That(real -1.0 1.0, Is.EqualTo FlowOutcome.StepTooSmall)
    Assert.That(real 1.0 1e200, Is.EqualTo FlowOutcome.NotFinite)
    Assert.That(real 1.0 1.0, Is.EqualTo FlowOutcome.Completed)

[<Test>]
let ``a value that is not finite in one mode only is not overlooked`` () =
    use team = new WorkerTeam(1)
    let start = build 3 2 (fun _ _ -> 1.0)
    let f = EigenbasisField([| 1.0; 0.5; 0.2 |], 1.0, start, team)

    for row in 0..2 do
        let after = copyOf start
        after[row, 1] <- nan
        let difference = build 3 2 (fun i _ -> if i = row then nan else 1e-9)
        Assert.That(f.RelativeError(start, after, difference), Is.NaN, $"row {row}")

[<Test>]
let ``a flow that is cancelled throws and leaves the state alone`` () =
    use team = new WorkerTeam(1)
    let start = List.head starts
    use source = new CancellationTokenSource()
    let state = copyOf start
    let integrator = FlowIntegrator(EigenbasisField(beta, quadratic, start, team), team)
    let recorded = [| 0 |]

    let record =
        Action<int, DenseMatrix>(fun _ _ ->
            recorded[0] <- recorded[0] + 1
            source.Cancel())

    Assert.Throws<OperationCanceledException>(fun () ->
        integrator.Integrate(state, ReadOnlySpan [| 1.0; 2.0; 3.0 |], 1e-8, 1000, record, source.Token)
        |> ignore)
    |> ignore

    Assert.That(recorded[0], Is.EqualTo 1)
    Assert.That(bits state.Values, Is.EqualTo<int64[]>(bits start.Values))

[<Test>]
let ``times, tolerances and states that are none are refused`` () =
    use team = new WorkerTeam(1)
    let integrator = FlowIntegrator(field 2 1 (fun _ -> 1.0) 0.0, team)

    let run (times: float[]) tolerance rows =
        fun () ->
            integrator.Integrate(DenseMatrix(rows, 1), ReadOnlySpan times, tolerance, 10, (fun _ _ -> ()))
            |> ignore

    refusedWith "time 0 is 0" (run [| 0.0 |] 1e-8 2)
    refusedWith "time 0 is NaN" (run [| nan |] 1e-8 2)
    refusedWith "time 1 is Infinity" (run [| 1.0; infinity |] 1e-8 2)
    refusedWith "time 1 is 1 after 1" (run [| 1.0; 1.0 |] 1e-8 2)
    refusedWith "relativeTolerance" (run [| 1.0 |] 1e-15 2)
    refusedWith "relativeTolerance" (run [| 1.0 |] nan 2)
    refusedWith "3 x 1" (run [| 1.0 |] 1e-8 3)
    let start = List.head starts
    refusedWith "2 eigenvalues" (fun () -> EigenbasisField(beta[..1], quadratic, start, team) |> ignore)

// ---- Fields ---------------------------------------------------------------------------------------------------------------

/// A loss with random weights, some pairs without positive weight, and random (a, b, c, d); a >= 0 or 0, c > 0.
let private randomObjective (random: Random) size =
    let weight () =
        if random.Next 3 = 0 then 0.0 else random.NextDouble()

    let p = symmetric size weight
    let q = symmetric size (fun () -> 0.1 + random.NextDouble())

    PairwiseObjective.FromWeights(
        p,
        q,
        (if random.Next 3 = 0 then 0.0 else random.NextDouble()),
        2.0 * random.NextDouble(),
        0.1 + random.NextDouble(),
        2.0 * random.NextDouble() - 1.5
    )

/// The loss from its definition, pair by pair, and the sum of its absolute terms.
let private lossOf (o: PairwiseObjective) (w: DenseMatrix) =
    let v = w.Rows
    let mutable loss, magnitude = 0.0, 0.0

    for i in 0 .. v - 1 do
        for j in 0 .. v - 1 do
            let mutable m, absolute = 0.0, 0.0

            for a in 0 .. w.Columns - 1 do
                m <- m + w[i, a] * w[j, a]
                absolute <- absolute + abs (w[i, a] * w[j, a])

            let p, q = o.Positive[i, j], o.Negative[i, j]

            loss <-
                loss
                + p * (o.PositiveQuadratic * m * m - o.PositiveLinear * m)
                + q * (o.NegativeQuadratic * m * m - o.NegativeLinear * m)

            magnitude <-
                magnitude
                + p
                  * (o.PositiveQuadratic * absolute * absolute + abs o.PositiveLinear * absolute)
                + q
                  * (o.NegativeQuadratic * absolute * absolute + abs o.NegativeLinear * absolute)

    loss, magnitude

[<Property(MaxTest = 100)>]
let ``the direct field is minus the gradient of the loss`` (seed: int) =
    use team = new WorkerTeam(2)
    let random = Random seed
    let v = random.Next(2, 13)
    let d = random.Next(1, v)
    let o = randomObjective random v
    let w = gaussMatrix random v d 0.7
    let derivative = DenseMatrix(v, d)
    DirectField(o, w, team).Evaluate(w, derivative)

    // The loss is a quartic in each entry, so the five-point difference with any step is its exact derivative, but for the
    // rounding of four losses: (V^2 + 2 d + 8) u of their absolute terms each, times 18 / 12 over the step.
    let h = 0.5
    let mutable worst = 0.0

    for i in 0 .. v - 1 do
        for a in 0 .. d - 1 do
            let at k =
                let moved = copyOf w
                moved[i, a] <- moved[i, a] + float k * h
                lossOf o moved

            let l k = fst (at k)

            let slope = (8.0 * (l 1 - l -1) - (l 2 - l -2)) / (12.0 * h)

            let magnitude = List.max [ for k in [ -2; -1; 1; 2 ] -> snd (at k) ]

            let bound = float (v * v + 2 * d + 8) * u * magnitude * 1.5 / h
            worst <- max worst (abs (derivative[i, a] + slope) / bound)

    labelled "gradient by differences (of its bound)" worst 1.0

[<Property(MaxTest = 100)>]
let ``the direct field agrees with the naive gradient to rounding, beyond one block of rows`` (seed: int) =
    use team = new WorkerTeam(3)
    let random = Random seed
    let v = random.Next(2, 70)
    let d = random.Next(1, min v 20)
    let o = randomObjective random v
    let w = gaussMatrix random v d 0.7
    let derivative = DenseMatrix(v, d)
    DirectField(o, w, team).Evaluate(w, derivative)
    let mutable worst = 0.0

    for i in 0 .. v - 1 do
        for a in 0 .. d - 1 do
            let mutable slope, magnitude = 0.0, 0.0

            for j in 0 .. v - 1 do
                let m = Seq.sum (Seq.init d (fun b -> w[i, b] * w[j, b]))
                let absolute = Seq.sum (Seq.init d (fun b -> abs (w[i, b] * w[j, b])))
                let p, q = o.Positive[i, j], o.Negative[i, j]

                // From both orders of the pair.
                slope <-
                    slope
                    - 2.0
                      * (2.0 * (o.PositiveQuadratic * p + o.NegativeQuadratic * q) * m
                         - (o.PositiveLinear * p + o.NegativeLinear * q))
                      * w[j, a]

                magnitude <-
                    magnitude
                    + 2.0
                      * (2.0 * (o.PositiveQuadratic * p + o.NegativeQuadratic * q) * absolute
                         + o.PositiveLinear * p
                         + abs o.NegativeLinear * q)
                      * abs w[j, a]
            // Products of length d and V and 8 other roundings, in both computations.
            let bound = 2.0 * float (v + d + 8) * u * magnitude
            worst <- max worst (abs (derivative[i, a] - slope) / bound)

    labelled "naive gradient (of its bound)" worst 1.0

[<Property(MaxTest = 40)>]
let ``the loss falls along the flow of unequal weights`` (seed: int) =
    use team = new WorkerTeam(1)
    let random = Random seed
    let v = random.Next(2, 13)
    let d = random.Next(1, v)
    let o = randomObjective random v
    let start = gaussMatrix random v d 0.3
    let f = DirectField(o, start, team)
    let integrator = FlowIntegrator(f, team)
    let tolerance = 1e-9
    let times = Array.init 24 (fun i -> 0.02 * 1.3 ** float i)
    let states = ResizeArray [ copyOf start ]

    let outcome =
        integrator.Integrate(copyOf start, ReadOnlySpan times, tolerance, 20000, (fun _ x -> states.Add(copyOf x)))

    let norm (x: DenseMatrix) = frobeniusNorm x.Values

    let slope (x: DenseMatrix) =
        let g = DenseMatrix(v, d)
        f.Evaluate(x, g)
        norm g

    let losses = states |> Seq.map (lossOf o) |> Array.ofSeq
    // A step may miss by tolerance times the state's norm, which moves the loss by as much times the gradient's norm there; to it
    // the loss's own rounding is added.
    let allowed (x: DenseMatrix, y: DenseMatrix) =
        float integrator.Statistics.AcceptedSteps
        * tolerance
        * max (norm x) (norm y)
        * max (slope x) (slope y)
        + 2.0 * float (v * v + 2 * d + 8) * u * max (snd (lossOf o x)) (snd (lossOf o y))

    let worst =
        Seq.map2 (fun pair ((a, _), (b, _)) -> (b - a) / allowed pair) (Seq.pairwise states) (Seq.pairwise losses)
        |> Seq.max

    labelled "rise of the loss (of its bound)" worst 1.0
    .&. (outcome = FlowOutcome.Completed && fst losses[times.Length] < fst losses[0])

[<Property(MaxTest = 40)>]
let ``the flow in the eigenbasis is the direct flow, rotated`` (seed: int) =
    use team = new WorkerTeam(2)
    let random = Random seed
    let v = random.Next(3, 30)
    let d = random.Next(1, min v 8)
    let p = symmetric v (fun () -> random.NextDouble())
    let q = build v v (fun _ _ -> 1.0)
    let o = PairwiseObjective.FromWeights(p, q, 0.0, 1.0, 0.5, -0.5)
    let basis = SymmetricEigenSolver.Decompose(o.Linear, team)
    let start = gaussMatrix random v d 0.1
    let rotated = DenseMatrix(v, d)
    MatrixProduct.Multiply(1.0, basis.Eigenvectors, false, start, false, 0.0, rotated, team)
    let top = basis.Eigenvalues[0]
    let time, tolerance = 1.5 / (2.0 * top), 1e-10
    let direct, modes = copyOf start, copyOf rotated
    let first = FlowIntegrator(DirectField(o, start, team), team)

    let second =
        FlowIntegrator(EigenbasisField(basis.Eigenvalues, o.ConstantQuadratic.Value, rotated, team), team)

    let run (integrator: FlowIntegrator) state =
        integrator.Integrate(state, ReadOnlySpan [| time / 3.0; time |], tolerance, 10000, (fun _ _ -> ()))

    let outcomes = run first direct, run second modes
    let back = DenseMatrix(v, d)
    MatrixProduct.Multiply(1.0, basis.Eigenvectors, true, modes, false, 0.0, back, team)
    let gap = frobeniusNorm (Array.map2 (-) back.Values direct.Values)

    // A perturbation of the state grows at most by e^{2 beta_1 t} (the Hessian of |X X'|^2 is 2 |X D' + D X'|^2 +
    // 4 <X X', D D'>, never negative), and so does the state itself; each step of either run adds tolerance times the state.
    let steps = float (first.Statistics.AcceptedSteps + second.Statistics.AcceptedSteps)

    let bound = steps * tolerance * frobeniusNorm start.Values * exp (2.0 * top * time)

    labelled "rotated trajectory" gap bound
    .&. (outcomes = (FlowOutcome.Completed, FlowOutcome.Completed))

[<Test>]
let ``an aligned start, zero in most modes, flows to the closed form, and zero stays zero`` () =
    use team = new WorkerTeam(1)
    let beta, quadratic = [| 0.9; 0.5; 0.2; -0.1; -0.4 |], 0.25
    let start = build 5 2 (fun i j -> if i = j then 1e-6 else 0.0)
    let time, tolerance = 10.0, 1e-10
    let state = copyOf start
    let integrator = FlowIntegrator(EigenbasisField(beta, quadratic, start, team), team)

    let outcome =
        integrator.Integrate(state, ReadOnlySpan [| time |], tolerance, 10000, (fun _ _ -> ()))

    Assert.That(outcome, Is.EqualTo FlowOutcome.Completed)
    // Per mode relative errors add over the steps (d ln x_k / dt only contracts); the model doubles them.
    within
        "aligned"
        (flowError beta quadratic start time state)
        (2.0 * tolerance * float integrator.Statistics.AcceptedSteps)

    Assert.That(state.Values[4..], Has.All.EqualTo 0.0)

    let zero = DenseMatrix(3, 2)
    let o = randomObjective (Random 2) 3
    let still = FlowIntegrator(DirectField(o, zero, team), team)

    Assert.That(
        still.Integrate(zero, ReadOnlySpan [| 1.0 |], 1e-8, 100, (fun _ _ -> ())),
        Is.EqualTo FlowOutcome.Completed
    )

    Assert.That(zero.Values, Has.All.EqualTo 0.0)

// ---- Stochastic descent ---------------------------------------------------------------------------------------------------

/// The partners of every word in one step's batch, in the order of the draws.
let private partnersIn (weights: DenseMatrix) seed stream count step =
    let table = AliasTable(weights.Values, weights.Rows)
    let random = CounterRandom(seed, stream)

    Array.init count (fun n -> pairOf (table.Draw(random.Bits(uint64 step * uint64 count + uint64 n))))

/// The gradient of one batch, pair by pair, and the sum of its absolute terms.
let private batchGradient (o: PairwiseObjective) (w: DenseMatrix) (s: DescentSettings) step =
    let gradient, magnitude =
        DenseMatrix(w.Rows, w.Columns), DenseMatrix(w.Rows, w.Columns)

    for weights, stream, count, quadratic, linear in
        [
            o.Positive, RandomStreams.PositivePairs, s.PositivePairs, o.PositiveQuadratic, o.PositiveLinear
            o.Negative, RandomStreams.NegativePairs, s.NegativePairs, o.NegativeQuadratic, o.NegativeLinear
        ] do
        let scale = Array.sum weights.Values / float count

        for i, j in partnersIn weights s.Seed stream count step do
            // Both words of the pair move; a pair of a word with itself moves it twice.
            for x, y in [ i, j; j, i ] do
                let m = Seq.sum (Seq.init w.Columns (fun b -> w[x, b] * w[y, b]))
                let absolute = Seq.sum (Seq.init w.Columns (fun b -> abs (w[x, b] * w[y, b])))

                for a in 0 .. w.Columns - 1 do
                    gradient[x, a] <- gradient[x, a] + scale * (2.0 * quadratic * m - linear) * w[y, a]

                    magnitude[x, a] <-
                        magnitude[x, a]
                        + scale * (2.0 * quadratic * absolute + abs linear) * abs w[y, a]

    gradient, magnitude

[<Property(MaxTest = 60)>]
let ``a step of the descent is the naive one from the same draws`` (seed: int) =
    let random = Random seed
    use team = new WorkerTeam(1 + random.Next 3)
    let v = random.Next(2, 40)
    let d = random.Next(1, min v 20)
    let o = randomObjective random v

    let settings =
        DescentSettings(random.NextDouble(), random.Next(1, 200), random.Next(1, 200), uint64 (random.Next()))

    let descent =
        StochasticGradientDescent(o, gaussMatrix random v d 0.7, settings, team)

    let mutable worst = 0.0

    for step in 0..2 do
        let before = copyOf descent.Embeddings
        let gradient, magnitude = batchGradient o before settings step
        descent.Step()

        // Terms of a word: at most all pairs twice; a product of length d and the total of the V^2 weights in each.
        let terms = 2 * (settings.PositivePairs + settings.NegativePairs) + d + v * v + 8

        for k in 0 .. before.Values.Length - 1 do
            let expected = before.Values[k] - settings.LearningRate * gradient.Values[k]

            let bound =
                2.0
                * u
                * (abs before.Values[k] + float terms * settings.LearningRate * magnitude.Values[k])

            worst <- max worst (abs (descent.Embeddings.Values[k] - expected) / bound)

    labelled "step from the same draws (of its bound)" worst 1.0
    .&. (descent.StepCount = 3L)

[<Test>]
let ``the mean of many one-step gradients is the gradient`` () =
    use team = new WorkerTeam(1)
    let v, d, seeds = 5, 2, 6000
    let random = Random 12
    let o = randomObjective random v
    let start = gaussMatrix random v d 0.7
    let sum, squares = DenseMatrix(v, d), DenseMatrix(v, d)

    for seed in 1..seeds do
        let descent =
            StochasticGradientDescent(o, start, DescentSettings(1.0, 3, 2, uint64 seed), team)

        descent.Step()

        for k in 0 .. start.Values.Length - 1 do
            let g = start.Values[k] - descent.Embeddings.Values[k]
            sum.Values[k] <- sum.Values[k] + g
            squares.Values[k] <- squares.Values[k] + g * g

    let minus = DenseMatrix(v, d)
    DirectField(o, start, team).Evaluate(start, minus)
    let n = float seeds

    for k in 0 .. start.Values.Length - 1 do
        let mean = sum.Values[k] / n
        let deviation = sqrt ((squares.Values[k] / n - mean * mean) / n)
        withinSixSigma $"coordinate {k}" mean -minus.Values[k] deviation
        // Sharp enough to see a pair counted once instead of twice in at least the large coordinates.
        if k = 0 then
            Assert.That(deviation, Is.LessThan(0.2 * (minus.Values |> Array.map abs |> Array.max)))

[<Test>]
let ``the descent has the same bits for teams of 1, 2 and 3, and others for another seed`` () =
    let o = randomObjective (Random 3) 90
    let start = gaussMatrix (Random 4) 90 17 0.5

    let run size seed =
        use team = new WorkerTeam(size)

        let descent =
            StochasticGradientDescent(o, start, DescentSettings(1e-4, 700, 900, seed), team)

        for _ in 1..10 do
            descent.Step()

        Assert.That(Array.forall Double.IsFinite descent.Embeddings.Values, "finite")
        bits descent.Embeddings.Values

    let one = run 1 5UL
    Assert.That((run 2 5UL = one), "team of 2")
    Assert.That((run 3 5UL = one), "team of 3")
    Assert.That((run 1 6UL <> one), "another seed")

[<Test>]
let ``a step allocates nothing`` () =
    let o = randomObjective (Random 3) 60

    for size in [ 1; 2 ] do
        use team = new WorkerTeam(size)

        let descent =
            StochasticGradientDescent(o, gaussMatrix (Random 4) 60 16 0.1, DescentSettings(1e-5, 300, 300, 1UL), team)

        for _ in 1..300 do
            descent.Step()

        let before = GC.GetAllocatedBytesForCurrentThread()

        for _ in 1..1000 do
            descent.Step()

        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.EqualTo 0L, $"team of {size}")
        Assert.That(Array.forall Double.IsFinite descent.Embeddings.Values, "finite")

[<Test>]
let ``two words in one dimension descend, and the start is left alone`` () =
    use team = new WorkerTeam(2)
    let o = randomObjective (Random 5) 2
    let start = Initialisation.Gaussian(2, 1, 0.5, 3UL)
    let before = Array.copy start.Values

    let descent =
        StochasticGradientDescent(o, start, DescentSettings(0.01, 1, 1, 1UL), team)

    let seen = ResizeArray<int * float[]>()

    descent.Run(ReadOnlySpan [| 0L; 1L; 2000L |], (fun index w -> seen.Add(index, Array.copy w.Values)))

    Assert.That(seen |> Seq.map fst |> Array.ofSeq, Is.EqualTo<int[]> [| 0; 1; 2 |])
    Assert.That(descent.StepCount, Is.EqualTo 2000L)
    Assert.That(snd seen[0], Is.EqualTo<float[]> before)
    Assert.That(start.Values, Is.EqualTo<float[]> before)
    let loss (w: float[]) = fst (lossOf o (DenseMatrix(2, 1, w)))
    Assert.That(loss (snd seen[2]), Is.LessThan(loss before))

[<Test>]
let ``settings that are none are refused, and a descent can be cancelled`` () =
    use team = new WorkerTeam(1)
    let o = randomObjective (Random 5) 4
    let start = Initialisation.Gaussian(4, 2, 0.5, 3UL)

    let descent (start: DenseMatrix) rate positive negative =
        StochasticGradientDescent(o, start, DescentSettings(rate, positive, negative, 1UL), team)

    let refusing part rate positive negative =
        refusedWith part (fun () -> descent start rate positive negative |> ignore)

    refusing "not 0" 0.0 1 1
    refusing "not -1" -1.0 1 1
    refusing "NaN" nan 1 1
    refusing "Infinity" infinity 1 1
    refusing "0 and 1" 1.0 0 1
    refusing "1 and -3" 1.0 1 -3
    refusedWith "3 words" (fun () -> descent (Initialisation.Gaussian(3, 2, 0.5, 3UL)) 0.1 1 1 |> ignore)
    use source = new CancellationTokenSource()
    let run = descent start 0.1 1 1

    let record = Action<int, DenseMatrix>(fun _ _ -> source.Cancel())

    Assert.Throws<OperationCanceledException>(fun () -> run.Run(ReadOnlySpan [| 3L; 9L |], record, null, source.Token))
    |> ignore

    Assert.That(run.StepCount, Is.EqualTo 3L)

/// Squared distance to the flow at a time, for each of many seeds, and that of the descent without noise.
let private distances (o: PairwiseObjective) (start: DenseMatrix) time rate batch seeds =
    use team = new WorkerTeam(1)
    let flow = copyOf start

    let outcome =
        FlowIntegrator(DirectField(o, start, team), team)
            .Integrate(flow, ReadOnlySpan [| time |], 1e-12, 10000, (fun _ _ -> ()))

    Assert.That(outcome, Is.EqualTo FlowOutcome.Completed)
    let steps = int (round (time / rate))

    let squared (w: DenseMatrix) =
        Array.fold2 (fun sum a b -> sum + (a - b) * (a - b)) 0.0 w.Values flow.Values

    let noisy =
        Array.init seeds (fun seed ->
            let descent =
                StochasticGradientDescent(o, start, DescentSettings(rate, batch, batch, uint64 seed), team)

            for _ in 1..steps do
                descent.Step()

            squared descent.Embeddings)

    let plain, minus = copyOf start, DenseMatrix(start.Rows, start.Columns)
    let f = DirectField(o, start, team)

    for _ in 1..steps do
        f.Evaluate(plain, minus)

        for k in 0 .. plain.Values.Length - 1 do
            plain.Values[k] <- plain.Values[k] + rate * minus.Values[k]

    noisy, squared plain

[<Test>]
let ``the distance to the flow falls like the root of the learning rate over the batch`` () =
    // Noise-dominated: the squared distance is proportional to rate / batch, with corrections of relative size rate * curvature.
    // The exponent is gated on its interval: 6 standard errors of the mean (delta method), plus the share of the step's own error,
    // measured without noise and squared distances adding up: log2(1 + share), plus the rounding of a quarter more.
    let v, d, time, seeds = 8, 2, 0.64, 400
    let o = randomObjective (Random 21) v
    let start = gaussMatrix (Random 22) v d 0.5

    let measured =
        [ 0.02, 8; 0.01, 8; 0.02, 32; 0.01, 32 ]
        |> List.map (fun (rate, batch) ->
            let noisy, plain = distances o start time rate batch seeds
            let mean = Array.average noisy

            let deviation =
                sqrt (Array.averageBy (fun x -> (x - mean) ** 2.0) noisy / float seeds)

            TestContext.Out.WriteLine
                $"rate {rate}, batch {batch}: %.3g{mean} +- %.2g{deviation}, without noise %.3g{plain}"

            Assert.That(plain / mean, Is.LessThan 0.1, "not dominated by noise")
            mean, deviation / mean, plain / mean)

    let expect name a b (power: float) =
        let (meanA, relativeA, shareA), (meanB, relativeB, shareB) =
            measured[a], measured[b]

        let bound =
            6.0 * sqrt (relativeA ** 2.0 + relativeB ** 2.0) / log 2.0
            + Math.Log2(1.0 + shareA + shareB)

        // An interval that contains the next power of two as well would say nothing.
        Assert.That(bound, Is.LessThan 1.0, "too few seeds")
        within $"{name}: |log2 ratio - {power}|" (abs (Math.Log2(meanA / meanB) - power)) bound

    expect "half the rate" 0 1 1.0
    expect "four times the batch" 0 2 2.0
    expect "both" 0 3 3.0

// ---- Observations ---------------------------------------------------------------------------------------------------------

[<Property(MaxTest = 100)>]
let ``observations agree with their definitions`` (seed: int) =
    let random = Random seed
    let v = random.Next(2, 30)
    let d = random.Next(1, min v 9)
    let x = gaussMatrix random v d 1.0
    let beta = Array.init v (fun _ -> gauss random) |> Array.sortDescending
    let quadratic = 0.1 + random.NextDouble()
    let ranks = Array.init d (fun k -> k + 1)
    let seen = Observer(beta, quadratic, ranks).Observe x
    let m = gramOf x

    let decomposition =
        MathNet.Numerics.LinearAlgebra.Double.DenseMatrix
            .Create(v, v, (fun i j -> m[i * v + j]))
            .Evd(MathNet.Numerics.LinearAlgebra.Symmetricity.Symmetric)

    // Ascending there.
    let squares = Array.init v (fun k -> decomposition.EigenValues[v - 1 - k].Real)

    // Forming the Gram matrix and a general eigensolver are accurate relative to the largest square only.
    let bound = 32.0 * float (v + d) * u

    let gap =
        largest (Array.init d (fun k -> abs (seen.SingularValues[k] ** 2.0 - squares[k])))
        / squares[0]

    let mutable loss, magnitude = 0.0, 0.0

    for i in 0 .. v - 1 do
        for j in 0 .. v - 1 do
            let value = m[i * v + j]
            let linear = if i = j then beta[i] * value else 0.0
            loss <- loss + quadratic * value * value - linear
            magnitude <- magnitude + quadratic * value * value + abs linear

    let overlaps =
        [
            for k in ranks do
                let next = if k < d then squares[k] else 0.0
                let separation = (squares[k - 1] - next) / squares[0]
                // The leading subspace turns by bound / separation (Davis-Kahan); nothing to compare when that is large.
                if separation > 1e-4 then
                    let mutable total = 0.0

                    for l in 0 .. k - 1 do
                        for j in 0 .. k - 1 do
                            total <- total + decomposition.EigenVectors[j, v - 1 - l] ** 2.0

                    labelled "overlap" (abs (seen.SubspaceOverlaps[k - 1] - total / float k)) (4.0 * bound / separation)
        ]

    List.fold (.&.) (labelled "singular values" gap bound) overlaps
    // The quartic part from squares of squares: twice the bound of a square; the rest is a sum of V^2 products of length d.
    .&. labelled "loss" (abs (seen.Loss - loss)) ((4.0 * bound * float d + float (v * v + 2 * d + 8) * u) * magnitude)
    .&. (Array.sortDescending seen.SingularValues = seen.SingularValues)

[<Test>]
let ``an observer refuses a model of another size`` () =
    refusedWith "2 modes" (fun () -> Observer([| 1.0; 0.5; 0.1 |], 1.0, [| 1 |]).Observe(DenseMatrix(2, 1)) |> ignore)
