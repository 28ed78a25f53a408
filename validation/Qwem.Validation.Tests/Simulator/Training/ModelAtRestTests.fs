/// Where training ends under any weight: against closed forms, against the theory's own minimum, and from different starts.
module Qwem.Validation.Tests.ModelAtRestTests

open System
open Expecto
open Qwem.Sim.Descent
open Qwem.Sim.LinearAlgebra
open Qwem.Sim.Spectra
open Qwem.Sim.Statistics
open Qwem.Sim.Threading
open Qwem.Theory
open Qwem.Validation.Tests.CountingSupport
open Qwem.Validation.Tests.Expectations
open Qwem.Validation.Tests.LinearAlgebraSupport
open Qwem.Validation.Tests.Numbers
open Qwem.Validation.Tests.TrainingSupport

let private v, d = 40, 4

let private counts = randomCounts (Random 9) v 3000 2

let private measures reweighting exponent ratio power =
    PairMeasures(PairStatistics.FromCounts(counts, v), reweighting, exponent, ratio, power)

let private gram (w: DenseMatrix) =
    Array.init (w.Rows * w.Rows) (fun e -> Seq.init w.Columns (fun k -> w[e / w.Rows, k] * w[e % w.Rows, k]) |> Seq.sum)

let private apart (a: float array) (b: float array) =
    let length (x: float array) =
        x |> Array.sumBy (fun x -> x * x) |> sqrt

    length (Array.map2 (-) a b) / length b

let private fine = RestSettings(Tolerance = 1e-9)

let private rest (team: WorkerTeam) measures loss (start: DenseMatrix) =
    let w = copyOf start

    let ended =
        ModelAtRest(ExactObjective(measures, loss, false, team), team).Run(w, fine)

    Expect.isLessThanOrEqual ended.Remaining fine.Tolerance $"{loss.Name} comes to rest"
    w

let private target kind ratio shrinkage =
    TargetOperator.Dense(counts, TargetSettings(Kind = kind, NegativeRatio = ratio, Shrinkage = shrinkage))

/// The best approximation of rank d of a symmetric matrix without negative eigenvalues among its d largest.
let private best (matrix: DenseMatrix) =
    let eigen = SymmetricEigenSolver.Decompose matrix

    Array.init (v * v) (fun e ->
        Seq.init d (fun k ->
            max 0.0 eigen.Eigenvalues[k]
            * eigen.Eigenvectors[k, e / v]
            * eigen.Eigenvectors[k, e % v])
        |> Seq.sum)

let private cases = [
    PairLoss.Symmetric, measures Reweighting.None 0.0 1.0 1.0
    PairLoss.CrossEntropy, measures Reweighting.Power 0.5 2.0 1.0
    PairLoss.Logistic, measures Reweighting.Word2Vec 0.02 5.0 0.75
    PairLoss.Logistic, measures Reweighting.None 0.0 1.0 1.0
]

/// The theory's loss of the same pairs.
let private theoretical (measures: PairMeasures) (loss: PairLoss) =
    let of' (weight: int -> int -> float -> float) =
        Array.init (v * v) (fun e ->
            let i, j = min (e / v) (e % v), max (e / v) (e % v)
            weight i j (measures.Statistics.Joint(i, j)))

    let p, q =
        of' (fun i j joint -> measures.Positive(i, j, joint)), of' (fun i j joint -> measures.Negative(i, j, joint))

    if loss.IsLogistic then
        PairwiseLoss.Logistic(p, q)
    else
        let quadratic =
            Array.map2 (fun p q -> loss.PositiveQuadratic * p + loss.NegativeQuadratic * q) p q

        let linear =
            Array.map2 (fun p q -> loss.PositiveLinear * p + loss.NegativeLinear * q) p q

        PairwiseLoss.Quadratic(quadratic, Array.map2 (fun b a -> b / (2.0 * a)) linear quadratic)

let private started (team: WorkerTeam) (measures: PairMeasures) loss =
    let weights =
        ModelAtRest(ExactObjective(measures, loss, false, team), team).RowWeights.ToArray()

    RankOneEnd.Create(
        counts,
        TargetSettings(
            Kind = (if loss = PairLoss.CrossEntropy then TargetKind.Xe else TargetKind.Sym),
            NegativeRatio = measures.NegativeRatio
        ),
        ReadOnlySpan weights,
        d,
        team
    )

let tests =
    testList "Model at rest" [
        testCase "where all pairs weigh alike training ends at the closed form, with pairs of a prior too" (fun () ->
            use team = new WorkerTeam(2)

            for ratio, shrinkage in [ 1.0, 0.0; 2.0, 0.0; 1.0, 30.0; 2.0, 30.0 ] do
                let plain = measures Reweighting.Constant 0.0 ratio 1.0
                let mixed = plain.WithPrior(shrinkage / float counts.TotalCount)
                let expected = best (target TargetKind.Sym ratio shrinkage)
                let random = gaussMatrix (Random 3) v d 0.5
                let found = gram (rest team mixed PairLoss.Symmetric random)
                Expect.isLessThan (apart found expected) 1e-7 $"k = {ratio}, beta = {shrinkage}")

        testCase "the measures of a prior have the ratio of the shrunk target, in both ways of reading them" (fun () ->
            for reweighting in
                [
                    Reweighting.None
                    Reweighting.Power
                    Reweighting.Constant
                    Reweighting.Word2Vec
                ] do
                for ratio, shrinkage in [ 1.5, 0.0; 1.5, 30.0 ] do
                    let mixed =
                        (measures reweighting 0.5 ratio 1.0).WithPrior(shrinkage / float counts.TotalCount)

                    let expected = target TargetKind.Xe ratio shrinkage

                    for i in 0 .. v - 1 do
                        let p = Array.init (v - i) (fun n -> mixed.Statistics.Joint(i, i + n))
                        let q = Array.zeroCreate<float> p.Length
                        let joint = Array.copy p
                        mixed.Fill(i, i, p, q)

                        for n in 0 .. p.Length - 1 do
                            let j = i + n
                            let size = mixed.Negative(i, j, joint[n])
                            within $"q {i} {j}" (abs (q[n] - size)) (8.0 * u * size)

                            within $"p {i} {j}" (abs (p[n] - mixed.Positive(i, j, joint[n]))) (8.0 * u * (p[n] + size))
                            // Pairs of a word with itself are neutral in the statistics, and shrunk to it in the target.
                            if j > i && reweighting <> Reweighting.SkipGram then
                                within
                                    $"ratio {i} {j}"
                                    (abs (p[n] / q[n] - 1.0 - expected[i, j]))
                                    (1e-12 * (1.0 + abs expected[i, j]))

            refusedWith "0 or more" (fun () -> (measures Reweighting.None 0.0 1.0 1.0).WithPrior -1.0 |> ignore)

            refusedWith "cannot be drawn" (fun () ->
                IndependentPairs.Positive((measures Reweighting.None 0.0 1.0 1.0).WithPrior 1e-6, false, false, 1UL)
                |> ignore))

        testCase "rest is the theory's minimum, and the same from a large random start" (fun () ->
            use team = new WorkerTeam(2)

            for loss, measures in cases do
                let found = gram (rest team measures loss (started team measures loss))
                let random = gram (rest team measures loss (gaussMatrix (Random 3) v d 0.5))
                Expect.isLessThan (apart random found) 1e-6 $"{loss.Name}, {measures.Reweighting}: from a random start"

                let theory =
                    SaddleSequence.RestNear(
                        theoretical measures loss,
                        Embeddings.OfRows((gaussMatrix (Random 4) d v 0.5).Values, d)
                    )

                Expect.isLessThan
                    (apart (theory.Gram()) found)
                    1e-6
                    $"{loss.Name}, {measures.Reweighting}: the theory's minimum")

        testCase
            "the pairs of word2vec: one positive to k negative ones of the same centre, whose other word is drawn by P^a"
            (fun () ->
                let k, threshold = 5.0, 0.02
                let found = measures Reweighting.SkipGram threshold k 0.75
                let p = found.Statistics.Words

                let joint i j =
                    found.Statistics.Joint(min i j, max i j)

                let keep = p |> Array.map (fun p -> min 1.0 (threshold / p + sqrt (threshold / p)))

                let mass =
                    Seq.sum (
                        seq {
                            for i in 0 .. v - 1 do
                                for j in 0 .. v - 1 -> keep[i] * keep[j] * joint i j
                        }
                    )

                let positive i j = keep[i] * keep[j] * joint i j / mass
                let centre = Array.init v (fun i -> Seq.init v (positive i) |> Seq.sum)
                let powers = p |> Array.map (fun p -> p ** 0.75)
                let drawn = powers |> Array.map (fun x -> x / Array.sum powers)

                for i in 0 .. v - 1 do
                    for j in 0 .. v - 1 do
                        let expected = 0.5 * k * (centre[i] * drawn[j] + centre[j] * drawn[i])
                        within "p" (abs (found.Positive(i, j, joint i j) - positive i j)) (1e-13 * positive i j)
                        within "q" (abs (found.Negative(i, j, joint i j) - expected)) (1e-13 * expected)

                // The centres of the negative pairs are those of the positive ones.
                for i in 0 .. v - 1 do
                    let negative = Seq.init v (fun j -> found.Negative(i, j, joint i j)) |> Seq.sum
                    within "centre" (abs (negative - 0.5 * k * (centre[i] + drawn[i]))) (1e-12 * negative)

                refusedWith "drawn from a text" (fun () ->
                    IndependentPairs.Negative(found, false, false, 1UL) |> ignore))

        testCase "weights as matrices are the same objective, and only symmetric ones are taken" (fun () ->
            use team = new WorkerTeam(2)
            let loss, measures = cases[2]

            let matrix (weight: int -> int -> float -> float) =
                DenseMatrix(
                    v,
                    v,
                    Array.init (v * v) (fun e ->
                        let i, j = min (e / v) (e % v), max (e / v) (e % v)
                        weight i j (measures.Statistics.Joint(i, j)))
                )

            let p, q =
                matrix (fun i j joint -> measures.Positive(i, j, joint)),
                matrix (fun i j joint -> measures.Negative(i, j, joint))

            let w = gaussMatrix (Random 6) v d 0.5
            let first, second = DenseMatrix(v, d), DenseMatrix(v, d)
            let sparse = ExactObjective(measures, loss, false, team)
            let dense = ExactObjective(p, q, loss, team)
            let value = sparse.Evaluate(w, first)
            within "loss" (abs (dense.Evaluate(w, second) - value)) (1e-13 * value)

            Array.iter2 (fun a b -> within "gradient" (abs (a - b)) (1e-13 * value)) first.Values second.Values

            let asymmetric = copyOf p
            asymmetric[3, 5] <- 2.0 * p[3, 5] + 1.0
            refusedWith "same finite number" (fun () -> ExactObjective(asymmetric, q, loss, team) |> ignore)
            refusedWith "V x V" (fun () -> ExactObjective(p, DenseMatrix(2, 2), loss, team) |> ignore))

        testCase "the same bits on any number of threads, columns orthogonal and in order of length" (fun () ->
            let loss, measures = cases[2]

            let run threads =
                use team = new WorkerTeam(threads)
                rest team measures loss (started team measures loss)

            let w = run 1

            for threads in [ 2; 3 ] do
                Expect.equal (run threads).Values w.Values $"{threads} threads"

            let product j k =
                Seq.init v (fun i -> w[i, j] * w[i, k]) |> Seq.sum

            for k in 0 .. d - 1 do
                for j in 0 .. k - 1 do
                    within $"{j} {k}" (abs (product j k)) (1e-12 * product 0 0)

                if k > 0 then
                    Expect.isLessThan (product k k) (product (k - 1) (k - 1)) "order")

        testCase "the estimate of what is left is of the size of what is left" (fun () ->
            use team = new WorkerTeam(1)
            let loss, measures = cases[2]
            let start = gaussMatrix (Random 5) v d 0.5
            let exact = gram (rest team measures loss start)

            for tolerance in [ 1e-2; 1e-3; 1e-4 ] do
                let w = copyOf start

                ModelAtRest(ExactObjective(measures, loss, false, team), team)
                    .Run(w, RestSettings(Tolerance = tolerance))
                |> ignore

                Expect.isLessThan (apart (gram w) exact) (3.0 * tolerance) $"{tolerance}")

        testCase "few steps are not rest, and what cannot be is refused" (fun () ->
            use team = new WorkerTeam(1)
            let loss, measures = cases[2]
            let objective = ExactObjective(measures, loss, false, team)
            let model = ModelAtRest(objective, team)
            let w = gaussMatrix (Random 5) v d 0.5
            let before = objective.Evaluate(w, null)
            let ended = model.Run(w, RestSettings(MaximumSteps = 3))
            Expect.equal ended.Step 3 ""
            Expect.isTrue (Double.IsNaN ended.Remaining) ""
            Expect.isLessThan ended.Loss before ""
            within "the loss of the state" (abs (objective.Evaluate(w, null) - ended.Loss)) (1e-12 * before)
            // More than a loss in double precision tells: what is left is said, and it is not nothing.
            let floor = model.Run(w, RestSettings(Tolerance = 1e-15))
            Expect.isGreaterThan floor.Remaining 1e-15 ""
            Expect.isLessThan floor.Remaining 1e-6 ""
            refusedWith "is zero" (fun () -> model.Run(DenseMatrix(v, d)) |> ignore)
            refusedWith "words but the objective" (fun () -> model.Run(DenseMatrix(v + 1, d)) |> ignore)

            refusedWith "two matrices" (fun () ->
                ModelAtRest(ExactObjective(measures, loss, true, team), team) |> ignore)

            refusedWith "weights for" (fun () ->
                RankOneEnd.Create(counts, TargetSettings(), ReadOnlySpan [| 1.0; 1.0; 1.0 |], d, team)
                |> ignore)

            refusedWith "not positive" (fun () ->
                RankOneEnd.Create(counts, TargetSettings(), ReadOnlySpan(Array.zeroCreate<float> v), d, team)
                |> ignore))
    ]
