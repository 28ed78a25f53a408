/// From saddle to saddle: the steps of training for weights without a closed form, word2vec's own loss included, against gradient flow.
module Qwem.Validation.Claims.Saddles

open System
open Qwem.Reports
open Qwem.Theory
open Qwem.Validation
open Qwem.Validation.Drawing
open Qwem.Validation.Claims.SaddleRuns
open Qwem.Validation.Claims.SaddleGates
open Qwem.Validation.Claims.SaddleFigures

let private largest (it: Measured) theory =
    it.Compared
    |> Seq.map (fun (seen, run, k) -> (errors seen (seen.Saddles.Of theory) run theory)[k] |> abs)
    |> Curves.worst

let private originRates = Slip.theory "origin-rates"

let private headline id (it: Measured) (verdicts: Verdict list) =
    let compared = it.Compared
    let gate name = $"saddles/{id}/{name}"

    let isConfirmed name =
        (Verdicts.find (gate name) verdicts).Outcome = Outcome.Confirmed

    // Too few to tell is said in words, not by the names of the gates.
    let untold =
        [
            if Double.IsNaN (Verdicts.find (gate "times") verdicts).Gap then
                "times", $"the times as a law (too few starts are small enough)"
            if ratesChange id && not (isConfirmed "falling") then
                "falling", "that errors fall with σ for most modes of every seed"
            if ratesChange id && not (isConfirmed "comparison") then
                "comparison", "that intervals are closer than by the rates at the origin for most modes of every seed"
        ]

    let failed =
        match untold with
        | [] -> ""
        | some -> "Not confirmed: " + (some |> List.map snd |> String.concat ", and ") + ". "

    let others =
        if not (ratesChange id) then
            let apart =
                it.Seen
                |> Seq.collect (fun seen ->
                    let saddles = seen.Saddles.Of Theory.derived

                    seen.Lengths
                    |> Seq.collect (fun lengths ->
                        Seq.map2
                            (fun ours theorem -> abs (ours / theorem - 1.0))
                            (saddles.HalfRiseTimes lengths)
                            (saddles.OriginTimes lengths)))
                |> Curves.worst

            $"for all {it.Total} mode times the sequence is Theorem 4.3 to {Numbers.percent apart}"
        elif isConfirmed "comparison" then
            "for most modes of every seed the interval before a mode is predicted more closely than by the rates at the origin"
        else
            $"the rates at the origin alone miss the same times by up to {Numbers.percent (largest it originRates)}"

    $"{Verdicts.failedBut (untold |> List.map (fst >> gate)) verdicts}{failed}The {compared.Length} of {it.Total} mode times for which the start is small enough by the theory's own measure (w below {SaddleMoment.SmallEnough}) are predicted to {Numbers.percent (largest it Theory.derived)} without training; {others}."

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
                $"{Numbers.percent (Curves.worst worst)} over {Seq.length worst} modes at σ = {sigma:g}")
        |> String.concat ", "

    // Ten times the tolerance to which the further starts come to rest.
    let same = 1e-3

    let ends =
        it.Seen
        |> List.map (fun seen ->
            let others = seen.Elsewhere |> Array.filter (fun apart -> apart > same)

            if others.Length = 0 then
                $"all {seen.Elsewhere.Length + 1} within {Numbers.percent same} of one model ({seen.Case.Name})"
            else
                $"{others.Length} of {seen.Elsewhere.Length + 1} at other minima, {Numbers.percent (Array.min others)} to {Numbers.percent (Array.max others)} away ({seen.Case.Name})")
        |> String.concat ", "

    $"Large Gaussian starts of {it.Modes} dimensions (σ = {largeStart:g}) come to rest: {ends}; the first of them is held against the last saddle. Largest errors of the times that are judged: {byScale}. The other {outside} mode times are in the figure and the table: there the start is not small enough by the theory's own measure."

/// How many negative pairs weigh against a positive one, of losses whose pairs are not all alike.
let private pairRatios (it: Measured) =
    it.Seen
    |> List.choose (fun seen ->
        seen.Case.PairRatio
        |> Option.map (fun ratio ->
            dimensionless
                $"negative pairs per positive one, {seen.Case.Name}"
                ratio
                "mass of the weights of all negative pairs over that of all positive ones"))

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
                $"Gradient flow of {it.Modes + spare} dimensions, of which {it.Modes} modes are followed, on the {it.Words} most frequent words of the embedded statistics, from Gaussian starts of several seeds and scales σ. The model is one matrix, M = W'W. Its latent directions (rows of W, d x V) are kept orthogonal on the way, which changes nothing in exact arithmetic and keeps the digits of modes that have not risen."
                "The theory reads the statistics, and of the start the lengths ln r_{k} of its QR factorisation alone. A mode's time is when the k-th largest singular value, squared, passes half of its height at the k-th saddle."
            ])

        tables (fun it -> [ endTable it; errorTable it ])
        quantities pairRatios
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
            (fun setting counts -> [ constant setting.Embedded counts.Words.Length ])
            (2.0, 30.0)
        claimOf
            "sym"
            "From saddle to saddle: L_{sym} with the text's own weights"
            "Where pairs weigh as the text has them, when do the modes rise, and where does training end?"
            statement
            (fun _ counts ->
                [
                    symmetric "as the text has them" 0.0 counts
                    symmetric "subsampled with Ψ = P^{−1/2}" 0.5 counts
                ])
            (3.0, 60.0)
        claimOf
            "word2vec"
            "From saddle to saddle: word2vec's loss"
            "When do the modes rise under word2vec's own loss, the logistic one, with one matrix of vectors?"
            (statement
             + " Pairs as word2vec draws them: subsampling with t = 10^{−5}, negative words in proportion to P^{3/4} and 5 times as heavy, made symmetric and scaled as in the authors' program.")
            (fun _ counts -> [ word2Vec counts; plainSkipGram counts ])
            (3.0, 80.0)
    ]
