namespace Qwem.Validation.Concepts

open System
open Qwem.Reports
open Qwem.Validation
open Qwem.Validation.Embeddings

/// The figures of experiment concepts.
module Figure =

    // Enough of the words to see the cloud, few enough for a page.
    let private stride = 5

    let private cloud (places: (float * float) array) =
        places
        |> Array.indexed
        |> Array.filter (fun (word, _) -> word % stride = 0)
        |> Array.map snd

    let private symmetric label reach =
        Drawing.axis label Linear (Some(-reach, reach))

    let private reachOf (places: (float * float) array) =
        1.1 * (places |> Seq.map (fun (x, y) -> max (abs x) (abs y)) |> Seq.max)

    // A name stands above its circle, not on it.
    let private above reach (x: float, y: float) = x, y + 0.06 * reach

    /// One moment: the cloud and the names by the theory's places, circles at the simulated ones.
    let private moment
        (words: string array)
        labelled
        reach
        title
        (theory: (float * float) array)
        (simulated: (float * float) array)
        =
        let pick (places: (float * float) array) =
            labelled |> Array.map (fun word -> places[word])

        let radius (x: float, y: float) = sqrt (x * x + y * y)

        // Names at the origin, all in one place, would say nothing.
        let named =
            labelled |> Array.filter (fun word -> radius theory[word] > 0.25 * reach)

        Drawing.panel
            title
            (symmetric "direction 2" reach)
            (symmetric "direction 1" reach)
            [
                Drawing.series (Some "words, exact solution") (Some 6) (Points 1.1) (cloud theory)
                Drawing.series (Some "labelled words, simulated") (Some 1) (Circles 3.5) (pick simulated)
                Drawing.series
                    None
                    None
                    (Words(named |> Array.map (fun word -> words[word])))
                    (named |> Array.map (fun word -> above reach theory[word]))
            ]

    /// The plane at several times.
    let plane
        words
        labelled
        (times: float array)
        (theory: (float * float) array array)
        (simulated: (float * float) array array)
        =
        let reach = reachOf (Array.last theory)
        let frames = times |> Array.map (fun t -> $"t = {t:g} τ₁")

        Drawing.figure
            "concepts"
            "Words spread along one direction after the other"
            [ "v1 1D"; "final 1" ]
            $"Places of the words along the two leading directions of the embeddings while they train. Dots: exact solution, every {stride}th word. Circles: simulated flow, the words at the ends of the axes at the last time, with their names where they have left the middle."
            "First all words are one point, then they lie on a vertical line, then they fill a plane; the circles of the simulation lie on their words."
            2
            (List.ofArray frames)
            (List.init times.Length (fun n -> moment words labelled reach frames[n] theory[n] simulated[n]))

    /// Three concepts in one plane.
    let superposition (words: string array) (found: Superposition) =
        let reach = reachOf found.Places

        let ray (angle: float) =
            let radians = angle * Math.PI / 180.0
            let length = 0.95 * reach
            [| 0.0, 0.0; length * cos radians, length * sin radians |]

        Drawing.figure
            "concepts-superposition"
            "Three concepts share a plane"
            [ "v1 8" ]
            $"Unit vectors of all words (every {stride}th shown) projected onto the plane of directions {found.First + 1} and {found.Second + 1}, in which the rim has the strongest threefold pattern of all planes searched. Dashed: mean direction of the words that are named at each arm."
            "A cloud of words with three arms at about equal angles, each with its own words."
            1
            []
            [
                Drawing.panel
                    ""
                    (symmetric $"direction {found.First + 1}" reach)
                    (symmetric $"direction {found.Second + 1}" reach)
                    [
                        Drawing.series None (Some 6) (Points 1.1) (cloud found.Places)

                        for arm in 0..2 do
                            Drawing.series None (Some arm) (Line(Dashed, 1.2)) (ray found.Angles[arm])

                            Drawing.series
                                None
                                (Some arm)
                                (Words(found.Words[arm] |> Array.map (fun word -> words[word])))
                                (found.Words[arm] |> Array.map (fun word -> found.Places[word]))
                    ]
            ]
