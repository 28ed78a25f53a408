namespace Qwem.Validation.Convergence

open System
open Qwem.Sim.LinearAlgebra
open Qwem.Sim.Training
open Qwem.Theory
open Qwem.Validation
open Qwem.Validation.Limits

/// Three theories against the flow from ever smaller starts.
module SmallStarts =

    /// Largest distances over a run, in units of the trained model's norm.
    type Sweep =
        {
            Sigma: float
            /// (a) Theorem 4.3 with lambda_k(0) = sigma^2, (b) with R_kk(0)^2, (c) the exact solution.
            Paper: float
            Aligned: float
            Exact: float
            /// What integration and rounding may add to the last one.
            ExactBound: float
            /// max over t of R_13^2 in the simulation, and as predicted to leading order.
            Peak: float
            PredictedPeak: float
            /// Squared peaks of all other entries of M off its diagonal over that of the closest pair, to leading order.
            OtherPairs: float
        }

    let private tolerance, coarser = 1e-11, 64.0

    let sigmas (problem: Problem) =
        Array.init (if problem.Setting.IsSmoke then 6 else 12) (fun n -> Qwem.Reports.Numbers.pow10 (-2 * (n + 1)))

    /// Mode pair whose alignment is followed: the first and the third, far enough apart that r and 1 - r differ.
    let private first, private third = 0, 2

    /// r of that pair.
    let ratio (problem: Problem) =
        problem.Eigenvalues[third] / problem.Eigenvalues[first]

    /// The largest r of any learned mode and a later one: the pair that holds theory (b) back longest.
    let closest (problem: Problem) =
        Seq.init problem.Dimension (fun k -> problem.Eigenvalues[k + 1] / problem.Eigenvalues[k])
        |> Seq.max

    // Peak of M_ij^2 = R_ii^2 R_ij^2 for every learned mode i and later mode j: R_ij peaks where R_ii^2 is lambda_j (section 6).
    let private otherPairs (problem: Problem) (factor: DenseMatrix) =
        let lambda = problem.Eigenvalues

        let entries =
            [
                for i in 0 .. problem.Dimension - 1 do
                    for j in i + 1 .. lambda.Length - 1 do
                        if lambda[j] > 0.0 then
                            let peak =
                                Alignment.CorrectedPeak(lambda[i], lambda[j], factor[i, i] ** 2.0, factor[i, j] ** 2.0)

                            lambda[j] / lambda[i], lambda[j] * peak
            ]

        let closest = entries |> List.maxBy fst |> snd
        (List.sumBy snd entries - closest) / closest

    // Records of the time when only the first mode rises.
    let private early = 300

    /// kappa lambda_1 t of the records: dense while the first mode rises, then through the last rise.
    let private records (problem: Problem) sigma =
        let rise = 0.5 * Math.Log(problem.Eigenvalues[0] / (sigma * sigma))
        let knee = 1.5 * rise

        let last =
            1.3 * rise * problem.Eigenvalues[0] / problem.Eigenvalues[problem.Dimension - 1]

        let late = 200

        Array.append
            (Array.init early (fun i -> knee * float (i + 1) / float early))
            (Array.init late (fun i -> knee + (last - knee) * float (i + 1) / float late))

    let private flow (problem: Problem) (modes: DenseMatrix) (times: float array) tolerance =
        let team = problem.Setting.Team

        let field =
            EigenbasisField(problem.Basis.Eigenvalues, problem.Objective.ConstantQuadratic.Value, modes, team)

        let states = Array.zeroCreate<float array> times.Length

        let outcome =
            FlowIntegrator(field, team)
                .Integrate(
                    Problem.copy modes,
                    ReadOnlySpan times,
                    tolerance,
                    100_000,
                    (fun index state -> states[index] <- Problem.gram problem state),
                    problem.Setting.Cancellation
                )

        if outcome <> FlowOutcome.Completed then
            raise (ArithmeticException $"The flow from a small start ended with {outcome}.")

        states

    let private worstDistance (problem: Problem) (a: float array array) b =
        Array.map2 Prediction.distance a b
        |> Curves.worst
        |> (fun x -> x / Problem.size problem)

    // The largest value of a sampled hump, by a parabola through the logarithms of the three highest samples.
    let private peak (values: float array) =
        let at = Seq.init values.Length id |> Seq.maxBy (fun i -> values[i])

        if at = 0 || at = values.Length - 1 then
            values[at]
        else
            let before, here, after =
                Math.Log values[at - 1], Math.Log values[at], Math.Log values[at + 1]

            let slope, bend = 0.5 * (after - before), after - 2.0 * here + before
            Math.Exp(here - 0.5 * slope * slope / bend)

    /// One run with everything theory says about it.
    let private measure (problem: Problem) sigma seed =
        let v = Problem.vocabularySize problem
        let lambda = problem.Eigenvalues
        let modes = Problem.toModes problem (Problem.start problem sigma seed)
        let clock = records problem sigma
        let times = clock |> Array.map (fun t -> t / (problem.Kappa * lambda[0]))
        let measured = flow problem modes times tolerance
        let coarse = flow problem modes times (coarser * tolerance)
        let solution = Problem.exact problem modes

        let along f =
            clock |> Array.map (fun t -> f (t / lambda[0]))

        let aligned (variances: float array) kappaTime =
            let model = Array.zeroCreate<float>(v * v)

            for k in 0 .. problem.Dimension - 1 do
                model[k * v + k] <- AlignedSolution.Variance(variances[k], lambda[k], kappaTime)

            model

        let factor =
            DenseMatrix(problem.Dimension, v, solution.At(0.0).EmbeddingsInEigenbasis())

        let rounding =
            4.0 * float v * Tolerance.unitRoundoff * 2.0 * clock[clock.Length - 1]

        {
            Sigma = sigma
            Paper = worstDistance problem (along (aligned (Array.create problem.Dimension (sigma * sigma)))) measured
            Aligned = worstDistance problem (along (aligned (solution.RDiagonalSquared()))) measured
            Exact = worstDistance problem (along (Problem.exactModel problem solution)) measured
            ExactBound = worstDistance problem coarse measured + rounding
            // The first row of the triangular factor: R_1j = M_1j / sqrt(M_11). Later both modes are of order 1, and the rounding of
            // their product, 1e-16, hides what is left of it.
            Peak =
                measured[.. early - 1]
                |> Array.map (fun m -> m[third] * m[third] / m[first])
                |> peak
            PredictedPeak =
                Alignment.CorrectedPeak(
                    lambda[first],
                    lambda[third],
                    factor[first, first] ** 2.0,
                    factor[first, third] ** 2.0
                )
            OtherPairs = otherPairs problem factor
        }

    /// Every sigma for every seed: one array per seed.
    let run (problem: Problem) =
        problem.Seeds
        |> Array.mapi (fun n seed ->
            problem.Setting.Progress.Invoke("convergence: small starts", float n / float problem.Seeds.Length)
            sigmas problem |> Array.map (fun sigma -> measure problem sigma seed))

    /// Slope of a property over sigma, seed by seed, over starts of at most a size.
    let slope largest (property: Sweep -> float) (sweeps: Sweep array array) =
        sweeps
        |> Array.map (fun sweep ->
            sweep
            |> Seq.filter (fun one -> one.Sigma <= largest)
            |> Seq.map (fun one -> one.Sigma, property one)
            |> Slope.fit)
        |> Slope.ofSeeds
