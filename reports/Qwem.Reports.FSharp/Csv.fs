/// The data of a figure as comma-separated values: a row for each point of each series.
module Qwem.Reports.Csv

open System.Globalization
open System.Text
open Qwem.Reports.Numbers

/// Six significant digits, more than any figure shows; NaN, Infinity, -Infinity by name.
let internal number (x: float) =
    x.ToString("G6", CultureInfo.InvariantCulture)

let private field (text: string) =
    let text = (Rich.clean text).Replace('\n', ' ')

    if text.IndexOfAny [| ','; '"' |] >= 0 then
        "\"" + text.Replace("\"", "\"\"") + "\""
    else
        text

/// The whole file. Columns: panel from 1, the series' name, x, y; where the figure has intervals low and high, and where
/// it has words or a heat map value.
let render (figure: Figure) : string =
    let has test =
        figure.Panels
        |> List.exists (fun panel -> panel.Series |> List.exists (fun series -> test series.Mark))

    let intervals = has (fun mark -> mark.IsIntervals)
    let values = has (fun mark -> mark.IsWords || mark.IsCells)
    let out = StringBuilder()

    let row (cells: string list) =
        out.Append(String.concat "," cells).Append('\n') |> ignore

    let optional condition cells = if condition then cells else []

    row (
        [ "panel"; "series"; "x"; "y" ]
        @ optional intervals [ "low"; "high" ]
        @ optional values [ "value" ]
    )

    for number', panel in List.indexed figure.Panels do
        for name, series in List.zip (SeriesNames.ofPanel figure panel) panel.Series do
            let point x y low high value =
                row (
                    [ whole (number' + 1); field name.Text; number x; y ]
                    @ optional intervals [ low; high ]
                    @ optional values [ value ]
                )

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
