module Qwem.Validation.Tests.Boundary

open System
open System.IO
open System.Reflection
open System.Text.RegularExpressions
open Expecto
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

let tests =
    testList "Boundary" [
        testCase "the library's messages name no option of the command line" (fun () ->
            let options = Regex @"""[^""]* --[a-z][^""]*"""

            let found = [
                for file in
                    Directory.GetFiles(Repository.file "src/Qwem.Sim.CSharp", "*.cs", SearchOption.AllDirectories) do
                    if not (file.Contains "/obj/" || file.Contains "\\obj\\") then
                        for line in File.ReadLines file do
                            // What qwem writes into a file may say which command reads it.
                            if options.IsMatch line && not (line.Contains "\"# qwem") then
                                $"{Path.GetFileName file}: {line.Trim()}"
            ]

            Expect.equal found [] "")

        testCase "the simulator hands out arrays only where they are the caller's to write" (fun () ->
            // Matrices and pairs of a source are written by callers; the others are results that nothing else holds.
            let writable = [
                "CorpusFrequencies.Words"
                "DenseMatrix.Values"
                "NpyArray.Numbers"
                "NpyArray.Texts"
                "Observation.SingularValues"
                "Observation.SubspaceOverlaps"
                "PairDraws.First"
                "PairDraws.Second"
                "PairDraws.Weights"
                "PartialSpectrum.Eigenvalues"
                "PartialSpectrum.ResidualNorms"
                "PrincipalDirections.Eigenvalues"
                "Svd.SingularValues"
                "SymmetricEigenDecomposition.Eigenvalues"
            ]

            let exported =
                typeof<Qwem.Sim.Cooccurrence.CooccurrenceCounts>.Assembly.GetExportedTypes()

            let found = [
                for t in exported do
                    for p in t.GetProperties() do
                        if p.PropertyType.IsArray && p.DeclaringType = t then
                            $"{t.Name}.{p.Name}"
            ]

            Expect.equal (List.sort found) writable ""
            Expect.isLessThanOrEqual exported.Length 128 "public types")

        testCase "no F# type or tuple shows in the theory's public surface" (fun () ->
            let flags =
                BindingFlags.Public
                ||| BindingFlags.Instance
                ||| BindingFlags.Static
                ||| BindingFlags.DeclaredOnly

            let exported = typeof<HypothesisException>.Assembly.GetExportedTypes()

            let found = [
                for t in exported do
                    let signatures = [
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

            Expect.isGreaterThanOrEqual exported.Length 13 ""
            Expect.isEmpty found "")

        testCase "the leak detector detects" (fun () ->
            Expect.isNonEmpty (leaks typeof<(int list)[]>) ""
            Expect.isNonEmpty (leaks typeof<int * int>) ""
            Expect.isEmpty (leaks typeof<float[]>) "")

        testCase "the theory depends on nothing but the base library, FSharp.Core and MathNet.Numerics" (fun () ->
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

            Expect.isEmpty foreign "")
    ]
