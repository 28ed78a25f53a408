/// Figures of the claim on task vectors.
module internal Qwem.Validation.Claims.TaskVectorsFigures

open Qwem.Reports
open Qwem.Validation
open Qwem.Validation.Meaning
open Qwem.Validation.Drawing
open Qwem.Validation.Meaning.Drawing

let private bins = 18

// Share of eigenvalues per unit of eigenvalue.
let private histogram (most: float) (values: float array) =
    let width = most / float bins

    width,
    Array.init bins (fun bin ->
        let low, high = float bin * width, float (bin + 1) * width

        let count = values |> Array.filter (fun x -> x >= low && x < high) |> Array.length

        0.5 * (low + high), float count / float values.Length / width)

// Differences of the tabulated distribution: the density where it is drawn.
let private density (law: Law) most =
    let points = 160

    Array.init points (fun i ->
        let x0, x1 = most * float i / float points, most * float (i + 1) / float points
        0.5 * (x0 + x1), (Law.distribution law x1 - Law.distribution law x0) / (x1 - x0))

let private spectrumPanel title first (bulk: FamilyBulk) (law: Law) =
    let fitted =
        Law.plain Theory.derived (float bulk.Family.Count / bulk.EffectiveDimension)

    let most = 1.08 * max (Array.max bulk.Eigenvalues) (max law.Upper fitted.Upper)
    let width, bars = histogram most bulk.Eigenvalues
    let named name = if first then Some name else None

    panel
        title
        (linear "eigenvalue over mean eigenvalue" (Some(0.0, most)))
        (linear "density" (Some(0.0, 1.15 * (Seq.append bars (density law most) |> Seq.map snd |> Seq.max))))
        [
            series (named "differences of words") (Some 0) (Bars width) bars
            series (named "generalised law, population λ*") (Some 1) (Line(Dashed, 2.0)) (density law most)
            series (named "plain law, fitted d_{eff}") (Some 2) (Line(Dotted, 1.6)) (density fitted most)
        ]

/// Distances from the law along the sizes: each name with its means and six standard errors of theirs on either side.
let distances (curves: (string * (int * SetMean) list) list) =
    let curve index (name, points: (int * SetMean) list) =
        let at = points |> List.map (fun (d, mean) -> float d, mean.Mean) |> Array.ofList

        let error =
            points
            |> List.map (fun (d, mean) -> float d, mean.Mean - 6.0 * mean.Error, mean.Mean + 6.0 * mean.Error)
            |> Array.ofList

        [
            series (Some name) (Some index) (Line((if index = 0 then Solid else Dashed), 2.0)) at
            series None (Some index) (Intervals error) at
        ]

    let sizes = curves |> List.head |> snd |> List.map fst

    figure
        "task-vectors-bulk"
        "Random pairs leave the law at large d, as random eigenvectors do"
        []
        "Mean Kolmogorov-Smirnov distance of the bulk of a set of 45 differences from the generalised Marchenko-Pastur law of the population λ*, against the size d; bars: six standard errors of the mean. Differences of random words, Gaussian rows with that population, which scatter about the law by the least that sets of this size can, and differences of points whose eigenvectors are random orthonormal ones in place of the words'."
        "The Gaussian rows keep the same distance at every size. The words lie with them at small sizes and rise above them from d = 256 on, together with the random eigenvectors."
        [
            panel
                ""
                (logarithmic sizeLabel (Some(0.8 * float (List.min sizes), 1.25 * float (List.max sizes))))
                (linear "mean distance from the law" None)
                (curves |> List.mapi curve |> List.concat)
        ]

/// The final version's Figure 4, left: one family at several sizes.
let spectra (bulks: (FamilyBulk * Law) list) =
    figure
        "task-vectors-spectra"
        "The bulk of task vectors; only the mean eigenvalue is measured"
        [ "final 4" ]
        $"Bars: eigenvalues of R_{{d}}R_{{d}}ᵀ for the family {(fst bulks.Head).Family.Name}, rows of length 1 and without their mean, at several sizes. Dashed: the generalised Marchenko-Pastur law whose population is λ*_{{1}} … λ*_{{d}}. Dotted: the plain law with the effective dimension read off the upper edge, as the authors do, without their factors set by hand. The spike of the paper's figure, the eigenvalue of the mean difference, went with the mean: it stands in the table below."
        "Histograms with the dashed curve of the generalised law along their tops, and the dotted one of the fitted plain law."
        (bulks
         |> List.mapi (fun i (bulk, law) -> spectrumPanel $"d = {bulk.Dimension}" (i = 0) bulk law))

/// The final version's Figure 6: other families at one size.
let families (bulks: (FamilyBulk * Law) list) =
    figure
        "task-vectors-families"
        "The bulk of other families"
        [ "final 6" ]
        $"As in the figure before, for other families at d = {(fst bulks.Head).Dimension}."
        "Histograms of three families with both laws."
        (bulks
         |> List.mapi (fun i (bulk, law) -> spectrumPanel bulk.Family.Name (i = 0) bulk law))

/// On which eigen-features the mean differences lie.
let localisation (measured: (string * float array) list) =
    figure
        "task-vectors-localisation"
        "Task vectors live on few eigen-features"
        [ "final 4"; "final 6" ]
        "Share of the squared length of the mean difference on each of the first 100 eigen-features; spread evenly, each would be 0.01. The paper's largest shares, on its own text and words: past tense 0.183, male-female 0.081, plural 0.085, comparative 0.286."
        "In each family the tallest bars are several times as high as an even share of 0.01."
        (measured
         |> List.map (fun (name, shares) ->
             panel
                 name
                 (linear "eigen-feature k" (Some(0.0, float shares.Length + 1.0)))
                 (linear "share" None)
                 [
                     series None (Some 0) (Bars 0.8) (shares |> Array.mapi (fun k share -> float (k + 1), share))
                 ]))

/// Signal to noise and accuracy against size.
let signal (sizes: int array) (families: (string * SharedDirection array * float array) list) =
    let range = Some(float sizes[0], float (Array.last sizes))

    let curves value named =
        families
        |> List.mapi (fun i family ->
            let name, _, _ = family
            series (if named then Some name else None) (Some i) (Line(Solid, 2.0)) (against sizes (value family)))

    // The same ratio with the largest eigenvalue that the law of mean plus noise gives.
    let predicted =
        families
        |> List.mapi (fun i (_, measured, _) ->
            series
                (if i = 0 then Some "largest eigenvalue as predicted" else None)
                (Some i)
                (Line(Dashed, 1.2))
                (measured
                 |> Array.map (fun one -> one.Spectrum.SignalToNoise / one.LargestOverPredicted)
                 |> against sizes))

    figure
        "task-vectors-signal"
        "Signal to noise, and what it is good for"
        [ "final 4" ]
        "Left: largest eigenvalue of R_{d}R_{d}ᵀ over the mean of those that do not vanish; dashed, with the eigenvalue where a mean of that length over noise of the population λ* puts it. Right: accuracy of the family's analogies."
        "The signal-to-noise ratios rise to a maximum at small sizes and fall; the accuracies rise and fall later and less."
        [
            panel
                "signal to noise"
                (logarithmic sizeLabel range)
                (linear "signal-to-noise ratio" None)
                (curves (fun (_, measured, _) -> measured |> Array.map _.Spectrum.SignalToNoise) true
                 @ predicted)
            panel
                "accuracy"
                (logarithmic sizeLabel range)
                (linear "accuracy" (Some(0.0, 1.0)))
                (curves (fun (_, _, accuracy) -> accuracy) false)
        ]

/// The final version's Figure 8.
let cosines (sizes: int array) (families: (string * SumCosine array) list) =
    let range = Some(float sizes[0], float (Array.last sizes))

    let curves value named =
        families
        |> List.mapi (fun i (name, cosines) ->
            series
                (if named then Some name else None)
                (Some i)
                (Line(Solid, 2.0))
                (against sizes (Array.map value cosines)))

    figure
        "task-vectors-cosines"
        "The sum moves away from the answer, and the other words more so"
        [ "final 8" ]
        "Left: mean cosine of b̂′ and â′ + b̂ − â. Right: each divided by the largest cosine of b′ with a word that is not in the question."
        "The plain cosines fall with size; the normalised ones stay nearly level."
        [
            panel "cosine" (logarithmic sizeLabel range) (linear "cosine" (Some(0.0, 1.2))) (curves _.Plain true)
            panel
                "over the next word's"
                (logarithmic sizeLabel range)
                (linear "cosine over the next word's" (Some(0.0, 1.2)))
                (curves _.Normalised false)
        ]
