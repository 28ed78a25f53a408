/// Texts on a plot area that keep clear of each other: neither renderer does that.
module Qwem.Reports.Words

/// Size of the texts in pixels.
let size = 10.5

/// Where a text stands from its point: -1, 0 or 1 to the right, and up.
type Side = { Right: int; Up: int }

/// A text that has room: the number of its point, the side, and its centre in pixels from the upper left of the plot.
type Placed =
    {
        At: int
        Side: Side
        X: float
        Y: float
    }

// On its point, a line above, a line below; past a circle when something stands on the points.
let private line, private half, private aside = 1.35 * size, 0.65 * size, 8.0

let private sides marked =
    [
        for up in [ 0; 1; -1 ] do
            { Right = 0; Up = up }
        if marked then
            for up in [ 0; 1; -1 ] do
                for right in [ 1; -1 ] do
                    { Right = right; Up = up }
    ]

/// A rectangle that is taken: left, right, top, bottom.
type private Box = (struct (float * float * float * float))

let private clash (struct (l, r, t, b): Box) (struct (l', r', t', b'): Box) = l < r' && l' < r && t < b' && t' < b

/// The places of a panel's texts on a plot of a width and a height, series by series: each centred on its point, or a line above
/// or below, held to the frame at the sides; where circles or intervals stand also to the right or the left. Earlier ones
/// come first, and what finds no room is left out.
let place
    (pixel: float * float -> (float * float) option)
    (width: float, height: float)
    (panel: Panel)
    : Placed list list =
    let marks: Box list =
        panel.Series
        |> List.collect (fun series ->
            match series.Mark with
            | Circles radius ->
                series.Points
                |> Array.choose pixel
                |> Array.map (fun (x, y) -> struct (x - radius, x + radius, y - radius, y + radius))
                |> List.ofArray
            | Intervals ends ->
                [
                    for x, low, high in ends do
                        match pixel (x, low), pixel (x, high) with
                        | Some(x, bottom), Some(_, top) -> struct (x - 1.0, x + 1.0, top - 1.0, bottom + 1.0)
                        | _ -> ()
                ]
            | _ -> [])

    let taken = ResizeArray marks

    let tryPlace at (x, y) (word: string) =
        let wide = Type.width size false word / 2.0

        sides (not marks.IsEmpty)
        |> List.tryPick (fun side ->
            let wanted = x + float side.Right * (wide + aside)
            let cx = max wide (min (width - wide) wanted)
            let cy = y - float side.Up * line
            let box: Box = struct (cx - wide, cx + wide, cy - half, cy + half)
            let struct (_, _, top, bottom) = box

            if 2.0 * wide > width || top < 0.0 || bottom > height || taken.Exists(clash box) then
                None
            else
                taken.Add box
                Some { At = at; Side = side; X = cx; Y = cy })

    panel.Series
    |> List.map (fun series ->
        match series.Mark with
        | Words words ->
            if words.Length <> series.Points.Length then
                raise (
                    ReportException
                        $"A series has {words.Length} words for {series.Points.Length} points; give one for each ('{Array.tryHead words}' is the first)."
                )

            [
                for at in 0 .. words.Length - 1 do
                    match pixel series.Points[at] with
                    | Some(x, y) when words[at] <> "" && x >= 0.0 && x <= width && y >= 0.0 && y <= height ->
                        yield! Option.toList (tryPlace at (x, y) words[at])
                    | _ -> ()
            ]
        | _ -> [])
