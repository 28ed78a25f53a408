/// What a series is called where it stands alone: when it is pointed at, and in the table of data.
module Qwem.Reports.SeriesNames

open Qwem.Reports.Numbers

/// How a series was made, such as "exact theory", and what it is of, such as "mode 8"; either may be empty.
type Name =
    {
        How: string
        What: string
    }

    /// Both in one line.
    member name.Text =
        if name.How = "" || name.What = "" then
            name.How + name.What
        else
            name.How + ", " + name.What

/// How a series is drawn, colour apart. Series of one kind share a legend entry, which the first of them carries.
let kindOf (series: Series) =
    match series.Mark with
    | Line(stroke, _) -> $"line {stroke}"
    | Circles _ -> "circles"
    | Intervals _ -> "intervals"
    | Bars _ -> "bars"
    | Words _ -> "words"
    | Cells _ -> "cells"
    | Points _ -> "points"

/// The names of a panel's series, in their order, as plain text. One without a legend goes by that of the last before it
/// of its kind, or by that of its kind and colour in another panel: a legend is written once for all of them.
let ofPanel (figure: Figure) (panel: Panel) : Name list =
    let colours = Map.ofList figure.ColourNames

    let elsewhere =
        figure.Panels
        |> List.collect _.Series
        |> List.rev
        |> List.choose (fun series ->
            series.Legend
            |> Option.map (fun legend -> (kindOf series, series.Colour), legend))
        |> Map.ofList

    let name (legends: Map<string, string>) (number: int, series: Series) =
        let kind = kindOf series

        let how =
            match series.Legend with
            | Some legend -> legend
            | None ->
                legends
                |> Map.tryFind kind
                |> Option.filter ((<>) "")
                |> Option.orElse (elsewhere |> Map.tryFind (kind, series.Colour))
                |> Option.defaultValue ""

        // A curve whose legend is what its colour stands for is named once.
        let what =
            series.Colour
            |> Option.bind colours.TryFind
            |> Option.filter ((<>) how)
            |> Option.defaultValue ""

        let named =
            if how = "" && what = "" then
                {
                    How = "series " + whole (number + 1)
                    What = ""
                }
            else
                {
                    How = Rich.spoken how
                    What = Rich.spoken what
                }

        named, Map.add kind how legends

    panel.Series |> List.indexed |> List.mapFold name Map.empty |> fst
