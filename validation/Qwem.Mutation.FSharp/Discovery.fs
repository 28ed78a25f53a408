/// How the theory's tests are found. Nothing else here knows which framework the tests are written for.
module internal Qwem.Mutation.Discovery

open System
open System.IO
open System.Reflection
open System.Xml.Linq

/// A test: returns when it passes, throws when it fails.
type TheoryTest = { Name: string; Run: unit -> unit }

/// Cases of a property: enough to meet every class of inputs, few enough to run for thousands of mutants.
let private casesOfProperty = 20

/// Tests of the theory alone that stand with the claims that they belong to.
let private theoryInClaims =
    set [ "ErrataTests.fs"; "StartTests.fs"; "FlowBoundTests.fs" ]

/// The names of the modules in the theory's folder of the project file.
let private theoryModules (projectFile: string) =
    (XDocument.Load projectFile).Descendants(XName.Get "Compile")
    |> Seq.choose (fun node -> node.Attribute(XName.Get "Include") |> Option.ofObj)
    |> Seq.map _.Value
    |> Seq.filter (fun file ->
        file.StartsWith "Theory/"
        || theoryInClaims.Contains(string (Path.GetFileName file)))
    |> Seq.map Path.GetFileNameWithoutExtension
    |> Seq.map string
    |> set

/// The tests of a module that holds them as a value.
let private ofValue (holder: Type) =
    match holder.GetProperty("tests", BindingFlags.Public ||| BindingFlags.Static) with
    | null -> []
    | property ->
        match property.GetValue null with
        | :? Expecto.Test as tests ->
            [
                for test in
                    Expecto.Test.toTestCodeList tests
                    |> List.filter (fun test -> not (List.contains "slow" test.name)) do
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
    |> Seq.collect ofValue
    |> List.ofSeq
