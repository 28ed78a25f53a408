/// The marks of a panel, from values to shapes inside the plot area.
module Qwem.Reports.Draw

open System
open System.Collections.Generic
open Qwem.Reports.Polyline

/// Half the width of an interval's caps, in pixels.
let private cap = 3.0

/// Points dropped from a line lie at most this far from it, in pixels.
let tolerance = 0.25

/// Whether a series is theory: a dashed or dotted line.
let isTheory (series: Series) =
    match series.Mark with
    | Line((Dashed | Dotted), _) -> true
    | _ -> false

/// The colours (None: neutral ink) that a figure draws both solid and dashed or dotted; their solid lines are toned down.
let carried (figure: Figure) : Set<int option> =
    let coloured isWanted =
        figure.Panels
        |> List.collect (fun panel -> panel.Series |> List.filter isWanted)
        |> List.map (fun series -> series.Colour)
        |> Set.ofList

    let isSolid (series: Series) =
        match series.Mark with
        | Line(Solid, _) -> true
        | _ -> false

    Set.intersect (coloured isSolid) (coloured isTheory)

/// The paint of a series.
let paint (carried: Set<int option>) (series: Series) =
    match series.Colour, series.Mark with
    | None, Line(Solid, _) when carried.Contains None -> Paint.Pale
    | None, (Bars _ | Points _) -> Paint.Pale
    | None, _ -> Paint.Ink
    | Some index, Line(Solid, _) -> Paint.Series(index, (if carried.Contains series.Colour then Soft else Full))
    // Without a solid line below it a dashed one needs no depth, and its colour tells more.
    | Some index, Line _ when not (carried.Contains series.Colour) -> Paint.Series(index, Full)
    | Some index, (Line _ | Words _) -> Paint.Series(index, Deep)
    // So that curves stand out before them.
    | Some index, Bars _ -> Paint.Series(index, Soft)
    | Some index, _ -> Paint.Series(index, Full)

/// Runs of drawable points: a value without a place on its axis breaks the line.
let private runsOf (area: Area) (points: (float * float) array) =
    let runs = ResizeArray<Point array>()
    let run = ResizeArray<Point>()

    let flush () =
        if run.Count > 0 then
            runs.Add(run.ToArray())
            run.Clear()

    for x, y in points do
        if area.Has(x, y) then run.Add(struct (area.X x, area.Y y)) else flush ()

    flush ()
    List.ofSeq runs

let private line (area: Area) clip paint stroke width points =
    let runs =
        runsOf area points
        |> List.collect (Polyline.clip area.Box)
        |> List.map (thinColumns >> simplify tolerance)

    let lone, lines = runs |> List.partition (fun run -> run.Length = 1)

    [
        if not lines.IsEmpty then
            Shape.Path(lines, paint, width, stroke, Some clip)
        if not lone.IsEmpty then
            Shape.Circles(lone |> Array.concat, max 1.0 (0.75 * width), paint, true)
    ]

// Circles whose centres share a square of half a pixel look like one and are drawn once.
let private circles (area: Area) paint radius filled points =
    let seen = HashSet<struct (float * float)>()

    let centres =
        points
        |> Array.filter area.Has
        |> Array.map (fun (x, y) -> struct (area.X x, area.Y y))
        |> Array.filter (fun (struct (x, y)) ->
            area.Box.Contains(x, y) && seen.Add(struct (round (2.0 * x), round (2.0 * y))))

    [
        if centres.Length > 0 then
            Shape.Circles(centres, radius, paint, filled)
    ]

let private intervals (area: Area) paint (intervals: (float * float * float) array) =
    let box = area.Box

    let bar (x, low: float, high: float) =
        if
            not (Axes.drawable area.XScale x)
            || Double.IsNaN low
            || Double.IsNaN high
            || low > high
        then
            [||]
        else
            let px = area.X x
            // An end beyond the frame, or without a place on a logarithmic axis, is cut at the frame and has no cap.
            let bottom = if Axes.drawable area.YScale low then area.Y low else infinity

            let top =
                if Axes.drawable area.YScale high then area.Y high
                elif high > 0.0 then -infinity
                else infinity

            if px < box.Left || px > box.Right || top > box.Bottom || bottom < box.Top then
                [||]
            else
                let left, right = max box.Left (px - cap), min box.Right (px + cap)

                let capAt y : (Point * Point) array =
                    if y >= box.Top && y <= box.Bottom then
                        [| struct (left, y), struct (right, y) |]
                    else
                        [||]

                Array.concat
                    [
                        [| struct (px, max box.Top top), struct (px, min box.Bottom bottom) |]
                        capAt top
                        capAt bottom
                    ]

    let segments = Array.collect bar intervals

    [
        if segments.Length > 0 then
            Shape.Segments(segments, paint, 1.2)
    ]

// A rim keeps neighbours apart; a hair of a bar has no room for one.
let private rimOf (series: Series) (width: float) =
    match series.Colour with
    | _ when width < 3.0 -> None
    | Some index -> Some(Paint.Series(index, Full))
    | None -> Some Paint.Ink

let private bars (area: Area) paint (series: Series) (width: float) =
    let boxes =
        series.Points
        |> Array.filter (fun (x, y) -> area.Has(x, y))
        |> Array.choose (fun (x, y) ->
            let foot = if area.YScale = Linear then 0.0 else 1e-300
            area.Cut(x - 0.5 * width, x + 0.5 * width, min foot y, max foot y))

    [
        if boxes.Length > 0 then
            let narrowest = boxes |> Array.map (fun box -> box.Right - box.Left) |> Array.min

            Shape.Boxes(boxes, paint, rimOf series narrowest)
    ]

let private words area marked taken paint (series: Series) (words: string array) =
    if words.Length <> series.Points.Length then
        raise (
            ReportException
                $"A series has {words.Length} words for {series.Points.Length} points; give one for each ('{Array.tryHead words}' is the first)."
        )

    [ Shape.Words(Words.place area marked taken paint series.Points words) ]

/// The shapes of one series; clip is the number of the area's box among the scene's clips, marked whether the panel has
/// circles or intervals, and taken holds their places and those of the words of earlier series.
let series carried (area: Area) (clip: int) marked taken (series: Series) : Shape list =
    let paint = paint carried series

    match series.Mark with
    | Line(stroke, width) -> line area clip paint stroke width series.Points
    | Circles radius -> circles area paint radius false series.Points
    | Intervals ends -> intervals area paint ends @ circles area paint 2.0 true series.Points
    | Points radius -> circles area paint radius true series.Points
    | Bars width -> bars area paint series width
    | Words texts -> words area marked taken paint series texts
    | Cells grid -> Heat.cells area series.Points grid

/// A sample of a mark for the legend, centred on a height, between two x positions.
let sample carried (left: float, right: float) (y: float) (series: Series) : Shape list =
    let paint = paint carried series
    let middle = (left + right) / 2.0

    match series.Mark with
    | Line(stroke, width) ->
        [
            Shape.Path([ [| struct (left, y); struct (right, y) |] ], paint, width, stroke, None)
        ]
    | Circles radius -> [ Shape.Circles([| struct (middle, y) |], radius, paint, false) ]
    | Points radius -> [ Shape.Circles([| struct (middle, y) |], max 2.0 radius, paint, true) ]
    | Bars _ ->
        let box =
            {
                Left = middle - 9.0
                Right = middle + 9.0
                Top = y - 5.0
                Bottom = y + 5.0
            }

        [ Shape.Boxes([| box |], paint, rimOf series 18.0) ]
    | Words _ ->
        [
            Shape.Words
                [|
                    {
                        Text = "word"
                        X = middle
                        Y = y + 0.35 * Words.size
                        Size = Words.size
                        Anchor = Anchor.Middle
                        Bold = false
                        Paint = paint
                        Upright = true
                    }
                |]
        ]
    | Cells _ -> []
    | Intervals _ ->
        let segment x0 y0 x1 y1 : Point * Point = struct (x0, y0), struct (x1, y1)

        [
            Shape.Segments(
                [|
                    segment middle (y - 5.0) middle (y + 5.0)
                    segment (middle - cap) (y - 5.0) (middle + cap) (y - 5.0)
                    segment (middle - cap) (y + 5.0) (middle + cap) (y + 5.0)
                |],
                paint,
                1.2
            )
        ]
