/// Verdicts and reports for the tests of the reports project.
module Qwem.Validation.Tests.ReportSamples

open System
open Qwem.Reports
open Expecto
open Qwem.Validation.Tests.FigureSamples

/// The slips that the sample gates are shown.
let slips: ListedSlip list = [
    {
        Id = "kappa"
        Mistake = "κ <twice> too large"
        Continuous = "κ → κ(1 + s)"
    }
    {
        Id = "z"
        Mistake = "\"Z\" & its powers left out"
        Continuous = "Z → Z^{1 − s}"
    }
    {
        Id = "transpose"
        Mistake = "M_{ij} for M_{ji}"
        Continuous = ""
    }
]

/// What a gate makes of a slip.
let shown slip result gap resolution : SlipOutcome = {
    Slip = slip
    Gap = gap
    Result = result
    Resolution = resolution
}

let verdict id gap bound outcome : Verdict = {
    Id = id
    Claim = "The Gram matrix | equals <the> `best` approximation & M^{*}."
    Kind = GateKind.Exact
    Metric = "relative error, Frobenius norm"
    Gap = gap
    Bound = bound
    Derivation = "10 rounded operations of unit roundoff, condition at most 4"
    Changed = ""
    Outcome = outcome
    Effect = ""
    Nulls = []
    Slips = [
        shown "kappa" SlipResult.Rejected 0.5 (if outcome = Outcome.Confirmed then Some 2.0e-9 else None)
        shown "z" SlipResult.Survives (0.5 * bound) None
        shown "transpose" SlipResult.Rejected nan None
    ]
}

/// A gate of an order, held against null models, that does not beat one of them.
let private qualitative: Verdict = {
    verdict "order" 0.2 0.01 Outcome.NotConfirmed with
        Kind = GateKind.Qualitative
        Effect = "a rank correlation of 0.80, interval 0.6 to 0.9"
        Changed = "Families of < 30 pairs were dropped after a gap of 0.3."
        Nulls = [
            {
                Name = "a <constant> prediction"
                Score = 0.41
                P = 0.003
            }
            {
                Name = "no mean difference"
                Score = 0.801
                P = 0.2
            }
        ]
}

let private reference place : Reference = {
    Quantity = $"λ_{{1}} of {place}"
    Place = place
    Paper = "12 | 13"
    PaperSetting = "2.0 billion words, V < 10,001"
    Ours = "11"
    OurSetting = "V = 1000 & d = 8"
}

let report: Report = {
    Title = "Theory <against> experiment"
    Summary = "Every claim & its bound."
    Slips = slips
    Commands = [ "values", "qwem reproduce --only values --output <FOLDER>" ]
    PaperFigures = [ "v1 2A"; "final 3"; "final 4" ]
    MissingFigures = [ "final 4", "A <photograph>." ]
    MissingReferences = [ "run times", "The bytes of a report <do not know> them." ]
    Sections = [
        {
            Id = "values"
            Title = "Singular values"
            Answer = "The theory is <right> to 2×10^{−9} in κ."
            Details = "And <more>."
            Question = ""
            Prediction = ""
            Paragraphs = [ "1. One at a time: s_{k}(t) <&> \"so on\"." ]
            Quantities = [
                {
                    Name = "λ_{1}"
                    Value = 15.9987
                    Unit = "1"
                    Meaning = "largest eigenvalue"
                }
                {
                    Name = "infinite"
                    Value = infinity
                    Unit = "s"
                    Meaning = "none"
                }
            ]
            References = [
                reference "final 10"
                reference "final 3b"
                reference "notebooks"
                reference "v1 2A"
            ]
            Tables = [
                {
                    Caption = "1. What λ_{1} & λ_{2} <are>"
                    Headings = [ "Name | symbol"; "#Value" ]
                    Rows = [ [ "λ_{1}"; "15.9987" ]; [ "# of <modes>"; "2" ] ]
                }
            ]
            Figures = [ figure "values" [ staircase Linear; staircase Logarithmic ] ]
            Verdicts = [
                verdict "theorem-4.3/xe/gram" 1.234567890123e-15 8.9e-15 Outcome.Confirmed
                verdict "theorem-4.3/sym/gram" nan 1e-3 Outcome.NotConfirmed
            ]
        }
        {
            Id = "rest"
            Title = "The rest"
            Answer = ""
            Details = ""
            Question = ""
            Prediction = ""
            Paragraphs = []
            Quantities = []
            References = []
            Tables = []
            Figures = [ figure "rest" [ staircase Linear ] ]
            Verdicts = [
                verdict "exact" 0.0 0.0 Outcome.Confirmed
                verdict "infinite" infinity 1.0 Outcome.Contradicted
                qualitative
            ]
        }
    ]
    Manifest = {
        Version = "0.1.0"
        Command = "qwem reproduce"
        Seeds = [ "sgd", UInt64.MaxValue ]
        Inputs = [ "text8", "sha256:ab" ]
        Settings = [ "V", "1500" ]
    }
}

/// The report with every mark, a slider and moments, for the browser.
let showcase: Report =
    let points = [| for i in 1..30 -> float (i * i % 31) / 10.0, float (i * 7 % 31) / 10.0 |]

    let panel title marks : Panel = {
        Title = title
        X = axis "first" Linear None
        Y = axis "second" Linear None
        Series = [
            for colour, mark in List.indexed marks ->
                {
                    Legend = Some $"{title} {colour}"
                    Colour = Some colour
                    Mark = mark
                    Points = points
                }
        ]
        VerticalRules = [ { At = 1.0; Label = "one" } ]
    }

    let words at =
        panel at [ Points 1.0; Words [| for i in 1..30 -> $"{at}{i}" |] ]

    let cells =
        Cells {
            Values = Array.map fst points
            Width = 0.1
            Height = 0.1
            Lowest = -1.0
            Highest = 3.0
            Label = "value"
        }

    let marks =
        figure "marks" [
            panel "bars" [ Bars 0.05; Line(Dashed, 1.0) ]
            panel "intervals" [ Intervals [| for x, y in points -> x, y - 0.1, y + 0.1 |]; Circles 2.0 ]
            panel "cells" [ cells ]
        ]

    let moments = {
        figure "moments" [ words "a"; words "b"; words "c" ] with
            Frames = [ "early"; "τ_{1}"; "late" ]
            PaperFigures = [ "final 3b" ]
    }

    let rising = {
        report.Sections.Head.Figures.Head with
            Slider = true
            ColourNames = [ for k in 0..19 -> k, $"mode {k + 1}" ]
    }

    {
        report with
            Sections = [
                {
                    report.Sections.Head with
                        Question = "Do singular values rise one at a time?"
                        Prediction = "s_{k}(t) is logistic."
                        Figures = [ rising ]
                }
                {
                    report.Sections[1] with
                        Figures = [ marks; moments ]
                }
            ]
    }

let refusal (action: unit -> unit) =
    (Expect.raised<ReportException>(fun () -> action ()) |> Unchecked.nonNull).Message
