namespace Qwem.Validation.Convergence

open Qwem.Reports

/// The figures of experiment convergence.
module Figures =

    let private axis label =
        {
            Label = label
            Scale = Logarithmic
            Range = None
        }

    let private panel title x y series =
        {
            Title = title
            X = axis x
            Y = axis y
            Series = series
            VerticalRules = []
        }

    let private circles legend colour points =
        {
            Legend = Some legend
            Colour = Some colour
            Mark = Circles 3.5
            Points = points
        }

    /// A dashed line of a slope through the geometric middle of some points.
    let private sloped legend colour slope (points: (float * float) array) =
        let middle f =
            exp (points |> Array.averageBy (fun point -> log (f point)))

        let mx, my = middle fst, middle snd

        let low, high =
            points |> Array.map fst |> Array.min, points |> Array.map fst |> Array.max

        {
            Legend = Some legend
            Colour = Some colour
            Mark = Line(Dashed, 1.5)
            Points = [| low; high |] |> Array.map (fun x -> x, my * (x / mx) ** slope)
        }

    let private pairs (x: Descents.Point -> float) (points: Descents.Point array) =
        points
        |> Array.collect (fun point -> point.Distances |> Array.map (fun distance -> x point, distance))

    /// Integrators, noisy descents and full-batch descents.
    let orders (errors: float array array) (noisy: Descents.Point array) (stepped: Descents.Point array) =
        let ofField index =
            Array.zip Integrators.stepSizes errors[index]

        let noise = pairs (fun point -> point.Step / float point.Batch) noisy

        let steps = pairs _.Step stepped

        {
            Id = "convergence"
            Title = "Errors fall at the rates of their causes"
            PaperFigures = []
            Caption =
                "Left: error of M against the exact solution for steps of fixed size (circles, both right-hand sides of the simulator) and slope 8 (dashed). Middle: distance of minibatch descents from the flow over rate per pair, for three rates and three batches, every seed a circle, and slope 1/2. Right: distance of full-batch descents from the exact solution over the step, one line per seed, and slope 1."
            AlternativeText =
                "Three panels with logarithmic axes; the circles of the simulation follow dashed lines of slope 8, one half and 1."
            Panels =
                [
                    panel
                        "integrator"
                        "step κ h λ_{1}"
                        "relative error of M"
                        [
                            circles Integrators.fields[0] 0 (ofField 0)
                            { circles Integrators.fields[1] 1 (ofField 1) with
                                Mark = Circles 6.0
                            }
                            sloped "slope 8" 0 8.0 (ofField 0)
                        ]
                    panel
                        "minibatch noise"
                        "κ h λ_{1} over pairs of a sign"
                        "relative distance from the flow"
                        [ circles "minibatches" 2 noise; sloped "slope 1/2" 2 0.5 noise ]
                    panel
                        "finite steps"
                        "step κ h λ_{1}"
                        "relative distance from the flow"
                        [
                            circles "full batch" 3 steps
                            // One line per seed: how far a start goes wrong is its own, at what rate is not.
                            for n in 0 .. stepped[0].Distances.Length - 1 do
                                {
                                    Legend = None
                                    Colour = Some 3
                                    Mark = Line(Solid, 0.8)
                                    Points = stepped |> Array.map (fun point -> point.Step, point.Distances[n])
                                }

                            sloped "slope 1" 3 1.0 steps
                        ]
                ]
            Columns = 0
            Frames = []
            ColourNames = []
            Slider = false
            Command = "qwem reproduce"
        }

    /// Three theories over sigma, and the peak of alignment.
    let sigmas (sweep: SmallStarts.Sweep array) aligned peak =
        let points f =
            sweep |> Array.map (fun (one: SmallStarts.Sweep) -> one.Sigma, f one)

        let late f =
            points f |> Array.filter (fun (sigma, _) -> sigma <= 1e-8)

        {
            Id = "convergence-sigma"
            Title = "From ever smaller starts"
            PaperFigures = []
            Caption =
                "One seed. Left: largest distance of M from the simulated flow over a whole run, in units of the trained model, for Theorem 4.3 with λ_{k}(0) = σ^{2} (a) and with R_{kk}(0)^{2} (b), and for the exact solution (c); dashed, the slope 1 − λ_{j}/λ_{i} of the closest pair of modes. Right: largest R_{13}^{2} of a run in the simulation and the corrected Eq. (83) (dashed)."
            AlternativeText =
                "Left: (a) stays level, (b) falls along a dashed line as sigma shrinks, (c) stays at the integrator's accuracy. Right: circles on a straight dashed line."
            Panels =
                [
                    panel
                        "three theories against the flow"
                        "σ"
                        "largest distance of M"
                        [
                            circles "(a) λ_{k}(0) = σ^{2}" 1 (points _.Paper)
                            circles "(b) λ_{k}(0) = R_{kk}(0)^{2}" 2 (points _.Aligned)
                            sloped $"slope {Numbers.decimals 3 aligned}" 2 aligned (late _.Aligned)
                            circles "(c) exact" 0 (points _.Exact)
                        ]
                    panel
                        "alignment of modes 1 and 3"
                        "σ"
                        "largest R_{13}^{2}"
                        [
                            circles "flow (simulated)" 3 (points _.Peak)
                            {
                                Legend = Some $"corrected Eq. (83), slope {Numbers.decimals 3 (2.0 * peak)}"
                                Colour = Some 3
                                Mark = Line(Dashed, 1.5)
                                Points = points _.PredictedPeak
                            }
                        ]
                ]
            Columns = 0
            Frames = []
            ColourNames = []
            Slider = false
            Command = "qwem reproduce"
        }
