/// When each family of analogies is learned, and what a model answers before any mode has appeared.
module Qwem.Validation.Claims.Emergence

open Qwem.Reports
open Qwem.Sim.LinearAlgebra
open Qwem.Validation
open Qwem.Validation.Drawing
open Qwem.Validation.Embeddings

/// Shares of questions answered rightly along a flow.
type private Curve =
    {
        /// t / tau_1.
        Times: float array
        /// One array per family.
        Families: float array array
        Total: float array
    }

/// Of the right answers of every family at each of the times.
let private curve (questions: Questions) times (right: int array array) =
    let asked = questions.Families |> Array.map _.QuestionCount

    {
        Times = times
        Families =
            asked
            |> Array.mapi (fun f count -> right |> Array.map (fun row -> float row[f] / float count))
        Total = right |> Array.map (fun row -> float (Array.sum row) / float (Array.sum asked))
    }

/// By the theory, at times in units of a first realisation time.
let private byTheory questions (flow: Flow) times (setting: Setting) =
    let first, team = Sides.firstRealisation flow.Sides flow.Scale, setting.Team
    let stage = $"emergence: accuracy of L_{flow.Sides.Loss.Code}"

    times
    |> Array.mapi (fun n time ->
        setting.Told stage (float n / float times.Length)
        let embeddings = Flow.byDimension flow Theory.derived (time * first) team
        Questions.right Theory.derived embeddings.Values embeddings.Rows questions)
    |> curve questions times

/// By the simulator's benchmark, of embeddings V x d in the order of the times.
let private bySimulator questions words times (embeddings: DenseMatrix array) (setting: Setting) =
    embeddings
    |> Array.map (fun model ->
        let vectors = Questions.vectors words model

        let report =
            Questions.simulated vectors questions 0 setting.Team setting.Cancellation

        report.Families |> Seq.map _.ExcludingInputs.Correct |> Array.ofSeq)
    |> curve questions times

/// Where the early maximum is looked for, and when and how high it is.
let private early = 0.6

let private peak (it: Curve) =
    Array.zip it.Times it.Total
    |> Array.filter (fun (time, _) -> time <= early)
    |> Array.maxBy snd

/// When a family has come to half its last share, between the records on the logarithmic scale.
let private halfTime (it: Curve) f =
    let shares, half = it.Families[f], 0.5 * Array.last it.Families[f]
    // From behind: an early maximum is another thing.
    let n = shares |> Array.findIndexBack (fun share -> share < half)
    let fraction = (half - shares[n]) / (shares[n + 1] - shares[n])
    it.Times[n] * (it.Times[n + 1] / it.Times[n]) ** fraction

/// The families that come to half their last share first and last, with the times; of those that are answered at all.
let private span (questions: Questions) (it: Curve) =
    let times =
        [|
            for f in 0 .. questions.Names.Length - 1 do
                if Array.last it.Families[f] > 0.0 then
                    halfTime it f, questions.Names[f]
        |]

    Array.min times, Array.max times

/// A flow with its curves, and its records as questions see them.
type private Watched =
    {
        Flow: Flow
        Theory: Curve
        Simulated: Curve
        Observed: Agreement.Observed array
        /// Answers that only one of exact solution and simulation gives rightly, and answers that the bounds leave open.
        Different: int
        Undecided: int
    }

type private Measured =
    {
        Setting: Setting
        Models: Models
        Xe: Watched
        Sym: Watched
        /// The beginnings on fewer words.
        Few: Vocabulary
        FewQuestions: Questions
        EarlyXe: Curve
        EarlySym: Curve
        Unweighted: Unweighted
        UnweightedCurve: Curve
        Linear: Curve
    }

let private watch (setting: Setting) (models: Models) loss =
    let flow, questions, team = models.Watched loss, models.Questions, setting.Team
    let records = [| 0 .. flow.Times.Length - 1 |]

    let theory =
        byTheory questions flow (Curves.logSpaced 0.02 40.0 (if setting.IsSmoke then 10 else 22)) setting

    let simulated = records |> Array.map (fun record -> Flow.simulated flow record team)
    setting.Told $"emergence: answers of L_{loss.Code}" 0.0
    let observed = Agreement.ofFlow questions flow team

    let counted =
        observed
        |> Array.mapi (fun record it ->
            let answers = Questions.answers false questions it.Cosines

            let predicted =
                Questions.cosines questions (Flow.at flow Theory.derived (Flow.kappaTime flow record) team) team
                |> Questions.answers false questions

            Questions.different answers predicted, Agreement.undecided questions it answers)

    {
        Flow = flow
        Theory = theory
        Simulated = bySimulator questions models.Words (Models.WatchedTimes loss) simulated setting
        Observed = observed
        Different = Array.sumBy fst counted
        Undecided = Array.sumBy snd counted
    }

let private measure (setting: Setting) =
    let models = Models.Of setting

    // Three losses on fewer words, so that the one whose weights are those of the text can be simulated.
    let few =
        { models.Vocabulary with
            Counts = Vocabulary.leading models.Vocabulary.Counts (if setting.IsSmoke then 300 else 1000)
        }

    let questions, team, scale =
        Questions.ofVocabulary few.Counts.Words, setting.Team, 1e-12

    let counts = Qwem.Validation.Corpus.leading few.Counts few.Size
    let statistics = Targets.statistics counts
    let times = Curves.logSpaced 0.01 1.0 (if setting.IsSmoke then 8 else 20)

    let beginning loss =
        let sides = Sides.make few statistics loss team
        byTheory questions (Flow.unsimulated sides few.FlowDimension scale setting.Seed team) times setting

    let run = Unweighted.make counts statistics few.FlowDimension scale setting
    let linear = times |> Array.filter (fun t -> t <= 0.7)
    let answered = bySimulator questions few.Counts.Words

    {
        Setting = setting
        Models = models
        Xe = watch setting models ConstantLoss.CrossEntropy
        Sym = watch setting models ConstantLoss.Symmetric
        Few = few
        FewQuestions = questions
        EarlyXe = beginning ConstantLoss.CrossEntropy
        EarlySym = beginning ConstantLoss.Symmetric
        Unweighted = run
        UnweightedCurve = answered Unweighted.times run.Run.Fine setting
        Linear = answered linear (linear |> Array.map (run.Linear Theory.derived)) setting
    }

let private judge (it: Measured) =
    let cosines (watched: Watched) =
        let loss = watched.Flow.Sides.Loss

        Agreement.gate
            $"emergence/{loss.Code}/cosines"
            "The exact solution gives the cosine of every word that is asked about with every other word, from before the first mode has appeared, and with them the margin of every answer."
            it.Models
            watched.Flow
            watched.Observed
            (it.Models.WatchedSmall loss)
            it.Setting.Team

    [
        cosines it.Xe
        cosines it.Sym
        Unweighted.gate it.Unweighted it.FewQuestions it.Setting.Team
    ]

let private time range = logarithmic "time t/τ_{1}" range

/// Accuracy against time, theory and simulation: all questions and the largest families, as many as colours can be told apart.
let private emergence (it: Measured) =
    let questions = it.Models.Questions

    let largest =
        questions.Families
        |> Array.mapi (fun f family -> f, family.QuestionCount)
        |> Array.sortBy (fun (f, count) -> -count, f)
        |> Array.map fst
        |> Seq.zip [ 0; 1; 2; 3; 4; 7 ]
        |> List.ofSeq

    let drawn (watched: Watched) =
        let both colour legend dashed circles =
            [
                series (Some legend) colour (Line(Dashed, 1.6)) (Array.zip watched.Theory.Times dashed)
                series
                    (if colour.IsNone then Some "simulated" else None)
                    colour
                    (Circles 3.5)
                    (Array.zip watched.Simulated.Times circles)
            ]

        panel
            watched.Flow.Sides.Loss.Title
            (time None)
            (linear "share answered" (Some(0.0, 1.0)))
            [
                yield! both None "all questions" watched.Theory.Total watched.Simulated.Total

                for colour, f in largest do
                    yield!
                        both (Some colour) questions.Names[f] watched.Theory.Families[f] watched.Simulated.Families[f]
            ]

    let spans (watched: Watched) =
        let times = largest |> List.map (fun (_, f) -> halfTime watched.Theory f)
        $"between {Numbers.short (List.min times)} and {Numbers.short (List.max times)} τ_{{1}} for {watched.Flow.Sides.Loss.Title}"

    { figure
          "emergence"
          "When each family of analogies is learned"
          [ "v1 5"; "v1 6" ]
          "Share of the analogies of each family that are answered rightly against training time, from a start of scale 10^{-12}. Dashed: exact solution. Circles: simulated flow, evaluated by the simulator's own benchmark. Black: all questions."
          $"Rising dashed curves, one per family, with circles on them; the families drawn reach half of their last share {spans it.Xe} and {spans it.Sym}."
          2
          []
          [ drawn it.Xe; drawn it.Sym ] with
        ColourNames = [ for colour, f in largest -> colour, questions.Names[f] ]
    }

/// The early maximum, with and without reweighting.
let private bump (it: Measured) =
    let line legend colour stroke (curve: Curve) =
        series (Some legend) (Some colour) (Line(stroke, 1.6)) (Array.zip curve.Times curve.Total)

    let told (curve: Curve) =
        let at, height = peak curve
        $"{Numbers.decimals 1 (100.0 * height)} %% at {Numbers.short at} τ_{{1}}"

    figure
        "emergence-early"
        "Until the first mode appears"
        [ "v1 2A"; "v1 6" ]
        "Share of all analogies answered rightly up to τ_{1}, when the first mode appears. Dashed: exact solution of L_{xe} and of the reweighted L_{sym}. Dotted: the linear law of L_{sym} without reweighting, whose simulation is the circles."
        $"Largest share up to {early:g} τ_{{1}}: L_xe {told it.EarlyXe}, L_sym with every pair alike {told it.EarlySym}, L_sym as the text weighs {told it.UnweightedCurve}."
        1
        []
        [
            panel
                ""
                (time None)
                (linear "share answered" None)
                [
                    line "L_{xe}" 0 Dashed it.EarlyXe
                    line "L_{sym}, every pair alike" 1 Dashed it.EarlySym
                    line "L_{sym}, as the text weighs" 2 Dotted it.Linear
                    series
                        (Some "the same, simulated")
                        (Some 2)
                        (Circles 3.5)
                        (Array.zip it.UnweightedCurve.Times it.UnweightedCurve.Total)
                ]
        ]

/// When analogies come, beside the paper and the authors' training logs.
let private beside (it: Measured) =
    let sizes (words: Vocabulary) =
        Vocabulary.here it.Setting words $"d = {words.FlowDimension}; this project's families"

    let percent share =
        Numbers.decimals 1 (100.0 * share) + " %"

    let reference place setting quantity paper ours words : Reference =
        {
            Quantity = quantity
            Place = place
            Paper = paper
            PaperSetting = setting
            Ours = ours
            OurSetting = sizes words
        }

    let logs = reference "Training logs of the final version" PaperValues.wikipedia
    let (xe, _), (sym, height) = peak it.EarlyXe, peak it.EarlySym
    let theory = it.Sym.Theory

    [
        reference
            "v1 6"
            "the first version's text and sizes"
            "time of the early maximum of accuracy, L_{xe}"
            "about 0.1 τ₁"
            $"{Numbers.short xe} τ₁"
            it.Few
        logs
            "early maximum of accuracy, L_{sym} with every pair alike, and its time"
            "1.1 % at 0.30 τ₁"
            $"{percent height} at {Numbers.short sym} τ₁"
            it.Few
        // t/tau_1 and percent right of the run qwem-small, up to the step at which its rate falls.
        for time, right in [ 2.1, 0.84; 5.2, 18.9; 10.4, 40.1; 20.8, 56.7; 31.2, 60.8 ] do
            let at, share =
                Array.zip theory.Times theory.Total
                |> Array.minBy (fun (t, _) -> abs (log (t / time)))

            logs
                $"analogies answered rightly by QWEM about t = {Numbers.short time} τ₁"
                $"{Numbers.short right} %%"
                $"{percent share} at {Numbers.short at} τ₁"
                it.Models.Vocabulary
    ]

let claim =
    claim "emergence" "Emergence of analogies along training" {
        asks
            "When does a model begin to answer analogies, does every kind of analogy come at its own time, and what does a model know before it has learned anything of visible size?"

        predicts
            "Embeddings at any time from any start by the exact solution (`ExactSolution` in `docs/theory.md`), and analogies by vector addition (v1 Eq. 14). Before the first mode appears the flow is linear, W(t) = W(0)e^{κM*t}: all words are vanishing, but their directions, which alone decide an analogy, already lean towards the leading eigen-directions."

        seconds 2 25 55 55
        measures measure
        gates judge

        answer (fun it verdicts ->
            let asked =
                it.Models.Questions.Count * (it.Xe.Observed.Length + it.Sym.Observed.Length)

            let different = it.Xe.Different + it.Sym.Different

            $"{Verdicts.failed verdicts}The exact solution and the simulation answer {asked - different:N0} of {asked:N0} analogies alike, counted over all recorded times from before the first mode has appeared.")

        details (fun it verdicts ->
            let undecided = it.Xe.Undecided + it.Sym.Undecided

            let gap id =
                Numbers.short (Verdicts.find id verdicts).Gap

            let gapXe, gapSym = gap "emergence/xe/cosines", gap "emergence/sym/cosines"
            let (soonest, first), (latest, last) = span it.Models.Questions it.Sym.Theory
            let at, height = peak it.EarlyXe

            $"Of these answers {undecided:N0} are decided by less than the bounds of their cosines. The largest error of a cosine is {gapXe} of its own bound with L_{{xe}} and {gapSym} with L_{{sym}}. With L_{{sym}} the first family comes to half of its last share of right answers at {Numbers.short soonest} τ_{{1}} ({first}), the last at {Numbers.short latest} τ_{{1}} ({last}). Already at {Numbers.short at} τ_{{1}}, when all embeddings are still vanishingly small, L_{{xe}} answers {Numbers.decimals 1 (100.0 * height)} %% of {it.FewQuestions.Count:N0} questions.")

        text (fun it ->
            let models = it.Models
            let last (watched: Watched) = Array.last watched.Simulated.Times

            [
                $"{Vocabulary.sentence models.Vocabulary} {models.Questions.Count:N0} questions of {models.Questions.Names.Length} families. Embeddings of dimension {models.Vocabulary.FlowDimension} from a Gaussian start of scale σ = {Numbers.short it.Sym.Flow.Scale}, L_{{xe}} on text subsampled with Ψ_{{i}} = 1/P_{{i}} and L_{{sym}} with every pair alike. The flow is simulated up to {last it.Xe:g} τ_{{1}} and {last it.Sym:g} τ_{{1}}; the exact solution goes on to 40 τ_{{1}}, where all {models.Vocabulary.FlowDimension} modes have appeared."
                $"A question's margin is a sum of cosines, so that a margin is right within the bounds of its cosines; no word and no near tie is left out. Of {models.Questions.Count:N0} questions at {it.Xe.Observed.Length} and {it.Sym.Observed.Length} times, {it.Xe.Undecided} and {it.Sym.Undecided} are decided by less than these bounds, and {it.Xe.Different} and {it.Sym.Different} are answered otherwise by the exact solution (L_{{xe}} and L_{{sym}})."
                $"The early maximum is looked at on the V = {it.Few.Size:N0} most frequent words with {it.FewQuestions.Count:N0} questions, because L_{{sym}} without reweighting has no eigenbasis in which its flow is cheap. There it has no closed form either, but its beginning has: rates 4λ of G o M*, whose leading directions are those of the most frequent words. τ_{{1}} is then the time at which the fastest mode would reach 1. {Unweighted.remark it.Unweighted it.FewQuestions it.Setting.Team}"
            ])

        quantities (fun it ->
            [
                dimensionless "questions" (float it.Models.Questions.Count) "any two pairs of a family"
                for watched in [ it.Sym; it.Xe ] do
                    let title = watched.Flow.Sides.Loss.Title
                    let (soonest, first), (latest, last) = span it.Models.Questions watched.Theory

                    dimensionless
                        $"at 40 τ_{{1}}, {title}"
                        (Array.last watched.Theory.Total)
                        "share of all questions, exact solution"

                    quantity $"first half-time, {title}" soonest "τ_{1}" $"half of its last share, family {first}"
                    quantity $"last half-time, {title}" latest "τ_{1}" $"the same, family {last}"
                for name, curve in
                    [
                        "L_{xe}", it.EarlyXe
                        "L_{sym} reweighted", it.EarlySym
                        "L_{sym} not reweighted", it.UnweightedCurve
                    ] do
                    let at, height = peak curve

                    dimensionless
                        $"early maximum, {name}"
                        height
                        $"largest share answered up to {early:g} τ_{{1}}; chance is below 0.001"

                    quantity $"time of the early maximum, {name}" at "τ_{1}" "of that share"

                    dimensionless
                        $"at τ_{{1}}, {name}"
                        (Array.last curve.Total)
                        "share answered when the first mode appears, with all else still far below it"
            ])

        references beside
        figures (fun it -> [ emergence it; bump it ])
    }
