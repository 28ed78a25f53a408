/// Theorem 4.3, and the solution from any start that the paper does not have, against gradient flow and stochastic descent.
module Qwem.Validation.Claims.Theorem43

open System
open Qwem.Reports
open Qwem.Sim.Training
open Qwem.Theory
open Qwem.Validation
open Qwem.Validation.Drawing
open Qwem.Validation.Claims.Theorem43Run
open Qwem.Validation.Claims.Theorem43Evidence

let private furthest (metric: float -> float -> float) (a: float array) (b: float array) =
    Seq.map2 metric a b |> Curves.worst

let private relative = furthest (fun a b -> abs (a - b) / abs b)
let private absolute = furthest (fun a b -> abs (a - b))

/// Simulation against theorem: the bound is the integration's error and rounding.
let private exactGates (it: Evidence) =
    let measured, v = it.Measured, it.Measured.Plateaus.Length
    let flow, coarse = measured.Flow, measured.Coarse
    let exponent = Solved.exponent it.Right (Array.last measured.Times)
    let normalised = normalisedLoss measured

    // A slip is looked for where an error shows most: before the first rise, in the middle of it and of later ones, and while the subspaces align.
    let near time =
        [| 0 .. flow.Length - 1 |]
        |> Array.minBy (fun i -> abs (measured.Times[i] - time * measured.Unit))

    let last = flow.Length - 1

    let gate name claim metric (apart, amplification) gap glimpse =
        Gate.exact
            $"theorem-4.3/{measured.Loss.Code}/{name}"
            $"The exact solution gives {claim}."
            metric
            (ConstantWeight.tolerance v apart amplification)
            gap
        |> Gate.glimpsed glimpse

    // The distance of the coarse flow from the fine one in some property, of the exact solution from the fine flow over all records, and
    // the latter at the records nearest to some multiples of tau_1.
    let compared metric (predicted: Exact -> 'a) (ofState: Solved -> ExactState -> 'a) (seen: Observation -> 'a) times =
        let records = times |> List.map near |> List.distinct

        Curves.worst (Seq.map2 (fun a b -> metric (seen a) (seen b)) coarse flow),
        (fun theory ->
            Seq.map2 (fun exact measured -> metric (predicted exact) (seen measured)) (it.Exact.Of theory) flow
            |> Curves.worst),
        (fun theory ->
            let solved = measured.Solved.Of theory

            records
            |> Seq.map (fun record -> metric (ofState solved (stateAt measured solved record)) (seen flow[record]))
            |> Curves.worst)

    let drift =
        Dense.gramDistance measured.States[last] measured.States[last - 1] measured.Setting.Team
        / log (measured.Times[last] / measured.Times[last - 1])

    let borders =
        measured.Sizes.Ranks
        |> Seq.map (fun k ->
            it.Right.Eigenvalues[0]
            / (it.Right.Eigenvalues[k - 1] - it.Right.Eigenvalues[k]))
        |> Seq.max

    let singularApart, singular, singularNear =
        compared relative _.SingularValues (fun _ state -> state.SingularValues()) _.SingularValues [ 0.9 ]

    let overlapsApart, overlaps, overlapsNear =
        compared absolute _.Overlaps (fun _ -> overlapsOf measured) _.SubspaceOverlaps [ 0.4; 1.2; 4.0 ]

    let lossApart, loss, lossNear =
        compared (fun a b -> abs (a - b)) _.Loss lossOf (fun o -> normalised o.Loss) [ 1.03; 1.5; 4.0 ]

    let grams theory = it.Exact.Of theory |> Array.map _.Gram

    [
        gate
            "exact-gram"
            "the Gram matrix of the simulated flow at every recorded time"
            "largest relative error of M over the records, Frobenius norm"
            (Curves.worst measured.Apart, exponent)
            (fun theory -> Curves.worst (grams theory))
            (fun theory -> gramAt measured theory (near 0.9))
        // Nearly at rest, the model no longer amplifies roundings by the exponents, only by what is left of its drift.
        gate
            "exact-final-gram"
            "the Gram matrix of the simulated flow at the last recorded time"
            "relative error of M, Frobenius norm"
            (Array.last measured.Apart, 1.0 + drift)
            (fun theory -> gramAt measured theory last)
            (fun theory -> gramAt measured theory last)
        // A mode's rounding is bounded against its whole row of X, of which its own direction may be 1/sqrt(d).
        gate
            "exact-singular-values"
            "every singular value at every recorded time, the smallest as well as the largest"
            "largest relative error over modes and records"
            (singularApart, sqrt (float measured.Dimension) * exponent)
            singular
            singularNear
        // A rounding of the target turns an eigenspace by lambda_1 over the gap at its border (Davis and Kahan).
        gate
            "exact-alignment"
            "the alignment of the simulated top-k subspaces with the target's at every recorded time"
            "largest error of an overlap over subspaces and records"
            (overlapsApart, exponent + borders)
            overlaps
            overlapsNear
        gate
            "exact-loss-staircase"
            "the loss of the simulated flow at every recorded time"
            "largest error of the loss, in units of the loss at W = 0"
            (lossApart, exponent)
            loss
            lossNear
    ]

/// Simulation against Theorem 4.3: the bound is a formula for the term that it drops, mode by mode.
let private alignedGates (it: Evidence) =
    let measured = it.Measured
    let paper, own = bounds it
    let valid = it.Valid

    let gate name start variances (allowed: float array) because =
        let coverage =
            if 2 * valid.Length >= measured.Dimension then
                $"{valid.Length} of {measured.Dimension} modes"
            else
                $"the bound covers {valid.Length} of {measured.Dimension} modes, too few to tell"

        Gate.leadingOrder
            $"theorem-4.3/{measured.Loss.Code}/{name}"
            $"Theorem 4.3 with λ_{{k}}(0) = {start} gives the half-rise times of the flow ({coverage})."
            "largest relative error of a half-rise time, in units of the mode's own bound"
            { Bound = 1.0; Because = because }
            (fun theory ->
                let errors = alignedErrors it variances theory
                valid |> Seq.map (fun k -> errors[k] / allowed[k]) |> Curves.worst)
        |> Gate.covering (valid.Length, measured.Dimension)

    let misaligned =
        "eta_k / (1 - eta_k - h_k) / ln(lambda/lambda_0), the coupling of mode k to the others by a start that is not aligned (`Misalignment` in `docs/theory.md`); modes with eta_k + h_k below 1/2, the others are in the figure; plus the error of the integration"

    [
        gate
            "aligned-paper-half-rise"
            "σ^{2}"
            paperVariances
            paper
            $"per mode: the law of R_kk(0)^2/sigma^2, chi-square with d - k + 1 degrees of freedom, at the tail of 6 standard errors (Chernoff), over ln(lambda/sigma^2), plus {misaligned}"
        gate "aligned-qr-half-rise" "R_{kk}(0)^{2}" ownVariances own $"per mode: {misaligned}"
    ]

/// The mean of the descents against the exact solution: the bound is six standard errors of that mean, and terms of a finite step.
let private descentGates (it: Evidence) =
    let measured = it.Measured

    if it.Descended.Length = 0 then
        []
    else
        let covered =
            $"{it.Descended.Length} of {measured.Dimension} modes, mean of {measured.Descents.Length} runs"

        let smallest = it.Descended |> Seq.map it.Deviation.HalfRiseShift |> Seq.min

        [
            { (Gate.statistical
                  $"theorem-4.3/{measured.Loss.Code}/descent-exact-half-rise"
                  $"The exact solution, corrected for the finite step, gives the half-rise times of the modes that rise well inside stochastic gradient descent ({covered})."
                  "largest relative error of a mean half-rise time, in units of the mode's own bound"
                  {
                      Bound = 1.0
                      Because =
                          "per mode: 6 standard errors of the mean growth, from the one-batch variance of v_k'M*v_k computed pair by pair; its second order k kappa h Var / lambda; and the finite step while saturating, 1.5 ln 2 kappa h lambda / ln(lambda/lambda_0) (`DescentDeviation` in `docs/theory.md`)"
                  }
                  (descentGap it)) with
                Effect = $"the smallest shift of a half-rise time that it would detect is {100.0 * smallest:F2} %%"
            }
            |> Gate.glimpsed (descentGlimpse it)
            Gate.statistical
                $"theorem-4.3/{measured.Loss.Code}/descent-end"
                $"The exact solution gives the singular values at the end of stochastic gradient descent, of the modes that have risen well before ({covered})."
                "largest relative error of the mean of a singular value, in units of its own bound"
                {
                    Bound = 1.0
                    Because =
                        "per mode: stationary noise of a realised mode, 6 standard errors of the mean of sqrt(kappa h Var / lambda), the inflow kappa h Var (tr M / lambda + V) / (2 lambda) from the other modes and the repulsion by the noise between it and them; and, for a mode that is not quite at rest, what the bound of its time still moves"
                }
                (fun theory ->
                    endErrors it theory
                    |> Seq.map (fun (error, bound) -> error / bound)
                    |> Curves.worst)
        ]

let private judge (it: Evidence) =
    exactGates it @ alignedGates it @ descentGates it

/// Largest relative errors of half-rise times: of theories (a) and (b) over the modes that leading order covers, and of the exact solution.
let private errors (it: Evidence) =
    let largest (values: float array) =
        it.Valid |> Seq.map (Array.get values) |> Curves.worst

    let derived = Theory.derived

    largest (alignedErrors it paperVariances derived),
    largest (alignedErrors it ownVariances derived),
    exactErrors it derived |> Seq.filter Double.IsFinite |> Curves.worst

let private headline (it: Evidence) (verdicts: Verdict list) =
    let paper, _, exact = errors it
    let d, covered = it.Measured.Dimension, it.Valid.Length
    let all = if it.Unrisen = 0 then $"all {d}" else $"the {d - it.Unrisen} that rise"

    // Too few to tell is said in words, not by the names of the gates.
    let untold =
        verdicts
        |> List.filter (fun verdict -> verdict.Kind = GateKind.LeadingOrder && Double.IsNaN verdict.Gap)
        |> List.map _.Id

    let times =
        if not untold.IsEmpty then
            $"Not confirmed: Theorem 4.3 for half-rise times, as its bound covers {covered} of {d} modes, too few to tell"
        elif covered = d then
            $"Theorem 4.3 gives the half-rise times of all {d} modes to {Numbers.percent paper}"
        else
            $"Theorem 4.3 gives the half-rise times of {covered} of {d} modes to {Numbers.percent paper} (the others are too weakly aligned for a bound)"

    $"{Verdicts.failedBut untold verdicts}{times}; the exact solution gives those of {all} to {Numbers.short exact}."

let private further (it: Evidence) (verdicts: Verdict list) =
    let _, own, _ = errors it
    let d, measured = it.Measured.Dimension, it.Measured

    let resolved =
        [
            "kappa", "κ"
            "first-eigenvalue", "λ*_{1}"
            "z", "1 − Z"
            "start-variance", "the λ_{k}(0) of Theorem 4.3"
        ]
        |> List.choose (fun (slip, name) ->
            Verdicts.resolution slip verdicts
            |> Option.map (fun size -> $"{Numbers.short size} in {name}"))
        |> function
            | [] -> ""
            | sizes -> $"""The gates would reject relative errors of {String.concat ", " sizes}."""

    let descents =
        if it.Descended.Length = 0 then
            ""
        else
            $"In stochastic gradient descent {it.Descended.Length} modes rise well inside the run. The exact solution gives their half-rise times, as the mean of {measured.Descents.Length} runs, to {Numbers.percent (Curves.worst (descentErrors it Theory.derived))}; in the best mode a shift of {Numbers.percent (it.Descended |> Seq.map it.Deviation.HalfRiseShift |> Seq.min)} would have shown. "

    let others =
        let outside = Array.except it.Valid [| 0 .. d - 1 |]

        let largest variances =
            let errors = alignedErrors it variances Theory.derived

            outside
            |> Seq.map (Array.get errors)
            |> Seq.filter Double.IsFinite
            |> Curves.worst

        if outside.Length = it.Unrisen then
            ""
        else
            $"The other {outside.Length - it.Unrisen} are off by up to {Numbers.percent (largest paperVariances)} with σ² and by up to {Numbers.percent (largest ownVariances)} with their own start. "

    let unrisen =
        if it.Unrisen = 0 then
            ""
        else
            $"Within the run {it.Unrisen} modes do not rise. "

    let covered =
        if it.Valid.Length = 0 then
            ""
        else
            $"Started from each mode's own R_{{kk}}(0)² in place of σ², Theorem 4.3 gives these times to {Numbers.percent own}. "

    $"{covered}{others}{unrisen}{descents}{resolved}".TrimEnd()

let private paragraphs (it: Evidence) =
    let measured, chosen = it.Measured, it.Measured.Setting.Chosen
    let sizes = measured.Sizes

    let loss =
        match measured.Loss with
        | ConstantLoss.CrossEntropy ->
            "The loss is the quadratic expansion of cross-entropy (Eq. 4) on text subsampled with Ψ_{i} = 1/P_{i}, which makes every pair of words count the same and changes the target to Z M* + (Z − 1)."
        | ConstantLoss.Symmetric ->
            "The loss is the symmetric quadratic loss (Eq. 11) with every pair reweighted by 1/(P_{ij} + P_{i}P_{j}), which makes every pair of words count the same; the target stays bounded by 2."

    [
        loss
        $"Embeddings of dimension d = {chosen.Dimension} of the V = {chosen.VocabularySize} most frequent words start from Gaussian noise with σ = {chosen.Scale:g1} and follow gradient flow (integrated at order 8 without any use of the theory) and, from the same start, stochastic gradient descent with {sizes.PairsPerSign:N0} positive and {sizes.PairsPerSign:N0} negative pairs per step."
        "Three theories are held against it: (a) Theorem 4.3 as the paper uses it, every mode starting at σ²; (b) Theorem 4.3 with each mode's own start R_{kk}(0)², R from the QR factorisation of W(0)V*; (c) the exact solution from any initialisation, which has no hypothesis on alignment or scale."
        $"Theorem 4.3 is exact for an aligned start only. How far a random one is from that is computed mode by mode: for {it.Valid.Length} of the {chosen.Dimension} modes the coupling to the others is small enough for a bound, and {it.Unrisen} modes do not rise within the run. The rest are in the figure of half-rise errors, marked, and in no verdict."
    ]

let private numbers (it: Evidence) =
    let measured, right = it.Measured, it.Right
    let paper, own, exact = errors it

    let corpus =
        Corpus.statistics Theory.derived (Corpus.leading measured.Setting.Chosen.Counts measured.Plateaus.Length)

    let certificate =
        TargetSpectrum(right.Eigenvalues, right.Eigenvectors.Values).Certify right.Target

    // Each run's distance from the mean in units of its own standard error; 1 if the noise is as predicted.
    let scatter =
        let runs = float it.Runs.Length

        let single k =
            it.Deviation.Sampling k / Tolerance.standardErrors * sqrt runs

        it.Runs
        |> Seq.collect (fun run ->
            it.Descended
            |> Seq.map (fun k -> ((run[k] / it.Mean[k] - 1.0) / single k) ** 2.0))
        |> Seq.average
        |> fun square -> sqrt (square * runs / (runs - 1.0))

    [
        dimensionless "Z" (measured.Z Theory.derived) "Z_{u}²/Z_{j} of the subsampling; 1 where nothing is subsampled"
        dimensionless
            "marginal mismatch"
            (corpus.MarginalMismatch())
            "largest relative difference between the pairs' marginal and the word frequency P_{i}; theory and simulation both use the word counts within the vocabulary as P_{i}, and the pair counts as P_{ij}"
        dimensionless "λ*_{1}" right.Eigenvalues[0] "largest eigenvalue of the target"
        dimensionless "λ*_{2}" right.Eigenvalues[1] "second"
        dimensionless "λ*_{d}" right.Eigenvalues[measured.Dimension - 1] "the last one that the model can learn"
        dimensionless
            "eigenpairs"
            (max certificate.Residual certificate.Orthogonality)
            "residual relative to ‖M*‖ and error of orthogonality of the eigenpairs handed to the theory, the larger"
        quantity
            "κτ₁"
            (float (
                Theory.derived.RealisationTime
                    (Theory.derived.StartVariance measured.Problem.Scale measured.Dimension)
                    right.Eigenvalues[0]
            ))
            "1/λ"
            "first realisation time of Theorem 4.3 with λ_{1}(0) = σ²"
        dimensionless
            "κhλ₁"
            (it.Step * right.Eigenvalues[0])
            "how far one step of the stochastic descent moves the fastest mode"
        dimensionless
            "realisation shift"
            (Theory.derived.StepDelay(it.Step * right.Eigenvalues[0]) - 1.0)
            "relative delay of τ₁ by the finite step, corrected for (`AlignedSolution.DiscreteTimeFactor` in `docs/theory.md`)"
        quantity "descent steps" (float (Array.last measured.Steps)) "steps" "per run"
        dimensionless
            "scatter of the runs"
            scatter
            "root mean square of a run's half-rise time about the mean of the runs, in units of the standard error computed from one batch"
        quantity
            "modes compared"
            (float it.Valid.Length)
            "modes"
            "for which leading order gives a bound, and which rise within the run"
        quantity "modes that do not rise" (float it.Unrisen) "modes" "within the run"
        dimensionless
            "half-rise error (a)"
            paper
            "largest relative error of a half-rise time, Theorem 4.3 with λ_{k}(0) = σ²"
        dimensionless "half-rise error (b)" own "the same with λ_{k}(0) = R_{kk}(0)²"
        dimensionless "half-rise error (c)" exact "the same of the exact solution, over all modes"
        dimensionless
            "Gram error (c)"
            (Curves.worst (it.Exact.Of Theory.derived |> Array.map _.Gram))
            "largest relative error of the Gram matrix over the records, exact solution"
    ]

let claimOf (loss: ConstantLoss) =
    claim $"theorem-4.3/{loss.Code}" $"Theorem 4.3 for {loss.Title}" {
        asks
            "Do the singular values of the embeddings rise one after the other, at the times and to the heights that the corpus statistics alone predict?"

        predicts
            "s_{k}²(t) = λ_{k}(0)λ*_{k}exp(2κλ*_{k}t) / (λ*_{k} + λ_{k}(0)(exp(2κλ*_{k}t) − 1)) with λ_{k}(0) = σ² (a: Theorem 4.3) or R_{kk}(0)² (b), and the exact matrix Riccati solution from the random start itself (c: `ExactSolution` in `docs/theory.md`)."

        seconds 6 75 75 75
        measures (gather loss)
        gates judge
        answer headline
        details further
        text paragraphs
        quantities numbers
        figures Theorem43Figures.all
    }

let claims = [ claimOf ConstantLoss.CrossEntropy; claimOf ConstantLoss.Symmetric ]
