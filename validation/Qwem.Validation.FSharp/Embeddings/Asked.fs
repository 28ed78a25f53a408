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
        /// Largest difference of a cosine between the two integrations.
        Integration: float
        /// Largest error of a cosine by rounding.
        Rounding: float
        /// Questions whose answer may differ from an exact one.
        Ties: int
    }

module Asked =

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

        {
            Record = record
            Cosines = cosines
            Answers = answers
            Integration = Questions.distance cosines other
            Rounding = 2.0 * Array.max rows
            // A margin of minus infinity has no error and decides.
            Ties =
                Array.map2 (fun margin error -> if abs margin <= error then 1 else 0) answers.Margins undecided
                |> Array.sum
        }

    /// Bound of the error of a cosine over records.
    let cosineTolerance (asked: Asked array) =
        let worst = asked |> Array.maxBy (fun it -> it.Integration + it.Rounding)

        {
            Bound = worst.Integration + worst.Rounding
            Because =
                $"the largest over the records of: integration, the same error of a flow integrated {Flow.coarseFactor} times worse, {worst.Integration:g2}, which by the order of the method exceeds the flow's own about {Flow.coarseFactor} times or more; rounding, 4 V u, amplified by the exponent 2κλ_{{1}}t and twice by ||W|| over the shortest word, {worst.Rounding:g2}"
        }

    /// Bound of the number of questions that only one of two models answers rightly.
    let answerTolerance (questions: Questions) (asked: Asked array) =
        let ties = asked |> Array.sumBy _.Ties

        {
            Bound = float ties + 0.5
            Because =
                $"of {asked.Length} x {questions.Count} answers, {ties} are decided by no more than what separates two integrations, the worse one's error at least {Flow.coarseFactor} times the better one's, plus the rounding of the six cosines compared; half a question more, for questions are whole"
        }
