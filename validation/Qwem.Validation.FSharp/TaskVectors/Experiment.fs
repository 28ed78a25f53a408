namespace Qwem.Validation.TaskVectors

open System
open Qwem.Reports
open Qwem.Validation
open Qwem.Validation.CriticalSize
open Qwem.Validation.Meaning
open Qwem.Validation.Drawing
open Qwem.Validation.Meaning.Drawing

/// Experiment task-vectors: the differences of a family as a random matrix.
module Experiment =

    /// Families whose bulk is held against the law: those with enough eigenvalues to make a histogram.
    let private leastForBulk = 30

    /// Families small enough that all pairs pointing one way is no rare chance say nothing.
    let private leastForDirection = 9

    let private followed =
        [ "nationality"; "male-female"; "past-tense"; "adverb"; "opposite" ]

    let private bulkTable (bulks: FamilyBulk list) =
        {
            Caption =
                "Kolmogorov-Smirnov distances of the bulk of families, rows of length 1, mean removed and eigenvalues divided by their mean"
            Headings =
                [
                    "family"
                    "# d"
                    "# population λ*"
                    "# its 1% bound"
                    "# fitted plain law"
                    "# d_{eff}"
                    "# plain law, N/d"
                ]
            Rows =
                bulks
                |> List.map (fun bulk ->
                    [
                        bulk.Family.Name
                        string bulk.Dimension
                        Numbers.short bulk.Distance
                        Numbers.short bulk.Bound
                        Numbers.short bulk.Fitted
                        bulk.EffectiveDimension.ToString "F0"
                        Numbers.short bulk.Plain
                    ])
        }

    let private directionTable (measured: (SharedDirection * float * float) list) =
        {
            Caption = "The eigenvalue that stands apart, lengths of the differences as they are"
            Headings =
                [
                    "family"
                    "# d"
                    "# mean's share of it"
                    "# by chance"
                    "# predicted share"
                    "# λ_{max} over predicted"
                    "# signal to noise"
                    "# inverse participation ratio"
                ]
            Rows =
                measured
                |> List.map (fun (one, chance, participation) ->
                    [
                        one.Family.Name
                        string one.Dimension
                        Numbers.short one.Share
                        Numbers.short chance
                        Numbers.short one.PredictedShare
                        Numbers.short one.LargestOverPredicted
                        Numbers.short one.Spectrum.SignalToNoise
                        Numbers.short participation
                    ])
        }

    let run (setting: Setting) =
        let learned = Learned.ofSetting setting

        let told stage =
            setting.Cancellation.ThrowIfCancellationRequested()
            setting.Progress.Invoke($"task-vectors: {stage}", 0.0)

        let dimensions =
            [ 64; 128; 256; 512; 1024 ]
            |> List.filter (fun d -> d <= learned.Modes && (d > 64 || learned.Modes < 128))

        let draws = if setting.IsSmoke then 100 else 400

        let ensemble rows d =
            told $"Gaussian ensembles of {rows} rows, d = {d}"
            Ensemble.simulate learned rows d draws setting.Seed setting.Team

        let large =
            learned.Families |> List.filter (fun family -> family.Count >= leastForBulk)

        let ensembles =
            Gates.pairs :: List.map (fun (family: Family) -> family.Count) large
            |> List.distinct
            |> List.allPairs dimensions
            |> List.map (fun (d, rows) -> (rows, d), ensemble rows d)
            |> Map.ofList

        let bulks =
            [
                for family in large do
                    for d in dimensions do
                        told $"bulk of {family.Name}"
                        let ensemble = ensembles[family.Count, d]
                        FamilyBulk.measure learned ensemble family, ensemble.Law
            ]

        let random = dimensions |> List.map (fun d -> ensembles[Gates.pairs, d])
        told "random pairs"
        let distances = Gates.randomPairs learned random setting.Seed

        let spectra =
            learned.Families
            |> List.map (fun family -> family.Name, SharedDirection.spectrum learned family)
            |> Map.ofList

        let directions =
            [
                for family in learned.Families do
                    if family.Count >= leastForDirection then
                        for d in dimensions do
                            told $"mean of {family.Name}"
                            let one = SharedDirection.measure learned d family spectra[family.Name]
                            one, SharedDirection.chance one.Spectrum setting.Seed
            ]

        // Every second size from 4 on is half an octave at least.
        let sizes =
            learned.Sizes
            |> Array.filter (fun d -> d >= 4)
            |> Array.indexed
            |> Array.filter (fun (i, d) -> i % 2 = 0 || d = learned.Modes)
            |> Array.map snd

        let at = sizes |> Array.map (fun d -> Array.IndexOf(learned.Sizes, d))
        let families = Learned.named learned followed

        let signals =
            families
            |> List.map (fun family ->
                told $"signal of {family.Name}"

                family.Name,
                sizes
                |> Array.map (fun d -> SharedDirection.measure learned d family spectra[family.Name]),
                (let accuracies = Learned.accuracies learned family in at |> Array.map (fun i -> accuracies[i])))

        let cosines =
            let measured =
                sizes
                |> Array.map (fun d ->
                    told $"cosines at d = {d}"
                    SumCosine.measure learned d families)

            families
            |> List.mapi (fun i family -> family.Name, measured |> Array.map (fun one -> one[i]))

        let identity: float array -> float array = id
        let middle = if dimensions.Length > 1 then dimensions[1] else dimensions[0]
        let within = bulks |> List.filter (fun (bulk, _) -> bulk.Distance <= bulk.Bound)
        let features = min 100 learned.Modes

        let localisation (family: Family) =
            family.Name, (spectra[family.Name].Truncated features).Localisation()

        let localised =
            Learned.named learned [ "past-tense"; "male-female"; "plural"; "comparative" ]
            |> List.map localisation

        let best =
            families
            |> List.mapi (fun i _ ->
                let _, measured, accuracy = signals[i]
                measured |> Seq.map _.Spectrum.SignalToNoise |> Seq.max, Array.max accuracy)

        let ofFamily name =
            bulks |> List.filter (fun (bulk, _) -> bulk.Family.Name = name)

        let random' = distances identity

        {
            Id = "task-vectors"
            Title = "Task vectors as random matrices"
            Question =
                "The differences of a family are one shared direction and noise. Is the noise that of a random matrix, with which population, and does the shared direction show?"
            Prediction =
                "Feature k has variance λ*_{k}/V over the vocabulary, so a difference of random words has variances proportional to λ*_{1} … λ*_{d}: the eigenvalues of R_{d}R_{d}ᵀ follow the generalised Marchenko-Pastur law of that population at ratio N/d, from Silverstein's equation. A shared direction adds one eigenvalue beyond the edge (Baik, Ben Arous and Péché), whose eigenvector is the mean difference."
            Answer = ""
            Paragraphs =
                [
                    $"Rows of R_{{d}} are differences b − a in the first d eigen-features. For the bulk each row is brought to length 1 (words differ in the length of their embeddings, which no law of independent rows knows; the authors find their results robust to it), the mean row is removed, and the N − 1 eigenvalues that are left are compared with the law for N − 1 rows, for Gaussian rows without their mean are N − 1 Gaussian rows. For random pairs the law has no free number at all; for a family the mean eigenvalue is measured, since the mean difference takes a share of the length that differs from family to family."
                    $"Random pairs follow the law within what {draws} Gaussian ensembles scatter by, though not to the last: on average they are a little farther than the ensembles are, most at the largest d, for single words have a large part in the last features. Families do so in {within.Length} of {bulks.Length} cases only: they are chosen to be alike, so that their words share part of the leading features, which flattens the population at large d, and some fall into groups that put a second eigenvalue beyond the edge. Their distances are reported and not gated. The authors' fit, beside it, has a free parameter for each case."
                    $"The mean's share of the largest eigenvalue is at least {Numbers.short (directions |> List.map (fun (one, _) -> one.Share) |> List.min)} here; the final version states 0.9 for every family of its corpus. {directions |> List.filter (fun (one, _) -> one.Share >= 0.9) |> List.length} of {directions.Length} cases reach that. What is gated is that the share is more than orientation at random gives."
                ]
            Quantities =
                [
                    for (ensemble: Ensemble), distance in List.zip random random' do
                        dimensionless
                            $"random pairs, d = {ensemble.Dimension}"
                            distance
                            $"mean Kolmogorov-Smirnov distance; {Numbers.short ensemble.Mean} in Gaussian ensembles, 1%% of which exceed {Numbers.short ensemble.Bound}"
                    dimensionless
                        "families within the bound"
                        (float within.Length)
                        $"of {bulks.Length} cases of family and size"
                    dimensionless
                        "signal and accuracy"
                        (Critical.correlation
                            (best |> List.map fst |> Array.ofList)
                            (best |> List.map snd |> Array.ofList))
                        $"rank correlation of largest signal-to-noise ratio and largest accuracy over {best.Length} families"
                ]
            References =
                References.make
                    setting
                    learned
                    {
                        Sizes = sizes
                        Signals = signals
                        Cosines = cosines
                        Bulks = List.map fst bulks
                        Directions = List.map fst directions
                        Localised = localised @ List.map localisation (Learned.named learned [ "adverb" ])
                    }
            Tables =
                [
                    bulkTable (List.map fst bulks)
                    directionTable (
                        directions
                        |> List.filter (fun (one, _) -> one.Dimension = middle)
                        |> List.map (fun (one, chance) ->
                            one, chance, (spectra[one.Family.Name].Truncated features).InverseParticipationRatio())
                    )
                ]
            Figures =
                [
                    match ofFamily "past-tense" with
                    | [] -> ()
                    | some -> Figures.spectra some
                    match
                        [ "nationality"; "third-person"; "plural" ]
                        |> List.collect ofFamily
                        |> List.filter (fun (bulk, _) -> bulk.Dimension = middle)
                    with
                    | [] -> ()
                    | some -> Figures.families some
                    Figures.localisation localised
                    Figures.signal sizes signals
                    Figures.cosines sizes cosines
                ]
            Verdicts =
                [
                    OldGate.evaluate identity (Gates.bulk random distances)
                    OldGate.evaluate (fun _ -> 1.0) (Gates.sharedDirection directions setting.Seed)
                ]
        }
