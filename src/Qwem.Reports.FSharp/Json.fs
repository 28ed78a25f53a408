/// results.json and manifest.json, and the way back.
module Qwem.Reports.Json

open System
open System.IO
open System.Text
open System.Text.Encodings.Web
open System.Text.Json

/// Names the layout of results.json; changes with it.
let resultsSchema = "qwem-results/2"

/// Names the layout of manifest.json; changes with it.
let manifestSchema = "qwem-manifest/1"

let private render (write: Utf8JsonWriter -> unit) =
    let options =
        JsonWriterOptions(Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping)

    use stream = new MemoryStream()

    using (new Utf8JsonWriter(stream, options)) (fun json ->
        json.WriteStartObject()
        write json
        json.WriteEndObject())

    Encoding.UTF8.GetString(stream.ToArray()) + "\n"

let private text (json: Utf8JsonWriter) (name: string) (value: string) =
    json.WriteString(name, Rich.clean value)

/// JSON has no NaN and no infinities: those are strings.
let private number (json: Utf8JsonWriter) (name: string) (value: float) =
    if Double.IsFinite value then
        json.WriteNumber(name, value)
    else
        json.WriteString(name, Numbers.exact value)

let private list (json: Utf8JsonWriter) (name: string) items write =
    json.WriteStartArray name

    for item in items do
        json.WriteStartObject()
        write item
        json.WriteEndObject()

    json.WriteEndArray()

// A slip on one line, as [result, gap, smallest size rejected]: there are thousands of them.
let private slip (json: Utf8JsonWriter) (outcome: SlipOutcome) =
    let number (value: float) =
        if Double.IsFinite value then
            Numbers.exact value
        else
            $"\"{Numbers.exact value}\""

    let parts =
        [
            $"\"{Terms.code (Terms.slipResult outcome.Result)}\""
            number outcome.Gap
            yield! outcome.Resolution |> Option.map number |> Option.toList
        ]

    json.WritePropertyName(Rich.clean outcome.Slip)
    json.WriteRawValue("[" + String.concat ", " parts + "]")

let private verdict json (verdict: Verdict) =
    text json "id" verdict.Id
    text json "claim" verdict.Claim
    text json "kind" (Terms.code (Terms.kind verdict.Kind))
    text json "outcome" (Terms.code (Terms.outcome verdict.Outcome))
    text json "metric" verdict.Metric
    number json "gap" verdict.Gap
    number json "bound" verdict.Bound
    text json "derivation" verdict.Derivation
    text json "changed" verdict.Changed
    text json "effect" verdict.Effect

    list json "nulls" verdict.Nulls (fun nullModel ->
        text json "name" nullModel.Name
        number json "score" nullModel.Score
        number json "p" nullModel.P)

    json.WriteStartObject "slips"
    List.iter (slip json) verdict.Slips
    json.WriteEndObject()

/// results.json: every verdict and quantity, the list of slips, and what the curves under a slider read at some of its places.
let results (report: Report) : string =
    render (fun json ->
        let verdicts = Check.verdicts report
        text json "schema" resultsSchema
        text json "title" report.Title
        json.WriteNumber("verdicts", verdicts.Length)
        json.WriteStartObject "outcomes"

        for outcome, word in Terms.outcomes do
            let having = verdicts |> List.filter (fun verdict -> verdict.Outcome = outcome)
            json.WriteNumber(Terms.code word, having.Length)

        json.WriteEndObject()

        list json "slips" report.Slips (fun slip ->
            text json "id" slip.Id
            text json "mistake" slip.Mistake
            text json "continuous" slip.Continuous)

        list json "sections" report.Sections (fun section ->
            let readings =
                [
                    for figure in section.Figures do
                        for reading in Readings.ofFigure figure -> figure, reading
                ]

            text json "id" section.Id
            text json "title" section.Title
            text json "answer" section.Answer

            // Only where there are any, as below.
            if section.Details <> "" then
                text json "details" section.Details

            list json "quantities" section.Quantities (fun quantity ->
                text json "name" quantity.Name
                number json "value" quantity.Value
                text json "unit" quantity.Unit
                text json "meaning" quantity.Meaning)

            list json "verdicts" section.Verdicts (verdict json)

            // Only where there are any, so that most sections stay as short as they are.
            if readings.Length > 0 then
                list json "readings" readings (fun (figure: Figure, reading: Readings.Reading) ->
                    text json "figure" figure.Id
                    number json "at" reading.At

                    list json "values" reading.Values (fun (name, value) ->
                        text json "curve" name
                        number json "value" value))))

/// manifest.json: what the run was made from.
let manifest (manifest: Manifest) : string =
    render (fun json ->
        text json "schema" manifestSchema
        text json "version" manifest.Version
        text json "command" manifest.Command

        list json "seeds" manifest.Seeds (fun (name, seed) ->
            text json "name" name
            json.WriteNumber("seed", seed))

        list json "inputs" manifest.Inputs (fun (name, value) ->
            text json "name" name
            text json "value" value)

        list json "settings" manifest.Settings (fun (name, value) ->
            text json "name" name
            text json "value" value))
