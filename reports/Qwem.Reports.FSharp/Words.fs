/// Texts on a plot area that keep clear of each other.
module Qwem.Reports.Words

open Qwem.Reports.Polyline

/// Size of the texts in pixels.
let size = 10.0

// On its point, a line above, a line below.
let private moves = [ 0.0; -1.15 * size; 1.15 * size ]

/// The labels that find room inside an area next to the boxes that are taken already: each centred on its point, or a line
/// above or below it, and held to the frame at the sides. Earlier ones come first.
let place (area: Area) (taken: ResizeArray<Box>) (paint: Paint) (points: (float * float) array) (words: string array) =
    let frame = area.Box

    let tryPlace ((x, y), word: string) =
        let half = TextMetrics.width size word / 2.0
        let px, py = area.X x, area.Y y

        if 2.0 * half > frame.Right - frame.Left then
            None
        else
            moves
            |> List.map (fun move ->
                {
                    Text = word
                    X = max (frame.Left + half) (min (frame.Right - half) px)
                    Y = py + move + 0.35 * size
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
