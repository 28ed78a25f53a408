/// From saddle to saddle: the steps of training for weights without a closed form, word2vec's own loss included, against gradient flow.
module Qwem.Validation.Claims.Saddles

open System
open Qwem.Reports
open Qwem.Sim.LinearAlgebra
open Qwem.Sim.Training
open Qwem.Theory
open Qwem.Validation
open Qwem.Validation.Drawing
open Qwem.Validation.Claims.SaddleRuns

// More dimensions than modes that are looked at: the last rows of a start's triangle are short, and what stands above them is not.
let private spare = 4

// Above this the theory's own measure of smallness says that it does not apply, and below it how large an error may be. Both numbers were fixed
// before any of these runs, by runs on another corpus with other vocabularies and seeds.
let private smallEnough, share, least = 0.3, 0.25, 1e-3

[<NoEquality; NoComparison>]
type private Seen =
    {
        Case: Case
        Runs: Run array
        /// The saddles under a theory, and the first two alone.
        Saddles: Prediction<SaddleSequence>
        Few: Prediction<SaddleSequence>
        /// By run: |R_kk| of the start, w_k, and when each mode is at half of its height in the flow.
        Lengths: float array array
        Smallness: float array array
        HalfRises: float array array
        /// Models at rest from a large start, for losses whose minimum the simulator finds: to the gradient's tolerance, and to 16 times that.
        Rest: Integrated<float array> option
    }

[<NoEquality; NoComparison>]
type private Measured =
    {
        Setting: Setting
        Words: int
        Modes: int
        Sigmas: float list
        Seen: Seen list
    }

    member it.Compared =
        [
            for seen in it.Seen do
                for run in 0 .. seen.Runs.Length - 1 do
                    for k in 0 .. it.Modes - 1 do
                        if
                            seen.Smallness[run][k] < smallEnough
                            && not (Double.IsNaN(seen.HalfRises[run][k]))
                        then
                            seen, run, k
        ]

    member it.Total = it.Seen |> List.sumBy (fun seen -> seen.Runs.Length * it.Modes)

let private bound (seen: Seen) run k =
    share * (seen.Smallness[run][k] + least)

let private lengthsOf (saddles: SaddleSequence) (run: Run) =
    saddles.Start(Dense.embeddings run.Start)

let private observe id (measured: Setting) modes sigmas (case: Case) (objective: PairwiseObjective option) : Seen =
    let stage name = $"saddles/{id}: {case.Name}: {name}"
    measured.Told (stage "saddles") 0.0

    let saddles count =
        Prediction(fun theory -> theory.Saddles (case.Loss theory) count)

    let all = saddles modes
    let right = all.Of Theory.derived

    let started sigma seed =
        let start = Initialisation.Gaussian(case.Slope.Rows, modes + spare, sigma, seed)
        right.Start(Dense.embeddings start)

    // The theory says only how long to look.
    let runs =
        [|
            for sigma in sigmas do
                for seed in [ measured.Seed + 20UL; measured.Seed + 21UL ] do
                    fun () ->
                        let until = 1.1 * Array.max (right.HalfRiseTimes(started sigma seed))
                        follow case (modes + spare) sigma seed until 1e-9 measured.Cancellation
        |]
        |> sideBySide measured (stage "gradient flows")

    let lengths = runs |> Array.map (lengthsOf right)

    {
        Case = case
        Runs = runs
        Saddles = all
        Few = saddles 2
        Lengths = lengths
        Smallness = lengths |> Array.map right.Smallness
        HalfRises =
            runs
            |> Array.map (fun run ->
                Array.init modes (fun k ->
                    let s = right.SingularValues(k + 1)
                    halfRise run k (s[k] * s[k])))
        Rest =
            objective
            |> Option.map (fun objective ->
                let at gradient =
                    RankOne.train objective modes measured.Seed gradient measured (stage "descent to rest")

                {
                    Fine = at 1e-9
                    Coarse = at (ConstantWeight.coarseFactor * 1e-9)
                })
    }

let private measure id (cases: Setting -> LeadingCounts -> (Case * PairwiseObjective option) list) (setting: Setting) =
    let v, modes, sigmas =
        if setting.IsSmoke then
            40, 3, [ 1e-6; 1e-12 ]
        else
            100, 8, [ 1e-6; 1e-12; 1e-24 ]

    {
        Setting = setting
        Words = v
        Modes = modes
        Sigmas = sigmas
        Seen =
            cases setting (Corpus.leading setting.Embedded v)
            |> List.map (fun (case, objective) -> observe id setting modes sigmas case objective)
    }

/// Relative error of a theory's time of each mode of a run. The sequence's clock is eta_alg t with kappa of unit weight 4.
let private errors (seen: Seen) (saddles: SaddleSequence) run (theory: Theory) =
    let clock = 4.0 / float (theory.Kappa 1.0)

    theory.SaddleTimes saddles (lengthsOf saddles seen.Runs[run])
    |> Array.mapi (fun k time -> clock * time / seen.HalfRises[run][k] - 1.0)

let private timesGate id (it: Measured) =
    let compared = it.Compared

    let worst (saddles: Seen -> SaddleSequence) chosen theory =
        let found =
            chosen
            |> List.map (fun (seen, run, _) -> seen, run)
            |> List.distinctBy (fun (seen: Seen, run) -> seen.Case.Name, run)
            |> List.map (fun (seen, run) -> (seen.Case.Name, run), errors seen (saddles seen) run theory)
            |> dict

        chosen
        |> Seq.map (fun (seen, run, k) ->
            let errors = found[(seen.Case.Name, run)]
            if k < errors.Length then abs errors[k] / bound seen run k else infinity)
        |> Curves.worst

    // The first two modes of the first case from the smallest start: two saddles settle them.
    let first =
        compared
        |> List.filter (fun (seen, run, k) ->
            obj.ReferenceEquals(seen, it.Seen.Head) && run = seen.Runs.Length - 1 && k < 2)

    Gate.leadingOrder
        $"saddles/{id}/times"
        $"The sequence of saddles gives the half-rise times of the modes of gradient flow from vanishing starts where the theory calls itself applicable ({compared.Length} of {it.Total} mode times)."
        "largest relative error of a half-rise time, in units of its own bound"
        {
            Bound = 1.0
            Because =
                "per mode and start: 0.25 (w + 0.001), w the theory's own measure of how far the start is from vanishing (`SaddleSequence.Smallness` in `docs/theory.md`), for w below 0.3; observed on another corpus with other vocabularies and seeds, fixed before these runs, and not derived"
        }
        (fun theory -> worst (fun seen -> seen.Saddles.Of theory) compared theory)
    |> Gate.glimpsed (fun theory ->
        if first.IsEmpty then
            0.0
        else
            worst (fun seen -> seen.Few.Of theory) first theory)
    |> Gate.covering (compared.Length, it.Total)
    |> Gate.changed
        "The bound of the later modes was fixed beforehand; w of mode 1, of which it did not speak, was taken as the second row's length when mode 1 is realised after a run with 40 words had been seen."

// P(at least wins of n) of a fair coin.
let private coins wins n =
    Seq.init (n - wins + 1) (fun i -> MathNet.Numerics.SpecialFunctions.Binomial(n, wins + i))
    |> Seq.sum
    |> fun ways -> ways / 2.0 ** float n

/// Whether the saddles know more than what one would use otherwise, and whether a smaller start makes them better: mode by mode over all
/// modes, the mean absolute error over the seeds (and scales).
let private comparisonGate id (it: Measured) =
    let ofRuns (seen: Seen) chosen (errorsOf: int -> float array) k =
        [| 0 .. seen.Runs.Length - 1 |]
        |> Array.filter (fun run -> chosen seen.Runs[run].Sigma)
        |> Array.averageBy (fun run ->
            let errors = errorsOf run
            if k < errors.Length then abs errors[k] else infinity)

    let first, last = it.Sigmas.Head, List.last it.Sigmas

    // How many modes of all win against both null models; what the saddles do not reach counts as won where only a glimpse is asked for.
    let wins (saddles: Seen -> SaddleSequence) modes theory =
        let won test =
            it.Seen
            |> List.sumBy (fun seen ->
                let errors =
                    Array.init seen.Runs.Length (fun run -> errors seen (saddles seen) run theory)

                let own chosen k =
                    ofRuns seen chosen (fun run -> errors[run]) k

                seq { 0 .. it.Modes - 1 }
                |> Seq.filter (fun k -> k >= modes || test seen own k)
                |> Seq.length)

        let origin (seen: Seen) k =
            let saddles = seen.Saddles.Of Theory.derived

            ofRuns
                seen
                (fun _ -> true)
                (fun run ->
                    Array.map2
                        (fun t seen -> t / seen - 1.0)
                        (saddles.OriginTimes seen.Lengths[run])
                        seen.HalfRises[run])
                k

        won (fun seen own k -> own (fun _ -> true) k < origin seen k),
        won (fun _ own k -> own ((=) last) k < own ((=) first) k)

    let all = it.Modes * it.Seen.Length

    let nulls (closer, falling) =
        [
            {
                Name = "rates at the origin kept for all time: closer for as many modes by chance"
                Score = float (all - closer)
                P = coins closer all
            }
            {
                Name =
                    $"errors that do not depend on the start: as many smaller from σ = {last:g} than from {first:g} by chance"
                Score = float (all - falling)
                P = coins falling all
            }
        ]

    let right =
        wins (fun seen -> seen.Saddles.Of Theory.derived) it.Modes Theory.derived

    Gate.qualitative
        $"saddles/{id}/comparison"
        "The saddles give the times of most modes better than rates at the origin do, and better from a smaller start."
        $"closer than the rates at the origin for {fst right} of {all} modes, and with a smaller error from σ = {last:g} than from σ = {first:g} for {snd right}"
        (fun theory -> nulls (wins (fun seen -> seen.Saddles.Of theory) it.Modes theory))
    |> Gate.glimpsed (fun theory ->
        nulls (wins (fun seen -> seen.Few.Of theory) 2 theory)
        |> List.map _.P
        |> List.max)
    |> Gate.changed
        "The test was chosen after a run with 150 words and two other seeds had been seen; the number of words was then lowered twice to save time."

let private restGates id (it: Measured) =
    it.Seen
    |> List.choose (fun seen -> seen.Rest |> Option.map (fun rest -> seen, rest))
    |> List.mapi (fun index (seen, rest) ->
        let apart = Dense.relative rest.Coarse rest.Fine

        Gate.exact
            (if index = 0 then $"saddles/{id}/end" else $"saddles/{id}/end-{index + 1}")
            $"A model of {it.Modes} dimensions descends from a large start to the saddle of rank {it.Modes} ({seen.Case.Name})."
            "relative distance of M, Frobenius norm"
            {
                Bound = apart + 4.0 * float it.Words * Tolerance.unitRoundoff
                Because =
                    $"the distance between the model descended to a gradient of 1e-9 and to one 16 times larger, %.1e{apart}, which exceeds the finer one's own error; rounding, 4 V u"
            }
            (fun theory ->
                let saddles = seen.Saddles.Of theory

                if saddles.Count < it.Modes then
                    nan
                else
                    Dense.relative (saddles.Embeddings(it.Modes).Gram()) rest.Fine)
        // The minimum next to the right theory's saddle: no search for the saddles before it.
        |> Gate.glimpsed (fun theory ->
            let right = (seen.Saddles.Of Theory.derived).Embeddings it.Modes
            Dense.relative ((theory.RestNear (seen.Case.Loss theory) right).Gram()) rest.Fine))

let private judge id (it: Measured) =
    timesGate id it :: comparisonGate id it :: restGates id it

let private percent x = $"{Numbers.short (100.0 * x)} %%"

let private largest (it: Measured) theory =
    it.Compared
    |> Seq.map (fun (seen, run, k) -> (errors seen (seen.Saddles.Of theory) run theory)[k] |> abs)
    |> Curves.worst

let private originRates = Slip.theory "origin-rates"

let private headline id (it: Measured) (verdicts: Verdict list) =
    let compared = it.Compared
    let times, comparison = $"saddles/{id}/times", $"saddles/{id}/comparison"

    // Too few to tell is said in words, not by the name of the gate.
    let untold = Double.IsNaN (Verdicts.find times verdicts).Gap

    let coverage =
        if untold then
            $"Not confirmed as a law: the bound covers {compared.Length} of {it.Total} half-rise times, too few to tell. Those"
        else
            $"{compared.Length} of {it.Total} half-rise times, those that the bound covers,"

    let others =
        match Verdicts.find comparison verdicts with
        | verdict when verdict.Outcome = Outcome.Confirmed ->
            let closer = verdict.Effect.Split(',')[0]
            $"the saddles are {closer}"
        | _ -> $"rates at the origin alone err by up to {percent (largest it originRates)}"

    $"{Verdicts.failedBut (if untold then [ times ] else []) verdicts}{coverage} come right to {percent (largest it Theory.derived)} without training; {others}."

let private further (it: Measured) (_: Verdict list) =
    let outside = it.Total - it.Compared.Length

    let byScale =
        it.Sigmas
        |> List.map (fun sigma ->
            let worst =
                it.Compared
                |> Seq.filter (fun (seen, run, _) -> seen.Runs[run].Sigma = sigma)
                |> Seq.map (fun (seen, run, k) ->
                    (errors seen (seen.Saddles.Of Theory.derived) run Theory.derived)[k] |> abs)

            if Seq.isEmpty worst then
                $"no mode at σ = {sigma:g}"
            else
                $"{percent (Curves.worst worst)} over {Seq.length worst} modes at σ = {sigma:g}")
        |> String.concat ", "

    $"Largest errors of the times that are judged: {byScale}. The other {outside} mode times are in the figure and the table: there the theory says itself that the start is not small enough."

let private errorTable (it: Measured) =
    let mean (values: float seq) =
        let finite = values |> Seq.filter Double.IsFinite |> Array.ofSeq
        if finite.Length = 0 then "–" else percent (Array.average finite)

    {
        Caption =
            "Mean absolute error of the half-rise times over the seeds, mode by mode: of the saddles with phases of their actual length, of the saddles to leading order in 1/ln(1/σ), and of the rates at the origin kept for all time; and w, the theory's measure of smallness, the largest over the seeds."
        Headings =
            [
                "loss and σ"
                "mode"
                "#saddles"
                "#long phases"
                "#rates at the origin"
                "#w"
            ]
        Rows =
            [
                for seen in it.Seen do
                    let saddles = seen.Saddles.Of Theory.derived

                    for sigma in it.Sigmas do
                        let runs =
                            [ 0 .. seen.Runs.Length - 1 ]
                            |> List.filter (fun run -> seen.Runs[run].Sigma = sigma)

                        for k in 0 .. it.Modes - 1 do
                            let off (times: float array -> float array) =
                                runs
                                |> Seq.map (fun run ->
                                    abs ((times seen.Lengths[run])[k] / seen.HalfRises[run][k] - 1.0))
                                |> mean

                            [
                                $"{seen.Case.Name}, {sigma:g}"
                                string (k + 1)
                                off saddles.HalfRiseTimes
                                off saddles.LongPhaseTimes
                                off saddles.OriginTimes
                                runs |> Seq.map (fun run -> seen.Smallness[run][k]) |> Seq.max |> Numbers.short
                            ]
            ]
    }

/// Simulated singular values, the staircase of the saddles, and what the rates at the origin alone would give.
let private staircase id (it: Measured) =
    let panelOf (seen: Seen) =
        let index =
            seen.Runs
            |> Array.findIndex (fun run -> run.Sigma = it.Sigmas[min 1 (it.Sigmas.Length - 1)])

        let run, saddles = seen.Runs[index], seen.Saddles.Of Theory.derived
        let unit = seen.HalfRises[index][0]
        let clock = run.Times |> Array.map (fun t -> t / unit)
        let lengths = seen.Lengths[index]

        let predicted =
            run.Times
            |> Array.map (fun t -> saddles.SingularValuesAt(lengths, t) |> Array.sortDescending)

        let rates = saddles.Rates 0

        let naive =
            run.Times
            |> Array.map (fun t ->
                Array.init it.Modes (fun k ->
                    // Logistic at the origin's rate to the first plateau that the mode has among the saddles.
                    let plateau = (saddles.SingularValues(k + 1))[k]
                    let x = 2.0 * (log lengths[k] + rates[k] * t)
                    plateau / sqrt (1.0 + plateau * plateau * exp -x)))

        let top = run.SingularValues |> Seq.concat |> Seq.max
        let modes = shownModes it.Modes

        panel
            (if it.Seen.Length > 1 then seen.Case.Name else "")
            (logarithmic "time / half-rise time of mode 1" (Some(0.5, Array.last clock)))
            (linear "singular value" (Some(0.0, 1.05 * top)))
            (modeCurves "simulated" (Line(Solid, 1.6)) modes clock run.SingularValues
             @ modeCurves "saddles" (Line(Dashed, 1.6)) modes clock predicted
             @ modeCurves "rates at the origin" (Line(Dotted, 1.2)) modes clock naive)

    { figure
          $"saddles-{id}"
          "Training from saddle to saddle"
          []
          $"Singular values of the embeddings from σ = {it.Sigmas[min 1 (it.Sigmas.Length - 1)]:g}, {it.Modes} modes, {it.Words} words. Solid: simulated gradient flow; dashed: the sequence of saddles, from the statistics and the start alone; dotted: every mode by its rate at the origin for all time."
          "The dashed steps lie on the solid ones for the first modes and stay close for the later ones; the dotted ones come at other times."
          0
          []
          (it.Seen |> List.map panelOf) with
        Command = $"qwem reproduce --only saddles/{id}"
        ColourNames = modeNames (shownModes it.Modes)
    }

let private errorFigure id (it: Measured) =
    let points (seen: Seen) sigma (times: float array -> float array) =
        [|
            for run in 0 .. seen.Runs.Length - 1 do
                if seen.Runs[run].Sigma = sigma then
                    for k in 0 .. it.Modes - 1 do
                        let error = abs ((times seen.Lengths[run])[k] / seen.HalfRises[run][k] - 1.0)

                        if Double.IsFinite error && error > 0.0 then
                            float (k + 1), error
        |]

    { figure
          $"saddles-{id}-errors"
          "Errors of the times, mode by mode"
          []
          "Relative error of each mode's half-rise time, both seeds: dots, coloured by the scale σ of the start. Open circles: rates at the origin kept for all time, from the smallest start."
          "The errors of the saddles fall with the scale of the start; those of the rates at the origin do not."
          0
          []
          (it.Seen
           |> List.map (fun seen ->
               let saddles = seen.Saddles.Of Theory.derived

               panel
                   (if it.Seen.Length > 1 then seen.Case.Name else "")
                   (linear "mode" (Some(0.5, float it.Modes + 0.5)))
                   (logarithmic "relative error of the time" None)
                   ((it.Sigmas
                     |> List.mapi (fun index sigma ->
                         series
                             (Some $"saddles, σ = {sigma:g}")
                             (Some index)
                             (Points 2.6)
                             (points seen sigma saddles.HalfRiseTimes)))
                    @ [
                        series
                            (Some "rates at the origin")
                            None
                            (Circles 3.0)
                            (points seen (List.last it.Sigmas) saddles.OriginTimes)
                    ]))) with
        Command = $"qwem reproduce --only saddles/{id}"
    }

let private claimOf id title question prediction cases (smoke, quick) =
    claim $"saddles/{id}" title {
        asks question
        predicts prediction
        seconds smoke quick quick quick
        measures (measure id cases)
        gates (judge id)
        answer (headline id)
        details further

        text (fun it ->
            [
                $"Gradient flow of {it.Modes + spare} dimensions, of which {it.Modes} modes are followed, on the {it.Words} most frequent words of the embedded statistics, from Gaussian starts of two seeds and several scales σ. The columns of W are kept orthogonal on the way, which changes nothing in exact arithmetic and keeps the digits of modes that have not risen."
                "The theory reads the statistics, and of the start the lengths ln r_{k} of its QR factorisation alone. A mode's time is when the k-th largest singular value, squared, passes half of its height at the k-th saddle."
            ])

        tables (fun it -> [ errorTable it ])
        figures (fun it -> [ staircase id it; errorFigure id it ])
    }

let private statement =
    "From a vanishing start the flow passes saddles W_{0} = 0, W_{1}, W_{2}, … that the statistics alone determine. Near W_{m} rows that have not risen grow as exp(ν_{j}t), ν_{j} twice the eigenvalues of S(M) = −∂L/∂M off the span of W_{m}; the path that leaves W_{m} along the first of them ends in W_{m+1} (`SaddleSequence` in `docs/theory.md`, `docs/derivations.md` section 11)."

let claims =
    [
        claimOf
            "constant"
            "From saddle to saddle: constant weight"
            "Does the sequence of saddles reduce to Theorem 4.3 where every pair weighs the same?"
            (statement
             + " For a constant weight the saddles are the leading eigenmodes of M* and the rates never change: Theorem 4.3.")
            (fun setting counts ->
                let v = counts.Words.Length

                [
                    constant setting.Embedded v, Some(ConstantLoss.objective ConstantLoss.Symmetric setting.Embedded v)
                ])
            (2.0, 30.0)
        claimOf
            "sym"
            "From saddle to saddle: L_{sym} with the text's own weights"
            "Where pairs weigh as the text has them, when do the modes rise, and where does training end?"
            statement
            (fun _ counts ->
                let frequencies = Corpus.frequencies counts

                let objective exponent =
                    Corpus.objective
                        frequencies
                        (frequencies.Words |> Array.map (fun p -> p ** -exponent))
                        Corpus.symmetric

                [
                    symmetric "as the text has them" 0.0 counts, Some(objective 0.0)
                    symmetric "subsampled with Ψ = P^{−1/2}" 0.5 counts, Some(objective 0.5)
                ])
            (3.0, 60.0)
        claimOf
            "word2vec"
            "From saddle to saddle: word2vec's own loss"
            "When do the modes of word2vec itself rise, in the logistic loss and with its own weights?"
            statement
            (fun _ counts -> [ word2Vec counts, None; plainSkipGram counts, None ])
            (3.0, 80.0)
    ]
