/// Every public type of the theory has an example; every public member is in an example of its type or called by an experiment.
module Qwem.Validation.Tests.TheoryCoverageTests

open System
open System.IO
open System.Reflection.Metadata
open System.Reflection.PortableExecutable
open System.Text.RegularExpressions
open Expecto
open Qwem.Theory
open Qwem.Validation

/// What Qwem.Validation refers to in the theory, as "Type.Member": the table of references in its metadata, which is what it calls.
/// The compiler may have inlined a call; such a member then needs an example.
let private calledByExperiments =
    lazy
        (use file = File.OpenRead typeof<Statement>.Assembly.Location
         use image = new PEReader(file)
         let metadata = image.GetMetadataReader()

         set [
             for handle in metadata.MemberReferences do
                 let reference = metadata.GetMemberReference handle

                 if reference.Parent.Kind = HandleKind.TypeReference then
                     let owner =
                         metadata.GetTypeReference(TypeReferenceHandle.op_Explicit reference.Parent)

                     if metadata.GetString owner.Namespace = "Qwem.Theory" then
                         let name = metadata.GetString reference.Name

                         let plain =
                             if name = ".ctor" then "new"
                             elif name.StartsWith "get_" then name.Substring 4
                             else name

                         $"{metadata.GetString owner.Name}.{plain}"
         ])

/// The code of some examples without strings and comments.
let private codeOf (examples: TheoryExample list) =
    examples
    |> List.collect _.Lines
    |> List.map (fun line -> Regex.Replace(Regex.Replace(line, "\"[^\"]*\"", "\"\""), "//.*$", ""))
    |> String.concat "\n"

/// Does the code name this member? Static ones and constructors by the type's name, the others after a dot.
let private mentions (theoryType: Type) (name: string) (code: string) =
    let word = Regex.Escape name
    let owner = Regex.Escape theoryType.Name

    let isStatic =
        theoryType.GetMember name
        |> Array.exists (fun m ->
            match m with
            | :? Reflection.MethodInfo as method -> method.IsStatic
            | :? Reflection.PropertyInfo as property -> (nonNull property.GetMethod).IsStatic
            | _ -> false)

    let pattern =
        if name = "new" then $@"(?<![\w.]){owner}(?=\(| \[\|)"
        elif isStatic then $@"(?<![\w.]){owner}\.{word}(?!\w)"
        else $@"\.{word}(?!\w)"

    Regex.IsMatch(code, pattern)

/// The members without example and without caller.
let private missing (examplesOf: Type -> TheoryExample list) (called: Set<string>) = [
    for theoryType in TheoryExamples.types do
        let code = codeOf (examplesOf theoryType)

        for name in TheoryExamples.members theoryType do
            if
                not (mentions theoryType name code)
                && not (called.Contains $"{theoryType.Name}.{name}")
            then
                $"{theoryType.Name}.{name}"
]

let tests =
    testList "Theory coverage" [
        testCase "every public type of the theory has an example" (fun () ->
            let without =
                TheoryExamples.types |> List.filter (TheoryExamples.ofType >> List.isEmpty)

            Expect.isEmpty without "")

        testCase "every example shows a public type, and names of examples are distinct" (fun () ->
            let names = TheoryExamples.types |> List.map _.Name |> Set.ofList

            for example in TheoryExamples.all do
                Expect.isTrue (names.Contains example.Type) example.Type

            let titles =
                TheoryExamples.all |> List.map (fun example -> example.Type, example.Subject)

            Expect.equal (List.distinct titles) titles "")

        testCase "every public member of the theory is in an example of its type or called by an experiment" (fun () ->
            let found = missing TheoryExamples.ofType calledByExperiments.Value

            Expect.isEmpty
                found
                "add an example to validation/Qwem.Validation.Tests/Theory/Examples, or remove the member")

        testCase "without examples and experiments every member is missing, without either most are" (fun () ->
            let all = [
                for theoryType in TheoryExamples.types do
                    for name in TheoryExamples.members theoryType do
                        $"{theoryType.Name}.{name}"
            ]

            let uncalled = missing (fun _ -> []) calledByExperiments.Value
            Expect.equal (missing (fun _ -> []) Set.empty) all ""
            Expect.isGreaterThanOrEqual all.Length 200 ""
            Expect.contains uncalled "Spikes.DirectionOverlap" "" // no experiment looks at it
            Expect.contains calledByExperiments.Value "ExactSolution.new" ""
            Expect.contains calledByExperiments.Value "AlignedSolution.HalfRiseTime" "")

        slow (
            testCase "an example that loses its only mention of a member leaves it missing" (fun () ->
                let called = Set.empty
                let complete = missing TheoryExamples.ofType called

                for theoryType in TheoryExamples.types do
                    for name in TheoryExamples.members theoryType do
                        if name <> "new" && not (List.contains $"{theoryType.Name}.{name}" complete) then
                            // As a comment or a string, or as part of another word, the name does not count.
                            let hidden (example: TheoryExample) = {
                                example with
                                    Lines =
                                        $"let other = value.{name}s // value.{name}, {theoryType.Name}.{name}"
                                        :: $"let text = \"{theoryType.Name}.{name}\""
                                        :: (example.Lines |> List.map _.Replace($".{name}", "."))
                            }

                            let examplesOf (t: Type) =
                                TheoryExamples.ofType t |> List.map (if t = theoryType then hidden else id)

                            Expect.contains (missing examplesOf called) ($"{theoryType.Name}.{name}") "")
        )
    ]
