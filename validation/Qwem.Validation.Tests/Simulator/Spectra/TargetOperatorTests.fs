/// Targets of the simulator, sparse and dense, held against those of the theory, which shares no code with them.
module Qwem.Validation.Tests.TargetOperatorTests

open System
open System.Threading
open Expecto
open FsCheck.FSharp
open Qwem.Sim.Cooccurrence
open Qwem.Sim.LinearAlgebra
open Qwem.Sim.Spectra
open Qwem.Sim.Statistics
open Qwem.Sim.Threading
open Qwem.Theory
open Qwem.Validation.Tests.CountingSupport


/// Counts of a random text of v words, the early ones frequent; many pairs never occur.
let private randomCounts (seed: int) v length halfWidth =
    let g = Random seed
    // Every word occurs, beside another one.
    let forced = [ for word in 0 .. v - 1 -> [ wordOf word; wordOf ((word + 1) % v) ] ]

    let free =
        List.init length (fun _ -> wordOf (int (float v * Math.Pow(g.NextDouble(), 3.0))))

    countDocuments (free :: forced) v halfWidth

let private statistics (counts: CooccurrenceCounts) (settings: TargetSettings) =
    let dense = counts.DenseSymmetric()
    let v = counts.VocabularySize

    let words =
        match settings.Marginals with
        | Marginals.Words -> Array.map float (Array.ofSeq counts.WordCounts)
        | _ -> Array.init v (fun i -> Array.sum dense[i * v .. i * v + v - 1])

    let corpus = CorpusStatistics.FromCounts(words, dense)

    match settings.SelfPairs with
    | SelfPairs.Neutral -> corpus.WithNeutralSelfPairs()
    | _ -> corpus

/// The target by the theory, and the number of roundings that an entry may have on either side.
let private byTheory (counts: CooccurrenceCounts) (settings: TargetSettings) =
    let corpus = statistics counts settings
    let k = settings.NegativeRatio

    match settings.Kind with
    | TargetKind.Xe -> QuadraticLoss.Xe.Target(PairWeights.Uniform(corpus, k))
    | TargetKind.Sym -> QuadraticLoss.Sym.Target(PairWeights.Uniform(corpus, k))
    | TargetKind.Pmi -> Target.ShiftedMutualInformation(k, settings.Floor).Matrix(corpus)
    | TargetKind.Ppmi ->
        // No floor: a pair that never occurs is at minus infinity, and so at 0.
        Target.ShiftedMutualInformation(k, -1e9).Matrix(corpus) |> Array.map (max 0.0)
    | _ ->
        let psi =
            corpus.Unigram()
            |> Array.map (fun p -> Math.Pow(p, -settings.SubsamplingExponent))

        let subsampled = corpus.Subsample(psi).Statistics
        let root = subsampled.Unigram() |> Array.map sqrt
        let target = QuadraticLoss.Xe.Target(PairWeights.Uniform(subsampled, k))
        let v = root.Length
        Array.init (v * v) (fun e -> root[e / v] * target[e] * root[e % v])

let private allSettings = [
    for kind in Enum.GetValues<TargetKind>() do
        for k in [ 1.0; 5.0; 0.3 ] do
            for selfPairs in Enum.GetValues<SelfPairs>() do
                for marginals in Enum.GetValues<Marginals>() do
                    for exponent in (if kind = TargetKind.Weighted then [ 0.0; 0.5; 1.0 ] else [ 0.0 ]) do
                        TargetSettings(
                            Kind = kind,
                            NegativeRatio = k,
                            Floor = -1.5,
                            SubsamplingExponent = exponent,
                            SelfPairs = selfPairs,
                            Marginals = marginals
                        )
]

let tests =
    choosingVectorWidth
    <| testList "Target operator" [
        testCase "every target is that of the theory, entry by entry" (fun () ->
            for seed, v in [ 1, 2; 2, 7; 3, 30 ] do
                let counts = randomCounts seed v (5 * v) 3

                for settings in allSettings do
                    let ours = TargetOperator.Dense(counts, settings)
                    let theirs = byTheory counts settings

                    // About ten roundings of r on either side, 2 V^2 in the sums of Z at the worst but their square root in truth; r enters the entry
                    // with a slope of at most max(r, 1). 200 u covers the products and the powers of the weighted target, too.
                    let worst =
                        Array.fold2 (fun worst a b -> max worst (abs (a - b) / (1.0 + abs b))) 0.0 ours.Values theirs

                    Expect.isLessThanOrEqual worst (200.0 * u) ($"V = {v}: {settings}")

                    for i in 0 .. v - 1 do
                        for j in 0 .. i - 1 do
                            Expect.equal (ours.Values[i * v + j]) (ours.Values[j * v + i]) "symmetric to the bit")

        slow (
            testCase "the sparse form times a block is the dense matrix times it, for every target and width" (fun () ->
                use team = new WorkerTeam(2)
                let g = Random 5

                for v, length in [ 2, 3; 9, 40; 60, 300; 400, 3000 ] do
                    let counts = randomCounts v v length 4

                    for settings in allSettings do
                        let dense = TargetOperator.Dense(counts, settings)
                        let sparse = TargetOperator.Sparse(counts, settings, team)
                        Expect.equal sparse.Order v ""
                        let widths = if v = 400 then [ 83 ] else [ 1; 7; 8; 9; 24; 31; 48; 57 ]

                        for width in widths do
                            let block =
                                DenseMatrix(v, width, Array.init (v * width) (fun _ -> 2.0 * g.NextDouble() - 1.0))

                            let result = DenseMatrix(v, width, Array.create (v * width) nan)
                            sparse.Multiply(block, result, team)

                            for i in 0 .. v - 1 do
                                for j in [ 0; width / 2; width - 1 ] do
                                    let mutable sum, size = 0.0, 0.0

                                    for l in 0 .. v - 1 do
                                        let term = dense.Values[i * v + l] * block.Values[l * width + j]
                                        sum <- sum + term
                                        // The sparse form holds an entry as the sum of its two parts, each at most 3 larger than itself.
                                        size <-
                                            size
                                            + (abs dense.Values[i * v + l] + 3.0) * abs block.Values[l * width + j]

                                    let gap = abs (result.Values[i * width + j] - sum)

                                    Expect.isLessThanOrEqual
                                        gap
                                        (float (v + 8) * u * size)
                                        ($"V = {v}, {width} columns, ({i}, {j}): {settings}"))
        )

        testCase "columns beyond the first tile are multiplied too" (fun () ->
            // The first tile has 2560 columns.
            let v, width = 2700, 24
            use team = new WorkerTeam(2)
            let g = Random 9
            let counts = randomCounts 11 v 20_000 5

            let block =
                DenseMatrix(v, width, Array.init (v * width) (fun _ -> 2.0 * g.NextDouble() - 1.0))

            for kind in [ TargetKind.Sym; TargetKind.Weighted ] do
                let settings = TargetSettings(Kind = kind)
                let dense = TargetOperator.Dense(counts, settings)
                let result = DenseMatrix(v, width)
                TargetOperator.Sparse(counts, settings, team).Multiply(block, result, team)

                for i in 0..89 .. v - 1 do
                    for j in [ 0; 11; 23 ] do
                        let term l =
                            dense.Values[i * v + l] * block.Values[l * width + j]

                        let sum = Seq.sum (Seq.init v term)

                        // As above: each entry is held as two parts, each at most 3 larger than itself.
                        let size =
                            Seq.sum (
                                Seq.init v (fun l ->
                                    (abs dense.Values[i * v + l] + 3.0) * abs block.Values[l * width + j])
                            )

                        Expect.isLessThanOrEqual
                            (abs (result.Values[i * width + j] - sum))
                            (float (v + 8) * u * size)
                            ($"({i}, {j}): {settings}"))

        testCase "the product's bits depend neither on the number of threads nor on the vector width" (fun () ->
            let counts = randomCounts 8 700 9000 5
            let g = Random 1

            for kind in [ TargetKind.Sym; TargetKind.Weighted ] do
                let block =
                    DenseMatrix(700, 83, Array.init (700 * 83) (fun _ -> g.NextDouble() - 0.5))

                let run (threads: int) wide =
                    let before = SimdPath.Wide
                    SimdPath.Wide <- wide && before
                    use team = new WorkerTeam(threads)

                    try
                        let matrix =
                            TargetOperator.Sparse(counts, TargetSettings(Kind = kind, SubsamplingExponent = 0.5), team)

                        let result = DenseMatrix(700, 83)
                        matrix.Multiply(block, result, team)
                        result.Values |> Array.map BitConverter.DoubleToInt64Bits
                    finally
                        SimdPath.Wide <- before

                let first = run 1 true
                Expect.isTrue (run 2 true = first) "two threads"
                Expect.isTrue (run 4 true = first) "four threads"
                Expect.isTrue (run 2 false = first) "narrow vectors")

        testCase "both forms have the same eigenpairs" (fun () ->
            let counts = randomCounts 21 300 4000 5
            use team = new WorkerTeam()

            for kind in Enum.GetValues<TargetKind>() do
                let settings = TargetSettings(Kind = kind, SubsamplingExponent = 0.5)

                let all =
                    SymmetricEigenSolver.Decompose(TargetOperator.Dense(counts, settings), team).Eigenvalues

                let solver = KrylovSettings(BlockSize = 4, BasisSize = 100)

                let some =
                    KrylovEigenSolver.Solve(TargetOperator.Sparse(counts, settings, team), 6, team, solver)

                Expect.isGreaterThan some.Products 0 ""

                for k in 0..5 do
                    Expect.near some.Eigenvalues[k] all[k] (1e-8 * abs all[k]) ($"{kind} {k}"))

        testCase "settings outside their ranges, and counts that make no target, are refused" (fun () ->
            let counts = randomCounts 1 5 20 2

            for settings in
                [
                    TargetSettings(NegativeRatio = 0.0)
                    TargetSettings(NegativeRatio = nan)
                    TargetSettings(NegativeRatio = infinity)
                    TargetSettings(Floor = nan)
                    TargetSettings(SubsamplingExponent = 3.0)
                    TargetSettings(Kind = enum 9)
                    TargetSettings(SelfPairs = enum 9)
                    TargetSettings(Marginals = enum 9)
                ] do
                Expect.throwsT<ArgumentOutOfRangeException>
                    (fun () -> TargetOperator.Dense(counts, settings) |> ignore)
                    ""

            let lonely = countDocuments [ [ "a" ]; [ "b" ] ] 2 3

            Expect.throwsT<ArgumentException> (fun () -> TargetOperator.Dense(lonely, TargetSettings()) |> ignore) ""

            let half = countDocuments [ [ "a"; "a"; "c" ]; [ "b" ] ] 3 3
            use team = new WorkerTeam(1)

            Expect.throwsT<ArgumentException>
                (fun () ->
                    TargetOperator.Sparse(half, TargetSettings(Marginals = Marginals.Pairs), team)
                    |> ignore)
                ""

            use source = new CancellationTokenSource()
            source.Cancel()

            Expect.throwsT<OperationCanceledException>
                (fun () -> TargetOperator.Sparse(counts, TargetSettings(), team, source.Token) |> ignore)
                "")

        testCase "counts have copies of the arrays that they are made of" (fun () ->
            let words, occurrences = [| "a"; "b" |], [| 2L; 1L |]
            let starts, columns, values = [| 0L; 2L; 2L |], [| 0; 1 |], [| 2L; 3L |]

            let counts =
                CooccurrenceCounts(CountingConvention 2, words, occurrences, starts, columns, values)

            let hash = counts.ContentHash
            words[0] <- "c"
            occurrences[0] <- 7L
            starts[1] <- 1L
            columns[1] <- 1_000_000
            values[1] <- 5L
            Expect.equal (counts[0, 0], counts[0, 1], counts[1, 1]) (2L, 3L, 0L) ""
            Expect.sequenceEqual counts.Words [ "a"; "b" ] ""
            Expect.sequenceEqual counts.WordCounts [ 2L; 1L ] ""
            Expect.equal (counts.Leading(2).ContentHash) hash "")
    ]
