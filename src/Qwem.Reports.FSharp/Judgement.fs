namespace Qwem.Reports

open Qwem.Reports.Numbers

/// A gate or a slip that fails a run.
type Failure =
    {
        /// The gate, or the slip.
        Id: string
        /// Gap, bound and gap over bound as a table shows them; a dash where no gate of that name ran.
        Gap: string
        Bound: string
        Utilisation: string
        /// The reasons, plain text.
        Why: string
    }

/// <summary>A report and how it differs from a baseline: what continuous integration decides on.</summary>
/// <param name="report">The run.</param>
/// <param name="against">Name of the baseline, for display.</param>
/// <param name="problems">From <c>Check.problems</c>.</param>
/// <param name="changes">From <c>Baseline.compare</c>.</param>
[<Sealed>]
type Judgement(report: Report, against: string, problems: string list, changes: Baseline.Change list) =

    let verdicts = Check.verdicts report

    /// The run.
    member _.Report = report

    /// Name of the baseline, for display.
    member _.Against = against

    /// What makes the run worth less than it says.
    member _.Problems = problems

    /// What differs from the baseline.
    member _.Changes = changes

    /// What fails the run by the baseline, in the baseline's order.
    member _.Failures: Failure list =
        let ran = verdicts |> List.map (fun verdict -> verdict.Id, verdict) |> Map.ofList

        changes
        |> List.filter _.Fails
        |> List.groupBy _.Id
        |> List.map (fun (id, changes) ->
            let shown read =
                ran.TryFind id |> Option.map read |> Option.defaultValue "–"

            {
                Id = id
                Gap = shown (fun verdict -> short verdict.Gap)
                Bound = shown (fun verdict -> short verdict.Bound)
                Utilisation = shown (fun verdict -> utilisation verdict.Gap verdict.Bound)
                Why = changes |> List.map _.What |> String.concat "; "
            })

    /// The matrix of slips and gates by slip, those first that no gate rejects.
    member _.Slips: SlipMatrix.Row list = SlipMatrix.rows report.Slips verdicts

    /// Whether nothing fails.
    member judgement.Passed = problems.IsEmpty && judgement.Failures.IsEmpty

    /// <summary>The judgement as Markdown, for a pull request or a job's summary: what failed, what differs, every verdict.</summary>
    /// <param name="folderOf">Where to look, by a gate's id.</param>
    /// <param name="slips">Whether to list what becomes of every slip.</param>
    member judgement.Summary(folderOf: System.Func<string, string>, slips: bool) : string =
        let block text = text + "\n"
        let escape = Markdown.escape

        let items lines =
            lines |> List.map (fun line -> $"- {line}\n") |> System.String.Concat

        let folded (title: string) (content: string) =
            $"<details><summary>{title}</summary>\n\n{content}\n</details>\n"

        [
            block $"""# qwem gate: {if judgement.Passed then "PASS" else "FAIL"}"""
            block (Tables.count verdicts)

            match Tables.matrix report.Slips verdicts with
            | "" -> ()
            | counts -> block counts

            if not problems.IsEmpty then
                problems |> List.map escape |> items

            if not judgement.Failures.IsEmpty then
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

                changes
                |> List.map (fun change ->
                    let consequence = if change.Fails then " **Fails.**" else ""
                    $"{escape change.Id} {escape change.What}.{consequence}")
                |> items

            folded "Every verdict" (Markdown.verdictTableOf verdicts)

            if slips then
                folded "Every slip" (Markdown.slipTableOf judgement.Slips)
        ]
        |> String.concat "\n"
