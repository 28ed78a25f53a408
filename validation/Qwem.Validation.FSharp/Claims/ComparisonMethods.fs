/// The methods that the comparison is about, and how they are measured.
module Qwem.Validation.Claims.ComparisonMethods

open System
open Qwem.Reports
open Qwem.Sim.Evaluation
open Qwem.Sim.Formats
open Qwem.Sim.LinearAlgebra
open Qwem.Sim.Spectra
open Qwem.Validation
open Qwem.Validation.Embeddings

/// Replicates of the bootstraps.
let replicates = 1000

/// Rounds in which the model is the prior of its own counts.
let private priorRounds = 3

/// One way to embeddings, with what both evaluators make of them.
type Method =
    {
        Name: string
        /// What it is, for the table.
        Way: string
        /// V x d, single precision.
        Vectors: WordVectors
        /// The simulator's evaluation.
        Report: AnalogyReport
        /// The answers in double precision, a, b and a' excluded, and with them allowed.
        Answers: Answers
        WithInputs: Answers
    }

    member it.Accuracy = it.Report.Total.ExcludingInputs.Accuracy
    member it.AccuracyWithInputs = it.Report.Total.IncludingInputs.Accuracy

/// A trained model against theory: as questions see it, how many are closer than the bounds, and how many only one of it and of the exact
/// solution, and of it and the closed form, answers rightly.
type Trained =
    {
        Loss: ConstantLoss
        Observed: Agreement.Observed array
        Undecided: int
        FromExact: int
        FromClosedForm: int
    }

type Measured =
    {
        Setting: Setting
        Models: Models
        Methods: Method array
        Official: ComparisonBeside.Row list
        /// Of all methods on the same resampled pairs, by replicate; and of the first with inputs allowed, last.
        Accuracies: float array array
        Trained: Trained list
    }

    member it.Questions = it.Models.Questions

    member it.Find name =
        it.Methods |> Array.findIndex (fun one -> one.Name = name)

    member it.Method name = it.Methods[it.Find name]

/// Embeddings of words, V x d, as the theory takes them, d x V, and back.
let transposed (vectors: WordVectors) =
    let v, d = vectors.Size, vectors.Dimension
    Array.init (d * v) (fun e -> float vectors.Values[e % v * d + e / v])

let private methods (models: Models) (setting: Setting) =
    let words, questions, team = models.Words, models.Questions, setting.Team

    let make name way (vectors: WordVectors) =
        setting.Told $"comparison: evaluating {name}" 0.0

        let cosines =
            Questions.cosines
                questions
                (DenseMatrix(
                    vectors.Size,
                    vectors.Dimension,
                    Array.init vectors.Values.Length (fun e -> float vectors.Values[e])
                ))
                team

        {
            Name = name
            Way = way
            Vectors = vectors
            Report = Questions.simulated vectors questions replicates team setting.Cancellation
            Answers = Questions.answers false questions cosines
            WithInputs = Questions.answers true questions cosines
        }

    let closedForm loss =
        DenseMatrix(models.Vocabulary.Dimension, models.Vocabulary.Size, models.ClosedForm loss Theory.derived)
        |> Dense.transposed
        |> Questions.vectors words

    let trained loss =
        let flow = models.Trained loss
        Questions.vectors words (Flow.simulated flow (Flow.last flow) team)

    let spectral kind =
        models.ClosedFormVectors(models.Spectrum kind)

    let counts = models.Vocabulary.Counts
    let beta = EmpiricalShrinkage.Estimate(counts, team, setting.Cancellation)
    let ownPrior, lastBeta = models.OwnPrior(beta, priorRounds)

    [|
        make "M*_{sym}" "closed form, no training" (closedForm ConstantLoss.Symmetric)
        make "QWEM L_{sym}" "trained, every pair alike" (trained ConstantLoss.Symmetric)
        make
            "M*_{sym}, shrunk"
            $"closed form, β = {Numbers.short beta} from the counts (`docs/shrinkage.md`)"
            (spectral (TargetSettings(Shrinkage = beta)))
        make
            "M*_{sym}, own prior"
            $"closed form, shrunk to its own model {priorRounds} times, β = {Numbers.short lastBeta} at last (`docs/shrinkage.md`)"
            (models.ClosedFormVectors ownPrior)
        make "SGNS" "trained, word2vec's loss and weights" (Questions.vectors words models.Sgns)
        make "PMI, 0" "closed form, unseen pairs as if independent" (spectral (TargetSettings(Kind = TargetKind.Pmi)))
        make "PPMI" "closed form" (models.ClosedFormVectors models.Ppmi)
        make "M*_{xe}" "closed form" (closedForm ConstantLoss.CrossEntropy)
        make "QWEM L_{xe}" "trained, Ψ_{i} = 1/P_{i}" (trained ConstantLoss.CrossEntropy)
        make
            "PMI, ln 10^{−25}"
            "closed form, unseen pairs at the floor of the paper's code"
            (spectral (TargetSettings(Kind = TargetKind.Pmi, Floor = Math.Log 1e-25)))
    |]

let measure (setting: Setting) =
    let models, team = Models.Of setting, setting.Team
    let questions = models.Questions
    let methods = methods models setting
    let rights = methods |> Array.map _.Answers.Right

    let trained loss name =
        let flow = models.Trained loss
        let observed = Agreement.ofFlow questions flow team
        let ended = Array.last observed
        let answers = Questions.answers false questions ended.Cosines

        let predicted =
            Questions.cosines questions (Flow.at flow Theory.derived (Flow.kappaTime flow (Flow.last flow)) team) team
            |> Questions.answers false questions

        let closed = methods |> Array.find (fun it -> it.Name = name)

        {
            Loss = loss
            Observed = observed
            Undecided = Agreement.undecided questions ended answers
            FromExact = Questions.different predicted answers
            FromClosedForm = Questions.different closed.Answers answers
        }

    {
        Setting = setting
        Models = models
        Methods = methods
        Official = ComparisonBeside.measured (methods |> Array.map (fun it -> it.Name, it.Vectors)) replicates setting
        Accuracies =
            PairedBootstrap.accuracies
                questions
                (Array.append rights [| methods[0].WithInputs.Right |])
                replicates
                setting.Seed
        Trained =
            [
                trained ConstantLoss.Symmetric "M*_{sym}"
                trained ConstantLoss.CrossEntropy "M*_{xe}"
            ]
    }
