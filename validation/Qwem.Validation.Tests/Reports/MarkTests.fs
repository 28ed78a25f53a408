module Qwem.Validation.Tests.MarkTests

open Expecto
open Qwem.Reports
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

let private prepared (panel: Panel) =
    (Format.ofFigure (figure "one" [ panel ])).Panels.Head

/// What ScottPlot is given of a panel's first series.
let private plottables (panel: Panel) =
    let ready = prepared panel
    let plot = new ScottPlot.Plot()
    Marks.add plot false (Look.ofFigure (figure "one" [ panel ])) ready ready.Words.Head panel.Series.Head
    plot.GetPlottables() |> List.ofSeq

let private rectangles panel =
    plottables panel
    |> List.choose (function
        | :? ScottPlot.Plottables.Rectangle as box -> Some box
        | _ -> None)

let private wordsOf (panel: Panel) = (prepared panel).Words |> List.concat

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
            let boxes = rectangles (panelOf (Bars 0.5) [| 1.0, 4.0; 2.0, -2.0 |])

            Expect.equal
                (boxes |> List.map (fun box -> box.X1, box.X2, box.Y1, box.Y2))
                [ 0.75, 1.25, 0.0, 4.0; 1.75, 2.25, -2.0, 0.0 ]
                "")

        testCase "of words at one place the first stays, two move by a line and the rest are left out" (fun () ->
            let words =
                wordsOf (panelOf (Words [| for i in 1..5 -> $"w{i}" |]) [| for _ in 1..5 -> 1.0, 1.0 |])

            Expect.equal (words |> List.map _.At) [ 0; 1; 2 ] ""
            Expect.near (words[0].Y - words[1].Y) (words[2].Y - words[0].Y) 1e-9 "")

        testCase "words leave circles and intervals free and stand beside their own" (fun () ->
            let points = [| 1.0, 1.0; 1.02, 1.2; 2.0, 2.0; 3.0, 1.0 |]
            let names = [| "first"; "second"; "third"; "fourth" |]
            let words = panelOf (Words names) points

            let drawn mark points = {
                words.Series.Head with
                    Colour = None
                    Mark = mark
                    Points = points
            }

            let marked = {
                words with
                    Series = [
                        drawn (Intervals(points |> Array.map (fun (x, y) -> x, y - 0.2, y + 0.2))) [||]
                        drawn (Circles 4.0) points
                        words.Series.Head
                    ]
            }

            let ready = prepared marked
            let placed = ready.Words |> List.concat
            Expect.equal (placed |> List.map _.At) [ 0; 1; 2; 3 ] ""

            for word in placed do
                let half = Type.width Words.size false names[word.At] / 2.0

                for point in points do
                    let x, y = ready.Pixel point
                    let besides = abs (word.X - x) >= half + 4.0
                    let above = abs (word.Y - y) >= 4.0 + 0.5 * Words.size
                    Expect.isTrue (besides || above) names[word.At])

        testCase
            "each cell has its colour: white at zero of a diverging scale, none for NaN, the end's for what lies beyond"
            (fun () ->
                let colours values lowest highest =
                    rectangles (panelOf (grid values lowest highest) (values |> Array.mapi (fun i _ -> float i, 0.0)))
                    |> List.map (fun box -> box.FillStyle.Color.ToStringRGB())

                let diverging = colours [| 0.0; nan; -9.0; 0.5; 1.0 |] -1.0 0.5

                let ends =
                    Palette.heatStops true |> Array.map (fun stop -> stop.Light.ToUpperInvariant())

                Expect.equal diverging [ "#FFFFFF"; ends[0]; ends[3]; ends[4] ] ""

                let ends =
                    Palette.heatStops false |> Array.map (fun stop -> stop.Light.ToUpperInvariant())

                Expect.equal (colours [| 0.0; 2.0; 9.0 |] 0.0 2.0) [ ends[0]; ends[4]; ends[4] ] "")

        testCase "a heat map or words with another number of values than points are refused" (fun () ->
            for mark in [ grid [| 1.0 |] 0.0 1.0; Words [| "a" |]; grid [| 1.0; 1.0 |] 1.0 1.0 ] do
                for draw in [ Picture.render Picture.Light >> ignore; Plotly.render >> ignore ] do
                    let error =
                        Expect.raised<ReportException>(fun () ->
                            draw (figure "one" [ panelOf mark [| 1.0, 1.0; 2.0, 2.0 |] ]))
                        |> Unchecked.nonNull

                    Expect.stringContains error.Message "give" "")

        testCase
            "the lightness of a heat map's colours goes one way, and of a diverging one either way from zero, so that grey print keeps their order"
            (fun () ->
                for scheme in [ (fun (colour: Palette.Colour) -> colour.Light); (fun colour -> colour.Dark) ] do
                    let signs diverging shares =
                        shares
                        |> List.map (fun share -> Palette.contrast (scheme (Palette.heat diverging share)) "#000000")
                        |> List.pairwise
                        |> List.map (fun (before, after) -> sign (after - before))
                        |> List.distinct

                    let steps low high = [ for i in 0..24 -> low + (high - low) * float i / 24.0 ]
                    let below, above = signs true (steps 0.0 0.5), signs true (steps 0.5 1.0)

                    for one in [ signs false (steps 0.0 1.0); below; above ] do
                        Expect.hasLength one 1 ""
                        Expect.notEqual one.Head 0 ""

                    Expect.equal below.Head -above.Head "")

        testCase "moments share their axes" (fun () ->
            let at shift =
                panelOf (Circles 2.0) [| shift, 1.0; shift + 1.0, 2.0 + shift |]

            let moments = {
                figure "moments" [ at 0.0; at 5.0 ] with
                    Frames = [ "early"; "late" ]
            }

            let ranges =
                (Format.ofFigure moments).Panels
                |> List.map (fun panel -> panel.XRange, panel.YRange)

            Expect.hasLength (List.distinct ranges) 1 ""
            Expect.isLessThanOrEqual (fst (fst ranges.Head)) 0.0 ""
            Expect.isGreaterThanOrEqual (snd (fst ranges.Head)) 6.0 "")

        testCase "a figure has the columns that it asks for" (fun () ->
            let panel = panelOf (Circles 2.0) [| 1.0, 1.0 |]
            let six = figure "six" (List.replicate 6 panel)
            Expect.equal (Look.columns six) 3 ""
            Expect.equal (Look.columns { six with Columns = 2 }) 2 "")

        testCase "a line breaks at values that have no place on its axis" (fun () ->
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

            Expect.hasLength (plottables panel) 3 "")

        testCase "crowded rules keep their labels apart: every second, third and so on is written" (fun () ->
            let panel = {
                panelOf (Circles 2.0) [| 0.0, 0.0; 100.0, 1.0 |] with
                    VerticalRules = [
                        for i in 0..9 ->
                            {
                                At = 40.0 + 2.0 * float i
                                Label = $"rule {i}"
                            }
                    ]
            }

            let ready = prepared panel
            let rules = Format.rules ready
            Expect.hasLength rules 10 ""

            let labelled =
                rules
                |> List.filter snd
                |> List.map (fun (rule, _) -> fst (ready.Pixel(rule.At, 0.5)))

            Expect.isGreaterThan labelled.Length 1 ""

            for before, after in List.pairwise labelled do
                Expect.isGreaterThanOrEqual (after - before) (Type.width Format.ruleSize false "rule 0") "")

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
