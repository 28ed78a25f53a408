namespace Qwem.Validation.Word2VecLike

open Qwem.Reports
open Qwem.Theory
open Qwem.Validation
open Qwem.Validation.Flows

/// Experiment word2vec-like: the final version's Figures 1 and 2, SGNS against QWEM against theory.
module Experiment =

    let private theoryUnder
        (setting: Setting)
        (size: Size)
        (cached: ScaleRuns -> ExactTheory)
        (belief: Belief)
        (scale: ScaleRuns)
        =
        let known = cached scale

        if belief.SelfPairsNeutral then
            { known with
                Kappa = known.Kappa * belief.KappaFactor / Belief.correct.KappaFactor
            }
        else
            let words, pairs = EmbeddedCounts.leading setting.Larger.Value size.Words
            let statistics = CorpusStatistics.FromCounts(Array.map float words, pairs)
            let target, kappa = PairTheory.constant statistics 1.0
            ExactTheory.make target kappa scale.Start scale.Sigma setting.Team

    let private overshoot (large: ScaleRuns) (small: ScaleRuns) =
        let shown = min 5 small.Theory.Exact.EmbeddingDimension

        let peakAndFinal (values: float array array) k =
            let curve = values |> Array.map (fun s -> s[k])
            [ Numbers.short (Array.max curve); Numbers.short (Array.last curve) ]

        {
            Caption =
                "Peak and last recorded value of the leading singular values of word2vec's SGNS, beside QWEM's from the small start and the predicted plateau. Weights, and so plateaus, of the two models differ."
            Headings =
                [
                    "mode"
                    "#SGNS peak, σ = 0.1"
                    "#last"
                    "#SGNS peak, σ = 1e-12"
                    "#last"
                    "#QWEM peak"
                    "#last"
                    "#√λ_{k}"
                ]
            Rows =
                List.init shown (fun k ->
                    [ string (k + 1) ]
                    @ peakAndFinal large.SkipGram k
                    @ peakAndFinal small.SkipGram k
                    @ peakAndFinal small.Fine.SingularValues k
                    @ [ Numbers.short (sqrt small.Theory.Eigenvalues[k]) ])
        }

    let private quantities (small: ScaleRuns) (run: HalfClockRun) =
        let first = small.SkipGram |> Array.map Array.head

        let quantity name value meaning =
            {
                Name = name
                Value = value
                Unit = "1"
                Meaning = meaning
            }

        [
            quantity
                "clock ratio"
                (Gates.clockRatio small run)
                "first half-rise time of SGNS over QWEM's, equal weights"
            quantity
                "overshoot of s_{1}"
                (Array.max first / Array.last first)
                "peak over last value of word2vec's leading singular value, small start"
            quantity
                "SGNS beyond the plateau"
                ((Array.last run.SingularValues)[0] / sqrt small.Theory.Eigenvalues[0])
                "s_{1} of SGNS at constant weight, at 3.58 τ_{1} of QWEM, over √λ_{1}"
        ]

    /// Trains the three models from both starts and judges what theory says exactly.
    let run (setting: Setting) : Section =
        let size = Size.ofProfile setting.Profile
        let team = setting.Team
        let counts = setting.Larger.Value
        let frequencies = Limits.Training.frequencies counts size.Words
        let statistics = Limits.Prediction.statistics counts size.Words
        let target, kappa = PairTheory.constant statistics 1.0

        let pairs =
            PairTheory.word2Vec
                {
                    Subsampled = true
                    PowerOfNegatives = true
                }
                statistics
                1.0

        let linear start sigma =
            Linearisation.make QuadraticLoss.SgnsQuartic pairs start sigma team

        let scales =
            Runs.sigmas
            |> List.map (fun sigma -> Runs.scale setting size frequencies linear sigma target kappa)

        let large, small = scales[0], scales[1]
        let run = Runs.halfClock setting frequencies small
        let theoryOf = theoryUnder setting size _.Theory

        let gates: Gate<Belief> list =
            (scales |> List.map (fun scale -> Gates.gram theoryOf scale team))
            @ [
                Gates.stepTimes theoryOf small
                Gates.plateaus theoryOf small
                Gates.halfClock small run
            ]

        {
            Id = "word2vec-like"
            Title = "word2vec, QWEM and theory"
            Question =
                "Does the quadratic model show the steps of word2vec itself, from a small start and from a large one, and does the closed form predict them?"
            Prediction =
                "QWEM at constant weight follows the exact solution from any start; from a small one its singular values rise at τ_{k} = ln(λ_{k}/σ²)/(2κλ_{k}) to √λ_{k} (Theorem 4.3). SGNS expands to ½ L_{sym}, not L_{sym} (erratum to Eq. 25): at equal weights its first rise comes at twice the time."
            Answer = ""
            Paragraphs =
                [
                    $"Gradient flows of dimension d = {size.Dimension} on the {size.Words} most frequent words of the embedded statistics with 16 neighbours on each side, from σ = 0.1 and σ = 1e-12: word2vec's SGNS (logistic loss, subsampling with threshold 1e-5, negatives drawn as P^{{3/4}}) and QWEM (L_{{sym}}, all pairs weighing alike). No closed form exists for word2vec's weights, so its curves are reported and only QWEM's are gated."
                    "The logistic loss saturates where its expansion does not: word2vec's singular values overshoot, then relax as later modes take over; at constant weight the leading one grows on, for the best inner product of a pair never seen is −∞."
                ]
            Quantities = quantities small run
            References = References.make setting size large small
            Tables = [ overshoot large small ]
            Figures = [ Figures.comparison scales; Figures.halfClock small run ]
            Verdicts = gates |> List.map (OldGate.evaluate Belief.correct)
        }
