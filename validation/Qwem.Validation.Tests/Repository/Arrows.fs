module Qwem.Validation.Tests.Arrows

open System.IO
open System.Text.RegularExpressions
open System.Xml.Linq
open Expecto

/// The projects a project file references, by name.
let private references (file: string) =
    (XDocument.Load file).Descendants(XName.Get "ProjectReference")
    |> Seq.map (fun element ->
        match element.Attribute(XName.Get "Include") with
        | null -> invalidOp $"a ProjectReference without Include in {file}"
        | path -> string (Path.GetFileNameWithoutExtension(path.Value.Replace('\\', '/'))))
    |> Seq.sort
    |> List.ofSeq

let private projects =
    lazy
        (seq {
            "*.fsproj"
            "*.csproj"
         }
         |> Seq.collect (fun pattern ->
             [ "src"; "validation"; "benchmarks"; "examples" ]
             |> Seq.collect (fun folder ->
                 Directory.EnumerateFiles(Repository.file folder, pattern, SearchOption.AllDirectories)))
         |> Seq.map (fun file -> string (Path.GetFileNameWithoutExtension file), references file)
         |> Map.ofSeq)

let private allows (project: string) (expected: string list) =
    Expect.equal (projects.Value[project] |> Array.ofList) (expected |> List.sort |> Array.ofList) project

/// The folders of the simulator, which are its namespaces: each uses only those before it.
let private rooms = [
    "Threading"
    "Random"
    "LinearAlgebra"
    "IO"
    "Corpora"
    "Cooccurrence"
    "Statistics"
    "Formats"
    "Spectra"
    "Evaluation"
    "Descent"
    "Training"
    "Hogwild"
    "Runs"
]

let tests =
    testList "Arrows" [
        testCase "each folder of the simulator uses only those before it in one order" (fun () ->
            let simulator = Repository.file "src/Qwem.Sim.CSharp"

            let found =
                Directory.GetDirectories simulator
                |> Array.map (fun folder -> string (Path.GetFileName folder))
                |> Array.filter (fun name -> name <> "bin" && name <> "obj")
                |> Set.ofArray

            Expect.equal found (Set.ofList rooms) "the folders"

            for place, room in List.indexed rooms do
                for file in
                    Directory.EnumerateFiles(Path.Combine(simulator, room), "*.cs", SearchOption.AllDirectories) do
                    for used in Regex.Matches(File.ReadAllText file, @"\bQwem\.Sim\.(\w+)") do
                        let other = List.tryFindIndex ((=) used.Groups[1].Value) rooms

                        Expect.isTrue
                            (other |> Option.forall (fun other -> other <= place))
                            $"{file} uses {used.Value}")

        testCase "no more than twelve lines of the simulator and the command stand in two places" (fun () ->
            let code (file: string) =
                File.ReadAllLines file
                |> Array.map _.Trim()
                |> Array.filter (fun line ->
                    Regex.IsMatch(line, @"\w")
                    && not (Regex.IsMatch(line, @"^(//|using |namespace )")))

            let repeated =
                [ "src/Qwem.Sim.CSharp"; "src/Qwem.Cli.CSharp" ]
                |> Seq.collect (fun folder ->
                    Directory.EnumerateFiles(Repository.file folder, "*.cs", SearchOption.AllDirectories))
                |> Seq.filter (fun file -> not (Regex.IsMatch(file, @"[/\\](obj|bin)[/\\]")))
                |> Seq.collect (fun file ->
                    code file
                    |> Array.windowed 13
                    |> Array.map (fun run -> String.concat "\n" run, file))
                |> Seq.countBy fst
                |> Seq.filter (fun (_, count) -> count > 1)
                |> Seq.map fst
                |> List.ofSeq

            Expect.equal repeated [] "")

        testCase "theory, simulator and reports reference no project" (fun () ->
            allows "Qwem.Theory.FSharp" []
            allows "Qwem.Sim.CSharp" []
            allows "Qwem.Reports.FSharp" [])

        testCase "validation references exactly theory, simulator and reports" (fun () ->
            allows "Qwem.Validation.FSharp" [ "Qwem.Theory.FSharp"; "Qwem.Sim.CSharp"; "Qwem.Reports.FSharp" ])

        testCase "the command references only validation, reports and simulator" (fun () ->
            let allowed =
                set [ "Qwem.Validation.FSharp"; "Qwem.Reports.FSharp"; "Qwem.Sim.CSharp" ]

            let found = set projects.Value["Qwem.Cli.CSharp"]
            Expect.isEmpty (Set.difference found allowed |> Set.toArray) "")

        testCase "the benchmarks reference the simulator, and the reports for their figures, only"
        <| fun () -> allows "Qwem.Benchmarks.CSharp" [ "Qwem.Reports.FSharp"; "Qwem.Sim.CSharp" ]

        testCase "the fuzzer references the simulator only" (fun () -> allows "Qwem.Fuzz.CSharp" [ "Qwem.Sim.CSharp" ])

        testCase "nothing but validation, its tests and the examples references the theory" (fun () ->
            let referring =
                projects.Value
                |> Map.toList
                |> List.filter (fun (_, targets) -> List.contains "Qwem.Theory.FSharp" targets)
                |> List.map fst

            Expect.equal referring [ "Qwem.Examples.CSharp"; "Qwem.Validation.FSharp"; "Qwem.Validation.Tests" ] "")
    ]
