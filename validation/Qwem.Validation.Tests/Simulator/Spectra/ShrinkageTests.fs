/// The shrunk target: its place in the theory, its expansion, its strength from the counts, and the flow that ends at its embeddings.
module Qwem.Validation.Tests.ShrinkageTests

open System
open System.Threading
open Expecto
open Qwem.Sim.Cooccurrence
open Qwem.Sim.LinearAlgebra
open Qwem.Sim.Spectra
open Qwem.Sim.Statistics
open Qwem.Sim.Threading
open Qwem.Sim.Training
open Qwem.Theory
open Qwem.Validation.Tests.CountingSupport


/// Positive and negative measures of the loss whose target is shrunk: the corpus mixed with uniform pairs, on both sides (docs/shrinkage.md).
let private mixedMeasures (counts: CooccurrenceCounts) (beta: float) (k: float) =
    let v = counts.VocabularySize
    let total = float counts.TotalCount
    let mass = total + beta * float (v * v)

    let unigram =
        counts.WordCounts
        |> Array.ofSeq
        |> Array.map (fun n -> float n / float counts.KeptTokens)

    let joint = counts.DenseSymmetric() |> Array.map (fun c -> (c + beta) / mass)

    let psi =
        Array.init (v * v) (fun e -> 1.0 + beta / (total * (unigram[e / v] * unigram[e % v])))
        |> Array.map (fun x -> x * total / mass)

    let corpus = CorpusStatistics(unigram, joint)
    let ones = Array.create (v * v) 1.0
    PairWeights(corpus, ones, psi, k)

/// Counts drawn from the model: gamma ratios of a given shape, Poisson counts, under a convention whose weights are all 1.
let private drawnWith convention (seed: int) v scale shape =
    let g = Random seed
    let frequency = Array.init v (fun i -> 1.0 / float (i / 3 + 1))
    let sum = Array.sum frequency
    let rowStarts = Array.zeroCreate<int64>(v + 1)
    let columns, counts = ResizeArray<int>(), ResizeArray<int64>()

    for i in 0 .. v - 1 do
        for j in i .. v - 1 do
            let expected = scale * frequency[i] * frequency[j] / (sum * sum)

            let ratio =
                if i = j then
                    1.0
                else
                    MathNet.Numerics.Distributions.Gamma.Sample(g, shape, shape)

            let n =
                MathNet.Numerics.Distributions.Poisson.Sample(g, max 1e-300 (expected * ratio))

            if n > 0 then
                columns.Add j
                counts.Add(int64 n)

        rowStarts[i + 1] <- int64 columns.Count

    CooccurrenceCounts(
        convention,
        Array.init v pairOfLetters,
        frequency |> Array.map (fun f -> int64 (1e6 * f)),
        rowStarts,
        columns.ToArray(),
        counts.ToArray()
    )

let private drawn = drawnWith (CountingConvention 1)

let tests =
    testList "Shrinkage" [
        testCase "the target is that of L_sym for a corpus mixed with uniform pairs" (fun () ->
            for seed, v, beta, k in [ 1, 12, 8.0, 1.0; 2, 30, 0.3, 1.0; 3, 20, 40.0, 5.0; 4, 20, 2.0, 0.3 ] do
                let counts = randomCounts (Random seed) v (6 * v) 3

                for kind, loss in [ TargetKind.Sym, QuadraticLoss.Sym; TargetKind.Xe, QuadraticLoss.Xe ] do
                    let settings =
                        TargetSettings(Kind = kind, Shrinkage = beta, NegativeRatio = k, SelfPairs = SelfPairs.Counted)

                    let ours = TargetOperator.Dense(counts, settings).Values
                    let theirs = loss.Target(mixedMeasures counts beta k)

                    for e in 0 .. v * v - 1 do
                        // About twenty roundings on each side; the entry depends on r with a slope of at most max(r, 1) in its own unit.
                        Expect.isLessThanOrEqual
                            (abs (ours[e] - theirs[e]))
                            (60.0 * u * (1.0 + abs theirs[e]) * max 1.0 (1.0 / k))
                            ($"{kind} {e}"))

        testCase "neutral self-pairs have the entry of independent words, and no shrinkage is the limit" (fun () ->
            let counts = randomCounts (Random 5) 25 200 3

            let shrunk =
                TargetOperator.Dense(counts, TargetSettings(Shrinkage = 4.0, NegativeRatio = 3.0))

            for i in 0..24 do
                Expect.near (shrunk[i, i]) (2.0 * (1.0 - 3.0) / (1.0 + 3.0)) (4.0 * u) ""

            let plain = TargetOperator.Dense(counts, TargetSettings()).Values
            let nearly = TargetOperator.Dense(counts, TargetSettings(Shrinkage = 1e-9)).Values
            // d M / d beta is at most 4 / (C + E) in size, and E is above 0.1 here.
            Expect.isLessThan (Array.map2 (fun x y -> abs (x - y)) plain nearly |> Array.max) (1e-7) ""
            Expect.isGreaterThan (Array.map2 (fun x y -> abs (x - y)) plain shrunk.Values |> Array.max) 0.5 "")

        property
            "the expansion of unseen pairs keeps its error bound, over fourteen decades of frequency"
            25
            (fun (seed: Seed) ->
                let g = seed.Random()
                let v = 60
                let decades = 14.0 * g.NextDouble()

                let p =
                    Array.init v (fun i -> Math.Pow(10.0, -decades * (if i = v - 1 then 1.0 else g.NextDouble())))
                    |> Array.sortDescending

                let shift = 40.0 * g.NextDouble() - 5.0
                let a, b = g.NextDouble() - 0.5, -2.0 * g.NextDouble() - 0.1
                use team = new WorkerTeam(1)
                let expansion = UnseenExpansion(p, a, b, shift, team)
                Expect.isLessThanOrEqual expansion.ErrorBound (1e-12 * abs b) ""
                let mutable worst = 0.0

                for i in 0 .. v - 1 do
                    for j in 0..i do
                        let exact = a + b / (1.0 + exp (-(log p[i] + log p[j] + shift)))
                        let x, y = expansion.Factors.Row(i).ToArray(), expansion.Factors.Row(j).ToArray()

                        let found =
                            Array.fold2 (fun sum w z -> sum + w * z) 0.0 expansion.Weights (Array.map2 (*) x y)

                        worst <- max worst (abs (found - exact))

                // Rounding: eigenvectors of the core are good to some n u ||core||, n the number of points, ||core|| <= n (|a| + |b|).
                Expect.isLessThanOrEqual worst (expansion.ErrorBound + 2000.0 * u * (abs a + abs b)) "")

        testCase "the frequencies of a real vocabulary need a few dozen terms" (fun () ->
            // 15 million tokens, words of 78 to a million occurrences, ln(N / 2 beta) of 17 million words at L = 16 and beta = 8.
            let p = Array.init 400 (fun i -> 0.07 * Math.Pow(0.97, float i))
            use team = new WorkerTeam(1)
            let rank = UnseenExpansion(p, 0.0, -2.0, log (4e9 / 16.0), team).Weights.Length
            Expect.inRange rank (5, 64) "")

        testCase "words of one frequency need one term" (fun () ->
            use team = new WorkerTeam(1)
            let expansion = UnseenExpansion(Array.create 5 0.2, 0.0, -2.0, 1.0, team)
            Expect.hasLength expansion.Weights 1 ""
            Expect.isZero expansion.ErrorBound "")

        testCase
            "the sparse form of a shrunk target times a block is the dense matrix times it, on any number of threads"
            (fun () ->
                let counts = randomCounts (Random 7) 150 900 3
                let g = Random 3
                let block = DenseMatrix(150, 11, Array.init 1650 (fun _ -> g.NextDouble() - 0.5))

                for kind in [ TargetKind.Sym; TargetKind.Xe; TargetKind.Ppmi ] do
                    for k in [ 1.0; 2.5 ] do
                        let settings = TargetSettings(Kind = kind, Shrinkage = 3.0, NegativeRatio = k)

                        let expected = DenseMatrix(150, 11)

                        let run (threads: int) =
                            use team = new WorkerTeam(threads)
                            let result = DenseMatrix(150, 11)
                            TargetOperator.Sparse(counts, settings, team).Multiply(block, result, team)

                            if threads = 1 then
                                MatrixProduct.Multiply(
                                    1.0,
                                    TargetOperator.Dense(counts, settings),
                                    false,
                                    block,
                                    false,
                                    0.0,
                                    expected,
                                    team
                                )

                            result.Values

                        let ours = run 1
                        Expect.isTrue (run 3 = ours) ""
                        // 150 entries of at most 0.5: the expansion's error, and rounding of sums below 150 times the largest entry.
                        let bound = 75.0 * 1e-12 + 300.0 * u * 150.0 * 3.0

                        Expect.isLessThan
                            (Array.map2 (fun x y -> abs (x - y)) ours expected.Values |> Array.max)
                            bound
                            "")

        testCase "shrinkage is refused where it is not defined" (fun () ->
            let counts = randomCounts (Random 1) 5 20 2

            for settings in
                [
                    TargetSettings(Shrinkage = -1.0)
                    TargetSettings(Shrinkage = nan)
                    TargetSettings(Kind = TargetKind.Pmi, Shrinkage = 1.0)
                    TargetSettings(Kind = TargetKind.Weighted, Shrinkage = 1.0)
                    TargetSettings(Kind = TargetKind.Ppmi, NegativeRatio = 0.5, Shrinkage = 1.0)
                ] do
                Expect.throwsT<ArgumentOutOfRangeException>
                    (fun () -> TargetOperator.Dense(counts, settings) |> ignore)
                    "")

        testCase "training with constant weight on the mixed corpus ends at the closed-form embeddings" (fun () ->
            let v, d, beta = 24, 4, 3.0
            let counts = randomCounts (Random 11) v 150 3
            let total = float counts.TotalCount

            let p =
                counts.WordCounts
                |> Array.ofSeq
                |> Array.map (fun n -> float n / float counts.KeptTokens)

            let c = counts.DenseSymmetric()
            let positive, negative = DenseMatrix(v, v), DenseMatrix(v, v)

            for i in 0 .. v - 1 do
                for j in 0 .. v - 1 do
                    let expected = total * (p[i] * p[j])
                    let seen = if i = j then expected else c[i * v + j]
                    // Both measures over their sum: the same quadratic coefficient for all pairs.
                    positive[i, j] <- (seen + beta) / (seen + expected + 2.0 * beta)
                    negative[i, j] <- (expected + beta) / (seen + expected + 2.0 * beta)

            let objective =
                PairwiseObjective.FromWeights(positive, negative, 0.25, 1.0, 0.25, -1.0)

            use team = new WorkerTeam(2)
            let g = Random 2

            let state =
                DenseMatrix(v, d, Array.init (v * d) (fun _ -> 0.1 * (g.NextDouble() - 0.5)))

            let field = DirectField(objective, state, team)

            let matrix = TargetOperator.Create(counts, TargetSettings(Shrinkage = beta), team)

            let spectrum = KrylovEigenSolver.Solve(matrix, d + 1, team)
            // Quadratic coefficient 1/4 everywhere: dM/dt = M* M + M M* - 2 M^2, so what is wrong decays as e^-(gap t).
            let gap = spectrum.Eigenvalues[d - 1] - max 0.0 spectrum.Eigenvalues[d]
            Expect.isGreaterThan gap 0.05 "a case without a gap"

            let outcome =
                FlowIntegrator(field, team)
                    .Integrate(state, ReadOnlySpan [| 80.0 / gap |], 1e-10, 200_000, (fun _ _ -> ()))

            Expect.equal outcome FlowOutcome.Completed ""

            let vectors =
                ClosedFormEmbedding.Create(KrylovEigenSolver.Solve(matrix, d, team), counts.Words)

            let mutable worst = 0.0

            for i in 0 .. v - 1 do
                for j in 0 .. v - 1 do
                    let trained =
                        Kernels.Dot(Span.op_Implicit (state.Row i), Span.op_Implicit (state.Row j))

                    let mutable closed = 0.0

                    for k in 0 .. d - 1 do
                        closed <- closed + float (vectors.Row(i)[k]) * float (vectors.Row(j)[k])

                    worst <- max worst (abs (trained - closed))

            // Vectors in single precision: two roundings of 2^-24 of entries M_ii of at most lambda_1; the flow is known to 1e-8 or so.
            Expect.isLessThan worst (spectrum.Eigenvalues[0] * 4.0 * Math.ScaleB(1.0, -24)) "")

        testCase "the closed form is nested, clips what is negative and follows its exponent" (fun () ->
            let counts = randomCounts (Random 13) 40 300 3
            use team = new WorkerTeam(1)
            let matrix = TargetOperator.Create(counts, TargetSettings(), team)
            let all = KrylovEigenSolver.Solve(matrix, 40, team)

            let embed (spectrum: PartialSpectrum) power =
                ClosedFormEmbedding.Create(spectrum, counts.Words, power)

            let whole = embed all 0.5
            let few = embed (KrylovEigenSolver.Solve(matrix, 5, team)) 0.5

            for i in 0..39 do
                for k in 0..39 do
                    let expected = sqrt (max 0.0 all.Eigenvalues[k]) * all.Eigenvectors[k, i]
                    Expect.equal (whole.Row(i)[k]) (float32 expected) ""

                    if k < 5 then
                        Expect.near (float (few.Row(i)[k])) (float (whole.Row(i)[k])) 1e-6 ""

            Expect.isLessThan all.Eigenvalues[39] 0.0 ""
            Expect.equal ((embed all 0.0).Row(3)[2]) (float32 all.Eigenvectors[2, 3]) ""

            Expect.throwsT<ArgumentOutOfRangeException> (fun () -> embed all 1.5 |> ignore) "")

        testCase "the logarithm of the gamma function is that of MathNet" (fun () ->
            for e in -40 .. 40 do
                let x = Math.Pow(1.7, float e) * 1.1
                let expected = MathNet.Numerics.SpecialFunctions.GammaLn x
                Expect.near (GammaPoissonLikelihood.LogGamma x) expected (1e-12 * (1.0 + abs expected)) "")

        testCase "the likelihood is that of a double loop over all pairs" (fun () ->
            let counts = drawn 3 30 2000.0 0.7
            use team = new WorkerTeam(2)
            let lnGamma = MathNet.Numerics.SpecialFunctions.GammaLn
            let phi = 2.5
            let likelihood = GammaPoissonLikelihood(counts, phi, 1_000_000L, null, team)

            let expected a =
                Seq.sum (
                    seq {
                        for i in 0..29 do
                            for j in i + 1 .. 29 do
                                let p k =
                                    float counts.WordCounts[k] / float counts.KeptTokens

                                let e = float counts.TotalCount * p i * p j / phi
                                let n = float counts[i, j] / phi
                                lnGamma (n + a) - lnGamma a + a * log (a / (e + a)) - n * log (e + a)
                    }
                )

            for a in [ 0.01; 0.7; 30.0 ] do
                Expect.near (likelihood.Value a) (expected a) (1e-11 * (1.0 + abs (expected a))) "")

        testCase "the estimate finds the shape that the counts were drawn with" (fun () ->
            for shape in [ 0.3; 0.8; 4.0 ] do
                let counts = drawn 5 260 60_000.0 shape
                use team = new WorkerTeam(2)
                let estimate = EmpiricalShrinkage.Estimate(counts, team)
                // Some ten thousand informative pairs: a few percent of sampling error.
                Expect.near (estimate / (shape * EmpiricalShrinkage.Dispersion counts.Convention)) 1.0 0.12 ""
                use alone = new WorkerTeam(1)
                Expect.equal (EmpiricalShrinkage.Estimate(counts, alone)) estimate "")

        testCase
            "the variance of a weighted count over its mean is that of its weights, in closed form for every weighting"
            (fun () ->
                for halfWidth in [ 1; 2; 10; 16; 22; 48; 65_535 ] do
                    let l = float halfWidth

                    let of' weighting =
                        EmpiricalShrinkage.Dispersion(CountingConvention(halfWidth, weighting))

                    Expect.equal (of' WindowWeighting.Linear) ((2.0 * l + 1.0) / 3.0) ""
                    Expect.equal (of' WindowWeighting.Flat) 1.0 ""

                    if halfWidth <= CountingConvention.LargestHarmonicHalfWidth then
                        let unit = CountingConvention(halfWidth, WindowWeighting.Harmonic).WeightAt 1

                        let harmonic power =
                            Seq.sum (seq { for r in 1.0 .. l -> r ** -power })

                        let expected = float unit * harmonic 2.0 / harmonic 1.0
                        Expect.near (of' WindowWeighting.Harmonic) expected (100.0 * u * expected) "")

        testCase "weighted counts of random meetings vary as much as their weighting says" (fun () ->
            // Poisson meetings at every distance: the ratio of variance to mean of 40,000 counts, whose standard error is below 2 %.
            for weighting in [ WindowWeighting.Linear; WindowWeighting.Flat; WindowWeighting.Harmonic ] do
                let convention = CountingConvention(10, weighting)
                let g = Random 8

                let counts =
                    Array.init 40_000 (fun _ ->
                        Seq.sum (
                            seq {
                                for r in 1..10 ->
                                    float (convention.WeightAt r)
                                    * float (MathNet.Numerics.Distributions.Poisson.Sample(g, 0.4))
                            }
                        ))

                let mean = Array.average counts
                let variance = counts |> Array.averageBy (fun c -> (c - mean) ** 2.0)
                Expect.near (variance / mean / EmpiricalShrinkage.Dispersion convention) 1.0 0.06 ($"{weighting}"))

        testCase "the estimate takes the weights of the counts' own convention" (fun () ->
            // Both count every meeting once, so that beta is the shape; linear weights of L = 10 would make it seven times as large.
            let shape = 0.8
            use team = new WorkerTeam(2)

            for convention in
                [
                    CountingConvention(10, WindowWeighting.Flat)
                    CountingConvention(1, WindowWeighting.Harmonic)
                ] do
                let counts = drawnWith convention 5 260 60_000.0 shape
                Expect.near (EmpiricalShrinkage.Estimate(counts, team) / shape) 1.0 0.12 ($"{convention}"))

        testCase "counts without a pair of different words have no estimate" (fun () ->
            let counts = countDocuments [ [ "a"; "a" ]; [ "b" ] ] 2 1
            use team = new WorkerTeam(1)

            Expect.throwsT<ArgumentException>
                (fun () -> EmpiricalShrinkage.Estimate(counts, team, CancellationToken.None) |> ignore)
                "")
    ]
