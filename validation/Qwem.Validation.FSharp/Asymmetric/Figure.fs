namespace Qwem.Validation.Asymmetric

open Qwem.Reports

/// The figure of experiment asymmetric.
module Figure =

    /// Singular values over time, first of the balanced and then of the unbalanced start.
    let draw
        (clock: float array)
        d
        (balanced: float array array)
        (theory: float array array)
        (free: float array array)
        =
        let axis label =
            {
                Label = label
                Scale = Linear
                Range = None
            }

        let curves name mark (values: float array array) =
            List.init d (fun k ->
                {
                    Legend = if k = 0 then Some name else None
                    Colour = Some k
                    Mark = mark
                    Points = Array.map2 (fun t (s: float array) -> t, s[k]) clock values
                })

        let panel title series =
            {
                Title = title
                X = axis "time κ t s_{1}"
                Y = axis "singular value of M"
                Series = series
                VerticalRules = []
            }

        {
            Id = "asymmetric"
            Title = "Two factors: singular values over time"
            Caption =
                "Singular values of M = W_{1}'W_{2} in the simulated flow (solid). Left: balanced start, with the exact solution (dashed). Right: unbalanced start, W_{2} three times as large as W_{1} (solid), against the balanced run (dotted)."
            PaperFigures = []
            AlternativeText =
                "Sigmoidal steps one after the other; theory and simulation coincide for the balanced start, and the unbalanced one ends at the same values at other times."
            Panels =
                [
                    panel
                        "balanced start"
                        (curves "flow (simulated)" (Line(Solid, 3.0)) balanced
                         @ curves "exact theory" (Line(Dashed, 1.2)) theory)
                    panel
                        "unbalanced start"
                        (curves "unbalanced flow (simulated)" (Line(Solid, 2.0)) free
                         @ curves "balanced flow (simulated)" (Line(Dotted, 1.2)) balanced)
                ]
            Columns = 0
            Frames = []
            ColourNames = []
            Slider = false
            Command = "qwem reproduce"
        }
