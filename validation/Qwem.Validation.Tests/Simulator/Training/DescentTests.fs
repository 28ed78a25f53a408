/// Stochastic gradient descent.
module Qwem.Validation.Tests.DescentTests

open System
open System.Threading
open Expecto
open FsCheck.FSharp
open Qwem.Sim.Descent
open Qwem.Sim.LinearAlgebra
open Qwem.Sim.Threading
open Qwem.Sim.Training
open Qwem.Validation.Tests.Problems
open Qwem.Validation.Tests.LinearAlgebraSupport
open Qwem.Validation.Tests.TrainingSupport

/// The gradient of one batch, pair by pair, and the sum of its absolute terms.
let private batchGradient (s: PairDescentSettings) (w: DenseMatrix) step =
    let gradient, magnitude =
        DenseMatrix(w.Rows, w.Columns), DenseMatrix(w.Rows, w.Columns)

    for source, count, quadratic, linear in
        [
            s.Positive, s.PositivePairs, s.Loss.PositiveQuadratic, s.Loss.PositiveLinear
            s.Negative, s.NegativePairs, s.Loss.NegativeQuadratic, s.Loss.NegativeLinear
        ] do
        let scale = source.Mass / float count
        let draws = PairDraws(count, false)
        source.Draw(step, draws)

        for n in 0 .. count - 1 do
            let i, j = int draws.First[n], int draws.Second[n]
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

let private embeddings (descent: IDescent) =
    let w = DenseMatrix(descent.Rows, descent.Columns)
    descent.CopyTo w
    w

/// Squared distance to the flow at a time, for each of many seeds, and that of the descent without noise.
let private distances (o: PairwiseObjective) (start: DenseMatrix) time rate batch seeds =
    use team = new WorkerTeam(1)
    let flow = copyOf start

    let outcome =
        FlowIntegrator(DirectField(o, start, team), team)
            .Integrate(flow, ReadOnlySpan [| time |], 1e-12, 10000, (fun _ _ -> ()))

    Expect.equal outcome FlowOutcome.Completed ""
    let steps = int (round (time / rate))

    let squared (w: DenseMatrix) =
        Array.fold2 (fun sum a b -> sum + (a - b) * (a - b)) 0.0 w.Values flow.Values

    let noisy =
        Array.init seeds (fun seed ->
            let descent =
                PairDescent.Create(o.Sampled(batch, batch, uint64 seed), start, Precision.Binary64, team)

            for _ in 1..steps do
                descent.Advance rate

            squared (embeddings descent))

    let plain, minus = copyOf start, DenseMatrix(start.Rows, start.Columns)
    let f = DirectField(o, start, team)

    for _ in 1..steps do
        f.Evaluate(plain, minus)

        for k in 0 .. plain.Values.Length - 1 do
            plain.Values[k] <- plain.Values[k] + rate * minus.Values[k]

    noisy, squared plain

let tests =
    testList "Descent" [
        property "a step of the descent is the naive one from the same draws" 60 (fun (seed: Seed) ->
            let random = seed.Random()
            use team = new WorkerTeam(1 + random.Next 3)
            let v = random.Next(2, 40)
            let d = random.Next(1, min v 20)
            let o = randomObjective random v

            // A share of the total weight, so that the embeddings of three steps stay among the numbers in which a descent goes on.
            let rate =
                random.NextDouble()
                / (Array.sum o.Positive.Values + Array.sum o.Negative.Values)

            let settings =
                o.Sampled(random.Next(1, 200), random.Next(1, 200), uint64 (random.Next()))

            let descent =
                PairDescent.Create(settings, gaussMatrix random v d 0.7, Precision.Binary64, team)

            let mutable worst = 0.0

            for step in 0L .. 2L do
                let before = embeddings descent
                let gradient, magnitude = batchGradient settings before step
                descent.Advance rate
                let after = embeddings descent

                // Terms of a word: at most all pairs twice; a product of length d and the total of the V^2 weights in each.
                let terms = 2 * (settings.PositivePairs + settings.NegativePairs) + d + v * v + 8

                for k in 0 .. before.Values.Length - 1 do
                    let expected = before.Values[k] - rate * gradient.Values[k]

                    let bound =
                        2.0 * u * (abs before.Values[k] + float terms * rate * magnitude.Values[k])

                    worst <- max worst (abs (after.Values[k] - expected) / bound)

            labelled "step from the same draws (of its bound)" worst 1.0
            .&. (descent.StepCount = 3L))

        testCase "the mean of many one-step gradients is the gradient" (fun () ->
            use team = new WorkerTeam(1)
            let v, d, seeds = 5, 2, 6000
            let random = Random 12
            let o = randomObjective random v
            let start = gaussMatrix random v d 0.7
            let sum, squares = DenseMatrix(v, d), DenseMatrix(v, d)

            for seed in 1..seeds do
                let descent =
                    PairDescent.Create(o.Sampled(3, 2, uint64 seed), start, Precision.Binary64, team)

                descent.Advance 1.0
                let after = embeddings descent

                for k in 0 .. start.Values.Length - 1 do
                    let g = start.Values[k] - after.Values[k]
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
                    Expect.isLessThan deviation (0.2 * (minus.Values |> Array.map abs |> Array.max)) "")

        testCase "two words in one dimension descend, and the start is left alone" (fun () ->
            use team = new WorkerTeam(2)
            let o = randomObjective (Random 5) 2
            let start = Initialisation.Gaussian(2, 1, 0.5, 3UL)
            let before = Array.copy start.Values

            let descent =
                PairDescent.Create(o.Sampled(1, 1, 1UL), start, Precision.Binary64, team)

            let seen = ResizeArray<int * float[]>()

            descent.Run(0.01, ReadOnlySpan [| 0L; 1L; 2000L |], (fun index w -> seen.Add(index, Array.copy w.Values)))

            Expect.sequenceEqual (seen |> Seq.map fst |> Array.ofSeq) [| 0; 1; 2 |] ""
            Expect.equal descent.StepCount 2000L ""
            Expect.equal (snd seen[0]) before ""
            Expect.equal start.Values before ""
            let loss (w: float[]) = fst (lossOf o (DenseMatrix(2, 1, w)))
            Expect.isLessThan (loss (snd seen[2])) (loss before) "")

        testCase
            "learning rates and records that are none are refused, and a run can be cancelled or diverge"
            (fun () ->
                use team = new WorkerTeam(1)
                let o = randomObjective (Random 5) 4

                let descent () =
                    PairDescent.Create(
                        o.Sampled(9, 9, 1UL),
                        Initialisation.Gaussian(4, 2, 0.5, 3UL),
                        Precision.Binary64,
                        team
                    )

                let nothing = Action<int, DenseMatrix>(fun _ _ -> ())

                let refusing part rate (steps: int64 array) =
                    refusedWith part (fun () -> descent().Run(rate, ReadOnlySpan steps, nothing))

                refusing "not 0" 0.0 [| 1L |]
                refusing "not -1" -1.0 [| 1L |]
                refusing "NaN" nan [| 1L |]
                refusing "Infinity" infinity [| 1L |]
                refusing "record 0 is at -1" 0.1 [| -1L |]
                refusing "record 1 is at 3 after 3" 0.1 [| 3L; 3L |]
                use source = new CancellationTokenSource()
                let run = descent ()
                let record = Action<int, DenseMatrix>(fun _ _ -> source.Cancel())

                Expect.throwsT<OperationCanceledException>
                    (fun () -> run.Run(0.1, ReadOnlySpan [| 3L; 9L |], record, null, source.Token))
                    ""

                Expect.equal run.StepCount 3L ""

                let failure =
                    Expect.raised<ArithmeticException>(fun () -> descent().Run(1e9, ReadOnlySpan [| 100L |], nothing))

                Expect.stringContains failure.Message "diverged in step" "")

        testCase "the distance to the flow falls like the root of the learning rate over the batch" (fun () ->
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

                    Expect.isLessThan (plain / mean) 0.1 "not dominated by noise"
                    mean, deviation / mean, plain / mean)

            let expect name a b (power: float) =
                let (meanA, relativeA, shareA), (meanB, relativeB, shareB) =
                    measured[a], measured[b]

                let bound =
                    6.0 * sqrt (relativeA ** 2.0 + relativeB ** 2.0) / log 2.0
                    + Math.Log2(1.0 + shareA + shareB)

                // An interval that contains the next power of two as well would say nothing.
                Expect.isLessThan bound 1.0 "too few seeds"
                within $"{name}: |log2 ratio - {power}|" (abs (Math.Log2(meanA / meanB) - power)) bound

            expect "half the rate" 0 1 1.0
            expect "four times the batch" 0 2 2.0
            expect "both" 0 3 3.0)
    ]
