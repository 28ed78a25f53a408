/// Which figure of the report answers which of the paper.
module Qwem.Reports.PaperFigures

open System

/// A row of the table: a figure of the paper, and ours with their sections, or why there is none.
type Row =
    {
        Paper: string
        Ours: (Section * Figure) list
        Reason: string
    }

// "final 3b" is a part of "final 3"; "final 30" is not.
let private answers (paper: string) (named: string) =
    named = paper
    || named.StartsWith(paper, StringComparison.Ordinal)
       && Char.IsAsciiDigit paper[paper.Length - 1]
       && Char.IsAsciiLetter named[paper.Length]

/// The figures of the paper that the report lists, in its order, then those that only its figures name.
let rows (report: Report) : Row list =
    let ours =
        [
            for section in report.Sections do
                for figure in section.Figures do
                    for named in figure.PaperFigures -> named, (section, figure)
        ]

    let reasons = Map.ofList report.MissingFigures

    let listed (named: string) =
        report.PaperFigures |> List.exists (fun paper -> answers paper named)

    let others = ours |> List.map fst |> List.filter (listed >> not) |> List.distinct

    [
        for paper in report.PaperFigures @ others ->
            {
                Paper = paper
                Ours =
                    ours
                    |> List.filter (fun (named, _) -> answers paper named)
                    |> List.map snd
                    |> List.distinctBy (fun (_, figure) -> figure.Id)
                Reason = reasons |> Map.tryFind paper |> Option.defaultValue ""
            }
    ]
