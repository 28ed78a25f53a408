namespace Qwem.Validation.Claims

open System
open System.Numerics
open Qwem.Reports
open Qwem.Sim.Random
open Qwem.Validation

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

/// The search for three concepts in a plane that two directions could hold at most as two axes, and what it finds where there are none.
module Superposition =

    /// Planes searched: all pairs of so many leading directions.
    let searched = 30

    /// Draws of each null model: none of them may do as well for a p-value of 0.01.
    let draws = 99

    /// Unit vectors of embeddings d x V: the coordinates of every word along the directions that are searched, one row a direction.
    let units (embeddings: float array) d =
        let v = embeddings.Length / d
        let lengths = Array.zeroCreate<float> v

        for e in 0 .. embeddings.Length - 1 do
            lengths[e % v] <- lengths[e % v] + embeddings[e] * embeddings[e]

        Array.init d (fun k -> Array.init v (fun i -> embeddings[k * v + i] / sqrt lengths[i]))

    // sum r^{4-m} (x + iy)^m / sum r^4 for m = 1, 2, 3: a word counts with the fourth power of its distance from the origin. The size is 1
    // when the rim has m equal arms and 0 when it is even.
    let private harmonics (xs: float array) (ys: float array) =
        let mutable weight = 0.0
        let mutable first, second, third = Complex.Zero, Complex.Zero, Complex.Zero

        for i in 0 .. xs.Length - 1 do
            let x, y = xs[i], ys[i]
            let square = x * x + y * y
            let z = Complex(x, y)
            let r, zz = sqrt square, z * z
            weight <- weight + square * square
            first <- first + (square * r) * z
            second <- second + square * zz
            third <- third + r * (zz * z)

        let share (sum: Complex) =
            if weight > 0.0 then sum / Complex(weight, 0.0) else Complex.Zero

        struct (share first, share second, share third)

    /// |H_3| - max(|H_1|, |H_2|): three equal arms give 1; a single one, which has all harmonics, and a crossing of two axes, which has none
    /// of the third, give 0 or less.
    let strength (xs: float array) (ys: float array) =
        let struct (first, second, third) = harmonics xs ys
        third.Magnitude - max first.Magnitude second.Magnitude

    /// The angles between neighbouring directions, which add up to 360 degrees.
    let between (angles: float array) =
        let sorted = Array.sort angles

        Array.init sorted.Length (fun n ->
            let next =
                sorted[(n + 1) % sorted.Length] + (if n + 1 = sorted.Length then 360.0 else 0.0)

            next - sorted[n])

    /// How far the angles between the arms are from 120 degrees, at most.
    let irregularity (found: Superposition) =
        between found.Angles
        |> Array.map (fun angle -> abs (angle - 120.0))
        |> Array.max

    /// The plane of highest strength among all pairs of the first directions. Coordinates of unit vectors, one row a direction.
    let search (coordinates: float array array) each : Superposition =
        let count = min searched coordinates.Length

        let planes =
            [|
                for first in 0 .. count - 2 do
                    for second in first + 1 .. count - 1 do
                        first, second
            |]

        let strengths =
            planes
            |> Array.map (fun (first, second) -> strength coordinates[first] coordinates[second])

        let best = strengths |> Array.indexed |> Array.maxBy (fun (n, s) -> s, -n) |> fst
        let xs, ys = coordinates[fst planes[best]], coordinates[snd planes[best]]
        let struct (_, _, third) = harmonics xs ys
        let arm = third.Phase / 3.0

        let words =
            Array.init 3 (fun n ->
                let angle = arm + 2.0 * Math.PI * float n / 3.0

                // Within 30 degrees of the arm: half of what separates it from the next.
                [| 0 .. xs.Length - 1 |]
                |> Array.filter (fun i ->
                    let along = xs[i] * cos angle + ys[i] * sin angle
                    abs (ys[i] * cos angle - xs[i] * sin angle) < along * tan (Math.PI / 6.0))
                |> Array.sortBy (fun i -> -(xs[i] * xs[i] + ys[i] * ys[i]), i)
                |> Array.truncate each)

        let mean (indices: int array) =
            let total (row: float array) =
                indices |> Array.sumBy (fun i -> row[i])

            Math.Atan2(total ys, total xs) * 180.0 / Math.PI

        {
            First = fst planes[best]
            Second = snd planes[best]
            Strength = strengths[best]
            Places = Array.zip xs ys
            Words = words
            Angles = words |> Array.map mean
        }

    // Every direction's coordinates given to the words in another order: the same directions, none knowing of another.
    let private shuffled (embeddings: float array) d (random: CounterRandom) =
        let v = embeddings.Length / d
        let result = Array.copy embeddings

        for k in 0 .. d - 1 do
            for i in v - 1 .. -1 .. 1 do
                let other = int (float (i + 1) * random.Uniform(uint64 (k * v + i)))
                let kept = result[k * v + i]
                result[k * v + i] <- result[k * v + other]
                result[k * v + other] <- kept

        units result d

    // Independent normal coordinates.
    let private isotropic v (random: CounterRandom) =
        Array.init searched (fun k ->
            Array.init v (fun i ->
                let n = uint64 (2 * (k * v + i))

                sqrt (-2.0 * log (1.0 - random.Uniform n))
                * cos (2.0 * Math.PI * random.Uniform(n + 1UL))))

    let private found each (seed: uint64) stream (cloud: CounterRandom -> float array array) =
        Array.Parallel.init draws (fun n ->
            let it = search (cloud (CounterRandom(seed, uint64 (stream + n)))) each
            struct (it.Strength, irregularity it))

    /// What the search finds in isotropic clouds of so many words.
    let inIsotropicClouds v each seed = found each seed 20_000 (isotropic v)

    /// How often the search finds as much where there are no concepts: in isotropic clouds, and in the embeddings, d x V, with each direction
    /// shuffled by itself.
    let nulls (embeddings: float array) d each seed isotropic =
        let own = search (units embeddings d) each
        let regular = irregularity own

        let against name (clouds: struct (float * float) array) =
            let p doesAsWell =
                float (1 + (clouds |> Array.filter doesAsWell |> Array.length))
                / float (1 + clouds.Length)

            let mean part = clouds |> Array.averageBy part

            [
                {
                    Name = $"{name}: threefold strength"
                    Score = mean (fun (struct (strength, _)) -> strength)
                    P = p (fun (struct (strength, _)) -> strength >= own.Strength)
                }
                {
                    Name = $"{name}: largest deviation of the angles from 120°"
                    Score = mean (fun (struct (_, irregular)) -> irregular)
                    P = p (fun (struct (_, irregular)) -> irregular <= regular)
                }
            ]

        against "isotropic cloud" isotropic
        @ against "directions shuffled among the words" (found each seed 30_000 (shuffled embeddings d))
