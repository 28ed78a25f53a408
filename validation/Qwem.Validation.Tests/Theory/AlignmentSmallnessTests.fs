/// Alignment: Weyl's bound, and how small is small.
module Qwem.Validation.Tests.AlignmentSmallnessTests

open System
open Expecto
open FsCheck.FSharp
open Qwem.Theory
open Qwem.Validation.Tests.Problems
open Qwem.Validation.Tests.Spectra
open Qwem.Validation.Tests.AlignmentSupport

/// Max over time of ||offdiag(R)||_F and of the singular value gap of random starts, sorted.
let private misalignments rows sigma starts =
    let worst = [|
        for seed in 1..starts do
            let solution =
                ExactSolution(spectra, Projection.OfRows(gaussian (Random seed) rows spectra.Length sigma, rows))

            let last = 3.0 * (10.0 - 2.0 * log sigma)

            let states =
                Array.init 160 (fun step -> solution.At(Clock.KappaTime(last * float step / 159.0 * 1.0<etaTime>)))

            let off (state: ExactState) =
                state.EmbeddingsInEigenbasis().ToRows()
                |> Array.mapi (fun at x -> if at % spectra.Length = at / spectra.Length then 0.0 else x)
                |> frobeniusNorm

            struct (largest (Array.map off states),
                    largest (Array.map (fun s -> (Alignment.Gap s).SingularValueGap) states))
    |]

    struct (Array.sort (Array.map (fun (struct (o, _)) -> o) worst),
            Array.sort (Array.map (fun (struct (_, g)) -> g) worst))

let tests =
    testList "Alignment smallness" [
        property "Weyl's bound on singular values holds for the sorted diagonal, always" 200 (fun (p: Problem) ->
            [
                for time in [ 0.0<kappaTime>; 0.3 * p.Time; p.Time; 10.0 * p.Time ] do
                    let state = p.Solution.At time
                    let gap = Alignment.Gap state
                    let r = state.EmbeddingsInEigenbasis().ToRows()

                    let off = Array.mapi (fun at x -> if at % p.Size = at / p.Size then 0.0 else x) r

                    let frobeniusOff = frobeniusNorm off
                    // Reduction and Jacobi: (d + V) roundings of the largest singular value.
                    let rounding = 16.0 * float (p.Rows + p.Size) * u * frobeniusNorm r
                    labelled "Weyl" gap.SingularValueGap (gap.OffDiagonalNorm + rounding)
                    // ||.||_2 between ||.||_F / sqrt d and ||.||_F.
                    labelled "norm at most Frobenius" gap.OffDiagonalNorm (frobeniusOff * (1.0 + 1e-12) + rounding)

                    labelled
                        "norm at least Frobenius / sqrt d"
                        (frobeniusOff / sqrt (float p.Rows))
                        (gap.OffDiagonalNorm * (1.0 + 1e-12) + rounding)

                    labelled "sorting never widens the gap" gap.SingularValueGap (gap.ModeOrderGap + rounding)
            ]
            |> List.reduce (.&.))

        testCase
            "in the order of the modes Weyl's inequality is false, and the diagonal is not the singular values"
            (fun () ->
                // R(0) = diag(1, 2): no off-diagonal part at all.
                let started rows =
                    ExactSolution([| 2.0; 1.0 |], Projection.OfRows(rows: float[][])).At 0.0<kappaTime>

                let state = started [| [| 1.0; 0.0 |]; [| 0.0; 2.0 |] |]
                let gap = Alignment.Gap state
                within "off-diagonal" gap.OffDiagonalNorm 0.0
                within "sorted" gap.SingularValueGap (8.0 * u)
                within "mode order: 1, not 0" (abs (gap.ModeOrderGap - 1.0)) (8.0 * u)
                // "Since R is triangular its singular values are its diagonal": [1 1; 0 1] has the golden ratio and its inverse.
                let sheared = started [| [| 1.0; 1.0 |]; [| 0.0; 1.0 |] |]
                let golden = (1.0 + sqrt 5.0) / 2.0

                within
                    "singular values"
                    (largest (Array.map2 relative (sheared.SingularValues()) [| golden; 1.0 / golden |]))
                    (16.0 * u)

                within "gap" (relative (Alignment.Gap sheared).SingularValueGap (golden - 1.0)) (16.0 * u))

        // ---- How small is small ------------------------------------------------------------------------------------------------
        property
            "the largest sigma is the largest: a little less is enough, a little more is not, and it grows with the accuracy"
            100
            (fun (seed: Seed) ->
                let random = seed.Random()
                let size = random.Next(2, 61)
                let rows = random.Next(1, min size 12 + 1)
                let lambdas = spectrum random size
                lambdas[0] <- lambdas[0] + 1.0 + abs lambdas[0]
                let accuracy = 10.0 ** (-4.0 * random.NextDouble())
                let log' = Alignment.LogLargestSigma(lambdas, rows, accuracy, 0.1)
                let sigma = Alignment.LargestSigma(lambdas, rows, accuracy, 0.1)

                // ln sigma = -1e9 is the end of the search: only a gap 1 - r below 1e-6 can ask for less, (1 - r) ln sigma being a few hundred
                // at most.
                let nearlyRepeated =
                    Seq.exists
                        (fun i ->
                            i < size - 1
                            && lambdas[i] > 0.0
                            && lambdas[i] - lambdas[i + 1] < 1e-6 * lambdas[i])
                        (seq { 0 .. rows - 1 })

                // Scaling: lambda by 4 scales R by 2, hence sigma by 2.
                let scaled =
                    Alignment.LogLargestSigma(Array.map (fun l -> 4.0 * l) lambdas, rows, accuracy, 0.1)

                if Double.IsNegativeInfinity log' then
                    labelled "sigma" sigma 0.0 .&. nearlyRepeated
                elif log' < -300.0 then
                    // Beyond the range of sigma, or nearly so: the logarithm still scales.
                    labelled "sigma" sigma 1e-130
                    .&. (Alignment.LogLargestSigma(lambdas, rows, 2.0 * accuracy, 0.1) >= log')
                    .&. labelled "scaling" (abs (scaled - log' - log 2.0)) (1e-10 * (1.0 + abs log'))
                else
                    (Alignment.IsSmallEnough(lambdas, rows, sigma * (1.0 - 1e-9), accuracy, 0.1))
                    .&. not (Alignment.IsSmallEnough(lambdas, rows, sigma * (1.0 + 1e-9), accuracy, 0.1))
                    .&. (Alignment.LogLargestSigma(lambdas, rows, 2.0 * accuracy, 0.1) > log')
                    .&. labelled "scaling" (abs (scaled - log' - log 2.0)) (1e-10 * (1.0 + abs log')))

        slow (
            testCase
                "at the largest sigma random starts keep the accuracy as often as promised, and the criterion is not idle"
                (fun () ->
                    let rows, starts = 3, 100

                    for failure in [ 0.5; 0.1 ] do
                        for accuracy in [ 0.1; 0.01 ] do
                            let sigma = Alignment.LargestSigma(spectra, rows, accuracy, failure)
                            let scale = accuracy * sqrt spectra[0]
                            let struct (off, _) = misalignments rows sigma starts
                            let missed = off |> Array.filter (fun w -> w > scale) |> Array.length

                            // A binomial of 100 draws with at most this probability stays below its mean plus 5 standard deviations (3e-7).
                            let n = float starts

                            within
                                "starts that miss it"
                                (float missed)
                                (n * failure + 5.0 * sqrt (n * failure * (1.0 - failure)))
                            // Union bounds are worth decades at most: a sigma a million times larger must break it for half of the starts.
                            let struct (larger, _) = misalignments rows (sigma * 1e6) 20
                            Expect.isGreaterThan larger[10] scale "")
        )

        slow (
            testCase
                "the typical misalignment is typical: within a factor of three of the median, at sigma over ten decades"
                (fun () ->
                    for decade in 2..2..12 do
                        let sigma = 10.0 ** -(float decade)
                        let struct (off, _) = misalignments 3 sigma 40
                        let typical = Alignment.TypicalMisalignment(spectra, 3, sigma) * sqrt spectra[0]
                        Expect.inRange (off[20] / typical) (1.0 / 3.0, 3.0) "")
        )

        testCase "repeated positive eigenvalues never align, and nothing needs aligning in one dimension" (fun () ->
            Expect.equal (Alignment.LogLargestSigma([| 1.0; 1.0; 0.5 |], 2, 0.01, 0.1)) Double.NegativeInfinity ""
            Expect.equal (Alignment.LargestSigma([| 1.0; 1.0; 0.5 |], 2, 0.01, 0.1)) 0.0 ""
            Expect.equal (Alignment.LogLargestSigma([| 1.0 |], 1, 0.01, 0.1)) Double.PositiveInfinity ""
            Expect.isTrue (Alignment.IsSmallEnough([| 1.0 |], 1, 1e6, 1e-9, 0.1)) ""
            // Repeated beyond d does not matter: no R_jj competes.
            Expect.isGreaterThan (Alignment.LargestSigma([| 1.0; 0.5; 0.5 |], 1, 0.01, 0.1)) 0.0 "")

        testCase "arguments outside the law are refused by name" (fun () ->
            refusedNaming "eigenvalueJ" (fun () -> Alignment.PeakTime(1.0, 1.0, 1e-9) |> ignore)
            refusedNaming "eigenvalueJ" (fun () -> Alignment.CorrectedPeak(1.0, -0.1, 1e-9, 1e-9) |> ignore)
            refusedNaming "eigenvalueI" (fun () -> Alignment.PaperPeak(0.0, -0.1, 1e-9) |> ignore)
            refusedNaming "initialVariance" (fun () -> Alignment.PaperPeakTime(1.0, 0.5, 0.0) |> ignore)
            refusedNaming "initialSquare" (fun () -> Alignment.CorrectedPeak(1.0, 0.5, 1e-9, -1.0) |> ignore)
            refusedNaming "etaTime" (fun () -> Alignment.LogGrowth(1.0, 0.5, 1e-9, 1e-9, -1.0<etaTime>) |> ignore)
            let factor rows = Projection.OfRows(rows: float[][])
            let lower = factor [| [| 1.0; 0.0 |]; [| 0.5; 1.0 |] |]
            let singular = factor [| [| 1.0; 0.0 |]; [| 0.0; 0.0 |] |]
            refusedNaming "factor" (fun () -> Alignment.Derivative([| 1.0; 0.5 |], lower) |> ignore)
            refusedNaming "factor[1,1]" (fun () -> Alignment.Derivative([| 1.0; 0.5 |], singular) |> ignore)

            refusedNaming "factor" (fun () ->
                Alignment.DroppedByEq75([| 1.0; 0.5 |], factor [| [| 1.0 |] |]) |> ignore)

            refusedNaming "accuracy" (fun () -> Alignment.LargestSigma([| 1.0; 0.5 |], 1, 0.0, 0.1) |> ignore)

            refusedNaming "embeddingDimension" (fun () ->
                Alignment.LargestSigma([| 1.0; 0.5 |], 3, 0.1, 0.1) |> ignore)

            refusedNaming "eigenvalues[0]" (fun () ->
                Alignment.TypicalMisalignment([| -1.0; -2.0 |], 1, 0.1) |> ignore)

            refusedNaming "sigma" (fun () -> Alignment.IsSmallEnough([| 1.0; 0.5 |], 1, 0.0, 0.1, 0.1) |> ignore)

            refusedNaming "failureProbability" (fun () ->
                Alignment.MisalignmentBound([| 1.0; 0.5 |], 1, 0.1, 1.0) |> ignore)

            refusedNaming "kappaTime" (fun () -> Clock.EtaTime(nan * 1.0<kappaTime>) |> ignore)
            refusedNaming "etaTime" (fun () -> Clock.KappaTime(infinity * 1.0<etaTime>) |> ignore)
            within "clock" (abs (float (Clock.KappaTime(Clock.EtaTime 0.3<kappaTime>)) - 0.3)) 0.0)
    ]
