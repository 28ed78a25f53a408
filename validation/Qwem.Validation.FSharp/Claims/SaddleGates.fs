/// What the flows are held against: times, waits and ends of the saddles.
module Qwem.Validation.Claims.SaddleGates

open System
open Qwem.Reports
open Qwem.Sim.LinearAlgebra
open Qwem.Sim.Training
open Qwem.Theory
open Qwem.Validation
open Qwem.Validation.Claims.SaddleRuns

/// Dimensions beyond the modes that are looked at: the last rows of a start's triangle are short, and what stands above them is not.
let spare = 4

// Above this the theory's own measure of smallness says that it does not apply, and below it how large an error may be. Both numbers were fixed
// before any of these runs, by runs on another corpus with other vocabularies and seeds.
let private smallEnough, share, least = SaddleMoment.SmallEnough, 0.25, 1e-3

[<NoEquality; NoComparison>]
type Seen =
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
        /// M at rest from a large start: to a tolerance, and to 16 times that.
        Rest: Integrated<float array>
        /// How far from it further large starts come to rest, relative.
        Elsewhere: float array
    }

[<NoEquality; NoComparison>]
type Measured =
    {
        Setting: Setting
        Words: int
        Modes: int
        Sigmas: float list
        Seen: Seen list
    }

    /// What is judged; a mode that does not rise in the flow is not left out, and fails.
    member it.Compared =
        [
            for seen in it.Seen do
                for run in 0 .. seen.Runs.Length - 1 do
                    for k in 0 .. it.Modes - 1 do
                        if seen.Smallness[run][k] < smallEnough then
                            seen, run, k
        ]

    member it.Total = it.Seen |> List.sumBy (fun seen -> seen.Runs.Length * it.Modes)

let private bound (seen: Seen) run k =
    share * (seen.Smallness[run][k] + least)

let lengthsOf (saddles: SaddleSequence) (run: Run) =
    saddles.Start(Dense.embeddings run.Start)

// The runs, one to a thread: each is the same on any number of threads.
let private simulate (setting: Setting) stage (runs: (unit -> Run) array) =
    let finished = [| 0 |]

    runs
    |> SideBySide.map setting.Team.Size (fun run ->
        let result = run ()

        lock finished (fun () ->
            finished[0] <- finished[0] + 1
            setting.Told stage (float finished[0] / float runs.Length))

        result)

// How many large starts come to rest beside the one that is judged, so that other minima are seen, and to what tolerance.
let private otherStarts, restTolerance = 9, 1e-6

let private observe id (measured: Setting) modes sigmas seeds (case: Case) : Seen =
    let stage name = $"saddles/{id}: {case.Name}: {name}"
    measured.Told (stage "saddles") 0.0

    let loss = Prediction(case.Loss, (=))

    let saddles count =
        Prediction(fun theory -> theory.Saddles (loss.Of theory) count)

    let all = saddles modes
    let right = all.Of Theory.derived

    let started sigma seed =
        let start = Initialisation.Gaussian(case.Slope.Rows, modes + spare, sigma, seed)
        right.Start(Dense.embeddings start)

    // The theory says only how long to look.
    let runs =
        [|
            for sigma in sigmas do
                for seed in seeds do
                    fun () ->
                        let until = 1.1 * Array.max (right.HalfRiseTimes(started sigma seed))
                        follow case (modes + spare) sigma seed until 1e-9 measured.Cancellation
        |]
        |> simulate measured (stage "gradient flows")

    let lengths = runs |> Array.map (lengthsOf right)
    measured.Told (stage "descent to rest") 0.0

    let found =
        {
            Fine = rest case modes (measured.Seed + 60UL) restTolerance measured
            Coarse = rest case modes (measured.Seed + 60UL) (ConstantWeight.coarseFactor * restTolerance) measured
        }

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
        Rest = found
        Elsewhere =
            Array.init otherStarts (fun n ->
                Dense.relative (rest case modes (measured.Seed + 30UL + uint64 n) 1e-4 measured) found.Fine)
    }

let measure id (cases: Setting -> LeadingCounts -> Case list) (setting: Setting) =
    // Eight seeds: as few as tell at 1 % by their signs alone.
    let v, modes, sigmas, last =
        if setting.IsSmoke then
            40, 3, [ 1e-6; 1e-12 ], 21UL
        else
            100, 8, [ 1e-6; 1e-12; 1e-24 ], 27UL

    let seeds = [ for n in 20UL .. last -> setting.Seed + n ]

    {
        Setting = setting
        Words = v
        Modes = modes
        Sigmas = sigmas
        Seen =
            cases setting (Corpus.leading setting.Embedded v)
            |> List.map (observe id setting modes sigmas seeds)
    }

/// A theory's time of each mode of a run. The sequence's clock is eta_alg t with kappa of unit weight 4.
let timesOf (seen: Seen) (saddles: SaddleSequence) run (theory: Theory) =
    let clock = 4.0 / float (theory.Kappa 1.0)

    theory.SaddleTimes saddles (lengthsOf saddles seen.Runs[run])
    |> Array.map (fun time -> clock * time)

/// Its relative error.
let errors (seen: Seen) (saddles: SaddleSequence) run (theory: Theory) =
    timesOf seen saddles run theory
    |> Array.mapi (fun k time -> time / seen.HalfRises[run][k] - 1.0)

/// Whether the rates at the origin are another theory: where the weight is constant rates never change, and what is left of the errors is the integrators'.
let ratesChange id = id <> "constant"

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

    let ofBound =
        worst (fun seen -> seen.Saddles.Of Theory.derived) compared Theory.derived

    let within =
        if compared.Length = 0 then
            "none"
        else
            $"the largest error is {Numbers.short ofBound} of its bound"

    Gate.leadingOrder
        $"saddles/{id}/times"
        $"The sequence of saddles gives the half-rise times of the modes of gradient flow from vanishing starts where the theory calls itself applicable ({compared.Length} of {it.Total} mode times)."
        "largest relative error of a half-rise time, in units of its own bound"
        {
            Bound = 1.0
            Because =
                "per mode and start: 0.25 (w + 0.001), w the theory's own measure of how far the start is from vanishing (`SaddleSequence.Smallness` in `docs/theory.md`), for w below 0.3; observed on another corpus with other vocabularies and seeds, fixed before these runs for modes 2 and later, and not derived"
        }
        (fun theory -> worst (fun seen -> seen.Saddles.Of theory) compared theory)
    |> Gate.glimpsed (fun theory ->
        if first.IsEmpty then
            0.0
        else
            worst (fun seen -> seen.Few.Of theory) first theory)
    |> Gate.covering (compared.Length, it.Total)
    |> fun gate ->
        { gate with
            Effect = (if gate.Effect = "" then within else $"{gate.Effect}; {within}")
        }
    |> Gate.changed (
        "The bound of the later modes was fixed beforehand; w of mode 1, of which it did not speak, was taken as the second row's length when mode 1 is realised after a run with 40 words had been seen. That run, with as many dimensions as modes, also had a last mode that came 2.7 % late with a weight that is constant, where the theorem allows it; since then four more dimensions than modes are trained. Half heights were read to 0.1 % at first, and are read in the logit since."
        + if ratesChange id then
              ""
          else
              " Two gates that the other losses have were given up here after they had been judged: `comparison`, confirmed against rates that were read at another height, for both theories are Theorem 4.3 here; and `falling`, for the errors of 3e-6 are those of the integrators, with one of which it was not confirmed and with the next it was."
    )

// P(at least wins of n) of a fair coin.
let private coins wins n =
    Seq.init (n - wins + 1) (fun i -> MathNet.Numerics.SpecialFunctions.Binomial(n, wins + i))
    |> Seq.sum
    |> fun ways -> ways / 2.0 ** float n

// How long each mode's half rise comes after that of the mode before it: times add up, waits do not.
let private waits (times: float array) =
    Array.mapi (fun k time -> if k = 0 then time else time - times[k - 1]) times

/// The error of each mode's wait from the starts of a seed, absolute, the mean over some scales; infinite for modes that the times do not reach.
let private waitErrors (it: Measured) (seen: Seen) seed (sigmas: float list) (timesOf: int -> float array) =
    let runs =
        [| 0 .. seen.Runs.Length - 1 |]
        |> Array.filter (fun run -> seen.Runs[run].Seed = seed && List.contains seen.Runs[run].Sigma sigmas)
        |> Array.map (fun run -> waits (timesOf run), waits seen.HalfRises[run])

    Array.init it.Modes (fun k ->
        runs
        |> Array.averageBy (fun (predicted, measured) ->
            if k < predicted.Length then abs (predicted[k] - measured[k]) else infinity))

/// Whether one error is smaller than another for most modes, seed by seed: each loss by itself, for the losses share a text and seeds, and the least
/// sure of them counts. What the saddles do not reach counts as won where only a glimpse is asked for.
let private seedsGate
    id
    name
    statement
    (nullName: string)
    effect
    more
    (test: Measured -> Seen -> SaddleSequence -> Theory -> uint64 -> bool array)
    (it: Measured)
    =
    let seedsOf (seen: Seen) =
        seen.Runs |> Array.map _.Seed |> Array.distinct

    // Modes won, by seed.
    let wins (saddles: Seen -> SaddleSequence) modes theory (seen: Seen) =
        seedsOf seen
        |> Array.map (fun seed ->
            test it seen (saddles seen) theory seed
            |> Seq.mapi (fun k isWon -> k >= modes || isWon)
            |> Seq.sumBy (fun isWon -> if isWon then 1 else 0))

    let nulls won =
        it.Seen
        |> List.map (fun seen ->
            let majorities = won seen |> Array.filter (fun wins -> 2 * wins > it.Modes)

            {
                Name = $"{nullName} ({seen.Case.Name})"
                Score = float ((seedsOf seen).Length - majorities.Length)
                P = coins majorities.Length (seedsOf seen).Length
            })

    // The mean over seeds with its 95 % interval by Student's law.
    let counted =
        it.Seen
        |> List.map (fun seen ->
            let won =
                wins (fun seen -> seen.Saddles.Of Theory.derived) it.Modes Theory.derived seen
                |> Array.map float

            let n = float won.Length
            let mean = Array.average won

            let half =
                sqrt (Array.sumBy (fun x -> (x - mean) ** 2.0) won / (n * (n - 1.0)))
                * MathNet.Numerics.Distributions.StudentT.InvCDF(0.0, 1.0, n - 1.0, 0.975)

            $"{mean:F1} ± {half:F1}")
        |> String.concat " and "

    let seeds = (seedsOf it.Seen.Head).Length

    Gate.qualitative
        $"saddles/{id}/{name}"
        statement
        $"{effect} for {counted} of {it.Modes} modes (mean over {seeds} seeds, 95 %%)"
        (fun theory -> nulls (wins (fun seen -> seen.Saddles.Of theory) it.Modes theory))
    |> Gate.glimpsed (fun theory ->
        nulls (wins (fun seen -> seen.Few.Of theory) 2 theory)
        |> List.map _.P
        |> List.max)
    |> Gate.changed (
        "A first test counted times over both losses together, after a run with 150 words and two other seeds had been seen. It was confirmed on 100 words, but times add up and the two losses share a text and starts. A second one counted waits between half rises, each loss by itself, over two seeds, with modes as if they were independent; a referee objected that they share a start. Now seeds are counted, eight of them, of which two had been seen."
        + more
    )

let private predicted (seen: Seen) (saddles: SaddleSequence) theory run = timesOf seen saddles run theory

let private comparisonGate id =
    seedsGate
        id
        "comparison"
        "Averaged over starts of all scales, the saddles give the interval before a mode's half rise (for the first, its time) more closely than the rates at the origin do, with the same plateaus, for most modes of every seed."
        "rates at the origin kept for all time: as many seeds won by chance"
        "closer than the rates at the origin"
        " Until a referee saw it the rates at the origin were read where a mode's length is 1, the saddles at half of its height: those lost by that difference alone where the weight is constant (8 of 8 modes), for which this gate was given up, as both are Theorem 4.3 there."
        (fun it seen saddles theory seed ->
            let own = waitErrors it seen seed it.Sigmas (predicted seen saddles theory)
            let right = seen.Saddles.Of Theory.derived

            let origin =
                waitErrors it seen seed it.Sigmas (fun run -> right.OriginTimes seen.Lengths[run])

            Array.map2 (<) own origin)

let private fallingGate id =
    seedsGate
        id
        "falling"
        "The error of a mode's wait is smaller from the smallest start than from the largest, for most modes of every seed."
        "errors that do not depend on the start: as many seeds won by chance"
        "a smaller error from the smallest start than from the largest"
        ""
        (fun it seen saddles theory seed ->
            let error sigma =
                waitErrors it seen seed [ sigma ] (predicted seen saddles theory)

            Array.map2 (<) (error (List.last it.Sigmas)) (error it.Sigmas.Head))

let private restGates id (it: Measured) =
    it.Seen
    |> List.mapi (fun index seen ->
        let rest = seen.Rest
        let apart = Dense.relative rest.Coarse rest.Fine

        Gate.exact
            (if index = 0 then $"saddles/{id}/end" else $"saddles/{id}/end-{index + 1}")
            $"A model of {it.Modes} dimensions descends from a large start to the saddle of rank {it.Modes} ({seen.Case.Name})."
            "relative distance of M, Frobenius norm"
            {
                Bound = restTolerance + apart + 4.0 * float it.Words * Tolerance.unitRoundoff
                Because =
                    $"the distance from rest, as the minimiser estimates it, at which the descent was allowed to stop, %g{restTolerance}, beside which what the theory's own minimiser leaves (a gradient of 1e-11) is small; the distance from the model that was allowed 16 times that, %.1e{apart}; rounding, 4 V u"
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
            Dense.relative ((theory.RestNear (seen.Case.Loss theory) right).Gram()) rest.Fine)
        |> Gate.changed
            "Only quadratic losses came to rest at first, by conjugate gradients to a gradient of 1e-9 (bounds of 1.5e-7 to 5e-7). With the minimiser, which takes word2vec's loss too, the gates failed at first: with a tolerance of 1e-9 both descents stopped at the same step, at the rounding of the loss, 2e-8 from the theory against a bound of 5e-14. 1e-6 was set then, looser than before, and judged on the same words and starts; since then another start is judged, which had not been seen.")

let judge id (it: Measured) =
    [
        timesGate id it
        if ratesChange id then
            comparisonGate id it
            fallingGate id it
        yield! restGates id it
    ]
