/// JSON texts against JSON schemas (draft 2020-12), by JsonSchema.Net.
module Qwem.Validation.Tests.JsonSchema

open System.Text.Json
open Json.Schema

/// Draft 2020-12, but a keyword it does not know is refused instead of passed over, so that none stands in a schema unchecked.
let private strict =
    let draft = Dialect.Draft202012
    draft.With([], draft.Id, System.Nullable(), System.Nullable false)

/// Registries of its own for each schema: the global ones would pass over unknown keywords, and tests run at once.
let private build (schema: string) =
    let dialects = DialectRegistry()
    dialects.Register strict

    JsonSchema.FromText(
        schema,
        BuildOptions(Dialect = strict, DialectRegistry = dialects, SchemaRegistry = SchemaRegistry())
    )

/// "/sections/0/id" as "$.sections[0].id".
let private path (pointer: string) =
    pointer.Split '/'
    |> Array.skip 1
    |> Array.map (fun step -> if Seq.forall System.Char.IsDigit step then $"[{step}]" else $".{step}")
    |> String.concat ""
    |> sprintf "$%s"

/// What failed, from the outside in. An alternative that does not fit is no failure where another does.
let rec private failures (results: EvaluationResults) : string list =
    let errors =
        results.Errors
        |> Option.ofObj
        |> Option.map Seq.toList
        |> Option.defaultValue []

    let details =
        results.Details
        |> Option.ofObj
        |> Option.map Seq.toList
        |> Option.defaultValue []

    if results.IsValid then
        []
    else
        [
            for error in errors -> $"{path (string results.InstanceLocation)}: {error.Value}"
        ]
        @ List.collect failures details

/// What is wrong with a JSON text by a schema's text, each with the path to it; empty if it is valid.
let complaints (schema: string) (json: string) : string list =
    use document = JsonDocument.Parse json
    let options = EvaluationOptions(OutputFormat = OutputFormat.Hierarchical)
    failures ((build schema).Evaluate(document.RootElement, options))
