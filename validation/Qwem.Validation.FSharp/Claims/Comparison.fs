/// Analogies by closed forms and by training, on the same counts and questions.
module Qwem.Validation.Claims.Comparison

open System
open Qwem.Reports
open Qwem.Sim.Evaluation
open Qwem.Sim.Formats
open Qwem.Sim.LinearAlgebra
open Qwem.Sim.Random
open Qwem.Sim.Spectra
open Qwem.Validation
open Qwem.Validation.Drawing
open Qwem.Validation.Embeddings

/// Replicates of the bootstraps.
let private replicates = 1000

/// Rounds in which the model is the prior of its own counts.
let private priorRounds = 3

/// One way to embeddings, with what both evaluators make of them.
type private Method =
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
type private Trained =
    {
        Loss: ConstantLoss
        Observed: Agreement.Observed
        Undecided: int
        FromExact: int
        FromClosedForm: int
    }

type private Measured =
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
    member it.Find name = it.Methods |> Array.findIndex (fun one -> one.Name = name)
    member it.Method name = it.Methods[it.Find name]

/// Embeddings of words, V x d, as the theory takes them, d x V, and back.
let private transposed (vectors: WordVectors) =
    let v, d = vectors.Size, vectors.Dimension
    Array.init (d * v) (fun e -> float vectors.Values[e % v * d + e / v])

let private methods (models: Models) (setting: Setting) =
    let words, questions, team = models.Words, models.Questions, setting.Team

    let make name way (vectors: WordVectors) =
        setting.Told $"comparison: evaluating {name}" 0.0

        let cosines =
            Questions.cosines
                questions
                (DenseMatrix(vectors.Size, vectors.Dimension, vectors.Values |> Array.map float))
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
        Questions.vectors words (Flow.simulated (models.Trained loss) 0 team)

    let spectral kind = models.ClosedFormVectors(models.Spectrum kind)
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
        make
            "PMI, 0"
            "closed form, unseen pairs as if independent"
            (spectral (TargetSettings(Kind = TargetKind.Pmi)))
        make "PPMI" "closed form" (models.ClosedFormVectors models.Ppmi)
        make "M*_{xe}" "closed form" (closedForm ConstantLoss.CrossEntropy)
        make "QWEM L_{xe}" "trained, Ψ_{i} = 1/P_{i}" (trained ConstantLoss.CrossEntropy)
        make
            "PMI, ln 10^{−25}"
            "closed form, unseen pairs at the floor of the paper's code"
            (spectral (TargetSettings(Kind = TargetKind.Pmi, Floor = Math.Log 1e-25)))
    |]

let private measure (setting: Setting) =
    let models, team = Models.Of setting, setting.Team
    let questions = models.Questions
    let methods = methods models setting
    let rights = methods |> Array.map _.Answers.Right

    let trained loss name =
        let flow = models.Trained loss
        let observed = Agreement.ofRecord questions flow 0 team
        let answers = Questions.answers false questions observed.Cosines

        let predicted =
            Questions.cosines questions (Flow.at flow Theory.derived (Flow.kappaTime flow 0) team) team
            |> Questions.answers false questions

        let closed = methods |> Array.find (fun it -> it.Name = name)

        {
            Loss = loss
            Observed = observed
            Undecided = Agreement.undecided questions observed answers
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

/// Two evaluators without a line in common.
let private evaluators (it: Measured) =
    let questions, methods = it.Questions, it.Methods

    // Six products of unit vectors, each summed over d terms on either side.
    let rounding =
        12.0 * float (it.Models.Vocabulary.Dimension + 4) * Tolerance.unitRoundoff

    let ties =
        methods
        |> Array.sumBy (fun one -> one.Answers.Margins |> Array.filter (fun m -> abs m <= rounding) |> Array.length)

    let apart (one: Method) theory (families: int array) =
        let vectors = transposed one.Vectors

        families
        |> Array.Parallel.map (fun f ->
            let counted = theory.RightAnswers vectors one.Vectors.Dimension questions.Families[f]
            abs (counted - one.Report.Families[f].ExcludingInputs.Correct))
        |> Array.sum

    // Of the families that are quick to ask, the one with most right answers.
    let brief =
        [| 0 .. questions.Families.Length - 1 |]
        |> Array.filter (fun f -> questions.Families[f].PairCount <= 20)
        |> Array.sortBy (fun f -> -methods[0].Report.Families[f].ExcludingInputs.Correct)
        |> Array.truncate 1

    Gate.exact
        "comparison/evaluators"
        "The theory's definition of accuracy and the simulator's benchmark count the same right answers in every family for every method."
        "difference in right answers, summed over families and methods"
        {
            Bound = float ties + 0.5
            Because =
                $"of {methods.Length} x {questions.Count} answers, {ties} are decided by less than the rounding of six products of d terms on each side, {rounding:g2}; half a question more, for questions are whole"
        }
        (fun theory ->
            methods
            |> Array.sumBy (fun one -> apart one theory [| 0 .. questions.Families.Length - 1 |])
            |> float)
    |> Gate.glimpsed (fun theory -> float (apart methods[0] theory brief))

/// The exact solution at the end of training, and its limit as a rest of the simulator's flow.
let private training (it: Measured) (trained: Trained) =
    let flow, team = it.Models.Trained trained.Loss, it.Setting.Team
    let sides, code = flow.Sides, trained.Loss.Code
    let v, d = it.Models.Vocabulary.Size, it.Models.Vocabulary.Dimension
    let lambda = (Sides.spectrum sides).Eigenvalues |> Array.truncate d |> Array.map (max 0.0)
    let power p = sqrt (lambda |> Array.sumBy (fun l -> l ** p))

    [
        Agreement.gate
            $"comparison/{code}/trained"
            "The exact solution at the time at which training ended gives every cosine of a word that is asked about, and with them the margin of every answer of the trained model."
            it.Questions
            flow
            [| trained.Observed |]
            [| 0 |]
            team

        Gate.exact
            $"comparison/{code}/closed-form"
            $"Training of {trained.Loss.Title} comes to rest at the closed form of its target: the simulator's flow does not move it."
            "velocity of the flow at the closed form, relative to its linear part, Frobenius norm"
            {
                Bound = 16.0 * float v * Tolerance.unitRoundoff * lambda[0] * power 1.0 / power 3.0
                Because =
                    "rounding: the eigenpairs of either side leave 8 V u of the largest eigenvalue, which weighs λ_{1}(Σλ_{k})^{1/2}/(Σλ_{k}³)^{1/2} beside the linear part"
            }
            (fun theory ->
                let closed = DenseMatrix(d, v, it.Models.ClosedForm trained.Loss theory)
                let x = Dense.product sides.Basis.Eigenvectors false closed true team
                let linear = DenseMatrix(v, d, x.Values |> Array.mapi (fun e value -> sides.Basis.Eigenvalues[e / d] * value))
                let pulled = Dense.product x false (Dense.product x true x false team) false team
                // dX/dt = 2 (B X − 2 A X X'X) in the simulator's eigenbasis.
                Dense.relative (pulled.Values |> Array.map (fun value -> 2.0 * sides.Quadratic * value)) linear.Values)
    ]

/// How many draws the null models of the order take.
let private draws = 9999

/// That the target of L_sym answers more analogies than that of L_xe.
let private order (it: Measured) =
    let sym, xe = it.Find "M*_{sym}", it.Find "M*_{xe}"
    let apart = it.Accuracies |> Array.map (fun row -> row[sym] - row[xe]) |> Array.sort
    let percent x = Numbers.decimals 1 (100.0 * x)
    let quantile (sorted: float array) q = sorted[int (q * float (sorted.Length - 1))]

    let families = it.Questions.Families.Length
    let total = float it.Questions.Count

    // A statistic of random choices for every family, drawn many times.
    let drawn stream (statistic: (int -> float) -> float) =
        Array.Parallel.init draws (fun n ->
            let random = CounterRandom(it.Setting.Seed, uint64 stream)
            statistic (fun f -> random.Uniform(uint64 (n * families + f))))
        |> Array.sort

    let p (sorted: float array) doesAsWell =
        float (1 + (sorted |> Array.filter doesAsWell |> Array.length)) / float (1 + sorted.Length)

    Gate.qualitative
        "comparison/order"
        "M*_{sym}, whose entries are bounded, answers more analogies than M*_{xe}, in which rare coincidences weigh most."
        $"{percent (it.Methods[sym].Accuracy - it.Methods[xe].Accuracy)} points more, 95 %% interval {percent (quantile apart 0.025)} to {percent (quantile apart 0.975)} (word pairs of each family resampled {replicates} times, the same for both)"
        (fun theory ->
            let right loss =
                Questions.right theory (it.Models.ClosedForm loss theory) it.Models.Vocabulary.Dimension it.Questions

            let more = Array.map2 (fun a b -> float (a - b)) (right ConstantLoss.Symmetric) (right ConstantLoss.CrossEntropy)
            let seen = Array.sum more

            let exchanged =
                drawn 41_000 (fun uniform -> Seq.init families (fun f -> if uniform f < 0.5 then more[f] else -more[f]) |> Seq.sum)

            let resampled =
                drawn 42_000 (fun uniform -> Seq.init families (fun f -> more[int (float families * uniform f)]) |> Seq.sum)

            [
                {
                    Name = "the two targets exchanged in a family or not, by chance (99th percentile of its difference)"
                    Score = quantile exchanged 0.99 / total
                    P = p exchanged (fun x -> x >= seen)
                }
                {
                    Name = "families resampled: no difference or the opposite one (1st percentile of the difference)"
                    Score = quantile resampled 0.01 / total
                    P = p resampled (fun x -> x <= 0.0)
                }
            ])

/// That the inputs need not be excluded from the answers.
let private inputs (it: Measured) =
    let first, questions = it.Methods[0], it.Questions
    let last = it.Accuracies[0].Length - 1
    let _, error = PairedBootstrap.difference it.Accuracies 0 last

    Gate.statistical
        "comparison/inputs"
        "Vector addition answers as many analogies with a, b and a' among the possible answers as without them (v1 Appendix D.1: no need to exclude them, said there of the estimator, Eq. 62)."
        $"difference in the share that {first.Name} answers rightly"
        {
            Bound = Tolerance.standardErrors * error
            Because =
                $"{Tolerance.standardErrors:g} standard errors of the difference, {error:g2} each, the word pairs of each family resampled {replicates} times"
        }
        (fun theory ->
            let right =
                Questions.right theory (transposed first.Vectors) first.Vectors.Dimension questions |> Array.sum

            abs (float right / float questions.Count - first.AccuracyWithInputs))

let private judge (it: Measured) =
    [
        evaluators it
        yield! it.Trained |> List.collect (training it)
        order it
        inputs it
    ]

let private percent (share: float) = Numbers.decimals 1 (100.0 * share)

let private totals (it: Measured) =
    {
        Caption =
            "Analogies answered rightly, a, b and a' excluded from the answers, with 95% bootstrap intervals; difference from the first row with its standard error, both on the same resampled pairs; and the share answered rightly with a, b and a' allowed"
        Headings =
            [
                "method"
                "way"
                "#right, %"
                "#interval, %"
                "#difference, %"
                "#standard error, %"
                "#inputs allowed, %"
            ]
        Rows =
            [
                for n, one in Array.indexed it.Methods do
                    let _, error = PairedBootstrap.difference it.Accuracies n 0
                    let bounds = one.Report.Total.ExcludingInputs.Interval

                    [
                        one.Name
                        one.Way
                        percent one.Accuracy
                        $"{percent bounds.Lower} to {percent bounds.Upper}"
                        (if n = 0 then "" else percent (one.Accuracy - it.Methods[0].Accuracy))
                        (if n = 0 then "" else percent error)
                        percent one.AccuracyWithInputs
                    ]
            ]
    }

let private families (it: Measured) =
    let ofMethods make = it.Methods |> Array.map make |> List.ofArray

    {
        Caption = "Share of each family's questions answered rightly, %"
        Headings = "family" :: "#pairs" :: ofMethods (fun one -> "#" + one.Name)
        Rows =
            [
                for f in 0 .. it.Questions.Names.Length - 1 do
                    it.Questions.Names[f]
                    :: string it.Questions.Families[f].PairCount
                    :: ofMethods (fun one -> percent one.Report.Families[f].ExcludingInputs.Accuracy)
            ]
    }

let private scatter (it: Measured) =
    let accuracy (one: Method) =
        one.Report.Families |> Seq.map _.ExcludingInputs.Accuracy |> Array.ofSeq

    let reference = accuracy it.Methods[0]
    let share label = linear label (Some(0.0, 1.0))
    let shown = [ 0, "QWEM L_{sym}", 6.0; 1, "SGNS", 4.5; 2, "PPMI", 3.0; 3, "M*_{xe}", 2.0 ]

    let told (_, name, _) =
        let count = Seq.zip reference (accuracy (it.Method name)) |> Seq.filter (fun (x, y) -> y < x) |> Seq.length
        $"{count} for {name}"

    let below = shown |> List.map told |> String.concat ", "

    figure
        "comparison"
        "Every family under four methods"
        [ "v1 2D"; "final 3b" ]
        "Share of each family of analogies answered rightly by trained QWEM, trained SGNS and two older closed forms, against the share answered by the closed form M*_{sym}. One circle for each family, the larger the sooner the method stands in the legend. Dashed: equality. On the line the family is answered as well as without training."
        $"Circles about a diagonal; of {reference.Length} families, those below it: {below}."
        1
        []
        [
            panel
                ""
                (share "share answered, closed form M*_{sym}")
                (share "share answered, other method")
                [
                    series (Some "equality") None (Line(Dashed, 1.2)) [| 0.0, 0.0; 1.0, 1.0 |]
                    for colour, name, radius in shown do
                        series
                            (Some name)
                            (Some colour)
                            (Circles radius)
                            (Array.zip reference (accuracy (it.Method name)))
                ]
        ]

let claim =
    claim "comparison" "Closed forms and trained models on analogies" {
        asks
            "How good are embeddings that need no training at all, beside trained ones and beside older factorisations, on the same counts and the same questions?"
        predicts
            "QWEM with every pair alike ends at W = Λ_{d}^{1/2}V_{d}' of its target (final Theorem 1), so its analogies are those of the closed form, and at any earlier time those of the exact solution (`ExactSolution` in `docs/theory.md`). Of the other methods the theory says nothing; they are reported."
        seconds 2 45 640 6000
        measures measure
        gates judge
        answer (fun it verdicts ->
            let share (one: Method) =
                let interval = one.Report.Total.ExcludingInputs.Interval
                $"{percent one.Accuracy} %% ({percent interval.Lower} to {percent interval.Upper})"

            let answered = it.Trained.Length * it.Questions.Count
            let different = it.Trained |> List.sumBy _.FromExact
            let first = it.Methods[0]
            let p = Numbers.short (Verdicts.find "comparison/order" verdicts).Gap
            let xe, qwem = it.Method "M*_{xe}", it.Method "QWEM L_{sym}"
            let sgns, ppmi = share (it.Method "SGNS"), share (it.Method "PPMI")
            let lead = percent (first.Accuracy - xe.Accuracy)
            let allowed = it.Methods |> Array.map _.AccuracyWithInputs

            let contradicted =
                if (Verdicts.find "comparison/inputs" verdicts).Outcome = Outcome.Contradicted then
                    "Excluding a, b and a' from the answers is needed"
                else
                    "Excluding a, b and a' from the answers changes little"

            $"{contradicted}: with them allowed {first.Name} answers {percent first.AccuracyWithInputs} %% instead of {percent first.Accuracy} %%, and no method more than {percent (Array.max allowed)} %%. Without training {first.Name} answers {share first} of {it.Questions.Count:N0} analogies, trained QWEM {share qwem}, SGNS {sgns}, PPMI {ppmi}, M*_{{xe}} {share xe}; {first.Name} leads M*_{{xe}} by {lead} points (p = {p}). Exact solution and trained models answer {answered - different:N0} of {answered:N0} alike.")
        text (fun it ->
            let models, setting = it.Models, it.Setting
            let rise = Numbers.decimals 0 (2.0 * Models.TrainedFor setting)

            [
                $"{Vocabulary.sentence models.Vocabulary} d = {models.Vocabulary.Dimension}; {it.Questions.Count:N0} questions of {it.Questions.Names.Length} families of this project, inputs excluded from the answers. They are easier than the Google analogies, because all their words are frequent; with `--questions FILE` and `--similarity FILE` this page has a table of the official benchmarks, too."
                $"QWEM is trained by gradient flow from a start of scale 1 to t = {Models.TrainedFor setting:g}/(κλ*_{{d}}), when the last mode has had the time to rise by e^{{{rise}}}. SGNS is word2vec's loss and weights on one matrix (subsampling with t = 10^{{−5}}, negative words in proportion to P^{{3/4}}, one for each positive pair), on pairs drawn from the counts: {Models.Steps setting:N0} steps of twice {Models.PairsPerSign:N0} pairs. A thousand times as many, as in the paper, would take it further: its row is what this much training gives, and no verdict on word2vec."
                for trained in it.Trained do
                    $"Training of {trained.Loss.Title} stops on its way: {trained.FromClosedForm} of {it.Questions.Count:N0} analogies are answered otherwise than by the closed form. By the exact solution of that time {trained.FromExact} are; {trained.Undecided} are decided by less than the bounds of their cosines, and all are judged."
                "The score of an answer is ŵ·(b̂ − â + â'), and the words closest to that sum are often its own parts b and a'. v1 Appendix D.1 says that its estimator (Eq. 62), in which the difference of a pair is drawn from a Gaussian, needs no exclusion; for vector addition itself the table shows what excluding them changes."
                ComparisonBeside.remark ()
            ])
        quantities (fun it ->
            [
                for trained in it.Trained do
                    quantity
                        $"unfinished answers, {trained.Loss.Title}"
                        (float trained.FromClosedForm)
                        "questions"
                        "that only one of trained QWEM and its closed form answers rightly"
                dimensionless
                    "inputs allowed"
                    it.Methods[0].AccuracyWithInputs
                    $"share that {it.Methods[0].Name} answers rightly with a, b and a' among the possible answers"
            ])
        references (fun it ->
            ComparisonBeside.references it.Setting it.Models (fun name -> (it.Method name).Accuracy) it.Official)
        tables (fun it -> [ totals it; families it ] @ ComparisonBeside.tables it.Official)
        figures (fun it -> [ scatter it ])
    }
