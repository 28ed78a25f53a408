namespace Qwem.Validation

open System
open Qwem.Reports
open Qwem.Sim.LinearAlgebra
open Qwem.Sim.Threading
open Qwem.Theory
open Qwem.Validation.Drawing

/// A gradient flow at constant weight, recorded, beside what theory says of it.
[<NoEquality; NoComparison>]
type SteppedFlow =
    {
        /// sigma.
        Sigma: float
        Solved: Prediction<Solved>
        /// eta_alg t of the records.
        Times: float array
        /// s_k at every record.
        Values: Integrated<float array array>
        /// Records whose embeddings, V x d, are kept.
        Kept: int array
        States: Integrated<DenseMatrix array>
    }

    member flow.Dimension = flow.Values.Fine[0].Length

/// Flows at constant weight against the exact solution, and against tau_k and the plateaus of Theorem 4.3 mode by mode.
module Steps =

    /// tau_k of Theorem 4.3 with lambda_k(0) as the paper has it, in units of eta_alg t; infinite for a mode that is never realised.
    let realisation (theory: Theory) (solved: Solved) sigma k =
        let variance = theory.StartVariance sigma solved.Exact.EmbeddingDimension

        if solved.Eigenvalues[k] <= variance then
            infinity
        else
            theory.RealisationTime variance solved.Eigenvalues[k] / solved.Kappa

    /// tau_1.
    let unit (solved: Prediction<Solved>) sigma =
        realisation Theory.derived (solved.Of Theory.derived) sigma 0

    /// Integrates the flow finely and coarsely through the times, and keeps every so many-th record's embeddings.
    let integrate problem (solved: Prediction<Solved>) times every (setting: Setting) stage =
        let observe index (modes: DenseMatrix) =
            Dense.singularValues modes setting.Team,
            if index % every = 0 then
                Some(ConstantWeight.toWords problem modes setting.Team)
            else
                None

        let observed = ConstantWeight.integrate problem times observe setting stage

        {
            Sigma = problem.Scale
            Solved = solved
            Times = times
            Values =
                {
                    Fine = Array.map fst observed.Fine
                    Coarse = Array.map fst observed.Coarse
                }
            Kept = [| 0..every .. times.Length - 1 |]
            States =
                {
                    Fine = Array.choose snd observed.Fine
                    Coarse = Array.choose snd observed.Coarse
                }
        }

    /// Singular values at the records as Theorem 4.3 has them with lambda_k(0) of the paper.
    let aligned (flow: SteppedFlow) (theory: Theory) =
        let solved = flow.Solved.Of theory
        let variance = theory.StartVariance flow.Sigma flow.Dimension

        flow.Times
        |> Array.map (fun t ->
            Array.init flow.Dimension (fun k ->
                sqrt (theory.AlignedVariance variance solved.Eigenvalues[k] (solved.Kappa * t))))

    // The Gram matrix: the exact solution at every kept record.

    let private gramError (flow: SteppedFlow) team (theory: Theory) index =
        let words =
            Solved.embeddings (flow.Solved.Of theory) flow.Times[flow.Kept[index]] team

        Dense.gramDistance flow.States.Fine[index] words team

    let private gramTolerance (flow: SteppedFlow) team =
        let solved = flow.Solved.Of Theory.derived

        let apart =
            Array.map2 (fun a b -> Dense.gramDistance a b team) flow.States.Fine flow.States.Coarse
            |> Curves.worst

        ConstantWeight.tolerance
            solved.Exact.VocabularySize
            apart
            (Solved.exponent solved flow.Times[Array.last flow.Kept])

    // The kept record at which M changes most with time, and so with whatever moves a step.
    let private mostSensitive (flow: SteppedFlow) team =
        let solved = flow.Solved.Of Theory.derived

        let change time =
            Dense.gramDistance (Solved.embeddings solved time team) (Solved.embeddings solved (1.001 * time) team) team

        Seq.init flow.Kept.Length id
        |> Seq.maxBy (fun index -> change flow.Times[flow.Kept[index]])

    /// Flows against the exact solution: M at every kept record.
    let gramGate id claim (flows: SteppedFlow list) (team: WorkerTeam) =
        let telling = flows |> List.map (fun flow -> mostSensitive flow team)

        let all theory =
            seq {
                for flow in flows do
                    for index in 0 .. flow.Kept.Length - 1 do
                        gramError flow team theory index
            }
            |> Curves.worst

        let some theory =
            List.map2 (fun flow index -> gramError flow team theory index) flows telling
            |> Curves.worst

        Gate.exact
            id
            claim
            "largest relative error of M over the records, Frobenius norm"
            (flows |> List.map (fun flow -> gramTolerance flow team) |> List.maxBy _.Bound)
            all
        |> Gate.glimpsed some

    // Mode by mode: a measured number and the bound of what the approximation drops.

    /// One mode's number.
    type Mode =
        {
            /// From 0.
            K: int
            Measured: float
            /// Bound of the relative error, the dropped term.
            Allowed: float
            /// Whether that formula is trusted.
            IsValid: bool
        }

    // Modes that rise by half within the records, with the time of it.
    let private risen (flow: SteppedFlow) =
        let eigenvalues = (flow.Solved.Of Theory.derived).Eigenvalues

        [
            for k in 0 .. flow.Dimension - 1 do
                if eigenvalues[k] > 2.0 * flow.Sigma * flow.Sigma then
                    let curve = flow.Values.Fine |> Array.map (fun s -> s[k])
                    let time = Curves.halfRiseTime eigenvalues[k] flow.Times curve

                    if Double.IsFinite time then
                        k, time
        ]

    /// How many modes rise by half within the records.
    let risenCount flow = (risen flow).Length

    /// Half-rise times of all modes that rise within the records. tau_k drops the spread of R_kk(0)^2 about sigma^2, the misalignment of
    /// the start, and the difference between tau_k and the half-rise, of relative order sigma^2 / lambda_k.
    let halfRises (flow: SteppedFlow) : Mode list =
        let solved = flow.Solved.Of Theory.derived
        let d, variance = flow.Dimension, flow.Sigma * flow.Sigma
        let misalignment = Misalignment.Shifts(solved.Exact, variance)

        [
            for k, measured in risen flow do
                let lambda = solved.Eigenvalues[k]
                let rise = Math.Log(lambda / variance)

                {
                    K = k
                    Measured = measured
                    Allowed =
                        Misalignment.StartShift(d, k, rise, Tolerance.standardErrors)
                        + Misalignment.HalfRiseShift(misalignment[k], rise)
                        + 2.0 * variance / lambda / rise
                    IsValid = misalignment[k] <= Misalignment.Limit
                }
        ]

    /// Singular values of all modes at the last record, with how far they may be from their plateaus.
    let ends (flow: SteppedFlow) : Mode list =
        let solved = flow.Solved.Of Theory.derived
        let last = flow.Times.Length - 1
        let shifts = PlateauShift.Of(solved.Exact, solved.Kappa * flow.Times[last])
        let fine, coarse = flow.Values.Fine[last], flow.Values.Coarse[last]

        [
            for k in 0 .. flow.Dimension - 1 do
                // Of an eigenvalue of the Gram matrix, and of the predicted one.
                let rounding =
                    8.0
                    * float solved.Exact.VocabularySize
                    * Tolerance.unitRoundoff
                    * abs (solved.Eigenvalues[0] / solved.Eigenvalues[k])

                {
                    K = k
                    Measured = fine[k]
                    Allowed = shifts[k] + abs (coarse[k] / fine[k] - 1.0) + rounding
                    IsValid = shifts[k] <= PlateauShift.Limit
                }
        ]

    /// How far a mode is from a prediction, relative to that.
    let error (predicted: int -> float) mode =
        abs (mode.Measured / predicted mode.K - 1.0)

    /// tau_k and the plateau as a theory has them.
    let stepTime (flow: SteppedFlow) (theory: Theory) =
        realisation theory (flow.Solved.Of theory) flow.Sigma

    let plateau (flow: SteppedFlow) (theory: Theory) =
        let eigenvalues = (flow.Solved.Of theory).Eigenvalues
        fun k -> theory.Plateau eigenvalues[k]

    let private inModeUnits
        id
        claim
        metric
        because
        (modes: SteppedFlow -> Mode list)
        predict
        (flows: SteppedFlow list)
        =
        let judged =
            flows |> List.map (fun flow -> flow, modes flow |> List.filter _.IsValid)

        Gate.leadingOrder
            id
            claim
            $"{metric}, in units of the mode's own bound"
            { Bound = 1.0; Because = because }
            (fun theory ->
                seq {
                    for flow, modes in judged do
                        let predicted: int -> float = predict flow theory

                        for mode in modes do
                            error predicted mode / mode.Allowed
                }
                |> Curves.worst)
        // Of modes that have not risen nothing is claimed.
        |> Gate.covering (judged |> List.sumBy (snd >> List.length), flows |> List.sumBy risenCount)

    /// Step times against tau_k.
    let timeGate id claim flows =
        inModeUnits
            id
            claim
            "largest relative error of τ_{k} as a half-rise time"
            "mode by mode, over ln(λ_{k}/σ²): ln(d/(d−k+1)) and the tail of the law of R_{kk}(0)²/σ² that six standard errors of a normal variable leave, and η_{k}/(1−η_{k}) for the misalignment η_{k} of the start (Misalignment); judged where η_{k} ≤ 1/2, beyond which that series says nothing"
            halfRises
            stepTime
            flows

    /// Last singular values against the plateaus.
    let plateauGate id claim flows =
        inModeUnits
            id
            claim
            "largest relative error of a singular value at the last record"
            "mode by mode (PlateauShift): half of what the mode still lacks, own_{k} = λ_{k}[(R'R)^{-1}]_{kk}exp(−2κλ_{k}t), of own_{k}own_{l} over the relative gap for each partner, and of the squared tilt towards later modes; judged where this is at most 1e-2; plus the distance of a coarser integration and 8 V u λ_{1}/λ_{k}"
            ends
            plateau
            flows

    /// Errors of tau_k and of the plateaus, every mode: those within the bounds' validity as circles, those outside the bounds' validity as dots.
    let figure id title (flows: (string * SteppedFlow) list) =
        let drawn (modes: Mode list) (predicted: int -> float) =
            let points valid =
                modes
                |> List.filter (fun mode -> mode.IsValid = valid)
                |> List.map (fun mode -> float (mode.K + 1), Math.Clamp(error predicted mode, 1e-15, 1e3))
                |> Array.ofList

            [
                series
                    (Some "bound of the dropped term")
                    None
                    (Line(Dashed, 1.4))
                    (modes
                     |> List.filter _.IsValid
                     |> List.map (fun mode -> float (mode.K + 1), mode.Allowed)
                     |> Array.ofList)
                series (Some "within the bound's validity") (Some 0) (Circles 3.0) (points true)
                series (Some "outside the bound's validity") (Some 1) (Points 2.4) (points false)
            ]
            |> List.filter (fun one -> one.Points.Length > 0)

        let x = linear "mode k" None

        let times name flow =
            $"{name}: τ_{{k}}", halfRises flow, stepTime flow Theory.derived

        let heights name flow =
            $"{name}: √λ_{{k}}", ends flow, plateau flow Theory.derived

        figure
            id
            title
            []
            "Relative error, mode by mode, of τ_{k} as the time of the half-rise (first row; modes that rise within the records) and of the plateau as the last singular value (second row; all modes). Circles: modes for which the bound of what theory drops (dashed) is valid; gates judge these. Dots: modes outside its validity, where the start is too little aligned or the time too short."
            "Circles lie below the dashed bound; dots, the other modes, reach errors of order one."
            flows.Length
            []
            [
                for make, label in [ times, "relative error of a time"; heights, "relative error of a height" ] do
                    for name, flow in flows do
                        let title, modes, predicted = make name flow
                        panel title x (logarithmic label None) (drawn modes predicted)
            ]
