[<NUnit.Framework.TestFixture>]
module Qwem.Validation.Tests.MatrixTests

open System
open NUnit.Framework
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
    Matrix.verdicts true ignore Theory.derived Slip.all gates

let private met id (verdict: Verdict) =
    verdict.Slips |> List.find (fun outcome -> outcome.Slip = id)

[<Test>]
let ``slips have ids of their own and a mistake in words`` () =
    Assert.That(Slip.all |> List.map _.Id, Is.Unique)
    Assert.That(Slip.all |> List.map _.Mistake, Is.Unique.And.All.Not.Empty)

[<Test>]
let ``a slip of size 0 changes nothing and one of size 1 changes a part`` () =
    for slip in Slip.all do
        Assert.That(obj.ReferenceEquals(slip.In 0.0 Theory.derived, Theory.derived), slip.Id)

        let changed =
            Array.map2
                (fun a b -> not (obj.ReferenceEquals(a, b)))
                (Theory.parts Theory.derived)
                (Theory.parts (slip.In 1.0 Theory.derived))

        Assert.That(Array.contains true changed, slip.Id)

[<Test>]
let ``a gate is blind to slips in parts that it does not read, and rejects what moves its gap over the bound`` () =
    let verdict = (judge [ kappaGate 0.0 ]).Head
    Assert.That(verdict.Outcome, Is.EqualTo Outcome.Confirmed)
    Assert.That((met "kappa" verdict).Result, Is.EqualTo SlipResult.Rejected)
    Assert.That((met "self-pairs" verdict).Result, Is.EqualTo SlipResult.Blind)
    Assert.That((met "two-factor-kappa" verdict).Result, Is.EqualTo SlipResult.Blind)
    Assert.That(verdict.Slips |> List.map _.Slip, Is.EqualTo<string list>(Slip.all |> List.map _.Id))

[<Test>]
let ``the resolution is the smallest size that is rejected in either direction, to the step of the grid`` () =
    // A gap of 4 s against the bound: s = bound / 4.
    let found = (met "kappa" (judge [ kappaGate 0.0 ]).Head).Resolution |> Option.get
    Assert.That(found, Is.InRange(bound / 4.0, 1.16 * bound / 4.0))

    // Where the gap starts at half of the bound and one direction lowers it first, the larger of the two sizes counts.
    let oneSided =
        Gate.exact "test/one-sided" "" "" { Bound = bound; Because = "" } (fun theory ->
            abs (0.5 * bound + float (theory.Kappa 1.0) - 4.0))

    let found = (met "kappa" (judge [ oneSided ]).Head).Resolution |> Option.get
    Assert.That(found, Is.InRange(1.5 * bound / 4.0, 1.16 * 1.5 * bound / 4.0))

[<Test>]
let ``a slip that moves the gap but not over the bound survives`` () =
    let loose =
        Gate.exact "test/loose" "" "" { Bound = 100.0; Because = "" } (fun theory -> float (theory.Kappa 1.0))

    let outcome = met "kappa" (judge [ loose ]).Head
    Assert.That(outcome.Result, Is.EqualTo SlipResult.Survives)
    Assert.That(outcome.Resolution.IsNone)

[<Test>]
let ``not a number and an argument that makes no sense are rejections`` () =
    let nothing = Gate.exact "test/nan" "" "" { Bound = 1.0; Because = "" }

    for broken in [ nan; infinity ] do
        let verdict =
            (judge
                [
                    nothing (fun theory -> if theory.Kappa 1.0 = 4.0<kappaTime> then 0.0 else broken)
                ])
                .Head

        Assert.That((met "kappa" verdict).Result, Is.EqualTo SlipResult.Rejected)

    let throwing =
        nothing (fun theory -> if theory.Kappa 1.0 = 4.0<kappaTime> then 0.0 else invalidArg "kappa" "no")

    Assert.That((met "kappa" (judge [ throwing ]).Head).Result, Is.EqualTo SlipResult.Rejected)
    Assert.That((judge [ nothing (fun _ -> nan) ]).Head.Outcome, Is.EqualTo Outcome.Contradicted)

[<Test>]
let ``a gate beyond its bound has the outcome that it states, and a slip counts as rejected only where it is farther off``
    ()
    =
    let failing =
        { kappaGate (10.0 * bound) with
            Failing = Outcome.NotConfirmed
        }

    let verdict = (judge [ failing ]).Head
    Assert.That(verdict.Outcome, Is.EqualTo Outcome.NotConfirmed)
    Assert.That((met "kappa" verdict).Result, Is.EqualTo SlipResult.Rejected)

    let better =
        Gate.exact "test/better" "" "" { Bound = bound; Because = "" } (fun theory -> 8.0 - float (theory.Kappa 1.0))

    Assert.That((met "kappa" (judge [ better ]).Head).Result, Is.EqualTo SlipResult.Survives)

[<Test>]
let ``a qualitative gate must beat every null model`` () =
    let gate p =
        Gate.qualitative "test/nulls" "" "" (fun theory ->
            [
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
    Assert.That(confirmed.Outcome, Is.EqualTo Outcome.Confirmed)
    Assert.That(confirmed.Nulls.Length, Is.EqualTo 2)
    Assert.That((met "kappa" confirmed).Result, Is.EqualTo SlipResult.Rejected)
    Assert.That((judge [ gate 0.011 ]).Head.Outcome, Is.EqualTo Outcome.NotConfirmed)

    Assert.That(
        (judge [ Gate.qualitative "test/none" "" "" (fun _ -> []) ]).Head.Outcome,
        Is.Not.EqualTo Outcome.Confirmed
    )

[<Test>]
let ``a prediction is computed again only where a part that it reads has changed, and tells a gate what it reads`` () =
    let mutable computed = 0

    let prediction =
        Prediction(fun theory ->
            computed <- computed + 1
            float (theory.Kappa 1.0))

    let outer = Prediction(fun theory -> 2.0 * prediction.Of theory)
    Assert.That(outer.Of Theory.derived, Is.EqualTo 8.0)
    Assert.That(outer.Of(Slip.theory "self-pairs"), Is.EqualTo 8.0)
    Assert.That(computed, Is.EqualTo 1)
    Assert.That(outer.Of(Slip.theory "kappa"), Is.EqualTo 16.0)
    Assert.That(computed, Is.EqualTo 2)

    // Known already, so that the gate computes nothing; it is not blind all the same.
    let gate =
        Gate.exact "test/known" "" "" { Bound = bound; Because = "" } (fun theory -> abs (outer.Of theory - 8.0))

    let verdict = (judge [ gate ]).Head
    Assert.That((met "kappa" verdict).Result, Is.EqualTo SlipResult.Rejected)
    Assert.That((met "self-pairs" verdict).Result, Is.EqualTo SlipResult.Blind)

[<Test>]
let ``a glimpse decides what it rejects, and the gap what the glimpse lets pass`` () =
    let mutable full = 0

    let gate glimpse =
        kappaGate 0.0
        |> fun gate ->
            { gate with
                Gap =
                    fun theory ->
                        full <- full + 1
                        gate.Gap theory
            }
        |> Gate.glimpsed glimpse

    let quick =
        (judge [ gate (fun theory -> abs (float (theory.Kappa 1.0) - 4.0)) ]).Head

    Assert.That((met "kappa" quick).Result, Is.EqualTo SlipResult.Rejected)
    Assert.That(full, Is.EqualTo 1)
    let blunt = (judge [ gate (fun _ -> 0.0) ]).Head
    Assert.That((met "kappa" blunt).Result, Is.EqualTo SlipResult.Rejected)
