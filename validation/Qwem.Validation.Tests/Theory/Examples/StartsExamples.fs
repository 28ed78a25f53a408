/// Examples of how training starts and how near to rest it is, compiled and run as tests; docs/theory.md shows them.
module Qwem.Validation.Tests.TheoryExamples.StartsExamples

open Expecto
open Qwem.Validation.Tests.Expectations
open Qwem.Theory
open Qwem.Validation.Tests.TheoryExamples.Checks

let tests =
    testList "Starts examples" [
        testCase "example of Word2Vec" (fun () ->
            close 0.75 (Word2Vec.Keep(1e-5, 4e-5)) // 1/4 + (1/4)^{1/2}
            close (2.0 * tanh 0.5) (Word2Vec.RestoringForce 1.0)
            // Nothing subsampled and negatives drawn as P: the plain measures, here with two negatives per pair.
            let corpus = CorpusStatistics([| 0.75; 0.25 |], [| 0.5; 0.25; 0.25; 0.0 |])

            let pairs = Word2Vec.Measures(corpus, [| 1.0; 1.0 |], [| 0.75; 0.25 |], 2.0)
            allClose [| 0.5; 0.25; 0.25; 0.0 |] (pairs.Observed())
            allClose [| 1.125; 0.375; 0.375; 0.125 |] (pairs.Independent()))

        testCase "example of Word2VecLead" (fun () ->
            let lead = Word2Vec.Lead([| 1.0; 0.0 |], 2.0, 1.0)
            close (4.0 * (1.5 - 2.0 * log 2.0) / 12.0) lead.Cubic
            close (32.0 / 11520.0) lead.Turning)

        testCase "example of Linearisation" (fun () ->
            // One word: B = 0.6 - 0.2, A = (0.6 + 0.2)/4, and w^2 comes to rest at B/(2 A).
            let b = Linearisation.Matrix(QuadraticLoss.Sym, [| 0.6 |], [| 0.2 |])
            allClose [| 0.4 |] b

            let start =
                Linearisation(QuadraticLoss.Sym, [| 0.6 |], [| 0.2 |], TargetSpectrum(b, [| 1.0 |]))

            allClose [| 0.4 |] (start.Rates())
            allClose [| 1.0 |] (start.Direction())
            close 1.0 start.Plateau
            close 2.5 (start.TimeTo(1.0, exp -4.0)) // from e^-4 to 1 at the rate 4 B
            allClose [| exp 0.8 |] (Linearisation.Grow(b, [| 1.0 |], 1.0))
            close 8000.0 (Linearisation.LogGrowth(b, [| 1.0 |], 1e4)) // e^8000 is no double
            // w^2 = 1e-2 of its plateau has lost half a per cent of w; the trapezoid rule counts 2 % more.
            let time = start.TimeTo(0.01, 1e-8)
            let embeddings = Embeddings.OfRows([| 1e-4 |], 1)
            Expect.near (start.Lag(embeddings, [| 1.0 |], time)) 0.005 (0.01 * 3.0 * abs 0.005) "")

        testCase "example of PlateauShift" (fun () ->
            // One mode: it lacks half of lambda/w(0)^2 e^{-2 kappa lambda t}, and 2 times 2 times 3 is 12.
            let exact = ExactSolution([| 2.0 |], Projection.OfRows([| 0.1 |], 1))
            close (100.0 * exp -12.0) (PlateauShift.Of(exact, 3.0<kappaTime>)[0])
            Expect.equal (PlateauShift.Of(exact, 0.1<kappaTime>)[0]) infinity "" // still on its way
            close 0.01 PlateauShift.Limit)

        testCase "example of FirstRise" (fun () ->
            // A variance that grows by 1.01^2 a step takes ln(10^6)/(2 ln 1.01) steps from a millionth of its plateau, less what it lacks of a rise to 1/2.
            Expect.near
                (FirstRise.Steps(0.01, 1e-6))
                (log 1e6 / (2.0 * log 1.01))
                (0.01 * 1.0 * abs (log 1e6 / (2.0 * log 1.01)))
                "")

        testCase "example of FirstRiseShift" (fun () ->
            let target =
                TargetSpectrum([| 0.5; -0.5 |], [| sqrt 0.5; -(sqrt 0.5); sqrt 0.5; sqrt 0.5 |])

            let shift = FirstRise.Shifts(target, 0.01, 1e-6, 100)
            Expect.isLessThan shift.Modelling 0.01 "" // small products: the softmax is its expansion
            // Four times the pairs halve the standard error, and quarter what is of second order.
            let fewer = FirstRise.Shifts(target, 0.01, 1e-6, 25)
            close 2.0 (fewer.StandardError / shift.StandardError)
            close 4.0 (fewer.Noise / shift.Noise))
    ]
