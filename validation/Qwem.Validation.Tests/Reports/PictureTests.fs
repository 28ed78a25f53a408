/// Figures as pictures and as specifications for plotly.js.
module Qwem.Validation.Tests.PictureTests

open System
open System.Security.Cryptography
open System.Text.Json
open Expecto
open FsCheck
open FsCheck.FSharp
open Qwem.Reports
open Qwem.Validation.Tests.FigureSamples
open SkiaSharp

let private both = figure "both" [ staircase Linear; staircase Logarithmic ]

let private decoded (bytes: byte array) = nonNull (SKBitmap.Decode bytes)

/// How many pixels of a part of a picture are not of its most frequent colour.
let private drawn (picture: SKBitmap) (left, right) (top, bottom) =
    let colours = [|
        for y in top .. bottom - 1 do
            for x in left .. right - 1 -> picture.GetPixel(x, y)
    |]

    let background = colours |> Array.countBy id |> Array.maxBy snd |> fst
    colours |> Array.filter ((<>) background) |> Array.length

let tests =
    testList "Picture" [
        testCase "a picture has twice 720 pixels across, in the colours of its theme" (fun () ->
            for theme, background in
                [
                    Picture.Light, Palette.background.Light
                    Picture.Dark, Palette.background.Dark
                ] do
                use picture = decoded (Picture.render theme both)
                Expect.equal picture.Width 1440 ""
                Expect.equal (picture.GetPixel(0, 0)) (SKColor.Parse background) "")

        testCase
            "a picture has the same bytes on repeat, in parallel and under a culture with a decimal comma"
            (fun () ->
                let once = Picture.render Picture.Light both

                for again in Array.Parallel.init 4 (fun _ -> Picture.render Picture.Light both) do
                    Expect.isTrue ((again = once)) "in parallel"

                Expect.isTrue ((underAnotherCulture (fun () -> Picture.render Picture.Light both) = once)) "a comma")

        testCase "text is drawn, and from the font that the library brings" (fun () ->
            Type.register ()

            for bold in [ false; true ] do
                Expect.equal
                    (ScottPlot.Fonts.GetTypeface(Type.family, bold, false).FamilyName)
                    (Type.face bold).FamilyName
                    ""

                Expect.stringStarts (Type.face bold).FamilyName "DejaVu Sans" ""

                for letter in "0123456789⁰¹²³⁴⁵⁶⁷⁸⁹⁻₀₁₂₃₄₅₆₇₈₉ₐₑᵢⱼₖₘₙₛₜ−×τλκσΨΛβ√…′" do
                    Expect.isTrue ((Type.face bold).ContainsGlyph(int letter)) (string letter)

            let panel = {
                Title = ""
                X = axis "" Linear (Some(0.0, 1.0))
                Y = axis "" Linear (Some(0.0, 1.0))
                Series = []
                VerticalRules = []
            }

            // Between the ends of the axis and the edge of the picture nothing but the ticks' labels is drawn.
            use picture = decoded (Picture.render Picture.Light (figure "empty" [ panel ]))
            Expect.isGreaterThan (drawn picture (0, 40) (0, picture.Height)) 100 "labels of the vertical axis"

            use named =
                decoded (Picture.render Picture.Light (figure "titled" [ { panel with Title = "Title" } ]))

            Expect.isGreaterThan (drawn named (0, named.Width) (0, 40)) 100 "the title")

        testCase "what the report brings of others is as it was fetched" (fun () ->
            for name, sum in
                [
                    "plotly.min.js", "79542150855a52c567260e3137095dbe2b744e6d702a5cabe67da246942fba7a"
                    "DejaVuSansCondensed.ttf", "8550cd5ca1acb65a8fc7877c46939cd0b4d909f8e7bc1e24716873d918c5e549"
                    "DejaVuSansCondensed-Bold.ttf", "38098d0b8edd8430a0f53fb2831b5d36037563a998a620d3c87a4d7591766d20"
                ] do
                Expect.equal (Convert.ToHexStringLower(SHA256.HashData(Asset.bytes name))) sum name)

        propertyWith
            [ typeof<Figures> ]
            "random figures are drawn, with ticks of at least 7 pt at 17 cm"
            40
            (fun (figure: Figure) ->
                use picture = decoded (Picture.render Picture.Dark figure)
                let points = Format.tickSize / Format.width * 17.0 / 2.54 * 72.0
                picture.Width = 1440 && points >= 7.0)

        propertyWith
            [ typeof<Figures> ]
            "no two words on a plot overlap, and none reaches beyond it"
            100
            (fun (figure: Figure) ->
                (Format.ofFigure figure).Panels
                |> List.forall (fun panel ->
                    let boxes = [|
                        for placed, series in List.zip panel.Words panel.Panel.Series do
                            match series.Mark with
                            | Words words ->
                                for word in placed do
                                    let half = Type.width Words.size false words[word.At] / 2.0
                                    word.X - half, word.X + half, word.Y - 0.5 * Words.size, word.Y + 0.5 * Words.size
                            | _ -> ()
                    |]

                    let inside =
                        boxes
                        |> Array.forall (fun (left, right, top, bottom) ->
                            left >= -1e-9
                            && right <= panel.PlotWidth + 1e-9
                            && top >= 0.0
                            && bottom <= panel.PlotHeight)

                    let apart =
                        seq {
                            for i in 0 .. boxes.Length - 1 do
                                for j in i + 1 .. boxes.Length - 1 do
                                    let (l, r, t, b), (l', r', t', b') = boxes[i], boxes[j]
                                    r <= l' || r' <= l || b <= t' || b' <= t
                        }

                    inside && Seq.forall id apart))

        propertyWith
            [ typeof<Figures> ]
            "the specification for plotly.js is JSON that cannot end its element, with a trace for each series and an x for every y"
            100
            (fun (figure: Figure) ->
                let text = Plotly.render figure
                use specification = JsonDocument.Parse text
                let data = specification.RootElement.GetProperty "data"

                let traces = [
                    for panel in specification.RootElement.GetProperty("panels").EnumerateArray() do
                        yield! panel.GetProperty("series").EnumerateArray()
                ]

                let length (trace: JsonElement) (name: string) =
                    data[trace.GetProperty(name).GetInt32()].GetArrayLength()

                not (text.Contains '<')
                && traces.Length = (figure.Panels |> List.sumBy (fun panel -> panel.Series.Length))
                && traces
                   |> List.forall (fun trace ->
                       string (trace.GetProperty "type") = "heatmap"
                       || length trace "x" = length trace "y"))

        testCase
            "theory is dashed over solid experiment, and families that the legend names differ in their markers"
            (fun () ->
                let points = [| for i in 1..9 -> float i, float (i * i) |]

                let families = [
                    for colour, name in List.indexed [ "one"; "two"; "three" ] do
                        line (Some name) (Some colour) Solid points
                        line None (Some colour) Dashed points
                ]

                let curves =
                    figure "families" [
                        {
                            staircase Linear with
                                Series = families
                        }
                    ]

                let look = Look.ofFigure curves
                let solid = families |> List.filter (fun series -> series.Legend.IsSome)
                Expect.equal (solid |> List.map look.Shape) [ 0; 1; 2 ] ""
                Expect.equal (families |> List.map look.IsMarked) [ true; false; true; false; true; false ] ""

                use specification = JsonDocument.Parse(Plotly.render curves)

                let dashes = [
                    for trace in
                        specification.RootElement.GetProperty("panels").[0].GetProperty("series").EnumerateArray() ->
                        string (trace.GetProperty("line").GetProperty "dash")
                ]

                Expect.equal
                    dashes
                    [
                        for _ in 1..3 do
                            "solid"
                            "5px,3px"
                    ]
                    "")

        testCase "every colour of a specification has its counterpart for a dark page" (fun () ->
            let text = Plotly.render both
            use specification = JsonDocument.Parse text
            let dark = specification.RootElement.GetProperty "dark"

            let known =
                set [
                    for pair in dark.EnumerateObject() do
                        pair.Name
                        string pair.Value
                ]

            for found in Text.RegularExpressions.Regex.Matches(text, "#[0-9a-f]{6}") do
                Expect.contains known found.Value "")
    ]
