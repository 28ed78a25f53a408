/// The colour bar at the right of a heat map.
module Qwem.Reports.ColourBar

open Qwem.Reports.Polyline
open Qwem.Reports.Ticks
open Qwem.Reports.Lettering

/// A colour bar's distance from the frame and its width.
let private barGap, private barWidth = 10.0, 11.0

/// The legend of a heat map: its scale, ticks and wrapped label.
type ColourBar =
    {
        Grid: CellGrid
        Ticks: Tick list
        Label: string list
    }

    member bar.TickWidth =
        bar.Ticks
        |> List.map (fun tick -> TextMetrics.width tickSize tick.Label)
        |> List.fold max 0.0

    /// What stands right of the frame.
    member bar.Width =
        barGap
        + barWidth
        + tickLength
        + bar.TickWidth
        + 9.0
        + float bar.Label.Length * labelSize * lineHeight

/// The bar of a heat map beside a plot of a height.
let ofGrid height (grid: CellGrid) : ColourBar =
    {
        Grid = grid
        Ticks = yTicks Linear (grid.Lowest, grid.Highest) height
        Label = TextMetrics.wrap labelSize height grid.Label
    }

/// The shapes of a bar beside a plot area.
let shapes (area: Area) (bar: ColourBar) =
    let left = area.Box.Right + barGap

    let box =
        { area.Box with
            Left = left
            Right = left + barWidth
        }

    let scale =
        { area with
            Box = box
            YScale = Linear
            YRange = (bar.Grid.Lowest, bar.Grid.Highest)
        }

    let labelled = bar.Ticks |> List.filter (fun tick -> tick.Label <> "")

    let lines: (Point * Point) array =
        [|
            for tick in labelled ->
                let y = scale.Y tick.At
                struct (box.Right, y), struct (box.Right + tickLength, y)
        |]

    [
        yield! Heat.bar box bar.Grid
        Shape.Segments(lines, Paint.Muted, 1.0)
        for tick in labelled do
            let x, y = box.Right + tickLength + 3.0, scale.Y tick.At + 0.35 * tickSize
            Shape.Text(text x y tickSize Anchor.Start Paint.Ink tick.Label)
        for line, words in List.indexed bar.Label do
            let x =
                box.Right
                + tickLength
                + bar.TickWidth
                + 6.0
                + (float line + 0.85) * labelSize * lineHeight

            let label =
                text x ((box.Top + box.Bottom) / 2.0) labelSize Anchor.Middle Paint.Ink words

            Shape.Text { label with Upright = false }
    ]
