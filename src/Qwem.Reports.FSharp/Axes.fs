/// From the values of a panel to ranges, and from ranges to pixels.
module Qwem.Reports.Axes

open System
open Qwem.Reports.Numbers

/// Largest magnitude that is drawn; beyond it a value counts as infinite.
let private limit = 1e300

/// Whether a value has a place on a scale.
let drawable (scale: Scale) (value: float) =
    match scale with
    | Linear -> abs value <= limit
    | Logarithmic -> value >= 1.0 / limit && value <= limit

// A range must be wide enough that ticks differ in their labels: a billionth of its size.
let private widen (scale: Scale) (low: float) (high: float) =
    match scale with
    | Linear ->
        let size = max (abs low) (abs high)
        let least = max (1e-9 * size) 1e-280

        if high - low >= least then
            low, high
        else
            let half = if size = 0.0 then 1.0 else 0.5 * size
            low - max half least, high + max half least
    | Logarithmic when high / low < 1.0 + 1e-6 -> max (1.0 / limit) (low / 2.0), min limit (high * 2.0)
    | Logarithmic -> low, high

/// 10^x for an x between decades, by bisection on the portable logarithm.
let private exp10 (x: float) =
    let x = max -300.0 (min 300.0 x)
    let k = int (floor x)

    let rec bisect low high steps =
        let middle = 0.5 * (low + high)

        if steps = 0 then middle
        elif log10 middle < x then bisect middle high (steps - 1)
        else bisect low middle (steps - 1)

    bisect (pow10 k) (pow10 (k + 1)) 60

// Air around the data, so that curves do not run along the frame; data that start at zero start there.
let private pad (scale: Scale) (low: float) (high: float) =
    let share = 0.035

    match scale with
    | Linear ->
        let air = share * (high - low)
        (if low >= 0.0 && low <= air then 0.0 else low - air), high + air
    | Logarithmic ->
        let a, b = log10 low, log10 high
        let air = share * (b - a)
        max (1.0 / limit) (exp10 (a - air)), min limit (exp10 (b + air))

/// The range of an axis: its own, or the drawable values' with a little air unless it is to be tight.
let range (where: string) (tight: bool) (axis: Axis) (values: float seq) : float * float =
    match axis.Range with
    | Some(low, high) when low <= high && drawable axis.Scale low && drawable axis.Scale high ->
        widen axis.Scale low high
    | Some(low, high) ->
        raise (
            ReportException(
                $"{where}: the range {exact low} to {exact high} of the axis '{axis.Label}' is not increasing, finite"
                + (if axis.Scale = Logarithmic then " and positive" else "")
                + "; give another range, or None for the data's."
            )
        )
    | None ->
        let drawn = values |> Seq.filter (drawable axis.Scale) |> Array.ofSeq

        match drawn, axis.Scale with
        | [||], Linear -> 0.0, 1.0
        | [||], Logarithmic -> 1.0, 10.0
        | drawn, scale ->
            let low, high = widen scale (Array.min drawn) (Array.max drawn)
            if tight then low, high else pad scale low high

/// Where a value lies between the ends of a range, 0 to 1.
let share (scale: Scale) (low: float, high: float) (value: float) =
    match scale with
    | Linear -> (value - low) / (high - low)
    | Logarithmic ->
        let a = log10 low
        (log10 value - a) / (log10 high - a)

/// All x and all y values that a panel draws.
let values (panel: Panel) : float array * float array =
    let ofSeries (series: Series) =
        // A point counts where both of its coordinates can be drawn, or one axis would reach for what is not there.
        let points =
            series.Points
            |> Array.filter (fun (x, y) -> drawable panel.X.Scale x && drawable panel.Y.Scale y)

        let xs, ys = Array.unzip points

        let around size =
            Array.collect (fun at -> [| at - 0.5 * size; at + 0.5 * size |])

        match series.Mark with
        | Intervals bars ->
            Array.append xs (Array.map (fun (x, _, _) -> x) bars),
            Array.append ys (Array.collect (fun (_, low, high) -> [| low; high |]) bars)
        // Bars stand on zero; a logarithmic axis has none and drops it.
        | Bars width when xs.Length > 0 -> around width xs, Array.append [| 0.0 |] ys
        | Cells grid -> around grid.Width xs, around grid.Height ys
        | _ -> xs, ys

    let both = panel.Series |> List.map ofSeries
    Array.concat (List.map fst both), Array.concat (List.map snd both)
