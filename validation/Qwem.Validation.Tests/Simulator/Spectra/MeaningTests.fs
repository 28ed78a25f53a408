/// Parts of the experiments on what the models learn, each against something known.
module Qwem.Validation.Tests.MeaningTests

open System
open Expecto
open Qwem.Sim.LinearAlgebra
open Qwem.Sim.Random
open Qwem.Theory
open Qwem.Validation
open Qwem.Validation.Claims.AlignmentOfAnalogies
open Qwem.Validation.Meaning

let private random draw = Resampling.random 1UL 9 draw

let private gaussian draw rows columns =
    let normal = GaussianSequence(random draw)
    DenseMatrix(rows, columns, Array.init (rows * columns) (fun _ -> normal.Next()))

/// Two families on a made-up vocabulary: in the first all differences agree, in the second none do.
let private differences =
    let d, n = 12, 6
    let words = gaussian 3 (4 * n) d

    for k in 0 .. n - 1 do
        for a in 0 .. d - 1 do
            words[n + k, a] <- words[k, a] + (if a = 0 then 2.0 else 0.0)

    let ids start = Array.init n (fun k -> start + k)

    {
        Dimension = d
        Words = words
        First = Array.append (ids 0) (ids (2 * n))
        Second = Array.append (ids n) (ids (3 * n))
        Families = Array.append (Array.create n 0) (Array.create n 1)
        Count = 2
    }

/// Ten words and their eigen-features, enough to train.
let private learned =
    let v = 10

    {
        Words = Array.init v (fun i -> $"w{i}")
        Eigenvalues = [| 8.0; 5.0; 3.0; 2.0; 1.0 |]
        Eigenvectors = Array.init (5 * v) (fun e -> if e / v = e % v then 1.0 else 0.0)
        Families = [
            {
                Name = "one"
                Pairs = [| 0; 1; 2; 3 |]
            }
        ]
        Sizes = [| 1..5 |]
        Reports = lazy [||]
    }

let tests =
    testList "Meaning" [
        testCase "a shuffle keeps everything, and every order is as likely as every other" (fun () ->
            let draws = 6000

            let orders =
                Array.init draws (fun draw -> Resampling.shuffled (random draw) 3)
                |> Array.countBy List.ofArray

            Expect.hasLength orders 6 ""

            for order, count in orders do
                Expect.equal (List.sort order) ([ 0; 1; 2 ]) ""
                // Six standard deviations of a count of mean 1000.
                Expect.isLessThan (abs (count - draws / 6)) 180 ""

            Expect.notEqual (Resampling.shuffled (random 1) 20) ((Resampling.shuffled (random 2) 20)) "")

        testCase "a quantile is exceeded by the share it is named after" (fun () ->
            let values = Array.init 200 (fun i -> float ((i * 77) % 200))
            Expect.equal (Resampling.quantile 0.99 values) 197.0 ""
            Expect.equal (Resampling.quantile 0.5 [| 3.0; 1.0; 2.0; 4.0 |]) 2.0 ""
            Expect.equal (Resampling.quantile 0.999 [| 3.0; 1.0 |]) 3.0 "")

        testCase "the tabulated law is the law, and eigenvalues at its quantiles are as near as can be" (fun () ->
            let population = Array.init 60 (fun k -> 1.0 / float (k + 1))
            let scaled = population |> Array.map (fun v -> v / Array.average population)

            for table, exact, quantile in
                [
                    (let law = GeneralisedMarchenkoPastur.OfVariances(scaled, 40)
                     Law.generalised Theory.derived population 40, law.Distribution, law.Quantile)
                    (let law = MarchenkoPastur(0.4, 1.0)
                     Law.plain Theory.derived 0.4, law.Distribution, law.Quantile)
                ] do
                for i in 0..200 do
                    let x = table.Lower + (table.Upper - table.Lower) * float i / 200.0
                    // 600 points spaced like Chebyshev's: (pi / 600)^2 / 8 of the curvature.
                    Expect.near (Law.distribution table x) (exact x) (2e-4) ($"at {x}")

                let n = 50
                let ideal = Array.init n (fun i -> quantile ((float i + 0.5) / float n))
                Expect.near (Law.distance table ideal) (0.5 / float n) (4e-4) ""
                Expect.isLessThan (Law.scaledDistance table (ideal |> Array.map (fun x -> 7.0 * x))) 0.03 ""
                Expect.isGreaterThan (Law.distance table (ideal |> Array.map (fun x -> 3.0 * x))) 0.3 "")

        property
            "without their mean N rows of length 1 have N - 1 eigenvalues that sum to N less what the mean takes"
            30
            (fun (seed: Seed) ->
                let random = seed.Random()
                let n, d = random.Next(3, 12), random.Next(2, 9)
                let rows = LinearAlgebraSupport.build n d (fun _ _ -> gauss random)
                let units = Bulk.unit rows

                let mean = Array.init d (fun k -> Seq.init n (fun i -> units[i, k]) |> Seq.average)

                let left = float n * (1.0 - Array.sumBy (fun x -> x * x) mean)
                let eigenvalues = Bulk.ofRows rows

                eigenvalues.Length = n - 1
                && abs (Array.sum eigenvalues - left) < 1e-12 * float n
                && Array.forall2 (>=) eigenvalues[.. n - 3] eigenvalues[1..])

        testCase "random pairs join different words and reach them all" (fun () ->
            let v = 7
            let pairs = Bulk.randomPairs (random 0) v 3000 |> Array.chunkBySize 2
            Expect.isTrue (pairs |> Array.forall (fun pair -> pair[0] <> pair[1])) ""
            // 42 ordered pairs, 71 of each on average.
            Expect.isGreaterThan (pairs |> Array.countBy List.ofArray |> Array.map snd |> Array.min) (71 - 6 * 9) ""
            Expect.equal (Array.distinct pairs |> Array.length) (v * (v - 1)) "")

        testCase "equal differences have cosine 1, and neither other families nor other pairings do" (fun () ->
            let means differences =
                Differences.within differences (Differences.units Theory.derived differences)

            let aligned = means differences
            Expect.near aligned[0] 1.0 (1e-12) ""
            Expect.isLessThan (abs aligned[1]) 0.5 ""
            Expect.isLessThan ((means (Differences.repaired (random 4) differences))[0]) 0.95 ""
            Expect.isLessThan ((means (Differences.dealt (random 4) differences))[0]) 0.95 "")

        testCase "pairs dealt anew keep their family's words and join none with itself" (fun () ->
            // The first words are the second ones in another order.
            let n = 5

            let ring = {
                differences with
                    First = [| 0 .. n - 1 |]
                    Second = Array.init n (fun k -> (k + 1) % n)
                    Families = Array.create n 0
                    Count = 1
            }

            for draw in 0..200 do
                let dealt = Differences.repaired (random draw) ring
                Expect.equal (Array.sort dealt.Second) [| 0 .. n - 1 |] ""
                Expect.isTrue (Array.forall2 (<>) dealt.First dealt.Second) ($"draw {draw}"))

        testCase "a p-value counts what chance reaches, and itself" (fun () ->
            let values = Array.init 99 float
            Expect.near (Resampling.pValue 200.0 values) 0.01 (1e-15) ""
            Expect.near (Resampling.pValue 98.0 values) 0.02 (1e-15) ""
            Expect.near (Resampling.pValue -1.0 values) 1.0 (1e-15) ""
            Expect.near (Resampling.pValue nan values) 1.0 (1e-15) "")

        testCase "the share of the mean and the largest eigenvalue are those of the spectrum" (fun () ->
            let d, n = 20, 9
            let words = gaussian 5 (2 * n) d
            // The second words of a family with something in common.
            for i in 0 .. n - 1 do
                words[2 * i + 1, 0] <- words[2 * i + 1, 0] + 2.0

            let family = {
                Name = "made up"
                Pairs = [| 0 .. 2 * n - 1 |]
            }

            let spectrum = SharedDirection.spectrum Theory.derived words family
            let products = PairProducts.make words d family
            let gram = PairProducts.gram Theory.derived products [| 0 .. n - 1 |]
            let largest = PairProducts.largest gram
            let expected = (spectrum.Eigenvalues())[0] * float d
            Expect.near largest expected (1e-6 * expected) ""
            let share, turned = PairProducts.turned Theory.derived products 200 1UL
            let _, dealt = PairProducts.dealt Theory.derived products 200 1UL
            Expect.near share spectrum.MeanShare (1e-6) ""
            Expect.isLessThan (Array.average turned) (0.7 * share) ""
            Expect.isLessThan (Array.max dealt) 1.0 ""

            for one in [ share; Array.max turned; Array.max dealt ] do
                Expect.inRange one (0.0, 1.0) "")

        testCase "random eigenvectors are orthonormal" (fun () ->
            let team = new Qwem.Sim.Threading.WorkerTeam(1)
            let vectors = Sets.randomEigenvectors 6 15 1UL team
            let products = Dense.product vectors false vectors true team

            for i in 0..5 do
                for j in 0..5 do
                    Expect.near (products[i, j]) (if i = j then 1.0 else 0.0) (1e-12) "")

        testCase "at its half-rise a mode counts as risen, and the mixture lies about it" (fun () ->
            let d, eigenvalues = 5, learned.Eigenvalues
            let variance = Theory.derived.StartVariance EarlyTraining.initialisationScale d

            let time =
                Theory.derived.HalfRiseTime variance eigenvalues[1] / Theory.derived.Kappa 0.25

            let risen = EarlyTraining.risen Theory.derived eigenvalues d
            Expect.equal (risen (1.0001 * time)) 2 ""
            Expect.equal (risen (0.9999 * time)) 1 ""
            Expect.isGreaterThan (risen (2.0 * time)) 2 ""
            Expect.equal (risen 0.0) 0 ""
            Expect.equal (EarlyTraining.mixture Theory.derived eigenvalues d time) (1, 2) "")

        testCase "times are read as they are written, and nothing else is one" (fun () ->
            for text, expected, mode in
                [
                    "1.5tau1", "1.5tau1", 1
                    "2", "2tau1", 1
                    "0tau7", "0tau7", 7
                    "1e-1tau20", "0.1tau20", 20
                ] do
                match TrainingTime.TryParse text with
                | null -> failtest text
                | time ->
                    Expect.equal (string time) expected ""
                    Expect.equal time.Mode mode ""

            for text in
                [
                    ""
                    "tau1"
                    "-1tau1"
                    "1tau0"
                    "1tau"
                    "1tau-1"
                    "1 tau1"
                    "NaN"
                    "1e999"
                    "1tau1tau1"
                    "lots"
                    "1,5"
                ] do
                Expect.isTrue (isNull (TrainingTime.TryParse text)) text)

        testCase "a mode's time is Theorem 4.3's, and one that is never learned has none" (fun () ->
            let eigenvalues = [| 4.0; 1.0; -1.0 |]

            match TrainingTime.TryParse "2tau2", TrainingTime.TryParse "1tau3" with
            | null, _
            | _, null -> failtest "a time was not read"
            | second, third ->
                let sigma = 1e-3
                let time = second.KappaTime(eigenvalues, sigma)
                Expect.near (float time) (Math.Log 1e6) 1e-12 ""
                Expect.isTrue (Double.IsNaN(float (third.KappaTime(eigenvalues, sigma)))) ""
                let s = TrainingTime.SingularValues(eigenvalues, sigma, 0.5 * time)
                Expect.near (s[1] * s[1]) (1.0 / (2.0 - 1e-6)) (1e-12) ""
                Expect.near s[0] 2.0 (1e-12) ""
                Expect.isLessThan s[2] sigma "")
    ]
