/// The staircase of the saddles beside the flow, and the errors of its times.
module Qwem.Validation.Claims.SaddleFigures

open System
open Qwem.Reports
open Qwem.Theory
open Qwem.Validation
open Qwem.Validation.Claims.SaddleRuns
open Qwem.Validation.Drawing
open Qwem.Validation.Claims.SaddleGates

let errorTable (it: Measured) =
    let mean (values: float seq) =
        let average = Seq.average values
        if Double.IsFinite average then Numbers.percent average else "does not rise"

    {
        Caption =
            "Mean absolute error of the half-rise times over the seeds, mode by mode: of the saddles with phases of their actual length, of the saddles to leading order in 1/ln(1/σ), and of the rates at the origin kept for all time, with the same plateaus; and w, the theory's measure of smallness, the largest over the seeds."
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

// Models of so many dimensions that need no path: what a pair alone asks for, and the weight of rank one next to the loss's own.
let private closedForms (loss: PairwiseLoss) d =
    let leading target =
        Analogies.SpectralEmbeddings(TargetSpectrum.Decompose target, d)

    let ofRankOne weight target =
        RankOneWeights((RankOneApproximation weight).Weights(), target).Minimiser(d).Embeddings

    match loss with
    | PairwiseLoss.Quadratic(weight, target) -> [ "M*", leading target; "rank one", ofRankOne weight target ]
    | PairwiseLoss.Logistic(p, q) ->
        let quadratic = Array.map2 (fun p q -> 2.0 * (p - q) / (p + q)) p q
        // A pair that does not occur would have ln 0.
        let information = Array.map2 (fun p q -> log (max p (1e-3 * q) / q)) p q

        [
            "M*", leading quadratic
            "rank one", ofRankOne (Array.map2 (+) p q) quadratic
            "PMI", leading information
        ]

/// How far the closed forms are from where training ends.
let endTable (it: Measured) =
    let columns = [ "M*"; "rank one"; "PMI" ]

    {
        Caption =
            $"Relative distance ‖W'W − M‖ / ‖M‖ from where the descent from a large start comes to rest, M, for models of {it.Modes} dimensions: the last saddle, with the distance that was left to it where its path ended, after 60 e-foldings; and models that need no path: the leading eigenpairs of the loss's own target, M* = 2(p − q)/(p + q) for the logistic loss; the closed form of the weight of rank one that is nearest to the loss's own (Theorem 4.4), with the same target; the leading eigenpairs of ln(p/q), the minimiser of the logistic loss pair by pair, p of a pair that does not occur taken as q/1000."
        Headings =
            "loss"
            :: "#last saddle"
            :: "#left by its path"
            :: (columns |> List.map (fun name -> "#" + name))
        Rows =
            [
                for seen in it.Seen do
                    let saddles = seen.Saddles.Of Theory.derived

                    let apart (model: Embeddings) =
                        Numbers.percent (Dense.relative (model.Gram()) seen.Rest.Fine)

                    let known = closedForms (seen.Case.Loss Theory.derived) it.Modes

                    seen.Case.Name
                    :: apart (saddles.Embeddings saddles.Count)
                    :: Numbers.percent (saddles.Unfinished saddles.Count)
                    :: (columns
                        |> List.map (fun name ->
                            known
                            |> List.tryFind (fst >> (=) name)
                            |> Option.map (snd >> apart)
                            |> Option.defaultValue "–"))
            ]
    }

// Records where a curve has moved by half a percent of the height of the figure, or time by a thirtieth.
let private thinned (run: Run) : Run =
    let top = run.SingularValues |> Seq.concat |> Seq.max

    let kept =
        ([ 0 ], seq { 1 .. run.Times.Length - 1 })
        ||> Seq.fold (fun kept i ->
            let last = List.head kept

            let hasMoved =
                Seq.exists2
                    (fun (a: float) b -> abs (a - b) > 0.005 * top)
                    run.SingularValues[last]
                    run.SingularValues[i]

            if hasMoved || run.Times[i] > run.Times[last] * (1.0 + 1.0 / 30.0) then
                i :: kept
            else
                kept)
        |> List.rev
        |> Array.ofList

    { run with
        Times = kept |> Array.map (Array.get run.Times)
        SingularValues = kept |> Array.map (Array.get run.SingularValues)
    }

/// Simulated singular values, the staircase of the saddles, and what the rates at the origin alone would give.
let staircase id (it: Measured) =
    let panelOf (seen: Seen) =
        let index =
            seen.Runs
            |> Array.findIndex (fun run -> run.Sigma = it.Sigmas[min 1 (it.Sigmas.Length - 1)])

        let run, saddles = thinned seen.Runs[index], seen.Saddles.Of Theory.derived
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
                    // As in Theorem 4.3, at the origin's rate to the first plateau that the mode has among the saddles.
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
          $"Singular values of the embeddings from σ = {it.Sigmas[min 1 (it.Sigmas.Length - 1)]:g}, {it.Modes} modes, {it.Words} words. Solid: simulated gradient flow; dashed: the sequence of saddles, from the statistics and the start alone; dotted: every mode by its rate at the origin for all time, to the same plateau."
          "Rising curves of eight modes, one colour each: solid for the simulation, dashed for the saddles, dotted for rates that never change."
          0
          []
          (it.Seen |> List.map panelOf) with
        Command = $"qwem reproduce --only saddles/{id}"
        ColourNames = modeNames (shownModes it.Modes)
    }

let errorFigure id (it: Measured) =
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
          "Relative error of each mode's half-rise time, all seeds: a colour and a shape for each scale σ of the start. Open circles: rates at the origin kept for all time, from the smallest start."
          "Dots over the number of the mode, one colour for each scale of the start, and open circles for rates that never change; the vertical axis is logarithmic."
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
