/// Whether the differences of a family of word pairs point the same way.
module Qwem.Validation.Claims.AlignmentOfAnalogies

open System
open Qwem.Reports
open Qwem.Sim.LinearAlgebra
open Qwem.Sim.Random
open Qwem.Validation
open Qwem.Validation.Meaning
open Qwem.Validation.Drawing

/// Word pairs of all families one after the other, with the embeddings of one size.
type Differences =
    {
        /// d.
        Dimension: int
        /// One word per row, V x d.
        Words: DenseMatrix
        /// a_n and b_n.
        First: int array
        Second: int array
        /// Family of each pair, ascending.
        Families: int array
        /// Number of families.
        Count: int
    }

module Differences =

    let ofFamilies (learned: Learned) d : Differences =
        let pairs =
            learned.Families
            |> List.mapi (fun index family ->
                Array.init family.Count (fun n -> index, family.Pairs[2 * n], family.Pairs[2 * n + 1]))
            |> Array.concat

        {
            Dimension = d
            Words = learned.ByWord d
            First = pairs |> Array.map (fun (_, a, _) -> a)
            Second = pairs |> Array.map (fun (_, _, b) -> b)
            Families = pairs |> Array.map (fun (family, _, _) -> family)
            Count = learned.Families.Length
        }

    /// The difference of each pair as a theory has it, of length 1, one pair per row.
    let units (theory: Theory) (differences: Differences) =
        Array.init (2 * differences.First.Length) (fun e ->
            if e % 2 = 0 then differences.First[e / 2] else differences.Second[e / 2])
        |> Bulk.differences theory differences.Words differences.Dimension
        |> Bulk.unit

    /// Mean cosine of the pairs of each family with the others of theirs: (|sum u|^2 - N) / (N (N - 1)).
    let within (differences: Differences) (units: DenseMatrix) =
        let sums = DenseMatrix(differences.Count, units.Columns)
        let sizes = Array.zeroCreate<int> differences.Count

        for n in 0 .. units.Rows - 1 do
            let family = differences.Families[n]
            Kernels.Axpy(1.0, units.Row n, sums.Row family)
            sizes[family] <- sizes[family] + 1

        Array.init differences.Count (fun family ->
            let n = float sizes[family]
            (Kernels.NormSquared(sums.Row family) - n) / (n * (n - 1.0)))

    /// The pairs dealt to families of the same sizes at random.
    let dealt (random: CounterRandom) (differences: Differences) =
        let order = Resampling.shuffled random differences.Families.Length

        { differences with
            Families = order |> Array.map (fun n -> differences.Families[n])
        }

    /// The second words of each family dealt to its first words at random.
    let repaired (random: CounterRandom) (differences: Differences) =
        let second =
            [|
                for family in 0 .. differences.Count - 1 do
                    let start = Array.IndexOf(differences.Families, family)
                    let count = Array.LastIndexOf(differences.Families, family) - start + 1

                    let first, second =
                        Array.sub differences.First start count, Array.sub differences.Second start count
                    // The same random numbers for families of the same size: each is dealt as it would be alone.
                    for place in Resampling.repaired random first second do
                        second[place]
            |]

        { differences with Second = second }

/// The paper's size.
let private dimension = 200

let private bins = 50

type private Measured =
    {
        Setting: Setting
        Learned: Learned
        Differences: Differences
        /// Random deals behind each null model.
        Draws: int
        /// Mean over families of the mean cosine within each, and those of the null models: pairs from anywhere, pairs turned round at
        /// random, second words dealt anew.
        Within: Prediction<float array>
        Dealt: Prediction<float array>
        Turned: Prediction<float array>
        Repaired: Prediction<float array>
    }

let private measure (setting: Setting) =
    let learned = Learned.ofSetting setting
    let differences = Differences.ofFamilies learned (min dimension learned.Modes)
    let draws = if setting.IsSmoke then 200 else 1000

    let chance purpose (make: Theory -> CounterRandom -> Differences * DenseMatrix) =
        Prediction(fun theory ->
            let means = Array.zeroCreate<float> draws

            setting.Team.Run(
                draws,
                (fun draw ->
                    means[draw] <-
                        make theory (Resampling.random setting.Seed purpose draw)
                        ||> Differences.within
                        |> Array.average)
            )

            setting.Cancellation.ThrowIfCancellationRequested()
            means)

    let own = Prediction(fun theory -> Differences.units theory differences)

    let turned (random: CounterRandom) (units: DenseMatrix) =
        let result = Dense.copy units

        for n in 0 .. result.Rows - 1 do
            if random.Uniform(uint64 n) < 0.5 then
                Kernels.Scale(-1.0, result.Row n)

        result

    {
        Setting = setting
        Learned = learned
        Differences = differences
        Draws = draws
        Within = Prediction(fun theory -> Differences.within differences (own.Of theory))
        Dealt = chance 2 (fun theory random -> Differences.dealt random differences, own.Of theory)
        Turned = chance 6 (fun theory random -> differences, turned random (own.Of theory))
        Repaired =
            chance 3 (fun theory random ->
                let repaired = Differences.repaired random differences
                repaired, Differences.units theory repaired)
    }

let private average measured theory =
    Array.average (measured.Within.Of theory)

let private judge measured =
    let within = measured.Within.Of Theory.derived

    let low, high =
        Resampling.bootstrap measured.Setting.Seed 7 2000 within.Length (Array.averageBy (fun i -> within[i]))
        |> Resampling.interval

    let effect =
        $"mean cosine within a family {Numbers.short (Array.average within)}, 95%% interval {Numbers.short low} to {Numbers.short high} from resampling the families"

    let against name (chance: Prediction<float array>) theory =
        let values = chance.Of theory

        {
            Name = name
            Score = Array.average values
            P = Resampling.pValue (average measured theory) values
        }

    [
        Gate.qualitative
            "alignment-of-analogies/families"
            "Differences b − a of one family are more alike than those of pairs from anywhere."
            effect
            (fun theory ->
                [
                    against "the pairs of all families dealt to families of the same sizes" measured.Dealt theory
                    against "each pair turned round with probability 1/2" measured.Turned theory
                ])
        Gate.qualitative
            "alignment-of-analogies/pairing"
            "Differences b − a of one family are more alike than those between its first and its second words at large."
            effect
            (fun theory ->
                [
                    against "the second words of each family dealt to its first words" measured.Repaired theory
                ])
    ]

// Share of cosines per unit of cosine.
let private histogram (values: float array) =
    let width = 2.0 / float bins
    let counts = Array.zeroCreate<int> bins

    for value in values do
        let bin = Math.Clamp(int ((value + 1.0) / width), 0, bins - 1)
        counts[bin] <- counts[bin] + 1

    counts
    |> Array.mapi (fun bin count -> (float bin + 0.5) * width - 1.0, float count / float values.Length / width)

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
    let numbered label = linear label (Some(0.5, float f + 0.5))

    let cells =
        Cells
            {
                Values = means differences products
                Width = 1.0
                Height = 1.0
                Lowest = -0.5
                Highest = 0.5
                Label = "mean cosine of two differences"
            }

    panel
        "mean cosines"
        (numbered "family, numbered as in the table")
        (numbered "family")
        [
            series None None cells (Array.init (f * f) (fun cell -> float (cell % f + 1), float (cell / f + 1)))
        ]

/// What the figure and the table are made of: cosines as they are, and with the second words dealt anew once.
let private drawn measured =
    let differences, team = measured.Differences, measured.Setting.Team
    let units = Differences.units Theory.derived differences

    let shuffled =
        Differences.repaired (Resampling.random measured.Setting.Seed 3 measured.Draws) differences

    let shuffledUnits = Differences.units Theory.derived shuffled
    let gram units = Dense.gram units team
    gram units, gram shuffledUnits, Differences.within shuffled shuffledUnits

let private draw measured =
    let differences = measured.Differences
    let right, shuffled, _ = drawn measured

    let curve name colour stroke products condition =
        series (Some name) (Some colour) (Line(stroke, 2.0)) (histogram (chosen differences products condition))

    figure
        "alignment-of-analogies"
        "Differences of one family are aligned in part"
        [ "v1 9" ]
        $"Left: mean cosine between the differences b − a of two families, and on the diagonal between those of one. Right: density of the cosines between differences b − a at d = {differences.Dimension}: of two pairs of one family, of one family with its second words dealt anew, and of two families."
        "The diagonal of the map stands out from an even ground. Cosines between families lie about zero; those within families lie farther to the right, and less far when the pairs are shuffled."
        0
        []
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

let private list measured =
    let products, _, shuffled = drawn measured
    let within = measured.Within.Of Theory.derived

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
            measured.Learned.Families
            |> List.mapi (fun index family ->
                [
                    string (index + 1)
                    family.Name
                    string family.Count
                    Numbers.short within[index]
                    Numbers.short shuffled[index]
                    chosen measured.Differences products (fun x y -> (x = index) <> (y = index))
                    |> Array.average
                    |> Numbers.short
                ])
    }

let claim =
    claim "alignment-of-analogies" "Whether the differences of a family point the same way" {
        asks
            "Analogies are answered by adding a difference of vectors. Is the difference the same for all pairs of a family, and is it the family's own?"

        predicts
            "If b_{n} − a_{n} = r + noise with one r for the family, differences of a family have cosines near |r|²/(|r|² + noise²), and those of families with other r have none on average. No theorem says so; v1 assumes it on the way to Eq. (61) (appendix D.1, Figure 9)."

        seconds 1 2 2 2
        measures measure
        gates judge

        answer (fun measured verdicts ->
            let within, null' =
                average measured Theory.derived, Array.average (measured.Repaired.Of Theory.derived)

            let dealt = Array.average (measured.Dealt.Of Theory.derived)

            $"{Verdicts.failed verdicts}Differences of word pairs of one family are aligned, but far from parallel: their mean cosine is {Numbers.short within}, against {Numbers.short null'} with the family's words paired anew and {Numbers.short dealt} with pairs from anywhere.")

        details (fun _ verdicts ->
            $"By chance either of the two null models does as well with p = {Numbers.short (verdicts |> List.map _.Gap |> List.max)} at most.")

        text (fun measured ->
            [
                $"Differences of the {measured.Differences.First.Length} word pairs of {measured.Differences.Count} families in the embeddings of d = {measured.Differences.Dimension}, each of length 1. A family in which every first word stood on one side and every second word on the other would have aligned differences even if the pairs were dealt anew; the second gate asks for more than that. p-values are those of {measured.Draws} random deals."
            ])

        quantities (fun measured ->
            let products, _, shuffled = drawn measured

            [
                dimensionless
                    "cosine within"
                    (average measured Theory.derived)
                    "mean over families of the mean within each"
                dimensionless
                    "cosine between"
                    (Array.average (chosen measured.Differences products (<>)))
                    "mean over all two pairs of different families"
                dimensionless
                    "cosine within, shuffled"
                    (Array.average shuffled)
                    "the first with second words dealt anew within each family"
            ])

        tables (fun measured -> [ list measured ])
        figures (fun measured -> [ draw measured ])
    }
