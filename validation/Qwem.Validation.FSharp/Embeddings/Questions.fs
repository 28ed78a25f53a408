namespace Qwem.Validation.Embeddings

open System
open System.Collections.Generic
open Qwem.Sim.Evaluation
open Qwem.Sim.Formats
open Qwem.Sim.LinearAlgebra
open Qwem.Sim.Threading
open Qwem.Theory
open Qwem.Validation

/// The analogies that can be asked of a vocabulary: any two pairs of a family.
[<NoEquality; NoComparison>]
type Questions =
    {
        Names: string array
        /// As the simulator's benchmark takes them, in words.
        Benchmark: IReadOnlyList<AnalogyWords>
        /// As the theory takes them, in indices.
        Families: AnalogyFamily array
        /// a, b, a', b' of all of them, family by family.
        Words: int array
    }

    member questions.Count = questions.Words.Length / 4

/// How a model answers questions.
[<NoEquality; NoComparison>]
type Answers =
    {
        /// By how much b' beats the best other word: positive where the answer is right, small in size where a little would
        /// turn it, minus infinity where b' is not allowed.
        Margins: float array
        /// The best other word.
        Rivals: int array
    }

    /// Which questions are answered rightly.
    member answers.Right = answers.Margins |> Array.map (fun margin -> margin > 0.0)

module Questions =

    /// The families of this project, as far as the vocabulary has two of their pairs.
    let ofVocabulary (vocabulary: string seq) =
        let words = Array.ofSeq vocabulary
        let known = WordFamilies.askable words

        let families =
            known
            |> List.map (fun family -> AnalogyFamily.FromPairs family.Pairs)
            |> Array.ofList

        {
            Names = known |> List.map _.Name |> Array.ofList
            Benchmark = WordFamilies.questions words known
            Families = families
            Words = families |> Array.collect (fun family -> family.Questions())
        }

    /// Questions answered rightly as a theory counts them, family by family, of embeddings d x V.
    let right (theory: Theory) (embeddings: float array) dimension (questions: Questions) =
        questions.Families
        |> Array.Parallel.map (fun family -> theory.RightAnswers embeddings dimension family)

    /// The same from the simulator's benchmark, with intervals from so many replicates (none: 0).
    let simulated (vectors: WordVectors) (questions: Questions) replicates (team: WorkerTeam) cancellation =
        let bootstrap = BootstrapSettings(Replicates = replicates)
        AnalogyBenchmark.Run(vectors, questions.Benchmark, team, bootstrap, cancellation = cancellation)

    /// Vectors in the single precision that files have.
    let vectors words (embeddings: DenseMatrix) =
        WordVectors(words, embeddings.Columns, embeddings.Values |> Array.map float32)

    /// Rows of length 1; a vanishing row stays.
    let units (embeddings: DenseMatrix) =
        let rows = Dense.copy embeddings

        for i in 0 .. rows.Rows - 1 do
            let row = rows.Row i
            let length = sqrt (Kernels.NormSquared row)

            if length > 0.0 then
                Kernels.Scale(1.0 / length, row)

        rows

    /// The words asked about.
    let asked (questions: Questions) = questions.Words |> Array.distinct

    /// Cosines of the words asked about (rows) with all words (columns).
    let cosines (questions: Questions) (embeddings: DenseMatrix) (team: WorkerTeam) =
        let rows, words, d = units embeddings, asked questions, embeddings.Columns

        let queries =
            DenseMatrix(words.Length, d, words |> Array.collect (fun w -> rows.Row(w).ToArray()))

        Dense.product queries false rows true team

    /// Rows of the words asked about in a table of cosines, by word; -1 for the others.
    let slots (questions: Questions) size =
        let slots = Array.create size -1
        asked questions |> Array.iteri (fun slot word -> slots[word] <- slot)
        slots

    /// How every question is answered, from the cosines of the words asked about; with the inputs a, b and a' among the answers, or without.
    let answers (withInputs: bool) (questions: Questions) (cosines: DenseMatrix) : Answers =
        let all, v = cosines.Values, cosines.Columns
        let slots = slots questions v

        let margins, rivals =
            Array.Parallel.init questions.Count (fun q ->
                let a, b = questions.Words[4 * q], questions.Words[4 * q + 1]
                let c, answer = questions.Words[4 * q + 2], questions.Words[4 * q + 3]
                let fromA, fromB, fromC = slots[a] * v, slots[b] * v, slots[c] * v
                let mutable best, rival = -infinity, -1

                for w in 0 .. v - 1 do
                    let score = all[fromB + w] - all[fromA + w] + all[fromC + w]

                    if score > best && w <> answer && (withInputs || w <> a && w <> b && w <> c) then
                        best <- score
                        rival <- w

                if not withInputs && (answer = a || answer = b || answer = c) then
                    -infinity, rival
                else
                    all[fromB + answer] - all[fromA + answer] + all[fromC + answer] - best, rival)
            |> Array.unzip

        { Margins = margins; Rivals = rivals }

    /// Questions that only one of two models answers rightly.
    let different (a: Answers) (b: Answers) =
        Array.fold2 (fun count x y -> if x <> y then count + 1 else count) 0 a.Right b.Right
