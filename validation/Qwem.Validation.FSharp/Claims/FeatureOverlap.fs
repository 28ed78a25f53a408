/// Whether word2vec and QWEM learn the same features, and whether QWEM's are where the exact solution has them.
module Qwem.Validation.Claims.FeatureOverlap

open Qwem.Reports
open Qwem.Sim.LinearAlgebra
open Qwem.Validation
open Qwem.Validation.Drawing
open Qwem.Validation.Embeddings

/// Features on each side of a heat map.
let private shown = 64

let private captures = [| 5; 10; 20; 40; 64 |]

/// (u_i . v_j)^2 of unit vectors in rows, the first few of each.
let private squaredOverlaps count (a: DenseMatrix) (b: DenseMatrix) team =
    let head (m: DenseMatrix) =
        DenseMatrix(count, m.Columns, Array.sub m.Values 0 (count * m.Columns))

    let products = Dense.product (head a) false (head b) true team
    DenseMatrix(count, count, products.Values |> Array.map (fun x -> x * x))

/// (1/k) times the sum of the leading k x k block: 1 when both span the same space.
let private captured (overlaps: DenseMatrix) k =
    Seq.init k (fun i -> Seq.init k (fun j -> overlaps[i, j]) |> Seq.sum)
    |> Seq.sum
    |> fun sum -> sum / float k

let private meanRowMaximum (overlaps: DenseMatrix) =
    Array.init overlaps.Rows (fun i -> Array.max (overlaps.Row(i).ToArray()))
    |> Array.average

/// Left singular vectors of embeddings V x d, in rows.
let private features (embeddings: DenseMatrix) = (Svd.OfTall embeddings).LeftVectors

type private Measured =
    {
        Setting: Setting
        Models: Models
        Count: int
        /// Features of trained QWEM, finely and coarsely integrated.
        Qwem: Integrated<DenseMatrix>
        /// Squared overlaps of SGNS's features with those of QWEM and of PPMI, and of these two.
        WithQwem: DenseMatrix
        WithPpmi: DenseMatrix
        Between: DenseMatrix
    }

    member it.Ranks = captures |> Array.filter (fun k -> k <= it.Count)
    member it.Flow = it.Models.Trained ConstantLoss.Symmetric

let private measure (setting: Setting) =
    let models, team = Models.Of setting, setting.Team
    let flow = models.Trained ConstantLoss.Symmetric
    setting.Told "feature-overlap: singular vectors" 0.0
    let count = min shown (models.Vocabulary.Dimension - 1)

    let qwem, sgns, ppmi =
        features (Flow.simulated flow (Flow.last flow) team), features models.Sgns, models.Ppmi.Eigenvectors

    {
        Setting = setting
        Models = models
        Count = count
        Qwem =
            {
                Fine = qwem
                Coarse = features (Flow.coarse flow (Flow.last flow) team)
            }
        WithQwem = squaredOverlaps count sgns qwem team
        WithPpmi = squaredOverlaps count sgns ppmi team
        Between = squaredOverlaps count qwem ppmi team
    }

/// Captured mass of the first 1, 2, ... features in the directions that a theory has for the target.
let private masses (it: Measured) (flow: Flow) count (features: DenseMatrix) (theory: Theory) =
    let directions = (flow.Sides.Spectrum.Of theory).Eigenvectors
    let overlaps = squaredOverlaps count features directions it.Setting.Team
    Array.init count (fun n -> captured overlaps (n + 1))

let private own (it: Measured) =
    masses it it.Flow it.Count it.Qwem.Fine Theory.derived

/// Largest error of a captured mass in units of its own bound over the first features of a flow, by theory, and the bounds' two parts.
let private compared (it: Measured) (flow: Flow) count (seen: Integrated<DenseMatrix>) =
    let measured = masses it flow count seen.Fine Theory.derived
    let coarse = masses it flow count seen.Coarse Theory.derived
    let integration = Array.map2 (fun x y -> abs (x - y)) measured coarse |> Array.max
    let lambda = (Sides.spectrum flow.Sides).Eigenvalues
    let unit = 4.0 * float flow.Start.Rows * Tolerance.unitRoundoff

    // Rounding, amplified by the exponent or by the gap at the border of a space, turns that space by phi; of the sum of squared cosines, k
    // times the mass, it moves 2 phi ||sin|| + phi^2, ||sin||^2 = k (1 - mass).
    let rounding =
        measured
        |> Array.mapi (fun n mass ->
            let k = float (n + 1)

            let phi =
                Flow.rounding flow (Flow.last flow)
                + unit * lambda[0] / (lambda[n] - lambda[n + 1])

            (2.0 * phi * sqrt (k * max 0.0 (1.0 - mass)) + phi * phi) / k + unit)

    let gap (theory: Theory) =
        let state =
            (flow.Exact.Of theory).At(flow.Sides.Kappa theory * flow.Times[Flow.last flow])

        let predicted, seen =
            state.EigenspaceOverlaps(), masses it flow count seen.Fine theory

        Seq.init count (fun n -> abs (predicted[n] - seen[n]) / (integration + rounding[n]))
        |> Curves.worst

    gap, integration, rounding

let private judge (it: Measured) =
    let team, small = it.Setting.Team, it.Models.TrainedSmall ConstantLoss.Symmetric

    let ofSmall =
        {
            Fine = features (Flow.simulated small (Flow.last small) team)
            Coarse = features (Flow.coarse small (Flow.last small) team)
        }

    let gap, integration, rounding = compared it it.Flow it.Count it.Qwem
    let smallGap, smallIntegration, _ = compared it small (small.Dimension - 1) ofSmall

    [
        Gate.exact
            "feature-overlap/qwem"
            $"The k leading features of a trained QWEM span the space of the k leading eigen-directions of its target as far as the exact solution says at that time, for every k up to {it.Count}."
            $"error of the captured mass of the k leading features, in units of its own bound, the largest over k, of models with d = {it.Flow.Dimension} and {it.Flow.Start.Rows:N0} words and with d = {small.Dimension} and {small.Start.Rows:N0}"
            {
                Bound = 1.0
                Because =
                    $"each k has its own bound: integration, the largest such error of a flow integrated at least {ConstantWeight.coarseFactor:g} times worse, {integration:g2} and {smallIntegration:g2}, which exceeds the flow's own error about {ConstantWeight.coarseFactor:g} times; and rounding, 4 V u times 2κλ_{{1}}t plus λ_{{1}} over the gap at the border of the space, which turns it (Davis and Kahan) and moves the mass by twice that times the root of what is not captured, and 4 V u for its sum, {Array.min rounding:g2} to {Array.max rounding:g2}"
            }
            (fun theory -> Curves.worst [ smallGap theory; gap theory ])
        |> Gate.glimpsed smallGap
        |> Flow.setLater
    ]

let private heat title columns (overlaps: DenseMatrix) =
    let count = overlaps.Rows
    let range = Some(0.5, float count + 0.5)

    panel
        title
        (linear columns range)
        (linear "SGNS feature i" range)
        [
            series
                None
                None
                (Cells
                    {
                        Values = overlaps.Values
                        Width = 1.0
                        Height = 1.0
                        Lowest = 0.0
                        Highest = 1.0
                        Label = "squared overlap"
                    })
                (Array.init (count * count) (fun e -> float (e % count + 1), float (e / count + 1)))
        ]

let private diagonal (overlaps: DenseMatrix) =
    Seq.init overlaps.Rows (fun k -> overlaps[k, k]) |> Seq.average

let private overlapFigure it =
    let qwem, ppmi =
        Numbers.decimals 2 (diagonal it.WithQwem), Numbers.decimals 2 (diagonal it.WithPpmi)

    figure
        "feature-overlap"
        "Features of word2vec against those of QWEM and PPMI"
        [ "final 5" ]
        $"Squared overlaps of the {it.Count} leading left singular vectors of trained SGNS embeddings with those of trained QWEM embeddings (left) and with the leading eigenvectors of PPMI (right). A dark diagonal means the same features in the same order."
        $"Two heat maps; the mean of the diagonal is {qwem} on the left and {ppmi} on the right."
        2
        []
        [
            heat "QWEM" "QWEM feature j" it.WithQwem
            heat "PPMI" "PPMI feature j" it.WithPpmi
        ]

let private table (it: Measured) =
    let row name numbers =
        name :: (numbers |> Array.map (Numbers.decimals 3) |> List.ofArray)

    let mass overlaps =
        it.Ranks |> Array.map (captured overlaps)

    let target = own it

    {
        Caption = "Captured mass: (1/k) times the sum of the squared overlaps of the k leading features"
        Headings = "features of" :: (it.Ranks |> Array.map (fun k -> $"#k = {k}") |> List.ofArray)
        Rows =
            [
                row "SGNS and QWEM" (mass it.WithQwem)
                row "SGNS and PPMI" (mass it.WithPpmi)
                row "QWEM and PPMI" (mass it.Between)
                row "QWEM and eigenvectors of M*" (it.Ranks |> Array.map (fun k -> target[k - 1]))
            ]
    }

/// The final version's Figure 5 beside ours.
let private beside (it: Measured) =
    let vocabulary = it.Models.Vocabulary
    let sizes = Vocabulary.here it.Setting vocabulary $"d = {vocabulary.Dimension}"

    let reference place quantity paper ours : Reference =
        {
            Quantity = quantity
            Place = place
            Paper = paper
            PaperSetting = PaperValues.wikipedia
            Ours = ours
            OurSetting = sizes
        }

    let list = PaperValues.series (Numbers.decimals 2)
    let ranked = it.Ranks |> Array.map string |> String.concat ", "

    [
        reference
            "final 1"
            "alignment of the first five directions with those of M*, (1/5)‖V_{5}ᵀV*_{5}‖², at the end of training"
            "0.998"
            (Numbers.decimals 4 (Array.item 4 (own it)))
        reference
            "final 5"
            "first six cells of the diagonal, word2vec and QWEM"
            "1.00, 0.87, 0.95, 0.97, 0.98, 0.48"
            (list (Seq.init 6 (fun k -> it.WithQwem[k, k])))
        for name, paper, overlaps in
            [
                "QWEM", "0.97, 0.88, 0.91, 0.90, 0.87", it.WithQwem
                "PPMI", "0.71, 0.85, 0.80, 0.79, 0.75", it.WithPpmi
            ] do
            reference
                "final 5"
                $"captured mass of the first {ranked}, word2vec and {name}"
                paper
                (it.Ranks |> Array.map (captured overlaps) |> list)
        for name, paper, overlaps in [ "QWEM", "0.56", it.WithQwem; "PPMI", "0.31", it.WithPpmi ] do
            reference
                "final 5"
                $"mean row maximum over 64, word2vec and {name}"
                paper
                (Numbers.decimals 2 (meanRowMaximum overlaps))
    ]

let claim =
    claim "feature-overlap" "Features of word2vec, QWEM and PPMI" {
        asks
            "Does word2vec learn the features that the theory of QWEM predicts, one by one and in their order, and does it share them more with QWEM than with the older PPMI factorisation?"

        predicts
            "QWEM's features tend to the leading eigenvectors of M*, ordered by eigenvalue (v1 Theorem 4.3); at any time the exact solution says how far they have come. For word2vec there is no prediction: its loss agrees with QWEM's to fourth order in the embeddings, and the overlap measures how much that is worth at the end of training."

        seconds 1 20 20 20
        measures measure
        gates judge

        answer (fun it verdicts ->
            $"{Verdicts.failed verdicts}The leading 1 to {it.Count} features of a trained QWEM span those of its target as far as the exact solution says; the largest error is {Numbers.short verdicts.Head.Gap} of its bound from integration and rounding.")

        details (fun it _ ->
            let first, last = it.Ranks[0], Array.last it.Ranks

            let mass overlaps k =
                Numbers.decimals 2 (captured overlaps k)

            let rows overlaps =
                Numbers.decimals 2 (meanRowMaximum overlaps)

            $"The overlap with word2vec is reported and not judged, because the theory predicts none. Of word2vec's first {first} features the share {mass it.WithQwem first} lies within QWEM's first {first}, and {mass it.WithPpmi first} within those of PPMI. For the first {last} features the shares are {mass it.WithQwem last} and {mass it.WithPpmi last}. One by one, the best match of a feature has a squared overlap of {rows it.WithQwem} with QWEM and {rows it.WithPpmi} with PPMI on average.")

        text (fun it ->
            let models = it.Models

            [
                $"{Vocabulary.sentence models.Vocabulary} Dimension {models.Vocabulary.Dimension}. A feature is a left singular vector of the embeddings: one number for each word, ordered by singular value. SGNS is word2vec's own loss and weights (subsampling with t = 10^{{−5}}, negative words drawn in proportion to P^{{3/4}}, one for each positive pair, one matrix), trained on pairs drawn from the counts for {Models.Steps it.Setting:N0} steps of twice {Models.PairsPerSign:N0} pairs. QWEM is L_{{sym}} with every pair alike, its flow simulated to t = {Models.TrainedFor it.Setting:g}/(κλ*_{{d}})."
                "The overlaps with SGNS are reported and not judged. Where two features of nearly equal singular value turn into each other, single cells lose what their block keeps; the captured mass of the first k does not depend on it."
            ])

        quantities (fun it ->
            [
                dimensionless
                    "mean row maximum, QWEM"
                    (meanRowMaximum it.WithQwem)
                    $"over the {it.Count} leading features of SGNS, largest squared overlap with one of QWEM's"
                dimensionless "mean row maximum, PPMI" (meanRowMaximum it.WithPpmi) "the same with PPMI's"
            ])

        references beside
        tables (fun it -> [ table it ])
        figures (fun it -> [ overlapFigure it ])
    }
