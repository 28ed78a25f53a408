/// Two factors instead of one: balanced starts against the exact solution, and what every start conserves.
module Qwem.Validation.Claims.Asymmetric

open System
open Qwem.Reports
open Qwem.Sim.LinearAlgebra
open Qwem.Sim.Training
open Qwem.Theory
open Qwem.Validation
open Qwem.Validation.Drawing

let private errorPerStep = 1e-10
let private records = 60
let private scale = 1e-2

/// W1 above W2 as one embedding of 2V words, of which only pairs of a word and a context count.
let private lifted (objective: PairwiseObjective) =
    let v = objective.VocabularySize
    let size = 2 * v

    let lift (m: DenseMatrix) =
        DenseMatrix(
            size,
            size,
            Array.init (size * size) (fun e ->
                let i, j = e / size, e % size
                if (i < v) = (j < v) then 0.0 else m[i % v, j % v])
        )

    PairwiseObjective.FromWeights(
        lift objective.Positive,
        lift objective.Negative,
        objective.PositiveQuadratic,
        objective.PositiveLinear,
        objective.NegativeQuadratic,
        objective.NegativeLinear
    )

let private factors (state: DenseMatrix) =
    let half, v = state.Values.Length / 2, state.Rows / 2
    DenseMatrix(v, state.Columns, state.Values[.. half - 1]), DenseMatrix(v, state.Columns, state.Values[half..])

/// M = W1'W2, V x V.
let private modelOf team state =
    let left, right = factors state
    Dense.product left false right true team

/// W1 W1' and W2 W2', d x d.
let private squares team state =
    let left, right = factors state
    (Dense.product left true left false team).Values, (Dense.product right true right false team).Values

type private Measured =
    {
        Setting: Setting
        Words: int
        Dimension: int
        /// kappa t s_1 at the records.
        Clock: float array
        /// M at the records, V x V.
        Models: Integrated<DenseMatrix array>
        /// W1 W1' and W2 W2' of the unbalanced run at its start and at the records.
        FreeStart: float array * float array
        Free: Integrated<(float array * float array) array>
        /// Singular values of M at the records of the unbalanced run.
        FreeValues: float array array
        /// The exact solution after eta_alg t of each record.
        Predicted: Prediction<int -> AsymmetricState>
    }

let private singularValues team d (m: DenseMatrix) =
    let squares =
        (Dense.eigen (Dense.product m true m false team).Values team).Eigenvalues

    Array.init d (fun k -> sqrt (max 0.0 squares[k]))

/// Singular triples of a symmetric target: |lambda|, descending, the sign in the left vector.
let private triples (theory: Theory) v (target: float array) team =
    let eigen = Dense.eigen target team
    let eigenvalues = theory.Eigenvalues eigen.Eigenvalues
    let order = Array.init v id |> Array.sortBy (fun k -> -(abs eigenvalues[k]))

    let rows signed =
        Array.init (v * v) (fun e ->
            let k = order[e / v]
            let sign = if signed && eigenvalues[k] < 0.0 then -1.0 else 1.0
            sign * eigen.Eigenvectors[k, e % v])

    TargetSingularSpectrum(order |> Array.map (fun k -> abs eigenvalues[k]), rows true, rows false)

let private measure (setting: Setting) =
    let v, d = if setting.IsSmoke then 60, 4 else 150, 8
    let team = setting.Team
    let counts = Corpus.leading setting.Embedded v
    let frequencies = Corpus.frequencies counts
    let psi = frequencies.Words |> Array.map (fun p -> 1.0 / p)
    let objective = lifted (Corpus.objective frequencies psi Corpus.crossEntropy)
    // Every pair is counted in both orders: L = ||M - M*||^2 / V^2.
    let weight = 1.0 / (float v * float v)
    // The simulator's own eigenvalues say how long to run.
    let linear =
        DenseMatrix(v, v, Array.init (v * v) (fun e -> objective.Linear[e / v, v + e % v]))

    let largest =
        (Dense.eigen linear.Values team).Eigenvalues[0]
        / (2.0 * objective.Quadratic[0, v])

    let rise = 2.0 * Math.Log(1.0 / scale) + Math.Log largest
    let clock = Array.init records (fun i -> 3.0 * rise * float (i + 1) / float records)
    let times = clock |> Array.map (fun t -> t / (2.0 * weight * largest))
    let first = Initialisation.Gaussian(v, d, scale, setting.Seed)
    // The same rows in the opposite order: W2 W2' = W1 W1'.
    let mirrored =
        DenseMatrix(v, d, Array.init (v * d) (fun e -> first[v - 1 - e / d, e % d]))

    let larger = Initialisation.Gaussian(v, d, 3.0 * scale, setting.Seed + 1UL)

    let flow (right: DenseMatrix) observe stage =
        let start = DenseMatrix(2 * v, d, Array.append first.Values right.Values)
        let field = DirectField(objective, start, team)

        let run tolerance finer =
            ConstantWeight.run field start times tolerance finer observe setting stage

        {
            Fine = run errorPerStep true
            Coarse = run (ConstantWeight.coarseFactor * errorPerStep) false
        }

    let free =
        flow larger (fun _ state -> Dense.copy state) "asymmetric: unbalanced flow"

    {
        Setting = setting
        Words = v
        Dimension = d
        Clock = clock
        Models = flow mirrored (fun _ state -> modelOf team state) "asymmetric: balanced flow"
        FreeStart = squares team (DenseMatrix(2 * v, d, Array.append first.Values larger.Values))
        Free =
            {
                Fine = free.Fine |> Array.map (squares team)
                Coarse = free.Coarse |> Array.map (squares team)
            }
        FreeValues = free.Fine |> Array.map (modelOf team >> singularValues team d)
        Predicted =
            Prediction(fun theory ->
                let statistics = Corpus.statistics theory counts
                let psi = theory.Subsampling 1.0 (statistics.Unigram())

                let target =
                    theory.SubsampledTarget
                        (theory.Target (theory.CrossEntropy()) statistics)
                        (theory.Z statistics psi)

                let solution =
                    theory.TwoFactors
                        (triples theory v target team)
                        (Dense.embeddings first)
                        (Dense.embeddings mirrored)

                let kappa = theory.TwoFactorKappa weight
                fun record -> solution.At(kappa * times[record]))
    }

/// Largest relative distance of M from the exact solution, at some records.
let private gap measured chosen theory =
    let at = measured.Predicted.Of theory

    chosen
    |> Seq.map (fun record -> Dense.relative (measured.Models.Fine[record].Values) ((at record).Model()))
    |> Curves.worst

/// Largest change of what is conserved, relative to its start.
let private drift measured theory =
    let conserved = measured.FreeStart ||> theory.Conserved

    measured.Free.Fine
    |> Seq.map (fun (left, right) -> Dense.relative (theory.Conserved left right) conserved)
    |> Curves.worst

let private judge measured =
    let v = measured.Words

    let apart =
        Array.map2
            (fun (a: DenseMatrix) (b: DenseMatrix) -> Dense.relative a.Values b.Values)
            measured.Models.Coarse
            measured.Models.Fine
        |> Curves.worst

    let conserved (left, right) = Theory.derived.Conserved left right
    let start = Dense.norm (conserved measured.FreeStart)

    // The conserved difference is measured against its start, not against the much larger products it is the difference of.
    let amplification =
        measured.Free.Fine
        |> Seq.map (fun (left, right) -> (Dense.norm left + Dense.norm right) / start)
        |> Curves.worst

    let moved =
        Array.map2
            (fun a b -> Dense.distance (conserved a) (conserved b) / start)
            measured.Free.Coarse
            measured.Free.Fine
        |> Curves.worst

    [
        Gate.exact
            "asymmetric/balanced-gram"
            "The exact solution gives W_{1}'W_{2} of the simulated flow from a balanced start at every recorded time."
            "largest relative error of M over the records, Frobenius norm"
            (ConstantWeight.tolerance v apart (2.0 * Array.last measured.Clock))
            (gap measured (seq { 0 .. records - 1 }))
        |> Gate.glimpsed (gap measured (seq { 4..8 .. records - 1 }))
        Gate.exact
            "asymmetric/imbalance"
            "The flow from an unbalanced start conserves W_{1}W_{1}' − W_{2}W_{2}'."
            "largest relative change over the records, Frobenius norm"
            (ConstantWeight.tolerance v moved amplification)
            (drift measured)
    ]

let private figure measured =
    let d, at = measured.Dimension, measured.Predicted.Of Theory.derived

    let curves name mark (values: float array array) =
        List.init d (fun k ->
            series
                (if k = 0 then Some name else None)
                (Some k)
                mark
                (Array.map2 (fun t (s: float array) -> t, s[k]) measured.Clock values))

    let balanced =
        measured.Models.Fine |> Array.map (singularValues measured.Setting.Team d)

    let exact = Array.init records (fun record -> (at record).ModelSingularValues())

    let drawn title lines =
        panel title (linear "time κ t s_{1}" None) (linear "singular value of M" None) lines

    figure
        "asymmetric"
        "Two factors: singular values over time"
        []
        "Singular values of M = W_{1}'W_{2} in the simulated flow (solid). Left: balanced start, with the exact solution (dashed). Right: unbalanced start, W_{2} three times as large as W_{1} (solid), against the balanced run (dotted)."
        "Sigmoidal steps one after the other; left, the dashed lines of the theory cover the solid ones; right, the unbalanced run rises at other times than the balanced one, mostly earlier, towards the same values."
        0
        []
        [
            drawn
                "balanced start"
                (curves "flow (simulated)" (Line(Solid, 3.0)) balanced
                 @ curves "exact theory" (Line(Dashed, 1.2)) exact)
            drawn
                "unbalanced start"
                (curves "unbalanced flow (simulated)" (Line(Solid, 2.0)) measured.FreeValues
                 @ curves "balanced flow (simulated)" (Line(Dotted, 1.2)) balanced)
        ]

let claim =
    claim "asymmetric" "Two factors: M = W_{1}'W_{2}" {
        asks "Is the model with separate embeddings for words and contexts solved as well?"

        predicts
            "From a balanced start the exact solution of the lifted matrix ((0, M*), (M*', 0)) with κ halved (docs/derivations.md, section 4.4); from any start W_{1}W_{1}' − W_{2}W_{2}' is conserved."

        seconds 1 3 3 3
        measures measure
        gates judge

        answer (fun _ verdicts ->
            let exact = Verdicts.find "asymmetric/balanced-gram" verdicts

            $"{Verdicts.failed verdicts}From a balanced start the exact solution, with half the κ of one factor, gives the product W_{{1}}'W_{{2}} of the simulated flow to {Numbers.short exact.Gap} at all {records} recorded times.")

        details (fun _ verdicts ->
            let conserved = Verdicts.find "asymmetric/imbalance" verdicts

            let kappa =
                Verdicts.resolution "kappa" verdicts
                |> Option.map (fun size -> $"This confirms κ to {Numbers.short size}. ")
                |> Option.defaultValue ""

            $"{kappa}From an unbalanced start no closed form is claimed. What the flow conserves there, W_{{1}}W_{{1}}' − W_{{2}}W_{{2}}', changes by {Numbers.short conserved.Gap}.")

        text (fun measured ->
            [
                $"Words and contexts have embeddings of their own: L_{{xe}} with Ψ_{{i}} = 1/P_{{i}}, V = {measured.Words}, d = {measured.Dimension}, σ = {scale:g}. From a balanced start (W_{{1}}W_{{1}}' = W_{{2}}W_{{2}}') the flow is solved exactly, at half the κ of the symmetric model. Singular values count: a negative eigenvalue of the target is learned like a positive one."
                "From an unbalanced start the difference W_{1}W_{1}' − W_{2}W_{2}' is conserved; the figure shows how the steps move."
            ])

        figures (fun measured -> [ figure measured ])
    }
