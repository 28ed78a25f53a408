/// From text to the target: what a window counts, the two distributions, and the entry of M that minimises the loss.
module Qwem.Validation.Claims.Statistics

open System
open System.IO
open Qwem.Reports
open Qwem.Sim.Cooccurrence
open Qwem.Sim.Corpora
open Qwem.Sim.LinearAlgebra
open Qwem.Sim.Random
open Qwem.Sim.Training
open Qwem.Validation
open Qwem.Validation.Drawing

let private halfWidth = 5

let private lexicon = [| for a in 'a' .. 'e' -> $"w{a}" |]

/// Documents whose words repeat what came a few words before, so that pairs at every distance differ from chance.
let private documents (seed: uint64) =
    let random = CounterRandom(seed, 77UL)
    let mutable drawn = 0UL

    let uniform () =
        drawn <- drawn + 1UL
        random.Uniform drawn

    Array.init 200 (fun _ ->
        let words = ResizeArray<int>()

        for position in 0 .. 10 + int (60.0 * uniform ()) do
            let back = 1 + int (6.0 * uniform ())

            if position >= back && uniform () < 0.4 then
                words.Add words[position - back]
            else
                // Frequencies fall like 1/rank, roughly.
                words.Add(min (lexicon.Length - 1) (int (float lexicon.Length * uniform () ** 2.0)))

        words.ToArray())

let private counted (documents: int array array) =
    let path = Path.GetTempFileName()

    try
        File.WriteAllLines(
            path,
            documents
            |> Array.map (fun words -> String.Join(' ', words |> Array.map (fun w -> lexicon[w])))
        )

        CooccurrenceCounter.Count(CorpusReader.Read([| path |], lexicon.Length), halfWidth)
    finally
        File.Delete path

type private Measured =
    {
        Documents: int array array
        Counts: CooccurrenceCounts
        Leading: LeadingCounts
        Frequencies: Frequencies
        /// Minima of the simulator's losses, entry by entry: linear over twice the quadratic coefficient.
        Minima: float array array
    }

let private measure (setting: Setting) =
    let v = if setting.IsSmoke then 100 else 300
    let leading = Corpus.leading setting.Embedded v
    let frequencies = Corpus.frequencies leading
    let documents = documents setting.Seed

    let minimum struct (a: float, b: float, c: float, d: float) =
        let p = frequencies.Words

        let independent =
            DenseMatrix(v, v, Array.init (v * v) (fun e -> p[e / v] * p[e % v]))

        let objective =
            PairwiseObjective.FromWeights(DenseMatrix(v, v, frequencies.Pairs), independent, a, b, c, d)

        Array.map2 (fun b a -> b / (2.0 * a)) objective.Linear.Values objective.Quadratic.Values

    {
        Documents = documents
        Counts = counted documents
        Leading = leading
        Frequencies = frequencies
        Minima = [| minimum Corpus.crossEntropy; minimum Corpus.symmetric |]
    }

/// L times the expected number of windows of random radius in which two words meet, by definition: every centre, every distance.
let private expected (measured: Measured) (theory: Theory) =
    let size = lexicon.Length
    let sums = Array.zeroCreate<float>(size * size)

    for words in measured.Documents do
        for i in 0 .. words.Length - 1 do
            for j in 0 .. words.Length - 1 do
                if i <> j then
                    let at = words[i] * size + words[j]
                    sums[at] <- sums[at] + theory.WindowWeight halfWidth (abs (i - j))

    // The file of counts orders words by frequency.
    let place = lexicon |> Array.map (fun word -> measured.Counts.Words.IndexOf word)

    let ordered = Array.zeroCreate<float> sums.Length

    for a in 0 .. size - 1 do
        for b in 0 .. size - 1 do
            ordered[place[a] * size + place[b]] <- sums[a * size + b]

    ordered

let private largestDifference a b =
    Seq.map2 (fun x y -> abs (x - y)) a b |> Curves.worst

let private judge (measured: Measured) =
    let pairs = measured.Counts.DenseSymmetric()
    let u = Tolerance.unitRoundoff

    let targets theory =
        let statistics = Corpus.statistics theory measured.Leading

        [| theory.CrossEntropy(); theory.Symmetric() |]
        |> Array.map (fun loss -> theory.Target loss statistics)

    [
        Gate.exact
            "statistics/windows"
            "A pair of words at distance r counts L − r + 1: L times the chance that a window of random radius holds both."
            "largest difference between a pair's count and its expectation by definition, in counts"
            {
                Bound = 0.5
                Because = "counts are whole numbers, and sums of whole numbers below 2^53 have no rounding"
            }
            (fun theory -> largestDifference (expected measured theory) pairs)
        Gate.exact
            "statistics/frequencies"
            "Theory and simulation make the same P_{i} and P_{ij} of the counts, self-pairs set to P_{i}²."
            "largest difference of a joint frequency, relative to the largest one"
            {
                Bound = 4.0 * u
                Because =
                    "rounding: one division on each side, and the sum of the counts, which are whole numbers below 2^53"
            }
            (fun theory ->
                let statistics = Corpus.statistics theory measured.Leading
                let joint = statistics.Joint()
                largestDifference joint measured.Frequencies.Pairs / Array.max joint)
        Gate.exact
            "statistics/targets"
            "The minimum of the simulator's loss, entry by entry, is the theory's target, for L_{xe} and L_{sym}."
            "largest difference of an entry of M*, relative to 1 + |M*|"
            {
                Bound = 16.0 * u
                Because = "rounding: at most four operations for each coefficient and a quotient, on each side"
            }
            (fun theory ->
                Array.map2
                    (fun target minimum ->
                        Seq.map2 (fun m x -> abs (m - x) / (1.0 + abs m)) target minimum |> Curves.worst)
                    (targets theory)
                    measured.Minima
                |> Curves.worst)
    ]

let claim =
    claim "statistics" "From text to the target" {
        asks "Do theory and simulation start from the same statistics, and does the loss ask for the target?"

        predicts
            "A pair at distance r counts L − r + 1; P_{ii} is set to P_{i}²; the loss is least, entry by entry, at M*_{xe} = P_{ij}/(P_{i}P_{j}) − 1 and M*_{sym} = 2(P_{ij} − P_{i}P_{j})/(P_{ij} + P_{i}P_{j}) (docs/derivations.md, sections 1 and 2)."

        seconds 1 1 1 1
        measures measure
        gates judge

        answer (fun measured verdicts ->
            let target = Verdicts.find "statistics/targets" verdicts

            let accuracy =
                if target.Gap = 0.0 then
                    "exactly at the theory's targets"
                else
                    $"at the theory's targets to {Numbers.short target.Gap}"

            $"{Verdicts.failed verdicts}All {measured.Counts.DenseSymmetric().Length} pair counts of a seeded text are those of the definition, and the simulator's losses are least {accuracy}.")

        details (fun measured _ ->
            $"The losses are L_{{xe}} and L_{{sym}} of {measured.Leading.Words.Length} words, compared entry by entry.")

        text (fun measured ->
            [
                $"A text of {measured.Documents.Length} seeded documents is counted by the simulator with windows of {halfWidth} words to each side and, by definition, by a sum over all positions on the theory's side. The other two gates use the embedded counts."
            ])

        quantities (fun measured ->
            [
                dimensionless
                    "marginal mismatch"
                    ((Corpus.statistics Theory.derived measured.Leading).MarginalMismatch())
                    "largest relative difference between the pairs' marginal and the word frequency P_{i}; theory and simulation both use the word counts within the vocabulary as P_{i}, and the pair counts as P_{ij}"
            ])
    }
