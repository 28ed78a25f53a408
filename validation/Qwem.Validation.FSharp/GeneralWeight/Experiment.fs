namespace Qwem.Validation.GeneralWeight

open System.Threading
open Qwem.Reports
open Qwem.Sim.Cooccurrence
open Qwem.Sim.LinearAlgebra
open Qwem.Sim.Threading
open Qwem.Theory
open Qwem.Validation
open Qwem.Validation.Drawing
open Qwem.Validation.Limits

/// What is taken to be true of a loss whose weight G has no closed form.
type WeightBelief =
    {
        Loss: QuadraticLoss
        /// Whether the part of G that the best rank-one weight leaves over is accounted for.
        Remainder: bool
    }

/// Experiment general-weight: L_sym on subsampled text (the paper's Figure 2B), the rank-one approximation and what it costs.
module Experiment =

    let private tolerance = 1e-9

    let private correct =
        {
            Loss = QuadraticLoss.Sym
            Remainder = true
        }

    let private wrongTarget =
        "M*_xe in place of M*_sym", { correct with Loss = QuadraticLoss.Xe }

    // The same target: only a gate that sees the size of the loss can tell it.
    let private halved =
        "L_SGNS to fourth order taken for L_sym (Eq. 25)",
        { correct with
            Loss = QuadraticLoss.SgnsQuartic
        }

    /// Trains once and judges the approximation.
    let run (setting: Setting) =
        let seed, counts, team = setting.Seed, setting.Embedded, setting.Team
        let progress, cancellation = setting.Progress, setting.Cancellation
        let v, d = if setting.IsSmoke then 100, 6 else 500, 32

        let told fraction =
            progress.Invoke("general-weight: training", fraction)

        told 0.0
        let frequencies = Training.frequencies counts v
        let psi = frequencies.Words |> Array.map (fun p -> 1.0 / p)
        let objective = Training.objective frequencies psi (struct (0.25, 1.0, 0.25, -1.0))
        let measured = Training.limit objective d seed tolerance team told cancellation

        // The loss in the simulator's own terms.
        let loss =
            Array.map3 (fun a b m -> a * m * m - b * m) objective.Quadratic.Values objective.Linear.Values measured
            |> Array.sum

        let plain = Prediction.statistics counts v
        let statistics = (plain.Subsample(plain.InverseFrequency())).Statistics
        let theoryOf = Theory.make statistics d team
        let sym = theoryOf correct.Loss
        let seen = Prediction.scaled sym.Weights measured
        let approximate = Prediction.scaled sym.Weights sym.Minimiser.Model

        // At rest (G o (M - M*)) W = 0. With G = g g' o (1 + E) this is (X X' - A') X = 0, A' = A - E o (X X' - A): the model
        // is made of eigenpairs of A', which contains the model itself.
        let selfConsistent belief =
            let believed = if belief.Loss = correct.Loss then sym else theoryOf belief.Loss
            let seen = Prediction.scaled believed.Weights measured

            let corrected =
                if belief.Remainder then
                    Array.map3 (fun a r m -> a - (r - 1.0) * (m - a)) believed.Scaled believed.Ratio seen
                else
                    believed.Scaled

            Prediction.distance seen (Prediction.nearest v d corrected team)
            / Prediction.norm seen

        let tolerance =
            let corrected =
                Array.map3 (fun a r m -> a - (r - 1.0) * (m - a)) sym.Scaled sym.Ratio seen

            let lambda = (Prediction.spectrum v corrected team).Eigenvalues.ToArray()
            // The simulator stretches the words by their own coefficients, not by g: the norms differ by at most this.
            let clocks =
                sym.Weights |> Array.mapi (fun i g -> sqrt objective.Quadratic[i, i] / g)

            let norms = sqrt (Array.max clocks / Array.min clocks)
            let linear = Prediction.norm (Array.map2 (*) sym.Ratio sym.Scaled) * sqrt lambda[0]
            let gradient = tolerance * norms + 8.0 * float v * Tolerance.unitRoundoff

            {
                Bound =
                    2.0 * sqrt lambda[0] * gradient * linear
                    / (lambda[d - 1] - max lambda[d] 0.0)
                    / Prediction.norm seen
                Because =
                    $"training stops at a gradient of %g{tolerance} of its linear part, at most ||G o M*||_{{F}} Λ_{{1}}^{{1/2}}, times %.3f{norms} for the simulator's scales; the eigenpairs leave 8 V u; divided by the gap Λ_{{d}} − Λ_{{d+1}} of the corrected target, to first order"
            }

        let gates: Gate<WeightBelief> list =
            [
                {
                    Id = "general-weight/self-consistency"
                    Claim =
                        "Training with a weight of any rank ends at the d leading eigenpairs of the target corrected by what the rank-one weight leaves over of the model itself."
                    Metric =
                        "distance of the trained Gram matrix from that combination of it, weighted by (g_{i}g_{j})^{1/2}, Frobenius norm, relative"
                    Tolerance = tolerance
                    Gap = selfConsistent
                    Mutations =
                        [
                            "remainder of the weight ignored", { correct with Remainder = false }
                            wrongTarget
                        ]
                }
                {
                    Id = "general-weight/loss-bracket"
                    Claim =
                        "The trained loss lies between the rank-one theory's lower bound and the loss of the rank-one minimiser."
                    Metric = "position of the trained loss between the two, -1 and 1 at the bounds, absolute value"
                    Tolerance =
                        {
                            Bound = 1.0
                            Because =
                                "modelling: no model of rank d is below min G_{ij}/(g_{i}g_{j}) times the least rank-one weighted loss, and the best one is not above the rank-one minimiser"
                        }
                    Gap =
                        (fun belief ->
                            let believed = if belief.Loss = correct.Loss then sym else theoryOf belief.Loss
                            abs (2.0 * (loss - believed.Below) / (believed.Above - believed.Below) - 1.0))
                    Mutations = [ wrongTarget; halved ]
                }
            ]

        {
            Id = "general-weight"
            Title = "A weight of any rank"
            Question =
                "Where does training end when no closed form is known, and how far off is the rank-one weight that the paper puts in its place?"
            Prediction =
                "The minimiser for the best rank-one weight gg' of G (Theorem 4.4), its loss as an upper and the clipped spectrum as a lower bound, and the target corrected by (G − gg')/(gg') times the model's own misfit, whose leading eigenpairs the trained model must be."
            Answer = ""
            Paragraphs =
                [
                    $"L_{{sym}} on text subsampled with Ψ_{{i}} = 1/P_{{i}} weighs pairs by G_{{ij}} = (P_{{ij}} + P_{{i}}P_{{j}})/4 of that text, which has no closed form; the paper takes the best rank-one weight gg' instead. V = {v}, d = {d}, trained full-batch to rest."
                    "How far that is off is measured, bracketed by the theory, and explained: the trained model solves an equation in which the remainder G − gg' acts on the model's own misfit. Iterating that equation from the rank-one minimiser diverges at V = 500, d = 32, so it is a certificate and not a second way to train."
                ]
            Quantities =
                [
                    dimensionless "weight residual" sym.Residual "||G − gg'||_{F} / ||G||_{F}"
                    dimensionless "smallest ratio" (Array.min sym.Ratio) "of G_{ij} to g_{i}g_{j}"
                    dimensionless "largest ratio" (Array.max sym.Ratio) "of G_{ij} to g_{i}g_{j}"
                    dimensionless
                        "distance of the approximation"
                        (Prediction.distance seen approximate / Prediction.norm approximate)
                        "of the trained Gram matrix from the rank-one minimiser, weighted, relative"
                    dimensionless "trained loss" loss "0 at W = 0"
                    dimensionless "loss of the rank-one minimiser" sym.Above "under the true weight"
                    dimensionless "lower bound" sym.Below "of the loss of every model of rank d"
                ]
            References = []
            Tables = []
            Figures = [ Figure.draw v d sym seen team ]
            Verdicts = gates |> List.map (OldGate.evaluate correct)
        }
