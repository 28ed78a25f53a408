/// How series look, the same in both renderers: colours, dashes, markers, columns, and which of them the legend names.
module Qwem.Reports.Look

/// Whether a series is theory: a dashed or dotted line.
let isTheory (series: Series) =
    match series.Mark with
    | Line((Dashed | Dotted), _) -> true
    | _ -> false

let private isSolid (series: Series) =
    match series.Mark with
    | Line(Solid, _) -> true
    | _ -> false

/// What the series of one figure look like.
type Look =
    {
        Colour: Series -> Palette.Colour
        /// Which of the marker shapes, counted from a circle.
        Shape: Series -> int
        /// Whether a line carries a few markers, so that grey print tells it from others.
        IsMarked: Series -> bool
    }

/// The look of a figure. A colour that is drawn solid and dashed has its solid lines toned down and its dashes deepened; up to
/// eight colours that the legend names have a marker shape each; more of them are ordered along the ramp and need none.
let ofFigure (figure: Figure) : Look =
    let all = figure.Panels |> List.collect _.Series
    let indices = all |> List.choose _.Colour |> List.distinct
    let colours = Palette.assign indices

    let coloured isWanted =
        all |> List.filter isWanted |> List.map _.Colour |> Set.ofList

    let solid, dashed = coloured isSolid, coloured isTheory
    let carried = Set.intersect solid dashed

    let isFew =
        indices
        |> List.forall (fun index -> index >= 0 && index < Palette.categorical.Length)

    // Kinds of series whose colours are all named in the legend: only there a shape says which is which.
    let named =
        all
        |> List.groupBy SeriesNames.kindOf
        |> List.filter (fun (_, series) ->
            let colours = series |> List.choose _.Colour |> Set.ofList

            let legended =
                series |> List.filter _.Legend.IsSome |> List.choose _.Colour |> Set.ofList

            isFew && colours.Count > 1 && colours = legended)
        |> List.map fst
        |> Set.ofList

    let isNamed series =
        named.Contains(SeriesNames.kindOf series)

    {
        Colour =
            fun series ->
                match series.Colour, series.Mark with
                | None, (Bars _ | Points _) -> Palette.soft Palette.ink
                | None, _ when isSolid series && carried.Contains None -> Palette.soft Palette.ink
                | None, _ -> Palette.ink
                | Some index, Line(Solid, _) when carried.Contains series.Colour -> Palette.soft (colours index)
                | Some index, Line _ when carried.Contains series.Colour -> Palette.deep (colours index)
                | Some index, Words _ -> Palette.deep (colours index)
                | Some index, Bars _ -> Palette.soft (colours index)
                | Some index, _ -> colours index
        Shape =
            fun series ->
                match series.Colour with
                | Some index when isNamed series -> index
                | _ -> 0
        IsMarked =
            fun series ->
                isNamed series
                && series.Colour.IsSome
                // An interval, or a line through two points, is not one of many curves.
                && series.Points.Length >= 5
                && (isSolid series || (isTheory series && not (solid.Contains series.Colour)))
    }

/// Columns of panels: at most three, at most two where there is much to read in each.
let columns (figure: Figure) =
    match figure.Panels.Length with
    | count when figure.Columns > 0 -> min figure.Columns count
    | 1 -> 1
    | 2
    | 4 -> 2
    | 8 -> 4
    | _ -> 3

/// Whether both axes of a panel matter alike.
let isMap (panel: Panel) =
    panel.Series
    |> List.exists (fun series -> series.Mark.IsWords || series.Mark.IsCells)

/// Legend entries of all panels, each look and text once; those of one kind stand together, so that what differs by colour
/// alone is read as one list. A heat map has its colour bar.
let entries (figure: Figure) : (string * Series) list =
    figure.Panels
    |> List.collect _.Series
    |> List.filter (fun series -> not series.Mark.IsCells)
    |> List.choose (fun series -> series.Legend |> Option.map (fun legend -> legend, series))
    |> List.filter (fun (legend, _) -> legend <> "")
    |> List.distinctBy (fun (legend, series) -> legend, series.Colour, SeriesNames.kindOf series)
    |> List.groupBy (fun (_, series) -> SeriesNames.kindOf series)
    |> List.collect snd

/// The one heat map of a panel, or None; refuses one that contradicts itself.
let heatOf (where: string) (panel: Panel) : (Series * CellGrid) option =
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

        if not (grid.Lowest < grid.Highest && System.Double.IsFinite(grid.Highest - grid.Lowest)) then
            refuse
                $"the scale of a heat map from {Numbers.exact grid.Lowest} to {Numbers.exact grid.Highest} is not increasing and finite; give another."

        if not (grid.Width > 0.0 && grid.Height > 0.0) then
            refuse "the cells of a heat map have no size; give a positive width and height."

        Some(series, grid)
    | _ -> refuse "a panel has room for one heat map; draw the others in panels of their own."

/// The ends of a heat map's scale: a diverging one reaches as far down as up, so that zero is in its middle.
let ends (grid: CellGrid) =
    if grid.Lowest < 0.0 && grid.Highest > 0.0 then
        let most = max -grid.Lowest grid.Highest
        -most, most
    else
        grid.Lowest, grid.Highest

/// The values of a heat map as rows from below and columns from the left, NaN where no point is, with the columns' x and the
/// rows' y.
let matrix (points: (float * float) array) (grid: CellGrid) : float array * float array * float array array =
    let lines (values: float array) =
        values |> Array.filter System.Double.IsFinite |> Array.distinct |> Array.sort

    let xs, ys = lines (Array.map fst points), lines (Array.map snd points)

    let column, row =
        dict (Array.indexed xs |> Array.map (fun (i, x) -> x, i)),
        dict (Array.indexed ys |> Array.map (fun (i, y) -> y, i))

    let rows = ys |> Array.map (fun _ -> Array.create xs.Length nan)

    for (x, y), value in Array.zip points grid.Values do
        match column.TryGetValue x, row.TryGetValue y with
        | (true, i), (true, j) -> rows[j][i] <- value
        | _ -> ()

    xs, ys, rows
