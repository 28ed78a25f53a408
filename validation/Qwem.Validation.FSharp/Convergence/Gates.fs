namespace Qwem.Validation.Convergence

open System
open Qwem.Reports
open Qwem.Validation

/// Everything that experiment convergence measures.
type ConvergenceEvidence =
    {
        Problem: Problem
        /// Errors of the integrators, one array per right-hand side.
        Errors: float array array
        InRate: Descents.Point array
        InBatch: Descents.Point array
        Stepped: Descents.Point array
        /// One array per seed.
        Sweeps: SmallStarts.Sweep array array
    }

/// Gates on slopes: each compares the exponent that theory believes in with the interval of the measured one.
module Gates =

    let private correct = ConvergenceBelief.correct

    /// From here on theory (b) is close enough to be told by its closest pair.
    let smallSigma = 1e-8

    let orders (evidence: ConvergenceEvidence) = Integrators.orders evidence.Errors
    let noiseInRate (evidence: ConvergenceEvidence) = Descents.slope _.Step evidence.InRate

    let noiseInBatch (evidence: ConvergenceEvidence) =
        Descents.slope (fun point -> float point.Batch) evidence.InBatch

    let stepInRate (evidence: ConvergenceEvidence) = Descents.slope _.Step evidence.Stepped

    /// Exponent in sigma^2 of the peak of R_13^2.
    let peakExponent (evidence: ConvergenceEvidence) =
        let slope = SmallStarts.slope infinity _.Peak evidence.Sweeps

        {
            Mean = 0.5 * slope.Mean
            HalfWidth = 0.5 * slope.HalfWidth
        }

    /// Exponent in sigma of the distance of theory (b).
    let alignedExponent (evidence: ConvergenceEvidence) =
        SmallStarts.slope smallSigma _.Aligned evidence.Sweeps

    let private gate name claim metric bound because gap (mutations: ConvergenceBelief list) =
        OldGate.evaluate
            correct
            {
                Id = $"convergence/{name}"
                Claim = claim
                Metric = metric
                Tolerance = { Bound = bound; Because = because }
                Gap = gap
                Mutations = OldGate.mutations mutations
            }

    let private slopeGate name claim (slope: Slope) bias because (expected: ConvergenceBelief -> float) mutations =
        gate
            name
            claim
            "distance of the mean slope of the logarithms over the seeds from the exponent"
            (slope.HalfWidth + bias)
            $"half of the 99.9 %% interval of the mean by Student's distribution, %.1e{slope.HalfWidth}; {because}, %.1e{bias}"
            (fun (belief: ConvergenceBelief) -> abs (slope.Mean - expected belief))
            mutations

    let private integrators (evidence: ConvergenceEvidence) =
        let measured = orders evidence

        gate
            "integrator-order"
            "The simulator's integrator with steps of fixed size converges to the exact solution with order 8, in the eigenbasis and in the words."
            "largest distance of an observed order (slope of the logarithms) from the order of the method"
            (Integrators.bound evidence.Problem evidence.Errors)
            "the term of the next order is at most z = 2 kappa lambda_1 h of the leading one at the largest step, so it moves the slope by ln(1 + z) over the logarithm of the range of steps; rounding adds its share to the smallest error"
            (fun (belief: ConvergenceBelief) ->
                measured |> Seq.map (fun order -> abs (order - belief.Order)) |> Curves.worst)
            [
                { correct with
                    Name = "order 7"
                    Order = 7.0
                }
                { correct with
                    Name = "order 9"
                    Order = 9.0
                }
            ]

    let private descents (evidence: ConvergenceEvidence) =
        let inRate, inBatch, stepped =
            noiseInRate evidence, noiseInBatch evidence, stepInRate evidence

        let noise =
            "finite step and second order of the noise, z / 4 and the square of the largest distance over the logarithm of the range"

        [
            slopeGate
                "noise-rate"
                "Where minibatch noise rules, the distance of stochastic gradient descent from the flow grows like the root of the learning rate."
                inRate
                (Descents.noisyBias _.Step evidence.InRate)
                noise
                _.NoiseInRate
                [
                    { correct with
                        Name = "noise proportional to the rate"
                        NoiseInRate = 1.0
                    }
                    { correct with
                        Name = "noise independent of the rate"
                        NoiseInRate = 0.0
                    }
                ]
            slopeGate
                "noise-batch"
                "It falls like the root of the batch."
                inBatch
                (Descents.noisyBias (fun point -> float point.Batch) evidence.InBatch)
                noise
                _.NoiseInBatch
                [
                    { correct with
                        Name = "noise inversely proportional to the batch"
                        NoiseInBatch = -1.0
                    }
                    { correct with
                        Name = "noise independent of the batch"
                        NoiseInBatch = 0.0
                    }
                ]
            slopeGate
                "step-rate"
                "Where finite steps rule, the distance of gradient descent from the exact solution is proportional to the learning rate."
                stepped
                (Descents.steppedBias evidence.Stepped)
                "second order in the step z: 2 z / 3 and n z^2 / 4 of the leading one, over the logarithm of the range"
                _.StepInRate
                [
                    { correct with
                        Name = "distance like the root of the rate"
                        StepInRate = 0.5
                    }
                    { correct with
                        Name = "distance like the square of the rate"
                        StepInRate = 2.0
                    }
                ]
        ]

    let private smallStarts (evidence: ConvergenceEvidence) =
        let sweeps = Array.concat evidence.Sweeps
        let problem = evidence.Problem
        let sigmas = SmallStarts.sigmas problem
        let lambda = problem.Eigenvalues

        let exponent = peakExponent evidence
        let aligned = alignedExponent evidence

        let late = sweeps |> Array.filter (fun one -> one.Sigma <= smallSigma)

        let lateRange = Math.Log(smallSigma / Array.min sigmas)

        let starting =
            late
            |> Array.filter (fun one -> one.Sigma = (late |> Array.map _.Sigma |> Array.max))

        let wrongExponent =
            [
                { correct with
                    Name = "exponent r for 1 - r"
                    PeakExponent = id
                }
                { correct with
                    Name = "sigma taken for its square"
                    PeakExponent = fun r -> 0.5 * (1.0 - r)
                }
            ]

        let exact =
            {
                Id = "convergence/sigma-exact"
                Claim =
                    $"The exact solution is at the integrator's accuracy for every start from sigma = {Array.max sigmas:g} to {Array.min sigmas:g}."
                Metric = "largest distance of M over a run, in units of its bound, the worst start"
                Tolerance =
                    {
                        Bound = 1.0
                        Because =
                            "each run's bound: the largest such distance from a flow with a 64 times larger tolerance, and for rounding 4 V u times the largest exponent 2 kappa lambda_1 t"
                    }
                Gap =
                    (fun (theory: SmallStarts.Sweep -> float) ->
                        sweeps |> Seq.map (fun one -> theory one / one.ExactBound) |> Curves.worst)
                Mutations =
                    [
                        "Theorem 4.3 with sigma^2 taken as exact", _.Paper
                        "Theorem 4.3 with R_kk(0)^2 taken as exact", _.Aligned
                    ]
            }

        [
            OldGate.evaluate (fun (one: SmallStarts.Sweep) -> one.Exact) exact
            slopeGate
                "sigma-peak"
                "The off-diagonal entry R_{13} of the flow's triangular factor peaks at a height R_{13}^{2} ~ σ^{2(1 − r)}, r = λ_{3}/λ_{1}."
                exponent
                ((Array.max sigmas ** (2.0 * (1.0 - lambda[1] / lambda[0])))
                 / (2.0 * Math.Log(Array.max sigmas / Array.min sigmas)))
                "the next order of the law, (sigma^2)^{1 - lambda_2/lambda_1} at the largest sigma, over the logarithm of the range of sigma^2"
                (fun (belief: ConvergenceBelief) -> belief.PeakExponent(SmallStarts.ratio problem))
                wrongExponent
            slopeGate
                "sigma-aligned"
                "Theorem 4.3 with λ_{k}(0) = R_{kk}(0)^{2} approaches the flow like σ^{1 − r}, r the largest ratio of neighbouring eigenvalues."
                aligned
                (((late |> Array.map _.Aligned |> Array.max)
                  + 0.5 * (starting |> Array.averageBy (fun one -> Math.Log(1.0 + one.OtherPairs))))
                 / lateRange)
                "next order, the largest distance itself, and what all other pairs of modes add to the closest one at the largest sigma, over the logarithm of the range"
                (fun (belief: ConvergenceBelief) -> belief.PeakExponent(SmallStarts.closest problem))
                wrongExponent
        ]

    /// All verdicts.
    let verdicts (evidence: ConvergenceEvidence) =
        integrators evidence :: descents evidence @ smallStarts evidence
