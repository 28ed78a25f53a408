[<NUnit.Framework.TestFixture>]
module Qwem.Validation.Tests.ResultsSchemaTests

open System.IO
open System.Text.RegularExpressions
open NUnit.Framework
open Qwem.Reports

let private schema =
    lazy File.ReadAllText(Repository.file "docs/results.schema.json")

let private sample = lazy Json.results ReportSamples.report

let private committed =
    lazy File.ReadAllText(Repository.file "reports/results.json")

/// Replaces what a pattern finds first, which must be there.
let private replaced (pattern: string) (after: string) (text: string) =
    let regex = Regex pattern
    Assert.That(regex.IsMatch text, pattern)
    regex.Replace(text, after, 1)

[<Test>]
let ``the committed results follow their schema`` () =
    Assert.That(JsonSchema.complaints schema.Value committed.Value, Is.Empty)

[<Test>]
let ``the schema names the layout that is written`` () =
    Assert.That(schema.Value, Does.Contain $"\"const\": \"{Json.resultsSchema}\"")

[<TestCase("\"schema\": \"qwem-results/2\"", "\"schema\": \"qwem-results/1\"", "$.schema")>]
[<TestCase("\"confirmed\": [0-9]+", "\"confirmed\": -1", "$.outcomes.confirmed")>]
[<TestCase("\"confirmed\": [0-9]+", "\"confirmed\": 0.5", "$.outcomes.confirmed")>]
[<TestCase("\"id\": \"values\"", "\"id\": \"the values\"", "$.sections[0].id")>]
[<TestCase("\"unit\": \"1\"", "\"units\": \"1\"", "$.sections[0].quantities[0]: Required properties [\"unit\"]")>]
[<TestCase("\"unit\": \"1\"", "\"units\": \"1\"", "$.sections[0].quantities[0].units")>]
[<TestCase("\"outcome\": \"confirmed\"", "\"outcome\": \"passed\"", "$.sections[0].verdicts[0].outcome")>]
[<TestCase("\"kind\": \"exact\"", "\"kind\": true", "$.sections[0].verdicts[0].kind")>]
[<TestCase("\\[\"rejected\", ", "[\"killed\", ", "$.sections[0].verdicts[0].slips.kappa[0]")>]
[<TestCase("\\[\"rejected\", [^]]*",
           "[\"rejected\"",
           "$.sections[0].verdicts[0].slips.kappa: Value should have at least")>]
[<TestCase("\\[\"rejected\", ",
           "[\"rejected\", 1, 1, ",
           "$.sections[0].verdicts[0].slips.kappa: Value should have at most")>]
[<TestCase("\"bound\": ", "\"bound\": \"nan\", \"x\": ", "$.sections[0].verdicts[0].bound")>]
let ``results that are altered break the schema where they are altered``
    (before: string)
    (after: string)
    (place: string)
    =
    Assert.That(JsonSchema.complaints schema.Value sample.Value, Is.Empty)

    let complaints =
        JsonSchema.complaints schema.Value (replaced before after sample.Value)

    Assert.That(complaints |> List.exists _.StartsWith(place), Is.True, string complaints)

[<Test>]
let ``numbers that JSON does not have follow the schema and are read back`` () =
    let altered = replaced "\"gap\": [^,]+" "\"gap\": \"NaN\"" sample.Value
    Assert.That(JsonSchema.complaints schema.Value altered, Is.Empty)
    Assert.That((Results.read altered).Head.Gap, Is.NaN)

[<Test>]
let ``a keyword that the validator does not know is refused, not passed over`` () =
    Assert.That(
        System.Action(fun () -> JsonSchema.complaints "{\"uniqueItem\": true}" "[]" |> ignore),
        Throws.Exception
    )
