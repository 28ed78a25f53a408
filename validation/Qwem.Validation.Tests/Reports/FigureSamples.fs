/// Figures, made by hand and at random, for the tests of the reports project.
module Qwem.Validation.Tests.FigureSamples

open System
open System.Globalization
open FsCheck
open FsCheck.FSharp
open Qwem.Reports

let axis label scale range : Axis = {
    Label = label
    Scale = scale
    Range = range
}

let line legend colour stroke points : Series = {
    Legend = legend
    Colour = colour
    Mark = Line(stroke, 2.0)
    Points = points
}

let figure id panels : Figure = {
    Id = id
    Title = "Singular values s_{k} <rise>"
    Caption = "Theory dashed & experiment solid."
    PaperFigures = []
    AlternativeText = "Curves that rise \"one at a time\"."
    Panels = panels
    Columns = 0
    Frames = []
    ColourNames = []
    Slider = false
    Command = "qwem reproduce --seed 1"
}

/// Twenty logistic curves, theory over experiment, with rules, circles and intervals.
let staircase scale : Panel =
    let ends = [| for k in 0..19 -> 16.0 / (1.0 + 0.5 * float k) |]

    let at k t =
        ends[k] / (1.0 + (ends[k] / 1e-12 - 1.0) * exp (-2.0 * ends[k] * t))

    let times = [| for i in 1..400 -> 0.02 * float i |]

    {
        Title = "Twenty modes"
        X = axis "time t / τ_{1}" scale None
        Y = axis "squared singular value s_{k}(t)" scale None
        Series = [
            for k in 0..19 do
                line None (Some k) Solid [| for t in times -> t, 1.01 * at k t |]
                line (if k = 0 then Some "theory" else None) (Some k) Dashed [| for t in times -> t, at k t |]
            {
                Legend = Some "SGD"
                Colour = None
                Mark = Circles 3.0
                Points = [| for t in times[..20] -> t, at 0 t |]
            }
            {
                Legend = Some "95 % interval of the mean over seeds"
                Colour = Some 3
                Mark = Intervals [| for t in times[..20] -> t, at 1 t - 1.0, at 1 t + 1.0 |]
                Points = [||]
            }
        ]
        VerticalRules = [
            for k in 0..19 ->
                {
                    At = 14.0 / ends[k]
                    Label = $"τ_{{{k + 1}}}"
                }
        ]
    }

/// Runs an action under a culture with a decimal comma (the globalization mode is invariant, so it is made by hand).
let underAnotherCulture (action: unit -> 'a) : 'a =
    let before = CultureInfo.CurrentCulture
    let culture = CultureInfo.InvariantCulture.Clone() :?> CultureInfo
    culture.NumberFormat.NumberDecimalSeparator <- ","
    culture.NumberFormat.NumberGroupSeparator <- "."
    culture.NumberFormat.NegativeSign <- "~"

    try
        CultureInfo.CurrentCulture <- culture
        action ()
    finally
        CultureInfo.CurrentCulture <- before

let private words =
    Gen.elements [
        "t"
        "time t / τ_{1}"
        "s_{k}(t) × 10^{-3}"
        "a rather long label that goes on for quite a while and then some more"
        "WWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWW"
        ""
        "wörter & <Zeichen>"
    ]

/// Ordinary numbers of all sizes, now and then something that has no place on an axis.
let private value =
    Gen.frequency [
        20,
        Gen.map2
            (fun m e -> (float m / 1000.0) * Math.Pow(10.0, float e))
            (Gen.choose (-9999, 9999))
            (Gen.choose (-14, 6))
        2, Gen.elements [ 0.0; nan; infinity; -infinity; 1e308; -1e308; 5e-324; 1e-300 ]
    ]

let private clustered =
    gen {
        let! centre = value
        let! spread = Gen.elements [ 0.0; 1e-12; 1e-3; 1.0; 100.0 ]
        let! steps = Gen.listOfLength 12 (Gen.choose (-100, 100))
        return steps |> List.map (fun step -> centre * (1.0 + spread * float step / 100.0))
    }

let private values = Gen.oneof [ Gen.listOfLength 12 value; clustered ]

let private series =
    gen {
        let! legend = Gen.optionOf words
        let! colour = Gen.optionOf (Gen.choose (-1, 12))
        let! xs = values
        let! ys = values
        let points = Array.ofList (List.zip xs ys)

        let! mark =
            Gen.elements [
                Line(Solid, 2.0)
                Line(Dashed, 1.0)
                Line(Dotted, 1.5)
                Circles 3.0
                Intervals(points |> Array.map (fun (x, y) -> x, y - 1.0, y + abs y))
                Bars 0.5
                Points 1.5
                Words(points |> Array.mapi (fun i _ -> String.replicate (i % 5) "word"))
            ]

        return {
            Legend = legend
            Colour = colour
            Mark = mark
            Points = points
        }
    }

let private heat =
    gen {
        let! values = values
        let! width = Gen.elements [ 0.1; 1.0; 1e4 ]
        let! lowest = Gen.elements [ 0.0; -1e-3; -2.0 ]
        let! label = words
        let at = Array.ofList values

        return [
            {
                Legend = Some "heat"
                Colour = None
                Mark =
                    Cells {
                        Values = at
                        Width = width
                        Height = 1.0
                        Lowest = lowest
                        Highest = 1.0
                        Label = label
                    }
                Points = at |> Array.mapi (fun i x -> x, float i)
            }
        ]
    }

let private scale = Gen.elements [ Linear; Logarithmic ]

let private range =
    Gen.frequency [
        3, Gen.constant None
        1, Gen.elements [ Some(1e-14, 1.0); Some(0.1, 30.0); Some(1e-3, 1e-3) ]
    ]

let private panel =
    gen {
        let! title = words
        let! xLabel = words
        let! yLabel = words
        let! xScale = scale
        let! yScale = scale
        let! xRange = range
        let! yRange = range

        let! series =
            Gen.choose (0, 6) |> Gen.bind (fun count -> Gen.listOfLength count series)

        let! heat = Gen.frequency [ 3, Gen.constant []; 1, heat ]

        let! rules =
            Gen.choose (0, 2) |> Gen.bind (fun count -> Gen.listOfLength count values)

        let! ruleLabel = words

        return {
            Title = title
            X = axis xLabel xScale xRange
            Y = axis yLabel yScale yRange
            Series = heat @ series
            VerticalRules = List.concat rules |> List.map (fun at -> { At = at; Label = ruleLabel })
        }
    }

/// Random figures of one to five panels, in rows of the layout's choice or of up to three.
type Figures =
    static member Figure() =
        gen {
            let! count = Gen.choose (1, 5)
            let! panels = Gen.listOfLength count panel
            let! columns = Gen.choose (0, 3)

            return {
                figure "random" panels with
                    Columns = columns
            }
        }
        |> Arb.fromGen
