/// Polylines in pixels: cut to a box, thinned without visible change.
module Qwem.Reports.Polyline

/// A point in pixels.
type Point = (struct (float * float))

/// An axis-parallel box in pixels, y downwards.
type Box =
    {
        Left: float
        Top: float
        Right: float
        Bottom: float
    }

    /// Whether two boxes share more than their rims.
    member box.Overlaps(other: Box) =
        box.Left < other.Right
        && other.Left < box.Right
        && box.Top < other.Bottom
        && other.Top < box.Bottom

    /// Whether a point lies in the box or on its rim, give or take a rounding to two decimals.
    member box.Contains(x: float, y: float) =
        x >= box.Left - 0.01
        && x <= box.Right + 0.01
        && y >= box.Top - 0.01
        && y <= box.Bottom + 0.01

/// The part of a segment inside a box, after Liang and Barsky.
let clipSegment (box: Box) (struct (x0, y0): Point) (struct (x1, y1): Point) : (struct (Point * Point)) voption =
    let dx, dy = x1 - x0, y1 - y0
    let mutable enter, leave, seen = 0.0, 1.0, true

    let side direction distance =
        if direction = 0.0 then
            if distance < 0.0 then
                seen <- false
        else
            let at = distance / direction
            if direction < 0.0 then enter <- max enter at else leave <- min leave at

    side -dx (x0 - box.Left)
    side dx (box.Right - x0)
    side -dy (y0 - box.Top)
    side dy (box.Bottom - y0)

    if not seen || enter > leave then
        ValueNone
    else
        // Ends that are not cut stay as they are; cut ones are held to the box against rounding of far-away ends.
        let at share : Point =
            let x, y =
                if share = 0.0 then x0, y0
                elif share = 1.0 then x1, y1
                else x0 + share * dx, y0 + share * dy

            struct (max box.Left (min box.Right x), max box.Top (min box.Bottom y))

        ValueSome(struct (at enter, at leave))

/// The runs of a polyline inside a box; a lone point stays a run of one.
let clip (box: Box) (points: Point array) : Point array list =
    let runs = ResizeArray<Point array>()
    let run = ResizeArray<Point>()

    let flush () =
        if run.Count > 0 then
            runs.Add(run.ToArray())
            run.Clear()

    if points.Length = 1 then
        let struct (x, y) = points[0]

        if box.Contains(x, y) then
            runs.Add points
    else
        for i in 1 .. points.Length - 1 do
            match clipSegment box points[i - 1] points[i] with
            | ValueNone -> flush ()
            | ValueSome(struct (first, last)) ->
                if run.Count > 0 && run[run.Count - 1] <> first then
                    flush ()

                if run.Count = 0 then
                    run.Add first

                run.Add last

        flush ()

    List.ofSeq runs

/// Keeps of the neighbours in one column of half a pixel the first, lowest, highest and last: a noisy curve of a million
/// points looks the same and takes four points a column.
let thinColumns (points: Point array) : Point array =
    let column (struct (x, _): Point) = floor (2.0 * x)
    let kept = ResizeArray<Point>()
    let mutable start = 0

    while start < points.Length do
        let mutable stop = start

        while stop + 1 < points.Length && column points[stop + 1] = column points[start] do
            stop <- stop + 1

        if stop - start < 4 then
            for i in start..stop do
                kept.Add points[i]
        else
            let height i =
                let struct (_, y) = points[i]
                y

            let inner = [| start..stop |]

            for i in
                [ start; Array.minBy height inner; Array.maxBy height inner; stop ]
                |> List.distinct
                |> List.sort do
                kept.Add points[i]

        start <- stop + 1

    kept.ToArray()

/// Distance of a point from a segment.
let distance (struct (px, py): Point) (struct (ax, ay): Point) (struct (bx, by): Point) =
    let dx, dy = bx - ax, by - ay
    let square = dx * dx + dy * dy

    let share =
        if square = 0.0 then
            0.0
        else
            max 0.0 (min 1.0 (((px - ax) * dx + (py - ay) * dy) / square))

    let ex, ey = px - ax - share * dx, py - ay - share * dy
    sqrt (ex * ex + ey * ey)

// The rule of Douglas and Peucker needs at worst the square of a block; blocks bound that.
let private block = 512

/// Drops points that lie within a tolerance of the line that remains; first and last stay.
let simplify (tolerance: float) (points: Point array) : Point array =
    let keep = Array.create points.Length false

    let rec between first last =
        if last > first + 1 then
            let mutable worst, at = -1.0, first

            for i in first + 1 .. last - 1 do
                let gap = distance points[i] points[first] points[last]

                if gap > worst then
                    worst <- gap
                    at <- i

            if worst > tolerance then
                keep[at] <- true
                between first at
                between at last

    if points.Length > 0 then
        for first in 0..block .. points.Length - 1 do
            let last = min (points.Length - 1) (first + block)
            keep[first] <- true
            keep[last] <- true
            between first last

    points |> Array.indexed |> Array.filter (fun (i, _) -> keep[i]) |> Array.map snd
