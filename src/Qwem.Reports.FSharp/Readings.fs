/// What a figure's curves show at a few moments of its slider, for results.json: numbers a reader can hold the page against.
module Qwem.Reports.Readings

/// The values of the curves that have a point at a time.
type Reading =
    {
        At: float
        /// Each curve's name and value.
        Values: (string * float) list
    }

/// The readings of the first panel in the middle of the slider's way, where a page opens, and at three quarters of it; the
/// way goes along the times of the panel's first series. None where there is no slider.
let ofFigure (figure: Figure) : Reading list =
    match figure.Panels with
    | panel :: _ when figure.Slider && not panel.Series.IsEmpty ->
        let isOnSlider (time, _) =
            match panel.X.Range with
            | Some(low, high) -> time >= low && time <= high
            | None -> System.Double.IsFinite time

        let times = panel.Series.Head.Points |> Array.filter isOnSlider |> Array.map fst
        let named = List.zip (SeriesNames.ofPanel figure panel) panel.Series

        [
            for place in List.distinct [ for k in 2..3 -> k * times.Length / 4 ] do
                if place < times.Length then
                    {
                        At = times[place]
                        Values =
                            [
                                for name, series in named do
                                    match series.Points |> Array.tryFind (fun (x, _) -> x = times[place]) with
                                    | Some(_, value) -> name.Text, value
                                    | None -> ()
                            ]
                            |> List.distinctBy fst
                    }
        ]
    | _ -> []
