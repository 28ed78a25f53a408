namespace Qwem.Validation.Emergence

open Qwem.Reports
open Qwem.Sim.LinearAlgebra
open Qwem.Validation
open Qwem.Validation.Theorem43
open Qwem.Validation.Embeddings

/// Experiment emergence: when each family of analogies is learned, and the early maximum before any mode has appeared.
module Experiment =

    /// t / tau_1 of the theory's curves: the whole of training.
    let private curveTimes (setting: Setting) =
        Curves.logSpaced 0.02 40.0 (if setting.IsSmoke then 10 else 22)

    /// Where the early maximum is looked for.
    let private early = 0.6

    let private earlyTimes (setting: Setting) =
        Curves.logSpaced 0.01 1.0 (if setting.IsSmoke then 8 else 20)

    let private unweightedTimes = [| 0.02; 0.05; 0.1; 0.2; 0.35; 0.5; 0.7; 0.85; 1.0 |]

    // The linear law is drawn while the model is far below 1, and judged while frequent words are not yet so much longer than
    // rare ones that rounding would decide where these point.
    let private linearUpTo = 0.7
    let private judgedUpTo = 0.35

    let private told (setting: Setting) stage fraction =
        setting.Cancellation.ThrowIfCancellationRequested()
        setting.Progress.Invoke($"emergence: {stage}", fraction)

    let private theoryAndSimulation (setting: Setting) (models: Models) (loss: Loss) =
        let flow = models.Watched loss
        let corpus, team = models.Corpus, setting.Team
        let first = Sides.firstRealisation flow.Sides flow.Scale
        told setting $"accuracy of L_{loss.Code}" 0.0

        let theory =
            Curve.theory models.Questions flow Belief.correct first (curveTimes setting) team setting.Cancellation

        let simulated =
            Curve.simulated
                models.Questions
                corpus.Counts.Words
                (Models.WatchedTimes loss)
                (Array.init flow.Times.Length (fun record -> Flow.simulated flow record team))
                team
                setting.Cancellation

        told setting $"gates of L_{loss.Code}" 0.0
        flow, theory, simulated, Gates.ofFlow models.Questions flow team setting.Cancellation

    /// Three losses on fewer words, so that the one whose weights are those of the text can be simulated.
    let private beginnings (setting: Setting) (models: Models) =
        let corpus =
            { models.Corpus with
                Counts = Corpus.leading models.Corpus.Counts (if setting.IsSmoke then 300 else 1000)
            }

        let questions = Questions.ofVocabulary corpus.Counts.Words
        let scale, team = 1e-12, setting.Team

        let exact loss =
            let sides = Sides.make corpus loss team
            let first = Sides.firstRealisation sides scale

            let flow =
                Flow.unsimulated corpus sides corpus.FlowDimension scale setting.Seed team

            Curve.theory questions flow Belief.correct first (earlyTimes setting) team setting.Cancellation

        let run =
            Unweighted.make
                corpus
                scale
                setting.Seed
                unweightedTimes
                team
                (told setting "flow of L_sym without reweighting")
                setting.Cancellation

        let simulated =
            Curve.simulated questions corpus.Counts.Words unweightedTimes run.Fine team setting.Cancellation

        let linearTimes = earlyTimes setting |> Array.filter (fun t -> t <= linearUpTo)

        let linear =
            Curve.simulated
                questions
                corpus.Counts.Words
                linearTimes
                (linearTimes |> Array.map (run.Linear 1.0))
                team
                setting.Cancellation

        let records =
            [| 0 .. unweightedTimes.Length - 1 |]
            |> Array.filter (fun record -> unweightedTimes[record] <= judgedUpTo)

        let gate = Gates.ofUnweighted questions run records team
        corpus, questions, exact CrossEntropy, exact Symmetric, simulated, linear, OldGate.evaluate 1.0 gate

    let private earlyMaximum (name: string) (curve: Curve) =
        let at, height = Curve.peak early curve

        [
            Drawing.quantity
                $"early maximum, {name}"
                height
                "1"
                $"largest share answered up to {early:g} τ_{{1}}; chance is below 0.001"
            Drawing.quantity $"time of the early maximum, {name}" at "τ_{1}" "of that share"
            Drawing.quantity
                $"at τ_{{1}}, {name}"
                (Array.last curve.Total)
                "1"
                "share answered when the first mode appears, with all else still far below it"
        ]

    /// Simulates, evaluates and judges.
    let run (setting: Setting) : Section =
        let models = Models.Of setting
        let questions = models.Questions

        let symFlow, symTheory, symSimulated, symVerdicts =
            theoryAndSimulation setting models Symmetric

        let xeFlow, xeTheory, xeSimulated, xeVerdicts =
            theoryAndSimulation setting models CrossEntropy

        let small, smallQuestions, xe, sym, unweighted, linear, verdict =
            beginnings setting models

        let sizes (corpus: Corpus) =
            PaperValues.here setting corpus.Size corpus.Counts.Convention.WindowHalfWidth $"d = {corpus.FlowDimension}"

        let final (curve: Curve) = Array.last curve.Total

        {
            Id = "emergence"
            Title = "Emergence of analogies along training"
            Question =
                "When does a model begin to answer analogies, does every kind of analogy come at its own time, and what does a model know before it has learned anything of visible size?"
            Prediction =
                "Embeddings at any time from any start by the exact solution (`ExactSolution` in `docs/theory.md`), and analogies by vector addition (Eq. 14). Before the first mode appears the flow is linear, W(t) = W(0)e^{κM*t}: all words are vanishing, but their directions, which alone decide an analogy, already lean towards the leading eigen-directions."
            Answer = ""
            Paragraphs =
                [
                    $"{Wording.corpusSentence models.Corpus} {Numbers.whole questions.Count} questions of {questions.Names.Length} families. Embeddings of dimension {models.Corpus.FlowDimension} from a Gaussian start of scale σ = {Numbers.short symFlow.Scale}, L_{{xe}} on text subsampled with Ψ_{{i}} = 1/P_{{i}} and L_{{sym}} with every pair alike. The flow is simulated up to {Array.last (Models.WatchedTimes CrossEntropy):g} τ_{{1}} and {Array.last (Models.WatchedTimes Symmetric):g} τ_{{1}}; the exact solution goes on to 40 τ_{{1}}, where all {models.Corpus.FlowDimension} modes have appeared."
                    $"The early maximum is looked at on the V = {Numbers.whole small.Size} most frequent words with {Numbers.whole smallQuestions.Count} questions, because L_{{sym}} without reweighting has no eigenbasis in which its flow is cheap. There it has no closed form either, but its beginning has: rates 4λ of G o M*, whose leading directions are those of the most frequent words. τ_{{1}} is then the time at which the fastest mode would reach 1."
                ]
            Quantities =
                [
                    Drawing.quantity "questions" (float questions.Count) "1" "any two pairs of a family"
                    Drawing.quantity
                        "flow steps, L_{sym}"
                        (float symFlow.Steps)
                        "steps"
                        "accepted steps of the integrator"
                    Drawing.quantity
                        "flow steps, L_{xe}"
                        (float xeFlow.Steps)
                        "steps"
                        "accepted steps of the integrator"
                    Drawing.quantity
                        "at 40 τ_{1}, L_{sym}"
                        (final symTheory)
                        "1"
                        "share of all questions, exact solution"
                    Drawing.quantity "at 40 τ_{1}, L_{xe}" (final xeTheory) "1" "share of all questions, exact solution"
                    yield! earlyMaximum "L_{xe}" xe
                    yield! earlyMaximum "L_{sym} reweighted" sym
                    yield! earlyMaximum "L_{sym} not reweighted" unweighted
                ]
            References =
                References.make
                    (sizes models.Corpus)
                    (sizes small + "; this project's families")
                    symTheory
                    (Curve.peak early sym)
                    (Curve.peak early xe)
            Tables = []
            Figures =
                [
                    Figure.emergence
                        questions
                        [
                            Figure.families questions xeTheory xeSimulated CrossEntropy
                            Figure.families questions symTheory symSimulated Symmetric
                        ]
                    Figure.bump xe sym unweighted linear
                ]
            Verdicts = xeVerdicts @ symVerdicts @ [ verdict ]
        }
