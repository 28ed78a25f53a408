/// The process that runs tests. It answers one line per line that it is sent; a mutant that hangs or crashes ends only this process.
module internal Qwem.Mutation.Child

open System
open System.Globalization
open System.IO

/// The tests' observations in one pass, as a table: index, name, milliseconds, steps, failure, places.
let private survey (tests: Discovery.TheoryTest[]) (file: string) =
    use writer = new StreamWriter(file)
    // What loading the tests has computed already counts for the first of them.
    let mutable loaded = Worker.reached ()

    for index, test in Seq.indexed tests do
        let seen = Worker.observe test
        let failure = seen.Failure |> Option.map _.Message |> Option.defaultValue ""

        let places =
            loaded @ seen.Places |> Seq.distinct |> Seq.map string |> String.concat ","

        loaded <- []

        String.Join(
            "\t",
            [|
                string index
                test.Name
                seen.Milliseconds.ToString("F2", CultureInfo.InvariantCulture)
                string seen.Steps
                failure.ReplaceLineEndings(" ").Replace('\t', ' ')
                places
            |]
        )
        |> writer.WriteLine

/// "12:3400 7:9000": tests by their index, with the steps they take without a mutant.
let private parse (tests: Discovery.TheoryTest[]) (text: string) =
    text.Split(' ', StringSplitOptions.RemoveEmptyEntries)
    |> Array.map (fun pair ->
        let parts = pair.Split ':'
        tests[int parts[0]], int64 parts[1])

let private answer tests (line: string) =
    match line.Split '\t' with
    | [| "survey"; file |] ->
        survey tests file
        "done"
    | [| "warm"; chosen |] ->
        parse tests chosen |> Array.iter (fst >> Worker.observe >> ignore)
        "done"
    | [| "run"; mutant; chosen |] ->
        match Worker.judge (int mutant) (parse tests chosen) with
        | Worker.Killed name -> "killed\t" + name
        | Worker.Survived -> "survived"
        | Worker.Broken name -> "broken\t" + name
    | _ -> invalidArg (nameof line) $"no such request: %s{line}"

/// Serves until its input ends. With a mutant given, it is on from before the theory is loaded, so also in what is computed once.
let serve (places: Worker.Places) =
    let replies = Console.Out
    Console.SetOut TextWriter.Null
    let tests = Worker.load places

    // The main thread's stack is too small for tests of deep recursion that mutants make deeper.
    let work () =
        let mutable line = Console.In.ReadLine()

        while not (isNull line) do
            replies.WriteLine(answer tests (nonNull line))
            replies.Flush()
            line <- Console.In.ReadLine()

    let thread = Threading.Thread(work, 64 * 1024 * 1024)
    thread.Start()
    thread.Join()
    0
