namespace Qwem.Validation.Comparison

open System
open Qwem.Reports
open Qwem.Sim.Evaluation
open Qwem.Sim.Formats
open Qwem.Sim.LinearAlgebra
open Qwem.Sim.Spectra
open Qwem.Theory
open Qwem.Validation
open Qwem.Validation.Theorem43
open Qwem.Validation.Embeddings

/// One way to embeddings, with what both evaluators make of them.
[<NoEquality; NoComparison>]
type Method =
    {
        Name: string
        /// What it is, for the table.
        Way: string
        /// V x d, single precision.
        Vectors: WordVectors
        /// The simulator's evaluation.
        Report: AnalogyReport
        /// The answers in double precision.
        Answers: Answers
    }

    member it.Accuracy = it.Report.Total.ExcludingInputs.Accuracy

module Method =

    /// Replicates of the bootstraps.
    let replicates = 1000

    /// Rounds in which the model is the prior of its own counts.
    let priorRounds = 3

    let private matrix (vectors: WordVectors) =
        DenseMatrix(vectors.Size, vectors.Dimension, vectors.Values |> Array.map float)

    let make (models: Models) (setting: Setting) name way (vectors: WordVectors) =
        setting.Cancellation.ThrowIfCancellationRequested()
        setting.Progress.Invoke($"comparison: evaluating {name}", 0.0)

        {
            Name = name
            Way = way
            Vectors = vectors
            Report = Questions.simulated vectors models.Questions replicates setting.Team setting.Cancellation
            Answers =
                Questions.cosines models.Questions (matrix vectors) setting.Team
                |> Questions.answers models.Questions
        }

    /// The embeddings of a method as the theory takes them, d x V.
    let transposed (vectors: WordVectors) =
        let v, d = vectors.Size, vectors.Dimension
        Array.init (d * v) (fun e -> float vectors.Values[e % v * d + e / v])

    /// Closed form of the theory, d x V, in single precision and in the order of files.
    let private closedForm (models: Models) loss =
        let d, v = models.Corpus.Dimension, models.Corpus.Size
        let embeddings = models.ClosedForm loss

        Questions.vectors
            models.Corpus.Counts.Words
            (DenseMatrix(v, d, Array.init (v * d) (fun e -> embeddings[e % d * v + e / d])))

    /// All of them; the first is what the others are held against.
    let all (models: Models) (setting: Setting) =
        let words = models.Corpus.Counts.Words
        let make = make models setting

        let trained loss =
            Questions.vectors words (Flow.simulated (models.Trained loss) 0 setting.Team)

        let spectral kind =
            models.ClosedFormVectors(models.Spectrum kind)

        let beta =
            EmpiricalShrinkage.Estimate(models.Corpus.Counts, setting.Team, setting.Cancellation)

        let ownPrior, lastBeta = models.OwnPrior(beta, priorRounds)

        [|
            make "M*_{sym}" "closed form, no training" (closedForm models Symmetric)
            make "QWEM L_{sym}" "trained, every pair alike" (trained Symmetric)
            make
                "M*_{sym}, shrunk"
                $"closed form, β = {Numbers.short beta} from the counts (`docs/shrinkage.md`)"
                (spectral (TargetSettings(Shrinkage = beta)))
            make
                "M*_{sym}, own prior"
                $"closed form, shrunk to its own model {priorRounds} times, β = {Numbers.short lastBeta} at last (docs/shrinkage.md)"
                (models.ClosedFormVectors ownPrior)
            make "SGNS" "trained, word2vec's loss and weights" (Questions.vectors words models.Sgns)
            make
                "PMI, 0"
                "closed form, unseen pairs as if independent"
                (spectral (TargetSettings(Kind = TargetKind.Pmi)))
            make "PPMI" "closed form" (models.ClosedFormVectors models.Ppmi)
            make "M*_{xe}" "closed form" (closedForm models CrossEntropy)
            make "QWEM L_{xe}" "trained, Ψ_{i} = 1/P_{i}" (trained CrossEntropy)
            make
                "PMI, ln 10^{−25}"
                "closed form, unseen pairs at the floor of the paper's code"
                (spectral (TargetSettings(Kind = TargetKind.Pmi, Floor = Math.Log 1e-25)))
        |]
