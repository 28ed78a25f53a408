namespace Qwem.Validation.Ablation

open System
open Qwem.Theory
open Qwem.Validation
open Qwem.Validation.Flows

/// How the loss of a pair pulls back.
type Restoring =
    /// 2 tanh(m/2): the logistic loss.
    | Saturating
    /// m: its quadratic expansion.
    | Proportional

/// What the theory side takes to be true.
type Belief =
    {
        /// kappa / g.
        KappaFactor: float
        /// k.
        NegativeRatio: float
        Weights: PairTheory.Word2VecBelief
        /// The quadratic loss that SGNS starts out as.
        Expansion: QuadraticLoss
        Restoring: Restoring
        /// Speed of SGNS near the origin, that of QWEM being 1.
        SkipGramSpeed: float
    }

module Belief =

    let correct =
        {
            KappaFactor = 4.0
            NegativeRatio = Runs.ratio
            Weights =
                {
                    Subsampled = true
                    PowerOfNegatives = true
                }
            Expansion = QuadraticLoss.SgnsQuartic
            Restoring = Saturating
            SkipGramSpeed = 0.5
        }

module Gates =

    /// With both changes the model is QWEM: the exact solution.
    let both (theoryOf: Belief -> ExactTheory) (models: Models) team : Gate<Belief> =
        {
            Id = "ablation/both-gram"
            Claim =
                "With the quartic loss and constant weight together the Gram matrix is the exact solution's at every record compared, at negative ratio 2."
            Metric = "largest relative error of M over the records, Frobenius norm"
            Tolerance = ExactTheory.gramTolerance models.Theory models.Fine models.Coarse team
            Gap = (fun belief -> ExactTheory.gramError (theoryOf belief) models.Fine team)
            Mutations =
                [
                    "kappa twice too large",
                    { Belief.correct with
                        KappaFactor = 8.0
                    }
                    "negative ratio taken for 1",
                    { Belief.correct with
                        NegativeRatio = 1.0
                    }
                ]
        }

    /// With word2vec's weights either loss starts out along its weighted linear term.
    let linearGrowth (linearOf: Belief -> Linearisation) (models: Models) team : Gate<Belief> =
        let logLeading (curve: Curve) =
            Math.Log(curve.Values[Array.IndexOf(curve.Times, models.Judged)][0])

        let measured = [ logLeading models.SkipGram; logLeading models.Quartic ]
        let lag = Linearisation.lag (linearOf Belief.correct) models.Judged team
        let integration = Runs.tolerance * Runs.linearSteps

        {
            Id = "ablation/linear-growth"
            Claim =
                "With word2vec's weights the logistic and the quartic loss grow alike at first: s_{1}(t) is the largest singular value of e^{2Bt}W(0), its rate twice the largest eigenvalue of the weighted linear term B."
            Metric =
                $"larger error of ln s_{{1}} of the two, when its square has reached {Runs.linearShare:g} of the first plateau"
            Tolerance =
                {
                    Bound = lag + integration
                    Because =
                        $"modelling: the quadratic term takes 4 u'(A o M)u from the growth of ln s_1, at most its integral along the linear solution, %.2g{lag}; the logistic loss less; integration: %g{Runs.tolerance} per step, fewer than %.0f{Runs.linearSteps} steps"
                }
            Gap =
                (fun belief ->
                    let predicted = Linearisation.logLeading (linearOf belief) models.Judged team
                    measured |> List.map (fun m -> abs (m - predicted)) |> List.max)
            Mutations =
                [
                    "frequent words not subsampled",
                    { Belief.correct with
                        Weights =
                            { Belief.correct.Weights with
                                Subsampled = false
                            }
                    }
                    "negatives drawn as P instead of P^{3/4}",
                    { Belief.correct with
                        Weights =
                            { Belief.correct.Weights with
                                PowerOfNegatives = false
                            }
                    }
                    "L_SGNS to fourth order taken for L_sym (Eq. 25 as printed)",
                    { Belief.correct with
                        Expansion = QuadraticLoss.Sym
                    }
                ]
        }

    /// First record from which the growth of s_1 beyond its plateau is followed, in units of tau_1.
    let private from = 2.0

    /// What became of ln s_1 from there to the end, and how far.
    let followed (models: Models) =
        let clock = models.Constant.Clock
        let last = clock.Length - 1
        let start = clock |> Array.findIndex (fun t -> t >= from)
        // An even number of intervals, so that every second record makes a grid too.
        start + (last - start) % 2, last

    /// At constant weight the logistic loss pulls on s_1 with what saturation leaves of the target.
    let drift (models: Models) : Gate<Belief> =
        let start, last = followed models
        let times = models.Constant.Times

        let integral belief stride =
            let rate i =
                let pull = models.Pulls[i]

                let back =
                    match belief.Restoring with
                    | Saturating -> pull.Saturating
                    | Proportional -> pull.Linear

                belief.SkipGramSpeed * models.Theory.Kappa * (pull.Target - back)

            seq {
                for i in start..stride .. last - stride do
                    0.5 * (rate i + rate (i + stride)) * (times[i + stride] - times[i])
            }
            |> Seq.sum

        let s i = models.Constant.Values[i][0]
        let measured = Math.Log(s last / s start)
        let quadrature = abs (integral Belief.correct 1 - integral Belief.correct 2)
        let integration = Runs.tolerance * Runs.linearSteps

        {
            Id = "ablation/no-plateau"
            Claim =
                "At constant weight the logistic loss drives s_{1} on beyond QWEM's plateau: d ln s_{1}/dt = ½ κ u'(M* − 2 tanh(M/2))u, which the unseen pairs, for which M* = −2, keep positive."
            Metric = $"error of the growth of ln s_{{1}} from {from:g} τ_{{1}} to the last record"
            Tolerance =
                {
                    Bound = quadrature + integration
                    Because =
                        $"quadrature: the trapezoid rule over the records is about three times closer than over every second one, from which it differs by %.1e{quadrature}; integration %.0e{integration}"
                }
            Gap = (fun belief -> abs (measured - integral belief 1))
            Mutations =
                [
                    "restoring force of the quadratic loss",
                    { Belief.correct with
                        Restoring = Proportional
                    }
                    "L_SGNS to fourth order taken for L_sym (Eq. 25 as printed)",
                    { Belief.correct with
                        SkipGramSpeed = 1.0
                    }
                ]
        }
