/// Sizes of the text around a plot area, and which ticks have room for their labels.
module Qwem.Reports.Lettering

open Qwem.Reports.Ticks

/// Sizes of text in pixels.
let tickSize, labelSize, titleSize, ruleSize = 11.5, 13.0, 13.5, 11.0

/// Distance of baselines, relative to the size.
let lineHeight = 1.3

/// Length of major ticks.
let tickLength = 4.0

/// A line of upright text.
let text x y size anchor paint content =
    {
        Text = content
        X = x
        Y = y
        Size = size
        Anchor = anchor
        Bold = false
        Paint = paint
        Upright = true
    }

/// The first candidate whose labels stay a gap apart; the last one without labels if there is none.
let private chooseTicks (extent: Tick -> float * float) gap (candidates: Tick list list) =
    let fits ticks =
        ticks
        |> List.filter (fun tick -> tick.Label <> "")
        |> List.map extent
        |> List.sort
        |> List.pairwise
        |> List.forall (fun ((_, stop), (start, _)) -> start - stop >= gap)

    match List.tryFind fits candidates with
    | Some ticks -> ticks
    | None -> List.last candidates |> List.map (fun tick -> { tick with Label = "" })

/// Ticks of a horizontal axis of a width in pixels.
let xTicks (axis: Axis) (low, high) width =
    let extent (tick: Tick) =
        let centre = Axes.share axis.Scale (low, high) tick.At * width
        let half = TextMetrics.width tickSize tick.Label / 2.0
        centre - half, centre + half

    candidates axis.Scale low high width |> chooseTicks extent 9.0

/// Ticks of a vertical axis of a height in pixels.
let yTicks (scale: Scale) (low, high) height =
    let extent (tick: Tick) =
        let centre = Axes.share scale (low, high) tick.At * height
        centre - 7.0, centre + 7.0

    candidates scale low high height |> chooseTicks extent 5.0
