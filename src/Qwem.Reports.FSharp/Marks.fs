/// The marks of a panel as ScottPlot's plottables, on axes that are logarithms already where they are to be logarithmic.
module internal Qwem.Reports.Marks

open System
open ScottPlot

/// A theme's colour as ScottPlot has it.
let colour (isDark: bool) (both: Palette.Colour) =
    Color.FromHex(if isDark then both.Dark else both.Light)

/// A value on a plot's axis, NaN where it has no place there.
let on (scale: Scale) (value: float) =
    if not (Axes.drawable scale value) then nan
    elif scale = Linear then value
    else Numbers.log10 value

let private openShapes =
    [|
        MarkerShape.OpenCircle
        MarkerShape.OpenSquare
        MarkerShape.OpenTriangleUp
        MarkerShape.OpenDiamond
        MarkerShape.OpenTriangleDown
        MarkerShape.Eks
        MarkerShape.Cross
        MarkerShape.Asterisk
    |]

let private filledShapes =
    [|
        MarkerShape.FilledCircle
        MarkerShape.FilledSquare
        MarkerShape.FilledTriangleUp
        MarkerShape.FilledDiamond
        MarkerShape.FilledTriangleDown
        MarkerShape.Eks
        MarkerShape.Cross
        MarkerShape.Asterisk
    |]

/// A stroke as intervals in pixels.
let pattern (stroke: Stroke) =
    match stroke with
    | Solid -> LinePattern.Solid
    | Dashed -> LinePattern([| 5.0f; 3.0f |], 0.0f, "dashed")
    | Dotted -> LinePattern([| 1.5f; 2.2f |], 0.0f, "dotted")

/// A marker of a radius.
let marker (shape: int) isFilled (radius: float) (colour: Color) =
    let style = MarkerStyle()
    style.Shape <- (if isFilled then filledShapes else openShapes)[shape]
    style.Size <- float32 (2.0 * radius)
    style.MarkerColor <- colour
    style.LineWidth <- 1.2f
    style.OutlineWidth <- (if isFilled then 0.0f else 1.2f)
    style.OutlineColor <- colour
    style

/// Radius of the markers that tell lines apart.
let beacon = 3.0

/// The colour of a bar's rim, which keeps neighbours apart.
let rim isDark (look: Look.Look) (series: Series) =
    colour isDark (look.Colour { series with Mark = Circles 1.0 })

/// A heat map's scale from 0 to 1.
let colours isDark (grid: CellGrid) =
    let isDiverging = grid.Lowest < 0.0 && grid.Highest > 0.0

    { new IColormap with
        member _.Name = "heat"

        member _.GetColor position =
            colour isDark (Palette.heat isDiverging position)
    }

// Runs of points that have a place: a value without one breaks the line.
let private runs (points: Coordinates array) =
    let hasPlace (point: Coordinates) =
        Double.IsFinite point.X && Double.IsFinite point.Y

    (points, [ [] ])
    ||> Array.foldBack (fun point runs ->
        match runs with
        | run :: rest when hasPlace point -> (point :: run) :: rest
        | [] :: _ -> runs
        | _ -> [] :: runs)
    |> List.filter (fun run -> not run.IsEmpty)
    |> List.map Array.ofList

let private addMarkers (plot: Plot) (style: MarkerStyle) (points: Coordinates array) =
    let drawn =
        points
        |> Array.filter (fun point -> Double.IsFinite point.X && Double.IsFinite point.Y)

    if drawn.Length > 0 then
        plot.Add.Markers(drawn).MarkerStyle <- style

// A few points of a line, evenly along the axis and not where its neighbour has them.
let private beacons (low: float, high: float) phase (points: Coordinates array) =
    let inside =
        points
        |> Array.filter (fun point -> point.X >= low && point.X <= high && Double.IsFinite point.Y)

    [|
        if inside.Length > 0 then
            for k in 0..4 do
                let wanted = low + (high - low) * (float k + 0.3 + 0.08 * float phase) / 5.0
                inside |> Array.minBy (fun point -> abs (point.X - wanted))
    |]
    |> Array.distinct

/// Adds one series; the words that have room are given by their place.
let add (plot: Plot) isDark (look: Look.Look) (prepared: Format.Prepared) (placed: Words.Placed list) (series: Series) =
    let panel = prepared.Panel
    let onX, onY = on panel.X.Scale, on panel.Y.Scale
    let coordinates = Array.map (fun (x, y) -> Coordinates(onX x, onY y))
    let colour' = colour isDark (look.Colour series)
    let points = coordinates series.Points
    let bottom = onY (fst prepared.YRange)

    let orBottom y =
        if Double.IsNaN y then bottom - 1.0 else y

    match series.Mark with
    | Line(stroke, width) ->
        for run in runs points do
            if run.Length = 1 then
                addMarkers plot (marker 0 true (max 1.0 (0.75 * width)) colour') run
            else
                let line = plot.Add.ScatterLine run
                line.LineStyle <- LineStyle(float32 width, colour', pattern stroke, Rounded = stroke.IsSolid)

        if look.IsMarked series then
            let range = onX (fst prepared.XRange), onX (snd prepared.XRange)
            let shape = look.Shape series
            addMarkers plot (marker shape true beacon colour') (beacons range shape points)
    | Circles radius -> addMarkers plot (marker (look.Shape series) false radius colour') points
    | Points radius ->
        addMarkers plot (marker (if radius < 2.0 then 0 else look.Shape series) true radius colour') points
    | Intervals ends ->
        for x, low, high in ends do
            let x, low, high = onX x, orBottom (onY low), onY high

            if Double.IsFinite x && Double.IsFinite high && low <= high then
                let middle, half = 0.5 * (low + high), 0.5 * (high - low)
                let bar = plot.Add.ErrorBar([| x |], [| middle |], [| half |])
                bar.LineStyle <- LineStyle(1.2f, colour')
                bar.CapSize <- 3.0f

        addMarkers plot (marker (look.Shape series) true 2.2 colour') points
    | Bars width ->
        let range = onX (snd prepared.XRange) - onX (fst prepared.XRange)
        // A rim keeps neighbours apart; a hair of a bar has no room for one.
        let isHair = width / range * prepared.PlotWidth < 3.0 && panel.X.Scale = Linear
        let rim = rim isDark look series

        for x, y in series.Points do
            let left, right = onX (x - 0.5 * width), onX (x + 0.5 * width)
            let left = if Double.IsNaN left then onX (fst prepared.XRange) else left
            let foot = if panel.Y.Scale = Linear then 0.0 else bottom

            if Double.IsFinite(onX x) && Double.IsFinite(onY y) then
                let box = plot.Add.Rectangle(left, right, min foot (onY y), max foot (onY y))
                box.FillColor <- (if isHair then rim else colour')
                box.LineColor <- rim
                box.LineWidth <- (if isHair then 0.0f else 0.8f)
    | Words words ->
        for place in placed do
            let text = plot.Add.Text(Rich.unmarked words[place.At], points[place.At])
            text.LabelStyle.FontName <- Type.family
            text.LabelStyle.FontSize <- float32 Words.size
            text.LabelStyle.ForeColor <- colour'
            text.LabelStyle.Alignment <- Alignment.MiddleCenter
            let x, y = prepared.Pixel(series.Points[place.At])
            text.OffsetX <- float32 (place.X - x)
            text.OffsetY <- float32 (place.Y - y)
    | Cells grid ->
        let low, high = Look.ends grid
        let scale = colours isDark grid
        // Beyond the frame where a logarithmic axis has no place for it.
        let edge (axis: float -> float) (range: float * float) value =
            let at = axis value
            if Double.IsNaN at then axis (fst range) - 1.0 else at

        for (x, y), value in Array.zip series.Points grid.Values do
            if Double.IsFinite(onX x) && Double.IsFinite(onY y) && not (Double.IsNaN value) then
                let w, h = 0.5 * grid.Width, 0.5 * grid.Height
                let across, up = edge onX prepared.XRange, edge onY prepared.YRange

                let cell =
                    plot.Add.Rectangle(across (x - w), across (x + w), up (y - h), up (y + h))
                // Cells that touch would show the background between their smoothed edges.
                cell.FillStyle <-
                    FillStyle(
                        Color = scale.GetColor((max low (min high value) - low) / (high - low)),
                        AntiAlias = false
                    )

                cell.LineWidth <- 0.0f

        let bar =
            plot.Add.ColorBar
                { new IHasColorAxis with
                    member _.GetRange() = Range(low, high)
                    member _.Colormap = scale
                }

        bar.Width <- 11.0f

        bar.Axis.TickGenerator <-
            TickGenerators.NumericManual(
                [| for tick in Format.yTicks Linear (low, high) 200.0 -> tick.At |],
                [| for tick in Format.yTicks Linear (low, high) 200.0 -> Format.label tick |]
            )

        for style in [ bar.Axis.TickLabelStyle ] do
            style.FontName <- Type.family
            style.FontSize <- float32 Format.tickSize
            style.ForeColor <- colour isDark Palette.ink
