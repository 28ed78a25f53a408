/// Steps of the descents over pairs: bits, rounding, memory, restarts, divergence, rates of rows and refusals.
module Qwem.Validation.Tests.PairDescentStepTests

open System
open Expecto
open FsCheck.FSharp
open Qwem.Sim.Descent
open Qwem.Sim.LinearAlgebra
open Qwem.Sim.Threading
open Qwem.Sim.Training
open Qwem.Validation.Tests.Problems
open Qwem.Validation.Tests.PairLossTests
open Qwem.Validation.Tests.PairSourceTests
open Qwem.Validation.Tests.TrainingSupport
open Qwem.Validation.Tests.PairDescentTests

let private withRates rates precision team start =
    let measures = measuresOf Reweighting.Power

    let settings =
        PairDescentSettings(
            PairLoss.CrossEntropy,
            IndependentPairs.Positive(measures, true, false, 5UL),
            IndependentPairs.Negative(measures, true, false, 5UL),
            40,
            40,
            false,
            RowRates = rates
        )

    PairDescent.Create(settings, start, precision, team)

/// A source of words 0 but for one.
type private Strange(size: int, place: int, word: int) =
    interface IPairSource with
        member _.VocabularySize = size
        member _.Weighted = false
        member _.Mass = 1.0

        member _.Draw(_, draws) =
            Array.Clear draws.First
            Array.Clear draws.Second
            let words = if place % 2 = 0 then draws.First else draws.Second
            words[min place (words.Length - 1)] <- uint16 word

let tests =
    choosingVectorWidth
    <| testList "Pair descent step" [
        property "steps have the same bits for teams of 1, 2 and 3 and on both vector widths" 40 (fun (seed: Seed) ->
            let random = seed.Random()
            let loss = losses[random.Next losses.Length]
            let reweighting = reweightings[random.Next 3]
            let asymmetric = random.Next 2 = 0
            let precision = if random.Next 2 = 0 then Precision.Binary32 else Precision.Binary64
            let d = 1 + random.Next 40
            let pairs = 1 + random.Next 300
            let measures = measuresOf reweighting

            let start =
                gaussMatrix random (if asymmetric then 2 * v else v) d (0.5 / sqrt (float d))

            let run wide size =
                let before = SimdPath.Wide
                SimdPath.Wide <- wide

                try
                    use team = new WorkerTeam(size)
                    let descent = sampled measures loss false asymmetric pairs start precision team

                    for _ in 1..5 do
                        descent.Advance 0.01

                    bits (state descent).Values
                finally
                    SimdPath.Wide <- before

            let expected = run true 1

            run true 2 = expected
            && run false 3 = expected
            && run false 1 = expected
            && bits start.Values <> expected)

        property "training in float is training in double to float's rounding" 40 (fun (seed: Seed) ->
            let random = seed.Random()
            let loss = losses[random.Next losses.Length]
            use team = new WorkerTeam(2)
            let d = 1 + random.Next 40
            let measures = measuresOf reweightings[random.Next 3]
            // From the size of the paper's smallest start, whose squares are 1e-24, to ordinary size.
            let scale = 10.0 ** (-12.0 * random.NextDouble())
            let start = gaussMatrix random v d (scale / sqrt (float d))

            let singles =
                DenseMatrix(v, d, start.Values |> Array.map (fun x -> float (float32 x)))

            let run precision =
                let descent = sampled measures loss false false 50 singles precision team

                for _ in 1..20 do
                    descent.Advance 0.05

                (state descent).Values

            let single, double = run Precision.Binary32, run Precision.Binary64
            let norm x = sqrt (Array.sumBy (fun y -> y * y) x)
            let gap = norm (Array.map2 (-) single double) / norm double
            let moved = norm (Array.map2 (-) singles.Values double) / norm double

            // 20 steps, each a sum of at most 206 terms of relative size 0.05 in all and one rounding of the row; twice the pairs of a word.
            labelled
                "float against double (of its bound)"
                gap
                (20.0 * (1.0 + 0.05 * 2.0 * 206.0) * Math.ScaleB(1.0, -24) * (1.0 + moved))
            .&. (Array.forall (fun x -> x <> 0.0) single)
            .&. (moved > 1e-4))

        slow (
            testCase "a step of either precision allocates nothing" (fun () ->
                for precision in [ Precision.Binary32; Precision.Binary64 ] do
                    for reweighting in [ Reweighting.None; Reweighting.Constant ] do
                        for size in [ 1; 2 ] do
                            use team = new WorkerTeam(size)
                            let start = gaussMatrix (Random 4) v 16 0.1

                            let descent =
                                sampled (measuresOf reweighting) PairLoss.Logistic false false 100 start precision team

                            for _ in 1..300 do
                                descent.Advance 1e-4

                            let thousand () =
                                for _ in 1..1000 do
                                    descent.Advance 1e-4

                            Expect.equal (Allocation.byThisThread thousand) 0L ($"{precision}, {size}"))
        )

        testCase "a descent that is taken up goes on as if it had not been put down" (fun () ->
            use team = new WorkerTeam(2)
            let start = gaussMatrix (Random 4) v 5 0.3

            for precision in [ Precision.Binary32; Precision.Binary64 ] do
                let make () =
                    sampled (measuresOf Reweighting.Power) PairLoss.Logistic false false 60 start precision team

                let straight = make ()

                for _ in 1..20 do
                    straight.Advance 0.05

                let first = make ()

                for _ in 1..7 do
                    first.Advance 0.05

                let second = make ()
                second.Restore(state first, first.StepCount)
                Expect.equal (second.MinibatchLoss()) (first.MinibatchLoss()) ""

                for _ in 8..20 do
                    second.Advance 0.05

                Expect.equal second.StepCount straight.StepCount ""
                Expect.isTrue (bits (state second).Values = bits (state straight).Values) "")

        testCase "a descent that leaves its numbers says so and goes no further" (fun () ->
            use team = new WorkerTeam(1)
            let start = gaussMatrix (Random 4) v 5 0.3

            for precision in [ Precision.Binary32; Precision.Binary64 ] do
                let descent =
                    sampled (measuresOf Reweighting.None) PairLoss.Symmetric false false 60 start precision team

                while not descent.Diverged && descent.StepCount < 50L do
                    descent.Advance 1e4

                Expect.isTrue descent.Diverged ""

                Expect.throwsT<InvalidOperationException> (fun () -> descent.Advance 1e4) "")

        testCase "gradient descent settles below the estimated rate and not above it" (fun () ->
            use team = new WorkerTeam(2)

            for asymmetric in [ false; true ] do
                let measures = measuresOf Reweighting.Constant
                let objective = ExactObjective(measures, PairLoss.Symmetric, asymmetric, team)
                let stable = objective.LargestStableRate()

                // Small, hence almost balanced, where the curvature is what the estimate takes it for.
                let start = gaussMatrix (Random 4) (if asymmetric then 2 * v else v) 3 0.03

                let lastMove factor =
                    let descent = FullBatchDescent(objective, start)
                    let mutable move = infinity

                    for _ in 1..3000 do
                        if not descent.Diverged then
                            let before = (state descent).Values
                            descent.Advance(factor * stable)
                            move <- Array.map2 (fun a b -> abs (a - b)) before (state descent).Values |> Array.max

                    move

                Expect.isLessThan (lastMove 0.95) (1e-6) ($"asymmetric {asymmetric}, below")
                Expect.isGreaterThanOrEqual (lastMove 1.1) (1e-3) ($"asymmetric {asymmetric}, above"))

        testCase "descents that are none are refused" (fun () ->
            use team = new WorkerTeam(1)
            let measures = measuresOf Reweighting.None

            let source folded =
                IndependentPairs.Positive(measures, folded, true, 5UL)

            let create rows pairs =
                PairDescent.Create(
                    PairDescentSettings(PairLoss.Symmetric, source true, source true, pairs, 1, false),
                    DenseMatrix(rows, 2),
                    Precision.Binary32,
                    team
                )
                |> ignore

            refusedWith "7 rows" (fun () -> create 7 1)
            refusedWith "1 .. 1000000000 pairs" (fun () -> create v 0)
            refusedWith "1 .. 1000000000 pairs" (fun () -> create v 1_000_000_001)

            refusedWith "beta = 0" (fun () ->
                ContrastiveDescent(source true, 0.0, 4, DenseMatrix(v, 2), team) |> ignore)

            refusedWith "7 rows" (fun () -> ContrastiveDescent(source true, 1.0, 4, DenseMatrix(7, 2), team) |> ignore)

            refusedWith "k = 0" (fun () -> PairMeasures(measures.Statistics, Reweighting.None, 1.0, 0.0) |> ignore)

            refusedWith "f = NaN" (fun () -> PairMeasures(measures.Statistics, Reweighting.Power, nan, 1.0) |> ignore))

        testCase
            "a word that a source does not have ends the step with a sentence, wherever it stands in the batch"
            (fun () ->
                use team = new WorkerTeam(2)

                for asymmetric in [ false; true ] do
                    let start = gaussMatrix (Random 5) (if asymmetric then 2 * v else v) 3 0.5
                    let good = Strange(v, 0, v - 1)

                    // Batches that end within a vector, with one, and after one; in a model of two matrices word V is a row of the second.
                    for pairs in [ 1; 32; 50; 64; 77 ] do
                        for place in [ 0; pairs / 2; pairs - 1 ] do
                            for word in [ v; v + 1; 65_535 ] do
                                let bad = Strange(v, place, word)

                                for positive, negative in [ bad, good; good, bad ] do
                                    let descent =
                                        PairDescent.Create(
                                            PairDescentSettings(
                                                PairLoss.Symmetric,
                                                positive,
                                                negative,
                                                pairs,
                                                pairs,
                                                asymmetric
                                            ),
                                            start,
                                            Precision.Binary64,
                                            team
                                        )

                                    for attempt in
                                        [
                                            (fun () -> descent.Advance 0.1)
                                            (fun () -> descent.MinibatchLoss() |> ignore)
                                        ] do
                                        let failure = Expect.raised<InvalidOperationException> attempt
                                        Expect.stringContains failure.Message $"the word {word} in step 0" ""

                                    Expect.isTrue ((state descent).Values = start.Values) "nothing has moved"

                                if pairs > 1 then
                                    let contrastive = ContrastiveDescent(bad, 1.0, pairs, start, team)

                                    let failure =
                                        Expect.raised<InvalidOperationException>(fun () -> contrastive.Advance 0.1)

                                    Expect.stringContains failure.Message $"its words are 0 .. {v - 1}" ""

                    (PairDescent.Create(
                        PairDescentSettings(PairLoss.Symmetric, good, good, 77, 77, asymmetric),
                        start,
                        Precision.Binary64,
                        team
                    ))
                        .Advance
                        0.1)

        testCase "a row moves as if its own rate were everybody's" (fun () ->
            use team = new WorkerTeam(1)
            let start = gaussMatrix (Random 3) v 5 0.7
            let rates = Array.init v (fun i -> 0.25 * float (i + 1))

            for precision in [ Precision.Binary32; Precision.Binary64 ] do
                let mixed = withRates rates precision team start
                mixed.Advance 0.5
                let moved = state mixed

                for i in 0 .. v - 1 do
                    let plain = withRates null precision team start
                    plain.Advance(0.5 * rates[i])
                    Expect.isTrue (moved.Row(i).ToArray() = (state plain).Row(i).ToArray()) ($"row {i}"))

        testCase "rates of rows that are missing or not positive are refused" (fun () ->
            use team = new WorkerTeam(1)
            let start = gaussMatrix (Random 3) v 5 0.7

            for rates in
                [
                    Array.create (v - 1) 1.0
                    Array.create v 0.0
                    Array.create v nan
                    Array.create v infinity
                ] do
                Expect.throwsT<ArgumentException>
                    (fun () -> withRates rates Precision.Binary64 team start |> ignore)
                    "")
    ]
