[<NUnit.Framework.TestFixture>]
module Qwem.Validation.Tests.Boundary

open System
open System.Reflection
open NUnit.Framework
open Qwem.Theory

let private leaks (t: Type) =
    let rec parts (t: Type) : Type list =
        if t.HasElementType then
            (match t.GetElementType() with
             | null -> []
             | element -> parts element)
        else
            t :: List.collect parts (List.ofArray (t.GetGenericArguments()))

    parts t
    |> List.filter (fun part ->
        let name = string part.FullName

        name.StartsWith "Microsoft.FSharp"
        || name.StartsWith "System.Tuple"
        || name.StartsWith "System.ValueTuple")

[<Test>]
let ``no F# type or tuple shows in the theory's public surface`` () =
    let flags =
        BindingFlags.Public
        ||| BindingFlags.Instance
        ||| BindingFlags.Static
        ||| BindingFlags.DeclaredOnly

    let exported = typeof<HypothesisException>.Assembly.GetExportedTypes()

    let found =
        [
            for t in exported do
                let signatures =
                    [
                        for c in t.GetConstructors() do
                            for p in c.GetParameters() do
                                yield $".ctor({p.Name})", p.ParameterType

                        for m in t.GetMethods flags do
                            yield m.Name, m.ReturnType

                            for p in m.GetParameters() do
                                yield $"{m.Name}({p.Name})", p.ParameterType

                        for p in t.GetProperties flags do
                            yield p.Name, p.PropertyType

                        for f in t.GetFields flags do
                            yield f.Name, f.FieldType
                    ]

                for name, part in signatures do
                    for leak in leaks part do
                        yield $"{t.Name}.{name}: {leak.FullName}"
        ]

    Assert.That(exported.Length, Is.GreaterThanOrEqualTo 13)
    Assert.That(found, Is.Empty)

[<Test>]
let ``the leak detector detects`` () =
    Assert.That(leaks typeof<(int list)[]>, Is.Not.Empty)
    Assert.That(leaks typeof<int * int>, Is.Not.Empty)
    Assert.That(leaks typeof<float[]>, Is.Empty)

[<Test>]
let ``the theory depends on nothing but the base library, FSharp.Core and MathNet.Numerics`` () =
    let foreign =
        typeof<HypothesisException>.Assembly.GetReferencedAssemblies()
        |> Array.map (fun a -> string a.Name)
        |> Array.filter (fun name ->
            not (
                name.StartsWith "System."
                || name = "netstandard"
                || name = "FSharp.Core"
                || name = "MathNet.Numerics"
            ))

    Assert.That(foreign, Is.Empty)
