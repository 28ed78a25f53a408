namespace Qwem.Validation.Comparison

open Qwem.Reports
open Qwem.Validation
open Qwem.Validation.Theorem43
open Qwem.Validation.Embeddings

/// Experiment comparison: analogies by closed forms and by training, on the same counts and questions.
module Experiment =

    let private indexOf name (methods: Method array) =
        methods |> Array.findIndex (fun it -> it.Name = name)

    let private interval (it: Method) =
        let bounds = it.Report.Total.ExcludingInputs.Interval
        $"{Wording.percent bounds.Lower} to {Wording.percent bounds.Upper}"

    let private totals (methods: Method array) (accuracies: float array array) =
        {
            Caption =
                "Analogies answered rightly, with 95% bootstrap intervals; difference from the first row with its standard error, both on the same resampled pairs"
            Headings =
                [
                    "method"
                    "way"
                    "#right, %"
                    "#interval, %"
                    "#difference, %"
                    "#standard error, %"
                ]
            Rows =
                [
                    for n, it in Array.indexed methods do
                        let _, error = PairedBootstrap.difference accuracies n 0

                        [
                            it.Name
                            it.Way
                            Wording.percent it.Accuracy
                            interval it
                            (if n = 0 then "" else Wording.percent (it.Accuracy - methods[0].Accuracy))
                            (if n = 0 then "" else Wording.percent error)
                        ]
                ]
        }

    let private families (questions: Questions) (methods: Method array) =
        {
            Caption = "Share of each family's questions answered rightly, %"
            Headings =
                "family"
                :: "#pairs"
                :: (methods |> Array.map (fun it -> "#" + it.Name) |> List.ofArray)
            Rows =
                [
                    for f in 0 .. questions.Names.Length - 1 do
                        questions.Names[f]
                        :: string questions.Families[f].PairCount
                        :: (methods
                            |> Array.map (fun it -> Wording.percent it.Report.Families[f].ExcludingInputs.Accuracy)
                            |> List.ofArray)
                ]
        }

    let private figure (methods: Method array) =
        let accuracy (it: Method) =
            it.Report.Families
            |> Seq.map (fun family -> family.ExcludingInputs.Accuracy)
            |> Array.ofSeq

        let axis label =
            Drawing.axis label Linear (Some(0.0, 1.0))

        let reference = accuracy methods[0]

        Drawing.figure
            "comparison"
            "Every family under four methods"
            [ "v1 2D"; "final 3b" ]
            "Share of each family of analogies answered rightly by trained QWEM, trained SGNS and two older closed forms, against the share answered by the closed form M*_{sym}. One circle for each family, the larger the sooner the method stands in the legend. Dashed: equality. On the line the family is answered as well as without training."
            "Points of trained QWEM lie on the diagonal, those of SGNS near it, most of the others below it."
            1
            []
            [
                Drawing.panel
                    ""
                    (axis "share answered, closed form M*_{sym}")
                    (axis "share answered, other method")
                    [
                        Drawing.series (Some "equality") None (Line(Dashed, 1.2)) [| 0.0, 0.0; 1.0, 1.0 |]
                        for colour, name, radius in
                            [ 0, "QWEM L_{sym}", 6.0; 1, "SGNS", 4.5; 2, "PPMI", 3.0; 3, "M*_{xe}", 2.0 ] do
                            let it = methods[indexOf name methods]

                            Drawing.series
                                (Some name)
                                (Some colour)
                                (Circles radius)
                                (Array.zip reference (accuracy it))
                    ]
            ]

    /// Makes all embeddings, evaluates them and judges.
    let run (setting: Setting) : Section =
        let models, team = Models.Of setting, setting.Team
        let questions = models.Questions
        let methods = Method.all models setting
        let sym, xe = indexOf "M*_{sym}" methods, indexOf "M*_{xe}" methods

        let official = Official.measured methods setting

        let accuracies =
            PairedBootstrap.accuracies questions (methods |> Array.map _.Answers.Right) Method.replicates setting.Seed

        // A few hundred questions cannot tell more than two standard errors apart.
        let needed = if setting.IsSmoke then 2.0 else Tolerance.standardErrors
        let rise = Numbers.decimals 0 (2.0 * Models.TrainedFor setting)
        setting.Progress.Invoke("comparison: gates", 0.0)

        let symVerdicts, symDiffer, symPredicted =
            Gates.trained models Symmetric methods[sym] methods[xe] team

        let xeVerdicts, xeDiffer, xePredicted =
            Gates.trained models CrossEntropy methods[xe] methods[sym] team

        {
            Id = "comparison"
            Title = "Closed forms and trained models on analogies"
            Question =
                "How good are embeddings that need no training at all, beside trained ones and beside older factorisations, on the same counts and the same questions?"
            Prediction =
                "QWEM with every pair alike ends at W = Λ_{d}^{1/2}V_{d}' of its target (Theorem 1 of the final version), so its analogies are those of the closed form, and at any earlier time those of the exact solution (`ExactSolution` in `docs/theory.md`). Of the other methods the theory says nothing; they are reported."
            Answer = ""
            Paragraphs =
                [
                    $"{Wording.corpusSentence models.Corpus} d = {models.Corpus.Dimension}; {Numbers.whole questions.Count} questions of {questions.Names.Length} families of this project, inputs excluded from the answers. They are easier than the Google analogies, because all their words are frequent; with `--questions FILE` and `--similarity FILE` this page has a table of the official benchmarks, too."
                    $"QWEM is trained by gradient flow from a start of scale 1 to t = {Models.TrainedFor setting:g}/(κλ*_{{d}}), when the last mode has had the time to rise by e^{{{rise}}}. SGNS is word2vec's loss and weights on one matrix (subsampling with t = 10^{{−5}}, negative words in proportion to P^{{3/4}}, one for each positive pair), on pairs drawn from the counts: {Numbers.whole (Models.Steps setting)} steps of twice {Numbers.whole Models.PairsPerSign} pairs. A thousand times as many, as in the paper, would take it further: its row is what this much training gives, and no verdict on word2vec."
                    Official.remark ()
                ]
            Quantities =
                [
                    Drawing.quantity
                        "unfinished answers, L_{sym}"
                        (float symDiffer)
                        "questions"
                        $"that only one of trained QWEM and its closed form answers rightly; the exact solution says {symPredicted}"
                    Drawing.quantity
                        "unfinished answers, L_{xe}"
                        (float xeDiffer)
                        "questions"
                        $"the same; the exact solution says {xePredicted}"
                ]
            References = References.make setting models methods official
            Tables =
                [ totals methods accuracies; families questions methods ]
                @ Official.tables official
            Figures = [ figure methods ]
            Verdicts =
                [ OldGate.evaluate AsDefined (Gates.evaluators models methods) ]
                @ symVerdicts
                @ xeVerdicts
                @ [ OldGate.evaluate (sym, xe) (Gates.order accuracies needed sym xe) ]
        }
