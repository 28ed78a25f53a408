namespace Qwem.Validation.Errata

open System
open Qwem.Sim.LinearAlgebra
open Qwem.Sim.Threading
open Qwem.Sim.Training
open Qwem.Theory
open Qwem.Validation
open Qwem.Validation.Errata.Samples

/// Errata of the training dynamics, against the simulated flow or the exact solution.
module DynamicsErrata =

    let private appendixClock team =
        // One word-like mode of W-dot = W(M* - W'W): beta = lambda/2 and A = 1/4 make the simulator's flow exactly that.
        let lambda, start = 1.0, 1e-8
        let predicted = float (AlignedSolution.HalfRiseTime(start, lambda))

        /// s^2 at a time in units of lambda/2, and the steps to it.
        let simulate time tolerance =
            let state = DenseMatrix(1, 1, [| sqrt start |])
            let field = EigenbasisField([| 0.5 * lambda |], 0.25, state, team)
            let integrator = FlowIntegrator(field, team)

            match integrator.Integrate(state, ReadOnlySpan [| time |], tolerance, 100_000, (fun _ _ -> ())) with
            | FlowOutcome.Completed ->
                state[0, 0] * state[0, 0] / (0.5 * lambda), float integrator.Statistics.AcceptedSteps
            | _ -> nan, nan

        let fine, steps = simulate predicted 1e-12
        let coarse, _ = simulate predicted 1e-11

        {
            Id = "appendix-clock"
            Metric = "relative distance of the simulated variance from λ/2 at the predicted half-rise time"
            Bound = abs (coarse - fine) + (16.0 * steps + 8.0 * lambda * predicted) * u
            Because =
                "integration: distance from a run with ten times the tolerance, whose error is about ten times as large; rounding: 16 u a step and 8 u of the exponent"
            Gap =
                fun reading ->
                    let variance =
                        match reading with
                        | Corrected -> fine
                        | AsPrinted -> fst (simulate (2.0 * predicted) 1e-12)

                    abs (variance - 1.0)
        }

    /// R(tau) of an exact solution.
    let private factorAt (solution: ExactSolution) clock =
        solution.At(Clock.KappaTime clock).EmbeddingsInEigenbasis()

    let private phi (lambda: float) (clock: float<etaTime>) =
        (exp (lambda * float clock) - 1.0) / lambda

    // A start whose entries are normally distributed, of a standard deviation.
    let private random seed d v deviation =
        Projection.OfRows(gaussian seed (d * v) |> Array.map (fun x -> deviation * x), d)

    let private alignmentPeak () =
        let lambda = [| 1.0; 0.7; -0.3 |]
        let sigma = 1e-8
        let variance, r = sigma * sigma, lambda[1] / lambda[0]
        // Upper-triangular start with unit ratios: R_12(0) = R_11(0) = R_22(0).
        let solution =
            ExactSolution(lambda, Projection.OfRows [| [| sigma; sigma; 0.0 |]; [| 0.0; sigma; 0.0 |] |])

        let square clock =
            (factorAt solution (clock * 1.0<etaTime>))[0, 1] ** 2.0

        let measured = lazy (square (Curves.argmin 1.0 120.0 (fun t -> -(square t))))

        let saturation =
            variance * phi lambda[1] (Alignment.PeakTime(lambda[0], lambda[1], variance))

        {
            Id = "alignment-peak"
            Metric = "relative error of the predicted peak of R_12^2, λ_2/λ_1 = 0.7, σ^2 = 1e-16"
            Bound = (3.0 - r) * saturation
            Because =
                "the exact law of two modes, R_12^2 = R_12^2(0) e^{λ_2 τ} / [(1 + x)((1 + R_11^2(0) φ_1)(1 + x) + y)] with x = R_22^2(0) φ_2, y = R_12^2(0) φ_2, against the same with x = y = 0: at most 2 x + (1 - r) y at the peak, here (3 - r) σ^2 φ_2"
            Gap =
                fun reading ->
                    let predicted =
                        match reading with
                        | Corrected -> Alignment.CorrectedPeak(lambda[0], lambda[1], variance, variance)
                        | AsPrinted -> Alignment.PaperPeak(lambda[0], lambda[1], variance)

                    abs (measured.Value / predicted - 1.0)
        }

    let private triangular () =
        let size, d = 12, 4
        let lambda = Array.init size (fun k -> 2.0 * 0.75 ** float k - 0.4)

        let solution = ExactSolution(lambda, random 5UL d size 0.05)
        let state = solution.At 1.5<kappaTime>
        let gap = Alignment.Gap state

        {
            Id = "triangular-singular-values"
            Metric =
                "by how much singular values are farther from the diagonal of R than the reading allows, relative to the largest of them"
            Bound = 8.0 * float size * u
            Because = "rounding of the factorisations on both sides, 8 V u"
            Gap =
                fun reading ->
                    let allowed =
                        match reading with
                        | Corrected -> gap.OffDiagonalNorm
                        | AsPrinted -> 0.0

                    max 0.0 (gap.SingularValueGap - allowed) / state.SingularValues()[0]
        }

    let private initialCondition () =
        let size, d = 14, 3

        let lambda =
            Array.init size (fun k -> if k < d then 3.0 - float k else 0.5 - 0.1 * float k)

        let solution = ExactSolution(lambda, random 7UL d size 1e-6)
        let start = factorAt solution 0.0<etaTime>
        let rises = Array.init d (fun k -> HalfRiseLaw.Of(lambda, start, k))

        /// Clock time at which s_k^2 passes lambda_k / 2, by bisection.
        let measured =
            Array.init d (fun k ->
                let above clock =
                    (solution.At(Clock.KappaTime clock).SingularValues()[k]) ** 2.0 > 0.5 * lambda[k]

                let rec narrow (low: float<etaTime>) (high: float<etaTime>) count =
                    let middle = 0.5 * (low + high)

                    if count = 0 then middle
                    elif above middle then narrow low middle (count - 1)
                    else narrow middle high (count - 1)

                narrow 0.0<etaTime> (2.0 * rises[k].AlignedTime) 60)

        let allowed (rise: HalfRise) =
            -log(1.0 - 2.0 * rise.Terms) + rise.Neglected

        {
            Id = "initial-condition"
            Metric =
                "largest error of a half-rise time in units of 1/λ_k, the width of the step, over the mode's own bound; σ^2 = 3e-12"
            Bound = 1.0
            Because =
                "per mode: -ln(1 - 2 η_k) and the order of what that neglects, where η_k is the relative change of s_k^2 at half height by the start's misalignment, all terms added (derivations 6.7), here 4e-10 to 2e-4"
            Gap =
                fun reading ->
                    let from =
                        match reading with
                        | Corrected -> solution.RDiagonalSquared()
                        | AsPrinted -> solution.At(0.0<kappaTime>).SingularValues() |> Array.map (fun s -> s * s)

                    Seq.init d (fun k ->
                        let aligned = Clock.EtaTime(AlignedSolution.HalfRiseTime(from[k], lambda[k]))
                        lambda[k] * float (abs (aligned - measured[k])) / allowed rises[k])
                    |> Curves.worst
        }

    let private columnsBeyondD () =
        let lambda, d, sigma = [| 1.0; 0.7; 0.42; 0.2; 0.1; -0.3 |], 3, 1e-8
        let factor = factorAt (ExactSolution(lambda, random 2UL d lambda.Length sigma))
        // The last row and the first column beyond it.
        let row, column = d - 1, d
        let start = factor 0.0<etaTime>
        let variance, off = start[row, row] ** 2.0, start[row, column] ** 2.0
        let clock = 3.0 * Alignment.PeakTime(lambda[row], lambda[column], variance)
        let measured = (factor clock)[row, column] ** 2.0

        {
            Id = "columns-beyond-d"
            Metric = "relative error of R_34^2 at three times the time of its peak, d = 3, σ^2 = 1e-16"
            Bound = 64.0 * u * lambda[row] * float clock
            Because =
                "rounding of 64 operations on exponents up to λ_d tau: in the last row the law is exact but for exp(-(λ_d - λ_j) tau) = 1e-24"
            Gap =
                fun reading ->
                    // No R_44: its variance is 0. As printed, a factor of lambda_j as if there were a fourth row like the third.
                    let beyond = if reading = Corrected then 0.0 else variance

                    abs (
                        Alignment.OffDiagonalSquare(lambda[row], lambda[column], variance, beyond, off, clock)
                        / measured
                        - 1.0
                    )
        }

    let private modesBetween () =
        let lambda, d, sigma, clock = [| 1.0; 0.6; 0.2; 0.1 |], 3, 1e-10, 120.0<etaTime>
        let factor = factorAt (ExactSolution(lambda, random 19UL d lambda.Length sigma))
        let start = factor 0.0<etaTime>
        let r i j = start[i - 1, j - 1]
        let measured = (factor clock)[0, 2] ** 2.0
        let passed = r 1 2 * r 2 3 / r 2 2
        // What is not yet learned of mode 2, and what is learned of the modes behind it.
        let missing = 1.0 / (1.0 + r 2 2 ** 2.0 * phi lambda[1] clock)

        let learned =
            (r 2 3 ** 2.0 + r 3 3 ** 2.0) * phi lambda[2] clock
            + (r 2 4 ** 2.0 + r 3 4 ** 2.0) * phi lambda[3] clock

        {
            Id = "modes-between"
            Metric =
                "relative error of R_13^2 after mode 2 is learned and before mode 3, λ = 1, 0.6, 0.2, 0.1, σ^2 = 1e-20"
            Bound =
                2.0 * missing * abs (passed / (r 1 3 - passed))
                + 2.0 * learned
                + 64.0 * u * lambda[0] * float clock
            Because =
                "mode 2 passes on all but a share 1 / (1 + R_22^2(0) φ_2) of R_12 R_23 / R_22; the modes behind it act back by sums of R_kj^2(0) φ_j; rounding of 64 operations on exponents up to λ_1 τ"
            Gap =
                fun reading ->
                    let entry =
                        match reading with
                        | Corrected -> r 1 3 - passed
                        | AsPrinted -> r 1 3

                    abs (
                        Alignment.OffDiagonalSquare(
                            lambda[0],
                            lambda[2],
                            r 1 1 ** 2.0,
                            r 3 3 ** 2.0,
                            entry * entry,
                            clock
                        )
                        / measured
                        - 1.0
                    )
        }

    let all (team: WorkerTeam) : Measurement list =
        [
            appendixClock team
            alignmentPeak ()
            triangular ()
            initialCondition ()
            columnsBeyondD ()
            modesBetween ()
        ]
