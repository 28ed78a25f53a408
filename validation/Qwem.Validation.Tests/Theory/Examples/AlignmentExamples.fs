/// Examples of how singular vectors align, compiled and run as tests; docs/theory.md shows them.
module Qwem.Validation.Tests.TheoryExamples.AlignmentExamples

open Expecto
open Qwem.Validation.Tests.Expectations
open Qwem.Theory
open Qwem.Validation.Tests.TheoryExamples.Checks

let tests =
    testList "Alignment examples" [
        testCase "example of Alignment" (fun () ->
            // lambda*_i = 1, lambda*_j = 1/2, sigma^2 = 1e-16: the peak falls like sigma^2 to the power 1/2, here 1e-8.
            let unit = 1e-16 ** Alignment.PeakExponent(1.0, 0.5)
            close 0.5 (Alignment.CorrectedPeak(1.0, 0.5, 1e-16, 1e-16) / unit)
            close (sqrt 0.5 / 1.5) (Alignment.PaperPeak(1.0, 0.5, 1e-16) / unit)
            close (1.5 * sqrt 0.5) (Alignment.PeakRatio(1.0, 0.5)) // the one over the other
        )

        testCase "example of Alignment: when it peaks" (fun () ->
            let time = Alignment.PeakTime(1.0, 0.5, 1e-16)
            close (log 1e16) (float time) // eta t = 2 kappa t
            close (log 0.5e16) (float (Alignment.PaperPeakTime(1.0, 0.5, 1e-16)))
            close 0.5 (Alignment.OffDiagonalSquare(1.0, 0.5, 1e-16, 0.0, 1e-16, time) / 1e-8))

        testCase "example of Alignment: singular values and the diagonal of R" (fun () ->
            // R = diag(0.1, 0.2): nothing off the diagonal, and s = 0.2, 0.1 is its diagonal in descending order only.
            let solution =
                ExactSolution([| 2.0; 1.0 |], Projection.OfRows [| [| 0.1; 0.0 |]; [| 0.0; 0.2 |] |])

            let gap = Alignment.Gap(solution.At 0.0<kappaTime>)
            close 0.0 gap.OffDiagonalNorm
            close 0.0 gap.SingularValueGap
            close 0.1 gap.ModeOrderGap)

        testCase "example of Alignment: growth" (fun () ->
            // Before mode i rises R_ij^2 grows like e^{lambda*_j tau}; once it is learned, it decays at the rate lambda*_i - lambda*_j.
            close 2.0 (Alignment.LogGrowth(1.0, 0.5, 0.0, 0.0, 4.0<etaTime>))
            close -2.0 (Alignment.LogGrowth(1.0, 0.5, 1.0, 0.0, 4.0<etaTime>)))

        testCase "example of Alignment: the derivative and its parts" (fun () ->
            let lambdas = [| 3.0; 2.0; 1.0 |]
            let r = Projection.OfRows [| [| 1.0; 1.0; 1.0 |]; [| 0.0; 1.0; 1.0 |] |]
            allClose [| 0.0; -2.5; -3.0; 0.0; 0.0; -0.5 |] (Alignment.Derivative(lambdas, r).ToRows())
            close -0.5 (Alignment.LeadingDerivative(lambdas, r)[0, 1]) // (2 - 1 - 2) / 2
            close -1.0 (Alignment.DroppedByEq76(lambdas, r)[0, 1]) // -(1 + 1) / 2
            close -1.0 (Alignment.DroppedByEq75(lambdas, r)[0, 1]) // -R_02 R_12 R_11
        )

        testCase "example of Alignment: how small is small" (fun () ->
            let lambdas, dimension, risk = [| 2.0; 1.0 |], 1, 0.05
            let sigma = Alignment.LargestSigma(lambdas, dimension, 0.01, risk)
            close 0.01 (Alignment.MisalignmentBound(lambdas, dimension, sigma, risk))
            close (log sigma) (Alignment.LogLargestSigma(lambdas, dimension, 0.01, risk))
            Expect.isTrue (Alignment.IsSmallEnough(lambdas, dimension, 0.5 * sigma, 0.01, risk)) ""
            close (sqrt (1e-6 * sqrt 0.5 / 2.0)) (Alignment.TypicalMisalignment(lambdas, dimension, 1e-6)))

        testCase "example of AlignmentGap" (fun () ->
            // W(0) V* = (0.3 0.4): singular value 0.5, diagonal 0.3; Weyl allows a gap of 0.4.
            let at0 rows =
                ExactSolution([| 2.0; 1.0 |], Projection.OfRows(rows: float[][])).At 0.0<kappaTime>

            let gap = Alignment.Gap(at0 [| [| 0.3; 0.4 |] |])
            close 0.2 gap.SingularValueGap
            close 0.4 gap.OffDiagonalNorm
            // R = diag(1, 2): nothing off the diagonal, and yet the first mode is not the first singular value.
            close 1.0 (Alignment.Gap(at0 [| [| 1.0; 0.0 |]; [| 0.0; 2.0 |] |])).ModeOrderGap)

        testCase "example of HalfRiseLaw" (fun () ->
            // An aligned start: nothing is shifted.
            let start = Projection.OfRows [| [| 1e-6; 0.0 |]; [| 0.0; 1e-6 |] |]
            let rise = HalfRiseLaw.Of([| 1.0; 0.5 |], start, 0)
            close 0.0 rise.VarianceShift
            Expect.equal rise.Time rise.AlignedTime ""
            // s^2 (u' M* u - s^2) with M* = diag(3, 1) and one row (1, 1): s^2 = 2, u = (1, 1) / sqrt 2.
            let factor = Projection.OfRows [| [| 1.0; 1.0 |] |]
            close 0.0 (HalfRiseLaw.VarianceVelocity([| 3.0; 1.0 |], factor)[0]))

        testCase "example of HalfRise" (fun () ->
            // R_12(0) = R_11(0), one row: at half height R_12^2 / R_11^2 is about 1e-6. Half of lambda*_1 / lambda*_2 times that is the lag of R_11.
            let rise =
                HalfRiseLaw.Of([| 1.0; 0.5 |], Projection.OfRows [| [| 1e-6; 1e-6 |] |], 0)

            close (log (1e12 - 1.0)) (float rise.AlignedTime) // eta t
            Expect.near rise.Terms (2e-6) (1e-9) ""
            Expect.isLessThan (abs rise.VarianceShift) (1e-9) "" // here they cancel
            close (float rise.AlignedTime) (float rise.Time)
            close 1.0 rise.Separation // no other mode is learned
            close 0.0 rise.Coupling
            close (rise.Terms ** 1.5) rise.Neglected)
    ]
