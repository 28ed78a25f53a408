module Qwem.Validation.Tests.AlignedSolutionTests

open System
open System.IO
open Expecto
open FsCheck
open FsCheck.FSharp
open Qwem.Theory
open Qwem.Validation.Tests.Problems

/// A mode over wide ranges: initial variance 1e-300..1e6, |lambda*| 1e-14..1e2 of either sign or zero, exponent up to 2400.
type Mode = {
    Initial: float
    Eigenvalue: float
    Time: float<kappaTime>
}

let private mode =
    gen {
        let! sign = Gen.elements [ 0.0; -1.0; 1.0; 1.0; 1.0 ]
        let! size = powerOfTen -14.0 2.0
        let! initial = Gen.oneof [ powerOfTen -300.0 6.0; powerOfTen -4.0 2.0 ]
        let! exponent = powerOfTen -3.6 3.4

        return {
            Initial = initial
            Eigenvalue = sign * size
            Time = 1.0<kappaTime> * (if sign = 0.0 then exponent else exponent / size / 2.0)
        }
    }

type Modes =
    static member Mode() : Arbitrary<Mode> =
        Arb.fromGenShrink (
            mode,
            lowering (fun m -> hardness m.Initial, hardness m.Eigenvalue, hardness (float m.Time)) (fun m ->
                seq {
                    { m with Initial = 1.0 }
                    { m with Time = 1.0<kappaTime> }

                    for eigenvalue in easier m.Eigenvalue do
                        { m with Eigenvalue = eigenvalue }
                })
        )

let private readings =
    lazy
        (File.ReadAllLines(Repository.file "validation/reference/aligned-solution.csv")
         |> Array.skip 1
         |> Array.map (fun line -> Array.map float (line.Split ',')))

// Ten roundings of positive quantities (condition 1), exp and tanh within 2 u to 4 u of the truth, and the exponent carried to
// twice the precision: 32 u; twice that, as each of them enters numerator and denominator.
let private closedForm = 64.0 * u

// A result below the normal range is rounded to a multiple of 2^-1074.
let private gapOf (value: float) (reference: float) =
    max 0.0 (abs (value - reference) - 4.0 * Double.Epsilon)
    / max (abs reference) Double.Epsilon

let tests =
    testList "Aligned solution" [
        testCase "variance and deficit agree with fifty digits" (fun () ->
            let mutable variance = 0.0
            let mutable deficit = 0.0

            for r in readings.Value do
                // e^-x s0 with e^-x itself below the normal range has lost digits: only where both are below 1e-290.
                if r[3] = 0.0 || r[3] > 1e-290 then
                    variance <- max variance (gapOf (AlignedSolution.Variance(r[0], r[1], r[2] * 1.0<kappaTime>)) r[3])

                if abs r[5] > 1e-290 then
                    deficit <- max deficit (gapOf (AlignedSolution.Deficit(r[0], r[1], r[2] * 1.0<kappaTime>)) r[5])

            Expect.isGreaterThan readings.Value.Length 400 ""
            within "variance" variance closedForm
            within "deficit" deficit closedForm)

        testCase "the logarithm of the variance agrees with fifty digits also where the variance underflows" (fun () ->
            let mutable worst = 0.0
            let mutable underflows = 0

            for r in readings.Value do
                if r[3] < 1e-308 then
                    underflows <- underflows + 1

                // Absolute error: a few roundings of the largest term.
                let scale =
                    1.0 + abs (log r[0]) + 2.0 * abs r[1] * r[2] + abs (log (max r[2] 1e-300))

                worst <-
                    max
                        worst
                        (abs (AlignedSolution.LogVariance(r[0], r[1], r[2] * 1.0<kappaTime>) - r[4])
                         / scale)

            Expect.isGreaterThan underflows 5 ""
            within "log variance" worst (16.0 * u))

        propertyWith [ typeof<Modes> ] "flow composes: s(a + b) from s(0) equals s(b) from s(a)" 2000 (fun (m: Mode) ->
            let a = 0.375 * m.Time
            let b = m.Time - a // exact or one rounding of a time
            let whole = AlignedSolution.LogVariance(m.Initial, m.Eigenvalue, a + b)
            let middle = AlignedSolution.Variance(m.Initial, m.Eigenvalue, a)

            if middle < 1e-290 then
                Prop.label "underflow at a" true
            else
                let composed = AlignedSolution.LogVariance(middle, m.Eigenvalue, b)
                // An absolute error of the logarithm: the middle variance errs by closedForm, the terms by u of their size.
                let scale =
                    1.0
                    + abs (log m.Initial)
                    + abs (log middle)
                    + 2.0 * abs m.Eigenvalue * float m.Time
                    + abs (log (float m.Time))

                labelled "composition" (abs (composed - whole)) (closedForm + 32.0 * u * scale))

        propertyWith
            [ typeof<Modes> ]
            "the variance moves monotonically towards max(lambda*, 0) and never past it"
            2000
            (fun (m: Mode) ->
                let early = AlignedSolution.Variance(m.Initial, m.Eigenvalue, 0.5 * m.Time)
                let late = AlignedSolution.Variance(m.Initial, m.Eigenvalue, m.Time)
                let limit = max 0.0 m.Eigenvalue
                let slack = 1.0 + 2.0 * closedForm

                (if m.Initial <= limit then
                     m.Initial <= early * slack && early <= late * slack && late <= limit * slack
                 else
                     m.Initial * slack >= early && early * slack >= late && late * slack >= limit)
                && Double.IsFinite late
                && AlignedSolution.Variance(m.Initial, m.Eigenvalue, 0.0<kappaTime>) = m.Initial)

        propertyWith
            [ typeof<Modes> ]
            "variance, singular value, logarithm and deficit tell the same"
            2000
            (fun (m: Mode) ->
                let s = AlignedSolution.Variance(m.Initial, m.Eigenvalue, m.Time)

                let scale =
                    1.0
                    + abs (log m.Initial)
                    + 2.0 * abs m.Eigenvalue * float m.Time
                    + abs (log (float m.Time))

                let logarithm =
                    if s < 1e-290 then
                        0.0
                    else
                        abs (AlignedSolution.LogVariance(m.Initial, m.Eigenvalue, m.Time) - log s)

                let deficit =
                    abs (m.Eigenvalue - s - AlignedSolution.Deficit(m.Initial, m.Eigenvalue, m.Time))
                    / (abs m.Eigenvalue + s)

                labelled "logarithm" logarithm (closedForm + 32.0 * u * scale)
                .&. labelled "deficit" deficit (2.0 * closedForm)
                .&. (AlignedSolution.SingularValue(m.Initial, m.Eigenvalue, m.Time) = sqrt s))

        property "the rise begins and ends exponentially, as far as Eqs. 47 and 48 say" 100 (fun (seed: Seed) ->
            let random = seed.Random()
            let lambda = 10.0 ** (4.0 * random.NextDouble() - 2.0)
            let start = lambda * 10.0 ** (-1.0 - 20.0 * random.NextDouble())
            // From well before the step to well after it.
            let x = 3.0 * random.NextDouble() * log (lambda / start)
            let time = x / (2.0 * lambda) * 1.0<kappaTime>
            let variance = AlignedSolution.Variance(start, lambda, time)
            // Eq. (47) is too large by the share that is learned, at most.
            let early = exp (AlignedSolution.LogVariance(start, lambda, time) - log start - x)
            // Eq. (48) is off by what is missing and by the start, relative to lambda*.
            let late =
                AlignedSolution.Deficit(start, lambda, time)
                / (lambda * lambda / start * exp -x)

            let rounding = 64.0 * u * (1.0 + x)

            labelled "Eq. 47 from above" early (1.0 + rounding)
            .&. labelled "Eq. 47 from below" (1.0 - early) (variance / lambda + rounding)
            .&. labelled "Eq. 48" (abs (late - (1.0 - start / lambda) * variance / lambda)) rounding)

        testCase "an eigenvalue that tends to zero gives the algebraic law" (fun () ->
            for t in [ 1e-3; 1.0; 1e3 ] do
                for s0 in [ 1e-6; 1.0; 1e3 ] do
                    let law = s0 / (1.0 + 2.0 * s0 * t)

                    within
                        "lambda = 0"
                        (relative (AlignedSolution.Variance(s0, 0.0, t * 1.0<kappaTime>)) law)
                        closedForm

                    for lambda in [ 1e-17; -1e-17; 1e-200; -1e-200; 1e-320 ] do
                        // ds^2/dlambda / s^2 is at most 2 t: first-order distance from the law.
                        within
                            $"lambda = {lambda}"
                            (relative (AlignedSolution.Variance(s0, lambda, t * 1.0<kappaTime>)) law)
                            (closedForm + 2.0 * t * abs lambda))

        testCase "times without end give the limits and nothing overflows" (fun () ->
            Expect.ulps (AlignedSolution.Variance(1e-24, 2.5, 1e300<kappaTime>)) 2.5 4 ""
            Expect.ulps (AlignedSolution.Variance(40.0, 2.5, 1e300<kappaTime>)) 2.5 4 ""
            Expect.equal (AlignedSolution.Variance(1e-24, -2.5, 1e300<kappaTime>)) 0.0 ""
            Expect.equal (AlignedSolution.Variance(0.0, 2.5, 1e300<kappaTime>)) 0.0 ""
            Expect.ulps (AlignedSolution.Variance(1.0, 0.0, 1e300<kappaTime>)) (5e-301) 4 ""
            Expect.ulps (AlignedSolution.Variance(1e200, 0.0, 1e200<kappaTime>)) (5e-201) 4 ""
            Expect.ulps (AlignedSolution.Variance(1e-300, 1e-300, 1e308<kappaTime>)) (1e-300) 8 ""
            Expect.near (AlignedSolution.LogVariance(1e-300, -1.0, 1e6<kappaTime>)) (-2e6 + log 1e-300) (1e-9) "")

        propertyWith
            [ typeof<Modes> ]
            "at the realisation and half-rise times the variance is what they promise"
            1000
            (fun (m: Mode) ->
                let lambda = abs m.Eigenvalue + 1e-10
                let s0 = lambda * min 0.49 m.Initial
                let tau = AlignedSolution.RealisationTime(s0, lambda)
                let half = AlignedSolution.HalfRiseTime(s0, lambda)
                // d ln s^2 / d ln t is at most the exponent ln(lambda / s0); logarithms of each carry their own size.
                let bound = closedForm + 32.0 * u * (1.0 + abs (log lambda) + abs (log s0))

                labelled
                    "s^2(tau)"
                    (relative (AlignedSolution.Variance(s0, lambda, tau)) (lambda / (2.0 - s0 / lambda)))
                    bound
                .&. labelled "s^2(half)" (relative (AlignedSolution.Variance(s0, lambda, half)) (lambda / 2.0)) bound)

        property
            "discrete steps of an undeveloped mode are the flow at the effective time"
            500
            (fun (NormalFloat z) (PositiveInt n) ->
                let z = 0.9 * tanh z
                let lambda = if z < 0.0 then -0.7 else 0.7
                let step = z / lambda
                let n = n % 50 + 1

                if step = 0.0 then
                    Prop.label "no step" true
                else
                    let time =
                        AlignedSolution.EffectiveKappaTime(int64 n * 1L<step>, step * 1.0<kappaTime / step>, lambda)
                    // W multiplies by 1 + z per step; the flow by e^{lambda kappaTime}. The exponent n ln(1 + z) carries 8 roundings.
                    let exponent = float n * log (1.0 + z)

                    labelled "exponent" (abs (lambda * float time - exponent)) (8.0 * u * (abs exponent + float n))
                    .&. (float time <= float n * step || z < 0.0))

        testCase "the discrete factor and effective time are continuous at zero" (fun () ->
            Expect.equal (AlignedSolution.DiscreteTimeFactor 0.0) 1.0 ""

            for z in [ 1e-3; 1e-8; 1e-12; 1e-300; -1e-12; -1e-3 ] do
                // z / ln(1 + z) = 1 + z/2 - z^2/12 + z^3/24 - ..., remainder below |z|^3.
                within
                    $"z = {z}"
                    (abs (AlignedSolution.DiscreteTimeFactor z - (1.0 + z / 2.0 - z * z / 12.0)))
                    (8.0 * u + abs z ** 3.0)

            Expect.equal
                (AlignedSolution.EffectiveKappaTime(7L<step>, 0.25<kappaTime / step>, 0.0))
                (1.75<kappaTime>)
                "")

        testCase "arguments outside the theorem are refused" (fun () ->
            refused (fun () -> AlignedSolution.Variance(-1e-9, 1.0, 1.0<kappaTime>) |> ignore)
            refused (fun () -> AlignedSolution.Variance(1.0, nan, 1.0<kappaTime>) |> ignore)
            refused (fun () -> AlignedSolution.Variance(1.0, 1.0, -1.0<kappaTime>) |> ignore)
            refused (fun () -> AlignedSolution.Variance(1.0, 1.0, infinity * 1.0<kappaTime>) |> ignore)
            refused (fun () -> AlignedSolution.LogVariance(0.0, 1.0, 1.0<kappaTime>) |> ignore)
            refused (fun () -> AlignedSolution.RealisationTime(1.0, 0.0) |> ignore)
            refused (fun () -> AlignedSolution.HalfRiseTime(2.0, 1.0) |> ignore)
            refused (fun () -> AlignedSolution.DiscreteTimeFactor -1.0 |> ignore)

            refused (fun () ->
                AlignedSolution.EffectiveKappaTime(1L<step>, 1.0<kappaTime / step>, -2.0)
                |> ignore))
    ]
