/// Analogies by closed forms and by training, on the same counts and questions.
module Qwem.Validation.Claims.Comparison

open System
open Qwem.Reports
open Qwem.Sim.LinearAlgebra
open Qwem.Sim.Random
open Qwem.Sim.Threading
open Qwem.Validation
open Qwem.Validation.Drawing
open Qwem.Validation.Embeddings
open Qwem.Validation.Claims.ComparisonMethods

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
            let counted =
                theory.RightAnswers vectors one.Vectors.Dimension questions.Families[f]

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

/// Velocity of the simulator's flow at the closed form of a theory with d modes, relative to its linear part and in units of its rounding.
let private velocity (sides: Sides) d (team: WorkerTeam) =
    let v = sides.Basis.Eigenvectors.Columns

    let lambda =
        (Sides.spectrum sides).Eigenvalues |> Array.truncate d |> Array.map (max 0.0)

    let power p =
        sqrt (lambda |> Array.sumBy (fun l -> l ** p))

    // The flow's linear part at the closed form, in the simulator's units: beta_k = 2 A lambda_k.
    let size = 2.0 * sides.Quadratic * power 3.0

    let rounding =
        16.0 * float v * Tolerance.unitRoundoff * lambda[0] * power 1.0 / power 3.0

    // In the simulator's eigenbasis, where dX/dt = 2 (B X − 2 A X X'X).
    fun (theory: Theory) ->
        let closed =
            DenseMatrix(d, v, theory.ClosedForm (sides.Spectrum.Of theory).Target d)

        let x = Dense.product sides.Basis.Eigenvectors false closed true team

        let pulled =
            Dense.product x false (Dense.product closed false closed true team) false team

        let moves =
            Array.mapi2
                (fun e own pull -> sides.Basis.Eigenvalues[e / d] * own - 2.0 * sides.Quadratic * pull)
                x.Values
                pulled.Values

        Dense.norm moves / size / rounding

/// The exact solution at the end of training, and its limit as a rest of the simulator's flow.
let private training (it: Measured) (trained: Trained) =
    let flow, small =
        it.Models.Trained trained.Loss, it.Models.TrainedSmall trained.Loss

    let team, code = it.Setting.Team, trained.Loss.Code
    let large = velocity flow.Sides it.Models.Vocabulary.Dimension team
    let few = velocity small.Sides small.Dimension team

    [
        Agreement.gate
            $"comparison/{code}/trained"
            "The exact solution at the time at which training ended gives every cosine of a word that is asked about, and with them the margin of every answer of the trained model."
            it.Models
            flow
            trained.Observed
            small
            team

        Gate.exact
            $"comparison/{code}/closed-form"
            $"Training of {trained.Loss.Title} comes to rest at the closed form of its target: the simulator's flow does not move it."
            $"velocity of the flow at the closed form, relative to its linear part, Frobenius norm, in units of its bound, of d = {it.Models.Vocabulary.Dimension} and {it.Models.Vocabulary.Size:N0} words and of d = {small.Dimension} and {small.Start.Rows:N0}"
            {
                Bound = 1.0
                Because =
                    "rounding: the eigenpairs of either side leave 8 V u of the largest eigenvalue, which weighs λ_{1}(Σλ_{k})^{1/2}/(Σλ_{k}³)^{1/2} beside the linear part"
            }
            (fun theory -> Curves.worst [ few theory; large theory ])
        |> Gate.glimpsed few
    ]

let private percent (share: float) = Numbers.decimals 1 (100.0 * share)

let private quantile (sorted: float array) q =
    sorted[int (q * float (sorted.Length - 1))]

/// How many draws the null models of a difference take.
let private draws = 9999

/// Null models of a claim that one number of right answers exceeds another: how much more in every family, in questions.
let private nulls (it: Measured) exchanged (more: float array) =
    let families, total = more.Length, float it.Questions.Count

    // The sum over families of random choices, drawn many times.
    let drawn stream (choice: int -> float -> float) =
        let random = CounterRandom(it.Setting.Seed, uint64 stream)

        Array.Parallel.init draws (fun n ->
            let mutable sum = 0.0

            for f in 0 .. families - 1 do
                sum <- sum + choice f (random.Uniform(uint64 (n * families + f)))

            sum)
        |> Array.sort

    let model name q (sorted: float array) doesAsWell =
        {
            Name = name
            Score = quantile sorted q / total
            P =
                float (1 + (sorted |> Array.filter doesAsWell |> Array.length))
                / float (1 + draws)
        }

    let seen = Array.sum more

    [
        model
            $"{exchanged} exchanged in a family or not, by chance (99th percentile of the difference)"
            0.99
            (drawn 41_000 (fun f u -> if u < 0.5 then more[f] else -more[f]))
            (fun x -> x >= seen)
        model
            "families resampled: no difference, or the opposite one (1st percentile of the difference)"
            0.01
            (drawn 42_000 (fun _ u -> more[int (float families * u)]))
            (fun x -> x <= 0.0)
    ]

/// The difference of two of the models that are resampled together, in words.
let private effect (it: Measured) first second =
    let apart =
        it.Accuracies |> Array.map (fun row -> row[first] - row[second]) |> Array.sort

    let mean, _ = PairedBootstrap.difference it.Accuracies first second

    $"{percent mean} points more on average, 95 %% interval {percent (quantile apart 0.025)} to {percent (quantile apart 0.975)} (word pairs of each family resampled {replicates} times, the same for both)"

/// That the target of L_sym answers more analogies than that of L_xe.
let private order (it: Measured) =
    let right loss =
        Prediction(fun theory ->
            Questions.right theory (it.Models.ClosedForm loss theory) it.Models.Vocabulary.Dimension it.Questions)

    let bounded, unbounded =
        right ConstantLoss.Symmetric, right ConstantLoss.CrossEntropy

    Gate.qualitative
        "comparison/order"
        "M*_{sym}, whose entries are bounded, answers more analogies than M*_{xe}, in which rare coincidences weigh most."
        (effect it (it.Find "M*_{sym}") (it.Find "M*_{xe}"))
        (fun theory ->
            Array.map2 (fun a b -> float (a - b)) (bounded.Of theory) (unbounded.Of theory)
            |> nulls it "the two targets")

/// That vector addition needs its inputs excluded from the answers.
let private inputs (it: Measured) =
    let first = it.Methods[0]

    let allowed =
        first.Report.Families |> Seq.map _.IncludingInputs.Correct |> Array.ofSeq

    Gate.qualitative
        "comparison/inputs"
        "Vector addition answers more analogies if a, b and a' are excluded from the answers: the closed form of M*_{sym} (v1 Appendix D.1: evaluating over all the embeddings yields significantly lower scores for some families)."
        (effect it 0 (it.Accuracies[0].Length - 1))
        (fun theory ->
            let excluded =
                Questions.right theory (transposed first.Vectors) first.Vectors.Dimension it.Questions

            Array.map2 (fun a b -> float (a - b)) excluded allowed
            |> nulls it "the two rules")

let private judge (it: Measured) =
    [
        evaluators it
        yield! it.Trained |> List.collect (training it)
        order it
        inputs it
    ]

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
    let ofMethods make =
        it.Methods |> Array.map make |> List.ofArray

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

    let shown =
        [ 0, "QWEM L_{sym}", 6.0; 1, "SGNS", 4.5; 2, "PPMI", 3.0; 3, "M*_{xe}", 2.0 ]

    let told (_, name, _) =
        let count =
            Seq.zip reference (accuracy (it.Method name))
            |> Seq.filter (fun (x, y) -> y < x)
            |> Seq.length

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
            let share name = percent (it.Method name).Accuracy

            let first = it.Methods[0]
            let qwem, sgns = share "QWEM L_{sym}", share "SGNS"

            $"{Verdicts.failed verdicts}Without training the closed form of {first.Name} answers {percent first.Accuracy} %% of {it.Questions.Count:N0} analogies, where QWEM, stopped before its end, answers {qwem} %% and SGNS after short training {sgns} %% (differences not judged).")

        details (fun it verdicts ->
            let share (one: Method) =
                let interval = one.Report.Total.ExcludingInputs.Interval
                $"{one.Name} {percent one.Accuracy} %% ({percent interval.Lower} to {percent interval.Upper})"

            let answered = it.Trained.Length * it.Questions.Count
            let different = it.Trained |> List.sumBy _.FromExact
            let first, xe = it.Methods[0], it.Method "M*_{xe}"
            let p = Numbers.short (Verdicts.find "comparison/order" verdicts).Gap

            let shares =
                [ first; it.Method "QWEM L_{sym}"; it.Method "SGNS"; it.Method "PPMI"; xe ]
                |> List.map share
                |> String.concat ", "

            let lead = percent (first.Accuracy - xe.Accuracy)
            let allowed = it.Methods |> Array.map _.AccuracyWithInputs

            $"Shares with their 95 %% intervals: {shares}. {first.Name} leads M*_{{xe}} by {lead} points (p = {p}). Where a, b and a' are allowed as answers, no method is right in more than {percent (Array.max allowed)} %%. The exact solution and the trained models answer {answered - different:N0} of {answered:N0} questions alike.")

        text (fun it ->
            let models, setting = it.Models, it.Setting
            let rise = Numbers.decimals 0 (2.0 * Models.TrainedFor setting)

            [
                $"{Vocabulary.sentence models.Vocabulary} d = {models.Vocabulary.Dimension}; {it.Questions.Count:N0} questions of {it.Questions.Names.Length} families of this project, inputs excluded from the answers. They are easier than the Google analogies, because all their words are frequent; with `--questions FILE` and `--similarity FILE` this page has a table of the official benchmarks, too."
                $"QWEM is trained by gradient flow from a start of scale 1 to t = {Models.TrainedFor setting:g}/(κλ*_{{d}}), when the last mode has had the time to rise by e^{{{rise}}}. SGNS is word2vec's loss and weights on one matrix (subsampling with t = 10^{{−5}}, negative words in proportion to P^{{3/4}}, one for each positive pair), on pairs drawn from the counts: {Models.Steps setting:N0} steps of twice {Models.PairsPerSign:N0} pairs. A thousand times as many, as in the paper, would take it further: its row is what this much training gives, and no verdict on word2vec."
                for trained in it.Trained do
                    $"Training of {trained.Loss.Title} stops on its way: {trained.FromClosedForm} of {it.Questions.Count:N0} analogies are answered otherwise than by the closed form. By the exact solution of that time {trained.FromExact} are; {trained.Undecided} are decided by less than the bounds of their cosines, and all are judged."
                "The score of an answer is ŵ·(b̂ − â + â'), and the words closest to that sum are often its own parts b and a'; v1 Appendix D.1 says itself that accuracy falls when they are allowed as answers. It says also that its estimator (Eq. 62), in which a Gaussian of the family's mean and covariance stands in for b − a, needs no exclusion any more; the claim `critical-size` judges that."
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
