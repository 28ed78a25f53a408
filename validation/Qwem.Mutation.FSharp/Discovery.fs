/// How the theory's tests are found. Nothing else here knows which framework the tests are written for.
module internal Qwem.Mutation.Discovery

open System
open System.IO
open System.Reflection
open System.Runtime.ExceptionServices
open System.Xml.Linq
open FsCheck
open FsCheck.NUnit
open NUnit.Framework

/// A test: returns when it passes, throws when it fails.
type TheoryTest = { Name: string; Run: unit -> unit }

/// Cases of a property: enough to meet every class of inputs, few enough to run for thousands of mutants.
let private casesOfProperty = 20

/// Tests of the theory alone that stand with the claims that they belong to.
let private theoryInClaims =
    set [ "ErrataTests.fs"; "StartTests.fs"; "FlowBoundTests.fs" ]

/// The names of the modules in the theory's part of the project file, which is in a folder of its own or between two comments.
let private theoryModules (projectFile: string) =
    let mutable inTheory = false

    [
        for node in (XDocument.Load projectFile).DescendantNodes() do
            match node with
            | :? XComment as comment -> inTheory <- comment.Value.Contains "The theory"
            | :? XElement as element when element.Name.LocalName = "Compile" ->
                match element.Attribute(XName.Get "Include") with
                | null -> ()
                | file when
                    inTheory
                    || file.Value.StartsWith "Theory/"
                    || file.Value.StartsWith "TheoryExamples/"
                    || theoryInClaims.Contains(string (Path.GetFileName file.Value))
                    ->
                    string (Path.GetFileNameWithoutExtension file.Value)
                | _ -> ()
            | _ -> ()
    ]
    |> set

/// What a method throws, not that reflection called it.
let private call (method: MethodInfo) (arguments: objnull array) () =
    try
        method.Invoke(null, arguments) |> ignore
    with :? TargetInvocationException as e ->
        match e.InnerException with
        | null -> reraise ()
        | inner -> ExceptionDispatchInfo.Throw inner

/// A named argument of an attribute; the attribute itself does not tell.
let private argument (name: string) (attribute: CustomAttributeData) =
    attribute.NamedArguments
    |> Seq.tryFind (fun a -> a.MemberName = name)
    |> Option.map _.TypedValue.Value

let private property (method: MethodInfo) (attribute: CustomAttributeData) () =
    let cases =
        match argument "MaxTest" attribute with
        | Some(:? int as n) -> min casesOfProperty n
        | _ -> casesOfProperty

    let arbitraries =
        match argument "Arbitrary" attribute with
        | Some(:? Collections.Generic.IEnumerable<CustomAttributeTypedArgument> as types) ->
            types
            |> Seq.choose (fun t ->
                match t.Value with
                | :? Type as kind -> Some kind
                | _ -> None)
            |> List.ofSeq
        | _ -> []

    let config =
        Config.QuickThrowOnFailure
            .WithQuietOnSuccess(true)
            .WithMaxTest(cases)
            .WithArbitrary(arbitraries)
            .WithReplay(
                Some
                    {
                        Rnd = Rnd(20250213UL, 2502098631UL)
                        Size = None
                    }
            )

    Check.Method(config, method)

let private ofMethod (method: MethodInfo) =
    let name = $"%s{(nonNull method.DeclaringType).Name}.%s{method.Name}"

    match
        method.CustomAttributes
        |> Seq.tryFind (fun a -> a.AttributeType = typeof<PropertyAttribute>)
    with
    | None ->
        [
            if method.IsDefined typeof<TestAttribute> && method.GetParameters().Length = 0 then
                { Name = name; Run = call method [||] }

            for at, case in Seq.indexed (method.GetCustomAttributes<TestCaseAttribute>()) do
                {
                    Name = $"%s{name} %d{at + 1}"
                    Run = call method case.Arguments
                }
        ]
    | Some attribute ->
        [
            {
                Name = name
                Run = property method attribute
            }
        ]

/// The tests of a module that holds them as a value.
let private ofValue (holder: Type) =
    match holder.GetProperty("tests", BindingFlags.Public ||| BindingFlags.Static) with
    | null -> []
    | property ->
        match property.GetValue null with
        | :? Expecto.Test as tests ->
            [
                for test in Expecto.Test.toTestCodeList tests do
                    let name = String.Join(".", holder.Name :: test.name)

                    match test.test with
                    | Expecto.Sync run -> { Name = name; Run = run }
                    | Expecto.SyncWithCancel run ->
                        {
                            Name = name
                            Run = fun () -> run Threading.CancellationToken.None
                        }
                    | Expecto.Async run ->
                        {
                            Name = name
                            Run = fun () -> Async.RunSynchronously run
                        }
                    | Expecto.AsyncFsCheck(config, _, run) ->
                        let config = config |> Option.defaultValue Expecto.FsCheckConfig.defaultConfig

                        {
                            Name = name
                            Run =
                                fun () ->
                                    Async.RunSynchronously(
                                        run
                                            { config with
                                                maxTest = min casesOfProperty config.maxTest
                                                replay = Some(20250213UL, 2502098631UL, None)
                                            }
                                    )
                        }
            ]
        | _ -> []

/// The tests of a test assembly, in the order of its modules: the theory's if there is a project file that tells, otherwise all.
let tests (projectFile: string) (assembly: Assembly) : TheoryTest list =
    let isTheorys =
        if File.Exists projectFile then
            let modules = theoryModules projectFile
            fun (name: string) -> modules.Contains(name.Replace("Module", ""))
        else
            fun _ -> true

    assembly.GetTypes()
    |> Seq.filter (fun t -> t.IsAbstract && t.IsSealed && isTheorys t.Name)
    |> Seq.collect (fun holder ->
        holder.GetMethods(BindingFlags.Public ||| BindingFlags.Static ||| BindingFlags.DeclaredOnly)
        |> Seq.collect ofMethod
        |> Seq.append (ofValue holder))
    |> List.ofSeq
