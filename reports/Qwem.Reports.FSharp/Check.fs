/// What must hold of a report before anything is rendered.
module Qwem.Reports.Check

open System

let private refuse message = raise (ReportException message)

let private isFileName (id: string) =
    id <> ""
    && id |> Seq.forall (fun c -> Char.IsAsciiLetterOrDigit c || c = '-' || c = '_')

/// A name as part of an anchor: everything but ASCII letters and digits becomes a hyphen.
let anchor (name: string) =
    name
    |> String.map (fun c -> if Char.IsAsciiLetterOrDigit c then Char.ToLowerInvariant c else '-')

// Names are compared as anchors: a/b and A-b would lead to one place of the page.
let private firstRepeat (ids: string list) =
    ids
    |> List.countBy anchor
    |> List.tryFind (fun (_, count) -> count > 1)
    |> Option.map fst

/// All figures of a report, in order.
let figures (report: Report) =
    report.Sections |> List.collect (fun section -> section.Figures)

/// All verdicts of a report, in order.
let verdicts (report: Report) =
    report.Sections |> List.collect (fun section -> section.Verdicts)

/// Refuses with a ReportException: figure and section names unfit for files and anchors, names used twice, a ragged table, and a verdict
/// that claims to have passed against its own numbers.
let report (report: Report) =
    for figure in figures report do
        if not (isFileName figure.Id) then
            refuse
                $"Figure '{figure.Id}' ('{figure.Title}') needs an Id of letters, digits, '-' and '_', for it names a file."

        if not figure.Frames.IsEmpty && figure.Frames.Length <> figure.Panels.Length then
            refuse
                $"Figure '{figure.Id}' has {figure.Frames.Length} frames for {figure.Panels.Length} panels; name one for each, or none."

    let names =
        [
            "Figure", figures report |> List.map (fun figure -> figure.Id)
            "Section", report.Sections |> List.map (fun section -> section.Id)
            "Verdict", verdicts report |> List.map (fun verdict -> verdict.Id)
        ]

    for kind, ids in names do
        match firstRepeat ids with
        | Some id ->
            refuse
                $"{kind} Id '{id}' occurs more than once (only letters, in any case, and digits count); give every {kind.ToLowerInvariant()} its own."
        | None -> ()

    for section in report.Sections do
        // Their pages would take the place of the report's own.
        if List.contains (anchor section.Id) [ "index"; "readme"; "beside-the-paper"; "" ] then
            refuse $"Section Id '{section.Id}' names a page of the report's own; give the section another."

    for table in report.Sections |> List.collect (fun section -> section.Tables) do
        for row in table.Rows do
            if row.Length <> table.Headings.Length then
                refuse
                    $"The table '{table.Caption}' has {table.Headings.Length} headings, but a row of {row.Length} cells: '{List.tryHead row}'."

    for verdict in verdicts report do
        if verdict.Passed && not (verdict.Gap <= verdict.Bound) then
            refuse
                $"Verdict '{verdict.Id}' says it passed with gap {Numbers.exact verdict.Gap} against bound {Numbers.exact verdict.Bound}; set Passed from the numbers."
