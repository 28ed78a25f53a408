namespace Qwem.Validation.Asymmetric

open System
open System.Threading
open Qwem.Reports
open Qwem.Sim.Cooccurrence
open Qwem.Sim.LinearAlgebra
open Qwem.Sim.Threading
open Qwem.Sim.Training
open Qwem.Theory
open Qwem.Validation
open Qwem.Validation.Limits

/// What is taken to be true of the model W1'W2.
type FactorBelief =
    {
        Name: string
        /// kappa / (g eta): 2, half of the symmetric model's.
        KappaFactor: float
        Law: Law
        /// What multiplies W2 W2' in the conserved W1 W1' - W2 W2'.
        ConservedSign: float
    }

/// Experiment asymmetric: two factors instead of one, against THEORY.md section 4.4.
module Experiment =

    let private tolerance, coarser = 1e-10, 64.0
    let private records = 60

    let private correct =
        {
            Name = "as derived"
            KappaFactor = 2.0
            Law = Exact
            ConservedSign = -1.0
        }

    let private spectrum v (target: float array) team =
        let eigen = SymmetricEigenSolver.Decompose(DenseMatrix(v, v, target), team)
        let order = Array.init v id |> Array.sortBy (fun k -> -(abs eigen.Eigenvalues[k]))

        let rows signed =
            Array.init (v * v) (fun e ->
                let k = order[e / v]
                let sign = if signed && eigen.Eigenvalues[k] < 0.0 then -1.0 else 1.0
                sign * eigen.Eigenvectors[k, e % v])

        TargetSingularSpectrum(order |> Array.map (fun k -> abs eigen.Eigenvalues[k]), rows true, rows false)

    let private transposed (m: DenseMatrix) =
        Array.init m.Values.Length (fun e -> m[e % m.Rows, e / m.Rows])

    /// Integrates the balanced and the unbalanced flow and judges them.
    let run (setting: Setting) =
        let seed, counts, team = setting.Seed, setting.Embedded, setting.Team
        let progress, cancellation = setting.Progress, setting.Cancellation
        let v, d = if setting.IsSmoke then 60, 4 else 150, 8
        let scale = 1e-2
        progress.Invoke("asymmetric: flows", 0.0)
        let frequencies = Training.frequencies counts v
        let psi = frequencies.Words |> Array.map (fun p -> 1.0 / p)

        let objective =
            Factors.lifted (Training.objective frequencies psi (struct (0.0, 1.0, 0.5, -1.0)))

        let subsampled = (Prediction.statistics counts v).Subsample psi
        let plain = QuadraticLoss.Xe.Target(Prediction.statistics counts v)

        let targetOf law =
            match law with
            | Exact -> QuadraticLoss.SubsampledXeTarget(plain, subsampled.Z)
            | UnitZ -> plain
            | PrintedSign -> plain |> Array.map (fun m -> subsampled.Z * m - (subsampled.Z - 1.0))

        // Every pair is counted in both orders: L = (1 / V^2) ||M - M*||^2.
        let weight = 1.0 / (float v * float v)
        let largest = (spectrum v (targetOf Exact) team).SingularValues[0]
        let unit = 1.0 / (correct.KappaFactor * weight * largest)
        let rise = 2.0 * Math.Log(1.0 / scale) + Math.Log largest
        let clock = Array.init records (fun i -> 3.0 * rise * float (i + 1) / float records)
        let times = clock |> Array.map (fun t -> t * unit)
        let first = Initialisation.Gaussian(v, d, scale, seed)
        let second = Initialisation.Gaussian(v, d, 3.0 * scale, seed + 1UL)

        // The same rows in the opposite order: W2 W2' = W1 W1'.
        let mirrored = Array.init (v * d) (fun e -> first[v - 1 - e / d, e % d])

        let start (right: float array) =
            DenseMatrix(2 * v, d, Array.append first.Values right)

        let fine = Factors.flow objective (start mirrored) times tolerance team cancellation

        let coarse =
            Factors.flow objective (start mirrored) times (coarser * tolerance) team cancellation

        let free =
            Factors.flow objective (start second.Values) times tolerance team cancellation

        let freeCoarse =
            Factors.flow objective (start second.Values) times (coarser * tolerance) team cancellation

        progress.Invoke("asymmetric: gates", 0.0)

        let solve belief =
            let solution =
                AsymmetricSolution(
                    spectrum v (targetOf belief.Law) team,
                    transposed first,
                    transposed (DenseMatrix(v, d, mirrored))
                )

            times |> Array.map (fun t -> solution.At(belief.KappaFactor * weight * t))

        let relative (a: float array) (b: float array) =
            Prediction.distance a b / Prediction.norm b

        let models states =
            states |> Array.map (fun state -> (Factors.model team state).Values)

        let measured = models fine
        let rounding = 8.0 * float v * Tolerance.unitRoundoff * clock[records - 1]

        let because what =
            $"integration: the largest such distance from a flow with a {coarser:g} times larger tolerance, %.1e{what}, which exceeds the flow's own error many times; rounding: 4 u per word and context, amplified by the exponent, %.1e{rounding}"

        let drift sign states =
            let conserved = Factors.balance team sign (start second.Values)

            states
            |> Array.map (fun state -> relative (Factors.balance team sign state) conserved)

        let integration = Array.map2 relative (models coarse) measured |> Curves.worst

        // The conserved difference is measured against its start, not against the much larger products it is the difference of.
        let amplification =
            free
            |> Array.map (fun state -> Prediction.norm (Factors.balance team 1.0 state))
            |> Array.max
            |> fun size -> size / Prediction.norm (Factors.balance team -1.0 (start second.Values))

        let moved =
            Array.map2 (fun a b -> relative (Factors.balance team -1.0 a) (Factors.balance team -1.0 b)) freeCoarse free
            |> Curves.worst

        // Nothing amplifies a rounding of what is conserved.
        let roundingOfBalance = 8.0 * float v * Tolerance.unitRoundoff * amplification
        let theory = solve correct

        let gates =
            [
                {
                    Id = "asymmetric/balanced-gram"
                    Claim =
                        "The exact solution gives W_{1}'W_{2} of the simulated flow from a balanced start at every recorded time."
                    Metric = "largest relative error of M over the records, Frobenius norm"
                    Tolerance =
                        {
                            Bound = integration + rounding
                            Because = because integration
                        }
                    Gap =
                        (fun belief ->
                            let states = if belief = correct then theory else solve belief

                            Array.map2 (fun m (state: AsymmetricState) -> relative m (state.Model())) measured states
                            |> Curves.worst)
                    Mutations =
                        [
                            "kappa of the symmetric model", { correct with KappaFactor = 4.0 }
                            "Z taken as 1", { correct with Law = UnitZ }
                            "sign of Eq. (33) as printed", { correct with Law = PrintedSign }
                        ]
                }
                {
                    Id = "asymmetric/imbalance"
                    Claim = "The flow from an unbalanced start conserves W_{1}W_{1}' − W_{2}W_{2}'."
                    Metric = "largest relative change over the records, Frobenius norm"
                    Tolerance =
                        {
                            Bound = moved + roundingOfBalance
                            Because =
                                $"integration: the largest distance from a flow with a {coarser:g} times larger tolerance, %.1e{moved}; rounding: 8 V u times %.1e{amplification}, the products over their difference"
                        }
                    Gap = fun belief -> drift belief.ConservedSign free |> Curves.worst
                    Mutations = [ "the sum taken for the difference", { correct with ConservedSign = 1.0 } ]
                }
            ]

        let valuesOf states =
            states |> Array.map (Factors.singularValues team d)

        {
            Id = "asymmetric"
            Title = "Two factors: M = W_{1}'W_{2}"
            Question = "Is the model with separate embeddings for words and contexts solved as well?"
            Prediction =
                "From a balanced start the exact solution of the lifted matrix ((0, M*), (M*', 0)) with κ halved (`AsymmetricSolution` in `docs/theory.md`); from any start W_{1}W_{1}' − W_{2}W_{2}' is conserved."
            Answer = ""
            Paragraphs =
                [
                    $"Words and contexts have embeddings of their own: L_{{xe}} with Ψ_{{i}} = 1/P_{{i}}, V = {v}, d = {d}, σ = {scale:g}. From a balanced start (W_{{1}}W_{{1}}' = W_{{2}}W_{{2}}') the flow is solved exactly, at half the symmetric model's κ. Singular values count: a negative eigenvalue of the target is learned like a positive one."
                    "From an unbalanced start the difference W_{1}W_{1}' − W_{2}W_{2}' is conserved and no closed form is claimed; the figure shows how the steps move."
                ]
            Quantities = []
            References = []
            Tables = []
            Figures =
                [
                    Figure.draw clock d (valuesOf fine) (theory |> Array.map _.ModelSingularValues()) (valuesOf free)
                ]
            Verdicts = gates |> List.map (OldGate.evaluate correct)
        }
