/// The final version's Figures 4, 6 and 8 beside ours.
module internal Qwem.Validation.Claims.TaskVectorsReferences

open Qwem.Reports
open Qwem.Validation
open Qwem.Validation.Meaning

/// What one family's curves look like in the paper, at d = 4, 8, 16, 32, 64, 128, 256, 512, 1024.
type private Curves =
    {
        Ours: string
        Theirs: string
        Largest: string
        Signal: string
        Accuracy: string
        Cosine: string
        Normalised: string
    }

let private dimensions = [ 4; 8; 16; 32; 64; 128; 256; 512; 1024 ]

let private paper =
    [
        {
            Ours = "nationality"
            Theirs = "country-nationality"
            Largest = "28.8 at d = 45"
            Signal = "3.2, 4.9, 11.7, 24.0, 28.3, 26.2, 23.1, 18.7, 13.6"
            Accuracy = "0.01, 0.12, 0.47, 0.645, 0.81, 0.93, 0.98, 0.994, 0.999"
            Cosine = "0.84, 0.87, 0.88, 0.88, 0.86, 0.83, 0.78, 0.70, 0.59"
            Normalised = "0.84, 0.90, 0.96, 0.97, 0.99, 1.02, 1.07, 1.13, 1.15"
        }
        {
            Ours = "male-female"
            Theirs = "male-female"
            Largest = "10.8 at d = 16"
            Signal = "2.7, 4.5, 10.8, 10.7, 10.4, 9.8, 8.5, 7.2, 5.5"
            Accuracy = "0.01, 0.12, 0.42, 0.605, 0.75, 0.81, 0.84, 0.82, 0.795"
            Cosine = "0.93, 0.92, 0.90, 0.87, 0.84, 0.80, 0.76, 0.69, 0.59"
            Normalised = "0.94, 0.94, 0.94, 0.95, 0.96, 0.95, 0.95, 0.93, 0.91"
        }
        {
            Ours = "past-tense"
            Theirs = "verb-pasttense"
            Largest = "8.7 at d = 32"
            Signal = "2.6, 4.1, 6.2, 8.7, 7.7, 6.7, 5.8, 4.8, 3.7"
            Accuracy = "0, 0.02, 0.12, 0.31, 0.54, 0.61, 0.64, 0.68, 0.70"
            Cosine = "0.70, 0.71, 0.70, 0.68, 0.66, 0.63, 0.58, 0.53, 0.44"
            Normalised = "0.70, 0.74, 0.78, 0.80, 0.83, 0.85, 0.85, 0.84, 0.80"
        }
        {
            Ours = "adverb"
            Theirs = "adj-adverb"
            Largest = "5.1 at d = 32"
            Signal = "2.0, 3.4, 4.9, 5.1, 4.2, 4.0, 3.6, 2.9, 2.3"
            Accuracy = "0, 0.02, 0.09, 0.24, 0.38, 0.45, 0.51, 0.50, 0.44"
            Cosine = "0.81, 0.74, 0.69, 0.65, 0.60, 0.54, 0.47, 0.40, 0.32"
            Normalised = "0.81, 0.77, 0.77, 0.77, 0.75, 0.71, 0.68, 0.66, 0.62"
        }
        {
            Ours = "opposite"
            Theirs = "adj-antonym"
            Largest = "2.8 at d = 8"
            Signal = "2.1, 2.8, 2.5, 2.4, 2.4, 2.4, 2.3, 2.1, 1.8"
            Accuracy = "0, 0, 0.033, 0.067, 0.033, 0.167, 0.233, 0.233, 0.200"
            Cosine = "0.72, 0.68, 0.60, 0.53, 0.46, 0.42, 0.39, 0.33, 0.24"
            Normalised = "0.72, 0.71, 0.67, 0.62, 0.57, 0.58, 0.59, 0.60, 0.59"
        }
    ]

// Our family, theirs; d_eff and largest eigenvalue at d = 256; largest shares at d = 100 with their features, counted from 1.
let private figure6 =
    [
        "male-female", "male-female", "50.4", "0.085", "41: 0.081, 12: 0.054, 14: 0.052, 69: 0.051, 22: 0.046"
        "adverb", "adj-adverb", "98.4", "0.052", "5: 0.266, 24: 0.064, 30: 0.063, 91: 0.041"
        "plural", "noun-plural", "52.8", "0.088", "8: 0.085, 7: 0.078, 1: 0.073, 2: 0.065, 23: 0.052"
        "comparative", "adj-comparative", "83.4", "0.101", "1: 0.286, 27: 0.057, 9: 0.036"
    ]

// d, d_eff, the spike and the bulk's edge of verb / past tense.
let private figure4 =
    [
        128, "64.1", "0.118 and 0.038"
        256, "76.7", "0.072 and 0.026"
        512, "84.0", "0.042 and 0.019"
        1024, "90.7", "0.025 and 0.016"
    ]

/// What was measured, as the figures and tables have it.
type Measured =
    {
        /// Sizes of the curves.
        Sizes: int array
        Signals: (string * SharedDirection array * float array) list
        Cosines: (string * SumCosine array) list
        Bulks: FamilyBulk list
        Directions: SharedDirection list
        Localised: (string * float array) list
    }

let private effective (measured: Measured) family d =
    measured.Bulks
    |> List.tryFind (fun bulk -> bulk.Family.Name = family && bulk.Dimension = d)
    |> Option.map (fun bulk -> Numbers.decimals 1 bulk.EffectiveDimension)

let private eigenvalues (measured: Measured) family d =
    measured.Directions
    |> List.tryFind (fun one -> one.Family.Name = family && one.Dimension = d)
    |> Option.map _.Spectrum.Eigenvalues()

let private largest count (shares: float array) =
    shares
    |> Array.indexed
    |> Array.sortByDescending snd
    |> Array.truncate count
    |> Array.map (fun (k, share) -> $"{k + 1}: {Numbers.decimals 3 share}")
    |> String.concat ", "

/// The paper's values with those of the same family and size here; what a family too small for this text lacks is left out.
let make (setting: Setting) (learned: Learned) (measured: Measured) : Reference list =
    let window = setting.Larger.Value.Convention.WindowHalfWidth

    // Ours nearest to theirs, where the largest here is not far below.
    let near =
        dimensions
        |> List.filter (fun d -> float d <= 1.2 * float (Array.last measured.Sizes))
        |> List.map (fun d ->
            measured.Sizes
            |> Array.indexed
            |> Array.minBy (fun (_, size) -> abs (log (float size / float d))))

    let list (sizes: int seq) =
        "d as named or, where none is, "
        + (sizes |> Seq.map string |> String.concat ", ")

    let theirs = PaperValues.wikipediaAt (list dimensions)

    let here =
        PaperValues.here setting learned.VocabularySize window (list (Seq.map snd near))

    let reference place quantity paper ours : Reference =
        {
            Quantity = quantity
            Place = place
            Paper = paper
            PaperSetting = theirs
            Ours = ours
            OurSetting = here
        }

    let optional (make: 'a -> Reference) value =
        value |> Option.map make |> Option.toList

    let along digits (values: float array) =
        near
        |> Seq.map (fun (at, _) -> values[at])
        |> PaperValues.series (Numbers.decimals digits)

    [
        for d, dimension, apart in figure4 do
            let one = reference "final 4"

            yield!
                effective measured "past-tense" d
                |> optional (
                    one
                        $"d_{{eff}} of the plain law (hand-tuned there, rows of length 1 here), past tense, d = {d}"
                        dimension
                )

            yield!
                eigenvalues measured "past-tense" d
                |> optional (fun values ->
                    one
                        $"spike and next eigenvalue of R_{{d}}R_{{d}}ᵀ/d, past tense, d = {d}"
                        apart
                        $"{Numbers.decimals 3 values[0]} and {Numbers.decimals 3 values[1]}")

        for name, shares in measured.Localised do
            if name = "past-tense" then
                reference
                    "final 4"
                    "past tense: largest shares of the mean difference, by feature, d = 100"
                    "2: 0.183, 1: 0.079, 21: 0.078, 12: 0.055, 19: 0.030"
                    (largest 5 shares)

        reference
            "final 4"
            "mean difference's share of the largest eigenvalue, every family (ours: of nine pairs or more) and d, at least"
            "0.9"
            (measured.Directions |> List.map _.Share |> List.min |> Numbers.short)

        for one in paper do
            for name, directions, accuracies in measured.Signals do
                if name = one.Ours then
                    let signals = directions |> Array.map _.Spectrum.SignalToNoise
                    let at, most = signals |> Array.indexed |> Array.maxBy snd
                    let curve = reference "final 4"

                    curve
                        $"largest signal to noise, {one.Theirs}"
                        one.Largest
                        $"{Numbers.decimals 1 most} at d = {measured.Sizes[at]}"

                    curve $"signal to noise, {one.Theirs}" one.Signal (along 1 signals)
                    curve $"accuracy, {one.Theirs}" one.Accuracy (along 2 accuracies)

            for name, cosines in measured.Cosines do
                if name = one.Ours then
                    let curve = reference "final 8"
                    curve $"cosine of sum and answer, {one.Theirs}" one.Cosine (along 2 (cosines |> Array.map _.Plain))

                    curve
                        $"the same over that of the nearest other word, {one.Theirs}"
                        one.Normalised
                        (along 2 (cosines |> Array.map _.Normalised))

        for ours, family', dimension, spike, shares in figure6 do
            let one = reference "final 6"

            yield!
                effective measured ours 256
                |> optional (
                    one
                        $"d_{{eff}} of the plain law (hand-tuned there, rows of length 1 here), {family'}, d = 256"
                        dimension
                )

            yield!
                eigenvalues measured ours 256
                |> optional (fun values ->
                    one
                        $"largest eigenvalue of R_{{d}}R_{{d}}ᵀ/d, {family'}, d = 256"
                        spike
                        (Numbers.decimals 3 values[0]))

            for name, mine in measured.Localised do
                if name = ours then
                    reference
                        "final 6"
                        $"{family'}: largest shares of the mean difference, by feature, d = 100"
                        shares
                        (largest 5 mine)
    ]
