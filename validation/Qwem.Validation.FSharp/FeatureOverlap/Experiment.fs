namespace Qwem.Validation.FeatureOverlap

open Qwem.Reports
open Qwem.Sim.LinearAlgebra
open Qwem.Sim.Threading
open Qwem.Validation
open Qwem.Validation.Theorem43
open Qwem.Validation.Embeddings

/// Experiment feature-overlap: do word2vec and QWEM learn the same features?
module Experiment =

    /// Features on each side of a heat map.
    let private shown = 64

    let private captures = [| 5; 10; 20; 40; 64 |]

    /// (u_i . v_j)^2 of unit vectors in rows, the first few of each.
    let private squaredOverlaps count (a: DenseMatrix) (b: DenseMatrix) (team: WorkerTeam) =
        let head (m: DenseMatrix) =
            DenseMatrix(count, m.Columns, Array.sub m.Values 0 (count * m.Columns))

        let products = DenseMatrix(count, count)
        MatrixProduct.Multiply(1.0, head a, false, head b, true, 0.0, products, team)
        DenseMatrix(count, count, products.Values |> Array.map (fun x -> x * x))

    /// (1/k) times the sum of the leading k x k block: 1 when both span the same space.
    let private captured k (overlaps: DenseMatrix) =
        Seq.init k (fun i -> Seq.init k (fun j -> overlaps[i, j]) |> Seq.sum)
        |> Seq.sum
        |> fun sum -> sum / float k

    let private meanRowMaximum (overlaps: DenseMatrix) =
        Array.init overlaps.Rows (fun i -> Array.max (overlaps.Row(i).ToArray()))
        |> Array.average

    /// Left singular vectors of embeddings V x d, in rows.
    let private features (embeddings: DenseMatrix) = (Svd.OfTall embeddings).LeftVectors

    let private heat title columns (overlaps: DenseMatrix) =
        let count = overlaps.Rows

        let axis label =
            Drawing.axis label Linear (Some(0.5, float count + 0.5))

        Drawing.panel
            title
            (axis columns)
            (axis "SGNS feature i")
            [
                Drawing.series
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

    /// The trained model's captured mass against the exact solution's, with the target's own directions.
    let private gate (models: Models) (ranks: int array) (team: WorkerTeam) : Gate<Belief> * float array =
        let flow = models.Trained Symmetric
        let sides = flow.Sides

        // Rows of X belong to the simulator's directions; the theory's are turned into them.
        let measure (modes: DenseMatrix) =
            let words = Sides.toWords sides.Basis.Eigenvectors modes false team

            let overlaps =
                squaredOverlaps (Array.max ranks) (features words) sides.Eigenvectors team

            ranks |> Array.map (fun k -> captured k overlaps)

        let measured, coarse = measure flow.Fine[0], measure flow.Coarse[0]

        let apart (a: float array) (b: float array) =
            Array.map2 (fun x y -> abs (x - y)) a b |> Curves.worst

        let lambda = sides.Eigenvalues

        // A rounding of 4 V u, amplified by the exponent or by the gap at the border of a space, turns that space by phi; of the
        // sum of squared cosines, k times the mass, it moves 2 phi ||sin|| + phi^2, ||sin||^2 = k (1 - mass).
        let rounding =
            Array.map2
                (fun k mass ->
                    let condition = lambda[0] / (lambda[k - 1] - lambda[k])

                    let phi =
                        4.0
                        * float models.Corpus.Size
                        * Tolerance.unitRoundoff
                        * (Predicted.exponent flow 0 + condition)

                    (2.0 * phi * sqrt (float k * max 0.0 (1.0 - mass)) + phi * phi) / float k)
                ranks
                measured
            |> Array.max

        let integration = apart measured coarse

        {
            Id = "feature-overlap/qwem"
            Claim =
                "The k leading features of a trained QWEM span the space of the k leading eigen-directions of its target as far as the exact solution says at that time."
            Metric = "largest error of (1/k) times the sum of the squared overlaps of the k leading ones, over k"
            Tolerance =
                {
                    Bound = integration + rounding
                    Because =
                        $"integration: the same of a flow integrated {Flow.coarseFactor} times worse, {integration:g2}, which exceeds the flow's own error about {Flow.coarseFactor} times; rounding: 4 V u times 2κλ_{{1}}t plus λ_{{1}} over the gap at the border of a space turns it (Davis and Kahan), which moves the mass by twice that times the root of what is not captured, {rounding:g2}"
                }
            Gap =
                (fun belief ->
                    let time = belief.ClockFactor * sides.Kappa * flow.Times[0]

                    let predicted =
                        if belief.Aligned then
                            Array.create ranks.Length 1.0
                        else
                            let state = flow.Exact.At time
                            ranks |> Array.map state.SubspaceOverlap

                    apart predicted measured)
            Mutations = OldGate.mutations [ Belief.clockDoubled; Belief.aligned ]
        },
        measured

    /// Compares features and judges those of QWEM.
    let run (setting: Setting) : Section =
        let models, team = Models.Of setting, setting.Team

        let told stage =
            setting.Cancellation.ThrowIfCancellationRequested()
            setting.Progress.Invoke($"feature-overlap: {stage}", 0.0)

        let count = min shown (models.Corpus.Dimension - 1)
        let ranks = captures |> Array.filter (fun k -> k <= count)
        let gate, own = gate models ranks team
        told "singular vectors"
        let sgns = features models.Sgns
        let qwem = features (Flow.simulated (models.Trained Symmetric) 0 team)
        let withQwem = squaredOverlaps count sgns qwem team
        let withPpmi = squaredOverlaps count sgns models.Ppmi.Eigenvectors team
        let between = squaredOverlaps count qwem models.Ppmi.Eigenvectors team

        let row name numbers =
            name :: (numbers |> Array.map (Numbers.decimals 3) |> List.ofArray)

        let mass overlaps =
            ranks |> Array.map (fun k -> captured k overlaps)

        let sizes =
            PaperValues.here
                setting
                models.Corpus.Size
                models.Corpus.Counts.Convention.WindowHalfWidth
                $"d = {models.Corpus.Dimension}"

        {
            Id = "feature-overlap"
            Title = "Features of word2vec, QWEM and PPMI"
            Question =
                "Does word2vec learn the features that the theory of QWEM predicts, one by one and in their order, and does it share them more with QWEM than with the older PPMI factorisation?"
            Prediction =
                "QWEM's features tend to the leading eigenvectors of M*, ordered by eigenvalue (Theorem 4.3); at any time the exact solution says how far they have come. For word2vec there is no prediction: its loss agrees with QWEM's to fourth order in the embeddings, and the overlap is what measures how much that is worth at the end of training."
            Answer = ""
            Paragraphs =
                [
                    $"{Wording.corpusSentence models.Corpus} Dimension {models.Corpus.Dimension}. A feature is a left singular vector of the embeddings: one number for each word, ordered by singular value. SGNS is word2vec's own loss and weights (subsampling with t = 10^{{−5}}, negative words drawn in proportion to P^{{3/4}}, one for each positive pair, one matrix), trained on pairs drawn from the counts for {Numbers.whole (Models.Steps setting)} steps of twice {Numbers.whole Models.PairsPerSign} pairs. QWEM is L_{{sym}} with every pair alike, its flow simulated to t = 3/(κλ*_{{d}})."
                    "The overlaps with SGNS are reported and not judged. Where two features of nearly equal singular value turn into each other, single cells lose what their block keeps; the captured mass of the first k is what does not depend on it."
                ]
            Quantities =
                [
                    Drawing.quantity
                        "mean row maximum, QWEM"
                        (meanRowMaximum withQwem)
                        "1"
                        $"over the {count} leading features of SGNS, largest squared overlap with one of QWEM's"
                    Drawing.quantity "mean row maximum, PPMI" (meanRowMaximum withPpmi) "1" "the same with PPMI's"
                ]
            References =
                References.alignment sizes own[0]
                :: References.make
                    sizes
                    withQwem
                    [
                        "QWEM", "0.97, 0.88, 0.91, 0.90, 0.87", mass withQwem
                        "PPMI", "0.71, 0.85, 0.80, 0.79, 0.75", mass withPpmi
                    ]
                    ranks
                    [
                        "QWEM", "0.56", meanRowMaximum withQwem
                        "PPMI", "0.31", meanRowMaximum withPpmi
                    ]
            Tables =
                [
                    {
                        Caption = "Captured mass: (1/k) times the sum of the squared overlaps of the k leading features"
                        Headings = "features of" :: (ranks |> Array.map (fun k -> $"#k = {k}") |> List.ofArray)
                        Rows =
                            [
                                row "SGNS and QWEM" (mass withQwem)
                                row "SGNS and PPMI" (mass withPpmi)
                                row "QWEM and PPMI" (mass between)
                                row "QWEM and eigenvectors of M*" own
                            ]
                    }
                ]
            Figures =
                [
                    Drawing.figure
                        "feature-overlap"
                        "Features of word2vec against those of QWEM and PPMI"
                        [ "final 5" ]
                        $"Squared overlaps of the {count} leading left singular vectors of trained SGNS embeddings with those of trained QWEM embeddings (left) and with the leading eigenvectors of PPMI (right). A dark diagonal means the same features in the same order."
                        "Two heat maps; the diagonal of the left one is darker and longer than that of the right one."
                        2
                        []
                        [ heat "QWEM" "QWEM feature j" withQwem; heat "PPMI" "PPMI feature j" withPpmi ]
                ]
            Verdicts = [ OldGate.evaluate Belief.correct gate ]
        }
