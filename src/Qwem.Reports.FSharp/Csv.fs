/// The data of a figure as comma-separated values, in one of two layouts, which the first line tells apart.
module Qwem.Reports.Csv

open System
open System.Globalization
open System.Text
open Qwem.Reports.Numbers

/// Five significant digits, more than any figure shows; NaN, Infinity, -Infinity by name.
let internal number (x: float) =
    x.ToString("G5", CultureInfo.InvariantCulture)

let private field (text: string) =
    let text = (Rich.clean text).Replace('\n', ' ')

    if text.IndexOfAny [| ','; '"' |] >= 0 then
        "\"" + text.Replace("\"", "\"\"") + "\""
    else
        text

let private row (cells: string list) = String.concat "," cells + "\n"

/// Long: a row for each point of each series.
let private long (figure: Figure) : string =
    let has test =
        figure.Panels
        |> List.exists (fun panel -> panel.Series |> List.exists (fun series -> test series.Mark))

    let intervals = has (fun mark -> mark.IsIntervals)
    let values = has (fun mark -> mark.IsWords || mark.IsCells)
    let out = StringBuilder()
    let optional condition cells = if condition then cells else []

    [ "panel"; "series"; "x"; "y" ]
    @ optional intervals [ "low"; "high" ]
    @ optional values [ "value" ]
    |> row
    |> out.Append
    |> ignore

    for number', panel in List.indexed figure.Panels do
        for name, series in List.zip (SeriesNames.ofPanel figure panel) panel.Series do
            let point x y low high value =
                [ whole (number' + 1); field name.Text; number x; y ]
                @ optional intervals [ low; high ]
                @ optional values [ value ]
                |> row
                |> out.Append
                |> ignore

            for i, (x, y) in Array.indexed series.Points do
                match series.Mark with
                | Words words -> field words[i]
                | Cells grid -> number grid.Values[i]
                | _ -> ""
                |> point x (number y) "" ""

            match series.Mark with
            | Intervals ends ->
                for x, low, high in ends do
                    point x "" (number low) (number high) ""
            | _ -> ()

    out.ToString()

/// From the text of x to that of y; None where two points share one.
let private lookup (points: (float * float) array) =
    let texts = points |> Array.map (fun (x, y) -> number x, number y)

    if
        (texts |> Array.distinctBy fst).Length = texts.Length
        && points |> Array.forall (fst >> Double.IsFinite)
    then
        Some(dict texts)
    else
        None

/// The columns of a panel's series; None where a column for each would lose something.
let private columnsOf (figure: Figure) (panel: Panel) =
    let columns (name: SeriesNames.Name) (series: Series) =
        match series.Mark with
        | Line _
        | Circles _
        | Bars _ -> [ name.Text, lookup series.Points ]
        | Intervals ends ->
            [
                if series.Points.Length > 0 then
                    name.Text, lookup series.Points
                name.Text + ", low", ends |> Array.map (fun (x, low, _) -> x, low) |> lookup
                name.Text + ", high", ends |> Array.map (fun (x, _, high) -> x, high) |> lookup
            ]
        | Words _
        | Cells _
        | Points _ -> [ name.Text, None ]

    let all =
        List.map2 columns (SeriesNames.ofPanel figure panel) panel.Series |> List.concat

    if
        (all |> List.distinctBy fst).Length = all.Length
        && all |> List.forall (snd >> Option.isSome)
    then
        Some(all |> List.map (fun (name, column) -> name, Option.get column))
    else
        None

/// Wide: a row for each x of each panel, a column for each series, of intervals also for their ends; None where a series has several
/// points at one x, or words or colours at them.
let private wide (figure: Figure) : string option =
    let panels = figure.Panels |> List.map (columnsOf figure)

    if panels |> List.exists Option.isNone then
        None
    else
        let panels = panels |> List.map Option.get
        let columns = panels |> List.collect (List.map fst) |> List.distinct
        let out = StringBuilder(row ("panel" :: "x" :: List.map field columns))

        for number', curves in List.indexed panels do
            let known = dict curves

            let xs =
                curves
                |> Seq.collect (fun (_, curve) -> curve.Keys)
                |> Seq.distinct
                |> Seq.sortBy (fun x -> Double.Parse(x, CultureInfo.InvariantCulture))

            for x in xs do
                [
                    whole (number' + 1)
                    x
                    for column in columns do
                        match known.TryGetValue column with
                        | true, curve ->
                            match curve.TryGetValue x with
                            | true, y -> y
                            | _ -> ""
                        | _ -> ""
                ]
                |> row
                |> out.Append
                |> ignore

        Some(out.ToString())

/// The whole file, panels counted from 1. Wide where that is possible and shorter, columns: panel, x, and one for each series by name
/// (with ", low" and ", high" for intervals), empty where the series has no point. Else long, columns: panel, series, x, y; where the figure has intervals low and high, and where
/// it has words or a heat map value.
let render (figure: Figure) : string =
    let long = long figure

    match wide figure with
    | Some wide when wide.Length < long.Length -> wide
    | _ -> long
