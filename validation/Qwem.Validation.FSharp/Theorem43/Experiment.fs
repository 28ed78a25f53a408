namespace Qwem.Validation.Theorem43

open Qwem.Reports
open Qwem.Sim.Cooccurrence
open Qwem.Validation
open Qwem.Validation.Drawing

/// Experiment theorem-4.3: the paper's Experiment 1 and its L_sym twin, theory against simulation.
module Experiment =

    // How far the logit of a rising variance may go between two records: from one half to four fifths of the plateau. Reading a
    // half-rise time off the records then never involves a variance that has all but reached its plateau.
    let private logitPerRecord = 1.4

    /// Times of the records in units of tau_1, for modes that rise by exp(rise).
    let private recordTimes (records: Records) (rise: float) =
        let knee = 0.5

        let late =
            Curves.logSpaced knee records.Last (2 + int (System.Math.Log(records.Last / knee) * rise / logitPerRecord))

        Array.append
            (Curves.logSpaced records.First knee (records.Early + 1)
             |> Array.take records.Early)
            late

    let private quantities (evidence: Evidence) =
        let settings, correct = evidence.Settings, evidence.Correct
        let step = evidence.StepInKappaTime correct * correct.Eigenvalues[0]
        let measured = Evidence.flowHalfRises evidence
        let covered = AlignedGates.alignedModes evidence measured

        let worstShift (variances: float array) =
            let predicted = AlignedGates.alignedHalfRises evidence correct variances

            covered
            |> Seq.map (fun k -> abs (predicted[k] / measured[k] - 1.0))
            |> Curves.worst

        [
            quantity "Z" correct.Z "1" "Z_{u}²/Z_{j} of the subsampling; 1 where nothing is subsampled"
            quantity "mean of M*" correct.TargetMean "1" "over all V² entries, before subsampling"
            quantity
                "marginal mismatch"
                correct.MarginalMismatch
                "1"
                "largest relative difference between the pairs' marginal and the word frequency P_{i}; theory and simulation both use the word counts within the vocabulary as P_{i}, and the pair counts as P_{ij}"
            quantity "λ*_{1}" correct.Eigenvalues[0] "1" "largest eigenvalue of the target"
            quantity "λ*_{2}" correct.Eigenvalues[1] "1" "second"
            quantity
                "λ*_{d}"
                correct.Eigenvalues[settings.EmbeddingDimension - 1]
                "1"
                "the last one that the model can learn"
            quantity
                "κτ₁"
                (Prediction.firstRealisation settings correct)
                "1/λ"
                "first realisation time of Theorem 4.3 with λ_{1}(0) = σ²"
            quantity
                "flow steps"
                (float evidence.Flow.Statistics.AcceptedSteps)
                "steps"
                "accepted steps of the integrator"
            quantity
                "flow evaluations"
                (float evidence.Flow.Statistics.Evaluations)
                "evaluations"
                "of the right-hand side, rejected steps included"
            quantity "κhλ₁" step "1" "how far one step of the stochastic descent moves the fastest mode"
            quantity
                "realisation shift"
                (Qwem.Theory.AlignedSolution.DiscreteTimeFactor step - 1.0)
                "1"
                "relative delay of τ₁ by the finite step, corrected for (`AlignedSolution.DiscreteTimeFactor` in `docs/theory.md`)"
            quantity
                "descent steps"
                (float evidence.Descents.Head.Steps[evidence.Descents.Head.Steps.Length - 1])
                "steps"
                "per run"
            quantity
                "modes compared"
                (float covered.Length)
                "modes"
                "with a misalignment of at most 0.1 and a recorded rise"
            quantity
                "half-rise error (a)"
                (worstShift (AlignedGates.paperVariances settings correct.Belief))
                "1"
                "largest relative error of a half-rise time, Theorem 4.3 with λ_{k}(0) = σ²"
            quantity
                "half-rise error (b)"
                (worstShift correct.InitialVariances)
                "1"
                "the same with λ_{k}(0) = R_{kk}(0)²"
            quantity
                "Gram error (c)"
                ((evidence.Exact correct.Belief).GramErrors |> Curves.worst)
                "1"
                "largest relative error of the Gram matrix over the records, exact solution"
        ]

    let private paragraphs (settings: Settings) (loss: Loss) =
        let setting =
            match loss with
            | CrossEntropy ->
                "The loss is the quadratic expansion of cross-entropy (Eq. 4) on text subsampled with Ψ_{i} = 1/P_{i}, which makes every pair of words count the same and changes the target to Z M* + (Z − 1)."
            | Symmetric ->
                "The loss is the symmetric quadratic loss (Eq. 11) with every pair reweighted by 1/(P_{ij} + P_{i}P_{j}), which makes every pair of words count the same; the target stays bounded by 2."

        [
            setting
            $"Embeddings of dimension d = {settings.EmbeddingDimension} of the V = {settings.VocabularySize} most frequent words start from Gaussian noise with σ = {settings.InitialisationScale:g1} and follow gradient flow (integrated at order 8 without any use of the theory) and, from the same start, stochastic gradient descent with {settings.PairsPerSign:N0} positive and {settings.PairsPerSign:N0} negative pairs per step."
            "Three theories are held against it: (a) Theorem 4.3 as the paper uses it, every mode starting at σ²; (b) Theorem 4.3 with each mode's own start R_{kk}(0)², R from the QR factorisation of W(0)V*; (c) the exact solution from any initialisation, which has no hypothesis on alignment or scale."
        ]

    /// <summary>Runs one loss and judges it.</summary>
    let run
        (loss: Loss)
        (counts: CooccurrenceCounts)
        (settings: Settings)
        ({
             Team = team
             Progress = progress
             Cancellation = cancellation
         }: Setting)
        : Section =
        let told stage fraction =
            cancellation.ThrowIfCancellationRequested()
            progress.Invoke($"{loss.Code}: {stage}", fraction)

        let inner = Progress(fun stage fraction -> told stage fraction)
        told "eigenbasis" 0.0
        let preparation = Measurement.prepare settings loss counts team
        told "closed form" 0.0

        let correct =
            Prediction.make settings loss counts preparation.Start team Belief.correct

        let unit = Prediction.firstRealisation settings correct / correct.Kappa

        let rise =
            Tolerances.logarithmicRise correct (AlignedGates.paperVariances settings correct.Belief) 0

        let flowTimes =
            recordTimes settings.FlowRecords rise |> Array.map (fun t -> t * unit)

        let flow =
            Measurement.flow settings preparation flowTimes settings.FlowTolerance true team inner cancellation

        // The second integration is reduced to its distance at once: its states would take as much memory as the first's.
        let coarse, gramDistances =
            let tolerance = settings.CoarseFactor * settings.FlowTolerance

            let run =
                Measurement.flow settings preparation flowTimes tolerance false team inner cancellation

            run.Observations, Comparison.integrations settings flow run team

        let learningRate = settings.DescentStep / (correct.Eigenvalues[0] * correct.Kappa)

        let steps =
            recordTimes settings.DescentRecords rise
            |> Array.map (fun t -> int64 (round (t * unit / learningRate)))
            |> Array.distinct

        let descents =
            settings.DescentSeeds
            |> List.mapi (fun index seed ->
                let inRun =
                    Progress(fun stage fraction ->
                        told $"{stage}, run {index + 1} of {settings.DescentSeeds.Length}" fraction)

                Measurement.descent settings preparation learningRate steps seed team inRun cancellation)

        let evidence =
            Evidence(
                settings,
                loss,
                counts,
                preparation,
                flow,
                coarse,
                gramDistances,
                descents,
                learningRate,
                correct,
                team
            )

        let gates = Gates.all evidence

        let verdicts =
            gates
            |> List.mapi (fun index gate ->
                told "gates and their mutations" (float index / float gates.Length)
                OldGate.evaluate Belief.correct gate)

        told "figures" 0.0

        {
            Id = $"theorem-4-3-{loss.Code}"
            Title = $"Theorem 4.3 for {loss.Title}"
            Question =
                "Do the singular values of the embeddings rise one after the other, at the times and to the heights that the corpus statistics alone predict?"
            Prediction =
                "s_{k}²(t) = λ_{k}(0)λ*_{k}exp(2κλ*_{k}t) / (λ*_{k} + λ_{k}(0)(exp(2κλ*_{k}t) − 1)) with λ_{k}(0) = σ² (a: Theorem 4.3) or R_{kk}(0)² (b), and the exact matrix Riccati solution from the random start itself (c: `ExactSolution` in `docs/theory.md`)."
            Answer = ""
            Paragraphs = paragraphs settings loss
            Quantities = quantities evidence
            References = []
            Tables = []
            Figures =
                [
                    StepFigures.singularValues evidence
                    StepFigures.lossStaircase evidence
                    AlignmentFigures.alignment evidence
                    AlignmentFigures.theories evidence
                ]
            Verdicts = verdicts
        }
