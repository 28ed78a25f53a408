/// One panel: its ticks, its margins, its vertical rules with their labels, and its shapes.
module Qwem.Reports.PanelLayout

open Qwem.Reports.Polyline
open Qwem.Reports.Ticks
open Qwem.Reports.Lettering

/// Length of minor ticks.
let private minorLength = 2.5

/// Least width of vertical tick labels: that of powers of ten, to which a page's reader may turn.
let private roomForPowers = 22.0

/// What is known of a panel before the plots have a width.
type Measured =
    {
        Panel: Panel
        XRange: float * float
        YRange: float * float
        YTicks: Tick list
        YLabel: string list
        TickWidth: float
        ColourBar: ColourBar.ColourBar option
    }

    /// What stands right of the frame.
    member measured.Right =
        match measured.ColourBar with
        | Some bar -> bar.Width
        | None -> 0.0

    /// What stands left of the frame.
    member measured.Left =
        float measured.YLabel.Length * labelSize * lineHeight
        + measured.TickWidth
        + tickLength
        + 9.0

/// Ranges, vertical ticks and wrapped label of a panel.
let measure (figure: Figure) height (number: int) (panel: Panel) =
    let where = $"Figure '{figure.Id}', panel {Numbers.whole (number + 1)}"
    let xs, ys = Axes.values panel
    let grid = Heat.ofPanel where panel
    let yRange = Axes.range where grid.IsSome panel.Y ys
    let yTicks = yTicks panel.Y.Scale yRange height

    {
        Panel = panel
        XRange = Axes.range where grid.IsSome panel.X xs
        YRange = yRange
        YTicks = yTicks
        YLabel = TextMetrics.wrap labelSize height panel.Y.Label
        TickWidth =
            yTicks
            |> List.map (fun tick -> TextMetrics.width tickSize tick.Label)
            |> List.fold max roomForPowers
        ColourBar = grid |> Option.map (ColourBar.ofGrid height)
    }

/// Vertical rules inside the range with their labels' centres. A rule less than three pixels right of one that is drawn is
/// left out; labels that do not fit side by side, or would stand too far from their rules, are thinned evenly.
let placeRules (area: Area) (rules: Rule list) =
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
let leaderHeight centres =
    match centres |> Array.map (fun (_, at: float, centre) -> abs (centre - at)) with
    | [||] -> 0.0
    | moves when Array.max moves < 1.0 -> 5.0
    | moves -> min 26.0 (9.0 + 0.2 * Array.max moves)

let private axesShapes (area: Area) (measured: Measured) (xTicks: Tick list) (xLabel: string list) =
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
        ]

    let labels =
        [
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

    behind, front, labels

/// The shapes of a panel whose area is decided; above is the height kept for rule labels under the title.
let panelShapes carried above (clip: int) (area: Area) (measured: Measured) title xTicks xLabel =
    let box = area.Box
    let at, centres = placeRules area measured.Panel.VerticalRules
    let leader = leaderHeight centres
    let behind, front, labels = axesShapes area measured xTicks xLabel
    let marks = Words.marks area measured.Panel
    let marked = not marks.IsEmpty
    let taken = ResizeArray<Box>(marks)

    let ruleLines: (Point * Point) array =
        at |> Array.map (fun x -> struct (x, box.Top), struct (x, box.Bottom))

    let leaders: (Point * Point) array =
        centres
        |> Array.map (fun (_, x, centre) -> struct (x, box.Top), struct (centre, box.Top - leader))

    let plot =
        [
            yield! behind
            if at.Length > 0 then
                Shape.Path([ for a, b in ruleLines -> [| a; b |] ], Paint.Muted, 0.9, Dotted, None)
                Shape.Segments(leaders, Paint.Muted, 0.8)
            for number, series in List.indexed measured.Panel.Series do
                Shape.Group(
                    Part.Series(number, Draw.isTheory series),
                    Draw.series carried area clip marked taken series
                )
            yield! front
            for words, _, centre in centres do
                Shape.Text(text centre (box.Top - leader - 4.0) ruleSize Anchor.Middle Paint.Ink words)
        ]

    [
        Shape.Group(Part.Plot clip, plot)
        yield! labels
        match measured.ColourBar with
        | Some bar -> yield! ColourBar.shapes area bar
        | None -> ()
        for line, words in List.indexed (List.rev title) do
            let y = box.Top - above - 7.0 - float line * titleSize * lineHeight

            Shape.Text
                { text box.Left y titleSize Anchor.Start Paint.Ink words with
                    Bold = true
                }
    ]
