namespace Qwem.Validation.CriticalSize

open Qwem.Reports
open Qwem.Validation
open Qwem.Validation.Meaning
open Qwem.Validation.Drawing
open Qwem.Validation.Meaning.Drawing

module internal Figures =

    /// Families that a figure has room for, in two panels.
    let private shown =
        [
            [ "nationality"; "male-female"; "past-tense"; "adverb" ]
            [ "plural"; "third-person"; "comparative"; "superlative" ]
        ]

    let private families learned =
        shown |> List.map (Learned.named learned) |> List.filter (List.isEmpty >> not)

    let private sizes (learned: Learned) =
        logarithmic sizeLabel (Some(1.0, float learned.Modes))

    let private numbered (groups: Family list list) =
        groups
        |> List.mapFold (fun next group -> List.mapi (fun i family -> next + i, family) group, next + group.Length) 0
        |> fst

    /// The paper's Figure 3: accuracy against size, with the estimator.
    let accuracy (learned: Learned) scanned (predicted: Family -> Predicted) =
        let curves (colour, family: Family) =
            [
                series
                    (Some family.Name)
                    (Some colour)
                    (Line(Solid, 2.6))
                    (against learned.Sizes (Learned.accuracies learned family))
                series
                    (if colour = 0 then Some "estimator, Eq. (62)" else None)
                    (Some colour)
                    (Line(Dashed, 1.3))
                    (against scanned ((predicted family).Estimates |> Array.map _.Value))
            ]

        let panels =
            numbered (families learned)
            |> List.map (fun group ->
                panel "" (sizes learned) (linear "accuracy" (Some(0.0, 1.0))) (List.collect curves group))

        figure
            "critical-size-accuracy"
            "Each family has a size from which it is solved"
            [ "v1 3A" ]
            "Share of analogies answered rightly against the number of eigenvectors in the embeddings. Solid: measured, a, b and a′ excluded from the answers. Dashed: the Gaussian estimator of Eq. (62), which excludes nothing and therefore falls once embeddings are so long that a and b themselves win."
            "Eight curves leave zero at sizes between 4 and 16 and rise to between 0.2 and 0.9; the dashed predictions leave zero at about the same sizes."
            panels

    /// Predicted against measured critical sizes.
    let critical (learned: Learned) (pairs: (Family * Critical * Critical) list) =
        let known =
            pairs
            |> List.choose (fun (family, predicted, measured) ->
                match predicted.Estimate, measured.Estimate with
                | Some p, Some m -> Some(family, predicted, (float m, float p))
                | _ -> None)

        let most = float (Array.max learned.Sizes)

        let interval (_, predicted: Critical, (m, _)) =
            let low = predicted.Lower |> Option.map float |> Option.defaultValue 1.0
            let high = predicted.Upper |> Option.map float |> Option.defaultValue most
            m, low, high

        let points = known |> List.map (fun (_, _, point) -> point) |> Array.ofList

        // Among many words a family may be solved late.
        let range =
            2.0, points |> Array.fold (fun upper (m, p) -> max upper (1.3 * max m p)) 200.0

        let panels =
            [
                panel
                    ""
                    (logarithmic "measured critical size" (Some range))
                    (logarithmic "predicted critical size" (Some range))
                    [
                        series
                            (Some "equality")
                            None
                            (Line(Dashed, 1.2))
                            [| (fst range, fst range); (snd range, snd range) |]
                        series None (Some 0) (Intervals(known |> List.map interval |> Array.ofList)) points
                        series (Some "families") (Some 0) (Circles 4.0) points
                        series
                            None
                            None
                            (Words [| for family, _, _ in known -> family.Name |])
                            (points |> Array.map (fun (m, p) -> m, p * 1.12))
                    ]
            ]

        figure
            "critical-size-predicted"
            "Predicted and measured critical sizes"
            [ "v1 3B" ]
            "The smallest model with an accuracy of 5%, one point per family: predicted by Eq. (62), with 95% intervals of its sampling, against measured. Dashed: equality."
            "Most points lie near the dashed line of equality; that of the family solved last lies well below it."
            panels

    /// A large model during training on the axis of the small ones.
    let early (learned: Learned) largest (moments: Moment array) =
        let curves (colour, family: Family) =
            let at = Learned.place learned family

            [
                series
                    (Some family.Name)
                    (Some colour)
                    (Line(Solid, 2.6))
                    (against learned.Sizes (Learned.accuracies learned family))
                series
                    (if colour = 0 then Some $"d = {largest} during training" else None)
                    (Some colour)
                    (Circles 3.0)
                    (moments
                     |> Array.map (fun moment ->
                         float moment.Learned, moment.Report.Families[at].ExcludingInputs.Accuracy))
            ]

        let panels =
            numbered (families learned)
            |> List.map (fun group ->
                panel
                    ""
                    (logarithmic "modes: all (lines), risen by half (circles)" (Some(1.0, float largest)))
                    (linear "accuracy" (Some(0.0, 1.0)))
                    (List.collect curves group))

        figure
            "critical-size-early"
            "A large model early in training is a small one"
            []
            $"Lines: accuracy of converged models against their size. Circles: accuracy of one model of d = {largest} at different times of its training (Theorem 4.3, σ = {EarlyTraining.initialisationScale:g}), each at the number of modes that have risen by half."
            "The circles of the training lie on the lines of the converged models in all eight families."
            panels

    /// The paper's Figure 10: the score that has no threshold in it.
    let smooth (learned: Learned) =
        let reports = learned.Reports.Value
        let group = families learned |> List.concat |> List.truncate 4 |> List.indexed

        let curves value =
            group
            |> List.map (fun (colour, family) ->
                let at = Learned.place learned family

                series
                    (Some family.Name)
                    (Some colour)
                    (Line(Solid, 2.2))
                    (against learned.Sizes (reports |> Array.map (fun report -> value report.Families[at]))))

        let nameless = List.map (fun (curve: Series) -> { curve with Legend = None })

        let panels =
            [
                panel
                    "accuracy"
                    (sizes learned)
                    (linear "accuracy" (Some(0.0, 1.0)))
                    (curves (fun family -> family.ExcludingInputs.Accuracy))
                panel
                    "smooth score"
                    (sizes learned)
                    (linear "mean score" None)
                    (nameless (curves (fun family -> family.SmoothScore)))
            ]

        figure
            "critical-size-smooth"
            "What looks sudden is a threshold"
            [ "v1 10" ]
            "Left: accuracy, which asks whether one word comes first. Right: the mean of √d b̂′·(â′ + b̂ − â) over the same questions, which has no threshold: it rises evenly from the first sizes on."
            "The accuracies leave zero at some size; the scores rise evenly."
            panels
