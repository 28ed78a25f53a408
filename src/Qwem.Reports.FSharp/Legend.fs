/// The legend of a figure, below all panels, where it covers no data.
module Qwem.Reports.Legend

let private size = 12.0
let private swatch, private swatchGap, private entryGap = 28.0, 6.0, 20.0

/// Legend entries of all panels, each look and text once; those of one kind stand together, so that what differs by colour
/// alone is read as one list.
let private entriesOf (figure: Figure) =
    figure.Panels
    |> List.collect (fun panel -> panel.Series)
    // A heat map has its colour bar.
    |> List.filter (fun series -> not series.Mark.IsCells)
    |> List.choose (fun series -> series.Legend |> Option.map (fun legend -> legend, series))
    |> List.filter (fun (legend, _) -> legend <> "")
    |> List.distinctBy (fun (legend, series) ->
        let look =
            match series.Mark with
            | Intervals _ -> Intervals [||]
            | Words _ -> Words [||]
            | mark -> mark

        legend, series.Colour, look)
    |> List.groupBy (fun (_, series) -> SeriesNames.kindOf series)
    |> List.collect snd

/// The shapes of the legend between the margins of a figure from a height downwards, and where it ends.
let shapes carried (figure: Figure) margin width top =
    let entries =
        entriesOf figure
        |> List.map (fun (legend, series) ->
            let limit = width - 2.0 * margin - swatch - swatchGap
            series, TextMetrics.wrap size limit legend)
        |> Array.ofList

    if entries.Length = 0 then
        [], top
    else
        let entryWidth (_, lines) =
            swatch
            + swatchGap
            + (lines |> List.map (TextMetrics.width size) |> List.fold max 0.0)

        let places =
            Place.flow entryGap (margin, width - margin) (Array.map entryWidth entries)

        let height = size * 1.45
        let rows = 1 + fst (Array.last places)

        let linesIn row =
            Array.zip places entries
            |> Array.filter (fun ((r, _), _) -> r = row)
            |> Array.map (fun (_, (_, lines)) -> max 1 lines.Length)
            |> Array.max

        let tops =
            Array.scan (fun y row -> y + height * float (linesIn row)) (top + 8.0) [| 0 .. rows - 1 |]

        let shapes =
            [
                for (row, left), (series, lines) in Array.zip places entries do
                    let y = tops[row] + height / 2.0
                    yield! Draw.sample carried (left, left + swatch) y series

                    for line, words in List.indexed lines do
                        let baseline = y + 0.35 * size + float line * height
                        let x = left + swatch + swatchGap
                        Shape.Text(Lettering.text x baseline size Anchor.Start Paint.Ink words)
            ]

        shapes, tops[rows]
