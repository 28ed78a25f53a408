/// From a figure to a scene: panels in rows, rule labels above them, one legend below all.
module Qwem.Reports.Layout

open Qwem.Reports.Lettering
open Qwem.Reports.PanelLayout

let private margin, private gutter = 12.0, 22.0

/// Columns, total width and height of each plot.
let private format (figure: Figure) =
    let panels = figure.Panels.Length

    let columns =
        match panels with
        | _ when figure.Columns > 0 -> min figure.Columns panels
        | 1 -> 1
        | 2
        | 4 -> 2
        | 8 -> 4
        | _ -> 3

    // Where both axes matter alike, plots are higher.
    let isMap (panel: Panel) =
        panel.Series
        |> List.exists (fun series ->
            match series.Mark with
            | Words _
            | Cells _ -> true
            | _ -> false)

    let width, height, high =
        match columns with
        | 1 -> 680.0, 330.0, 470.0
        | 2 when panels = 2 -> 940.0, 300.0, 350.0
        | 2 -> 940.0, 270.0, 350.0
        | 3 -> 1180.0, 260.0, 290.0
        | _ -> 1400.0, 240.0, 260.0

    columns, width, (if List.exists isMap figure.Panels then high else height)

/// Every position of a figure.
let scene (figure: Figure) : Scene =
    let figure = Frames.aligned figure
    let columns, width, height = format figure
    let carried = Draw.carried figure
    let measured = figure.Panels |> List.mapi (measure figure height) |> Array.ofList

    if measured.Length = 0 then
        raise (ReportException $"Figure '{figure.Id}' has no panel; give it at least one.")

    let column i = i % columns

    let inColumn (f: int -> float) c =
        Seq.max (
            seq {
                for i in 0 .. measured.Length - 1 do
                    if column i = c then
                        f i
            }
        )

    let free = width - 2.0 * margin - gutter * float (columns - 1)

    let plotWidth left right =
        (free - Seq.sum left - Seq.sum right) / float columns

    // The ends of the x labels reach beyond the frame: choose ticks for a first guess, then make room.
    let guess =
        plotWidth
            [ for c in 0 .. columns - 1 -> inColumn (fun i -> measured[i].Left) c ]
            [
                for c in 0 .. columns - 1 -> inColumn (fun i -> max 14.0 measured[i].Right) c
            ]

    let overhang i =
        let panel = measured[i]

        let ends =
            xTicks panel.Panel.X panel.XRange guess
            |> List.map (fun tick -> TextMetrics.width tickSize tick.Label)

        (if ends.IsEmpty then 0.0 else List.max ends) / 2.0

    let lefts =
        [|
            for c in 0 .. columns - 1 -> inColumn (fun i -> max measured[i].Left (overhang i)) c
        |]

    let rights =
        [|
            for c in 0 .. columns - 1 -> inColumn (fun i -> max 8.0 (max measured[i].Right (overhang i))) c
        |]

    let plot = plotWidth lefts rights

    let plotLeft c =
        margin
        + Array.sum lefts[..c]
        + Array.sum rights[.. c - 1]
        + float c * (plot + gutter)

    let areaAt top i : Area =
        {
            Box =
                {
                    Left = plotLeft (column i)
                    Right = plotLeft (column i) + plot
                    Top = top
                    Bottom = top + height
                }
            XScale = measured[i].Panel.X.Scale
            YScale = measured[i].Panel.Y.Scale
            XRange = measured[i].XRange
            YRange = measured[i].YRange
        }

    // Titles are bold, hence the smaller limit.
    let titles =
        measured
        |> Array.map (fun m -> TextMetrics.wrap titleSize (plot / 1.1) m.Panel.Title)

    let xLabels =
        measured |> Array.map (fun m -> TextMetrics.wrap labelSize plot m.Panel.X.Label)

    let above i =
        let _, centres = placeRules (areaAt 0.0 i) measured[i].Panel.VerticalRules
        if centres.Length > 0 then leaderHeight centres + 6.0 + ruleSize else 0.0

    let below i =
        tickLength + 22.0 + float xLabels[i].Length * labelSize * lineHeight

    let rows = [| 0 .. (measured.Length - 1) / columns |]

    let inRow (f: int -> float) row =
        Seq.max (
            seq {
                for i in 0 .. measured.Length - 1 do
                    if i / columns = row then
                        f i
            }
        )

    let titleHeight i =
        float titles[i].Length * titleSize * lineHeight + 9.0

    let head row = inRow above row + inRow titleHeight row

    let tops =
        rows
        |> Array.scan (fun y row -> y + head row + height + inRow below row + 8.0) 4.0

    let areas =
        [
            for i in 0 .. measured.Length - 1 -> areaAt (tops[i / columns] + head (i / columns)) i
        ]

    let panels =
        areas
        |> List.mapi (fun i area ->
            let xTicks = xTicks measured[i].Panel.X measured[i].XRange plot
            panelShapes carried (inRow above (i / columns)) i area measured[i] titles[i] xTicks xLabels[i])
        |> List.concat

    let legend, bottom = Legend.shapes carried figure margin width tops[rows.Length]

    {
        Width = width
        Height = ceil (bottom + 8.0)
        Areas = areas
        Shapes = panels @ legend
    }
