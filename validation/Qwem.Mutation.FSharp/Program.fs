module internal Qwem.Mutation.Program

open System
open System.Collections.Generic
open System.Diagnostics
open System.IO
open System.Threading
open Qwem.Mutation.Record
open Qwem.Mutation.Rewriting
open Qwem.Mutation.Options

let private campaign (options: Options) =
    let watch = Stopwatch.StartNew()
    let root = root AppContext.BaseDirectory

    let reference name =
        Path.Combine(root, "validation", "reference", name)

    let tests = Path.Combine(root, "validation", "Qwem.Validation.Tests")
    let folder = Directory.CreateTempSubdirectory("qwem-mutants").FullName
    let output = Path.Combine(tests, "bin", "Release", "net10.0")
    let rewritten = Path.Combine(folder, "Qwem.Theory.dll")

    let mutants, left =
        rewriteAssembly (Path.Combine(output, "Qwem.Theory.dll")) rewritten

    let record = reference "theory-mutants.tsv"
    let recorded = ids record
    let equivalent = ids (reference "equivalent-mutants.tsv")
    let chosen = select options recorded mutants

    printfn
        $"%d{mutants.Length} mutants, %d{chosen.Length} of them chosen. Not mutated: %d{left.Plumbing} methods written by the compiler, %d{left.Inlined} inlined everywhere, %d{left.Hashes} hash codes, %d{left.Lineless} without source; %d{left.Foreign} mutants of code that the compiler adds."

    if options.ContainsKey "--list" then
        for m in chosen do
            printfn $"%s{m.Id}\t%s{m.File}:%d{m.Line}\t%s{m.Original} -> %s{m.Mutated}"

        0
    else
        let places: Worker.Places =
            {
                Rewritten = rewritten
                TestAssembly =
                    match options.TryGetValue "--tests" with
                    | true, file -> Path.GetFullPath file
                    | _ -> Path.Combine(output, "Qwem.Validation.Tests.dll")
                TestProject =
                    if options.ContainsKey "--tests" then
                        "-"
                    else
                        Path.Combine(tests, "Qwem.Validation.Tests.fsproj")
                Count = mutants.Length
            }

        use child = new Process.Child(places)

        let used, failing =
            Campaign.survey child folder |> Array.partition (fun t -> t.Failure = "")

        printfn
            $"%d{used.Length} tests take %.1f{(used |> Array.sumBy _.Milliseconds) / 1000.0} s; %d{failing.Length} fail without a mutant."

        for t in failing do
            printfn $"  fails: %s{t.Name}: %s{t.Failure}"

        use stop = new CancellationTokenSource()

        Console.CancelKeyPress.Add(fun e ->
            e.Cancel <- true
            stop.Cancel())

        use out =
            match options.TryGetValue "--output" with
            | true, file -> new StreamWriter(file)
            | _ -> StreamWriter.Null

        let results = List<Mutant * Outcome>()
        let surveyTime = watch.Elapsed

        let report (mutant, outcome: Outcome) =
            results.Add(mutant, outcome)
            out.WriteLine(line mutant outcome)
            out.Flush()

            if
                outcome.IsAlive
                && not (recorded.Contains mutant.Id || equivalent.Contains mutant.Id)
            then
                printfn $"alive: %s{(line mutant outcome).Trim()}"

            if results.Count % 100 = 0 then
                let each = (watch.Elapsed - surveyTime) / float results.Count
                let killed, counted = score equivalent results

                printfn
                    $"%d{results.Count} of %d{chosen.Length} done, %d{killed} of %d{counted} killed, about %.0f{(each * float (chosen.Length - results.Count)).TotalMinutes} minutes left"

        let limits: Campaign.Limits =
            {
                Workers = number options "--workers" 1
                Budget = TimeSpan.FromSeconds(float (number options "--budget" 1_000_000))
            }

        Campaign.run places limits stop.Token child used chosen report
        Directory.Delete(folder, true)
        let killed, counted = score equivalent results

        let alive, refuted =
            results
            |> Seq.filter (fun (m, o) -> o.IsAlive && not (recorded.Contains m.Id || equivalent.Contains m.Id))
            |> Seq.length,
            results
            |> Seq.filter (fun (m, o) -> not o.IsAlive && equivalent.Contains m.Id)
            |> Seq.length

        printfn
            $"%d{results.Count} mutants in %.0f{watch.Elapsed.TotalSeconds} s: %d{killed} of %d{counted} killed (%.2f{100.0 * float killed / float (max 1 counted)} %%), %d{alive} alive and not recorded, %d{refuted} killed though argued to be equivalent."

        if options.ContainsKey "--record" then
            if results.Count < mutants.Length then
                printfn "Nothing recorded: not all mutants were run."
            else
                let ordered = results |> List.ofSeq |> List.sortBy (fun (m, _) -> m.Number)

                write
                    record
                    equivalent
                    ordered
                    [
                        $"Tests: %d{used.Length}, those called slow left out. Not mutated: %d{left.Plumbing} methods written by the compiler, %d{left.Inlined} inlined everywhere, %d{left.Hashes} hash codes, %d{left.Lineless} without source; %d{left.Foreign} mutants of code that the compiler adds."
                    ]

        if alive + refuted > 0 then 2 else 0

[<EntryPoint>]
let main arguments =
    match arguments with
    | [| "--child"; rewritten; testAssembly; testProject; count |] ->
        Child.serve
            {
                Rewritten = rewritten
                TestAssembly = testAssembly
                TestProject = testProject
                Count = int count
            }
    | _ ->
        let options = parse arguments

        if options.ContainsKey "--help" then
            printfn $"%s{help}"
            0
        else
            campaign options
