/// Texts on a plot area that keep clear of each other.
module Qwem.Reports.Words

open Qwem.Reports.Polyline

/// Size of the texts in pixels.
let size = 10.0

// On its point, a line above, a line below.
let private moves = [ 0.0; -1.15 * size; 1.15 * size ]

// From its point to a word beside it: past a circle.
let private aside = 7.0

/// Where the circles and intervals of a panel stand, which its words leave free.
let marks (area: Area) (panel: Panel) : Box list =
    let around x low high radius =
        {
            Left = area.X x - radius
            Right = area.X x + radius
            Top = area.Y high - radius
            Bottom = area.Y low + radius
        }

    panel.Series
    |> List.collect (fun series ->
        match series.Mark with
        | Circles radius ->
            [
                for x, y in series.Points do
                    if area.Has(x, y) then
                        around x y y radius
            ]
        | Intervals ends ->
            [
                for x, low, high in ends do
                    if area.Has(x, low) && area.Has(x, high) then
                        around x low high 1.0
            ]
        | Line _
        | Bars _
        | Words _
        | Cells _
        | Points _ -> [])

/// The labels that find room inside an area next to the boxes that are taken already: each centred on its point, or a line
/// above or below it, and held to the frame at the sides. With marks on the panel a word that would cover one may also stand
/// to the right or the left of its point, or up to three lines away. Earlier ones come first.
let place
    (area: Area)
    marked
    (taken: ResizeArray<Box>)
    (paint: Paint)
    (points: (float * float) array)
    (words: string array)
    =
    let frame = area.Box

    let tryPlace ((x, y), word: string) =
        let half = TextMetrics.width size word / 2.0
        let px, py = area.X x, area.Y y

        if 2.0 * half > frame.Right - frame.Left then
            None
        else
            let centred = moves |> List.map (fun move -> 0.0, move)

            let beside =
                if marked then
                    [
                        for up in moves do
                            half + aside, up
                            -half - aside, up
                        // Past the end of an interval.
                        for lines in [ 2.0; 3.0 ] do
                            0.0, lines * moves[1]
                            0.0, lines * moves[2]
                    ]
                else
                    []

            centred @ beside
            |> List.map (fun (across, up) ->
                {
                    Text = word
                    X = max (frame.Left + half) (min (frame.Right - half) (px + across))
                    Y = py + up + 0.35 * size
                    Size = size
                    Anchor = Anchor.Middle
                    Bold = false
                    Paint = paint
                    Upright = true
                })
            |> List.tryFind (fun label ->
                let box = label.Box

                box.Top >= frame.Top
                && box.Bottom <= frame.Bottom
                && not (taken.Exists(fun other -> other.Overlaps box)))

    [|
        for point, word in Array.zip points words do
            if
                area.Has point
                && word <> ""
                && frame.Contains(area.X(fst point), area.Y(snd point))
            then
                match tryPlace (point, word) with
                | Some label ->
                    taken.Add label.Box
                    label
                | None -> ()
    |]
