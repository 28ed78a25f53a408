/// From a figure to a scene: panels in rows of up to three, rule labels above them, one legend below all.
module Qwem.Reports.Layout

open Qwem.Reports.Polyline
open Qwem.Reports.Ticks

let private margin, private gutter = 12.0, 22.0
let private tickSize, private labelSize, private titleSize = 11.5, 13.0, 13.5
let private ruleSize, private legendSize = 11.0, 12.0
let private lineHeight = 1.3
let private tickLength, private minorLength = 4.0, 2.5
let private swatch, private swatchGap, private entryGap = 28.0, 6.0, 20.0

/// Columns, total width and height of each plot for a number of panels.
let private format panels =
    match panels with
    | 1 -> 1, 680.0, 330.0
    | 2 -> 2, 940.0, 300.0
    | 4 -> 2, 940.0, 270.0
    | _ -> 3, 1180.0, 260.0

let private text x y size anchor paint content =
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

let private xTicks (axis: Axis) (low, high) width =
    let extent (tick: Tick) =
        let centre = Axes.share axis.Scale (low, high) tick.At * width
        let half = TextMetrics.width tickSize tick.Label / 2.0
        centre - half, centre + half

    candidates axis.Scale low high width |> chooseTicks extent 9.0

let private yTicks (axis: Axis) (low, high) height =
    let extent (tick: Tick) =
        let centre = Axes.share axis.Scale (low, high) tick.At * height
        centre - 7.0, centre + 7.0

    candidates axis.Scale low high height |> chooseTicks extent 5.0

/// What is known of a panel before the plots have a width.
type private Measured =
    {
        Panel: Panel
        XRange: float * float
        YRange: float * float
        YTicks: Tick list
        YLabel: string list
        TickWidth: float
    }

    member measured.Left =
        float measured.YLabel.Length * labelSize * lineHeight
        + measured.TickWidth
        + tickLength
        + 9.0

let private measure (figure: Figure) height (number: int) (panel: Panel) =
    let where = $"Figure '{figure.Id}', panel {Numbers.whole (number + 1)}"
    let xs, ys = Axes.values panel
    let yRange = Axes.range where panel.Y ys
    let yTicks = yTicks panel.Y yRange height

    {
        Panel = panel
        XRange = Axes.range where panel.X xs
        YRange = yRange
        YTicks = yTicks
        YLabel = TextMetrics.wrap labelSize height panel.Y.Label
        TickWidth =
            yTicks
            |> List.map (fun tick -> TextMetrics.width tickSize tick.Label)
            |> List.max
    }

/// Vertical rules inside the range with their labels' centres. A rule less than three pixels right of one that is drawn is
/// left out; labels that do not fit side by side, or would stand too far from their rules, are thinned evenly.
let private placeRules (area: Draw.Area) (rules: Rule list) =
    let low, high = area.XRange

    let drawn =
        rules
        |> List.filter (fun rule -> rule.At >= low && rule.At <= high)
        |> List.sortBy (fun rule -> rule.At)
        |> List.fold
            (fun kept rule ->
                match kept with
                | (_, before) :: _ when area.X rule.At - before < 3.0 -> kept
                | _ -> (rule.Label, area.X rule.At) :: kept)
            []
        |> List.rev
        |> Array.ofList

    let labelled = drawn |> Array.filter (fun (label, _) -> label <> "")

    let widths =
        labelled |> Array.map (fun (label, _) -> TextMetrics.width ruleSize label)

    let centres =
        Place.spreadOrThin 5.0 60.0 (area.Box.Left, area.Box.Right) (Array.map snd labelled) widths
        |> Array.map (fun (i, centre) -> fst labelled[i], snd labelled[i], centre)

    Array.map snd drawn, centres

/// Height of the slanted leaders between rules and their labels: taller when labels had to move far.
let private leaderHeight centres =
    match centres |> Array.map (fun (_, at: float, centre) -> abs (centre - at)) with
    | [||] -> 0.0
    | moves when Array.max moves < 1.0 -> 5.0
    | moves -> min 26.0 (9.0 + 0.2 * Array.max moves)

let private axesShapes (area: Draw.Area) (measured: Measured) (xTicks: Tick list) (xLabel: string list) =
    let box = area.Box
    let segment x0 y0 x1 y1 : Point * Point = struct (x0, y0), struct (x1, y1)
    let isMajor (tick: Tick) = tick.Label <> ""

    let length tick =
        if isMajor tick then tickLength else minorLength

    let gridLines =
        [
            for tick in xTicks do
                if isMajor tick then
                    segment (area.X tick.At) box.Top (area.X tick.At) box.Bottom
            for tick in measured.YTicks do
                if isMajor tick then
                    segment box.Left (area.Y tick.At) box.Right (area.Y tick.At)
        ]

    let tickLines =
        [
            for tick in xTicks do
                segment (area.X tick.At) box.Bottom (area.X tick.At) (box.Bottom + length tick)
            for tick in measured.YTicks do
                segment (box.Left - length tick) (area.Y tick.At) box.Left (area.Y tick.At)
        ]

    let below = box.Bottom + tickLength + 14.0

    let behind =
        [
            Shape.Segments(Array.ofList gridLines, Paint.Grid, 1.0)
            Shape.Frame(box, Paint.Muted)
        ]

    let front =
        [
            Shape.Segments(Array.ofList tickLines, Paint.Muted, 1.0)
            for tick in List.filter isMajor xTicks do
                Shape.Text(text (area.X tick.At) below tickSize Anchor.Middle Paint.Ink tick.Label)
            for tick in List.filter isMajor measured.YTicks do
                let x, y = box.Left - tickLength - 3.0, area.Y tick.At + 0.35 * tickSize
                Shape.Text(text x y tickSize Anchor.End Paint.Ink tick.Label)
            for line, words in List.indexed xLabel do
                let y = below + 20.0 + float line * labelSize * lineHeight
                Shape.Text(text ((box.Left + box.Right) / 2.0) y labelSize Anchor.Middle Paint.Ink words)
            for line, words in List.indexed measured.YLabel do
                let lines = float (measured.YLabel.Length - 1 - line) * labelSize * lineHeight
                let x = box.Left - tickLength - 3.0 - measured.TickWidth - 8.0 - lines

                let label =
                    text x ((box.Top + box.Bottom) / 2.0) labelSize Anchor.Middle Paint.Ink words

                Shape.Text { label with Upright = false }
        ]

    behind, front

let private panelShapes carried above (clip: int) (area: Draw.Area) (measured: Measured) title xTicks xLabel =
    let box = area.Box
    let at, centres = placeRules area measured.Panel.VerticalRules
    let leader = leaderHeight centres
    let behind, front = axesShapes area measured xTicks xLabel

    let ruleLines: (Point * Point) array =
        at |> Array.map (fun x -> struct (x, box.Top), struct (x, box.Bottom))

    let leaders: (Point * Point) array =
        centres
        |> Array.map (fun (_, x, centre) -> struct (x, box.Top), struct (centre, box.Top - leader))

    [
        yield! behind
        if at.Length > 0 then
            Shape.Path([ for a, b in ruleLines -> [| a; b |] ], Paint.Muted, 0.9, Dotted, None)
            Shape.Segments(leaders, Paint.Muted, 0.8)
        for series in measured.Panel.Series do
            yield! Draw.series carried area clip series
        yield! front
        for words, _, centre in centres do
            Shape.Text(text centre (box.Top - leader - 4.0) ruleSize Anchor.Middle Paint.Ink words)
        for line, words in List.indexed (List.rev title) do
            let y = box.Top - above - 7.0 - float line * titleSize * lineHeight

            Shape.Text
                { text box.Left y titleSize Anchor.Start Paint.Ink words with
                    Bold = true
                }
    ]

/// Legend entries of all panels, each look and text once.
let private legendOf (figure: Figure) =
    figure.Panels
    |> List.collect (fun panel -> panel.Series)
    |> List.choose (fun series -> series.Legend |> Option.map (fun legend -> legend, series))
    |> List.filter (fun (legend, _) -> legend <> "")
    |> List.distinctBy (fun (legend, series) ->
        let look =
            match series.Mark with
            | Intervals _ -> Intervals [||]
            | mark -> mark

        legend, series.Colour, look)

let private legendShapes carried (figure: Figure) width top =
    let entries =
        legendOf figure
        |> List.map (fun (legend, series) ->
            let limit = width - 2.0 * margin - swatch - swatchGap
            series, TextMetrics.wrap legendSize limit legend)
        |> Array.ofList

    if entries.Length = 0 then
        [], top
    else
        let entryWidth (_, lines) =
            swatch
            + swatchGap
            + (lines |> List.map (TextMetrics.width legendSize) |> List.fold max 0.0)

        let places =
            Place.flow entryGap (margin, width - margin) (Array.map entryWidth entries)

        let height = legendSize * 1.45
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
                        let baseline = y + 0.35 * legendSize + float line * height
                        let x = left + swatch + swatchGap
                        Shape.Text(text x baseline legendSize Anchor.Start Paint.Ink words)
            ]

        shapes, tops[rows]

/// Every position of a figure.
let scene (figure: Figure) : Scene =
    let columns, width, height = format figure.Panels.Length
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
            [ for _ in 1..columns -> 14.0 ]

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
        [| for c in 0 .. columns - 1 -> inColumn (fun i -> max 8.0 (overhang i)) c |]

    let plot = plotWidth lefts rights

    let plotLeft c =
        margin
        + Array.sum lefts[..c]
        + Array.sum rights[.. c - 1]
        + float c * (plot + gutter)

    let areaAt top i : Draw.Area =
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
        |> Array.map (fun m -> TextMetrics.wrap titleSize (plot / 1.08) m.Panel.Title)

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

    let legend, bottom = legendShapes carried figure width tops[rows.Length]

    {
        Width = width
        Height = ceil (bottom + 8.0)
        Clips = areas |> List.map (fun area -> area.Box)
        Shapes = panels @ legend
    }
