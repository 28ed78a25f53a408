/// What the command line asks for.
module internal Qwem.Mutation.Options

open System
open System.Collections.Generic
open System.IO
open Qwem.Mutation.Record
open Qwem.Mutation.Rewriting

let help =
    """Mutates the compiled Qwem.Theory, one small change of its code at a time, and runs the theory's tests against each.

dotnet run -c Release --project validation/Qwem.Mutation.FSharp -- [options]

  --sample N       N mutants drawn at random instead of all
  --seed S         seed of the draw (default 1)
  --part K/N       every N-th mutant, beginning with the K-th
  --only TEXT      mutants whose id or file contains the text
  --survivors      only mutants that are recorded as alive, to see which of them new tests kill
  --from FILE      only mutants that are alive in the list of an earlier run's --output
  --output FILE    write a line for every mutant, as soon as it is known
  --budget SECONDS stop after so many seconds of mutants
  --tests FILE     the tests of this assembly instead of the theory's part of Qwem.Validation.Tests
  --workers N      processes that run tests (default 1)
  --list           write the mutants without running any
  --record         after a run over all mutants: write validation/reference/theory-mutants.tsv
  --help           this text

Every arithmetic operator, comparison, sign and literal of every method is changed, unselected. Left alone are the methods that the
compiler writes for records, unions and exceptions (equality, order, hash, text), methods without a line of source, private functions whose every call is inlined, hash
codes, and in all methods what is not in the source: argument checks of inlined FSharp.Core functions, the numbers of the holes of
interpolated strings, disposal of enumerators.
Exit codes: 0 no mutant is alive that was not recorded; 2 one is, or one argued to be equivalent is killed; 64 the options are wrong."""

let fail (message: string) =
    eprintfn $"%s{message}\nTry --help."
    exit 64

type Options = Dictionary<string, string>

let parse (arguments: string[]) =
    let flags = set [ "--help"; "--survivors"; "--list"; "--record" ]

    let valued =
        set
            [
                "--sample"
                "--seed"
                "--part"
                "--only"
                "--from"
                "--tests"
                "--output"
                "--budget"
                "--workers"
            ]

    let rec go (options: Options) rest =
        match rest with
        | [] -> options
        | flag :: rest when flags.Contains flag ->
            options[flag] <- ""
            go options rest
        | name :: value :: rest when valued.Contains name ->
            options[name] <- value
            go options rest
        | other :: _ -> fail $"Unknown option or missing value: %s{other}"

    go (Options()) (List.ofArray arguments)

let number (options: Options) name (fallback: int) =
    match options.TryGetValue name with
    | false, _ -> fallback
    | true, text ->
        match Int32.TryParse text with
        | true, n when n > 0 -> n
        | _ -> fail $"%s{name} expects a positive integer, not %s{text}."

let rec root (folder: string) =
    if File.Exists(Path.Combine(folder, "Qwem.sln")) then
        folder
    else
        match Path.GetDirectoryName folder with
        | null -> fail "There is no Qwem.sln above this program."
        | parent -> root parent

let select (options: Options) (recorded: Set<string>) (mutants: Mutant list) =
    let alive =
        match options.TryGetValue "--from" with
        | true, file -> Some(aliveIn file)
        | _ -> None

    let chosen =
        mutants
        |> List.filter (fun m ->
            match options.TryGetValue "--only" with
            | true, text -> m.Id.Contains text || m.File.Contains text
            | _ -> true)
        |> List.filter (fun m -> not (options.ContainsKey "--survivors") || recorded.Contains m.Id)
        |> List.filter (fun m -> alive |> Option.forall _.Contains(m.Id))

    let part =
        match options.TryGetValue "--part" with
        | true, text ->
            match text.Split '/' |> Array.map Int32.TryParse with
            | [| true, k; true, n |] when 1 <= k && k <= n ->
                chosen
                |> List.indexed
                |> List.filter (fun (i, _) -> i % n = k - 1)
                |> List.map snd
            | _ -> fail "--part expects K/N with K from 1 to N."
        | _ -> chosen

    if options.ContainsKey "--sample" || options.ContainsKey "--budget" then
        let drawn = Array.ofList part
        Random(number options "--seed" 1).Shuffle drawn
        drawn |> Array.truncate (number options "--sample" drawn.Length) |> List.ofArray
    else
        part
