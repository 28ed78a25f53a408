/// A figure as the specification from which the script of its page has plotly.js draw it: traces panel by panel, and the axes
/// they stand on. The script decides only how many panels stand side by side.
module Qwem.Reports.Plotly

open System
open System.Collections.Generic
open System.Globalization
open System.IO
open System.Text
open System.Text.Encodings.Web
open System.Text.Json

// Five significant digits tell apart more than the eye does, and are what is read off; null is what has no place.
let private number (json: Utf8JsonWriter) (x: float) =
    if Double.IsFinite x then
        json.WriteRawValue(x.ToString("G5", CultureInfo.InvariantCulture))
    else
        json.WriteNullValue()

let private numbers (json: Utf8JsonWriter) (name: string) (values: float seq) =
    json.WriteStartArray name

    for value in values do
        number json value

    json.WriteEndArray()

/// Marked-up text in the tags that plotly.js sets.
let private tags (text: string) = Rich.html text

let private plain (text: string) = Rich.clean (Rich.unmarked text)

let private openSymbols =
    [|
        "circle-open"
        "square-open"
        "triangle-up-open"
        "diamond-open"
        "triangle-down-open"
        "x-thin-open"
        "cross-thin-open"
        "asterisk-open"
    |]

let private filledSymbols =
    [|
        "circle"
        "square"
        "triangle-up"
        "diamond"
        "triangle-down"
        "x-thin-open"
        "cross-thin-open"
        "asterisk-open"
    |]

let private dash (stroke: Stroke) =
    match stroke with
    | Solid -> "solid"
    | Dashed -> "5px,3px"
    | Dotted -> "1.5px,2.2px"

/// Where a word stands from its point, as plotly.js has it.
let private position (side: Words.Side) =
    let up =
        match side.Up with
        | 1 -> "top"
        | -1 -> "bottom"
        | _ -> "middle"

    let right =
        match side.Right with
        | 1 -> "right"
        | -1 -> "left"
        | _ -> "center"

    $"{up} {right}"

type private Writer(json: Utf8JsonWriter, dark: SortedDictionary<string, string>, columns: Dictionary<string, int>) =

    /// A colour's light value; the dark one is known by it.
    member _.Colour(name: string, colour: Palette.Colour) =
        dark[colour.Light] <- colour.Dark
        json.WriteString(name, colour.Light)

    /// Values that several series share are written once.
    member _.Column(name: string, values: float array) =
        let text = values |> Array.map Csv.number |> String.concat ","

        match columns.TryGetValue text with
        | true, known -> json.WriteNumber(name, known)
        | false, _ ->
            json.WriteNumber(name, columns.Count)
            columns[text] <- columns.Count

    member this.Marker(symbols: string array, shape: int, radius: float, colour: Palette.Colour) =
        json.WriteStartObject "marker"
        json.WriteString("symbol", symbols[shape])
        json.WritePropertyName "size"
        number json (2.0 * radius)
        this.Colour("color", colour)
        json.WriteStartObject "line"
        json.WritePropertyName "width"
        number json (if symbols[shape].EndsWith("open", StringComparison.Ordinal) then 1.3 else 0.0)
        this.Colour("color", colour)
        json.WriteEndObject()

    member this.Line(stroke, width: float, colour) =
        json.WriteStartObject "line"
        json.WriteString("dash", dash stroke)
        json.WritePropertyName "width"
        number json width
        this.Colour("color", colour)
        json.WriteEndObject()

    member this.Series
        (look: Look.Look, placed: Words.Placed list, name: SeriesNames.Name, legend: bool, series: Series)
        =
        let colour = look.Colour series
        let xs, ys = Array.unzip series.Points
        json.WriteStartObject()
        json.WriteString("how", Rich.clean name.How)
        json.WriteString("what", Rich.clean name.What)

        if Look.isTheory series then
            json.WriteBoolean("theory", true)

        if legend then
            json.WriteString("legend", tags (Option.get series.Legend))

        let kind (kind: string) (mode: string) =
            json.WriteString("type", kind)

            if mode <> "" then
                json.WriteString("mode", mode)

            this.Column("x", xs)

        match series.Mark with
        | Line(stroke, width) ->
            kind "scatter" (if look.IsMarked series then "lines+markers" else "lines")
            this.Column("y", ys)
            this.Line(stroke, width, colour)

            if look.IsMarked series then
                this.Marker(filledSymbols, look.Shape series, 3.0, colour)
                json.WriteNumber("maxdisplayed", 6)
                json.WriteEndObject()
        | Circles radius ->
            kind "scatter" "markers"
            this.Column("y", ys)
            this.Marker(openSymbols, look.Shape series, radius, colour)
            json.WriteEndObject()
        | Points radius ->
            kind "scatter" "markers"
            this.Column("y", ys)
            this.Marker(filledSymbols, (if radius < 2.0 then 0 else look.Shape series), radius, colour)
            json.WriteEndObject()
            // A cloud is not read point by point.
            if radius < 2.0 then
                json.WriteString("hoverinfo", "skip")
        | Intervals ends ->
            // Points in the middle of their interval have no marks of their own.
            let hasPoints = xs.Length > 0
            let at = if hasPoints then xs else ends |> Array.map (fun (x, _, _) -> x)

            let middles =
                if hasPoints then
                    ys
                else
                    ends |> Array.map (fun (_, low, high) -> 0.5 * (low + high))

            let known =
                dict (
                    ends
                    |> Array.distinctBy (fun (x, _, _) -> x)
                    |> Array.map (fun (x, low, high) -> x, (low, high))
                )

            let side pick =
                Array.map2
                    (fun x y ->
                        match known.TryGetValue x with
                        | true, ends -> pick ends y
                        | _ -> nan)
                    at
                    middles

            json.WriteString("type", "scatter")
            json.WriteString("mode", "markers")
            this.Column("x", at)
            this.Column("y", middles)
            this.Marker(filledSymbols, look.Shape series, (if hasPoints then 2.2 else 0.5), colour)
            json.WriteEndObject()
            json.WriteStartObject "error_y"
            json.WriteString("type", "data")
            json.WriteBoolean("symmetric", false)
            numbers json "array" (side (fun (_, high) y -> high - y))
            numbers json "arrayminus" (side (fun (low, _) y -> y - low))
            json.WriteNumber("width", 3)
            json.WritePropertyName "thickness"
            number json 1.2
            this.Colour("color", colour)
            json.WriteEndObject()
        | Bars width ->
            kind "bar" ""
            this.Column("y", ys)
            json.WritePropertyName "width"
            number json width
            json.WriteStartObject "marker"
            this.Colour("color", colour)
            json.WriteEndObject()
        | Words words ->
            let side = dict (placed |> List.map (fun place -> place.At, place.Side))
            kind "scatter" "text"
            this.Column("y", ys)
            json.WriteStartArray "text"

            for i, word in Array.indexed words do
                json.WriteStringValue(if side.ContainsKey i then tags word else "")

            json.WriteEndArray()
            json.WriteStartArray "hovertext"

            for word in words do
                json.WriteStringValue(tags word)

            json.WriteEndArray()
            json.WriteStartArray "textposition"

            for i in 0 .. words.Length - 1 do
                json.WriteStringValue(
                    match side.TryGetValue i with
                    | true, side -> position side
                    | _ -> "middle center"
                )

            json.WriteEndArray()
            json.WriteStartObject "textfont"
            this.Colour("color", colour)
            json.WriteNumber("size", 11)
            json.WriteEndObject()
        | Cells grid ->
            let xs, ys, rows = Look.matrix series.Points grid
            let low, high = Look.ends grid
            let stops = Palette.heatStops (low < 0.0)
            json.WriteString("type", "heatmap")
            this.Column("x", xs)
            this.Column("y", ys)
            json.WriteStartArray "z"

            for row in rows do
                json.WriteStartArray()

                for value in row do
                    number json value

                json.WriteEndArray()

            json.WriteEndArray()
            json.WritePropertyName "zmin"
            number json low
            json.WritePropertyName "zmax"
            number json high
            json.WriteStartArray "colorscale"

            for i, stop in Array.indexed stops do
                json.WriteStartArray()
                number json (float i / float (stops.Length - 1))
                dark[stop.Light] <- stop.Dark
                json.WriteStringValue stop.Light
                json.WriteEndArray()

            json.WriteEndArray()
            json.WriteString("bar", tags grid.Label)

        json.WriteEndObject()

    member _.Axis(name: string, axis: Axis, (low, high)) =
        let on x =
            if axis.Scale = Linear then x else Numbers.log10 x

        json.WriteStartObject name
        json.WriteString("title", tags axis.Label)
        json.WriteString("label", plain axis.Label)
        json.WriteString("type", (if axis.Scale = Linear then "linear" else "log"))
        numbers json "range" [ on low; on high ]
        json.WriteEndObject()

/// JSON without a line feed, fit for a script element: { slider, columns, map, frames, panels: [{ title, x, y, rules, series }],
/// data, dark }, where a series' x and y are numbers of rows of data, and dark says what each colour is on a dark page.
let render (figure: Figure) : string =
    let format = Format.ofFigure figure
    let look = Look.ofFigure figure
    let legends = HashSet<string * int option * string>()
    let dark = SortedDictionary<string, string>(StringComparer.Ordinal)

    for colour in [ Palette.ink; Palette.muted; Palette.grid; Palette.background ] do
        dark[colour.Light] <- colour.Dark

    use stream = new MemoryStream()

    let options =
        JsonWriterOptions(Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping)

    using (new Utf8JsonWriter(stream, options)) (fun json ->
        let columns = Dictionary<string, int>()
        let writer = Writer(json, dark, columns)
        json.WriteStartObject()
        json.WriteBoolean("slider", figure.Slider)
        json.WriteNumber("columns", format.Columns)
        json.WriteBoolean("map", figure.Panels |> List.exists Look.isMap)
        json.WriteStartArray "frames"

        for frame in figure.Frames do
            json.WriteStringValue(plain frame)

        json.WriteEndArray()
        json.WriteStartArray "panels"

        for panel in format.Panels do
            json.WriteStartObject()
            json.WriteString("title", tags panel.Panel.Title)
            writer.Axis("x", panel.Panel.X, panel.XRange)
            writer.Axis("y", panel.Panel.Y, panel.YRange)
            json.WriteStartArray "rules"

            for rule, isLabelled in Format.rules panel do
                json.WriteStartArray()
                number json rule.At
                json.WriteStringValue(if isLabelled then tags rule.Label else "")
                json.WriteEndArray()

            json.WriteEndArray()
            json.WriteStartArray "series"

            for (name, placed), series in
                List.zip (List.zip (SeriesNames.ofPanel figure panel.Panel) panel.Words) panel.Panel.Series do
                let isNew =
                    match series.Legend with
                    | Some legend when legend <> "" && not series.Mark.IsCells ->
                        legends.Add(legend, series.Colour, SeriesNames.kindOf series)
                    | _ -> false

                writer.Series(look, placed, name, isNew || (not figure.Frames.IsEmpty && series.Legend.IsSome), series)

            json.WriteEndArray()
            json.WriteEndObject()

        json.WriteEndArray()
        json.WriteStartArray "data"

        for column in columns |> Seq.sortBy _.Value do
            json.WriteStartArray()

            for text in column.Key.Split(',', StringSplitOptions.RemoveEmptyEntries) do
                number json (Double.Parse(text, CultureInfo.InvariantCulture))

            json.WriteEndArray()

        json.WriteEndArray()
        json.WriteStartObject "dark"

        for colour in dark do
            json.WriteString(colour.Key, colour.Value)

        json.WriteEndObject()
        json.WriteEndObject())

    // Nothing in it may end the script element, or need escaping where pages are read as XML.
    Encoding.UTF8.GetString(stream.ToArray()).Replace("<", "\\u003c").Replace("&", "\\u0026")
