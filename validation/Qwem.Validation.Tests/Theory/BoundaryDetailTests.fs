/// Values at and beside the boundaries of what is allowed, and cases of one mode, one row, one interval more or less.
module Qwem.Validation.Tests.BoundaryDetailTests

open System
open Expecto
open Qwem.Theory
open Qwem.Validation.Tests.DetailSupport

let private projection (values: float[]) rows = Projection.OfRows(values, rows)

let tests =
    testList "Boundaries in detail" [
        testCase "half-rises keep their digits next to half height, logarithms next to overflow"
        <| fun () ->
            for excess in [ 1e-12; 1e-6; -1e-12; 0.4999; 0.5001; -0.4999; -0.5001 ] do
                let lambda = 2.0 + excess
                // lambda / s - 1 = 1 + excess exactly: 2 + excess - 1 - 1.
                let exact = lambda - 2.0

                let expected =
                    if abs exact < 1e-3 then
                        exact - exact * exact / 2.0 + exact ** 3.0 / 3.0
                    else
                        log (1.0 + exact)

                agrees
                    1e2
                    (float (AlignedSolution.HalfRiseTime(1.0, lambda)))
                    (expected / (2.0 * lambda))
                    $"excess %g{excess}"

            for share in [ 1e-12; -1e-12; 1e-6 ] do
                let lambda = 6.0 * (1.0 + share)
                let exact = (lambda - 6.0) / 3.0

                agrees
                    1e2
                    (float (AlignedSolution.HalfRiseTime(3.0, lambda)))
                    ((exact - exact * exact / 2.0 + exact ** 3.0 / 3.0) / (2.0 * lambda))
                    $"three of six and %g{share}"

            // 2 lambda t = 1.796e308 is still a double.
            agrees 1e4 (AlignedSolution.LogVariance(1.0, 0.898e308, 1.0<kappaTime>)) (log 0.898e308) "saturated"

            Expect.throws
                (fun () -> AlignedSolution.LogVariance(1.0, 0.9e308, 1.0<kappaTime>) |> ignore)
                "2 lambda t is none"

        testCase "gaps whose largest entry is not the first, and in tiny units"
        <| fun () ->
            for unit in [ 1.0; 1e-305; 1e280 ] do
                let gap rows size values =
                    Alignment.Gap(
                        ExactSolution(
                            [| for k in 1..size -> 1.0 / float k |],
                            projection (Array.map ((*) unit) values) rows
                        )
                            .At
                            0.0<kappaTime>
                    )

                let second = gap 2 4 [| 2.0; 0.0; 0.0; 0.0; 0.0; 1.0; 0.0; 0.75 |]
                agrees 1e3 second.OffDiagonalNorm (0.75 * unit) "norm in the second row"
                agrees 1e3 second.SingularValueGap (0.25 * unit) "gap of the second value"
                agrees 1e3 second.ModeOrderGap (0.25 * unit) "in the order of the modes"
                let first = gap 2 4 [| 2.0; 0.0; 0.0; 1.5; 0.0; 1.0; 0.0; 0.0 |]
                agrees 1e3 first.OffDiagonalNorm (1.5 * unit) "norm in the first row"
                agrees 1e3 first.SingularValueGap (0.5 * unit) "gap of the first value"
                let swapped = gap 3 3 [| 1.0; 0.0; 0.0; 0.0; 2.0; 0.0; 0.0; 0.0; 3.0 |]
                Expect.equal (swapped.OffDiagonalNorm, swapped.SingularValueGap) (0.0, 0.0) "diagonal"
                agrees 1e3 swapped.ModeOrderGap (2.0 * unit) "the order of the modes is not that of size"

        testCase "balance, ranks and shapes of the asymmetric flow"
        <| fun () ->
            Expect.equal
                (AsymmetricSolution.BalanceTolerance(2, 3, 4))
                (Math.ScaleB(144.0, -53))
                "sixteen units for every row and column"

            let spectrum = TargetSingularSpectrum([| 1.0 |], [| 1.0 |], [| 1.0 |])

            let flow (left: float[]) (right: float[]) d =
                AsymmetricSolution(spectrum, Embeddings.OfRows(left, d), Embeddings.OfRows(right, d))

            Expect.equal (flow [| 0.5; 0.0 |] [| 0.5; 0.0 |] 2).EmbeddingDimension 2 "d = m + n"

            refusedSaying "d = 3; allowed: at most m + n = 2" (fun () ->
                flow [| 0.5; 0.0; 0.0 |] [| 0.5; 0.0; 0.0 |] 3 |> ignore)

            Expect.equal
                (AsymmetricSolution.Imbalance(Embeddings.OfRows([| 0.0 |], 1), Embeddings.OfRows([| 0.0 |], 1)))
                0.0
                "nothing is balanced"

            agrees
                10.0
                (AsymmetricSolution.Imbalance(Embeddings.OfRows([| 2.0 |], 1), Embeddings.OfRows([| 1.0 |], 1)))
                0.6
                "(4 - 1) / (4 + 1)"

        testCase "targets' norms to a billionth, times and modes from zero on"
        <| fun () ->
            let solution = ExactSolution([| 2.0; 1.0 |], projection [| 0.5; 0.1; 0.0; 0.5 |] 2)
            let state = solution.At 0.0<kappaTime>
            state.Loss(5.0 * (1.0 - 0.9e-9)) |> ignore

            refusedSaying "squaredFrobeniusNormOfTarget = 4.9; allowed: at least 5" (fun () -> state.Loss 4.9 |> ignore)

            Expect.throws (fun () -> state.Loss(5.0 * (1.0 - 1.1e-9)) |> ignore) "beyond a billionth"

            for place in 0..1 do
                refusedSaying $"kappaTimes[%d{place}] = -1; allowed: non-negative finite numbers" (fun () ->
                    solution.AtMany(Array.init 2 (fun i -> if i = place then -1.0<kappaTime> else 1.0<kappaTime>))
                    |> ignore)

            refusedSaying "eigenvalues is empty; allowed: length V of 1 or more" (fun () ->
                ExactSolution([||], projection [| 1.0 |] 1) |> ignore)

            refusedSaying "initial has d = 2 dimensions; allowed: 1 to V = 1" (fun () ->
                ExactSolution([| 1.0 |], projection [| 1.0; 0.5 |] 2) |> ignore)

            refusedSaying
                "initial: d x V = 1 x 2; expected V = 1 modes (OfRows and OfWords say which index is which)"
                (fun () -> ExactSolution([| 1.0 |], projection [| 1.0; 0.5 |] 1) |> ignore)

            let stairs norm () =
                LossStaircase([| 0.1; 0.1 |], [| 2.0; 1.0 |], norm) |> ignore

            stairs (5.0 * (1.0 - 0.9e-9)) ()
            Expect.throws (stairs (5.0 * (1.0 - 1.1e-9))) "beyond a billionth"

            // Overlaps sort singular values, not rows: here the second row is the longer one.
            let crossed =
                ExactSolution([| 2.0; 1.0; 0.5 |], projection [| 0.1; 0.0; 0.0; 0.0; 0.9; 0.0 |] 2).At 0.0<kappaTime>

            allAgree 10.0 (crossed.SingularValues()) [| 0.9; 0.1 |] "singular values"
            allAgree 10.0 (crossed.EigenspaceOverlaps()) [| 0.0; 1.0 |] "the leading direction is the second mode"
            // A start of lower rank.
            let flat =
                ExactSolution([| 2.0; 1.0; 0.5 |], projection [| 0.5; 0.25; 0.0; 0.0; 0.0; 0.0 |] 2)

            Expect.equal flat.Rank 1 "rank"
            agrees 100.0 ((flat.At 0.0<kappaTime>).SingularValues()[0]) (sqrt 0.3125) "its only singular value"

        testCase "laws of three intervals: plateaus, gaps and quantiles"
        <| fun () ->
            for unit in [ 1.0; 1000.0 ] do
                let values = [| 0.01; 1.0; 100.0 |] |> Array.map ((*) unit)
                let law = GeneralisedMarchenkoPastur(values, [| 0.5; 0.3; 0.2 |], 20.0)
                let edges = law.Edges()
                // N / d = 20: of the N eigenvalues a share (weight / 20) lies in each interval, the rest at zero.
                Expect.equal edges.Length 6 "three intervals"
                let plateaus = [| 0.95; 0.975; 0.99; 1.0 |]
                agrees 1e3 law.MassAtZero plateaus[0] "mass at zero"

                for gap in 0..1 do
                    let x = sqrt (edges[2 * gap + 1] * edges[2 * gap + 2])
                    agrees 1e3 (law.Distribution x) plateaus[gap + 1] $"plateau %d{gap}"
                    Expect.equal (law.Density x) 0.0 "no density in a gap"
                    // At an edge itself the gap has begun.
                    agrees 1e3 (law.Distribution edges[2 * gap + 1]) plateaus[gap + 1] "at the upper edge"
                    agrees 1e3 (law.Distribution edges[2 * gap + 2]) plateaus[gap + 1] "at the next lower edge"

                for interval in 0..2 do
                    for share in [ 0.1; 0.5; 0.9 ] do
                        let p = plateaus[interval] + share * (plateaus[interval + 1] - plateaus[interval])
                        let x = law.Quantile p
                        Expect.isTrue (edges[2 * interval] < x && x < edges[2 * interval + 1]) $"quantile %g{p}"
                        agrees 1e6 (law.Distribution x) p "and back"
                        Expect.isGreaterThan (law.Density x) 0.0 "density"

                agrees 1e7 (law.Quantile 1.0) edges[5] "the highest, where the distribution is flat"
                Expect.equal (law.Quantile 0.0, law.Quantile 0.95) (0.0, 0.0) "at zero"

                Expect.equal
                    (law.Distribution 0.0, law.Distribution edges[0])
                    (law.MassAtZero, law.MassAtZero)
                    "up to the lowest edge"

                refusedSaying "probability = 1.0005; allowed: 0 to 1" (fun () -> law.Quantile 1.0005 |> ignore)
                let narrow = GeneralisedMarchenkoPastur(values, [| 0.5; 0.3; 0.2 |], 0.001)
                agrees 1e3 (narrow.Quantile 0.0) (narrow.Edges()[0]) "lowest edge, no mass at zero"
                Expect.isLessThan (narrow.Quantile 1e-6 / narrow.Quantile 0.0) 1.001 "close to it"

        testCase "the plain law at its edges, with a hard edge, and in other moments"
        <| fun () ->
            let hard = MarchenkoPastur(1.0, 2.0)
            Expect.equal (hard.Density 0.0) infinity "hard edge"
            agrees 1e3 (hard.Density 0.0005) (sqrt ((8.0 - 0.0005) / 0.0005) / (4.0 * Math.PI)) "next to it"

            for ratio in [ 0.25; 1.0; 4.0 ] do
                let law = MarchenkoPastur(ratio, 2.0)
                Expect.equal (law.Density law.UpperEdge) 0.0 "upper edge"
                Expect.equal (law.Distribution law.UpperEdge) 1.0 "all"

                if ratio <> 1.0 then
                    Expect.equal (law.Density law.LowerEdge) 0.0 "lower edge"

                Expect.equal (law.Distribution law.LowerEdge) law.MassAtZero "none of the continuous part"
                Expect.equal (law.Quantile 1.0) law.UpperEdge "the highest"
                Expect.equal (law.Quantile law.MassAtZero) (if ratio > 1.0 then 0.0 else law.LowerEdge) "the lowest"
                agrees 1e5 (law.Distribution(law.Quantile 0.9995)) 0.9995 "near the upper end"
                refusedSaying "probability = 1.0005; allowed: 0 to 1" (fun () -> law.Quantile 1.0005 |> ignore)

                let moments = [
                    2.0
                    4.0 * (1.0 + ratio)
                    8.0 * (1.0 + 3.0 * ratio + ratio * ratio)
                    16.0 * (1.0 + 6.0 * ratio + 6.0 * ratio * ratio + ratio ** 3.0)
                ]

                moments
                |> List.iteri (fun at m -> agrees 100.0 (law.Moment(at + 1)) m $"moment %d{at + 1}")

        testCase "half-rises without separation, with flat modes, and not yet saturated"
        <| fun () ->
            let half separation : HalfRise = {
                AlignedTime = 1.0<etaTime>
                Time = 1.0<etaTime>
                VarianceShift = 0.1
                Terms = 0.25
                Coupling = 0.5
                Separation = separation
            }

            Expect.equal ((half 0.0).Neglected, (half -1.0).Neglected) (infinity, infinity) "not separated"
            Expect.equal (half 0.5).Neglected 0.5 "terms (root + coupling) / separation"
            // A later mode with eigenvalue zero, or next to it, lags by R_kj^2 time / (saturation of k).
            for flat in [ 0.0; 1e-12; 0.9e-9 ] do
                let law = HalfRiseLaw.Of([| 2.0; flat |], projection [| 0.01; 0.02 |] 1, 0)
                let time = float law.AlignedTime
                let gained = 4.0 * exp (-2.0 * time) * (1.0 + flat * time)

                let lag =
                    4e-4 * time * (1.0 + flat * time / 2.0)
                    / (1.0 + 1e-4 * (exp (2.0 * time) - 1.0) / 2.0)

                agrees 1e6 law.VarianceShift (gained - lag) $"eigenvalue %g{flat}"

            refusedSaying "R_kk^2(0) = 4; allowed: above 0 and below lambda*_k / 2 = 1.5" (fun () ->
                HalfRiseLaw.Of([| 3.0; 1.0 |], projection [| 2.0; 0.1 |] 1, 0) |> ignore)

        testCase "families from pairs in any order, with words that are not known"
        <| fun () ->
            let family = AnalogyFamily.FromPairs [| 1; 0; 3; 2; -1; 5; 4; -1; 1; 0 |]
            Expect.equal (family.Pairs()) [| 1; 0; 3; 2 |] "known and different"

            Expect.equal
                (family.PairCount, family.QuestionCount, family.Discarded)
                (2, 2, 10)
                "two of four pairs: 12 questions less 2"

            Expect.equal (family.Questions()) [| 1; 0; 3; 2; 3; 2; 1; 0 |] "each asks the other"
            Expect.equal (string family) "analogy family, pairs: 2, questions: 2, discarded: 10" "its text"

            refusedSaying "pairs has 1 distinct known pairs; allowed: 2 or more" (fun () ->
                AnalogyFamily.FromPairs [| 0; 1; 0; 1 |] |> ignore)

            refusedSaying "pairs pairs word 2 with itself; allowed: different words" (fun () ->
                AnalogyFamily.FromPairs [| 0; 1; 2; 2 |] |> ignore)

            refusedSaying "questions has 3 entries; expected a multiple of four" (fun () ->
                AnalogyFamily.FromQuestions [| 0; 1; 2 |] |> ignore)

        testCase "proportions at the ends of their ranges"
        <| fun () ->
            Expect.equal
                (string (TargetSpectrum([| 6.0; 5.0; 4.0; 3.0; 2.0; 1.0 |], Array.zeroCreate 36)))
                "spectrum, V = 6: lambda* = 6, 5, 4, 3, 2, 1"
                "six numbers are all"

            refusedSaying "weights[0] = 0; allowed: positive finite numbers" (fun () ->
                RankOneWeights([| 0.0 |], [| 1.0 |]) |> ignore)

            refusedSaying "trials = 0; allowed: 1 or more" (fun () -> ProportionEstimate(0L, 0L) |> ignore)

            refusedSaying "successes = -1; allowed: 0 to trials = 1" (fun () -> ProportionEstimate(-1L, 1L) |> ignore)

            refusedSaying "successes = 2; allowed: 0 to trials = 1" (fun () -> ProportionEstimate(2L, 1L) |> ignore)
            let none, all = ProportionEstimate(0L, 4L), ProportionEstimate(4L, 4L)
            Expect.equal (none.Value, all.Value, none.Lower 0.1, all.Upper 0.1) (0.0, 1.0, 0.0, 1.0) "none and all"
            agrees 1e6 (none.Upper 0.0625) 0.5 "(1 - p)^4 = 1/16"
            agrees 1e6 (all.Lower 0.0625) 0.5 "p^4 = 1/16"
            // One of two: 1 - (1 - p)^2 = 0.19 at p = 0.1, and p^2 = ... from the other side.
            agrees 1e6 (ProportionEstimate(1L, 2L).Lower 0.19) 0.1 "one of two or more"
            agrees 1e6 (ProportionEstimate(1L, 2L).Upper 0.19) 0.9 "one of two or fewer"

            for risk in [ 0.0; 0.5; -0.1; 0.5002 ] do
                Expect.throws (fun () -> none.Upper risk |> ignore) $"risk %g{risk}"
                Expect.throws (fun () -> none.Lower risk |> ignore) $"risk %g{risk}"

            agrees 1e6 (all.Lower 0.499999) (Math.Pow(0.499999, 0.25)) "just below one half"

        testCase "scores far from zero, whichever is the largest"
        <| fun () ->
            let corpus =
                CorpusStatistics([| 0.5; 0.25; 0.25 |], [| 0.25; 0.125; 0.125; 0.125; 0.125; 0.0; 0.125; 0.0; 0.125 |])

            for place in 0..2 do
                let model = Array.init 9 (fun e -> if e % 3 = place then 1000.0 else 0.0)
                let linear = Array.sum (Array.map2 (*) (corpus.Joint()) model)
                let p = (corpus.Unigram())[place]

                agrees
                    1e3
                    (InfoNceLoss(corpus, 1.0).Evaluate model)
                    (1000.0 + log p - linear)
                    $"all weight on word %d{place}"

                let scores = Array.init 4 (fun k -> if k = place + 1 then 1000.0 else -1000.0)
                agrees 4.0 (InfoNceLoss.Term(scores, 0, 1.0)) 2000.0 "one sample above all"
                let deep = Array.init 4 (fun k -> if k = place + 1 then -1000.0 else -2000.0)
                agrees 4.0 (InfoNceLoss.Term(deep, 0, 1.0)) 1000.0 "all far below zero"
                let width = Array.init 9 (fun e -> if e % 3 = place then -2.0 else 1.0)
                agrees 10.0 (InfoNceLoss(corpus, 1.0).Bound width) (27.0 / (36.0 * sqrt 3.0)) "three wide"

        testCase "targets of information, word pair by word pair"
        <| fun () ->
            let corpus = CorpusStatistics([| 0.75; 0.25 |], [| 0.5; 0.25; 0.25; 0.0 |])
            let log' p q = log (p / q)
            let plain = [| log' 0.5 0.5625; log' 0.25 0.1875; log' 0.25 0.1875; -7.0 |]
            allAgree 10.0 (Target.OfMutualInformation(-7.0).Matrix corpus) plain "PMI"
            allAgree 10.0 (Target.PositiveMutualInformation.Matrix corpus) [| 0.0; plain[1]; plain[2]; 0.0 |] "PMI+"

            allAgree
                10.0
                (Target.OfShiftedMutualInformation(2.0, -7.0).Matrix corpus)
                (Array.mapi (fun k x -> if k = 3 then x else x - log 2.0) plain)
                "shifted"

            refusedSaying "mutualInformation[1] = NaN; allowed: numbers" (fun () ->
                Target.ToSymTarget [| 1.0; Double.NaN |] |> ignore)

            refusedSaying "mutualInformation[0] = NaN; allowed: numbers" (fun () ->
                Target.ToSymTarget [| Double.NaN; 1.0 |] |> ignore)

            allAgree
                10.0
                (Target.ToSymTarget [| 0.5; -0.5; infinity |])
                [| 2.0 * tanh 0.25; -2.0 * tanh 0.25; 2.0 |]
                "to L_sym"

            Expect.equal (QuadraticLoss.PointwiseMutualInformation -2.0) -infinity "a pair that is never seen"

        testCase "spikes of any direction, at the threshold and beside it"
        <| fun () ->
            let make direction =
                Spikes([| 1.0; 2.0; 0.5 |], direction, 2)

            let one = make [| 3.0; 0.0; 4.0 |]
            agrees 1e3 (make [| 0.6; 0.0; 0.8 |]).Threshold one.Threshold "the direction's length does not matter"
            Expect.isTrue (one.Equals(make [| 3.0; 0.0; 4.0 |])) "made twice"
            Expect.isFalse (one.Equals(make [| 4.0; 0.0; 3.0 |])) "another direction"
            Expect.isFalse (one.Equals "text") "another type"
            let s = one.Threshold

            Expect.equal
                (one.LargestEigenvalue s, one.RowOverlap s, one.DirectionOverlap s)
                (one.Bulk.UpperEdge, 0.0, 0.0)
                "at the threshold"

            let mutable position = 0.0
            Expect.isFalse (one.TryOutlier(s, &position)) "no outlier at the threshold"
            Expect.isTrue (one.TryOutlier(1.01 * s, &position)) "one beyond it"
            Expect.isGreaterThan position one.Bulk.UpperEdge "above the bulk"
            // alpha solves sum e_k^2 / (alpha - v_k) = 1 / strength.
            for strength in [ 1.5 * s; 10.0 * s ] do
                let sum' alpha =
                    0.36 / (alpha - 1.0) + 0.64 / (alpha - 0.5)

                let mutable low, high = 2.0, 2.0 + 10.0 * strength

                for _ in 1..200 do
                    let middle = (low + high) / 2.0
                    if sum' middle > 1.0 / strength then low <- middle else high <- middle

                let m = -1.0 / (one.Bulk.Ratio * low)
                agrees 1e4 (one.LargestEigenvalue strength) (one.Bulk.InverseStieltjes m) "outlier"
    ]
