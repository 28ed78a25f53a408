namespace Qwem.Reports

open Qwem.Reports.Numbers
open Qwem.Reports.Rich

/// A gate that fails a run: by its own numbers, by the baseline, or by both.
type Failure =
    {
        Id: string
        /// Gap, bound and gap over bound as a table shows them; a dash where the gate did not run.
        Gap: string
        Bound: string
        Utilisation: string
        /// The reasons, plain text.
        Why: string
    }

/// A wrong theory that a gate was shown.
type WrongTheory =
    {
        /// The gate.
        Id: string
        /// The wrong theory, plain text.
        Theory: string
        Gap: string
        Bound: string
        Caught: bool
    }

/// <summary>A report and how it differs from a baseline: what continuous integration decides on.</summary>
/// <param name="report">The run.</param>
/// <param name="against">Name of the baseline, for display.</param>
/// <param name="changes">From <c>Baseline.compare</c>.</param>
[<Sealed>]
type Judgement(report: Report, against: string, changes: Baseline.Change list) =

    static let reasons (verdict: Verdict) =
        [
            if not (verdict.Gap <= verdict.Bound) then
                $"the gap is {utilisation verdict.Gap verdict.Bound} times the bound"

            if verdict.Mutations.IsEmpty then
                "it was shown no wrong theory"

            for mutation in verdict.Mutations do
                if not mutation.Killed then
                    $"it does not reject the wrong theory '{spoken mutation.Mutation}'"
        ]

    let verdicts = Check.verdicts report

    let failing id =
        changes
        |> List.filter (fun change -> change.Fails && change.Id = id)
        |> List.map (fun change -> change.What)

    /// The run.
    member _.Report = report

    /// Name of the baseline, for display.
    member _.Against = against

    /// What differs from the baseline.
    member _.Changes = changes

    /// Gates that fail the run, in the report's order, then those that did not run.
    member _.Failures: Failure list =
        let ran = verdicts |> List.map (fun verdict -> verdict.Id) |> Set.ofList

        [
            for verdict in verdicts do
                let own = if verdict.Passed then [] else reasons verdict

                match own @ failing verdict.Id with
                | [] when verdict.Passed -> ()
                | why ->
                    {
                        Id = verdict.Id
                        Gap = short verdict.Gap
                        Bound = short verdict.Bound
                        Utilisation = utilisation verdict.Gap verdict.Bound
                        Why = String.concat "; " why
                    }

            for change in changes do
                if change.Fails && not (ran.Contains change.Id) then
                    {
                        Id = change.Id
                        Gap = "–"
                        Bound = "–"
                        Utilisation = "–"
                        Why = change.What
                    }
        ]

    /// Every wrong theory that a gate was shown, in the report's order.
    member _.WrongTheories: WrongTheory list =
        [
            for verdict in verdicts do
                for mutation in verdict.Mutations do
                    {
                        Id = verdict.Id
                        Theory = spoken mutation.Mutation
                        Gap = short mutation.Gap
                        Bound = short verdict.Bound
                        Caught = mutation.Killed
                    }
        ]

    /// Whether nothing fails.
    member judgement.Passed = judgement.Failures.IsEmpty

    /// <summary>The judgement as Markdown, for a pull request or a job's summary: what failed, what differs, every verdict.</summary>
    /// <param name="folderOf">Where to look, by a gate's id.</param>
    /// <param name="mutations">Whether to list every wrong theory.</param>
    member judgement.Summary(folderOf: System.Func<string, string>, mutations: bool) : string =
        let block text = text + "\n"
        let escape = Markdown.escape

        let differences =
            changes
            |> List.map (fun change ->
                let consequence = if change.Fails then " **Fails.**" else ""
                $"- {escape change.Id} {escape change.What}.{consequence}\n")
            |> System.String.Concat

        let folded (title: string) (content: string) =
            $"<details><summary>{title}</summary>\n\n{content}\n</details>\n"

        [
            block $"# qwem gate: {Tables.word judgement.Passed}"
            block (Tables.count verdicts)

            if not judgement.Passed then
                judgement.Failures
                |> List.map (fun failure ->
                    [
                        escape failure.Id
                        failure.Gap
                        failure.Bound
                        failure.Utilisation
                        escape failure.Why
                        $"<code>{escape (folderOf.Invoke failure.Id)}</code>"
                    ])
                |> Markdown.table
                    [ "Gate"; "Gap"; "Bound"; "Gap/bound"; "Why it fails"; "Where to look" ]
                    [ "---"; "---:"; "---:"; "---:"; "---"; "---" ]

            if changes.IsEmpty then
                block $"Nothing differs from {escape against}."
            else
                block $"Against {escape against}:"
                differences

            folded "Every verdict" (Markdown.verdictTableOf verdicts)

            if mutations then
                judgement.WrongTheories
                |> List.map (fun wrong ->
                    [
                        escape wrong.Id
                        escape wrong.Theory
                        wrong.Gap
                        wrong.Bound
                        (if wrong.Caught then "caught" else "**NOT caught**")
                    ])
                |> Markdown.table
                    [ "Gate"; "Wrong theory"; "Gap"; "Bound"; "Outcome" ]
                    [ "---"; "---"; "---:"; "---:"; "---" ]
                |> folded "Every wrong theory"
        ]
        |> String.concat "\n"
