/// The part of JSON Schema (draft 2020-12) that docs/results.schema.json uses.
module Qwem.Validation.Tests.JsonSchema

open System.Text.Json
open System.Text.RegularExpressions

let private annotations =
    set [ "$schema"; "$defs"; "$comment"; "title"; "description" ]

let private isOfType (value: JsonElement) (name: string) =
    match name, value.ValueKind with
    | "object", JsonValueKind.Object
    | "array", JsonValueKind.Array
    | "string", JsonValueKind.String
    | "number", JsonValueKind.Number
    | "boolean", (JsonValueKind.True | JsonValueKind.False) -> true
    | "integer", JsonValueKind.Number -> System.Double.IsInteger(value.GetDouble())
    | ("object" | "array" | "string" | "number" | "boolean" | "integer"), _ -> false
    | other, _ -> failwith $"The schema asks for the type '{other}', which this validator does not know."

let private text (element: JsonElement) =
    element.GetString() |> Option.ofObj |> Option.defaultValue ""

let private names (element: JsonElement) = [ for name in element.EnumerateArray() -> text name ]

let private resolve (root: JsonElement) (reference: string) =
    let prefix = "#/$defs/"

    if not (reference.StartsWith prefix) then
        failwith $"The schema refers to '{reference}'; only {prefix}NAME is known here."

    root.GetProperty("$defs").GetProperty(reference.Substring prefix.Length)

let private member' (value: JsonElement) (name: string) =
    match value.TryGetProperty name with
    | true, found -> Some found
    | false, _ -> None

/// What is wrong with a value, each with the path to it; empty if it is valid. A keyword that this does not know is a defect of
/// the schema and fails, so that none stands there unchecked.
let rec private check (root: JsonElement) (schema: JsonElement) (path: string) (value: JsonElement) : string list =
    let isKind kind = value.ValueKind = kind

    let complain holds sentence =
        if holds then [] else [ $"{path}: {sentence}" ]

    let keyword (name: string) (rule: JsonElement) =
        match name with
        | annotation when annotations.Contains annotation -> []
        | "$ref" -> check root (resolve root (text rule)) path value
        | "type" -> complain (isOfType value (text rule)) $"is no {text rule}"
        | "const" -> complain (JsonElement.DeepEquals(value, rule)) $"is not {rule}"
        | "enum" ->
            complain
                (rule.EnumerateArray()
                 |> Seq.exists (fun one -> JsonElement.DeepEquals(one, value)))
                "is not listed"
        | "anyOf" ->
            let fits =
                rule.EnumerateArray()
                |> Seq.exists (fun one -> (check root one path value).IsEmpty)

            complain fits "fits no alternative"
        | "minimum" ->
            complain (not (isKind JsonValueKind.Number) || value.GetDouble() >= rule.GetDouble()) "is too small"
        | "minLength" ->
            complain (not (isKind JsonValueKind.String) || (text value).Length >= rule.GetInt32()) "is too short"
        | "pattern" ->
            complain
                (not (isKind JsonValueKind.String) || Regex.IsMatch(text value, text rule))
                $"does not match {text rule}"
        | "minItems" ->
            complain (not (isKind JsonValueKind.Array) || value.GetArrayLength() >= rule.GetInt32()) "has too few items"
        | "maxItems" ->
            complain
                (not (isKind JsonValueKind.Array) || value.GetArrayLength() <= rule.GetInt32())
                "has too many items"
        | "prefixItems" when isKind JsonValueKind.Array ->
            Seq.zip (rule.EnumerateArray()) (value.EnumerateArray())
            |> Seq.mapi (fun i (rule, item) -> check root rule $"{path}[{i}]" item)
            |> List.concat
        | "items" when isKind JsonValueKind.Array ->
            value.EnumerateArray()
            |> Seq.mapi (fun i item -> check root rule $"{path}[{i}]" item)
            |> List.concat
        | "required" when isKind JsonValueKind.Object ->
            names rule
            |> List.collect (fun name -> complain (member' value name).IsSome $"has no '{name}'")
        | "properties" when isKind JsonValueKind.Object -> [
            for property in rule.EnumerateObject() do
                match member' value property.Name with
                | Some found -> yield! check root property.Value $"{path}.{property.Name}" found
                | None -> ()
          ]
        | "additionalProperties" when isKind JsonValueKind.Object ->
            let known = member' schema "properties"

            let others =
                value.EnumerateObject()
                |> Seq.filter (fun property ->
                    not (known |> Option.exists (fun known -> (member' known property.Name).IsSome)))

            [
                for property in others do
                    if rule.ValueKind = JsonValueKind.False then
                        $"{path}: has a '{property.Name}', which is not known"
                    else
                        yield! check root rule $"{path}.{property.Name}" property.Value
            ]
        | "items"
        | "prefixItems"
        | "required"
        | "properties"
        | "additionalProperties" -> []
        | other -> failwith $"The schema uses '{other}', which this validator does not know."

    [
        for rule in schema.EnumerateObject() do
            yield! keyword rule.Name rule.Value
    ]

/// What is wrong with a JSON text, by a schema's text; empty if it is valid.
let complaints (schema: string) (json: string) : string list =
    use schema = JsonDocument.Parse schema
    use document = JsonDocument.Parse json
    check schema.RootElement schema.RootElement "$" document.RootElement
