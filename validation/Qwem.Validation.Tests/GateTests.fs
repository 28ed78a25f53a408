[<NUnit.Framework.TestFixture>]
module Qwem.Validation.Tests.GateTests

open System
open NUnit.Framework
open FsCheck
open FsCheck.FSharp
open FsCheck.NUnit
open Qwem.Validation

/// Beliefs are plain numbers here: the gap is the belief itself.
let private gate bound mutations =
    {
        Id = "test/gate"
        Claim = "A number is small."
        Metric = "the number"
        Tolerance = { Bound = bound; Because = "chosen" }
        Gap = id
        Mutations = mutations
    }

[<Test>]
let ``a gap within the bound passes when the mutations are beyond it`` () =
    let verdict = Gate.evaluate 0.5 (gate 1.0 [ "doubled", 2.0 ])
    Assert.That(verdict.Passed)
    Assert.That(verdict.Utilisation, Is.EqualTo 0.5)
    Assert.That(verdict.Mutations.Head.Killed)

[<Test>]
let ``a gap beyond the bound fails`` () =
    Assert.That((Gate.evaluate 1.5 (gate 1.0 [ "doubled", 2.0 ])).Passed, Is.False)

[<Test>]
let ``a gap that is not a number fails, and a mutation's that is not one counts as rejected`` () =
    Assert.That((Gate.evaluate nan (gate 1.0 [ "doubled", 2.0 ])).Passed, Is.False)
    Assert.That((Gate.evaluate 0.5 (gate 1.0 [ "broken", nan ])).Mutations.Head.Killed)

[<Test>]
let ``a gate that lets a wrong theory through fails`` () =
    let verdict = Gate.evaluate 0.5 (gate 1.0 [ "doubled", 2.0; "harmless", 0.9 ])
    Assert.That(verdict.Passed, Is.False)
    Assert.That(verdict.Mutations |> List.map _.Killed, Is.EqualTo<bool list> [ true; false ])

[<Test>]
let ``a gate without mutations fails`` () =
    Assert.That((Gate.evaluate 0.0 (gate 1.0 [])).Passed, Is.False)

[<Test>]
let ``the worst of nothing is not a number, and a single one that is not a number prevails`` () =
    Assert.That(Curves.worst [], Is.NaN)
    Assert.That(Curves.worst [ 1.0; nan; 3.0 ], Is.NaN)
    Assert.That(Curves.worst [ 1.0; 4.0; 3.0 ], Is.EqualTo 4.0)

[<Test>]
let ``log-spaced times have constant ratios and the given ends`` () =
    let times = Curves.logSpaced 0.02 25.0 40
    Assert.That(times[0], Is.EqualTo 0.02)
    // The logarithm of the ratio is 7.1, so an ulp of it (9e-16) is that much of the exponential, whose own and the product's
    // roundings add as much again.
    Assert.That(times[39] / 25.0 - 1.0, Is.EqualTo(0.0).Within 2e-15)
    let ratios = times |> Array.pairwise |> Array.map (fun (a, b) -> b / a)
    Assert.That(Array.max ratios / Array.min ratios - 1.0, Is.LessThan 1e-13)

/// A logistic rise from s0^2 to the plateau with rate 2 lambda: exact half-rise time ln(plateau / s0^2 - 1) / (2 lambda).
let private logistic (plateau: float) (start: float) (t: float) =
    Math.Sqrt(plateau / (1.0 + (plateau / start - 1.0) * Math.Exp(-2.0 * plateau * t)))

[<Property(MaxTest = 200)>]
let ``the half-rise time of a logistic rise is read off exactly`` () =
    let inputs =
        gen {
            let! plateau = Gen.choose (1, 400) |> Gen.map float
            let! decades = Gen.choose (4, 24)
            let! offset = Gen.choose (0, 1000) |> Gen.map (fun n -> float n / 1000.0)
            return plateau, Math.Pow(10.0, -float decades), offset
        }

    Prop.forAll (Arb.fromGen inputs) (fun (plateau, start, offset) ->
        let exact = Math.Log(plateau / start - 1.0) / (2.0 * plateau)
        // Records a logit of 1.4 apart, as the experiment takes them, at any phase.
        let spacing = 1.4 / (2.0 * plateau)
        let times = Array.init 400 (fun i -> (float i + offset) * spacing)

        let read =
            Curves.halfRiseTime plateau times (times |> Array.map (logistic plateau start))
        // Between records the logit is linear; what is left is the rounding of times, roots and logarithms.
        let bound = 200.0 * Tolerance.unitRoundoff
        let gap = abs (read / exact - 1.0)
        gap <= bound |> Prop.label $"gap %.2g{gap} bound %.2g{bound}")

[<Test>]
let ``a variance that never reaches half its plateau, or starts above it, has no half-rise time`` () =
    Assert.That(Curves.halfRiseTime 4.0 [| 1.0; 2.0 |] [| 0.1; 0.2 |], Is.NaN)
    Assert.That(Curves.halfRiseTime 4.0 [| 1.0; 2.0 |] [| 1.9; 2.0 |], Is.NaN)
