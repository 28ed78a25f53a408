/// Reads results.json back.
module Qwem.Reports.Results

open System
open System.Text.Json

let private refuse (message: string) = raise (ReportException message)

let private get (element: JsonElement) (name: string) =
    match element.TryGetProperty name with
    | true, value -> value
    | false, _ -> refuse $"results.json: a '{name}' is missing; write the file anew."

let private text element name =
    match (get element name).GetString() with
    | null -> refuse $"results.json: '{name}' is null; write the file anew."
    | value -> value

let private number element name =
    let value = get element name

    if value.ValueKind = JsonValueKind.Number then
        value.GetDouble()
    else
        match value.GetString() with
        | "NaN" -> nan
        | "Infinity" -> infinity
        | "-Infinity" -> -infinity
        | other -> refuse $"results.json: '{name}' is '{other}', which is no number; write the file anew."

let private list element name read =
    [ for item in (get element name).EnumerateArray() -> read item ]

let private verdict element : Verdict =
    {
        Id = text element "id"
        Claim = text element "claim"
        Metric = text element "metric"
        Gap = number element "gap"
        Bound = number element "bound"
        Derivation = text element "derivation"
        Kind = GateKind.Exact
        Changed = ""
        Effect = ""
        Nulls = []
        Outcome = Outcome.Confirmed
        Slips = []
    }

let private quantity element : Quantity =
    {
        Name = text element "name"
        Value = number element "value"
        Unit = text element "unit"
        Meaning = text element "meaning"
    }

/// The sections of results.json with their quantities and verdicts; prose, tables and figures are not in it.
let readSections (json: string) : Section list =
    try
        use document = JsonDocument.Parse json
        let root = document.RootElement

        match text root "schema" with
        | schema when schema = Json.resultsSchema -> ()
        | schema ->
            refuse $"results.json has the schema '{schema}' where '{Json.resultsSchema}' is read; write the file anew."

        list root "sections" (fun section ->
            {
                Id = text section "id"
                Title = text section "title"
                Question = ""
                Answer = ""
                Prediction = ""
                Paragraphs = []
                Quantities = list section "quantities" quantity
                References = []
                Tables = []
                Figures = []
                Verdicts = list section "verdicts" verdict
            })
    with
    | :? JsonException as error ->
        raise (ReportException($"results.json is not JSON ({error.Message}); write the file anew.", error))
    | :? InvalidOperationException as error ->
        raise (ReportException("results.json holds a value of the wrong kind; write the file anew.", error))

/// The verdicts of results.json, in order.
let read (json: string) : Verdict list =
    readSections json |> List.collect (fun section -> section.Verdicts)
