/// The figures of claim convergence.
module Qwem.Validation.Claims.ConvergenceFigures

open Qwem.Reports
open Qwem.Validation.Drawing

let private circles legend colour points =
    series (Some legend) (Some colour) (Circles 3.5) points

/// A dashed line of a slope through the geometric middle of some points.
let private sloped legend colour slope (points: (float * float) array) =
    let middle f =
        exp (points |> Array.averageBy (fun point -> log (f point)))

    let mx, my = middle fst, middle snd

    let ends =
        [| Array.map fst points |> Array.min; Array.map fst points |> Array.max |]

    let line = ends |> Array.map (fun x -> x, my * (x / mx) ** slope)
    series (Some legend) (Some colour) (Line(Dashed, 1.5)) line

let private drawn title x y =
    panel title (logarithmic x None) (logarithmic y None)

/// Errors of the integrators over the step, by field; of noisy descents over rate per pair; of full-batch descents over the step, by seed.
let orders (fields: string array) (errors: (float * float) array array) noise (seeds: (float * float) array list) =
    let steps = Array.concat seeds

    figure
        "convergence"
        "Errors fall at the rates of their causes"
        []
        "Left: error of M against the exact solution for steps of fixed size (circles, both right-hand sides of the simulator) and slope 8 (dashed). Middle: distance of minibatch descents from the flow over rate per pair, for three rates and three batches, every seed a circle, and slope 1/2. Right: distance of full-batch descents from the exact solution over the step, one line per seed, and slope 1."
        "Three panels with logarithmic axes; the circles of the simulation follow dashed lines of slope 8, one half and 1."
        0
        []
        [
            drawn
                "integrator"
                "step κ h λ_{1}"
                "relative error of M"
                [
                    circles fields[0] 0 errors[0]
                    { circles fields[1] 1 errors[1] with
                        Mark = Circles 6.0
                    }
                    sloped "slope 8" 0 8.0 errors[0]
                ]
            drawn
                "minibatch noise"
                "κ h λ_{1} over pairs of a sign"
                "relative distance from the flow"
                [ circles "minibatches" 2 noise; sloped "slope 1/2" 2 0.5 noise ]
            drawn
                "finite steps"
                "step κ h λ_{1}"
                "relative distance from the flow"
                [
                    circles "full batch" 3 steps
                    // One line per seed: how far a start goes wrong is its own, at what rate is not.
                    for points in seeds do
                        series None (Some 3) (Line(Solid, 0.8)) points

                    sloped "slope 1" 3 1.0 steps
                ]
        ]

/// Points over sigma of one seed.
type SigmaPoints =
    {
        /// Largest distance from the flow of Theorem 4.3 with sigma^2, and with R_kk(0)^2, and of the exact solution.
        Paper: (float * float) array
        Aligned: (float * float) array
        Exact: (float * float) array
        /// Largest R_13^2, measured and predicted.
        Peaks: (float * float) array
        Predicted: (float * float) array
    }

/// Three theories over sigma, and the peak of alignment; the exponents in sigma and in sigma^2.
let sigmas points smallSigma approached peak =
    figure
        "convergence-sigma"
        "From ever smaller starts"
        []
        "One seed. Left: largest distance of M from the simulated flow over a whole run, in units of the trained model, for Theorem 4.3 with λ_{k}(0) = σ^{2} (a) and with R_{kk}(0)^{2} (b), and for the exact solution (c); dashed, the slope 1 − λ_{j}/λ_{i} of the closest pair of modes. Right: largest R_{13}^{2} of a run in the simulation and the corrected Eq. (83) (dashed)."
        "Left: (a) stays level, (b) falls along a dashed line as sigma shrinks, (c) stays at the integrator's accuracy. Right: circles on a straight dashed line."
        0
        []
        [
            drawn
                "three theories against the flow"
                "σ"
                "largest distance of M"
                [
                    circles "(a) λ_{k}(0) = σ^{2}" 1 points.Paper
                    circles "(b) λ_{k}(0) = R_{kk}(0)^{2}" 2 points.Aligned
                    points.Aligned
                    |> Array.filter (fun (sigma, _) -> sigma <= smallSigma)
                    |> sloped $"slope {Numbers.decimals 3 approached}" 2 approached
                    circles "(c) exact" 0 points.Exact
                ]
            drawn
                "alignment of modes 1 and 3"
                "σ"
                "largest R_{13}^{2}"
                [
                    circles "flow (simulated)" 3 points.Peaks
                    series
                        (Some $"corrected Eq. (83), slope {Numbers.decimals 3 (2.0 * peak)}")
                        (Some 3)
                        (Line(Dashed, 1.5))
                        points.Predicted
                ]
        ]
