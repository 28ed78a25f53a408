namespace Qwem.Validation.Embeddings

open Qwem.Sim.LinearAlgebra
open Qwem.Sim.Threading
open Qwem.Validation

/// A record of a simulated flow as questions see it, and how far integration and rounding leave it undecided.
[<NoEquality; NoComparison>]
type Asked =
    {
        Record: int
        Cosines: DenseMatrix
        Answers: Answers
        /// Words whose cosines are judged: those of which rounding leaves a direction.
        JudgedWords: bool array
        /// Questions that are judged: all, or those that are no near ties.
        JudgedQuestions: bool array
        /// Largest difference of a judged cosine between the two integrations.
        Integration: float
        /// Largest error of a judged cosine by rounding.
        Rounding: float
        /// Judged questions whose answer may differ from an exact one.
        Ties: int
    }

module Asked =

    /// A cosine that rounding may turn by more than this is not judged. Rounding is relative to the whole model, and in a large
    /// vocabulary some words are a millionth as long as it: their directions would be all that a bound for every word speaks of.
    let private cosineLimit = 100.0 * Flow.tolerance

    /// Share of near ties up to which a bound allows for them. Where there are more, as while one mode has turned all words of a
    /// large vocabulary into its own direction, they are not judged: each of them would excuse a wrong answer to another question.
    let private tiesAllowed = 0.01

    /// Bound of each margin's error: what separates the two integrations, and to first order the rounding of the six cosines in
    /// it. A cosine of an angle theta moves by sin theta times the errors of the two directions, plus half the square of these.
    let private margins
        (questions: Questions)
        (cosines: DenseMatrix)
        (answers: Answers)
        (coarse: Answers)
        (rows: float array)
        d
        =
        let v = cosines.Columns
        let slots = Questions.slots questions v
        let products = 12.0 * float (d + 4) * Tolerance.unitRoundoff

        Array.init questions.Count (fun q ->
            let rounding x y =
                let cosine = cosines.Values[slots[x] * v + y]
                let turned = rows[x] + rows[y]
                sqrt (max 0.0 (1.0 - cosine * cosine)) * turned + 0.5 * turned * turned

            let mutable sum = products

            for n in 0..2 do
                let word = questions.Words[4 * q + n]
                sum <- sum + rounding word questions.Words[4 * q + 3] + rounding word answers.Rivals[q]

            abs (answers.Margins[q] - coarse.Margins[q]) + sum)

    /// Asks both integrations of a record.
    let ofRecord (questions: Questions) (flow: Flow) record (team: WorkerTeam) =
        let fine = Flow.simulated flow record team
        let cosines = Questions.cosines questions fine team
        let other = Questions.cosines questions (Flow.coarse flow record team) team
        let answers = Questions.answers questions cosines

        let rounding =
            4.0
            * float flow.Start.Rows
            * Tolerance.unitRoundoff
            * Predicted.exponent flow record

        let rows = Predicted.rowConditions fine |> Array.map (fun x -> rounding * x)

        let undecided =
            margins questions cosines answers (Questions.answers questions other) rows flow.Dimension

        let judgedWords = rows |> Array.map (fun row -> 2.0 * row <= cosineLimit)
        // A margin of minus infinity has no error and decides.
        let tied =
            Array.map2 (fun margin error -> abs margin <= error) answers.Margins undecided

        let ties = tied |> Array.filter id |> Array.length
        let allowed = float ties <= tiesAllowed * float questions.Count

        {
            Record = record
            Cosines = cosines
            Answers = answers
            JudgedWords = judgedWords
            JudgedQuestions = tied |> Array.map (fun it -> allowed || not it)
            Integration = Questions.distanceAmong judgedWords questions cosines other
            Rounding =
                Array.map2 (fun row judged -> if judged then 2.0 * row else 0.0) rows judgedWords
                |> Array.max
            Ties = if allowed then ties else 0
        }

    /// Largest error of a judged cosine.
    let distance (questions: Questions) (asked: Asked) (cosines: DenseMatrix) =
        Questions.distanceAmong asked.JudgedWords questions cosines asked.Cosines

    /// Judged questions that only one of the record and other answers is right in.
    let different (asked: Asked) (answers: Answers) =
        Questions.differentAmong asked.JudgedQuestions asked.Answers answers

    let private leftOut (judged: Asked -> bool array) (asked: Asked array) =
        asked |> Array.sumBy (judged >> Array.filter not >> Array.length)

    /// Bound of the error of a cosine over records.
    let cosineTolerance (asked: Asked array) =
        let worst = asked |> Array.maxBy (fun it -> it.Integration + it.Rounding)
        let left = asked |> leftOut _.JudgedWords

        let without =
            if left = 0 then
                ""
            else
                $"; of {asked.Length} x {asked[0].JudgedWords.Length} directions of words, {left} are not judged, because rounding may turn a cosine of theirs by more than {cosineLimit:g2}"

        {
            Bound = worst.Integration + worst.Rounding
            Because =
                $"the largest over the records of: integration, the same error of a flow integrated {Flow.coarseFactor} times worse, {worst.Integration:g2}, which by the order of the method exceeds the flow's own about {Flow.coarseFactor} times or more; rounding, 4 V u, amplified by the exponent 2κλ_{{1}}t and twice by ||W|| over the shortest word, {worst.Rounding:g2}{without}"
        }

    /// Bound of the number of questions that only one of two models answers rightly.
    let answerTolerance (questions: Questions) (asked: Asked array) =
        let ties = asked |> Array.sumBy _.Ties
        let left = asked |> leftOut _.JudgedQuestions

        let without =
            if left = 0 then
                ""
            else
                $"; {left} more, at times at which more than 1%% of the questions are such ties, are not judged"

        {
            Bound = float ties + 0.5
            Because =
                $"of {asked.Length} x {questions.Count} answers, {ties} are decided by no more than what separates two integrations, the worse one's error at least {Flow.coarseFactor} times the better one's, plus the rounding of the six cosines compared; half a question more, for questions are whole{without}"
        }
