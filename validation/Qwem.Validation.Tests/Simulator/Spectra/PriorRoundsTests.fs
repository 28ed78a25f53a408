/// Shrinkage towards the model's own opinion: its place in the theory, its likelihood, and what rounds of it do.
module Qwem.Validation.Tests.PriorRoundsTests

open System
open System.Threading
open Expecto
open Qwem.Sim.LinearAlgebra
open Qwem.Sim.Spectra
open Qwem.Sim.Threading
open Qwem.Theory
open Qwem.Validation.Tests.CountingSupport


/// Orthonormal vectors with eigenvalues of both signs.
let private randomSpectrum (g: Random) v rank scale =
    let factor = DenseMatrix(v, v, Array.init (v * v) (fun _ -> g.NextDouble() - 0.5))

    for i in 0 .. v - 1 do
        for j in 0 .. i - 1 do
            factor[i, j] <- factor[j, i]

    use team = new WorkerTeam(1)
    let basis = SymmetricEigenSolver.Decompose(factor, team)

    let vectors =
        DenseMatrix(rank, v, Array.init (rank * v) (fun e -> basis.Eigenvectors[e / v, e % v]))

    PartialSpectrum(Array.init rank (fun _ -> scale * (g.NextDouble() - 0.4)), vectors, Array.zeroCreate rank, 0)

/// rho of one pair, from its definition.
let private ratio (spectrum: PartialSpectrum) k i j =
    let entry =
        Seq.sum (
            seq {
                for n in 0 .. spectrum.Eigenvalues.Length - 1 ->
                    spectrum.Eigenvalues[n]
                    * spectrum.Eigenvectors[n, i]
                    * spectrum.Eigenvectors[n, j]
            }
        )

    let clamped = Math.Clamp(entry, -ModelPrior.LargestEntry, ModelPrior.LargestEntry)
    k * (2.0 + clamped) / (2.0 - clamped)

let private solver = KrylovSettings(Tolerance = 1e-8)

let private afterRounds (seed: int) rounds threads =
    let v = 120
    let counts = randomCounts (Random seed) v 3000 4
    use team = new WorkerTeam(threads)
    let settings = TargetSettings(Shrinkage = EmpiricalShrinkage.Estimate(counts, team))

    let struct (matrix, beta) =
        PriorRounds.Run(counts, settings, rounds, 6, Nullable(), solver, team)

    KrylovEigenSolver.Solve(matrix, 6, team, solver).Eigenvalues, beta

let tests =
    testList "Prior rounds" [
        property
            "the target is that of L_sym for a corpus mixed with pairs drawn from the model"
            20
            (fun (seed: Seed) ->
                let g = seed.Random()
                let v = g.Next(8, 30)
                let beta, k = 0.1 + 20.0 * g.NextDouble(), [| 0.4; 1.0; 3.0 |][g.Next 3]
                let counts = randomCounts g v (6 * v) 3
                let spectrum = randomSpectrum g v 4 10.0
                use team = new WorkerTeam(2)

                let ours =
                    PosteriorTarget.Dense(counts, ModelPrior(spectrum, k), k, beta, team).Values

                let unigram =
                    counts.WordCounts
                    |> Array.ofSeq
                    |> Array.map (fun n -> float n / float counts.KeptTokens)

                let total = float counts.TotalCount
                let independent i j = total * (unigram[i] * unigram[j])
                let dense = counts.DenseSymmetric()

                // Self-pairs are neutral: as many as independence has.
                let pseudo =
                    Array.init (v * v) (fun e ->
                        let i, j = e / v, e % v

                        (if i = j then independent i i else dense[e])
                        + beta * ratio spectrum k (min i j) (max i j))

                let mass = Array.sum pseudo

                let psi =
                    Array.init (v * v) (fun e -> (1.0 + beta / independent (e / v) (e % v)) * total / mass)

                let weights =
                    PairWeights(
                        CorpusStatistics(unigram, pseudo |> Array.map (fun c -> c / mass)),
                        Array.create (v * v) 1.0,
                        psi,
                        k
                    )

                let theirs = QuadraticLoss.Sym.Target weights

                for e in 0 .. v * v - 1 do
                    // d ln rho / dM = 4 / (4 - M^2) is at most 21 within the bound, M is a sum of four terms of at most 6, |dM / d ln r| is at most 1:
                    // 21 x 24 x 6 u from the prior, some thirty roundings more.
                    Expect.isLessThanOrEqual (abs (ours[e] - theirs[e])) (4000.0 * u) ($"entry {e}"))

        testCase "a prior of independence gives the target of plain shrinkage, symmetric to the bit" (fun () ->
            for k in [ 0.5; 1.0; 2.0 ] do
                let v = 150
                let counts = randomCounts (Random 11) v 900 3
                let entry = 2.0 * (1.0 / k - 1.0) / (1.0 / k + 1.0)
                let one = DenseMatrix(1, v, Array.create v (1.0 / sqrt (float v)))

                let prior = ModelPrior(PartialSpectrum([| float v * entry |], one, [| 0.0 |], 0), k)

                use team = new WorkerTeam(2)
                let ours = PosteriorTarget.Dense(counts, prior, k, 3.0, team)

                let plain =
                    TargetOperator.Dense(counts, TargetSettings(Shrinkage = 3.0, NegativeRatio = k))

                for i in 0 .. v - 1 do
                    for j in 0 .. v - 1 do
                        Expect.near (ours[i, j]) (plain[i, j]) (200.0 * u) ""
                        Expect.equal (ours[i, j]) (ours[j, i]) ""

                Expect.equal
                    (EmpiricalShrinkage.Estimate(counts, prior, team))
                    (EmpiricalShrinkage.Estimate(counts, team))
                    "")

        testCase "with much shrinkage the target is the model itself, within its bound" (fun () ->
            let v = 40
            let counts = randomCounts (Random 3) v 300 3
            let spectrum = randomSpectrum (Random 5) v 3 600.0
            use team = new WorkerTeam(1)
            let ours = PosteriorTarget.Dense(counts, ModelPrior(spectrum, 1.0), 1.0, 1e12, team)
            let mutable bounded = 0

            for i in 0 .. v - 1 do
                for j in i .. v - 1 do
                    let rho = ratio spectrum 1.0 i j

                    if rho > 78.9 || rho < 1.0 / 78.9 then
                        bounded <- bounded + 1
                    // Of counts of at most some hundreds beside 1e12.
                    Expect.near (ours[i, j]) (2.0 * (rho - 1.0) / (rho + 1.0)) (1e-7) ""

            Expect.isGreaterThan bounded 0 "the bound is never met")

        testCase "the likelihood under a prior is that of a double loop over all pairs" (fun () ->
            let v = 30
            let counts = randomCounts (Random 9) v 600 2
            let spectrum = randomSpectrum (Random 2) v 4 8.0
            use team = new WorkerTeam(2)
            let lnGamma = MathNet.Numerics.SpecialFunctions.GammaLn
            let phi = 5.0 / 3.0

            let likelihood =
                GammaPoissonLikelihood(counts, phi, 1_000_000L, ModelPrior(spectrum, 1.0), team)

            let expected a =
                Seq.sum (
                    seq {
                        for i in 0 .. v - 1 do
                            for j in i + 1 .. v - 1 do
                                let p k =
                                    float counts.WordCounts[k] / float counts.KeptTokens

                                let e = float counts.TotalCount * p i * p j / phi
                                let n, shape = float counts[i, j] / phi, a * ratio spectrum 1.0 i j

                                lnGamma (n + shape) - lnGamma shape + shape * log (a / (e + a))
                                - n * log (e + a)
                    }
                )

            for a in [ 0.01; 0.7; 30.0 ] do
                Expect.near (likelihood.Value a) (expected a) (1e-11 * (1.0 + abs (expected a))) "")

        testCase "rounds give the same bits on any number of threads, and each of them something else" (fun () ->
            let once, first = afterRounds 4 1 1
            let again, second = afterRounds 4 1 2
            Expect.equal again once ""
            Expect.equal second first ""
            let later, _ = afterRounds 4 2 2
            Expect.isGreaterThan (abs (later[0] - once[0]) / once[0]) (1e-6) "")

        testCase "what has no meaning is refused with a sentence" (fun () ->
            let counts = randomCounts (Random 1) 20 100 2
            let spectrum = randomSpectrum (Random 1) 20 2 1.0
            use team = new WorkerTeam(1)

            let run settings rounds =
                PriorRounds.Run(counts, settings, rounds, 4, Nullable(), solver, team) |> ignore

            let xe = TargetSettings(Kind = TargetKind.Xe, Shrinkage = 1.0)

            Expect.stringContains
                ((Expect.raised<ArgumentException>(fun () -> run xe 1) |> Unchecked.nonNull).Message)
                "the target sym"
                ""

            Expect.throwsT<ArgumentOutOfRangeException> (fun () -> run (TargetSettings(Shrinkage = 1.0)) 0) ""

            Expect.throwsT<ArgumentOutOfRangeException>
                (fun () ->
                    PosteriorTarget.Dense(counts, ModelPrior(spectrum, 1.0), 1.0, 0.0, team)
                    |> ignore)
                ""

            Expect.throwsT<ArgumentException>
                (fun () ->
                    PosteriorTarget.Dense(counts, ModelPrior(randomSpectrum (Random 1) 21 2 1.0, 1.0), 1.0, 1.0, team)
                    |> ignore)
                ""

            Expect.throwsT<ArgumentException>
                (fun () ->
                    EmpiricalShrinkage.Estimate(counts, ModelPrior(randomSpectrum (Random 1) 21 2 1.0, 1.0), team)
                    |> ignore)
                ""

            Expect.throwsT<ArgumentOutOfRangeException> (fun () -> ModelPrior(spectrum, 0.0) |> ignore) ""

            Expect.throwsT<ArgumentOutOfRangeException>
                (fun () -> ModelPrior(spectrum, 1.0).Ratios(ReadOnlySpan<int>([| 20 |]), team) |> ignore)
                ""

            use source = new CancellationTokenSource()
            source.Cancel()

            Expect.throwsT<OperationCanceledException>
                (fun () ->
                    PosteriorTarget.Dense(counts, ModelPrior(spectrum, 1.0), 1.0, 1.0, team, source.Token)
                    |> ignore)
                "")
    ]
