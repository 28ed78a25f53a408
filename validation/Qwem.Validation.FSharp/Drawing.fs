/// Parts of figures and tables, without what most of them leave at its default.
module Qwem.Validation.Drawing

open Qwem.Reports

let axis label scale range : Axis =
    {
        Label = label
        Scale = scale
        Range = range
    }

let linear label range = axis label Linear range
let logarithmic label range = axis label Logarithmic range

let series legend colour mark points =
    {
        Legend = legend
        Colour = colour
        Mark = mark
        Points = points
    }

let panel title x y series =
    {
        Title = title
        X = x
        Y = y
        Series = series
        VerticalRules = []
    }

/// A figure; columns 0 leaves the rows of panels to the layout, frames are the moments of a slider's panels.
let figure id title papers caption alternative columns frames panels =
    {
        Id = id
        Title = title
        PaperFigures = papers
        Caption = caption
        AlternativeText = alternative
        Panels = panels
        Columns = columns
        Frames = frames
        ColourNames = []
        Slider = false
        Command = "qwem reproduce"
    }

let quantity name value unit meaning =
    {
        Name = name
        Value = value
        Unit = unit
        Meaning = meaning
    }

/// A number without a unit.
let dimensionless name value meaning = quantity name value "1" meaning

/// 0-based modes that are drawn of d.
let shownModes d =
    [ 0; 1; 2; 3; 4; 5; 7; 9; 14; 19; 29; 39 ] |> List.filter (fun k -> k < d)

/// One curve per mode, through every second record, which is dense enough to draw; only the first is named in the legend.
let modeCurves name mark modes (clock: float array) (values: float array array) =
    let drawn = [| 0..2 .. clock.Length - 1 |]

    modes
    |> List.mapi (fun index k ->
        series
            (if index = 0 then Some name else None)
            (Some k)
            mark
            (drawn |> Array.map (fun n -> clock[n], values[n][k])))

/// The modes by the colours that modeCurves gives them.
let modeNames modes =
    modes |> List.map (fun k -> k, $"mode {k + 1}")

/// A panel of singular values over logarithmic time in units of tau_1.
let stepPanel title first last top curves =
    panel
        title
        (logarithmic "time t/τ_{1}" (Some(first, last)))
        (linear "singular value" (Some(0.0, 1.05 * top)))
        curves
