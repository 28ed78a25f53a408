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

/// Empty where it is absent.
let private optional (element: JsonElement) name =
    match element.TryGetProperty(name: string) with
    | true, _ -> text element name
    | false, _ -> ""

let private numberOf name (value: JsonElement) =
    if value.ValueKind = JsonValueKind.Number then
        value.GetDouble()
    else
        match value.GetString() with
        | "NaN" -> nan
        | "Infinity" -> infinity
        | "-Infinity" -> -infinity
        | other -> refuse $"results.json: '{name}' is '{other}', which is no number; write the file anew."

let private number element name = numberOf name (get element name)

let private list element name read =
    [ for item in (get element name).EnumerateArray() -> read item ]

/// One of the words of Terms.
let private term words name (value: JsonElement) =
    let text = value.GetString() |> Option.ofObj |> Option.defaultValue ""

    match Terms.tryRead words text with
    | Some case -> case
    | None -> refuse $"results.json: '{name}' is '{text}', which is not known; write the file anew."

let private slip (property: JsonProperty) : SlipOutcome =
    let name = property.Name

    match List.ofSeq (property.Value.EnumerateArray()) with
    | result :: gap :: rest when rest.Length <= 1 ->
        {
            Slip = name
            Result = term Terms.slipResults name result
            Gap = numberOf name gap
            Resolution = List.tryHead rest |> Option.map (numberOf name)
        }
    | _ ->
        refuse $"results.json: the slip '{name}' needs a result, a gap and perhaps a resolution; write the file anew."

let private verdict element : Verdict =
    {
        Id = text element "id"
        Claim = text element "claim"
        Kind = term Terms.kinds "kind" (get element "kind")
        Outcome = term Terms.outcomes "outcome" (get element "outcome")
        Metric = text element "metric"
        Gap = number element "gap"
        Bound = number element "bound"
        Derivation = text element "derivation"
        Changed = text element "changed"
        Effect = text element "effect"
        Nulls =
            list element "nulls" (fun item ->
                {
                    Name = text item "name"
                    Score = number item "score"
                    P = number item "p"
                })
        Slips = [ for property in (get element "slips").EnumerateObject() -> slip property ]
    }

let private quantity element : Quantity =
    {
        Name = text element "name"
        Value = number element "value"
        Unit = text element "unit"
        Meaning = text element "meaning"
    }

let private section element : Section =
    {
        Id = text element "id"
        Title = text element "title"
        Answer = text element "answer"
        Details = optional element "details"
        Question = ""
        Prediction = ""
        Paragraphs = []
        Quantities = list element "quantities" quantity
        References = []
        Tables = []
        Figures = []
        Verdicts = list element "verdicts" verdict
    }

let private parse (json: string) (read: JsonElement -> 'T) : 'T =
    try
        use document = JsonDocument.Parse json
        read document.RootElement
    with
    | :? JsonException as error ->
        raise (ReportException($"results.json is not JSON ({error.Message}); write the file anew.", error))
    | :? InvalidOperationException as error ->
        raise (ReportException("results.json holds a value of the wrong kind; write the file anew.", error))

/// What results.json holds of a report.
type Results =
    {
        /// The slips that every gate was shown.
        Slips: ListedSlip list
        /// The sections with their answers, quantities and verdicts; prose, tables and figures are not in the file.
        Sections: Section list
    }

    /// The verdicts, in order.
    member results.Verdicts = results.Sections |> List.collect _.Verdicts

/// All that results.json holds.
let readAll (json: string) : Results =
    parse json (fun root ->
        match text root "schema" with
        | schema when schema = Json.resultsSchema -> ()
        | schema ->
            refuse $"results.json has the schema '{schema}' where '{Json.resultsSchema}' is read; write the file anew."

        {
            Slips =
                list root "slips" (fun item ->
                    {
                        Id = text item "id"
                        Mistake = text item "mistake"
                        Continuous = text item "continuous"
                    })
            Sections = list root "sections" section
        })

/// The sections of results.json.
let readSections (json: string) : Section list = (readAll json).Sections

/// The verdicts of results.json, in order.
let read (json: string) : Verdict list = (readAll json).Verdicts

/// The ids of the sections of any layout of results.json: which pages an earlier report wrote.
let readSectionIds (json: string) : string list =
    parse json (fun root -> list root "sections" (fun section -> text section "id"))
