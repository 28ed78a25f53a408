namespace Qwem.Validation.Concepts

open Qwem.Reports
open Qwem.Sim.Evaluation
open Qwem.Sim.LinearAlgebra
open Qwem.Validation
open Qwem.Validation.Theorem43
open Qwem.Validation.Embeddings

/// Experiment concepts: what the learned directions mean, and how words spread along them.
module Experiment =

    /// Directions of the table, counted from 1.
    let private listed = [| 1; 2; 3; 4; 5; 6; 10; 20; 50; 100 |]

    let private atEachEnd = 6

    /// t / tau_1 of the moments shown: before the first mode, between modes, and when some twenty have appeared.
    let private moments = [| 0.5; 1.0; 1.2; 1.3; 1.4; 6.0 |]

    /// Planes searched for three concepts: all pairs of so many leading directions.
    let private searched = 30

    /// Unit vectors of the theory's closed form: row k holds the coordinate of every word along direction k.
    let private unitCoordinates (models: Models) =
        let v, d = models.Corpus.Size, models.Corpus.Dimension
        let embeddings = models.ClosedForm Symmetric

        let lengths =
            Array.init v (fun i ->
                Seq.init d (fun k -> embeddings[k * v + i] * embeddings[k * v + i])
                |> Seq.sum
                |> sqrt)

        Array.init d (fun k -> Array.init v (fun i -> embeddings[k * v + i] / lengths[i]))

    let private ends (coordinates: float array) =
        let order =
            Array.init coordinates.Length id
            |> Array.sortBy (fun word -> -coordinates[word], word)

        Array.truncate atEachEnd order, Array.truncate atEachEnd (Array.rev order)

    /// Words at both ends of some directions, and how many of them the trained model has at the same ends.
    let private table (models: Models) (coordinates: float array array) team =
        let words = models.Corpus.Counts.Words

        let trained =
            PrincipalDirections.Of(Questions.vectors words (Flow.simulated (models.Trained Symmetric) 0 team), team)

        let shared k (high: int array) (low: int array) =
            let struct (up, down) = trained.Ends(k, atEachEnd, unit = true)

            let common (a: int array) (b: ScoredWord seq) =
                b |> Seq.filter (fun scored -> Array.contains scored.Word a) |> Seq.length

            // A direction has no sign of its own.
            max (common high up + common low down) (common high down + common low up)

        let rows =
            listed
            |> Array.filter (fun k -> k <= coordinates.Length)
            |> Array.map (fun k ->
                let high, low = ends coordinates[k - 1]
                let names = Array.map (fun word -> words[word]) >> String.concat " "

                [
                    string k
                    names high
                    names low
                    $"{shared (k - 1) high low} of {2 * atEachEnd}"
                ])

        {
            Caption =
                $"Words at the two ends of directions of M*_{{sym}} (coordinates of unit vectors, d = {models.Corpus.Dimension}), and how many of them stand at the same ends of the same direction of the trained model"
            Headings = [ "#direction"; "one end"; "other end"; "#in the trained model" ]
            Rows = List.ofArray rows
        }

    /// Lists, watches, searches and judges.
    let run (setting: Setting) : Section =
        let models, team = Models.Of setting, setting.Team
        let words = models.Corpus.Counts.Words

        let told stage =
            setting.Cancellation.ThrowIfCancellationRequested()
            setting.Progress.Invoke($"concepts: {stage}", 0.0)

        let flow = models.Watched Symmetric
        let recorded = Models.WatchedTimes Symmetric
        let records = moments |> Array.map (fun time -> Array.findIndex ((=) time) recorded)
        told "places of the words"
        let signs = flow.Sides.Eigenvectors
        let first = Sides.firstRealisation flow.Sides flow.Scale

        let theory =
            moments
            |> Array.map (fun time -> Plane.coordinates signs (Predicted.at flow Belief.correct (time * first) team))

        let simulated =
            records
            |> Array.map (fun record -> Plane.coordinates signs (Flow.simulated flow record team))

        let labelled = Plane.extremes 4 (Array.last theory)
        told "gate"
        let verdict = OldGate.evaluate Belief.correct (Plane.gate flow records team)
        let coordinates = unitCoordinates models
        told "search for a superposition"
        let found = Superposition.search (Array.truncate searched coordinates) atEachEnd
        let angles = Superposition.between found.Angles
        told "words of the directions"

        {
            Id = "concepts"
            Title = "Concepts: what the directions mean"
            Question =
                "What do the directions that a model learns mean, how do words spread along them during training, and do concepts keep to the axes or share a plane?"
            Prediction =
                "Direction k is the k-th eigenvector of M*_{sym}, and appears at τ_{k} ≈ ln(λ*_{k}/σ²)/(2κλ*_{k}) (Theorem 4.3): the words are one point before τ_{1}, a line between τ_{1} and τ_{2}, a plane after that. Where each word lies at every time is the exact solution's (`ExactSolution` in `docs/theory.md`)."
            Answer = ""
            Paragraphs =
                [
                    $"{Wording.corpusSentence models.Corpus} L_{{sym}} with every pair alike, from a Gaussian start of scale σ = {Numbers.short flow.Scale}, d = {flow.Dimension}. Coordinates are those along the model's own principal directions at that time, s_{{k}}u_{{k}}, from a singular value decomposition of the exact solution's embeddings and of the simulated ones. Where two eigenvalues all but coincide, as at the hundredth direction, training of finite length has not told the directions apart, and the words at their ends need not agree."
                    $"The plane of three concepts is found by a search over all pairs of the {searched} leading directions: with r and φ the place of a word's unit vector in the plane, H_{{m}} = Σr⁴e^{{imφ}}/Σr⁴, it is the one of largest |H_{{3}}| − max(|H_{{1}}|, |H_{{2}}|), which is 1 for three equal arms at 120° and at most 0 for a single arm or two crossing axes. The arms are at the phase of H_{{3}}; an arm's words are the {atEachEnd} outermost within 30° of it. Nothing in the search asks for the angles between the means of the named words; they are measured."
                ]
            Quantities =
                [
                    Drawing.quantity
                        "threefold strength"
                        found.Strength
                        "1"
                        $"|H_{{3}}| − max(|H_{{1}}|, |H_{{2}}|) of directions {found.First + 1} and {found.Second + 1}"
                    for n, angle in Array.indexed angles do
                        Drawing.quantity
                            $"angle {n + 1}"
                            angle
                            "degrees"
                            "between the mean directions of two neighbouring concepts; 120 for three equal ones"
                ]
            References = References.make setting models
            Tables = [ table models coordinates team ]
            Figures =
                [
                    Figure.plane words labelled moments theory simulated
                    Figure.superposition words found
                ]
            Verdicts = [ verdict ]
        }
