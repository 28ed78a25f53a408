namespace Qwem.Validation.Concepts

open System
open System.Numerics

/// Three concepts in one plane, 120 degrees from each other.
type Superposition =
    {
        /// Directions of the plane, counted from 0.
        First: int
        Second: int
        /// The objective of the search, at most 1.
        Strength: float
        /// Every word's place in the plane.
        Places: (float * float) array
        /// Words at the end of each of the three concepts, the outermost first.
        Words: int array array
        /// Direction of the mean place of each concept's words, degrees.
        Angles: float array
    }

/// The search for three concepts in a plane that two directions could hold at most as two axes.
module Superposition =

    /// A word's place counts with the fourth power of its distance from the origin: what lies at the rim.
    let private rim = 4

    /// |sum r^4 e^{im phi}| / sum r^4, and the argument: 1 when the rim has m equal arms, 0 when it is even.
    let private harmonic m (places: (float * float) array) =
        let mutable sum, weight = Complex.Zero, 0.0

        for x, y in places do
            let r = sqrt (x * x + y * y)

            if r > 0.0 then
                let unit = Complex(x / r, y / r)
                let own = pown r rim
                weight <- weight + own

                let mutable turned = Complex.One

                for _ in 1..m do
                    turned <- turned * unit

                sum <- sum + own * turned

        sum / Complex(weight, 0.0)

    /// |H_3| - max(|H_1|, |H_2|): three equal arms give 1; a single one, which has all harmonics, and a crossing of two axes,
    /// which has none of the third, give 0 or less.
    let strength (places: (float * float) array) =
        let size m = (harmonic m places).Magnitude
        size 3 - max (size 1) (size 2)

    let private degrees (radians: float) = radians * 180.0 / Math.PI

    /// The angles between neighbouring directions, which add up to 360 degrees.
    let between (angles: float array) =
        let sorted = Array.sort angles

        Array.init sorted.Length (fun n ->
            let next =
                sorted[(n + 1) % sorted.Length] + (if n + 1 = sorted.Length then 360.0 else 0.0)

            next - sorted[n])

    /// The plane of highest strength among all pairs of directions. Coordinates of unit vectors: one row per direction.
    let search (coordinates: float array array) each : Superposition =
        let count = coordinates.Length

        let planes =
            [|
                for first in 0 .. count - 2 do
                    for second in first + 1 .. count - 1 do
                        first, second
            |]

        let places (first, second) =
            Array.zip coordinates[first] coordinates[second]

        let strengths = planes |> Array.Parallel.map (places >> strength)
        let best = strengths |> Array.indexed |> Array.maxBy (fun (n, s) -> s, -n) |> fst
        let found = places planes[best]
        let arm = (harmonic 3 found).Phase / 3.0

        let words =
            Array.init 3 (fun n ->
                let angle = arm + 2.0 * Math.PI * float n / 3.0
                let along (x, y) = x * cos angle + y * sin angle
                let across (x, y) = abs (y * cos angle - x * sin angle)

                // Within 30 degrees of the arm: half of what separates it from the next.
                found
                |> Array.indexed
                |> Array.filter (fun (_, place) -> across place < along place * tan (Math.PI / 6.0))
                |> Array.sortBy (fun (word, (x, y)) -> -(x * x + y * y), word)
                |> Array.truncate each
                |> Array.map fst)

        let mean (indices: int array) =
            let total f =
                indices |> Array.sumBy (fun word -> f found[word])

            degrees (Math.Atan2(total snd, total fst))

        {
            First = fst planes[best]
            Second = snd planes[best]
            Strength = strengths[best]
            Places = found
            Words = words
            Angles = words |> Array.map mean
        }
