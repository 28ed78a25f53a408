/// What must hold of a report: so that it can be rendered, and so that it means what it says.
module Qwem.Reports.Check

open System

let private isFileName (id: string) =
    id <> ""
    && id |> Seq.forall (fun c -> Char.IsAsciiLetterOrDigit c || c = '-' || c = '_')

/// A name as part of an anchor: everything but ASCII letters and digits becomes a hyphen.
let anchor (name: string) =
    name
    |> String.map (fun c -> if Char.IsAsciiLetterOrDigit c then Char.ToLowerInvariant c else '-')

// Names are compared as anchors: a/b and A-b would lead to one place of the page.
let private repeated (ids: string list) =
    ids
    |> List.groupBy anchor
    |> List.choose (fun (_, ids) -> if ids.Length > 1 then Some ids.Head else None)

/// All figures of a report, in order.
let figures (report: Report) =
    report.Sections |> List.collect (fun section -> section.Figures)

/// All verdicts of a report, in order.
let verdicts (report: Report) =
    report.Sections |> List.collect (fun section -> section.Verdicts)

// Pages of the report's own, whose place a section's would take.
let private reserved = [ "index"; "readme"; "beside-the-paper"; "matrix"; "" ]

let private nameProblems (report: Report) =
    let names =
        [
            "figure", figures report |> List.map _.Id
            "claim", report.Sections |> List.map _.Id
            "gate", verdicts report |> List.map _.Id
            "slip", report.Slips |> List.map _.Id
        ]

    [
        for kind, ids in names do
            for id in repeated ids do
                $"The {kind} id '{id}' occurs more than once (only letters, in any case, and digits count); give every {kind} its own."

        for section in report.Sections do
            if List.contains (anchor section.Id) reserved then
                $"The claim id '{section.Id}' names a page of the report's own; give the claim another."
    ]

let private drawingProblems (report: Report) =
    [
        for figure in figures report do
            if not (isFileName figure.Id) then
                $"The figure '{figure.Id}' ('{figure.Title}') needs an id of letters, digits, '-' and '_', for it names a file."

            if not figure.Frames.IsEmpty && figure.Frames.Length <> figure.Panels.Length then
                $"The figure '{figure.Id}' has {figure.Frames.Length} frames for {figure.Panels.Length} panels; name one for each, or none."

        for table in report.Sections |> List.collect _.Tables do
            for row in table.Rows do
                if row.Length <> table.Headings.Length then
                    $"The table '{table.Caption}' has {table.Headings.Length} headings, but a row of {row.Length} cells: '{List.tryHead row}'."
    ]

/// Refuses with a ReportException what cannot be rendered: names unfit for files and anchors, names used twice, a ragged table.
let report (report: Report) =
    match nameProblems report @ drawingProblems report with
    | [] -> ()
    | first :: _ -> raise (ReportException first)

let private outcomeProblem (verdict: Verdict) =
    let against =
        $"with a gap of {Numbers.exact verdict.Gap} against a bound of {Numbers.exact verdict.Bound}"

    match verdict.Outcome with
    // Not a number is never within a bound.
    | Outcome.Confirmed when not (verdict.Gap <= verdict.Bound) ->
        Some $"The gate '{verdict.Id}' says confirmed {against}; derive the outcome from the numbers."
    | Outcome.Contradicted when verdict.Gap <= verdict.Bound ->
        Some $"The gate '{verdict.Id}' says contradicted {against}; derive the outcome from the numbers."
    | _ -> None

let private nullProblem (verdict: Verdict) =
    if verdict.Kind = GateKind.Qualitative && verdict.Nulls.IsEmpty then
        Some $"The gate '{verdict.Id}' is qualitative and is held against no null model; add one."
    else
        None

let private notShown (report: Report) (verdict: Verdict) =
    let shown = verdict.Slips |> List.map _.Slip |> Set.ofList

    match report.Slips |> List.filter (fun slip -> not (shown.Contains slip.Id)) with
    | [] -> None
    | missing ->
        Some
            $"The gate '{verdict.Id}' was not shown {missing.Length} of the {report.Slips.Length} slips, for instance '{missing.Head.Id}'; show it all."

/// How much of the suite a report holds, which decides what can be asked of it.
[<RequireQualifiedAccess>]
type Scope =
    /// Every claim at the size of the committed results.
    | Whole
    /// Claims or gates that someone chose: another gate may reject a slip that none of these does.
    | Part
    /// Smaller or other data than the committed results': a gate may be too weak for any slip.
    | Other

/// What makes a report worth less than it says, each a sentence that names the culprit and the remedy: an outcome against its own numbers,
/// a gate that rejects nothing, one that was not shown every slip, a qualitative gate without a null model, a claim without a gate, ids
/// used twice, and in a whole report a slip that no gate rejects.
let problems (scope: Scope) (report: Report) : string list =
    let verdicts = verdicts report

    [
        yield! nameProblems report

        for section in report.Sections do
            if section.Verdicts.IsEmpty then
                $"The claim '{section.Id}' has no gate, so nothing could contradict it; give it one, or take it out."

        yield! List.choose outcomeProblem verdicts
        yield! List.choose nullProblem verdicts
        yield! List.choose (notShown report) verdicts

        if scope <> Scope.Other then
            // Of a gate that is not confirmed nothing is claimed, so that it need not reject anything.
            for verdict in verdicts do
                if SlipMatrix.rejectsNothing verdict then
                    $"'{verdict.Id}' is a gate that rejects nothing: no slip makes it fail; sharpen it, or take it out."

        if scope = Scope.Whole then
            for row in SlipMatrix.rows report.Slips verdicts do
                if row.Rejecting.IsEmpty then
                    $"No gate rejects the slip '{row.Slip.Id}' ({Rich.spoken row.Slip.Mistake}); add a gate that does."
    ]
