module Qwem.Validation.Tests.MarkTests

open System
open Expecto
open Qwem.Reports
open Qwem.Reports.Polyline
open Qwem.Validation.Tests.FigureSamples

/// A panel of one series with free axes.
let private panelOf (mark: Mark) (points: (float * float) array) : Panel = {
    Title = "one"
    X = axis "x" Linear None
    Y = axis "y" Linear None
    Series = [
        {
            Legend = None
            Colour = Some 0
            Mark = mark
            Points = points
        }
    ]
    VerticalRules = []
}

let private shapesOf mark points =
    (Layout.scene (figure "one" [ panelOf mark points ])).Flat

let private grid values lowest highest =
    Cells {
        Values = values
        Width = 1.0
        Height = 1.0
        Lowest = lowest
        Highest = highest
        Label = "value"
    }

let tests =
    testList "Mark" [
        testCase "bars stand on zero, upwards and downwards, and are as wide as asked" (fun () ->
            let boxes =
                shapesOf (Bars 0.5) [| 1.0, 4.0; 2.0, -2.0 |]
                |> List.pick (function
                    | Shape.Boxes(boxes, Paint.Series _, _) -> Some boxes
                    | _ -> None)

            Expect.near boxes[0].Bottom boxes[1].Top (1e-9) ""
            Expect.near (boxes[0].Bottom - boxes[0].Top) (2.0 * (boxes[1].Bottom - boxes[1].Top)) (1e-9) ""
            // From centre to centre is one unit, half of which a bar covers.
            Expect.near (boxes[1].Left - boxes[0].Left) (2.0 * (boxes[0].Right - boxes[0].Left)) (1e-9) "")

        testCase "of words at one place the first stays, two move by a line and the rest are left out" (fun () ->
            let words =
                shapesOf (Words [| for i in 1..5 -> $"w{i}" |]) [| for _ in 1..5 -> 1.0, 1.0 |]
                |> List.pick (function
                    | Shape.Words labels -> Some labels
                    | _ -> None)

            Expect.equal (words |> Array.map (fun word -> word.Text)) ([| "w1"; "w2"; "w3" |]) ""
            Expect.near (words[0].Y - words[1].Y) (words[2].Y - words[0].Y) (1e-9) "")

        testCase "words leave circles and intervals free and stand beside their own" (fun () ->
            let points = [| 1.0, 1.0; 1.02, 1.2; 2.0, 2.0; 3.0, 1.0 |]
            let words = panelOf (Words [| "first"; "second"; "third"; "fourth" |]) points

            let drawn mark = {
                words.Series.Head with
                    Colour = None
                    Mark = mark
            }

            let marked = {
                words with
                    Series = [
                        {
                            drawn (Intervals(points |> Array.map (fun (x, y) -> x, y - 0.4, y + 0.4))) with
                                Points = [||]
                        }
                        {
                            drawn (Circles 4.0) with
                                Points = points
                        }
                        words.Series.Head
                    ]
            }

            let area = (Layout.scene (figure "one" [ marked ])).Areas.Head

            let labels =
                (Layout.scene (figure "one" [ marked ])).Flat
                |> List.pick (function
                    | Shape.Words labels -> Some labels
                    | _ -> None)

            Expect.equal (labels |> Array.map _.Text) ([| "first"; "second"; "third"; "fourth" |]) ""

            for label in labels do
                for x, y in points do
                    let circle = {
                        Left = area.X x - 4.0
                        Right = area.X x + 4.0
                        Top = area.Y y - 4.0
                        Bottom = area.Y y + 4.0
                    }

                    Expect.isFalse (label.Box.Overlaps circle) label.Text
                    // An interval runs straight up and down through its circle.
                    let crossed = label.Box.Left < area.X x && area.X x < label.Box.Right
                    let beyond = label.Box.Bottom < area.Y(y + 0.4) || label.Box.Top > area.Y(y - 0.4)
                    Expect.isFalse (crossed && not beyond) label.Text)

        testCase
            "cells fill the frame; zero takes the middle of a diverging scale, NaN no colour, and what lies beyond the ends of it"
            (fun () ->
                let steps values lowest highest =
                    shapesOf (grid values lowest highest) (values |> Array.mapi (fun i _ -> float i, 0.0))
                    |> List.choose (function
                        // The bar's boxes are narrow.
                        | Shape.Boxes(boxes, Paint.Heat(_, step), _) when boxes[0].Right - boxes[0].Left > 12.0 ->
                            Some(step, boxes.Length)
                        | _ -> None)

                let last = Palette.heatSteps
                let diverging = steps [| 0.0; nan; -9.0; 0.5 |] -1.0 0.5
                Expect.equal diverging ([ 0, 1; last / 2, 1; 3 * last / 4, 1 ]) ""
                // Two beside each other of one colour are one box.
                let sequential = steps [| 0.0; 2.0; 9.0; 0.0 |] 0.0 2.0
                Expect.equal sequential ([ 0, 2; last, 1 ]) "")

        testCase "a heat map or words with another number of values than points are refused" (fun () ->
            for mark in [ grid [| 1.0 |] 0.0 1.0; Words [| "a" |]; grid [| 1.0; 1.0 |] 1.0 1.0 ] do
                let error =
                    Expect.raised<ReportException>(fun () -> shapesOf mark [| 1.0, 1.0; 2.0, 2.0 |] |> ignore)
                    |> Unchecked.nonNull

                Expect.stringContains error.Message "give" "")

        testCase "the lightness of a heat map's colours goes one way, so that grey print keeps their order" (fun () ->
            for diverging in [ false; true ] do
                let colours = [ for step in 0 .. Palette.heatSteps -> Palette.heat diverging step ]

                for scheme in [ (fun (colour: Palette.Colour) -> colour.Light); (fun colour -> colour.Dark) ] do
                    let signs =
                        colours
                        |> List.map (fun colour -> Palette.contrast (scheme colour) "#000000")
                        |> List.pairwise
                        |> List.map (fun (before, after) -> sign (after - before))
                        |> List.distinct

                    Expect.equal signs.Length 1 ($"diverging {diverging}")
                    Expect.notEqual signs.Head 0 "")

        testCase "moments share their axes, together and one at a time" (fun () ->
            let at shift =
                panelOf (Circles 2.0) [| shift, 1.0; shift + 1.0, 2.0 + shift |]

            let moments = {
                figure "moments" [ at 0.0; at 5.0 ] with
                    Frames = [ "early"; "late" ]
            }

            let ranges figure =
                (Layout.scene figure).Areas |> List.map (fun area -> area.XRange, area.YRange)

            let together = ranges moments
            Expect.hasLength (List.distinct together) 1 ""
            Expect.isLessThanOrEqual (fst (fst together.Head)) 0.0 ""
            Expect.isGreaterThanOrEqual (snd (fst together.Head)) 6.0 ""
            Expect.equal (Frames.each moments |> List.collect (snd >> ranges)) (together) ""
            Expect.equal (Frames.each moments |> List.map fst) (moments.Frames) "")

        testCase "panels stand in as many columns as asked" (fun () ->
            for columns, rows in [ 1, 5; 2, 3; 5, 1; 9, 1 ] do
                let asked = {
                    figure "grid" (List.replicate 5 (staircase Linear)) with
                        Columns = columns
                }

                let tops =
                    (Layout.scene asked).Clips |> List.map (fun clip -> clip.Top) |> List.distinct

                Expect.equal tops.Length rows ($"{columns} columns"))

        testCase "what cannot stand on a logarithmic axis breaks the line" (fun () ->
            let points = [|
                1.0, 1.0
                2.0, 2.0
                3.0, nan
                4.0, 3.0
                5.0, 4.0
                6.0, -1.0
                7.0, 5.0
                8.0, 6.0
            |]

            let panel = {
                staircase Logarithmic with
                    Series = [ line None (Some 0) Solid points ]
                    VerticalRules = []
            }

            let runs =
                (Layout.scene (figure "gaps" [ panel ])).Flat
                |> List.pick (function
                    | Shape.Path(runs, _, _, _, _) -> Some runs.Length
                    | _ -> None)

            Expect.equal runs 3 "")

        testCase "crowded rules keep their labels apart and in order" (fun () ->
            let wanted = [| for i in 0..9 -> 100.0 + 2.0 * float i |]
            let widths = Array.create 10 15.0
            let centres = Place.spread 5.0 (0.0, 400.0) wanted widths |> Option.get

            for before, after in Array.pairwise centres do
                Expect.isGreaterThanOrEqual (after - before) (20.0 - 1e-9) ""

            Expect.near (Array.average centres) (Array.average wanted) (1e-9) ""
            Expect.equal (Place.spread 5.0 (0.0, 190.0) wanted widths) None ""
            Expect.equal ((Place.spreadOrThin 5.0 1e9 (0.0, 190.0) wanted widths).Length) 5 "")

        testCase "colours stand at least 3 to 1 against their background, light and dark" (fun () ->
            let colours = [
                yield! Palette.categorical
                for rank in 0..19 do
                    Palette.sequential rank 20
                Palette.ink
                Palette.muted
            ]

            for colour in colours @ List.map Palette.deep colours do
                Expect.isGreaterThanOrEqual (Palette.contrast colour.Light Palette.background.Light) 3.0 colour.Light

                Expect.isGreaterThanOrEqual (Palette.contrast colour.Dark Palette.background.Dark) 3.0 colour.Dark)

        testCase "twenty curves have twenty colours, and eight have the named ones" (fun () ->
            let many = Palette.assign [ 0..19 ]
            Expect.equal (List.map many [ 0..19 ] |> List.distinct |> List.length) 20 ""
            let few = Palette.assign [ 0..7 ]
            Expect.equal (few 3) Palette.categorical[3] "")
    ]
