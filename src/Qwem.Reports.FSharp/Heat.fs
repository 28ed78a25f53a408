/// Heat maps: their cells, and the colour bar that is their legend.
module Qwem.Reports.Heat

open System
open Qwem.Reports.Polyline

/// Whether the scale parts positive from negative values.
let isDiverging (grid: CellGrid) = grid.Lowest < 0.0 && grid.Highest > 0.0

// A diverging scale reaches as far down as up, so that equal sizes have equal strength.
let private ends (grid: CellGrid) =
    if isDiverging grid then
        let most = max -grid.Lowest grid.Highest
        -most, most
    else
        grid.Lowest, grid.Highest

let private stepOf (grid: CellGrid) (value: float) =
    let low, high = ends grid
    let share = (value - low) / (high - low)
    int (Math.Round(float Palette.heatSteps * max 0.0 (min 1.0 share)))

/// The heat map of a panel, or None; refuses one that contradicts itself.
let ofPanel (where: string) (panel: Panel) : CellGrid option =
    let refuse message =
        raise (ReportException $"{where}: {message}")

    let grids =
        panel.Series
        |> List.choose (fun series ->
            match series.Mark with
            | Cells grid -> Some(series, grid)
            | _ -> None)

    match grids with
    | [] -> None
    | [ series, grid ] ->
        if grid.Values.Length <> series.Points.Length then
            refuse $"a heat map has {grid.Values.Length} values for {series.Points.Length} points; give one for each."

        if not (grid.Lowest < grid.Highest && Double.IsFinite(grid.Highest - grid.Lowest)) then
            refuse
                $"the scale of a heat map from {Numbers.exact grid.Lowest} to {Numbers.exact grid.Highest} is not increasing and finite; give another."

        if not (grid.Width > 0.0 && grid.Height > 0.0) then
            refuse "the cells of a heat map have no size; give a positive width and height."

        Some grid
    | _ -> refuse "a panel has room for one heat map; draw the others in panels of their own."

/// Boxes that touch in a row as one: a map of thousands of cells is mostly of one colour.
let private joined (boxes: Box array) : Box array =
    let touches (before: Box) (after: Box) =
        before.Top = after.Top
        && before.Bottom = after.Bottom
        && abs (after.Left - before.Right) < 1e-6

    let add (rows: Box list) (box: Box) =
        match rows with
        | last :: earlier when touches last box -> { last with Right = box.Right } :: earlier
        | _ -> box :: rows

    boxes
    |> Array.sortBy (fun box -> box.Top, box.Left)
    |> Array.fold add []
    |> List.rev
    |> Array.ofList

/// The cells inside a plot area, those of a colour together.
let cells (area: Area) (points: (float * float) array) (grid: CellGrid) : Shape list =
    let diverging = isDiverging grid

    Array.zip points grid.Values
    |> Array.filter (fun (point, value) -> area.Has point && not (Double.IsNaN value))
    |> Array.choose (fun ((x, y), value) ->
        let w, h = 0.5 * grid.Width, 0.5 * grid.Height

        area.Cut(x - w, x + w, y - h, y + h)
        |> Option.map (fun box -> stepOf grid value, box))
    |> Array.groupBy fst
    |> Array.sortBy fst
    |> Array.map (fun (step, cells) -> Shape.Boxes(joined (Array.map snd cells), Paint.Heat(diverging, step), None))
    |> List.ofArray

/// The scale from bottom to top of a box, in steps.
let bar (box: Box) (grid: CellGrid) : Shape list =
    let diverging = isDiverging grid
    let first, last = stepOf grid grid.Lowest, stepOf grid grid.Highest
    let height = (box.Bottom - box.Top) / float (last - first + 1)

    [
        for step in first..last do
            let bottom = box.Bottom - float (step - first) * height

            Shape.Boxes(
                [|
                    { box with
                        Top = bottom - height
                        Bottom = bottom
                    }
                |],
                Paint.Heat(diverging, step),
                None
            )
        Shape.Frame(box, Paint.Muted)
    ]
