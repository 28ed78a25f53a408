module Qwem.Validation.Tests.ResultsSchemaTests

open System.IO
open System.Text.RegularExpressions
open Expecto
open Qwem.Reports

let private schema =
    lazy File.ReadAllText(Repository.file "docs/results.schema.json")

let private sample = lazy Json.results ReportSamples.report

let private committed =
    lazy File.ReadAllText(Repository.file "reports/results.json")

/// Replaces what a pattern finds first, which must be there.
let private replaced (pattern: string) (after: string) (text: string) =
    let regex = Regex pattern
    Expect.isTrue (regex.IsMatch text) pattern
    regex.Replace(text, after, 1)

let tests =
    testList "Results schema" [
        testCase "the committed results follow their schema"
        <| fun () -> Expect.isEmpty (JsonSchema.complaints schema.Value committed.Value) ""

        testCase "the schema names the layout that is written"
        <| fun () -> Expect.stringContains schema.Value ($"\"const\": \"{Json.resultsSchema}\"") ""

        testTheory
            "results that are altered break the schema where they are altered"
            [
                ("\"schema\": \"qwem-results/2\"", "\"schema\": \"qwem-results/1\"", "$.schema")
                ("\"confirmed\": [0-9]+", "\"confirmed\": -1", "$.outcomes.confirmed")
                ("\"confirmed\": [0-9]+", "\"confirmed\": 0.5", "$.outcomes.confirmed")
                ("\"id\": \"values\"", "\"id\": \"the values\"", "$.sections[0].id")
                ("\"unit\": \"1\"", "\"units\": \"1\"", "$.sections[0].quantities[0]: Required properties [\"unit\"]")
                ("\"unit\": \"1\"", "\"units\": \"1\"", "$.sections[0].quantities[0].units")
                ("\"outcome\": \"confirmed\"", "\"outcome\": \"passed\"", "$.sections[0].verdicts[0].outcome")
                ("\"kind\": \"exact\"", "\"kind\": true", "$.sections[0].verdicts[0].kind")
                ("\\[\"rejected\", ", "[\"killed\", ", "$.sections[0].verdicts[0].slips.kappa[0]")
                ("\\[\"rejected\", [^]]*",
                 "[\"rejected\"",
                 "$.sections[0].verdicts[0].slips.kappa: Value should have at least")
                ("\\[\"rejected\", ",
                 "[\"rejected\", 1, 1, ",
                 "$.sections[0].verdicts[0].slips.kappa: Value should have at most")
                ("\"bound\": ", "\"bound\": \"nan\", \"x\": ", "$.sections[0].verdicts[0].bound")
            ]
            (fun (before: string, after: string, place: string) ->
                Expect.isEmpty (JsonSchema.complaints schema.Value sample.Value) ""

                let complaints =
                    JsonSchema.complaints schema.Value (replaced before after sample.Value)

                Expect.isTrue (complaints |> List.exists _.StartsWith(place)) (string complaints))

        testCase "numbers that JSON does not have follow the schema and are read back" (fun () ->
            let altered = replaced "\"gap\": [^,]+" "\"gap\": \"NaN\"" sample.Value
            Expect.isEmpty (JsonSchema.complaints schema.Value altered) ""
            Expect.isNaN ((Results.read altered).Head.Gap) "")

        testCase "a keyword that the validator does not know is refused, not passed over"
        <| fun () -> Expect.throws (fun () -> JsonSchema.complaints "{\"uniqueItem\": true}" "[]" |> ignore) ""
    ]
