/// The data of a figure for the script of its page: where its panels lie, what their axes span, and every point.
module Qwem.Reports.FigureData

open System
open System.Collections.Generic
open System.Globalization
open System.IO
open System.Text
open System.Text.Encodings.Web
open System.Text.Json

// Six significant digits tell apart more than the eye does; null is what has no place.
let private number (json: Utf8JsonWriter) (x: float) =
    if Double.IsFinite x then
        json.WriteRawValue(x.ToString("G6", CultureInfo.InvariantCulture))
    else
        json.WriteNullValue()

let private numbers (json: Utf8JsonWriter) (name: string) (values: float seq) =
    json.WriteStartArray name

    for value in values do
        number json value

    json.WriteEndArray()

let private axis (json: Utf8JsonWriter) (name: string) (axis: Axis) (low, high) =
    json.WriteStartObject name
    json.WriteString("label", Rich.clean (Rich.unmarked axis.Label))
    json.WriteBoolean("log", axis.Scale.IsLogarithmic)
    numbers json "range" [ low; high ]
    json.WriteEndObject()

/// A cloud is not read point by point, and its panel keeps its axes.
let private isRead (series: Series) = not series.Mark.IsPoints

let private series (json: Utf8JsonWriter) (columns: Dictionary<string, int>) (name: SeriesNames.Name) (series: Series) =
    let column (values: float array) =
        let text = values |> Array.map Csv.number |> String.concat ","

        match columns.TryGetValue text with
        | true, known -> known
        | false, _ ->
            columns[text] <- columns.Count
            columns.Count - 1

    let xs, ys = Array.unzip series.Points
    json.WriteStartObject()
    json.WriteString("how", Rich.clean name.How)
    json.WriteString("what", Rich.clean name.What)

    let kind, xs =
        match series.Mark with
        | Line _ -> "line", xs
        | Circles _ -> "circles", xs
        | Intervals ends -> "intervals", Array.append xs (ends |> Array.map (fun (x, _, _) -> x))
        | Bars _ -> "bars", xs
        | Words _ -> "words", xs
        | Cells _ -> "cells", xs
        | Points _ -> "points", [||]

    json.WriteString("kind", kind)
    json.WriteNumber("x", column xs)

    match series.Mark with
    | Intervals ends ->
        // The points first, then the intervals, whose y is their middle for whoever points at them.
        numbers json "y" (Seq.append ys (ends |> Seq.map (fun (_, low, high) -> 0.5 * (low + high))))
        json.WriteNumber("points", ys.Length)
        numbers json "low" (ends |> Seq.map (fun (_, low, _) -> low))
        numbers json "high" (ends |> Seq.map (fun (_, _, high) -> high))
    | Bars width ->
        numbers json "y" ys
        json.WritePropertyName "width"
        number json width
    | Words words ->
        numbers json "y" ys
        json.WriteStartArray "words"

        for word in words do
            json.WriteStringValue(Rich.clean (Rich.unmarked word))

        json.WriteEndArray()
    | Cells grid ->
        numbers json "y" ys
        numbers json "values" grid.Values
        json.WriteString("label", Rich.clean (Rich.unmarked grid.Label))
    | _ when isRead series -> numbers json "y" ys
    | _ -> numbers json "y" []

    json.WriteEndObject()

/// JSON without a line feed, fit for a script element: { panels: [{ box, x, y, rules, columns, series }], slider }, where a
/// series' x is the number of a column of its panel.
let render (figure: Figure) : string =
    let scene = Layout.scene figure

    let options =
        JsonWriterOptions(Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping)

    use stream = new MemoryStream()

    using (new Utf8JsonWriter(stream, options)) (fun json ->
        json.WriteStartObject()
        json.WriteBoolean("slider", figure.Slider)
        json.WriteStartArray "panels"

        for panel, area in List.zip figure.Panels scene.Areas do
            let columns = Dictionary<string, int>()
            json.WriteStartObject()
            numbers json "box" [ area.Box.Left; area.Box.Top; area.Box.Right; area.Box.Bottom ]
            axis json "x" panel.X area.XRange
            axis json "y" panel.Y area.YRange
            json.WriteStartArray "rules"

            for rule in panel.VerticalRules do
                json.WriteStartArray()
                number json rule.At
                json.WriteStringValue(Rich.clean (Rich.unmarked rule.Label))
                json.WriteEndArray()

            json.WriteEndArray()
            json.WriteStartArray "series"

            for name, drawn in List.zip (SeriesNames.ofPanel figure panel) panel.Series do
                series json columns name drawn

            json.WriteEndArray()
            json.WriteStartArray "columns"

            for column in columns |> Seq.sortBy (fun pair -> pair.Value) do
                let texts = column.Key.Split(',', StringSplitOptions.RemoveEmptyEntries)
                json.WriteStartArray()

                for text in texts do
                    number json (Double.Parse(text, CultureInfo.InvariantCulture))

                json.WriteEndArray()

            json.WriteEndArray()
            json.WriteEndObject()

        json.WriteEndArray()
        json.WriteEndObject())

    // Nothing in it may end the script element, or need escaping where pages are read as XML.
    Encoding.UTF8.GetString(stream.ToArray()).Replace("<", "\\u003c").Replace("&", "\\u0026")
