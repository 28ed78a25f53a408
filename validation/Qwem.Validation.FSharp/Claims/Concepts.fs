/// What the learned directions mean: where words lie in their plane during training, and whether three concepts share a plane.
module Qwem.Validation.Claims.Concepts

open Qwem.Reports
open Qwem.Sim.Evaluation
open Qwem.Sim.LinearAlgebra
open Qwem.Validation
open Qwem.Validation.Drawing
open Qwem.Validation.Embeddings

/// Directions of the table, counted from 1.
let private listed = [| 1; 2; 3; 4; 5; 6; 10; 20; 50; 100 |]

let private atEachEnd = 6

/// t / tau_1 of the moments shown: before the first mode, between modes, and when some twenty have appeared.
let private moments = [| 0.5; 1.0; 1.2; 1.3; 1.4; 6.0 |]

/// Coordinates s_k u_k of every word along the second (horizontal) and the first principal direction of embeddings V x d. Their signs are
/// those that agree with given vectors, for a singular vector has none of its own.
let coordinates (signs: DenseMatrix) (embeddings: DenseMatrix) =
    let svd = Svd.OfTall embeddings

    let along k =
        let vector = svd.LeftVectors.Row(k).ToArray()

        let agrees =
            Seq.fold2 (fun sum x y -> sum + x * y) 0.0 vector (signs.Row(k).ToArray())
            >= 0.0

        let scale = if agrees then svd.SingularValues[k] else -svd.SingularValues[k]
        vector |> Array.map (fun u -> scale * u)

    Array.zip (along 1) (along 0)

let private length (x: float, y: float) = sqrt (x * x + y * y)

/// Largest distance of a word's two places, in units of the plane's largest radius.
let distance (reference: (float * float) array) (places: (float * float) array) =
    let largest = reference |> Seq.map length |> Seq.max

    Seq.map2 (fun (x, y) (p, q) -> length (x - p, y - q)) reference places
    |> Curves.worst
    |> fun worst -> worst / largest

/// Words at the ends of both axes, none twice.
let private extremes each (places: (float * float) array) =
    let ends (key: float * float -> float) =
        places
        |> Array.indexed
        |> Array.sortBy (fun (word, place) -> key place, word)
        |> Array.truncate each
        |> Array.map fst

    Array.concat [ ends fst; ends (fst >> (~-)); ends snd; ends (snd >> (~-)) ]
    |> Array.distinct

/// Unit vectors of a theory's closed form: row k holds the coordinate of every word along direction k.
let private unitCoordinates (models: Models) theory =
    Superposition.units (models.ClosedForm ConstantLoss.Symmetric theory) models.Vocabulary.Dimension

type private Measured =
    {
        Setting: Setting
        Models: Models
        /// Records of the flow at the moments.
        Records: int array
        /// Simulated places at the moments.
        Places: (float * float) array array
        Found: Superposition
        /// What the search finds in isotropic clouds.
        Clouds: struct (float * float) array
    }

    member it.Flow = it.Models.Watched ConstantLoss.Symmetric

let private measure (setting: Setting) =
    let models, team = Models.Of setting, setting.Team
    let flow = models.Watched ConstantLoss.Symmetric
    let recorded = Models.WatchedTimes ConstantLoss.Symmetric
    let records = moments |> Array.map (fun time -> Array.findIndex ((=) time) recorded)
    setting.Told "concepts: places of the words" 0.0
    let signs = (Sides.spectrum flow.Sides).Eigenvectors

    {
        Setting = setting
        Models = models
        Records = records
        Places =
            records
            |> Array.map (fun record -> coordinates signs (Flow.simulated flow record team))
        Found = Superposition.search (unitCoordinates models Theory.derived) atEachEnd
        Clouds = Superposition.inIsotropicClouds models.Vocabulary.Size atEachEnd setting.Seed
    }

/// Places by a theory at one of the moments.
let private predicted (it: Measured) (flow: Flow) theory moment =
    let time = Flow.kappaTime flow it.Records[moment]
    coordinates (Sides.spectrum flow.Sides).Eigenvectors (Flow.at flow theory time it.Setting.Team)

let private positions (it: Measured) =
    let team, small = it.Setting.Team, it.Models.WatchedSmall ConstantLoss.Symmetric

    let places (flow: Flow) run =
        it.Records
        |> Array.map (fun record -> coordinates (Sides.spectrum flow.Sides).Eigenvectors (run flow record team))

    let smallPlaces = places small Flow.simulated

    let apart seen coarse =
        Array.map2 distance seen coarse |> Curves.worst

    let integration =
        max (apart it.Places (places it.Flow Flow.coarse)) (apart smallPlaces (places small Flow.coarse))

    let condition (flow: Flow) =
        let lambda = (Sides.spectrum flow.Sides).Eigenvalues
        lambda[0] / min (lambda[0] - lambda[1]) (lambda[1] - lambda[2])

    let condition = max (condition it.Flow) (condition small)
    let last = Array.max it.Records

    let rounding =
        max (Flow.rounding it.Flow last) (Flow.rounding small last)
        + 4.0 * float it.Models.Vocabulary.Size * Tolerance.unitRoundoff * condition

    let gap flow seen theory =
        seen
        |> Seq.mapi (fun n places -> distance places (predicted it flow theory n))
        |> Curves.worst

    Gate.exact
        "concepts/positions"
        "The exact solution gives the place of every word in the plane of the model's two leading directions at every shown time."
        $"largest error of a word's place over words and times, in units of the plane's largest radius, of models with d = {it.Flow.Dimension} and {it.Flow.Start.Rows:N0} words and with d = {small.Dimension} and {small.Start.Rows:N0}"
        {
            Bound = integration + rounding
            Because =
                $"integration: the same of flows integrated at least {ConstantWeight.coarseFactor:g} times worse, {integration:g2}, which by the order of the method exceeds the flows' own error about {ConstantWeight.coarseFactor:g} times or more; rounding: 4 V u times the largest exponent plus λ_{{1}} over the smallest gap between the directions, %.0f{condition}, {rounding:g2}"
        }
        (fun theory -> Curves.worst [ gap small smallPlaces theory; gap it.Flow it.Places theory ])
    |> Gate.glimpsed (gap small (Array.truncate 2 smallPlaces))
    |> Flow.setLater

let private superposition (it: Measured) =
    let models, found = it.Models, it.Found

    let nulls =
        Prediction(fun theory ->
            Superposition.nulls
                (models.ClosedForm ConstantLoss.Symmetric theory)
                models.Vocabulary.Dimension
                atEachEnd
                it.Setting.Seed
                it.Clouds)

    Gate.qualitative
        "concepts/superposition"
        "Three concepts share a plane of two directions, at equal angles: more strongly and more regularly than the same search finds without concepts."
        $"threefold strength {Numbers.short found.Strength}; no angle between two arms more than {Numbers.decimals 1 (Superposition.irregularity found)}° off 120°"
        nulls.Of

let private judge it = [ positions it; superposition it ]

/// Words at both ends of some directions, and how many of them the trained model has at the same ends.
let private table (it: Measured) =
    let words, team = it.Models.Words, it.Setting.Team
    let coordinates = unitCoordinates it.Models Theory.derived

    let trained =
        let flow = it.Models.Trained ConstantLoss.Symmetric
        PrincipalDirections.Of(Questions.vectors words (Flow.simulated flow (Flow.last flow) team), team)

    let ends (along: float array) =
        let order =
            Array.init along.Length id |> Array.sortBy (fun word -> -along[word], word)

        Array.truncate atEachEnd order, Array.truncate atEachEnd (Array.rev order)

    let shared k (high: int array) (low: int array) =
        let struct (up, down) = trained.Ends(k, atEachEnd, unit = true)

        let common (a: int array) (b: ScoredWord seq) =
            b |> Seq.filter (fun scored -> Array.contains scored.Word a) |> Seq.length

        // A direction has no sign of its own.
        max (common high up + common low down) (common high down + common low up)

    {
        Caption =
            $"Words at the two ends of directions of M*_{{sym}} (coordinates of unit vectors, d = {it.Models.Vocabulary.Dimension}), and how many of them stand at the same ends of the same direction of the trained model"
        Headings = [ "#direction"; "one end"; "other end"; "#in the trained model" ]
        Rows =
            [
                for k in listed |> Array.filter (fun k -> k <= coordinates.Length) do
                    let high, low = ends coordinates[k - 1]
                    let names = Array.map (fun word -> words[word]) >> String.concat " "

                    [
                        string k
                        names high
                        names low
                        $"{shared (k - 1) high low} of {2 * atEachEnd}"
                    ]
            ]
    }

/// How far the embeddings reach along each direction, beside the authors' notebook of Figure 1.
let private beside (it: Measured) =
    // Means of the ten most extreme coordinates at both ends of the first five directions, the larger size first.
    let paper = [ 1.338, 1.298; 1.133, 1.132; 1.158, 1.097; 1.229, 1.093; 1.215, 1.098 ]
    let extreme, vocabulary = 10, it.Models.Vocabulary

    let v, embeddings =
        vocabulary.Size, it.Models.ClosedForm ConstantLoss.Symmetric Theory.derived

    let ends k =
        let sorted = Array.sub embeddings (k * v) v |> Array.sort
        let low = sorted |> Array.truncate extreme |> Array.average
        let high = sorted |> Array.rev |> Array.truncate extreme |> Array.average
        max (abs low) (abs high), min (abs low) (abs high)

    let list =
        List.map (fun (larger, smaller) -> $"{Numbers.decimals 2 larger} and {Numbers.decimals 2 smaller}")
        >> String.concat "; "

    [
        {
            Quantity =
                $"directions 1 … {paper.Length}: mean size of the {extreme} most extreme coordinates of words at either end, the larger first (theirs: trained, the first 4000 words; ours: closed form)"
            Place = "final 1"
            Paper = list paper
            PaperSetting = PaperValues.wikipedia
            Ours = list (List.init paper.Length ends)
            OurSetting = Vocabulary.here it.Setting vocabulary $"d = {vocabulary.Dimension}"
        }
    ]

// Enough of the words to see the cloud, few enough for a page.
let private stride = 5

let private cloud (places: (float * float) array) =
    places
    |> Array.indexed
    |> Array.filter (fun (word, _) -> word % stride = 0)
    |> Array.map snd

let private within label reach = linear label (Some(-reach, reach))

let private reachOf (places: (float * float) array) =
    1.1 * (places |> Seq.map (fun (x, y) -> max (abs x) (abs y)) |> Seq.max)

/// The plane at several times: the cloud and the names by the exact solution's places, circles at the simulated ones.
let private plane (it: Measured) =
    let words = it.Models.Words
    let theory = Array.init moments.Length (predicted it it.Flow Theory.derived)
    let labelled = extremes 4 (Array.last theory)
    let reach = reachOf (Array.last theory)
    let frames = moments |> Array.map (fun t -> $"t = {t:g} τ₁")

    let moment n =
        let pick (places: (float * float) array) =
            labelled |> Array.map (fun word -> places[word])
        // Names at the origin, all in one place, would say nothing.
        let named =
            labelled |> Array.filter (fun word -> length (theory[n][word]) > 0.25 * reach)

        panel
            frames[n]
            (within "direction 2" reach)
            (within "direction 1" reach)
            [
                series (Some "words, exact solution") (Some 6) (Points 1.1) (cloud theory[n])
                series (Some "labelled words, simulated") (Some 1) (Circles 3.5) (pick it.Places[n])
                series
                    None
                    None
                    (Words(named |> Array.map (fun word -> words[word])))
                    (named
                     |> Array.map (fun word ->
                         let x, y = theory[n][word]
                         x, y + 0.06 * reach))
            ]

    // Root mean squares along both directions, in units of the plane.
    let spread n =
        let rms part =
            theory[n] |> Array.averageBy (fun place -> pown (part place) 2) |> sqrt

        $"{Numbers.short (rms snd)} and {Numbers.short (rms fst)}"

    let spreads =
        [ 0; 1; 2; moments.Length - 1 ]
        |> List.map (fun n -> $"{spread n} at {moments[n]:g} τ_{{1}}")
        |> String.concat ", "

    figure
        "concepts"
        "Words spread along one direction after the other"
        [ "v1 1D"; "final 1" ]
        $"Places of the words along the two leading directions of the embeddings while they train. Dots: exact solution, every {stride}th word. Circles: simulated flow, the words at the ends of the axes at the last time, with their names where they have left the middle."
        $"Clouds of words at {moments.Length} times; their root mean square along directions 1 and 2 is {spreads}."
        2
        (List.ofArray frames)
        (List.init moments.Length moment)

/// The plane that the search finds.
let private arms (it: Measured) =
    let found, words = it.Found, it.Models.Words
    let reach = reachOf found.Places

    let ray (angle: float) =
        let radians = angle * System.Math.PI / 180.0
        [| 0.0, 0.0; 0.95 * reach * cos radians, 0.95 * reach * sin radians |]

    let angles =
        Superposition.between found.Angles
        |> Array.map (Numbers.decimals 0)
        |> String.concat "°, "

    let off = it.Clouds |> Array.averageBy (fun (struct (_, irregular)) -> irregular)

    figure
        "concepts-superposition"
        "The plane with the strongest threefold pattern"
        [ "v1 8" ]
        $"Unit vectors of all words (every {stride}th shown) projected onto the plane of directions {found.First + 1} and {found.Second + 1}, in which the rim has the strongest threefold pattern of all planes searched. Dashed: mean direction of the words that are named at each arm. The search itself puts the arms 120° apart and takes words within 30° of them: in isotropic clouds it finds arms that are at most {Numbers.decimals 0 off}° off on the average."
        $"A cloud of words; the three groups of named words are {angles}° apart."
        1
        []
        [
            panel
                ""
                (within $"direction {found.First + 1}" reach)
                (within $"direction {found.Second + 1}" reach)
                [
                    series None (Some 6) (Points 1.1) (cloud found.Places)

                    for arm in 0..2 do
                        let named = found.Words[arm]
                        series None (Some arm) (Line(Dashed, 1.2)) (ray found.Angles[arm])

                        series
                            None
                            (Some arm)
                            (Words(named |> Array.map (fun word -> words[word])))
                            (named |> Array.map (fun word -> found.Places[word]))
                ]
        ]

let claim =
    claim "concepts" "Concepts: what the directions mean" {
        asks
            "What do the directions that a model learns mean, how do words spread along them during training, and do concepts keep to the axes or share a plane?"

        predicts
            "Direction k is the k-th eigenvector of M*_{sym}, and appears at τ_{k} ≈ ln(λ*_{k}/σ²)/(2κλ*_{k}) (v1 Theorem 4.3): the words are one point before τ_{1}, a line between τ_{1} and τ_{2}, a plane after that. Where each word lies at every time is the exact solution's (`ExactSolution` in `docs/theory.md`). Of concepts that share a plane there is no theory."

        seconds 2 25 60 60
        measures measure
        gates judge

        answer (fun _ verdicts ->
            let arms, places =
                Verdicts.find "concepts/superposition" verdicts, Verdicts.find "concepts/positions" verdicts

            let hardest = Numbers.short (arms.Nulls |> List.map _.P |> List.max)

            let shared =
                if arms.Outcome = Outcome.Confirmed then
                    $"Three concepts share a plane, where clouds without concepts look as regular with p = {hardest} at most"
                else
                    $"Not confirmed: that three concepts share a plane, for clouds without concepts look as regular with p = {hardest}"

            $"""{Verdicts.failedBut [ arms.Id ] verdicts}{shared}; the exact solution gives every word's place in the leading plane to {Numbers.short places.Gap} of its radius.""")

        details (fun it verdicts ->
            let found = it.Found

            let worst =
                (Verdicts.find "concepts/superposition" verdicts).Nulls |> List.maxBy _.P

            $"The plane with the strongest three arms is that of directions {found.First + 1} and {found.Second + 1}. It has a threefold strength of {Numbers.decimals 3 found.Strength}, and its angles are at most {Numbers.decimals 1 (Superposition.irregularity found)}° off 120°. The null model that is hardest to beat ({worst.Name}) does as well with p = {Numbers.short worst.P}. The places of the words are compared in the plane of the two leading directions, at {moments.Length} times.")

        text (fun it ->
            let flow = it.Flow

            [
                $"{Vocabulary.sentence it.Models.Vocabulary} L_{{sym}} with every pair alike, from a Gaussian start of scale σ = {Numbers.short flow.Scale}, d = {flow.Dimension}. Coordinates are those along the model's own principal directions at that time, s_{{k}}u_{{k}}, from a singular value decomposition of the exact solution's embeddings and of the simulated ones. Where two eigenvalues all but coincide, as at the hundredth direction, training of finite length has not told the directions apart, and the words at their ends need not agree."
                $"The plane of three concepts is found by a search over all pairs of the {Superposition.searched} leading directions of the closed form: with r and φ the place of a word's unit vector in the plane, H_{{m}} = Σr⁴e^{{imφ}}/Σr⁴, it is the one of largest |H_{{3}}| − max(|H_{{1}}|, |H_{{2}}|), which is 1 for three equal arms at 120° and at most 0 for a single arm or two crossing axes. The arms are at the phase of H_{{3}}, thus 120° apart by construction; an arm's words are the {atEachEnd} outermost within 30° of it, so that equal angles between their means are half built in. What the search finds is therefore held against what it finds where no concepts are: {Superposition.draws} isotropic clouds of as many words, and the embeddings with the words of every direction shuffled {Superposition.draws} times."
            ])

        quantities (fun it ->
            let found = it.Found

            [
                dimensionless
                    "threefold strength"
                    found.Strength
                    $"|H_{{3}}| − max(|H_{{1}}|, |H_{{2}}|) of directions {found.First + 1} and {found.Second + 1}"
                for n, angle in Array.indexed (Superposition.between found.Angles) do
                    quantity
                        $"angle {n + 1}"
                        angle
                        "degrees"
                        "between the mean directions of two neighbouring concepts; 120 for three equal ones"
            ])

        references beside
        tables (fun it -> [ table it ])
        figures (fun it -> [ plane it; arms it ])
    }
