/// The paper's values and the sections' own: which, and in what order.
module Qwem.Reports.BesideThePaper

open System

/// Name of the page, without its ending.
let pageName = "beside-the-paper"

/// Title of the page.
let title = "Beside the paper’s values"

/// What the page answers.
let question = "What do the paper’s numbers look like on the texts of this report?"

/// How the page is to be read.
let reading =
    "Values of different texts and sizes are not to be compared as numbers, and none of them is a verdict: what should agree is the order of the methods, of the families and of the sizes, and the shape of each row. The gates, which do judge, hold theory and experiment against each other on one and the same statistics. The paper’s values are its printed numbers, its notebooks’ output, or read off its figures."

/// "v1 2A" as version, number and part; None for a place that is no figure.
let private figureOf (place: string) =
    match place.Split(' ', 2) with
    | [| "v1" | "final" as version; name |] when name <> "" && Char.IsAsciiDigit name[0] ->
        let digits = name |> Seq.takeWhile Char.IsAsciiDigit |> Seq.length

        if name.Length <= digits + 1 then
            Some(version, Int32.Parse name[.. digits - 1], name[digits..])
        else
            None
    | _ -> None

/// A place as a heading: "Final version, Figure 3b".
let heading (place: string) =
    match figureOf place with
    | Some(version, number, part) ->
        let version = if version = "v1" then "First version" else "Final version"
        $"{version}, Figure {Numbers.whole number}{part}"
    | None -> place

// The first version before the final one, figures by number, other places after them in the sections' order.
let private order (place: string) =
    match figureOf place with
    | Some("v1", number, part) -> 0, number, part
    | Some(_, number, part) -> 1, number, part
    | None -> 2, 0, ""

/// The places of the paper in its order, each with the values that the sections have beside it, in the sections' order.
let rows (report: Report) : (string * (Section * Reference) list) list =
    [
        for section in report.Sections do
            for reference in section.References -> section, reference
    ]
    |> List.groupBy (fun (_, reference) -> reference.Place)
    |> List.sortBy (fun (place, _) -> order place)

/// What all references say, if they say the same: then it stands above the table and not in a column.
let internal common (part: Reference -> string) (references: (Section * Reference) list) =
    match references |> List.map (snd >> part) |> List.distinct with
    | [ one ] -> Some one
    | _ -> None
