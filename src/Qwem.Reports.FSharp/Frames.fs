/// Figures whose panels are moments of one thing.
module Qwem.Reports.Frames

/// The figure with all its panels on the same axes, where they are moments and have the same scales.
let aligned (figure: Figure) : Figure =
    let share
        (axisOf: Panel -> Axis)
        (rangeOf: PanelLayout.Measured -> float * float)
        (withAxis: Panel -> Axis -> Panel)
        panels
        =
        let measured = panels |> List.mapi (PanelLayout.measure figure 100.0)
        let lows, highs = measured |> List.map rangeOf |> List.unzip

        let onto (panel: Panel) =
            withAxis
                panel
                { axisOf panel with
                    Range = Some(List.min lows, List.max highs)
                }

        match panels |> List.distinctBy (fun panel -> (axisOf panel).Scale) with
        | [ _ ] -> List.map onto panels
        | _ -> panels

    if figure.Frames.IsEmpty then
        figure
    else
        let panels =
            figure.Panels
            |> share (fun panel -> panel.X) (fun measured -> measured.XRange) (fun panel axis ->
                { panel with X = axis })
            |> share (fun panel -> panel.Y) (fun measured -> measured.YRange) (fun panel axis ->
                { panel with Y = axis })

        { figure with Panels = panels }

/// Each moment as a figure of its own, with what it is a moment of.
let each (figure: Figure) : (string * Figure) list =
    List.zip figure.Frames (aligned figure).Panels
    |> List.mapi (fun i (label, panel) ->
        label,
        { figure with
            Id = $"{figure.Id}--{Numbers.whole (i + 1)}"
            Title = figure.Title + ": " + label
            Panels = [ panel ]
            Columns = 0
            Frames = []
        })
