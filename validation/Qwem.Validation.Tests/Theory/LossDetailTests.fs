/// Corpora, losses, weights and targets: their refusals to the letter, and their sums written out.
module Qwem.Validation.Tests.LossDetailTests

open System
open Expecto
open Qwem.Theory
open Qwem.Validation.Tests.DetailSupport

let private sum (terms: float seq) = Seq.sum terms
let private nan' = Double.NaN

/// A corpus of any size whose joint distribution is not the product of its margins.
let private corpus size =
    let words = Array.init size (fun i -> float (size + 1 - i))

    let pairs =
        Array.init (size * size) (fun e -> float ((e / size + 1) * (e % size + 1) % 7 + 1))

    CorpusStatistics.FromCounts(words, pairs)

let tests =
    testList "Losses in detail" [
        testCase "statistics that are none are refused to the letter"
        <| fun () ->
            let made (p: float[]) (joint: float[]) () = CorpusStatistics(p, joint) |> ignore
            let quarter = [| 0.25; 0.25; 0.25; 0.25 |]
            refusedSaying "unigram has 1 entries; allowed: 2 or more" (made [| 1.0 |] [| 1.0 |])
            refusedSaying "joint has 3 entries; expected 4 (V * V)" (made [| 0.5; 0.5 |] [| 0.5; 0.25; 0.25 |])
            refusedSaying "unigram[0] = 0; allowed: positive finite numbers" (made [| 0.0; 1.0 |] quarter)
            refusedSaying "unigram[1] = 0; allowed: positive finite numbers" (made [| 1.0; 0.0 |] quarter)

            for place, text in [ 0, "0,0"; 1, "0,1"; 2, "1,0"; 3, "1,1" ] do
                let broken = Array.mapi (fun k x -> if k = place then -1.0 else x) quarter

                refusedSaying $"joint[{text}] = -1; allowed: non-negative finite numbers" (made [| 0.5; 0.5 |] broken)

            refusedSaying
                "joint[0,1] = NaN; allowed: non-negative finite numbers"
                (made [| 0.5; 0.5 |] [| 0.25; nan'; 0.25; 0.25 |])

            refusedSaying "unigram sums to 1.5; allowed: 1 within 1e-9" (made [| 1.0; 0.5 |] quarter)

            refusedSaying "joint sums to 2; allowed: 1 within 1e-9" (made [| 0.5; 0.5 |] (Array.map ((*) 2.0) quarter))

            made [| 0.5; 0.5 + 0.9e-9 |] quarter ()
            Expect.throws (made [| 0.5; 0.5 + 1.1e-9 |] quarter) "beyond 1e-9"

            refusedSaying
                "joint[1,0] = 0.25 but joint[0,1] = 0.5; allowed: relative difference 1e-15"
                (made [| 0.5; 0.5 |] [| 0.25; 0.5; 0.25; 0.0 |])

            refusedSaying
                "joint[2,1] = 0 but joint[1,2] = 0.5; allowed: relative difference 1e-15"
                (made [| 0.5; 0.25; 0.25 |] [| 0.5; 0.0; 0.0; 0.0; 0.0; 0.5; 0.0; 0.0; 0.0 |])
            // Seventy words: an asymmetry in the last tile.
            let size = 70

            let large at =
                Array.init (size * size) (fun e -> if e = at then 0.5 else 0.5 / float (size * size - 1))

            let even = Array.create size (1.0 / float size)

            for i, j in [ 69, 0; 69, 68; 64, 63; 65, 64; 63, 62; 1, 0 ] do
                Expect.throws (made even (large (i * size + j))) $"asymmetry at (%d{i}, %d{j})"
                Expect.throws (made even (large (j * size + i))) $"asymmetry at (%d{j}, %d{i})"

            for i in [ 0; 63; 64; 69 ] do
                made even (large (i * size + i)) ()

            let counts = CorpusStatistics.FromCounts([| 1.0; 3.0 |], [| 1.0; 2.0; 2.0; 3.0 |])

            Expect.equal
                (counts.Unigram(), counts.Joint())
                ([| 0.25; 0.75 |], [| 0.125; 0.25; 0.25; 0.375 |])
                "from counts"

        testCase "margins, neutral pairs and subsampling, word by word"
        <| fun () ->
            for size in [ 2; 3; 8; 9 ] do
                let c = corpus size
                let p, joint = c.Unigram(), c.Joint()

                let row i =
                    sum (seq { for j in 0 .. size - 1 -> joint[i * size + j] })

                agrees
                    100.0
                    (c.MarginalMismatch())
                    (Seq.max (seq { for i in 0 .. size - 1 -> abs (row i / p[i] - 1.0) }))
                    "mismatch"

                agrees
                    100.0
                    (c.MarginalTotalVariation())
                    (0.5 * sum (seq { for i in 0 .. size - 1 -> abs (row i - p[i]) }))
                    "total variation"

                Expect.equal (c.InverseFrequency()) (Array.map (fun x -> 1.0 / x) p) "inverse frequency"
                let neutral = c.WithNeutralSelfPairs().Joint()

                Expect.equal
                    neutral
                    (Array.mapi (fun e x -> if e / size = e % size then p[e / size] * p[e / size] else x) joint)
                    "neutral pairs"

                let psi = Array.init size (fun i -> 0.5 + float i)
                let subsampled = c.Subsample psi
                let weighed = Array.map2 (*) psi p

                let pairs =
                    Array.init (size * size) (fun e -> psi[e / size] * psi[e % size] * joint[e])

                allAgree
                    100.0
                    (subsampled.Statistics.Unigram())
                    (weighed |> Array.map (fun x -> x / Array.sum weighed))
                    "words"

                allAgree
                    100.0
                    (subsampled.Statistics.Joint())
                    (pairs |> Array.map (fun x -> x / Array.sum pairs))
                    "pairs"

                agrees 100.0 subsampled.UnigramNormalisation (Array.sum weighed) "Z_u"
                agrees 100.0 subsampled.JointNormalisation (Array.sum pairs) "Z_j"
                agrees 100.0 subsampled.Z (Array.sum weighed ** 2.0 / Array.sum pairs) "Z"

                for place in [ 0; size - 1 ] do
                    refusedSaying $"psi[%d{place}] = 0; allowed: positive finite numbers" (fun () ->
                        c.Subsample(Array.mapi (fun i x -> if i = place then 0.0 else x) psi) |> ignore)

            // One word whose row is far below its margin, the first or the last.
            for order in [ [| 0; 1; 2 |]; [| 2; 1; 0 |]; [| 1; 2; 0 |] ] do
                let p = Array.permute (fun i -> order[i]) [| 0.5; 0.3; 0.2 |]
                let j = Array.permute (fun i -> order[i]) [| 0.1; 0.5; 0.4 |]

                let c =
                    CorpusStatistics(p, Array.init 9 (fun e -> if e / 3 = e % 3 then j[e / 3] else 0.0))

                agrees 100.0 (c.MarginalMismatch()) 1.0 "twice the last word's margin"
                agrees 100.0 (c.MarginalTotalVariation()) 0.4 "and total variation"

        testCase "contrastive losses, batch by batch"
        <| fun () ->
            let scores = [| 0.5; -1.0; 2.0; 0.25 |]

            for beta in [ 0.5; 3.0 ] do
                for at in 0..3 do
                    let others =
                        sum (
                            seq {
                                for k in 0..3 do
                                    if k <> at then
                                        yield exp (beta * scores[k])
                            }
                        )

                    agrees 100.0 (InfoNceLoss.Term(scores, at, beta)) (log others - beta * scores[at]) $"term %d{at}"

            for at in 0..1 do
                agrees 4.0 (InfoNceLoss.Term([| 3.0; 5.0 |], at, 2.0)) (if at = 0 then 4.0 else -4.0) "two samples"

            // Scores far from zero neither overflow nor vanish.
            agrees 4.0 (InfoNceLoss.Term([| 0.0; 1000.0; 1000.0 |], 0, 1.0)) (1000.0 + log 2.0) "large scores"

            agrees
                4.0
                (InfoNceLoss.Term([| 0.0; 1000.0; 999.0; 1.0 |], 3, 1.0))
                (999.0 + log (1.0 + exp -1.0))
                "the largest is not the first"

            refusedSaying "scores has 1 entries; allowed: 2 or more" (fun () ->
                InfoNceLoss.Term([| 1.0 |], 0, 1.0) |> ignore)

            for at in [ -1; 4 ] do
                refusedSaying $"positivePair = %d{at}; allowed: 0 to 3" (fun () ->
                    InfoNceLoss.Term(scores, at, 1.0) |> ignore)

            for size in [ 2; 3; 9 ] do
                let c = corpus size
                let p, joint = c.Unigram(), c.Joint()
                let model = scattered size (size * size)
                let beta = 1.5
                let loss = InfoNceLoss(c, beta)

                let row i =
                    Array.init size (fun j -> beta * model[i * size + j])

                let mean i f =
                    sum (Seq.map2 (fun q x -> q * f x) p (row i))

                let total f =
                    sum (seq { for i in 0 .. size - 1 -> p[i] * f i })
                    - beta * sum (Seq.map2 (*) joint model)

                agrees 1e3 (loss.Evaluate model) (total (fun i -> log (mean i exp))) "loss"
                agrees 1e3 (loss.WithoutLogarithm model) (total (fun i -> mean i exp - 1.0)) "without the logarithm"
                agrees 1e3 (loss.AsPrinted model) (total (fun i -> mean i (fun x -> x + x * x / 2.0))) "as printed"

                agrees
                    1e3
                    (loss.Expansion model)
                    (total (fun i -> mean i id + (mean i (fun x -> x * x) - mean i id ** 2.0) / 2.0))
                    "expansion"

                let width i = Array.max (row i) - Array.min (row i)

                let bound =
                    sum (seq { for i in 0 .. size - 1 -> p[i] * width i ** 3.0 })
                    / (36.0 * sqrt 3.0)

                agrees 1e3 (loss.Bound model) bound "bound"
                Expect.isLessThanOrEqual (abs (loss.Evaluate model - loss.Expansion model)) bound "which holds"

        testCase "quadratic losses: refusals and mutual information"
        <| fun () ->
            refusedSaying "a = -1, c = 1; allowed: both non-negative, not both zero" (fun () ->
                QuadraticLoss.Of(-1.0, 1.0, 1.0, -1.0) |> ignore)

            refusedSaying "a = 2, c = -1; allowed: both non-negative, not both zero" (fun () ->
                QuadraticLoss.Of(2.0, 1.0, -1.0, -1.0) |> ignore)

            refusedSaying "a = -1, c = 2; allowed: both non-negative, not both zero" (fun () ->
                QuadraticLoss.Of(-1.0, 1.0, 2.0, -1.0) |> ignore)

            refusedSaying "a = 0, c = 0; allowed: both non-negative, not both zero" (fun () ->
                QuadraticLoss.Of(0.0, 1.0, 0.0, -1.0) |> ignore)

            for a, c in [ 0.0, 1.0; 1.0, 0.0; 1e-300, 1e-300 ] do
                let loss = QuadraticLoss.Of(a, 0.5, c, -0.25)

                Expect.equal
                    (loss.PositiveQuadratic, loss.PositiveLinear, loss.NegativeQuadratic, loss.NegativeLinear)
                    (a, 0.5, c, -0.25)
                    "coefficients"

            Expect.equal
                (string (QuadraticLoss.Of(0.125, 0.5, 0.25, -2.0)))
                "quadratic loss: (a, b, c, d) = (0.125, 0.5, 0.25, -2)"
                "its text"

            Expect.equal
                (string (QuadraticLoss.OfInverseTemperature 3.0))
                "SimCLR: (a, b, c, d) = (0, 1, 1.5, -1)"
                "its text"

            for m in [ -2.0; -1.99; -1.0; -1e-10; 0.0; 1e-10; 0.3; 1.5; 1.999 ] do
                let expected = log ((2.0 + m) / (2.0 - m))

                if abs m > 1e-3 then
                    agrees 1e3 (QuadraticLoss.PointwiseMutualInformation m) expected $"of %g{m}"
                else
                    agrees 4.0 (QuadraticLoss.PointwiseMutualInformation m) m $"of %g{m}"

            for m in [ 2.0; -2.001; nan' ] do
                refusedSaying $"symTarget = {m}; allowed: [-2, 2)" (fun () ->
                    QuadraticLoss.PointwiseMutualInformation m |> ignore)

            let target = [| 0.5; -1.0; 2.0; 0.25 |]

            allAgree
                4.0
                (QuadraticLoss.SubsampledXeTarget(target, 1.5))
                (target |> Array.map (fun m -> 1.5 * (1.0 + m) - 1.0))
                "target at Z = 1.5"

            let exact = QuadraticLoss.SubsampledXeTarget(target, 1.5)
            let squares (x: float[]) = Array.sumBy (fun a -> a * a) x
            let cost = sqrt (squares (Array.map2 (-) exact target) / squares exact)
            agrees 100.0 (QuadraticLoss.CostOfAssumingUnitZ(target, 1.5)) cost "cost of Z = 1"
            Expect.equal (QuadraticLoss.CostOfAssumingUnitZ(target, 1.0)) 0.0 "no cost at Z = 1"

        testCase "pair weights by words and by pairs"
        <| fun () ->
            for size in [ 2; 3; 9 ] do
                let c = corpus size
                let p, joint = c.Unigram(), c.Joint()

                let weights seed =
                    Array.init (size * size) (fun e ->
                        2.0
                        + (scattered seed (size * size))[(min (e / size) (e % size)) * size + max (e / size) (e % size)])

                let plus, minus = weights 1, weights 2
                let pairs = PairWeights(c, plus, minus, 5.0)
                allAgree 8.0 (pairs.Observed()) (Array.map2 (*) plus joint) "observed"

                let independent =
                    Array.init (size * size) (fun e -> 5.0 * minus[e] * p[e / size] * p[e % size])

                allAgree 8.0 (pairs.Independent()) independent "independent"
                agrees 100.0 (pairs.TotalMass()) (sum (Seq.map2 (*) plus joint) + Array.sum independent) "mass"

                for name, make in
                    [
                        "psiPlus", (fun w -> PairWeights(c, w, minus, 1.0))
                        "psiMinus", (fun w -> PairWeights(c, plus, w, 1.0))
                    ] do
                    for i, j in [ 0, 0; 1, 0; size - 1, 0; size - 1, size - 1; size - 1, size - 2 ] do
                        let bad = Array.copy plus
                        bad[i * size + j] <- -1.0
                        bad[j * size + i] <- -1.0

                        refusedSaying $"%s{name}[%d{i},%d{j}] = -1; allowed: non-negative finite numbers" (fun () ->
                            make bad |> ignore)

                        if i <> j then
                            bad[i * size + j] <- 0.5
                            bad[j * size + i] <- 1.0

                            refusedSaying
                                $"%s{name}[%d{i},%d{j}] = 0.5, %s{name}[%d{j},%d{i}] = 1; allowed: equal"
                                (fun () -> make bad |> ignore)

                let kept, drawn =
                    Array.init size (fun i -> 1.0 + float i), Array.init size (fun i -> 2.0 + float (i * i))

                let mean (x: float[]) =
                    x |> Array.map (fun a -> a / Array.average x)

                let a, n = mean kept, mean (Array.map2 (/) drawn p)
                let word2vec = Word2Vec.Measures(c, kept, drawn, 3.0)

                allAgree
                    100.0
                    (word2vec.Observed())
                    (Array.init (size * size) (fun e -> a[e / size] * a[e % size] * joint[e]))
                    "word2vec's observed"

                let negative =
                    Array.init (size * size) (fun e ->
                        let i, j = e / size, e % size
                        1.5 * (a[i] * n[j] + a[j] * n[i]) * p[i] * p[j])

                allAgree 100.0 (word2vec.Independent()) negative "word2vec's independent"

                for place in [ 0; size - 1 ] do
                    let bad = Array.mapi (fun i x -> if i = place then 0.0 else x)

                    refusedSaying "kept = 0; allowed: positive finite numbers" (fun () ->
                        Word2Vec.Measures(c, bad kept, drawn, 1.0) |> ignore)

                    refusedSaying "drawn = 0; allowed: positive finite numbers" (fun () ->
                        Word2Vec.Measures(c, kept, bad drawn, 1.0) |> ignore)

            agrees 4.0 (Word2Vec.Keep(1e-5, 1e-5)) 1.0 "all of a rare word"
            Expect.equal (Word2Vec.Keep(1e-5, 2e-5)) 1.0 "a half and its root are more than one"
            agrees 4.0 (Word2Vec.Keep(1e-5, 1e-3)) 0.11 "a hundredth and a tenth"
            agrees 4.0 (Word2Vec.RestoringForce 0.8) (2.0 * tanh 0.4) "restoring force"
            let vector = [| 0.5; -0.5; 0.1; 0.7 |]
            let power n = Array.sumBy (fun x -> pown x n) vector
            let lead = Word2Vec.Lead(vector, 3.0, 2.5)
            agrees 100.0 lead.Cubic (power 4 ** 2.0 * 9.0 * (1.5 - 2.0 * log 2.0) / 12.0) "cubic term"
            agrees 100.0 lead.Turning (power 4 ** 2.0 * power 6 * 243.0 / (144.0 * 80.0 * 0.5)) "turning"

            refusedSaying "first - second = 0; allowed: positive finite numbers" (fun () ->
                Word2Vec.Lead(vector, 2.0, 2.0) |> ignore)

        testCase "shapes, indices and windows are refused to the letter"
        <| fun () ->
            let w = Embeddings.OfRows([| 1.0; 2.0; 3.0; 4.0; 5.0; 6.0 |], 2)
            let c = Projection.OfRows([| 1.0; 2.0; 3.0; 4.0; 5.0; 6.0 |], 2)

            let outOfRange text action =
                let message =
                    try
                        (action () |> ignore
                         "")
                    with :? IndexOutOfRangeException as e ->
                        e.Message

                Expect.equal message text "index"

            outOfRange "word = 3; allowed: 0 to V - 1 = 2" (fun () -> w[0, 3])
            outOfRange "word = -1; allowed: 0 to V - 1 = 2" (fun () -> w[0, -1])
            outOfRange "mode = 3; allowed: 0 to V - 1 = 2" (fun () -> c[0, 3])
            Expect.equal (w[1, 2], c[1, 2], w[0, 1], c[1, 0]) (6.0, 6.0, 2.0, 4.0) "entries"

            for d in [ 0; 3; -1 ] do
                refusedSaying $"dimension = %d{d}; allowed: 1 to d = 2" (fun () -> w.Truncated d |> ignore)

            refusedSaying "dimension = 0; allowed: 1 or more" (fun () -> Embeddings.OfRows([| 1.0 |], 0) |> ignore)

            refusedSaying "values has 3 entries; expected a positive multiple of d = 2" (fun () ->
                Embeddings.OfRows([| 1.0; 2.0; 3.0 |], 2) |> ignore)

            refusedSaying "values has 0 entries; expected a positive multiple of d = 2" (fun () ->
                Embeddings.OfRows(([||]: float[]), 2) |> ignore)

            refusedSaying "rows is empty; expected at least one array" (fun () ->
                Embeddings.OfRows([||]: float[][]) |> ignore)

            for place in [ 1; 2 ] do
                let ragged = Array.init 3 (fun i -> Array.zeroCreate (if i = place then 1 else 2))

                refusedSaying $"rows[%d{place}] has 1 entries; expected 2 (as many as rows[0])" (fun () ->
                    Embeddings.OfRows ragged |> ignore)

            for place in 0..2 do
                let values = Array.init 3 (fun i -> if i = place then infinity else 1.0)

                refusedSaying $"values[%d{place}] = Infinity; allowed: finite numbers" (fun () ->
                    Embeddings.OfRows(values, 1) |> ignore)

            for halfWidth, distance, expected in [ 3, 1, 3; 3, 3, 1; 3, 4, 0; 3, 9, 0; 1, 1, 1 ] do
                Expect.equal
                    (DynamicWindow.Weight(halfWidth, distance))
                    expected
                    $"weight at %d{distance} of %d{halfWidth}"

            refusedSaying "halfWidth = 0; allowed: 1 or more" (fun () -> DynamicWindow.Weight(0, 1) |> ignore)
            refusedSaying "distance = 0; allowed: 1 or more" (fun () -> DynamicWindow.Weight(1, 0) |> ignore)

            let state =
                ExactSolution([| 2.0; 1.0 |], Projection.OfRows([| 0.5; 0.1; 0.0; 0.5 |], 2)).At 0.0<kappaTime>

            for k in [ 0; 3 ] do
                refusedSaying $"k = %d{k}; allowed: 1 to d = 2" (fun () -> state.SubspaceOverlap k |> ignore)

            refusedSaying "pairs has 3 entries; expected an even number" (fun () ->
                AnalogyFamily.FromPairs [| 0; 1; 2 |] |> ignore)

            Expect.equal (AnalogyFamily.FromPairs [| 0; 1; 2; 3 |]).QuestionCount 2 "two pairs, two questions"
    ]
