module Qwem.Validation.Tests.FamilySpectrumTests

open System
open Expecto
open FsCheck.FSharp
open Qwem.Theory
open Qwem.Validation.Tests.Problems

let private drawn (random: Random) =
    let rows = random.Next(1, 25)
    let columns = random.Next(1, 40)
    let shift = 2.0 * random.NextDouble()
    let r = Array.init (rows * columns) (fun _ -> shift + gauss random)
    struct (r, rows, columns)

let tests =
    testList "Family spectrum" [
        property "signal-to-noise, mean share and participation keep their bounds" 100 (fun (seed: Seed) ->
            let struct (r, rows, columns) = drawn (seed.Random())
            let spectrum = FamilySpectrum(r, rows, columns)
            let slack = 1.0 + 64.0 * float (rows + columns) * u
            let ipr = spectrum.InverseParticipationRatio()
            let smaller = float (min rows columns)

            labelled "SNR at least 1" (1.0 / spectrum.SignalToNoise) slack
            .&. labelled "SNR at most min(N, d)" (spectrum.SignalToNoise / smaller) slack
            .&. labelled "rank" (float spectrum.Rank) smaller
            .&. labelled "mean share at most 1" spectrum.MeanShare slack
            .&. labelled "IPR at most 1" ipr slack
            .&. labelled "IPR at least 1/d" (1.0 / (ipr * float columns)) slack
            .&. labelled "localisation sums to 1" (abs (Array.sum (spectrum.Localisation()) - 1.0)) (slack - 1.0))

        property "eigenvalues have the trace and do not see rotations of the embedding space" 100 (fun (seed: Seed) ->
            let struct (r, rows, columns) = drawn (seed.Random())
            let spectrum = FamilySpectrum(r, rows, columns)
            let values = spectrum.Eigenvalues()
            let trace = Array.sumBy (fun x -> x * x) r / float columns

            let rotated =
                FamilySpectrum(multiply rows columns columns r (orthogonal (seed.Random()) columns), rows, columns)

            // Symmetric eigenvalues: backward error of a modest multiple of (N + d) u times the largest.
            let bound = 64.0 * float (rows + columns) * u * trace

            labelled "trace" (abs (Array.sum values - trace)) bound
            .&. labelled
                    "rotation"
                    (largest (Array.map2 (fun a b -> abs (a - b)) values (rotated.Eigenvalues())))
                    bound
            .&. labelled "zeros beyond d" (largest (values |> Array.skip (min rows columns) |> Array.map abs)) 0.0
            .&. labelled "one per row" (abs (float (values.Length - rows))) 0.0
            .&. labelled
                    "mean share"
                    (abs (rotated.MeanShare - spectrum.MeanShare))
                    (64.0 * float (rows + columns) * u))

        testCase "orthonormal rows have signal-to-noise one, and agreeing rows the discontinuity" (fun () ->
            let random = Random 5
            let q = orthogonal random 30
            // Any 12 rows of an orthogonal matrix.
            within
                "orthonormal"
                (abs (FamilySpectrum(q[.. 12 * 30 - 1], 12, 30).SignalToNoise - 1.0))
                (64.0 * 42.0 * u)

            let row = Array.init 30 (fun _ -> gauss random)
            let equal = Array.init (12 * 30) (fun at -> row[at % 30])
            let same = FamilySpectrum(equal, 12, 30)
            Expect.equal same.Rank 1 ""
            within "equal rows" (abs (same.SignalToNoise - 1.0)) (64.0 * 42.0 * u)
            within "equal rows: all mean" (abs (same.MeanShare - 1.0)) (64.0 * 42.0 * u)

            for struct (rows, columns) in [ struct (12, 30); struct (30, 12) ] do
                let noisy =
                    Array.init (rows * columns) (fun at -> row[at % columns] + 1e-4 * gauss random)

                let spectrum = FamilySpectrum(noisy, rows, columns)
                let smaller = float (min rows columns)
                Expect.equal spectrum.Rank (min rows columns) ""

                // lambda_max / Tr = 1 - (share of the other directions) >= 1 - 1e-8 N d / (N |row|^2), doubled.
                let noise =
                    2.0 * 1e-8 * float columns / Array.sumBy (fun x -> x * x) row[.. columns - 1]

                within
                    $"{rows} nearly equal rows in {columns} dimensions"
                    (smaller - spectrum.SignalToNoise)
                    (smaller * noise))

        testCase "participation is one over d for an even mean and one for a single feature" (fun () ->
            let even = FamilySpectrum(Array.create 12 3.0, 3, 4)
            within "even" (abs (even.InverseParticipationRatio() - 0.25)) (16.0 * u)
            let single = FamilySpectrum([| 0.0; 2.0; 0.0; 0.0; -5.0; 0.0 |], 2, 3)
            within "single" (abs (single.InverseParticipationRatio() - 1.0)) (16.0 * u)
            Expect.isTrue (single.Localisation() = [| 0.0; 1.0; 0.0 |]) "")

        testCase "differences are those of the truncated theoretical embeddings" (fun () ->
            let random = Random 11
            let words, modes = 9, 9
            let vectors = orthogonal random words
            let eigenvalues = [| 4.0; 3.0; 2.5; 1.0; 0.5; 0.25; 0.0; -1.0; -2.0 |]
            let first, second = [| 0; 3; 5 |], [| 1; 4; 0 |]
            let full = FamilySpectrum.OfPairs(eigenvalues, vectors, first, second, modes)
            let mutable worst = 0.0

            // Inner products of embeddings are entries of the positive part of the target: R R' from M alone.
            let entry d i j =
                Seq.sum (
                    seq {
                        for k in 0 .. d - 1 -> max 0.0 eigenvalues[k] * vectors[k * words + i] * vectors[k * words + j]
                    }
                )

            for d in 1..modes do
                let family = FamilySpectrum.OfPairs(eigenvalues, vectors, first, second, d)
                let cut = full.Truncated d
                Expect.isTrue (cut.Differences() = family.Differences()) ""
                let r = family.Differences()

                for n in 0..2 do
                    for m in 0..2 do
                        let product = Seq.sum (seq { for k in 0 .. d - 1 -> r[n * d + k] * r[m * d + k] })

                        let expected =
                            entry d second[n] second[m]
                            - entry d second[n] first[m]
                            - entry d first[n] second[m]
                            + entry d first[n] first[m]

                        worst <- max worst (abs (product - expected))

            // Nine products of magnitude at most four, four times.
            within "Gram matrix" worst (4.0 * 9.0 * 4.0 * 8.0 * u)

            for n in 0..2 do
                Expect.equal (full.Differences()[n * modes + 7]) 0.0 "")

        property
            "the effective dimension gives the plain law the generalised law's second moment"
            100
            (fun (seed: Seed) ->
                let random = seed.Random()
                let d = random.Next(1, 40)
                let v = Array.init d (fun _ -> 10.0 ** (3.0 * random.NextDouble()))
                let rows = random.Next(1, 100)
                let effective = FamilySpectrum.EffectiveDimension v
                let law = GeneralisedMarchenkoPastur.OfVariances(v, rows)
                let plain = MarchenkoPastur(float rows / effective, law.Moment 1)
                let bound = 16.0 * float (d + 8) * u

                labelled "second moment" (relative (plain.Moment 2) (law.Moment 2)) bound
                .&. labelled "at least 1" (1.0 / effective) (1.0 + bound)
                .&. labelled "at most d" (effective / float d) (1.0 + bound))

        testCase "column variances estimate the population without bias" (fun () ->
            let v = [| 4.0; 1.0; 0.25 |]
            let random = Random 21
            let runs = 400

            let estimates =
                Array.init runs (fun _ ->
                    FamilySpectrum(Array.init 30 (fun at -> 2.0 + sqrt v[at % 3] * gauss random), 10, 3)
                        .ColumnVariances())

            for k in 0..2 do
                // Variance of one estimate: 2 v^2 / (N - 1).
                let error = v[k] * sqrt (2.0 / 9.0 / float runs)

                within
                    $"column {k}, seed 21"
                    (abs (Array.averageBy (fun (e: float[]) -> e[k]) estimates - v[k]))
                    (6.0 * error))

        testCase "families that are none are refused" (fun () ->
            let family (r: float[]) rows columns () =
                FamilySpectrum(r, rows, columns) |> ignore

            let pairs (first: int[]) (second: int[]) dimension () =
                FamilySpectrum.OfPairs([| 2.0; 1.0 |], [| 1.0; 0.0; 0.0; 1.0 |], first, second, dimension)
                |> ignore

            refusedNaming "rows" (family [||] 0 1)
            refusedNaming "columns" (family [||] 1 0)
            refusedNaming "differences" (family [| 1.0 |] 1 2)
            refusedNaming "differences" (family [| 0.0; 0.0 |] 1 2)
            refusedNaming "differences[1]" (family [| 0.0; nan |] 1 2)
            refusedNaming "secondWords" (pairs [| 0 |] [||] 1)
            refusedNaming "firstWords[0]" (pairs [| 2 |] [| 0 |] 1)
            refusedNaming "dimension" (pairs [| 1 |] [| 0 |] 3)
            refusedNaming "rows" (pairs [||] [||] 1)
            refusedNaming "dimension" (fun () -> FamilySpectrum([| 1.0 |], 1, 1).Truncated 2 |> ignore)
            refusedNaming "rows" (fun () -> FamilySpectrum([| 1.0 |], 1, 1).ColumnVariances() |> ignore)
            refusedNaming "variances" (fun () -> FamilySpectrum.EffectiveDimension [| 0.0 |] |> ignore)

            refusedNaming "differences" (fun () ->
                FamilySpectrum([| 1.0; -1.0 |], 2, 1).InverseParticipationRatio() |> ignore))
    ]
