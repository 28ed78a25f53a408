[<NUnit.Framework.TestFixture>]
module Qwem.Validation.Tests.SvgTests

open System
open System.Text.Json
open System.Text.RegularExpressions
open System.Xml.Linq
open NUnit.Framework
open FsCheck
open FsCheck.FSharp
open FsCheck.NUnit
open Qwem.Reports
open Qwem.Reports.Polyline
open Qwem.Validation.Tests.ReportSamples

let private both = figure "both" [ staircase Linear; staircase Logarithmic ]

/// A range between two numbers of very different or very similar size.
let private rangeOf (a: int) (b: NormalFloat) =
    let low = b.Get
    let width = Math.Pow(10.0, float (a % 12)) * (1.0 + abs low)
    low, low + max width (1e-8 * abs low)

[<Test>]
let ``every figure is well-formed XML with a title, a description and a role`` () =
    let root = XDocument.Parse(Svg.render both).Root |> Unchecked.nonNull

    let name local =
        XName.Get(local, "http://www.w3.org/2000/svg")

    Assert.That(root.Name, Is.EqualTo(name "svg"))
    Assert.That((root.Attribute(XName.Get "role") |> Unchecked.nonNull).Value, Is.EqualTo "img")
    Assert.That((root.Element(name "title") |> Unchecked.nonNull).Value, Is.EqualTo "Singular values s_k <rise>")
    Assert.That((root.Element(name "desc") |> Unchecked.nonNull).Value, Is.EqualTo both.AlternativeText)

[<Test>]
let ``a figure has the same bytes on repeat and under a culture with a decimal comma`` () =
    let once = Svg.render both
    Assert.That(Svg.render both, Is.EqualTo once)
    Assert.That(underAnotherCulture (fun () -> Svg.render both), Is.EqualTo once)
    Assert.That(once.Contains '\r', Is.False)

[<Test>]
let ``all ids and classes of a figure carry its name, so that figures can share a page`` () =
    let text = Svg.render both

    for found in Regex.Matches(text, " id=\"([^\"]*)\"") do
        Assert.That(found.Groups[1].Value, Does.StartWith "fig-both")

    for found in Regex.Matches(text, "(?:^|\\})([^{}@<>]+)\\{(?:fill|stroke|--)", RegexOptions.Multiline) do
        Assert.That(found.Groups[1].Value.Trim(), Does.StartWith ".fig-both")

[<Test>]
let ``twenty curves of theory and experiment stay under 200 kB`` () =
    Assert.That((Svg.render both).Length, Is.LessThan 200_000)

[<Property(Arbitrary = [| typeof<Figures> |], MaxTest = 100)>]
let ``random figures are well-formed and show no NaN, no infinity and no exponent as a coordinate`` (figure: Figure) =
    let text = Svg.render figure
    let root = XDocument.Parse(text).Root |> Unchecked.nonNull

    let numeric =
        [
            for element in root.Descendants() do
                for attribute in element.Attributes() do
                    if
                        Set.contains
                            attribute.Name.LocalName
                            (set [ "d"; "x"; "y"; "cx"; "cy"; "r"; "width"; "height"; "dy" ])
                    then
                        attribute.Value
        ]

    numeric |> List.forall (fun value -> Regex.IsMatch(value, "^[-0-9. MLHVZh]*$"))

[<Property(Arbitrary = [| typeof<Figures> |], MaxTest = 200)>]
let ``no two texts of a random figure overlap, and all lie inside it`` (figure: Figure) =
    let scene = Layout.scene figure
    let labels = Array.ofList scene.Labels
    let boxes = labels |> Array.map (fun label -> label.Box)

    let overlaps =
        [
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
    |> Prop.label $"overlaps %A{overlaps} outside %A{outside}"

[<Property(Arbitrary = [| typeof<Figures> |], MaxTest = 200)>]
let ``no text and no legend sample lies on a plot area`` (figure: Figure) =
    let scene = Layout.scene figure

    scene.Labels
    |> List.forall (fun label -> scene.Clips |> List.forall (fun clip -> not (clip.Overlaps label.Box)))

[<Property(Arbitrary = [| typeof<Figures> |], MaxTest = 200)>]
let ``all marks of a random figure lie inside its plot areas`` (figure: Figure) =
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
        | Shape.Segments(segments, Paint.Series _, _) -> segments |> Array.forall (fun (a, b) -> inside a && inside b)
        | Shape.Boxes(boxes, Paint.Series _, _) ->
            boxes
            |> Array.forall (fun box -> inside (struct (box.Left, box.Top)) && inside (struct (box.Right, box.Bottom)))
        | Shape.Words labels ->
            labels
            |> Array.map (fun label -> label.Box)
            |> Array.forall (fun box -> inside (struct (box.Left, box.Top)) && inside (struct (box.Right, box.Bottom)))
        | _ -> true)

[<Property(Arbitrary = [| typeof<Figures> |], MaxTest = 200)>]
let ``no two words on a plot area overlap`` (figure: Figure) =
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
    |> Seq.forall not

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
    let sequential = steps [| 0.0; 2.0; 9.0 |] 0.0 2.0
    Assert.That(sequential, Is.EqualTo(box [ 0, 1; last, 2 ]))

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

[<Property(Arbitrary = [| typeof<Figures> |], MaxTest = 100)>]
let ``the data for a page's script are JSON that cannot end its element, with an x for every y`` (figure: Figure) =
    let text = FigureData.render figure
    use data = JsonDocument.Parse text

    let lengths =
        [
            for panel in data.RootElement.GetProperty("panels").EnumerateArray() do
                let columns = panel.GetProperty "columns"

                for series in panel.GetProperty("series").EnumerateArray() do
                    let column = columns[series.GetProperty("x").GetInt32()]
                    column.GetArrayLength(), series.GetProperty("y").GetArrayLength()
        ]

    not (text.Contains '<')
    && lengths.Length = (figure.Panels |> List.sumBy (fun panel -> panel.Series.Length))
    && lengths |> List.forall (fun (xs, ys) -> xs = ys)

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

[<Property>]
let ``linear ticks rise, lie in the range, are one to eleven, and leave less than a step at either end``
    (a: int)
    (b: NormalFloat)
    (c: PositiveInt)
    =
    let low, high = rangeOf a b
    let count = 1 + c.Get % 10
    let ticks = Ticks.linear low high count |> List.map (fun tick -> tick.At)
    let rising = List.pairwise ticks |> List.forall (fun (x, y) -> x < y)
    let inside = ticks |> List.forall (fun x -> x >= low && x <= high)
    let step = if ticks.Length > 1 then ticks[1] - ticks[0] else high - low

    let covers =
        ticks.IsEmpty
        || ticks.Head - low <= 1.001 * step && high - List.last ticks <= 1.001 * step

    (rising && inside && ticks.Length <= count + 1 && covers)
    |> Prop.label $"%A{ticks} in {low} {high}"

[<Property>]
let ``labels of linear ticks differ from each other`` (a: int) (b: NormalFloat) =
    let low, high = rangeOf a b
    let labels = Ticks.linear low high 8 |> List.map (fun tick -> tick.Label)
    (List.distinct labels).Length = labels.Length |> Prop.label $"%A{labels}"

[<Property>]
let ``decade ticks stand at exact powers of ten and name multiples of the stride``
    (a: int)
    (b: PositiveInt)
    (c: PositiveInt)
    =
    let first = a % 100
    let last = first + b.Get % 40
    let stride = 1 + c.Get % 5
    let low, high = Numbers.pow10 first * 0.7, Numbers.pow10 last * 1.3
    let ticks = Ticks.decades low high stride false

    List.map (fun (tick: Ticks.Tick) -> tick.At) ticks = List.map Numbers.pow10 [ first..last ]
    && List.forall2
        (fun k (tick: Ticks.Tick) ->
            tick.Label = (if k % stride = 0 then "10^{" + (string k).Replace('-', '−') + "}" else ""))
        [ first..last ]
        ticks

[<Test>]
let ``an axis of fourteen decades labels every second one and has no minor digits`` () =
    let ticks = Ticks.candidates Logarithmic 1e-14 1.0 300.0 |> List.head

    let labels =
        ticks
        |> List.map (fun tick -> tick.Label)
        |> List.filter (fun label -> label <> "")

    Assert.That(labels.Length, Is.EqualTo 8)
    Assert.That(ticks.Length, Is.EqualTo 15)

[<Test>]
let ``an axis of three decades has minor ticks at two to nine`` () =
    let ticks = Ticks.candidates Logarithmic 0.1 100.0 300.0 |> List.head
    Assert.That(ticks.Length, Is.EqualTo(4 + 3 * 8))

[<Property>]
let ``the portable logarithm agrees with the platform's to 4 units in the last place`` (x: NormalFloat) (k: int) =
    let value = abs x.Get * Math.Pow(10.0, float (k % 250))

    value = 0.0
    || Double.IsInfinity value
    || abs (Numbers.log10 value - Math.Log10 value)
       <= 4.0 * Math.BitIncrement(0.0) + 9e-16 * max 1.0 (abs (Math.Log10 value))

[<Property>]
let ``a clipped line is exactly the part of the line inside the box`` (raw: (int * int) list) =
    let box =
        {
            Left = 10.0
            Top = 20.0
            Right = 50.0
            Bottom = 45.0
        }

    let points =
        [| for x, y in raw -> struct (float (x % 80) + 0.5, float (y % 80) + 0.5) |]

    let runs = Polyline.clip box points
    let segments = Array.pairwise points

    let onLine point =
        segments |> Array.exists (fun (a, b) -> distance point a b < 1e-9)

    let drawn (point: Point) =
        runs
        |> List.exists (Array.pairwise >> Array.exists (fun (a, b) -> distance point a b < 1e-9))

    let samples =
        [
            for struct (ax, ay), struct (bx, by) in segments do
                for share in [ 0.1; 0.37; 0.5; 0.81 ] do
                    let x, y = ax + share * (bx - ax), ay + share * (by - ay)

                    if x > box.Left && x < box.Right && y > box.Top && y < box.Bottom then
                        struct (x, y)
        ]

    points.Length < 2
    || runs
       |> List.forall (Array.forall (fun (struct (x, y)) -> box.Contains(x, y) && onLine (struct (x, y))))
       && List.forall drawn samples

[<Property>]
let ``a simplified line keeps its ends and passes within the tolerance of every dropped point``
    (raw: (int * int) list)
    =
    let points =
        [| for x, y in raw -> struct (float (x % 300) / 7.0, float (y % 300) / 7.0) |]

    let kept = Polyline.simplify 0.25 points

    let near point =
        kept.Length = 1 && distance point kept[0] kept[0] <= 0.25
        || Array.pairwise kept
           |> Array.exists (fun (a, b) -> distance point a b <= 0.25 + 1e-9)

    points.Length = 0
    || kept[0] = points[0]
       && kept[kept.Length - 1] = points[points.Length - 1]
       && Array.forall near points

[<Test>]
let ``a noisy line of a million points takes at most four points for half a pixel`` () =
    let random = Random 1

    let points =
        [|
            for i in 0..999_999 -> struct (float i / 2000.0, 300.0 * random.NextDouble())
        |]

    let kept = Polyline.thinColumns points
    Assert.That(kept.Length, Is.LessThanOrEqualTo 4000)
    Assert.That(kept[0], Is.EqualTo points[0])
    Assert.That(Array.last kept, Is.EqualTo(Array.last points))

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

[<Test>]
let ``a range that does not rise, or is not positive on a logarithmic axis, is refused by name`` () =
    for scale, range in [ Linear, (2.0, 1.0); Linear, (nan, 1.0); Logarithmic, (0.0, 1.0) ] do
        let panel =
            { staircase Linear with
                X = axis "time" scale (Some range)
            }

        let error =
            Assert.Throws<ReportException>(fun () -> Svg.render (figure "bad" [ panel ]) |> ignore)
            |> Unchecked.nonNull

        Assert.That(error.Message, Does.Contain "'bad', panel 1")
