/// A scene as an SVG file that stands alone, follows the reader's light or dark scheme, and can be inlined among others.
module Qwem.Reports.Svg

open System.Text
open Qwem.Reports.Numbers
open Qwem.Reports.Polyline

// A name for each paint, used as class and as custom property.
let private nameOf paint =
    match paint with
    | Paint.Ink -> "ink"
    | Paint.Muted -> "mut"
    | Paint.Grid -> "grd"
    | Paint.Background -> "bg"
    | Paint.Pale -> "pal"
    | Paint.Series(index, tone) ->
        let letter =
            match tone with
            | Full -> "s"
            | Deep -> "d"
            | Soft -> "t"

        letter + (whole index).Replace('-', 'm')
    | Paint.Heat(diverging, step) -> (if diverging then "v" else "h") + whole step

let private dash stroke (width: float) =
    match stroke with
    | Solid -> ""
    | Dashed -> $" stroke-dasharray=\"{pixel (3.0 + 1.5 * width)} {pixel (2.5 + width)}\""
    | Dotted -> $" stroke-dasharray=\"{pixel (0.5 + width)} {pixel (1.5 + 1.2 * width)}\""

let private paintsOf (scene: Scene) =
    scene.Flat
    |> List.collect (function
        | Shape.Group _ -> []
        | Shape.Text label -> [ label.Paint ]
        | Shape.Words labels -> [ for label in labels -> label.Paint ]
        | Shape.Boxes(_, paint, rim) -> paint :: Option.toList rim
        | Shape.Frame(_, paint)
        | Shape.Segments(_, paint, _)
        | Shape.Path(_, paint, _, _, _)
        | Shape.Circles(_, _, paint, _) -> [ paint ])
    |> List.append [ Paint.Ink; Paint.Muted; Paint.Grid; Paint.Background ]
    |> List.distinct
    |> List.sort

/// A label with its raised and lowered runs as shifted spans.
let private label tone (item: Label) =
    let size = TextMetrics.scriptSize * item.Size

    let shiftOf run =
        match run with
        | Rich.Sup _ -> -TextMetrics.raise * item.Size
        | Rich.Sub _ -> TextMetrics.lower * item.Size
        | Rich.Plain _
        | Rich.Code _ -> 0.0

    let span (before: float) run =
        let shift = shiftOf run
        let dy = if shift = before then "" else $" dy=\"{pixel (shift - before)}\""
        let scaled = if shift = 0.0 then "" else $" font-size=\"{pixel size}\""
        let content = Rich.escape (Rich.content run)
        (if dy + scaled = "" then content else $"<tspan{dy}{scaled}>{content}</tspan>"), shift

    let spans, _ = Rich.parse item.Text |> List.mapFold span 0.0

    let anchor =
        match item.Anchor with
        | Anchor.Start -> ""
        | Anchor.Middle -> " text-anchor=\"middle\""
        | Anchor.End -> " text-anchor=\"end\""

    // Without it some renderers drop the space at either end of a span.
    let keep = if spans.Length > 1 then " xml:space=\"preserve\"" else ""
    let bold = if item.Bold then " font-weight=\"600\"" else ""
    let x, y = pixel item.X, pixel item.Y

    let place =
        if item.Upright then
            $"x=\"{x}\" y=\"{y}\""
        else
            $"transform=\"translate({x} {y}) rotate(-90)\""

    $"<text {place} font-size=\"{pixel item.Size}\"{anchor}{bold}{keep}{tone item.Paint}>{System.String.Concat spans}</text>"

let private pathData (runs: Point array list) =
    let data = StringBuilder()

    for run in runs do
        for i, (struct (x, y)) in Array.indexed run do
            data.Append((if i = 0 then 'M' else 'L')).Append(pixel x).Append(' ').Append(pixel y)
            |> ignore

    data.ToString()

/// The SVG element of a figure, ending in a line feed.
let render (figure: Figure) : string =
    let scene = Layout.scene figure
    let root = "fig-" + figure.Id
    // A dot parts an element's name from the figure's, which has none: figures a and a-title stay apart.

    let colours =
        figure.Panels
        |> List.collect (fun panel -> panel.Series |> List.choose (fun series -> series.Colour))
        |> Palette.assign

    let toneOf paint =
        match paint with
        | Paint.Ink -> Palette.ink
        | Paint.Muted -> Palette.muted
        | Paint.Grid -> Palette.grid
        | Paint.Background -> Palette.background
        | Paint.Pale -> Palette.soft Palette.ink
        | Paint.Series(index, Full) -> colours index
        | Paint.Series(index, Deep) -> Palette.deep (colours index)
        | Paint.Series(index, Soft) -> Palette.soft (colours index)
        | Paint.Heat(diverging, step) -> Palette.heat diverging step

    // The attribute is for renderers without style sheets, which then draw the light version.
    let filled paint =
        $" class=\"f-{nameOf paint}\" fill=\"{(toneOf paint).Light}\""

    let stroked paint =
        $" class=\"l-{nameOf paint}\" stroke=\"{(toneOf paint).Light}\""

    let bothPaints fill rim =
        $" class=\"f-{nameOf fill} l-{nameOf rim}\" fill=\"{(toneOf fill).Light}\" stroke=\"{(toneOf rim).Light}\""

    let out = StringBuilder()
    let add (line: string) = out.Append(line).Append('\n') |> ignore
    let paints = paintsOf scene

    let variables scheme =
        paints
        |> List.map (fun paint -> $"--{nameOf paint}:{scheme (toneOf paint)}")
        |> String.concat ";"

    let w, h = pixel scene.Width, pixel scene.Height

    add
        $"<svg xmlns=\"http://www.w3.org/2000/svg\" id=\"{root}\" class=\"{root}\" role=\"img\" aria-labelledby=\"{root}.title {root}.desc\" width=\"{w}\" height=\"{h}\" viewBox=\"0 0 {w} {h}\" font-family=\"{TextMetrics.family}\">"

    add $"<title id=\"{root}.title\">{Rich.escape (Rich.spoken figure.Title)}</title>"
    add $"<desc id=\"{root}.desc\">{Rich.escape (Rich.spoken figure.AlternativeText)}</desc>"
    add "<style>"
    add $".{root}{{{variables (fun tone -> tone.Light)}}}"
    add $"@media (prefers-color-scheme:dark){{.{root}{{{variables (fun tone -> tone.Dark)}}}}}"
    add $"@media print{{.{root}{{{variables (fun tone -> tone.Light)}}}}}"

    for paint in paints do
        let name = nameOf paint
        add $".{root} .f-{name}{{fill:var(--{name})}}.{root} .l-{name}{{stroke:var(--{name})}}"

    add "</style>"
    add "<defs>"

    for i, box in List.indexed scene.Clips do
        // One pixel of air lets a stroke along the frame keep its width.
        let wide, high =
            pixel (box.Right - box.Left + 2.0), pixel (box.Bottom - box.Top + 2.0)

        add
            $"<clipPath id=\"{root}.clip{whole i}\"><rect x=\"{pixel (box.Left - 1.0)}\" y=\"{pixel (box.Top - 1.0)}\" width=\"{wide}\" height=\"{high}\"/></clipPath>"

    add "</defs>"
    add $"<rect width=\"{w}\" height=\"{h}\"{filled Paint.Background}/>"

    let rec addShape shape =
        match shape with
        | Shape.Group(_, []) -> ()
        | Shape.Group(part, shapes) ->
            match part with
            | Part.Plot panel -> add $"<g class=\"plot\" data-panel=\"{whole panel}\">"
            | Part.Series(number, theory) ->
                let name = if theory then " class=\"theory\"" else ""
                add $"<g data-series=\"{whole number}\"{name}>"

            List.iter addShape shapes
            add "</g>"
        | Shape.Text item -> add (label filled item)
        | Shape.Frame(box, paint) ->
            let wide, high = pixel (box.Right - box.Left), pixel (box.Bottom - box.Top)

            add
                $"<rect x=\"{pixel box.Left}\" y=\"{pixel box.Top}\" width=\"{wide}\" height=\"{high}\" fill=\"none\"{stroked paint}/>"
        | Shape.Segments([||], _, _) -> ()
        | Shape.Segments(segments, paint, width) ->
            let data = pathData [ for a, b in segments -> [| a; b |] ]
            add $"<path d=\"{data}\" fill=\"none\" stroke-width=\"{pixel width}\"{stroked paint}/>"
        | Shape.Path(runs, paint, width, stroke, clip) ->
            let clipped =
                match clip with
                | Some i -> $" clip-path=\"url(#{root}.clip{whole i})\""
                | None -> ""

            add
                $"<path d=\"{pathData runs}\" fill=\"none\" stroke-width=\"{pixel width}\" stroke-linejoin=\"round\"{dash stroke width}{stroked paint}{clipped}/>"
        | Shape.Circles(centres, radius, paint, true) ->
            // A line without length and with round ends is a dot, and takes the least bytes.
            let data =
                centres
                |> Array.map (fun (struct (x, y)) -> $"M{pixel x} {pixel y}h0")
                |> System.String.Concat

            add
                $"<path d=\"{data}\" fill=\"none\" stroke-linecap=\"round\" stroke-width=\"{pixel (2.0 * radius)}\"{stroked paint}/>"
        | Shape.Words [||] -> ()
        | Shape.Words labels ->
            add $"<g stroke-width=\"3\" stroke-linejoin=\"round\" paint-order=\"stroke\"{stroked Paint.Background}>"

            for item in labels do
                add (label filled item)

            add "</g>"
        | Shape.Boxes(boxes, paint, rim) ->
            let data =
                boxes
                |> Array.map (fun box ->
                    $"M{pixel box.Left} {pixel box.Top}H{pixel box.Right}V{pixel box.Bottom}H{pixel box.Left}Z")
                |> System.String.Concat

            // Without a rim boxes touch: smoothed edges would show the background between them.
            let edge =
                match rim with
                | Some rim -> $" stroke-width=\"0.8\"{bothPaints paint rim}"
                | None -> $" shape-rendering=\"crispEdges\"{filled paint}"

            add $"<path d=\"{data}\"{edge}/>"
        | Shape.Circles(centres, radius, paint, false) ->
            add $"<g fill=\"none\" stroke-width=\"1.3\"{stroked paint}>"

            for struct (x, y) in centres do
                add $"<circle cx=\"{pixel x}\" cy=\"{pixel y}\" r=\"{pixel radius}\"/>"

            add "</g>"

    List.iter addShape scene.Shapes
    add "</svg>"
    out.ToString()
