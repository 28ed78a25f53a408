namespace Qwem.Validation.AlignmentOfAnalogies

open System
open Qwem.Reports
open Qwem.Sim.LinearAlgebra
open Qwem.Validation
open Qwem.Validation.Meaning
open Qwem.Validation.Drawing
open Qwem.Validation.Meaning.Drawing

/// Experiment alignment-of-analogies: whether the differences of a family point the same way.
module Experiment =

    /// The paper's size.
    let private dimension = 200

    let private bins = 50

    let private mean (differences: Differences) =
        Differences.within differences (Differences.units differences) |> Array.average

    let private gate name claim shuffles what byChance (beliefs: (string * Differences) list) : Gate<Differences> =
        let bound = Resampling.quantile 0.999 byChance

        {
            Id = $"alignment-of-analogies/{name}"
            Claim = claim
            Metric =
                "mean cosine that chance exceeds once in a thousand, over the measured one; the mean over families of the mean within each"
            Tolerance =
                {
                    Bound = 1.0
                    Because =
                        $"the measured mean must exceed what 0.1%% of {shuffles} seeded shuffles exceed in which {what}; that is {Numbers.short bound}"
                }
            Gap =
                fun differences ->
                    let measured = mean differences
                    if measured > 0.0 then bound / measured else infinity
            Mutations = beliefs
        }

    // Share of cosines per unit of cosine.
    let private histogram (values: float array) =
        let width = 2.0 / float bins
        let counts = Array.zeroCreate<int> bins

        for value in values do
            let bin = Math.Clamp(int ((value + 1.0) / width), 0, bins - 1)
            counts[bin] <- counts[bin] + 1

        counts
        |> Array.mapi (fun bin count -> (float bin + 0.5) * width - 1.0, float count / float values.Length / width)

    let private cosines (setting: Setting) (units: DenseMatrix) =
        let products = DenseMatrix(units.Rows, units.Rows)
        MatrixProduct.Multiply(1.0, units, false, units, true, 0.0, products, setting.Team)
        products

    // Cosines of pairs of rows for which a condition on their families holds.
    let private chosen (differences: Differences) (products: DenseMatrix) condition =
        [|
            for m in 0 .. products.Rows - 1 do
                for n in m + 1 .. products.Rows - 1 do
                    if condition differences.Families[m] differences.Families[n] then
                        products[m, n]
        |]

    /// Mean cosine of the differences of two families, or of different pairs of one: F x F row-major.
    let private means (differences: Differences) (products: DenseMatrix) =
        let f = differences.Count
        let sums, counts = Array.zeroCreate<float>(f * f), Array.zeroCreate<int>(f * f)

        for m in 0 .. products.Rows - 1 do
            for n in 0 .. products.Rows - 1 do
                if m <> n then
                    let cell = differences.Families[m] * f + differences.Families[n]
                    sums[cell] <- sums[cell] + products[m, n]
                    counts[cell] <- counts[cell] + 1

        Array.map2 (fun sum count -> sum / float count) sums counts

    let private heatMap (differences: Differences) (products: DenseMatrix) =
        let f = differences.Count
        let values = means differences products
        let axis label = linear label (Some(0.5, float f + 0.5))

        panel
            "mean cosines"
            (axis "family, numbered as in the table")
            (axis "family")
            [
                series
                    None
                    None
                    (Cells
                        {
                            Values = values
                            Width = 1.0
                            Height = 1.0
                            Lowest = -0.5
                            Highest = 0.5
                            Label = "mean cosine of two differences"
                        })
                    (Array.init (f * f) (fun cell -> float (cell % f + 1), float (cell / f + 1)))
            ]

    let private drawn (differences: Differences) (right: DenseMatrix) (shuffled: DenseMatrix) =
        let curve name colour stroke products condition =
            series (Some name) (Some colour) (Line(stroke, 2.0)) (histogram (chosen differences products condition))

        let panels =
            [
                heatMap differences right
                panel
                    "distribution"
                    (linear "cosine of two differences" (Some(-0.6, 1.0)))
                    (linear "density" None)
                    [
                        curve "one family" 0 Solid right (=)
                        curve "one family, pairs shuffled" 1 Dotted shuffled (=)
                        curve "two families" 5 Solid right (<>)
                    ]
            ]

        figure
            "alignment-of-analogies"
            "Differences of one family point the same way"
            [ "v1 9" ]
            $"Left: mean cosine between the differences b − a of two families, and on the diagonal between those of one. Right: density of the cosines between differences b − a at d = {differences.Dimension}: of two pairs of one family, of one family with its second words dealt anew, and of two families."
            "The diagonal of the map stands out from an even ground. Cosines between families lie about zero; those within families lie far to the right, and less far when the pairs are shuffled."
            panels

    let run (setting: Setting) =
        let learned = Learned.ofSetting setting
        let d = min dimension learned.Modes
        let shuffles = if setting.IsSmoke then 500 else 4000
        let differences = Differences.ofFamilies learned d

        let random purpose draw =
            Resampling.random setting.Seed purpose draw

        let nulls name purpose shuffle =
            let means = Array.zeroCreate<float> shuffles

            setting.Progress.Invoke($"alignment-of-analogies: {name}", 0.0)
            setting.Team.Run(shuffles, (fun draw -> means[draw] <- mean (shuffle (random purpose draw) differences)))
            setting.Cancellation.ThrowIfCancellationRequested()
            means

        let dealt = nulls "families dealt anew" 2 Differences.dealt
        let repaired = nulls "pairs dealt anew" 3 Differences.repaired

        // One more draw than the shuffles took: a mutation of its own.
        let wrongFamilies = Differences.dealt (random 2 shuffles) differences
        let wrongPairs = Differences.repaired (random 3 shuffles) differences

        let gates =
            [
                gate
                    "families"
                    "Differences b − a of one family are more alike than those of pairs from anywhere."
                    shuffles
                    "all pairs are dealt to families of the same sizes"
                    dealt
                    [ "pairs dealt to the families at random", wrongFamilies ]
                gate
                    "pairing"
                    "Differences b − a of one family are more alike than those between its first and its second words at large."
                    shuffles
                    "the second words of each family are dealt to its first words"
                    repaired
                    [
                        "second words dealt to the first words at random", wrongPairs
                        "pairs dealt to the families at random", wrongFamilies
                    ]
            ]

        let units = Differences.units differences
        let products = cosines setting units
        let shuffledProducts = cosines setting (Differences.units wrongPairs)
        let within = Differences.within differences units
        let shuffledWithin = Differences.within wrongPairs (Differences.units wrongPairs)
        let average values = Array.average values

        let meanWith family =
            chosen differences products (fun x y -> (x = family) <> (y = family)) |> average

        {
            Id = "alignment-of-analogies"
            Title = "Whether the differences of a family point the same way"
            Question =
                "Analogies are answered by adding a difference of vectors. Is the difference the same for all pairs of a family, and is it the family's own?"
            Prediction =
                "If b_{n} − a_{n} = r + noise with one r for the family, differences of a family have cosines near |r|²/(|r|² + noise²), and those of families with other r have none on average. No theorem says so; it is what makes vector addition work (final version, section 5)."
            Answer = ""
            Paragraphs =
                [
                    $"Differences of the {differences.First.Length} word pairs of {differences.Count} families in the embeddings of d = {d}, each of length 1. A family in which every first word stood on one side and every second word on the other would have aligned differences even if the pairs were dealt anew; the second gate asks for more than that."
                ]
            Quantities =
                [
                    dimensionless "cosine within" (Array.average within) "mean over families of the mean within each"
                    dimensionless
                        "cosine between"
                        (average (chosen differences products (<>)))
                        "mean over all two pairs of different families"
                    dimensionless
                        "cosine within, shuffled"
                        (Array.average shuffledWithin)
                        "the first with second words dealt anew within each family"
                ]
            References = []
            Tables =
                [
                    {
                        Caption = "Mean cosines of differences"
                        Headings =
                            [
                                "#"
                                "family"
                                "# pairs"
                                "# within"
                                "# within, pairs shuffled"
                                "# with other families"
                            ]
                        Rows =
                            learned.Families
                            |> List.mapi (fun index family ->
                                [
                                    string (index + 1)
                                    family.Name
                                    string family.Count
                                    Numbers.short within[index]
                                    Numbers.short shuffledWithin[index]
                                    Numbers.short (meanWith index)
                                ])
                    }
                ]
            Figures = [ drawn differences products shuffledProducts ]
            Verdicts = gates |> List.map (OldGate.evaluate differences)
        }
