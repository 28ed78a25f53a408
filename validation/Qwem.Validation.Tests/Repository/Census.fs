[<NUnit.Framework.TestFixture>]
module Qwem.Validation.Tests.Census

open System
open System.Reflection
open NUnit.Framework
open NUnit.Framework.Interfaces

/// Fewer tests than this means that some were lost; raise it when tests are added.
let private expectedMinimum = 756

let private isTest (m: MethodInfo) =
    m.GetCustomAttributes true
    |> Array.exists (fun a -> a :? ITestBuilder || a :? ISimpleTestBuilder)

let private testsOf (t: Type) =
    t.GetMethods(
        BindingFlags.Public
        ||| BindingFlags.Static
        ||| BindingFlags.Instance
        ||| BindingFlags.DeclaredOnly
    )
    |> Array.filter isTest

let private holders =
    lazy
        (Assembly.GetExecutingAssembly().GetTypes()
         |> Array.filter (fun t -> (testsOf t).Length > 0))

[<Test>]
let ``every module that has tests is a fixture`` () =
    let lost =
        holders.Value
        |> Array.filter (fun t -> t.GetCustomAttributes(typeof<TestFixtureAttribute>, false).Length = 0)
        |> Array.map (fun t -> string t.FullName)

    Assert.That(lost, Is.Empty)

[<Test>]
let ``no test has gone missing`` () =
    let count = holders.Value |> Array.sumBy (fun t -> (testsOf t).Length)

    TestContext.Out.WriteLine
        $"{count} test methods in {holders.Value.Length} fixtures, at least {expectedMinimum} expected"

    Assert.That(count, Is.GreaterThanOrEqualTo expectedMinimum)
