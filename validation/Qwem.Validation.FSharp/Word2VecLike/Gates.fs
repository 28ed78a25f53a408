namespace Qwem.Validation.Word2VecLike

open System
open Qwem.Validation
open Qwem.Validation.Flows

/// What the theory side takes to be true.
type Belief =
    {
        /// Whether P_ii is replaced by P_i^2.
        SelfPairsNeutral: bool
        /// kappa / g.
        KappaFactor: float
        /// What sigma^2 is multiplied by.
        InitialVarianceFactor: float
        /// Power of lambda_k that is a singular value's plateau.
        PlateauPower: float
        /// Speed of SGNS near the origin, that of QWEM being 1.
        SkipGramSpeed: float
    }

module Belief =

    let correct =
        {
            SelfPairsNeutral = true
            KappaFactor = 4.0
            InitialVarianceFactor = 1.0
            PlateauPower = 0.5
            SkipGramSpeed = 0.5
        }

module Gates =

    let private kappaDoubled =
        "kappa twice too large",
        { Belief.correct with
            KappaFactor = 8.0
        }

    let private selfPairsKept =
        "self-pairs kept",
        { Belief.correct with
            SelfPairsNeutral = false
        }

    let private firstHalfRise (theory: ExactTheory) times (values: float array array) =
        Curves.halfRiseTime theory.Eigenvalues[0] times (values |> Array.map Array.head)

    /// The exact solution at every kept record, for each scale of the start.
    let gram (theoryOf: Belief -> ScaleRuns -> ExactTheory) (scale: ScaleRuns) team : Gate<Belief> =
        {
            Id = "word2vec-like/qwem-gram-" + (if scale.Sigma > 1e-3 then "large" else "small")
            Claim =
                $"QWEM from σ = %g{scale.Sigma} is the exact solution, before, during and after its steps: the Gram matrix agrees at every record compared."
            Metric = "largest relative error of M over the records, Frobenius norm"
            Tolerance = ExactTheory.gramTolerance scale.Theory scale.Fine scale.Coarse team
            Gap = (fun belief -> ExactTheory.gramError (theoryOf belief scale) scale.Fine team)
            Mutations = [ kappaDoubled; selfPairsKept ]
        }

    /// QWEM's steps at tau_k, from the small start.
    let stepTimes (theoryOf: Belief -> ScaleRuns -> ExactTheory) (small: ScaleRuns) : Gate<Belief> =
        let modes, error = Bounds.stepTimeError small.Theory small.Fine
        let d = small.Theory.Exact.EmbeddingDimension

        Bounds.stepTimeGate
            "word2vec-like/qwem-step-times"
            $"From a small start QWEM's singular values rise at τ_{{k}} = ln(λ_{{k}}/σ²)/(2κλ_{{k}}) ({modes.Length} of {d} modes within the records)."
            (fun belief ->
                let theory = theoryOf belief small

                error (
                    ExactTheory.realisation
                        { theory with
                            Variance = theory.Variance * belief.InitialVarianceFactor
                        }
                ))
            [
                kappaDoubled
                "sigma^2/d taken for sigma^2",
                { Belief.correct with
                    InitialVarianceFactor = 1.0 / float d
                }
            ]

    /// QWEM's plateaus, from the small start.
    let plateaus (theoryOf: Belief -> ScaleRuns -> ExactTheory) (small: ScaleRuns) : Gate<Belief> =
        let modes, error = Bounds.plateauError small.Theory small.Fine small.Coarse

        Bounds.plateauGate
            "word2vec-like/qwem-plateaus"
            $"QWEM's singular values come to rest at √λ_{{k}} ({modes.Length} of {small.Theory.Exact.EmbeddingDimension} modes have had the time)."
            (fun belief ->
                let lambda = (theoryOf belief small).Eigenvalues
                error (fun k -> lambda[k] ** belief.PlateauPower))
            [
                "plateau at λ_{k} instead of its root",
                { Belief.correct with
                    PlateauPower = 1.0
                }
                selfPairsKept
            ]

    /// Time of the first half-rise of SGNS over that of QWEM.
    let clockRatio (small: ScaleRuns) (run: HalfClockRun) =
        firstHalfRise small.Theory run.Times run.SingularValues
        / firstHalfRise small.Theory small.Fine.Times small.Fine.SingularValues

    /// How much earlier than at twice QWEM's time SGNS can reach half of the plateau's square, relative to that time. On the
    /// clock on which both start alike SGNS pulls with 2 tanh(M/2) where QWEM pulls with M, and 0 <= m - 2 tanh(m/2) <= m^3/12 for
    /// m >= 0 (the derivative of |r| <= x^4/192). With M = mu vv' during the first rise, mu' = mu (lambda - mu + e) with
    /// 0 <= e <= mu^3 q^2/12, q = sum v_i^4. To the half-rise that saves at most the integral of e / (mu (lambda - mu)^2), which is
    /// q^2 lambda (3/2 - 2 ln 2)/12; letting v turn adds |e v|^2/(lambda_1 - lambda_2) to the rate, |e v|^2 <= mu^6 q^2 sum v_i^6/144,
    /// and the integral of x^5/(1 - x)^2 from 0 to 1/2 is below 1/80. All in units of the time ln(lambda/R_11(0)^2)/lambda.
    let skipGramLead (theory: ExactTheory) =
        let lambda = theory.Eigenvalues
        let v = theory.Eigenvectors.Row(0).ToArray()
        let power n = v |> Array.sumBy (fun x -> pown x n)
        let q = power 4
        let frozen = q * q * lambda[0] * lambda[0] * (1.5 - 2.0 * Math.Log 2.0) / 12.0

        let turning =
            q * q * power 6 * pown lambda[0] 5 / (144.0 * 80.0 * (lambda[0] - lambda[1]))

        let rise = Math.Log(lambda[0] / (theory.Exact.RDiagonalSquared())[0])
        frozen, turning, rise

    /// SGNS starts out at half of QWEM's speed.
    let halfClock (small: ScaleRuns) (run: HalfClockRun) : Gate<Belief> =
        let frozen, turning, rise = skipGramLead small.Theory
        let lambda = small.Theory.Eigenvalues

        // A logistic rise is interpolated without error; the lead bends the logit by at most 4 e, e = frozen's rate at the half-rise.
        let next =
            let half = firstHalfRise small.Theory run.Times run.SingularValues
            run.Times |> Array.findIndex (fun t -> t >= half)

        let record =
            small.Theory.Kappa * lambda[0] * (run.Times[next] - run.Times[next - 1])

        let interpolation =
            0.5 * record * record * frozen / (1.5 - 2.0 * Math.Log 2.0) / 8.0

        let integration = 2.0 * run.Tolerance * 1000.0
        let ratio = clockRatio small run

        {
            Id = "word2vec-like/half-clock"
            Claim =
                "At equal weights and learning rate SGNS takes twice as long as QWEM to its first rise: its expansion is half of L_{sym} (erratum to Eq. 25)."
            Metric = "relative error of the ratio of the two first half-rise times"
            Tolerance =
                {
                    Bound = (frozen + turning + interpolation + integration) / rise
                    Because =
                        $"the remainder |r(x)| <= x^4/192 of the expansion lets SGNS pull with m - m^3/12 at least instead of m: over the first rise a lead of at most q^2 lambda^2 (3/2 - 2 ln 2)/12 = %.2g{frozen} with q = sum v_i^4, and %.1g{turning} for the turning of v, out of ln(lambda/R_11(0)^2) = %.1f{rise}; interpolation %.0e{interpolation}, integration %.0e{integration}"
                }
            Gap = (fun belief -> abs (ratio * belief.SkipGramSpeed - 1.0))
            Mutations =
                [
                    "L_SGNS to fourth order taken for L_sym (Eq. 25 as printed)",
                    { Belief.correct with
                        SkipGramSpeed = 1.0
                    }
                ]
        }
