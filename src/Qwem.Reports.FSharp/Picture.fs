/// A figure as a PNG of twice the resolution, drawn by ScottPlot: panels in rows, what is written over vertical rules above
/// them, one legend below all.
module Qwem.Reports.Picture

open ScottPlot
open SkiaSharp
open Qwem.Reports.Format

/// Which page the picture stands on.
type Theme =
    | Light
    | Dark

// ScottPlot keeps fonts and defaults for the whole process.
let private gate = obj ()

let private plotOf isDark (look: Look.Look) (panel: Prepared) xTicks =
    let colour both = Marks.colour isDark both
    let plot = new Plot()
    plot.RenderManager.ClearCanvasBeforeEachRender <- false
    plot.FigureBackground.Color <- Colors.Transparent
    plot.DataBackground.Color <- Colors.Transparent
    plot.Grid.MajorLineColor <- colour Palette.grid

    let ticks scale (ticks: Ticks.Tick list) =
        let generator = TickGenerators.NumericManual()

        for tick in ticks do
            if tick.Label = "" then
                generator.AddMinor(Marks.on scale tick.At)
            else
                generator.AddMajor(Marks.on scale tick.At, label tick)

        generator

    let x, y = panel.Panel.X.Scale, panel.Panel.Y.Scale
    plot.Axes.Bottom.TickGenerator <- ticks x xTicks
    plot.Axes.Left.TickGenerator <- ticks y panel.YTicks

    for axis in [ plot.Axes.Bottom :> IAxis; plot.Axes.Left; plot.Axes.Top; plot.Axes.Right ] do
        axis.TickLabelStyle.FontName <- Type.family
        axis.TickLabelStyle.FontSize <- float32 tickSize
        axis.TickLabelStyle.ForeColor <- colour Palette.ink
        axis.MajorTickStyle.Color <- colour Palette.muted
        axis.MinorTickStyle.Color <- colour Palette.muted
        axis.MinorTickStyle.Length <- 2.5f
        axis.FrameLineStyle.Color <- colour Palette.muted
        axis.FrameLineStyle.Width <- 1.0f

    let on scale (low, high) = Marks.on scale low, Marks.on scale high
    let (left, right), (bottom, top) = on x panel.XRange, on y panel.YRange

    for rule, _ in rules panel do
        plot.Add.VerticalLine(Marks.on x rule.At, 0.9f, colour Palette.muted, Marks.pattern Dotted)
        |> ignore

    for words, series in List.zip panel.Words panel.Panel.Series do
        Marks.add plot isDark look panel words series

    plot.Axes.SetLimits(left, right, bottom, top)
    plot

let private swatch = 26.0

/// A sample of a mark for the legend, from a place to the right, centred on a height.
let private sample (canvas: SKCanvas) isDark (look: Look.Look) (left: float, y: float) (series: Series) =
    use paint = Paint.NewDisposablePaint()
    let colour = Marks.colour isDark (look.Colour series)
    let pixel x y = Pixel(float32 x, float32 y)
    let middle = left + 0.5 * swatch

    let marker shape isFilled radius =
        Drawing.DrawMarker(canvas, paint, pixel middle y, Marks.marker shape isFilled radius colour)

    let line x0 y0 x1 y1 width pattern =
        Drawing.DrawLine(canvas, paint, pixel x0 y0, pixel x1 y1, LineStyle(float32 width, colour, pattern))

    match series.Mark with
    | Line(stroke, width) ->
        line left y (left + swatch) y width (Marks.pattern stroke)

        if look.IsMarked series then
            marker (look.Shape series) true Marks.beacon
    | Circles radius -> marker (look.Shape series) false (min 5.0 radius)
    | Points radius -> marker (if radius < 2.0 then 0 else look.Shape series) true (max 2.0 radius)
    | Bars _ ->
        let box =
            PixelRect(float32 (middle - 9.0), float32 (middle + 9.0), float32 (y + 5.0), float32 (y - 5.0))

        Drawing.FillRectangle(canvas, box, paint, FillStyle(Color = colour))
        Drawing.DrawRectangle(canvas, box, paint, LineStyle(0.8f, Marks.rim isDark look series))
    | Words _ -> Type.draw canvas Words.size false colour 0.5 (middle, y + 0.35 * Words.size) "word"
    | Cells _ -> ()
    | Intervals _ ->
        line middle (y - 5.0) middle (y + 5.0) 1.2 LinePattern.Solid

        for cap in [ y - 5.0; y + 5.0 ] do
            line (middle - 3.0) cap (middle + 3.0) cap 1.2 LinePattern.Solid

        marker (look.Shape series) true 2.2

/// Legend entries with their wrapped texts and places: one centred row if they fit, else columns of equal width.
let private legendOf (figure: Figure) =
    let gap, lead = 16.0, swatch + 6.0

    let entries =
        Look.entries figure
        |> List.map (fun (text, series) -> series, Type.wrap legendSize false (width - 24.0 - lead) text)

    let widths =
        entries
        |> List.map (fun (_, lines) -> lead + (lines |> List.map (Type.width legendSize false) |> List.fold max 0.0))

    let total = List.sum widths + gap * float (widths.Length - 1)
    let height (_, lines: string list) = float lines.Length * legendSize * 1.45

    if entries.IsEmpty then
        [], 0.0
    elif total <= width - 24.0 then
        let lefts =
            widths |> List.scan (fun left wide -> left + wide + gap) (0.5 * (width - total))

        List.zip entries (List.take entries.Length lefts)
        |> List.map (fun (entry, left) -> entry, left, 0.0),
        entries |> List.map height |> List.max
    else
        let widest = List.max widths
        let columns = max 1 (int ((width - 24.0 + gap) / (widest + gap)))
        let rows = (entries.Length + columns - 1) / columns
        // Equal rows: nine entries in four columns read better as three by three.
        let columns = (entries.Length + rows - 1) / rows
        let left = 0.5 * (width - float columns * (widest + gap) + gap)

        let tall =
            entries |> List.chunkBySize columns |> List.map (List.map height >> List.max)

        let tops = List.scan (+) 0.0 tall

        entries
        |> List.mapi (fun i entry -> entry, left + float (i % columns) * (widest + gap), tops[i / columns]),
        List.last tops

let private drawAll isDark (figure: Figure) =
    let format = ofFigure figure
    let look = Look.ofFigure figure
    let colour both = Marks.colour isDark both
    let ink = colour Palette.ink
    let cell = width / float format.Columns
    let rows = format.Panels |> List.chunkBySize format.Columns

    let titles (panel: Prepared) =
        Type.wrap titleSize true (cell - format.Left) panel.Panel.Title

    let xLabel (panel: Prepared) =
        Type.wrap labelSize false (panel.PlotWidth + 20.0) panel.Panel.X.Label

    let hasRules (panel: Prepared) =
        panel.Panel.VerticalRules |> List.exists (fun rule -> rule.Label <> "")

    let lines size (texts: string list) = float texts.Length * size * lineHeight

    let above row =
        if List.exists hasRules row then ruleSize * lineHeight + 4.0 else 6.0

    let head row =
        (row |> List.map (titles >> lines titleSize) |> List.max) + above row + 4.0

    let foot row =
        24.0 + (row |> List.map (xLabel >> lines labelSize) |> List.max) + 8.0

    let plotHeight = format.Panels.Head.PlotHeight

    let tops =
        rows |> List.scan (fun top row -> top + head row + plotHeight + foot row) 2.0

    let legend, legendHeight = legendOf figure
    let bottom = List.last tops
    let height = ceil (bottom + legendHeight + 6.0)

    use surface =
        SKSurface.Create(SKImageInfo(int (2.0 * width), int (2.0 * height), SKColorType.Rgba8888, SKAlphaType.Opaque))

    let canvas = surface.Canvas
    canvas.Clear((colour Palette.background).ToSKColor())
    canvas.Scale 2.0f

    for row, top in List.zip rows (List.take rows.Length tops) do
        for column, panel in List.indexed row do
            let left, head = float column * cell, head row
            let plotLeft, plotTop = left + format.Left, top + head
            let middle = plotLeft + 0.5 * panel.PlotWidth
            let plotBottom = plotTop + plotHeight

            use plot =
                plotOf isDark look panel (xTicks panel.Panel.X panel.XRange panel.PlotWidth)

            plot.Layout.Fixed(
                PixelPadding(
                    float32 format.Left,
                    float32 (cell - format.Left - panel.PlotWidth),
                    float32 (foot row),
                    float32 head
                )
            )

            plot.Render(
                canvas,
                PixelRect(float32 left, float32 (left + cell), float32 (plotBottom + foot row), float32 top)
            )

            for i, line in List.indexed (titles panel) do
                Type.draw canvas titleSize true ink 0.0 (plotLeft, top + titleSize * (1.0 + lineHeight * float i)) line

            for i, line in List.indexed (xLabel panel) do
                Type.draw
                    canvas
                    labelSize
                    false
                    ink
                    0.5
                    (middle, plotBottom + 34.0 + labelSize * lineHeight * float i)
                    line

            let upright x lines =
                for i, line in List.indexed lines do
                    let x, y = x + labelSize * (1.0 + lineHeight * float i), plotTop + 0.5 * plotHeight
                    canvas.Save() |> ignore
                    canvas.RotateDegrees(-90.0f, float32 x, float32 y)
                    Type.draw canvas labelSize false ink 0.5 (x, y) line
                    canvas.Restore()

            upright (left + 4.0) panel.YLabel

            match panel.Heat with
            | Some(_, grid) ->
                upright (plotLeft + panel.PlotWidth + barRoom - 8.0) (Type.wrap labelSize false plotHeight grid.Label)
            | None -> ()

            for rule, isLabelled in rules panel do
                if isLabelled then
                    let x = plotLeft + fst (panel.Pixel(rule.At, fst panel.YRange))
                    Type.draw canvas ruleSize false ink 0.5 (x, plotTop - 5.0) rule.Label

    for (series, lines), left, down in legend do
        let y = bottom + down + 0.7 * legendSize
        sample canvas isDark look (left, y) series

        for i, line in List.indexed lines do
            Type.draw
                canvas
                legendSize
                false
                ink
                0.0
                (left + swatch + 6.0, y + 0.36 * legendSize + float i * legendSize * 1.45)
                line

    use image = surface.Snapshot()
    use pixels = image.PeekPixels()
    // A heat map is all shades.
    let colours = if format.Panels |> List.exists _.Heat.IsSome then 256 else 24
    Png.encode pixels.Width pixels.Height (pixels.GetPixelSpan<uint32>().ToArray()) colours

/// The picture's bytes: the same for the same figure, on any number of threads.
let render (theme: Theme) (figure: Figure) : byte array =
    lock gate (fun () ->
        Type.register ()
        drawAll theme.IsDark figure)
