[<NUnit.Framework.TestFixture>]
module Qwem.Validation.Tests.MarkTests

open System
open NUnit.Framework
open Qwem.Reports
open Qwem.Reports.Polyline
open Qwem.Validation.Tests.FigureSamples

/// A panel of one series with free axes.
let private panelOf (mark: Mark) (points: (float * float) array) : Panel =
    {
        Title = "one"
        X = axis "x" Linear None
        Y = axis "y" Linear None
        Series =
            [
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

[<Test>]
let ``bars stand on zero, upwards and downwards, and are as wide as asked`` () =
    let boxes =
        shapesOf (Bars 0.5) [| 1.0, 4.0; 2.0, -2.0 |]
        |> List.pick (function
            | Shape.Boxes(boxes, Paint.Series _, _) -> Some boxes
            | _ -> None)

    Assert.That(boxes[0].Bottom, Is.EqualTo(boxes[1].Top).Within 1e-9)
    Assert.That(boxes[0].Bottom - boxes[0].Top, Is.EqualTo(2.0 * (boxes[1].Bottom - boxes[1].Top)).Within 1e-9)
    // From centre to centre is one unit, half of which a bar covers.
    Assert.That(boxes[1].Left - boxes[0].Left, Is.EqualTo(2.0 * (boxes[0].Right - boxes[0].Left)).Within 1e-9)

[<Test>]
let ``of words at one place the first stays, two move by a line and the rest are left out`` () =
    let words =
        shapesOf (Words [| for i in 1..5 -> $"w{i}" |]) [| for _ in 1..5 -> 1.0, 1.0 |]
        |> List.pick (function
            | Shape.Words labels -> Some labels
            | _ -> None)

    Assert.That(words |> Array.map (fun word -> word.Text), Is.EqualTo(box [| "w1"; "w2"; "w3" |]))
    Assert.That(words[0].Y - words[1].Y, Is.EqualTo(words[2].Y - words[0].Y).Within 1e-9)

[<Test>]
let ``words leave circles and intervals free and stand beside their own`` () =
    let points = [| 1.0, 1.0; 1.02, 1.2; 2.0, 2.0; 3.0, 1.0 |]
    let words = panelOf (Words [| "first"; "second"; "third"; "fourth" |]) points

    let drawn mark =
        { words.Series.Head with
            Colour = None
            Mark = mark
        }

    let marked =
        { words with
            Series =
                [
                    { drawn (Intervals(points |> Array.map (fun (x, y) -> x, y - 0.4, y + 0.4))) with
                        Points = [||]
                    }
                    { drawn (Circles 4.0) with
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

    Assert.That(labels |> Array.map _.Text, Is.EqualTo(box [| "first"; "second"; "third"; "fourth" |]))

    for label in labels do
        for x, y in points do
            let circle =
                {
                    Left = area.X x - 4.0
                    Right = area.X x + 4.0
                    Top = area.Y y - 4.0
                    Bottom = area.Y y + 4.0
                }

            Assert.That(label.Box.Overlaps circle, Is.False, label.Text)
            // An interval runs straight up and down through its circle.
            let crossed = label.Box.Left < area.X x && area.X x < label.Box.Right
            let beyond = label.Box.Bottom < area.Y(y + 0.4) || label.Box.Top > area.Y(y - 0.4)
            Assert.That(crossed && not beyond, Is.False, label.Text)

let private grid values lowest highest =
    Cells
        {
            Values = values
            Width = 1.0
            Height = 1.0
            Lowest = lowest
            Highest = highest
            Label = "value"
        }

[<Test>]
let ``cells fill the frame; zero takes the middle of a diverging scale, NaN no colour, and what lies beyond the ends of it``
    ()
    =
    let steps values lowest highest =
        shapesOf (grid values lowest highest) (values |> Array.mapi (fun i _ -> float i, 0.0))
        |> List.choose (function
            // The bar's boxes are narrow.
            | Shape.Boxes(boxes, Paint.Heat(_, step), _) when boxes[0].Right - boxes[0].Left > 12.0 ->
                Some(step, boxes.Length)
            | _ -> None)

    let last = Palette.heatSteps
    let diverging = steps [| 0.0; nan; -9.0; 0.5 |] -1.0 0.5
    Assert.That(diverging, Is.EqualTo(box [ 0, 1; last / 2, 1; 3 * last / 4, 1 ]))
    // Two beside each other of one colour are one box.
    let sequential = steps [| 0.0; 2.0; 9.0; 0.0 |] 0.0 2.0
    Assert.That(sequential, Is.EqualTo(box [ 0, 2; last, 1 ]))

[<Test>]
let ``a heat map or words with another number of values than points are refused`` () =
    for mark in [ grid [| 1.0 |] 0.0 1.0; Words [| "a" |]; grid [| 1.0; 1.0 |] 1.0 1.0 ] do
        let error =
            Assert.Throws<ReportException>(fun () -> shapesOf mark [| 1.0, 1.0; 2.0, 2.0 |] |> ignore)
            |> Unchecked.nonNull

        Assert.That(error.Message, Does.Contain "give")

[<Test>]
let ``the lightness of a heat map's colours goes one way, so that grey print keeps their order`` () =
    for diverging in [ false; true ] do
        let colours = [ for step in 0 .. Palette.heatSteps -> Palette.heat diverging step ]

        for scheme in [ (fun (colour: Palette.Colour) -> colour.Light); (fun colour -> colour.Dark) ] do
            let signs =
                colours
                |> List.map (fun colour -> Palette.contrast (scheme colour) "#000000")
                |> List.pairwise
                |> List.map (fun (before, after) -> sign (after - before))
                |> List.distinct

            Assert.That(signs.Length, Is.EqualTo 1, $"diverging {diverging}")
            Assert.That(signs.Head, Is.Not.Zero)

[<Test>]
let ``moments share their axes, together and one at a time`` () =
    let at shift =
        panelOf (Circles 2.0) [| shift, 1.0; shift + 1.0, 2.0 + shift |]

    let moments =
        { figure "moments" [ at 0.0; at 5.0 ] with
            Frames = [ "early"; "late" ]
        }

    let ranges figure =
        (Layout.scene figure).Areas |> List.map (fun area -> area.XRange, area.YRange)

    let together = ranges moments
    Assert.That(List.distinct together, Has.Length.EqualTo 1)
    Assert.That(fst (fst together.Head), Is.LessThanOrEqualTo 0.0)
    Assert.That(snd (fst together.Head), Is.GreaterThanOrEqualTo 6.0)
    Assert.That(Frames.each moments |> List.collect (snd >> ranges), Is.EqualTo(box together))
    Assert.That(Frames.each moments |> List.map fst, Is.EqualTo(box moments.Frames))

[<Test>]
let ``panels stand in as many columns as asked`` () =
    for columns, rows in [ 1, 5; 2, 3; 5, 1; 9, 1 ] do
        let asked =
            { figure "grid" (List.replicate 5 (staircase Linear)) with
                Columns = columns
            }

        let tops =
            (Layout.scene asked).Clips |> List.map (fun clip -> clip.Top) |> List.distinct

        Assert.That(tops.Length, Is.EqualTo rows, $"{columns} columns")

[<Test>]
let ``what cannot stand on a logarithmic axis breaks the line`` () =
    let points =
        [|
            1.0, 1.0
            2.0, 2.0
            3.0, nan
            4.0, 3.0
            5.0, 4.0
            6.0, -1.0
            7.0, 5.0
            8.0, 6.0
        |]

    let panel =
        { staircase Logarithmic with
            Series = [ line None (Some 0) Solid points ]
            VerticalRules = []
        }

    let runs =
        (Layout.scene (figure "gaps" [ panel ])).Flat
        |> List.pick (function
            | Shape.Path(runs, _, _, _, _) -> Some runs.Length
            | _ -> None)

    Assert.That(runs, Is.EqualTo 3)

[<Test>]
let ``crowded rules keep their labels apart and in order`` () =
    let wanted = [| for i in 0..9 -> 100.0 + 2.0 * float i |]
    let widths = Array.create 10 15.0
    let centres = Place.spread 5.0 (0.0, 400.0) wanted widths |> Option.get

    for before, after in Array.pairwise centres do
        Assert.That(after - before, Is.GreaterThanOrEqualTo(20.0 - 1e-9))

    Assert.That(Array.average centres, Is.EqualTo(Array.average wanted).Within 1e-9)
    Assert.That(Place.spread 5.0 (0.0, 190.0) wanted widths, Is.EqualTo None)
    Assert.That((Place.spreadOrThin 5.0 1e9 (0.0, 190.0) wanted widths).Length, Is.EqualTo 5)

[<Test>]
let ``colours stand at least 3 to 1 against their background, light and dark`` () =
    let colours =
        [
            yield! Palette.categorical
            for rank in 0..19 do
                Palette.sequential rank 20
            Palette.ink
            Palette.muted
        ]

    for colour in colours @ List.map Palette.deep colours do
        Assert.That(Palette.contrast colour.Light Palette.background.Light, Is.GreaterThanOrEqualTo 3.0, colour.Light)
        Assert.That(Palette.contrast colour.Dark Palette.background.Dark, Is.GreaterThanOrEqualTo 3.0, colour.Dark)

[<Test>]
let ``twenty curves have twenty colours, and eight have the named ones`` () =
    let many = Palette.assign [ 0..19 ]
    Assert.That(List.map many [ 0..19 ] |> List.distinct |> List.length, Is.EqualTo 20)
    let few = Palette.assign [ 0..7 ]
    Assert.That(few 3, Is.EqualTo Palette.categorical[3])
