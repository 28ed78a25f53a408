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
        let lambda, start, tolerance = 1.0, 1e-8, 1e-12

        {
            Id = "appendix-clock"
            Metric = "relative distance of the simulated variance from λ/2 at the predicted half-rise time"
            Bound = 1e-8
            Because =
                "integration: at most a few hundred steps of 1e-12 each, times the slope of the rise at half height, at most ln(λ/λ_0)"
            Gap =
                fun reading ->
                    let predicted = AlignedSolution.HalfRiseTime(start, lambda)
                    let time = if reading = Corrected then predicted else 2.0 * predicted
                    let state = DenseMatrix(1, 1, [| sqrt start |])
                    let field = EigenbasisField([| 0.5 * lambda |], 0.25, state, team)

                    let outcome =
                        FlowIntegrator(field, team)
                            .Integrate(state, ReadOnlySpan [| time |], tolerance, 100_000, (fun _ _ -> ()))

                    if outcome <> FlowOutcome.Completed then
                        nan
                    else
                        abs (state[0, 0] * state[0, 0] / (0.5 * lambda) - 1.0)
        }

    let private alignmentPeak () =
        let lambda = [| 1.0; 0.7; -0.3 |]
        let sigma = 1e-8
        // Upper-triangular start with unit ratios: R_12(0) = R_11(0).
        let start = [| sigma; sigma; 0.0; 0.0; sigma; 0.0 |]
        let solution = ExactSolution(lambda, start)

        let square time =
            (solution.At(time).EmbeddingsInEigenbasis()[1]) ** 2.0

        let measured = lazy (square (Curves.argmin 1.0 60.0 (fun t -> -(square t))))

        {
            Id = "alignment-peak"
            Metric = "relative error of the predicted peak of R_12^2, λ_2/λ_1 = 0.7, σ^2 = 1e-16"
            Bound = 0.01
            Because =
                "leading order: corrections are of relative order σ^{2 (1 - r)} = 1.6e-5; 1% leaves room for constants and is far below the printed form's error"
            Gap =
                fun reading ->
                    let predicted =
                        match reading with
                        | Corrected -> Alignment.CorrectedPeak(lambda[0], lambda[1], sigma * sigma, sigma * sigma)
                        | AsPrinted -> Alignment.PaperPeak(lambda[0], lambda[1], sigma * sigma)

                    abs (measured.Value / predicted - 1.0)
        }

    let private triangular () =
        let size, d = 12, 4
        let lambda = Array.init size (fun k -> 2.0 * 0.75 ** float k - 0.4)

        let solution =
            ExactSolution(lambda, gaussian 5UL (d * size) |> Array.map (fun x -> 0.05 * x))

        let gap = Alignment.Gap(solution.At 1.5)

        {
            Id = "triangular-singular-values"
            Metric = "difference of singular values and the diagonal of R, in units of what the reading allows"
            Bound = 1.0
            Because = "corrected: the norm of the off-diagonal part; as printed: rounding, 8 V u times the norm"
            Gap =
                fun reading ->
                    match reading with
                    | Corrected -> gap.SingularValueGap / gap.OffDiagonalNorm
                    | AsPrinted -> gap.SingularValueGap / (8.0 * float size * u)
        }

    let private initialCondition () =
        let size, d = 14, 3

        let lambda =
            Array.init size (fun k -> if k < d then 3.0 - float k else 0.5 - 0.1 * float k)

        let shape = gaussian 7UL (d * size)
        let times = Curves.logSpaced 0.1 40.0 600

        let error sigma reading =
            let solution = ExactSolution(lambda, shape |> Array.map (fun x -> sigma * x))

            let start =
                match reading with
                | Corrected -> solution.RDiagonalSquared()
                | AsPrinted -> solution.At(0.0).SingularValues() |> Array.map (fun s -> s * s)

            times
            |> Seq.map (fun t ->
                let exact = solution.At(t).SingularValues()

                Seq.init d (fun k -> abs (exact[k] - AlignedSolution.SingularValue(start[k], lambda[k], t)))
                |> Curves.worst)
            |> Curves.worst

        {
            Id = "initial-condition"
            Metric = "error of all singular values over the run at σ = 1e-6, relative to the same at σ = 1e-2"
            Bound = 0.1
            Because =
                "an error that vanishes like σ^{2 (1 - r)/2} with r at most 2/3 falls at least 20 times over four decades; a fixed shift in time does not fall"
            Gap = fun reading -> error 1e-6 reading / error 1e-2 reading
        }

    let private columnsBeyondD () =
        let lambda, d, sigma = [| 1.0; 0.7; 0.42; 0.2; 0.1; -0.3 |], 3, 1e-8
        let v = lambda.Length

        let solution =
            ExactSolution(lambda, gaussian 2UL (d * v) |> Array.map (fun x -> sigma * x))

        let factor clock =
            solution.At(Alignment.KappaTime clock).EmbeddingsInEigenbasis()
        // The last row and the first column beyond it.
        let row, column = d - 1, d
        let start = factor 0.0
        let variance, off = start[row * v + row] ** 2.0, start[row * v + column] ** 2.0
        let clock = 3.0 * Alignment.PeakTime(lambda[row], lambda[column], variance)
        let measured = (factor clock)[row * v + column] ** 2.0

        {
            Id = "columns-beyond-d"
            Metric = "relative error of R_34^2 at three times the time of its peak, d = 3, σ^2 = 1e-16"
            Bound = 64.0 * u * lambda[row] * clock
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

    let all (team: WorkerTeam) : Measurement list =
        [
            appendixClock team
            alignmentPeak ()
            triangular ()
            initialCondition ()
            columnsBeyondD ()
        ]
