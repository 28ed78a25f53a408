module Qwem.Validation.Tests.MatrixTests

open System
open Expecto
open Qwem.Reports
open Qwem.Theory
open Qwem.Validation

let private bound = 1e-6

/// A gate whose gap is the distance of kappa from 4 at g = 1, beside what it starts from.
let private kappaGate offset =
    Gate.exact
        "test/kappa"
        "kappa is 4 g"
        "distance from 4"
        {
            Bound = bound
            Because = "chosen for the test"
        }
        (fun theory -> offset + abs (float (theory.Kappa 1.0) - 4.0))

let private judge gates =
    Matrix.verdicts true 2 ignore Theory.derived Slip.all gates

let private met id (verdict: Verdict) =
    verdict.Slips |> List.find (fun outcome -> outcome.Slip = id)

let tests =
    testList "Matrix" [
        testCase "slips have ids of their own and a mistake in words" (fun () ->
            Expect.allDistinct (Slip.all |> List.map _.Id) ""
            let mistakes = Slip.all |> List.map _.Mistake
            Expect.allDistinct mistakes ""
            Expect.all mistakes (fun mistake -> mistake <> "") "")

        testCase "a slip of size 0 changes nothing and one of size 1 changes a part" (fun () ->
            for slip in Slip.all do
                Expect.isTrue (obj.ReferenceEquals(slip.In 0.0 Theory.derived, Theory.derived)) slip.Id

                let changed =
                    Array.map2
                        (fun a b -> not (obj.ReferenceEquals(a, b)))
                        (Parts.all Theory.derived)
                        (Parts.all (slip.In 1.0 Theory.derived))

                Expect.isTrue (Array.contains true changed) slip.Id)

        testCase
            "a gate is blind to slips in parts that it does not read, and rejects what moves its gap over the bound"
            (fun () ->
                let verdict = (judge [ kappaGate 0.0 ]).Head
                Expect.equal verdict.Outcome Outcome.Confirmed ""
                Expect.equal ((met "kappa" verdict).Result) SlipResult.Rejected ""
                Expect.equal ((met "self-pairs" verdict).Result) SlipResult.Blind ""
                Expect.equal ((met "two-factor-kappa" verdict).Result) SlipResult.Blind ""
                Expect.equal (verdict.Slips |> List.map _.Slip) (Slip.all |> List.map _.Id) "")

        testCase
            "the resolution is the smallest size that is rejected in either direction, to the step of the grid"
            (fun () ->
                // A gap of 4 s against the bound: s = bound / 4.
                let found = (met "kappa" (judge [ kappaGate 0.0 ]).Head).Resolution |> Option.get
                Expect.inRange found (bound / 4.0, 1.16 * bound / 4.0) ""

                // Where the gap starts at half of the bound and one direction lowers it first, the larger of the two sizes counts.
                let oneSided =
                    Gate.exact "test/one-sided" "" "" { Bound = bound; Because = "" } (fun theory ->
                        abs (0.5 * bound + float (theory.Kappa 1.0) - 4.0))

                let found = (met "kappa" (judge [ oneSided ]).Head).Resolution |> Option.get
                Expect.inRange found (1.5 * bound / 4.0, 1.16 * 1.5 * bound / 4.0) "")

        testCase "a prediction is made again only where something that it asks for says something else" (fun () ->
            let mutable made = 0

            let withKappa factor : Theory = {
                Theory.derived with
                    Kappa = fun g -> factor * 1.0<kappaTime> * g
            }

            let whole = Prediction(fun (theory: Theory) -> floor (float (theory.Kappa 1.0)))

            let rows =
                Prediction((fun (theory: Theory) -> [| floor (float (theory.Kappa 2.0) / 2.0) |]), (=))

            let outer =
                Prediction(fun theory ->
                    made <- made + 1
                    whole.Of theory + (rows.Of theory)[0] + theory.NegativePower())

            let says expected times theory =
                Expect.equal (outer.Of theory) expected ""
                Expect.equal made times ""

            says 8.75 1 Theory.derived
            // Neither the number nor the array is another one.
            says 8.75 1 (withKappa 4.5)
            Expect.isTrue (obj.ReferenceEquals(rows.Of(withKappa 4.5), rows.Of Theory.derived)) ""
            says 10.75 2 (withKappa 5.0)

            says 8.5 3 {
                withKappa 4.25 with
                    NegativePower = fun () -> 0.5
            }

            says 8.75 3 Theory.derived
            // Whoever watches is told what has been read below.
            let reading = Reading Parts.names.Length
            outer.Of(Parts.watch reading (withKappa 4.75)) |> ignore
            Expect.equal made 3 ""

            let read flags =
                Array.zip Parts.names flags |> Array.filter snd |> Array.map fst |> List.ofArray

            Expect.equal (read reading.All) [ "Kappa"; "NegativePower" ] ""
            Expect.isEmpty (read reading.Own) "")

        testCase "a prediction that returns a function of the theory is refused when the function is called" (fun () ->
            let late = Prediction(fun (theory: Theory) -> fun g -> theory.Kappa g)

            Expect.throwsT<NotSupportedException> (fun () -> late.Of Theory.derived 1.0 |> ignore) ""
            let partial = Prediction(fun (theory: Theory) -> theory.AlignedVariance 1.0)
            Expect.equal (partial.Of Theory.derived 2.0 0.0<kappaTime>) 1.0 "what a part returned may be called later")

        testCase "a slip that moves the gap but not over the bound survives" (fun () ->
            let loose =
                Gate.exact "test/loose" "" "" { Bound = 100.0; Because = "" } (fun theory -> float (theory.Kappa 1.0))

            let outcome = met "kappa" (judge [ loose ]).Head
            Expect.equal outcome.Result SlipResult.Survives ""
            Expect.isTrue outcome.Resolution.IsNone "")

        testCase "not a number and an argument that makes no sense are rejections" (fun () ->
            let nothing = Gate.exact "test/nan" "" "" { Bound = 1.0; Because = "" }

            for broken in [ nan; infinity ] do
                let verdict =
                    (judge [
                        nothing (fun theory -> if theory.Kappa 1.0 = 4.0<kappaTime> then 0.0 else broken)
                    ])
                        .Head

                Expect.equal ((met "kappa" verdict).Result) SlipResult.Rejected ""

            let throwing =
                nothing (fun theory -> if theory.Kappa 1.0 = 4.0<kappaTime> then 0.0 else invalidArg "kappa" "no")

            Expect.equal ((met "kappa" (judge [ throwing ]).Head).Result) SlipResult.Rejected ""
            Expect.equal ((judge [ nothing (fun _ -> nan) ]).Head.Outcome) Outcome.Contradicted "")

        testCase
            "a gate beyond its bound has the outcome that it states, and a slip counts as rejected only where it is farther off"
            (fun () ->
                let failing = {
                    kappaGate (10.0 * bound) with
                        Failing = Outcome.NotConfirmed
                }

                let verdict = (judge [ failing ]).Head
                Expect.equal verdict.Outcome Outcome.NotConfirmed ""
                Expect.equal ((met "kappa" verdict).Result) SlipResult.Rejected ""

                let better =
                    Gate.exact "test/better" "" "" { Bound = bound; Because = "" } (fun theory ->
                        8.0 - float (theory.Kappa 1.0))

                Expect.equal ((met "kappa" (judge [ better ]).Head).Result) SlipResult.Survives "")

        testCase "a qualitative gate must beat every null model" (fun () ->
            let gate p =
                Gate.qualitative "test/nulls" "" "" (fun theory -> [
                    {
                        Name = "chance"
                        Score = 0.0
                        P = if theory.Kappa 1.0 = 4.0<kappaTime> then p else 0.5
                    }
                    {
                        Name = "a constant"
                        Score = 0.0
                        P = 0.001
                    }
                ])

            let confirmed = (judge [ gate 0.01 ]).Head
            Expect.equal confirmed.Outcome Outcome.Confirmed ""
            Expect.equal confirmed.Nulls.Length 2 ""
            Expect.equal ((met "kappa" confirmed).Result) SlipResult.Rejected ""
            Expect.equal ((judge [ gate 0.011 ]).Head.Outcome) Outcome.NotConfirmed ""

            Expect.notEqual
                ((judge [ Gate.qualitative "test/none" "" "" (fun _ -> []) ]).Head.Outcome)
                Outcome.Confirmed
                "")

        testCase
            "a prediction is computed again only where a part that it reads has changed, and tells a gate what it reads"
            (fun () ->
                let mutable computed = 0

                let prediction =
                    Prediction(fun theory ->
                        computed <- computed + 1
                        float (theory.Kappa 1.0))

                let outer = Prediction(fun theory -> 2.0 * prediction.Of theory)
                Expect.equal (outer.Of Theory.derived) 8.0 ""
                Expect.equal (outer.Of(Slip.theory "self-pairs")) 8.0 ""
                Expect.equal computed 1 ""
                Expect.equal (outer.Of(Slip.theory "kappa")) 16.0 ""
                Expect.equal computed 2 ""

                // Known already, so that the gate computes nothing; it is not blind all the same.
                let gate =
                    Gate.exact "test/known" "" "" { Bound = bound; Because = "" } (fun theory ->
                        abs (outer.Of theory - 8.0))

                let verdict = (judge [ gate ]).Head
                Expect.equal ((met "kappa" verdict).Result) SlipResult.Rejected ""
                Expect.equal ((met "self-pairs" verdict).Result) SlipResult.Blind "")

        testCase "a glimpse decides what it rejects, and the gap what the glimpse lets pass" (fun () ->
            let mutable full = 0

            let gate glimpse =
                kappaGate 0.0
                |> fun gate -> {
                    gate with
                        Gap =
                            fun theory ->
                                full <- full + 1
                                gate.Gap theory
                }
                |> Gate.glimpsed glimpse

            let quick =
                (judge [ gate (fun theory -> abs (float (theory.Kappa 1.0) - 4.0)) ]).Head

            Expect.equal ((met "kappa" quick).Result) SlipResult.Rejected ""
            Expect.equal full 1 ""
            let blunt = (judge [ gate (fun _ -> 0.0) ]).Head
            Expect.equal ((met "kappa" blunt).Result) SlipResult.Rejected "")

        slow (
            testCase "slips tried side by side give what they give one after the other" (fun () ->
                let verdicts threads =
                    Matrix.verdicts true threads ignore Theory.derived Slip.all (Claims.Properties.all ())

                Expect.equal (verdicts 2) (verdicts 1) "")
        )

        testCase "what a slip throws beyond the errors that count as a rejection arrives as it is" (fun () ->
            let gate =
                Gate.exact "test/thrown" "" "" { Bound = 1.0; Because = "" } (fun theory ->
                    if theory.Kappa 1.0 > 4.0<kappaTime> then
                        raise (OperationCanceledException "stopped")

                    0.0)

            for threads in 1..2 do
                let failure =
                    Expect.raised<OperationCanceledException>(fun () ->
                        Matrix.verdicts true threads ignore Theory.derived Slip.all [ gate ] |> ignore)

                Expect.equal failure.Message "stopped" "")
    ]
