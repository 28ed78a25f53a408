/// What is known of a figure before it is drawn: ranges, ticks, wrapped texts and how much room they take.
module Qwem.Reports.Format

open Qwem.Reports.Ticks

/// Width of every picture. At 17 cm a pixel is 0.67 pt, and ticks are 7.8 pt high.
let width = 720.0

/// Sizes of text in pixels.
let tickSize, labelSize, titleSize, ruleSize, legendSize =
    11.6, 12.4, 12.6, 11.6, 12.0

/// Distance of baselines, relative to the size.
let lineHeight = 1.3

/// Room for a heat map's colour bar, label apart.
let barRoom = 66.0

/// One panel with its texts.
type Prepared =
    {
        Panel: Panel
        XRange: float * float
        YRange: float * float
        Heat: (Series * CellGrid) option
        YTicks: Tick list
        YLabel: string list
        PlotWidth: float
        PlotHeight: float
    }

    /// Where a point is, in pixels from the upper left of the plot.
    member prepared.Pixel(x: float, y: float) =
        Axes.share prepared.Panel.X.Scale prepared.XRange x * prepared.PlotWidth,
        (1.0 - Axes.share prepared.Panel.Y.Scale prepared.YRange y)
        * prepared.PlotHeight

    /// The same where it has a place on both axes.
    member prepared.TryPixel(x: float, y: float) =
        if Axes.drawable prepared.Panel.X.Scale x && Axes.drawable prepared.Panel.Y.Scale y then
            Some(prepared.Pixel(x, y))
        else
            None

    /// The room of its texts.
    member prepared.Words =
        Words.place prepared.TryPixel (prepared.PlotWidth, prepared.PlotHeight) prepared.Panel

/// The panels' plots: how many in a row, and the room of each inside its cell.
type Format =
    {
        Columns: int
        Panels: Prepared list
        Left: float
        Right: float
    }

/// The figure with all its panels on the same axes, where they are moments and have the same scales.
let aligned (figure: Figure) : Figure =
    let share (axisOf: Panel -> Axis) values (withAxis: Panel -> Axis -> Panel) panels =
        let ranges =
            panels
            |> List.map (fun panel -> Axes.range $"Figure '{figure.Id}'" false (axisOf panel) (values panel))

        let low, high =
            ranges |> List.map fst |> List.min, ranges |> List.map snd |> List.max

        match panels |> List.distinctBy (fun panel -> (axisOf panel).Scale) with
        | [ _ ] ->
            panels
            |> List.map (fun panel ->
                withAxis
                    panel
                    { axisOf panel with
                        Range = Some(low, high)
                    })
        | _ -> panels

    if figure.Frames.IsEmpty then
        figure
    else
        { figure with
            Panels =
                figure.Panels
                |> share _.X (Axes.values >> fst) (fun panel axis -> { panel with X = axis })
                |> share _.Y (Axes.values >> snd) (fun panel axis -> { panel with Y = axis })
        }

/// The first candidate whose labels stay a gap apart; the last one without labels if there is none.
let private choose (scale: Scale) range length gap (extent: Tick -> float) =
    let candidates = candidates scale (fst range) (snd range) length

    let fits ticks =
        ticks
        |> List.filter (fun tick -> tick.Label <> "")
        |> List.map (fun tick ->
            let centre = Axes.share scale range tick.At * length
            centre - 0.5 * extent tick, centre + 0.5 * extent tick)
        |> List.sort
        |> List.pairwise
        |> List.forall (fun ((_, stop), (start, _)) -> start - stop >= gap)

    let says count (ticks: Tick list) =
        (ticks |> List.filter (fun tick -> tick.Label <> "")).Length >= count

    // One number alone tells no scale.
    match
        List.tryFind (fun ticks -> says 2 ticks && fits ticks) candidates
        |> Option.orElse (List.tryFind fits candidates)
    with
    | Some ticks -> ticks
    | None -> List.last candidates |> List.map (fun tick -> { tick with Label = "" })

/// What a tick says, in characters that need no setting.
let label (tick: Tick) = Rich.unmarked tick.Label

let private tickWidth (tick: Tick) = Type.width tickSize false (label tick)

/// Ticks of a horizontal axis of a length in pixels.
let xTicks (axis: Axis) range length =
    choose axis.Scale range length 10.0 tickWidth

/// Ticks of a vertical axis of a length in pixels.
let yTicks scale range length =
    choose scale range length 6.0 (fun _ -> tickSize)

/// Sets everything but the horizontal ticks, which need the width of a plot.
let ofFigure (figure: Figure) : Format =
    if figure.Panels.IsEmpty then
        raise (ReportException $"Figure '{figure.Id}' has no panel; give it at least one.")

    let figure = aligned figure
    let columns = Look.columns figure

    let height =
        let plain, map =
            match columns with
            | 1 -> 300.0, 440.0
            | 2 -> 215.0, 270.0
            | 3 -> 175.0, 190.0
            | _ -> 140.0, 150.0

        if List.exists Look.isMap figure.Panels then map else plain

    let panels =
        figure.Panels
        |> List.mapi (fun i panel ->
            let where = $"Figure '{figure.Id}', panel {Numbers.whole (i + 1)}"
            let heat = Look.heatOf where panel
            let xs, ys = Axes.values panel
            let yRange = Axes.range where heat.IsSome panel.Y ys

            {
                Panel = panel
                XRange = Axes.range where heat.IsSome panel.X xs
                YRange = yRange
                Heat = heat
                YTicks = yTicks panel.Y.Scale yRange height
                YLabel = Type.wrap labelSize false height panel.Y.Label
                PlotWidth = nan
                PlotHeight = height
            })

    let left (panel: Prepared) =
        float panel.YLabel.Length * labelSize * lineHeight
        + (panel.YTicks |> List.map tickWidth |> List.fold max 10.0)
        + 16.0

    let right (panel: Prepared) =
        let last = 0.5 * Type.width tickSize false "1000"

        match panel.Heat with
        | Some(_, grid) ->
            barRoom
            + labelSize
              * lineHeight
              * float (Type.wrap labelSize false height grid.Label).Length
        | None -> last

    let left, right =
        panels |> List.map left |> List.max, panels |> List.map right |> List.max

    {
        Columns = columns
        Panels =
            panels
            |> List.map (fun panel ->
                { panel with
                    PlotWidth = width / float columns - left - right
                })
        Left = left
        Right = right
    }

/// Vertical rules inside the range with what is written over them: every rule's, or every second, third and so on where
/// they do not fit side by side.
let rules (panel: Prepared) : (Rule * bool) list =
    let low, high = panel.XRange

    let drawn =
        panel.Panel.VerticalRules
        |> List.filter (fun rule -> rule.At >= low && rule.At <= high)
        |> List.sortBy _.At

    let labelled = drawn |> List.filter (fun rule -> rule.Label <> "")

    let extent (rule: Rule) =
        let centre = Axes.share panel.Panel.X.Scale panel.XRange rule.At * panel.PlotWidth
        let half = 0.5 * Type.width ruleSize false rule.Label
        centre - half, centre + half

    let fits step =
        labelled
        |> List.indexed
        |> List.filter (fun (i, _) -> i % step = 0)
        |> List.map (snd >> extent)
        |> List.pairwise
        |> List.forall (fun ((_, stop), (start, _)) -> start - stop >= 4.0)

    let step = seq { 1 .. labelled.Length + 1 } |> Seq.find fits

    let kept =
        labelled
        |> List.indexed
        |> List.filter (fun (i, _) -> i % step = 0)
        |> List.map snd

    drawn |> List.map (fun rule -> rule, List.contains rule kept)
