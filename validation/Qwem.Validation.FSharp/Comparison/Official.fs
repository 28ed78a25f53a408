/// Official benchmarks in the comparison: measured with the user's files, and recorded on 17 million words.
module Qwem.Validation.Comparison.Official

open System
open System.Globalization
open System.IO
open Qwem.Reports
open Qwem.Sim.Evaluation
open Qwem.Validation

/// A method's scores, one for each benchmark.
type Row =
    {
        Method: string
        Scores: BenchmarkScore list
    }

let private resource = "benchmarks-enwiki-17m.csv"

/// Names in the recording, in the order of the table, and what they stand for.
let private recordedMethods =
    [
        "sym", "M*_{sym}"
        "qwem", "QWEM L_{sym}"
        "sym-shrunk", "M*_{sym}, shrunk"
        "sym-rounds", "M*_{sym}, own prior"
        "xe", "M*_{xe}"
        "ppmi", "PPMI"
        "word2vec-1", "word2vec, seed 1"
        "word2vec-2", "word2vec, seed 2"
        "word2vec-3", "word2vec, seed 3"
    ]

/// Text and sizes of the recording.
let recordedSizes =
    "Wikipedia, 16.9 million words (recorded); V = 10,000, L = 16, d = 200"

// Names of files as they are passed on, by how they begin.
let private usual =
    [
        "questions-words", "Google analogies"
        "men", "MEN"
        "ws353", "WordSim-353"
        "wordsim", "WordSim-353"
        "simlex", "SimLex-999"
    ]

/// What a benchmark is called where its file has a usual name; else the file's name.
let private title (benchmark: string) =
    usual
    |> List.tryFind (fun (start, _) -> benchmark.StartsWith(start, StringComparison.OrdinalIgnoreCase))
    |> Option.map snd
    |> Option.defaultValue benchmark

let private number (text: string) =
    Double.Parse(text, CultureInfo.InvariantCulture)

let private parse (line: string) =
    match line.Split ',' with
    | [| name; benchmark; "total"; items; known; correct; value; lower; upper |] ->
        Some(
            name,
            {
                Benchmark = benchmark
                Items = int items
                Known = int known
                IsShare = correct <> ""
                Value = number value
                Lower = number lower
                Upper = number upper
            }
        )
    | [| _; _; _; _; _; _; _; _; _ |] -> None
    | _ -> invalidOp $"The line '{line}' of {resource} has not nine columns."

/// The recording that is embedded in this build.
let recorded () : Row list =
    match typeof<Tolerance>.Assembly.GetManifestResourceStream resource with
    | null -> invalidOp $"The recording {resource} is not embedded in this build."
    | stream ->
        use reader = new StreamReader(stream)

        let scores =
            reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries)
            |> Array.skip 1
            |> Array.choose parse

        recordedMethods
        |> List.map (fun (code, name) ->
            {
                Method = name
                Scores =
                    [
                        for other, score in scores do
                            if other = code then
                                score
                    ]
            })

/// Every method's scores in the user's benchmarks; none without benchmarks.
let measured (methods: Method array) (setting: Setting) : Row list =
    match setting.Benchmarks with
    | null -> []
    | benchmarks ->
        let bootstrap =
            BootstrapSettings(Replicates = Method.replicates, Seed = setting.Seed)

        [
            for it in methods do
                setting.Cancellation.ThrowIfCancellationRequested()
                setting.Progress.Invoke($"comparison: official benchmarks, {it.Name}", 0.0)

                {
                    Method = it.Name
                    Scores = benchmarks.Score(it.Vectors, bootstrap, setting.Team, setting.Cancellation)
                }
        ]

let private cell (score: BenchmarkScore) =
    if Double.IsNaN score.Value then
        "–"
    else
        let show x =
            if score.IsShare then Numbers.decimals 2 (100.0 * x) else Numbers.decimals 3 x

        $"{show score.Value} [{show score.Lower}, {show score.Upper}]"

/// A score's value alone.
let value (score: BenchmarkScore) =
    if Double.IsNaN score.Value then "–"
    elif score.IsShare then Numbers.decimals 1 (100.0 * score.Value) + " %"
    else Numbers.decimals 3 score.Value

/// The score of a method in a benchmark, named as in the tables, if there is one.
let find (rows: Row list) name benchmark =
    rows
    |> List.tryFind (fun row -> row.Method = name)
    |> Option.bind (fun row -> row.Scores |> List.tryFind (fun score -> title score.Benchmark = benchmark))

/// What the recording shows beside the paper's table.
let remark () =
    let rows = recorded ()

    let share name =
        match find rows name "Google analogies" with
        | Some score -> value score
        | None -> invalidOp $"The recording {resource} has no Google analogies of {name}."

    let sym, shrunk, ppmi = share "M*_{sym}", share "M*_{sym}, shrunk", share "PPMI"
    let rounds = share "M*_{sym}, own prior"

    $"On the paper's 2.0 billion words M*_{{sym}} answers 16 points more of the Google analogies than PPMI does. On 17 million words, recorded below, they are level ({sym} and {ppmi}): an unseen pair says −2 with full confidence in M*_{{sym}}, and on a hundredth of the text more pairs are unseen. Shrinkage is the remedy ({shrunk}; towards the model's own opinion of a pair instead of independence, three rounds of it, {rounds}; `docs/shrinkage.md`). QWEM is trained there by 60,000 steps of twice 50,000 pairs, the rate falling on a line. word2vec there is `qwem train --mode word2vec` with 5 negatives, `-sample 1e-4` and 3 epochs; the original C program gives 53.07 %% on the same text and settings."

let private table caption (rows: Row list) =
    {
        Caption = caption
        Headings =
            "method"
            :: (rows.Head.Scores
                |> List.map (fun score ->
                    let unit = if score.IsShare then ", %" else ""
                    $"#{title score.Benchmark}{unit} ({score.Known} of {score.Items})"))
        Rows = rows |> List.map (fun row -> row.Method :: List.map cell row.Scores)
    }

/// What was measured, if anything was, and the recording.
let tables (measured: Row list) : Table list =
    let how =
        "Questions are answered with the inputs excluded, similarities are rank correlations of cosines; with 95% bootstrap intervals, and in the headings how many questions and pairs have known words."

    [
        if not measured.IsEmpty then
            table $"Official benchmarks on this text. {how}" measured

        table
            $"Official benchmarks on 17 million words (recorded; Wikipedia, V = 10,000, L = 16, d = 200). {how} `validation/data/record-benchmarks.sh` makes the recording; word2vec’s threads do not wait for one another, so its rows differ a little each time. PPMI is of counts with self-pairs set to P_{{i}}²; with self-pairs as counted it answers two questions more, 2621 of 5265, which is the 49.78%% of an independent NumPy computation."
            (recorded ())
    ]
