/// Accuracy and smooth score.
module Qwem.Validation.Tests.AnalogyAccuracyTests

open System
open Expecto
open FsCheck.FSharp
open Qwem.Theory
open Qwem.Validation.Tests.AnalogySupport

/// Eq. (54) as printed: argmin of a norm over the words that are allowed.
let private printed (excluding: bool) (words: float[][]) (family: AnalogyFamily) =
    let units = Array.map unitVector words
    let q = family.Questions()

    Seq.init (q.Length / 4) (fun k ->
        let a, b, a', b' = q[4 * k], q[4 * k + 1], q[4 * k + 2], q[4 * k + 3]

        let distance w =
            frobeniusNorm (
                Array.init units[0].Length (fun i -> units[a][i] - units[b][i] - units[a'][i] + units[w][i])
            )

        let answer =
            seq { 0 .. words.Length - 1 }
            |> Seq.filter (fun w -> not excluding || (w <> a && w <> b && w <> a'))
            |> Seq.minBy distance

        if answer = b' then 1 else 0)
    |> Seq.sum

let tests =
    testList "Analogy accuracy" [
        testCase "exact parallelograms are all right, and so says the estimator" (fun () ->
            for n in [ 2; 3; 7; 20 ] do
                let words, family = parallelograms n
                let result = accuracy words family
                Expect.equal family.QuestionCount (n * (n - 1)) ""
                Expect.equal result.Questions (n * (n - 1)) ""
                Expect.equal result.Correct result.Questions ""
                Expect.isZero result.Ties ""
                // All differences are equal: no covariance, xi is the mean.
                let estimate = Analogies.Estimate(Embeddings.OfWords words, family, 5, 1L)
                Expect.equal estimate.Successes estimate.Trials ""
                Expect.equal estimate.Trials (5L * int64 n) ""
                // b'_hat . (a'_hat + b_hat - a_hat) = b'_hat . b'_hat = 1: six roundings of numbers up to 1.
                let root = sqrt (float (n + 2))
                let scores = Analogies.SmoothScores(Embeddings.OfWords words, family)

                within
                    $"N = {n}: smooth score"
                    (largest (Array.map (fun s -> abs (s - root)) scores))
                    (16.0 * u * root)

                within "mean" (abs (Analogies.SmoothScore(Embeddings.OfWords words, family) - root)) (16.0 * u * root))

        testCase "a nearer word makes every answer wrong, a later equal one none, an earlier equal one all" (fun () ->
            let n = 5
            let words, family = parallelograms n
            // The same words behind: shared maxima, the smaller index is the answer.
            let behind = accuracy (Array.append words words[n..]) family
            Expect.equal behind.Correct behind.Questions ""
            Expect.equal behind.Ties behind.Questions ""
            // In front: every b_m has an equal of smaller index.
            let shifted =
                AnalogyFamily.FromPairs(Array.collect (fun k -> [| n + k; 2 * n + k |]) [| 0 .. n - 1 |])

            let front = accuracy (Array.append words[n..] words) shifted
            Expect.isZero front.Correct ""
            Expect.equal front.Ties front.Questions ""

            let estimate =
                Analogies.Estimate(Embeddings.OfWords(Array.append words[n..] words), shifted, 3, 1L)

            Expect.isZero estimate.Successes ""
            // b_m carries a private direction r_m that no other pair's difference has; c_m = e_m + h does not: .908 against .741.
            let d = 2 * n + 2
            let a = Array.init n (fun k -> axes d [ k, 1.0; n, 1.0 ])
            let b = Array.init n (fun k -> axes d [ k, 1.0; n + 1, 1.0; n + 2 + k, 1.0 ])
            let c = Array.init n (fun k -> axes d [ k, 1.0; n + 1, 1.0 ])
            let wrong = accuracy (Array.concat [ a; b; c ]) family
            Expect.isZero wrong.Correct ""
            Expect.isZero wrong.Ties "")

        propertyWith
            [ typeof<FamilyArbitrary> ]
            "the accuracy is that of the printed argmin of a norm"
            100
            (fun (f: Family) ->
                if f.Words.Length < 5 then
                    // Two pairs and nothing else: the only word left is b'.
                    let result = accuracy f.Words f.Family
                    (result.Correct = result.Questions) |> Prop.label "one candidate"
                else
                    let expected = printed true f.Words f.Family
                    let found = (accuracy f.Words f.Family).Correct
                    (found = expected) |> Prop.label $"{found} against {expected}")

        testCase "the words of the question are excluded" (fun () ->
            let n = 4
            let d = 2 * n + 1
            // b_n = a_n + 0.3 h + 0.6 r_n: a' scores 1, b' only .89.
            let a = Array.init n (fun k -> axes d [ k, 1.0 ])
            let b = Array.init n (fun k -> axes d [ k, 1.0; n, 0.3; n + 1 + k, 0.6 ])
            let words = Array.append a b

            let family =
                AnalogyFamily.FromPairs(Array.collect (fun k -> [| k; n + k |]) [| 0 .. n - 1 |])

            let result = accuracy words family
            Expect.equal result.Correct result.Questions ""
            Expect.isZero (printed false words family) "")

        propertyWith
            [ typeof<FamilyArbitrary> ]
            "lengths, rotations and names of words do not count"
            100
            (fun (f: Family) ->
                let random = f.Seed.Random()
                let d, size = f.Dimension, f.Words.Length
                let plain = accuracy f.Words f.Family
                let score = Analogies.SmoothScores(f.Embeddings, f.Family)

                let stretched =
                    Array.map
                        (fun x -> let c = 10.0 ** (20.0 * random.NextDouble() - 10.0) in Array.map ((*) c) x)
                        f.Words

                let turned =
                    Embeddings.OfRows(multiply d d size (orthogonal random d) (f.Embeddings.ToRows()), d)

                let order = Array.init size id
                random.Shuffle order
                let renamed = Array.zeroCreate<float[]> size
                Array.iteri (fun i w -> renamed[order[i]] <- w) f.Words
                let renamedFamily = AnalogyFamily.FromPairs(Array.map (fun w -> order[w]) f.Pairs)
                // A cosine of d products of unit vectors: 2 (d + 4) u each, three of them; an orthogonal factor is one to 8 d u.
                let bound = 3.0 * (8.0 * float d + 2.0 * float (d + 4)) * u * sqrt (float d)

                let moved (other: float[]) =
                    largest (Array.map2 (fun x y -> abs (x - y)) score other)

                labelled "stretched" (moved (Analogies.SmoothScores(Embeddings.OfWords stretched, f.Family))) bound
                .&. labelled "turned" (moved (Analogies.SmoothScores(turned, f.Family))) bound
                .&. labelled "renamed" (moved (Analogies.SmoothScores(Embeddings.OfWords renamed, renamedFamily))) 0.0
                .&. ((accuracy stretched f.Family).Correct = plain.Correct
                     && Analogies.Accuracy(turned, f.Family).Correct = plain.Correct
                     && (accuracy renamed renamedFamily).Correct = plain.Correct))

        propertyWith
            [ typeof<FamilyArbitrary> ]
            "the smooth score is its formula, and not the one with b in front"
            100
            (fun (f: Family) ->
                let d = f.Dimension
                let units = Array.map unitVector f.Words
                let q = f.Family.Questions()

                let formula front =
                    Array.init (q.Length / 4) (fun k ->
                        let a, b, a', b' = q[4 * k], q[4 * k + 1], q[4 * k + 2], q[4 * k + 3]

                        sqrt (float d)
                        * inner (units[front b b']) (Array.map3 (fun x y z -> x + y - z) units[a'] units[b] units[a]))

                let scores = Analogies.SmoothScores(f.Embeddings, f.Family)

                let gap other =
                    largest (Array.map2 (fun x y -> abs (x - y)) scores other)
                // As above without the rotation; both sides.
                labelled "score" (gap (formula (fun _ b' -> b'))) (12.0 * float (d + 4) * u * sqrt (float d))
                .&. labelled "distance of the printed one from 0" -(gap (formula (fun b _ -> b))) -1e-6)
    ]
