namespace Qwem.Theory

open System.Collections.Generic
open Qwem.Theory.Hypothesis

/// <summary>What an analogy benchmark gave.</summary>
[<RequireQualifiedAccess; NoComparison>]
type AnalogyAccuracy =
    {
        /// <summary>Questions answered by b'.</summary>
        Correct: int
        /// <summary>Questions asked.</summary>
        Questions: int
        /// <summary>Questions where several words shared the highest score; the one of smallest index was the answer.</summary>
        Ties: int
    }

    /// <summary>correct / questions.</summary>
    member a.Value = float a.Correct / float a.Questions

    /// <summary>The share, and what it counts.</summary>
    override a.ToString() =
        $"{Show.number a.Value} ({a.Correct} of {a.Questions}, ties: {a.Ties})"

/// <summary>A family of analogies: word pairs (a_n, b_n), and questions a : b = a' : b'.</summary>
/// <remarks>v1 section 5: any two distinct pairs form a valid analogy. Words are indices; a negative index is a word out of vocabulary.</remarks>
[<Sealed>]
type AnalogyFamily private (pairs: int[], questions: int[], discarded: int) =

    static member private Distinct(parameter: string, pairs: int[]) : struct (int[] * int) =
        let seen = HashSet<struct (int * int)>()
        let found = ResizeArray<int>()
        let mutable dropped = 0

        for n in 0 .. pairs.Length / 2 - 1 do
            let a, b = pairs[2 * n], pairs[2 * n + 1]

            if a < 0 || b < 0 then
                dropped <- dropped + 1
            else
                if a = b then
                    broken
                        "pairs of different words"
                        parameter
                        $"{parameter} pairs word {a} with itself; allowed: different words"

                if seen.Add(struct (a, b)) then
                    found.Add a
                    found.Add b

        if found.Count < 4 then
            broken
                "at least two pairs (a mean and a covariance)"
                parameter
                $"{parameter} has {found.Count / 2} distinct known pairs; allowed: 2 or more"

        struct (found.ToArray(), dropped)

    /// <summary>The family of all ordered pairs of distinct pairs: N (N - 1) questions.</summary>
    /// <param name="pairs">a_1, b_1, a_2, b_2, ...; at least two known pairs. A pair with a negative index is dropped.</param>
    /// <returns>The family; repeated pairs count once.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">The length is odd, fewer than two pairs remain, or a pair joins a word to itself.</exception>
    static member FromPairs(pairs: int[]) : AnalogyFamily =
        if pairs.Length % 2 <> 0 then
            broken "word pairs" "pairs" $"pairs has {pairs.Length} entries; expected an even number"

        let struct (known, dropped) = AnalogyFamily.Distinct("pairs", pairs)
        let count = known.Length / 2

        let questions =
            [|
                for m in 0 .. count - 1 do
                    for n in 0 .. count - 1 do
                        if m <> n then
                            known[2 * m]
                            known[2 * m + 1]
                            known[2 * n]
                            known[2 * n + 1]
            |]

        // Each lost pair would have asked and been asked with every other.
        let all = count + dropped
        AnalogyFamily(known, questions, all * (all - 1) - count * (count - 1))

    /// <summary>The family of a benchmark file's own questions.</summary>
    /// <param name="questions">a, b, a', b' of each question. A question with a negative index is discarded (v1 Appendix C.1).</param>
    /// <returns>The questions, and as pairs the distinct (a, b) and (a', b') in order of appearance.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">The length is no multiple of four, fewer than two distinct pairs remain, or a pair joins
    /// a word to itself.</exception>
    static member FromQuestions(questions: int[]) : AnalogyFamily =
        if questions.Length % 4 <> 0 then
            broken
                "questions of four words"
                "questions"
                $"questions has {questions.Length} entries; expected a multiple of four"

        let known =
            Array.chunkBySize 4 questions |> Array.filter (Array.forall (fun w -> w >= 0))

        let flat = Array.concat known
        let struct (pairs, _) = AnalogyFamily.Distinct("questions", flat)
        AnalogyFamily(pairs, flat, questions.Length / 4 - known.Length)

    /// <summary>N, the number of distinct pairs.</summary>
    member _.PairCount = pairs.Length / 2

    /// <summary>Number of questions asked.</summary>
    member _.QuestionCount = questions.Length / 4

    /// <summary>Questions discarded for a word out of vocabulary.</summary>
    member _.Discarded = discarded

    /// <summary>a_1, b_1, a_2, b_2, ...</summary>
    /// <returns>A copy.</returns>
    member _.Pairs() : int[] = Array.copy pairs

    /// <summary>a, b, a', b' of each question.</summary>
    /// <returns>A copy.</returns>
    member _.Questions() : int[] = Array.copy questions

    member internal _.Content = discarded, pairs, questions

    /// <summary>Are pairs, questions and the discarded equal?</summary>
    override this.Equals other =
        match other with
        | :? AnalogyFamily as x -> x.Content = this.Content
        | _ -> false

    /// <summary>Of the same.</summary>
    override this.GetHashCode() = hash this.Content

    /// <summary>How many pairs and questions.</summary>
    override _.ToString() =
        $"analogy family, pairs: {pairs.Length / 2}, questions: {questions.Length / 4}, discarded: {discarded}"

    member internal _.PairArray = pairs
    member internal _.QuestionArray = questions
