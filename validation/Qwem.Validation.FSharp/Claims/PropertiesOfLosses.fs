/// Laws of the losses, of statistics and of distributions, each by a route that does not use the formula.
module internal Qwem.Validation.Claims.PropertiesOfLosses

open System
open Qwem.Theory
open Qwem.Validation

/// Half the spacing of doubles at 1.
let u = Tolerance.unitRoundoff
/// The derived theory, for bounds and reference solutions.
let right = Theory.derived

/// Relative difference.
let relative (value: float) (reference: float) =
    abs (value - reference) / max (abs reference) 1e-300

/// A law by the kind of its gate, id, claim, metric, bound, the argument for it, and gap.
let law kind id claim metric bound because gap : Gate =
    kind $"properties/{id}" claim metric { Bound = bound; Because = because } gap

/// A theorem.
let exact id = law Gate.exact id
/// An approximation.
let leadingOrder id = law Gate.leadingOrder id

// P_ij and P_i P_j of pairs of words.
let private pairs = [ 0.3, 0.2; 0.05, 0.2; 0.12, 0.09; 0.4, 0.25 ]

/// A corpus of two words whose first pairs with itself with probability p and has the frequency q^{1/2}.
let private corpus (p, q) =
    let first = sqrt q
    CorpusStatistics([| first; 1.0 - first |], [| p; 0.5 * (1.0 - p); 0.5 * (1.0 - p); 0.0 |])

let private lossAt (a, b, c, d) (p, q) m =
    a * p * m * m - b * p * m + c * q * m * m - d * q * m

/// A law of one entry of a loss for coefficients and a pair: the formula's value and, from values of the loss at -1, 0 and 1, the right one.
let private entry
    id
    claim
    metric
    (choices: ((Theory -> QuadraticLoss) * (float * float * float * float)) list)
    formula
    ofValues
    =
    let cases =
        [
            for loss, coefficients in choices do
                for pair in pairs do
                    let a, b, c, d = coefficients
                    let p, q = pair
                    let at = lossAt coefficients pair
                    let size, weight = (abs a + abs b) * p + (abs c + abs d) * q, a * p + c * q
                    loss, corpus pair, ofValues (at -1.0) (at 0.0) (at 1.0), size / weight * max 1.0 size
        ]

    exact
        id
        claim
        metric
        (16.0 * u * (cases |> Seq.map (fun (_, _, _, scale) -> scale) |> Curves.worst))
        "rounding: 16 u of the terms of the loss, over its curvature"
        (fun theory ->
            cases
            |> Seq.map (fun (loss, statistics, wanted, _) ->
                abs ((formula theory (loss theory) statistics: float array)[0] - wanted))
            |> Curves.worst)

/// Targets, weights, subsampling and the mutual information.
let losses () =
    let xe = [ (fun (theory: Theory) -> theory.CrossEntropy()), (0.0, 1.0, 0.5, -1.0) ]
    let sym = [ (fun (theory: Theory) -> theory.Symmetric()), (0.25, 1.0, 0.25, -1.0) ]

    let any =
        [ 0.0, 1.0, 0.5, -1.0; 0.25, 1.0, 0.25, -1.0; 0.7, 0.3, 0.2, 0.4 ]
        |> List.map (fun coefficients -> (fun (_: Theory) -> QuadraticLoss.Of coefficients), coefficients)

    let least (theory: Theory) = theory.Target
    // The vertex of the parabola through three of its points.
    let vertex below middle above =
        0.5 * (below - above) / (below + above - 2.0 * middle)

    let fromMinimum =
        "largest difference from the vertex of the parabola through three values of the loss, four pairs of words"

    let p = [| 0.5; 0.3; 0.2 |]
    let joint = [| 0.2; 0.2; 0.1; 0.2; 0.05; 0.05; 0.1; 0.05; 0.05 |]
    let psi = [| 0.4; 1.0; 1.7 |]

    let subsampled =
        let sum = Array.map2 (*) p psi |> Array.sum
        let total = Seq.sum (Seq.init 9 (fun e -> joint[e] * psi[e / 3] * psi[e % 3]))

        Array.init 9 (fun e ->
            let i, j = e / 3, e % 3

            joint[e] * psi[i] * psi[j]
            / total
            / (p[i] * psi[i] / sum * (p[j] * psi[j] / sum))
            - 1.0)

    let h = 1e-3

    [
        entry "target-xe" "M*_{xe} is where Eq. (4) is least." fromMinimum xe least vertex
        entry "target-sym" "M*_{sym} is where Eq. (11) is least." fromMinimum sym least vertex
        entry "target" "M* of any quadratic loss is where it is least." $"{fromMinimum}, three losses" any least vertex
        entry
            "weight"
            "G is half the curvature of the loss."
            "largest difference from the second difference of the loss, four pairs of words, three losses"
            any
            (fun theory -> theory.Weight)
            (fun below middle above -> 0.5 * (below + above - 2.0 * middle))
        exact
            "subsampled-target"
            "Text subsampled by its definition has the target Z M* + (Z − 1)."
            "largest difference of an entry, three words"
            (32.0 * u * (1.0 + (subsampled |> Array.map abs |> Array.max)))
            "rounding: at most 16 operations on each side"
            (fun theory ->
                let z = theory.Z (CorpusStatistics(p, joint)) psi
                let plain = Array.init 9 (fun e -> joint[e] / (p[e / 3] * p[e % 3]) - 1.0)

                Array.map2 (fun a b -> abs (a - b)) (theory.SubsampledTarget plain z) subsampled
                |> Curves.worst)
        exact
            "mutual-information"
            "The PMI computed from M*_{sym} is ln(P_{ij}/(P_{i}P_{j}))."
            "largest difference, four pairs of words"
            (32.0 * u)
            "rounding: at most 16 operations on each side"
            (fun theory ->
                pairs
                |> Seq.map (fun (p, q) -> abs (theory.MutualInformation(2.0 * (p - q) / (p + q)) - log (p / q)))
                |> Curves.worst)
        exact
            "skip-gram-bend"
            "The logistic loss of word2vec bends at the origin like its quadratic model."
            $"relative difference of 2G from the second difference of the loss, step {h}"
            (h * h / 24.0 + 64.0 * u * log 2.0 / (h * h))
            "a second difference of step h errs by h²/24, the ratio of the fourth and the second derivative over 12; rounding: 64 u ln 2/h²"
            (fun theory ->
                pairs
                |> Seq.map (fun (p, q) ->
                    let sgns x =
                        p * log (1.0 + exp -x) + q * log (1.0 + exp x)

                    let bend = (sgns h + sgns -h - 2.0 * sgns 0.0) / (h * h)
                    relative (2.0 * (theory.Weight (theory.SkipGram()) (corpus (p, q)))[0]) bend)
                |> Curves.worst)
    ]

/// What the quadratic model of the logistic loss leaves over.
let taylor () =
    let remainder x =
        abs (log (1.0 + exp -x) - log 2.0 + x / 2.0 - x * x / 8.0)

    let near = 0.2

    [
        exact
            "taylor-bound"
            "What the quadratic terms leave over of log(1 + e^{−x}) is at most x⁴/192."
            "largest remainder over its bound, x from 0.1 to 6"
            1.0
            "the statement itself"
            (fun theory ->
                Seq.init 60 (fun i -> 0.1 * float (i + 1))
                |> Seq.map (fun x -> remainder x / theory.TaylorBound x)
                |> Curves.worst)
        exact
            "taylor-attained"
            "Near 0 the remainder attains its bound."
            $"distance of the remainder over its bound from 1, x = {near}"
            (near * near / 15.0)
            "the next term of the series, of the other sign: x²/15 of this one"
            (fun theory -> abs (1.0 - remainder near / theory.TaylorBound near))
    ]

/// Windows, self-pairs, random matrices and analogies.
let others () =
    let windows =
        [
            for halfWidth in [ 1; 5; 16 ] do
                for r in [ 1; 2; 5 ] do
                    if r <= halfWidth then
                        halfWidth, r
        ]

    let count = 400
    let angles = [| 0.3; 0.9; 1.7; 2.2 |]
    let cosine i j = cos (angles[i] - angles[j])

    [
        exact
            "windows"
            "Windows of random half width weigh a pair at distance r by how many half widths reach it."
            "largest difference of a weight, in counts"
            u
            "counts are whole numbers"
            (fun theory ->
                windows
                |> Seq.map (fun (halfWidth, r) ->
                    let reached =
                        Seq.length (Seq.filter (fun radius -> r <= radius) (seq { 1..halfWidth }))

                    abs (theory.WindowWeight halfWidth r - float reached))
                |> Curves.worst)
        exact
            "self-pairs"
            "The self-pair rule leaves nothing on the diagonal of the target."
            "largest |P_{ii}/P_{i}² − 1|, three words"
            (4.0 * u)
            "rounding: a product and a quotient"
            (fun theory ->
                let statistics =
                    theory.Statistics [| 60.0; 30.0; 10.0 |] [| 7.0; 3.0; 2.0; 3.0; 1.0; 4.0; 2.0; 4.0; 5.0 |]

                let p, joint = statistics.Unigram(), statistics.Joint()
                Seq.init 3 (fun i -> abs (joint[4 * i] / (p[i] * p[i]) - 1.0)) |> Curves.worst)
        exact
            "marchenko-pastur"
            "The Marchenko-Pastur law has unit mass and the right mean."
            "largest error of the mass and of the mean over the variance, (γ, variance) = (1/4, 1) and (1/2, 2)"
            (16.0 * float count * u)
            $"the midpoint rule in the angle converges geometrically for edges like square roots; rounding: 16 u of {count} terms"
            (fun theory ->
                [ 0.25, 1.0; 0.5, 2.0 ]
                |> Seq.collect (fun (ratio, variance) ->
                    let low, high =
                        variance * (1.0 - sqrt ratio) ** 2.0, theory.NoiseEdge ratio variance

                    let moment power =
                        Seq.init count (fun i ->
                            let angle = Math.PI * (float i + 0.5) / float count
                            let x = 0.5 * (low + high) - 0.5 * (high - low) * cos angle

                            x ** power
                            * theory.NoiseDensity ratio variance x
                            * 0.5
                            * (high - low)
                            * sin angle)
                        |> Seq.sum
                        |> fun sum -> sum * Math.PI / float count

                    [ abs (moment 0.0 - 1.0); abs (moment 1.0 / variance - 1.0) ])
                |> Curves.worst)
        exact
            "smooth-score"
            "The smooth score compares the answer with the parallelogram's fourth corner."
            "difference from the same in cosines of angles, four words on the unit circle"
            (64.0 * u)
            "rounding: three products of cosines and sines on one side, three cosines on the other"
            (fun theory ->
                let words = Array.append (Array.map cos angles) (Array.map sin angles)

                let score =
                    theory.SmoothScore
                        (Qwem.Theory.Embeddings.OfRows(words, 2))
                        (AnalogyFamily.FromQuestions [| 0; 1; 2; 3 |])

                abs (score - sqrt 2.0 * (cosine 3 2 + cosine 3 1 - cosine 3 0)))
    ]
