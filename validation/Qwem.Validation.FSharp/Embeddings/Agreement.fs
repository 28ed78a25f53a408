/// The exact solution against a simulated flow, word by word: every cosine in units of its own bound, so that none has to be left out.
module Qwem.Validation.Embeddings.Agreement

open System
open Qwem.Reports
open Qwem.Sim.LinearAlgebra
open Qwem.Sim.Threading
open Qwem.Validation

/// Simulated embeddings as questions see them, and what may be wrong with them.
[<NoEquality; NoComparison>]
type Observed =
    {
        Words: int array
        /// Cosines of the words asked about (rows) with all words (columns).
        Cosines: DenseMatrix
        /// By how much the integration may have moved a cosine with each word, the largest over the records: at a single one the errors of two
        /// integrations can agree by chance, such as two delays.
        Integration: float array
        /// By how much rounding, and what a law leaves out, may have turned each word.
        Turned: float array
        Dimension: int
    }

/// The records of a fine and a coarse run, V x d, and how far each word may have turned besides at each record.
let observe (questions: Questions) (run: Integrated<DenseMatrix array>) (turned: float array array) team =
    let one (fine: DenseMatrix) coarse turned =
        let cosines = Questions.cosines questions fine team
        let other = Questions.cosines questions coarse team

        {
            Words = Questions.asked questions
            Cosines = cosines
            Integration =
                Array.Parallel.init cosines.Columns (fun w ->
                    let mutable worst = 0.0

                    for slot in 0 .. cosines.Rows - 1 do
                        worst <- max worst (abs (cosines[slot, w] - other[slot, w]))

                    worst)
            Turned = turned
            Dimension = fine.Columns
        }

    let all = Array.map3 one run.Fine run.Coarse turned
    let largest = all |> Array.map _.Integration |> Array.reduce (Array.map2 max)
    all |> Array.map (fun it -> { it with Integration = largest })

/// The records of a flow whose theory is the exact solution.
let ofFlow (questions: Questions) (flow: Flow) (team: WorkerTeam) =
    let records = [| 0 .. flow.Times.Length - 1 |]
    let fine = records |> Array.map (fun record -> Flow.simulated flow record team)

    let turned =
        records
        |> Array.map (fun record ->
            let rounding = Flow.rounding flow record
            Flow.rowConditions fine[record] team |> Array.map (fun x -> rounding * x))

    observe
        questions
        {
            Fine = fine
            Coarse = records |> Array.map (fun record -> Flow.coarse flow record team)
        }
        turned
        team

/// Bound of the error of a cosine: what two integrations make of the second word, and the error of an angle theta by the turns of both words,
/// sin theta times their sum plus half its square; d products on either side besides.
let bound (it: Observed) slot w =
    let cosine = it.Cosines[slot, w]
    let turned = it.Turned[it.Words[slot]] + it.Turned[w]

    it.Integration[w]
    + sqrt (max 0.0 (1.0 - cosine * cosine)) * turned
    + 0.5 * turned * turned
    + 2.0 * float (it.Dimension + 4) * Tolerance.unitRoundoff

let private worst (ratio: int -> int -> float) rows columns =
    Array.Parallel.init rows (fun slot ->
        let mutable largest = 0.0

        for w in 0 .. columns - 1 do
            let x = ratio slot w

            if not (Double.IsNaN largest || x <= largest) then
                largest <- x

        largest)
    |> Curves.worst

/// Largest error of a cosine in units of its own bound, of embeddings V x d.
let gap (questions: Questions) (it: Observed) (embeddings: DenseMatrix) team =
    let cosines = Questions.cosines questions embeddings team

    let ratio slot w =
        abs (cosines[slot, w] - it.Cosines[slot, w]) / bound it slot w

    worst ratio cosines.Rows cosines.Columns

// Words of a glimpse: the first asked about, and some of all.
let private fewAsked, private few = 8, 48

/// The words of a glimpse.
let glimpsed (it: Observed) =
    let all = it.Cosines.Columns
    Array.append (Array.truncate fewAsked it.Words) (Array.init few (fun n -> n * all / few))

/// The same for these words only, a word a row.
let glimpse (it: Observed) (rows: DenseMatrix) =
    let units, words = Questions.units rows, glimpsed it
    let asked = min fewAsked it.Words.Length

    let ratio slot n =
        let cosine =
            Kernels.Dot(Span.op_Implicit (units.Row slot), Span.op_Implicit (units.Row n))

        abs (cosine - it.Cosines[slot, words[n]]) / bound it slot words[n]

    worst ratio asked words.Length

/// Bounds so large that they say nothing of a cosine are counted.
let private vague = 0.1

/// Over some observations: how many pairs of words there are, how many of them have a bound above 0.1, the median bound (of a sample) and the largest.
let bounds (observed: Observed array) =
    let each (it: Observed) =
        let columns = it.Cosines.Columns
        let row slot = Array.init columns (bound it slot)
        let rows = Array.Parallel.init it.Cosines.Rows row
        let vague = rows |> Array.sumBy (Array.filter (fun x -> x > vague) >> Array.length)

        let sample =
            rows |> Array.indexed |> Array.map (fun (slot, row) -> row[7 * slot % columns])

        rows.Length * columns, vague, sample, rows |> Array.map Array.max |> Array.max

    let all = observed |> Array.map each
    let sample = all |> Array.collect (fun (_, _, sample, _) -> sample) |> Array.sort

    {|
        Count = all |> Array.sumBy (fun (count, _, _, _) -> count)
        Vague = all |> Array.sumBy (fun (_, vague, _, _) -> vague)
        Median = sample[sample.Length / 2]
        Largest = all |> Array.map (fun (_, _, _, largest) -> largest) |> Array.max
    |}

/// Questions whose answer may differ from an exact one: b' and the best other word are no farther apart than their scores' bounds.
let undecided (questions: Questions) (it: Observed) (answers: Answers) =
    let slots = Questions.slots questions it.Cosines.Columns

    let score q w =
        Seq.init 3 (fun n -> bound it slots[questions.Words[4 * q + n]] w) |> Seq.sum

    Seq.init questions.Count (fun q ->
        abs answers.Margins[q]
        <= score q questions.Words[4 * q + 3] + score q answers.Rivals[q])
    |> Seq.filter id
    |> Seq.length

/// 1, with the argument for the bounds of the pairs.
let tolerance (more: string) (observed: Observed array) =
    let found = bounds observed

    {
        Bound = 1.0
        Because =
            $"every pair of words has its own bound, and none is left out: the largest difference over the records that a flow integrated at least {ConstantWeight.coarseFactor:g} times worse makes in a cosine with the second word, which by the order of the method exceeds the flow's own error about {ConstantWeight.coarseFactor:g} times or more; and rounding, 4 V u amplified by the flow and by ||W|| over the length of each word{more}, by which the words turn. Of {found.Count:N0} bounds the median is about {found.Median:g2}, the largest {found.Largest:g2}; {found.Vague:N0} exceed {vague:g}"
    }

/// The gate of all records of a flow and of a small model's beside it, which is quick to try slips on.
let gate id claim (models: Models) (flow: Flow) (observed: Observed array) (small: Flow) (team: WorkerTeam) =
    let questions, few = models.Questions, models.FewQuestions
    let seen = ofFlow few small team

    let over (flow: Flow) one =
        Seq.init flow.Times.Length one |> Curves.worst

    let whole questions (flow: Flow) (observed: Observed array) theory =
        over flow (fun record ->
            gap questions observed[record] (Flow.at flow theory (Flow.kappaTime flow record) team) team)

    Gate.exact
        id
        claim
        $"largest error of a cosine of a word that is asked about with any word, in units of that cosine's own bound, of models with d = {flow.Dimension} and {flow.Start.Rows:N0} words and with d = {small.Dimension} and {small.Start.Rows:N0}"
        (tolerance "" (Array.append observed seen))
        (fun theory -> Curves.worst [ whole few small seen theory; whole questions flow observed theory ])
    |> Gate.glimpsed (fun theory ->
        over small (fun record -> glimpse seen[record] (Flow.ofWords small theory record (glimpsed seen[record]) team)))
    |> Flow.setLater
