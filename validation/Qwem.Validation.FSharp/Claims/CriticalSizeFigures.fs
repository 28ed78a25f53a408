/// Figures of the claim on critical sizes.
module internal Qwem.Validation.Claims.CriticalSizeFigures

open Qwem.Reports
open Qwem.Theory
open Qwem.Validation
open Qwem.Validation.Meaning
open Qwem.Validation.Drawing
open Qwem.Validation.Meaning.Drawing

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
let accuracy (learned: Learned) scanned (estimates: Family -> ProportionEstimate array) =
    let curves (colour, family: Family) =
        [
            series
                (Some family.Name)
                (Some colour)
                (Line(Solid, 2.6))
                (against learned.Sizes (Learned.accuracies learned family))
            series
                (if colour = 0 then Some "estimator, Eq. (62), in the family's colour" else None)
                (Some colour)
                (Line(Dashed, 1.3))
                (against scanned (estimates family |> Array.map _.Value))
        ]

    let panels =
        numbered (families learned)
        |> List.map (fun group ->
            panel "" (sizes learned) (linear "accuracy" (Some(0.0, 1.0))) (List.collect curves group))

    figure
        "critical-size-accuracy"
        "Each family has a size from which it is solved"
        [ "v1 3A"; "v1 3B" ]
        "Share of analogies answered rightly against the number of eigenvectors in the embeddings. Solid: measured, a, b and a′ excluded from the answers. Dashed: the Gaussian estimator of Eq. (62), which excludes nothing and therefore falls once embeddings are so long that a and b themselves win."
        "Eight curves leave zero at sizes between 4 and 16 and rise to between 0.2 and 0.9; the dashed predictions leave zero at about the same sizes."
        panels

/// Measured critical sizes, those of Eq. (62) and those of the best constant: a row for each family, with intervals.
let critical (learned: Learned) largest (rows: (Family * Critical * Critical) list) constant =
    let most = float (Array.max learned.Sizes)
    let count = float rows.Length

    let place index = count - float index

    // Where no size suffices the mark stands at the largest one looked at.
    let mark shift end' (choose: Family * Critical * Critical -> Critical) =
        rows
        |> List.mapi (fun index row ->
            let critical = choose row
            let x = critical.Estimate |> Option.map float |> Option.defaultValue end'
            x, place index + shift)
        |> Array.ofList

    let interval shift end' (choose: Family * Critical * Critical -> Critical) =
        rows
        |> List.mapi (fun index row ->
            let critical = choose row
            let low = critical.Lower |> Option.map float |> Option.defaultValue end'
            let high = critical.Upper |> Option.map float |> Option.defaultValue end'
            Line(Solid, 1.4), [| low, place index + shift; high, place index + shift |])

    let bars colour segments =
        segments
        |> List.map (fun (line, points) -> series None (Some colour) line points)

    let measured (_, _, m) = m
    let predicted (_, p, _) = p

    let names = rows |> List.map (fun (family, _, _) -> family.Name) |> Array.ofList

    figure
        "critical-size-predicted"
        "Critical sizes, measured and predicted"
        [ "v1 3B" ]
        $"The smallest model with an accuracy of 5%%, one row per family, with intervals of 95%%: measured (from resampling the pairs), and by Eq. (62) (of its sampling). Where no size suffices, marks and intervals end at the largest looked at, {largest} for Eq. (62) and {most:F0} for the benchmark. Vertical: the constant nearest to all measured sizes, a prediction that knows nothing of the families."
        "Most families are solved between 4 and 15 dimensions whichever way; adverb is solved at 14 and by Eq. (62) never, noun-agent long after it is predicted."
        [
            panel
                ""
                (logarithmic sizeLabel (Some(1.0, 6.0 * most)))
                (linear "families, by name" (Some(0.3, count + 0.7)))
                (bars 0 (interval 0.15 most measured)
                 @ bars 1 (interval -0.15 (float largest) predicted)
                 @ [
                     series (Some "measured") (Some 0) (Circles 4.0) (mark 0.15 most measured)
                     series (Some "Eq. (62)") (Some 1) (Circles 4.0) (mark -0.15 (float largest) predicted)
                     series (Some "best constant") None (Line(Dashed, 1.2)) [| constant, 0.4; constant, count + 0.6 |]
                     series None None (Words names) (Array.init rows.Length (fun index -> 2.3 * most, place index))
                 ])
        ]

/// A large model during training on the axis of the small ones.
let early (learned: Learned) (training: EarlyTraining) =
    let largest = training.Dimension
    let risen = EarlyTraining.risen Theory.derived learned.Eigenvalues largest

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
                (training.Moments
                 |> Array.map (fun moment ->
                     float (risen moment.Time), moment.Report.Families[at].ExcludingInputs.Accuracy))
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
        "A large model early in training beside small ones"
        []
        $"Lines: accuracy of converged models against their size. Circles: accuracy of one model of d = {largest} at different times of its training (simulated, from a Gaussian start of σ = {EarlyTraining.initialisationScale:g}), each at the number of modes that have risen by half according to Theorem 4.3."
        "The circles of the training lie near the lines of the converged models in all eight families."
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
