/// The committed lists, and the list of one run.
module internal Qwem.Mutation.Record

open System
open System.IO

/// What became of a mutant.
type Outcome =
    | Killed of test: string
    /// Its process crashed or gave no answer in time.
    | Stopped
    | Survived
    /// No test reaches its place.
    | NotReached

    member outcome.IsAlive = outcome.IsSurvived || outcome.IsNotReached

    member outcome.Text =
        match outcome with
        | Killed test -> $"killed\t%s{test}"
        | Stopped -> "killed\t(stopped: crash or no answer in time)"
        | Survived -> "survived\t"
        | NotReached -> "not reached\t"

/// One line of a list: id, place, what became what, outcome, and the test that killed it.
let line (mutant: Rewriting.Mutant) (outcome: Outcome) =
    $"%s{mutant.Id}\t%s{mutant.File}:%d{mutant.Line}\t%s{mutant.Original} -> %s{mutant.Mutated}\t%s{outcome.Text}"

/// The first column of a list, without comments.
let ids (file: string) =
    if File.Exists file then
        File.ReadLines file
        |> Seq.filter (fun line -> line <> "" && not (line.StartsWith '#'))
        |> Seq.map (fun line -> line.Split('\t')[0])
        |> set
    else
        Set.empty

/// The mutants that no test killed in a run that wrote all of its outcomes.
let aliveIn (file: string) =
    File.ReadLines file
    |> Seq.map _.Split('\t')
    |> Seq.filter (fun row -> row[3] <> "killed")
    |> Seq.map (fun row -> row[0])
    |> set

/// Killed mutants, and all that are not argued to be equivalent.
let score (equivalent: Set<string>) (results: (Rewriting.Mutant * Outcome) seq) =
    let counted =
        results
        |> Seq.filter (fun (mutant, outcome) -> not (outcome.IsAlive && equivalent.Contains mutant.Id))
        |> Array.ofSeq

    counted |> Array.filter (fun (_, outcome) -> not outcome.IsAlive) |> _.Length, counted.Length

/// The survivors of a run over all mutants, below the numbers that belong to them.
let write (file: string) (equivalent: Set<string>) (results: (Rewriting.Mutant * Outcome) list) (notes: string list) =
    let killed, counted = score equivalent results
    let percent = 100.0 * float killed / float (max 1 counted)

    [
        "# Mutants of the compiled Qwem.Theory that no test kills. Written by Qwem.Mutation, see its --help."
        "# Columns: id (method, operator, ordinal in the method), source line, change of the code, outcome, test that kills it."
        $"# Mutants: %d{results.Length}, equivalent (equivalent-mutants.tsv): %d{results.Length - counted}, killed: %d{killed} of %d{counted}, score: %.2f{percent} %%."
        for note in notes do
            $"# %s{note}"
        for mutant, outcome in results do
            if outcome.IsAlive && not (equivalent.Contains mutant.Id) then
                (line mutant outcome).TrimEnd '\t'
    ]
    |> fun lines -> File.WriteAllLines(file, lines)
