module Qwem.Validation.Tests.SvgTests

open System
open System.Text.Json
open System.Text.RegularExpressions
open System.Xml.Linq
open Expecto
open FsCheck
open FsCheck.FSharp
open Qwem.Reports
open Qwem.Reports.Polyline
open Qwem.Validation.Tests.FigureSamples

let private both = figure "both" [ staircase Linear; staircase Logarithmic ]

let tests =
    testList "Svg" [
        testCase "every figure is well-formed XML with a title, a description and a role" (fun () ->
            let root = XDocument.Parse(Svg.render both).Root |> Unchecked.nonNull

            let name local =
                XName.Get(local, "http://www.w3.org/2000/svg")

            Expect.equal root.Name (name "svg") ""
            Expect.equal ((root.Attribute(XName.Get "role") |> Unchecked.nonNull).Value) "img" ""
            Expect.equal ((root.Element(name "title") |> Unchecked.nonNull).Value) "Singular values s_k <rise>" ""
            Expect.equal ((root.Element(name "desc") |> Unchecked.nonNull).Value) both.AlternativeText "")

        testCase "a figure has the same bytes on repeat and under a culture with a decimal comma" (fun () ->
            let once = Svg.render both
            Expect.equal (Svg.render both) once ""
            Expect.equal (underAnotherCulture (fun () -> Svg.render both)) once ""
            Expect.isFalse (once.Contains '\r') "")

        testCase "all ids and classes of a figure carry its name, so that figures can share a page" (fun () ->
            let text = Svg.render both

            for found in Regex.Matches(text, " id=\"([^\"]*)\"") do
                Expect.stringStarts found.Groups[1].Value "fig-both" ""

            for found in Regex.Matches(text, "(?:^|\\})([^{}@<>]+)\\{(?:fill|stroke|--)", RegexOptions.Multiline) do
                Expect.stringStarts (found.Groups[1].Value.Trim()) ".fig-both" "")

        testCase "twenty curves of theory and experiment stay under 200 kB"
        <| fun () -> Expect.isLessThan ((Svg.render both).Length) 200_000 ""

        propertyWith
            [ typeof<Figures> ]
            "random figures are well-formed and show no NaN, no infinity and no exponent as a coordinate"
            100
            (fun (figure: Figure) ->
                let text = Svg.render figure
                let root = XDocument.Parse(text).Root |> Unchecked.nonNull

                let numeric = [
                    for element in root.Descendants() do
                        for attribute in element.Attributes() do
                            if
                                Set.contains
                                    attribute.Name.LocalName
                                    (set [ "d"; "x"; "y"; "cx"; "cy"; "r"; "width"; "height"; "dy" ])
                            then
                                attribute.Value
                ]

                numeric |> List.forall (fun value -> Regex.IsMatch(value, "^[-0-9. MLHVZh]*$")))

        propertyWith
            [ typeof<Figures> ]
            "no two texts of a random figure overlap, and all lie inside it"
            200
            (fun (figure: Figure) ->
                let scene = Layout.scene figure
                let labels = Array.ofList scene.Labels
                let boxes = labels |> Array.map (fun label -> label.Box)

                let overlaps = [
                    for i in 0 .. boxes.Length - 1 do
                        for j in i + 1 .. boxes.Length - 1 do
                            if boxes[i].Overlaps boxes[j] then
                                labels[i].Text, labels[j].Text
                ]

                let outside =
                    labels
                    |> Array.filter (fun label ->
                        let box = label.Box

                        box.Left < 0.0
                        || box.Top < 0.0
                        || box.Right > scene.Width
                        || box.Bottom > scene.Height)
                    |> Array.map (fun label -> label.Text)

                (overlaps.IsEmpty && outside.Length = 0)
                |> Prop.label $"overlaps %A{overlaps} outside %A{outside}")

        propertyWith [ typeof<Figures> ] "no text and no legend sample lies on a plot area" 200 (fun (figure: Figure) ->
            let scene = Layout.scene figure

            scene.Labels
            |> List.forall (fun label -> scene.Clips |> List.forall (fun clip -> not (clip.Overlaps label.Box))))

        propertyWith
            [ typeof<Figures> ]
            "all marks of a random figure lie inside its plot areas"
            200
            (fun (figure: Figure) ->
                let scene = Layout.scene figure
                let legendTop = scene.Clips |> List.map (fun clip -> clip.Bottom) |> List.max

                let inside (struct (x, y): Point) =
                    y > legendTop || scene.Clips |> List.exists (fun clip -> clip.Contains(x, y))

                scene.Flat
                |> List.forall (function
                    | Shape.Path(runs, _, _, _, Some clip) ->
                        runs
                        |> List.forall (Array.forall (fun (struct (x, y)) -> scene.Clips[clip].Contains(x, y)))
                    | Shape.Circles(centres, _, _, _) -> Array.forall inside centres
                    | Shape.Segments(segments, Paint.Series _, _) ->
                        segments |> Array.forall (fun (a, b) -> inside a && inside b)
                    | Shape.Boxes(boxes, Paint.Series _, _) ->
                        boxes
                        |> Array.forall (fun box ->
                            inside (struct (box.Left, box.Top)) && inside (struct (box.Right, box.Bottom)))
                    | Shape.Words labels ->
                        labels
                        |> Array.map (fun label -> label.Box)
                        |> Array.forall (fun box ->
                            inside (struct (box.Left, box.Top)) && inside (struct (box.Right, box.Bottom)))
                    | _ -> true))

        propertyWith [ typeof<Figures> ] "no two words on a plot area overlap" 200 (fun (figure: Figure) ->
            let scene = Layout.scene figure
            let legendTop = scene.Clips |> List.map (fun clip -> clip.Bottom) |> List.max

            let boxes =
                scene.Flat
                |> List.collect (function
                    | Shape.Words labels -> List.ofArray labels
                    | _ -> [])
                |> List.map (fun label -> label.Box)
                |> List.filter (fun box -> box.Bottom <= legendTop)
                |> Array.ofList

            seq {
                for i in 0 .. boxes.Length - 1 do
                    for j in i + 1 .. boxes.Length - 1 -> boxes[i].Overlaps boxes[j]
            }
            |> Seq.forall not)

        propertyWith
            [ typeof<Figures> ]
            "the data for a page's script are JSON that cannot end its element, with an x for every y"
            100
            (fun (figure: Figure) ->
                let text = FigureData.render figure
                use data = JsonDocument.Parse text

                let lengths = [
                    for panel in data.RootElement.GetProperty("panels").EnumerateArray() do
                        let columns = panel.GetProperty "columns"

                        for series in panel.GetProperty("series").EnumerateArray() do
                            let column = columns[series.GetProperty("x").GetInt32()]
                            column.GetArrayLength(), series.GetProperty("y").GetArrayLength()
                ]

                not (text.Contains '<')
                && lengths.Length = (figure.Panels |> List.sumBy (fun panel -> panel.Series.Length))
                && lengths |> List.forall (fun (xs, ys) -> xs = ys))
    ]
