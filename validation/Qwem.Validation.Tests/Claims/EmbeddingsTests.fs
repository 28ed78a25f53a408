module Qwem.Validation.Tests.EmbeddingsTests

open System
open Expecto
open Qwem.Sim.LinearAlgebra
open Qwem.Sim.Threading
open Qwem.Sim.Training
open Qwem.Validation
open Qwem.Validation.Claims
open Qwem.Validation.Embeddings

let private counts = lazy (EmbeddedCounts.load EmbeddedCounts.wikipedia1000)

let private questions =
    lazy (Questions.ofVocabulary (Vocabulary.leading counts.Value 600).Words)

let private random v d seed =
    Initialisation.Gaussian(v, d, 1.0, seed)

/// Places on some arms, with a little scatter.
let private arms (angles: float list) =
    let scatter = random 2 1 9UL

    [|
        for n in 0..59 do
            for angle in angles do
                let radians = (angle + 2.0 * scatter[0, 0] * float (n % 3 - 1)) * Math.PI / 180.0
                let r = 0.2 + 0.01 * float n
                r * cos radians, r * sin radians
    |]

let private strength angles =
    let places = arms angles
    Superposition.strength (Array.map fst places) (Array.map snd places)

let tests =
    testList "Embeddings" [
        testCase "the leading words of counts keep every count among themselves" (fun () ->
            let leading = Vocabulary.leading counts.Value 70
            Expect.equal leading.VocabularySize 70 ""
            Expect.isTrue (Array.ofSeq leading.Words = Array.truncate 70 (Array.ofSeq counts.Value.Words)) ""

            for i in 0..69 do
                for j in 0..69 do
                    Expect.equal (leading[i, j]) (counts.Value[i, j]) ($"({i}, {j})"))

        testCase "a positive margin is a right answer of the theory's" (fun () ->
            use team = new WorkerTeam(2)
            let v, d = 600, 5
            let embeddings = random v d 3UL
            let transposed = Array.init (d * v) (fun e -> embeddings[e % v, e / v])

            let expected =
                Questions.right Theory.derived transposed d questions.Value |> Array.sum

            let answers =
                Questions.cosines questions.Value embeddings team
                |> Questions.answers false questions.Value

            Expect.hasLength answers.Right questions.Value.Count ""
            Expect.hasLength (answers.Right |> Array.filter id) expected ""
            Expect.isGreaterThan expected 0 ""
            Expect.equal (Questions.different answers answers) 0 ""

            let turned = {
                answers with
                    Margins =
                        answers.Margins
                        |> Array.mapi (fun q margin -> if q % 2 = 0 then -margin else margin)
            }

            let decided =
                answers.Margins
                |> Array.indexed
                |> Array.filter (fun (q, margin) -> q % 2 = 0 && margin <> 0.0)

            Expect.equal (Questions.different answers turned) decided.Length "")

        testCase "with inputs among the answers a question is right only if b' beats them, too" (fun () ->
            use team = new WorkerTeam(1)
            let cosines = Questions.cosines questions.Value (random 600 5 3UL) team
            let without = Questions.answers false questions.Value cosines
            let among = Questions.answers true questions.Value cosines

            for q in 0 .. questions.Value.Count - 1 do
                let words = Array.sub questions.Value.Words (4 * q) 4

                if not (Array.contains words[3] words[..2]) then
                    Expect.isLessThanOrEqual among.Margins[q] without.Margins[q] ""

                    if among.Margins[q] < without.Margins[q] then
                        Expect.contains words[..2] among.Rivals[q] "")

        testCase
            "a cosine is judged in units of its own bound, whichever word it is of, and a glimpse sees no more"
            (fun () ->
                use team = new WorkerTeam(1)
                let fine, coarse = random 600 5 3UL, random 600 5 3UL
                // The coarse run has one word turned a little; another word may have turned by rounding.
                let loose, turnedWord, asked = 17, 400, questions.Value.Words[0]
                coarse[loose, 0] <- coarse[loose, 0] + 1e-6

                let turned = Array.init 600 (fun w -> if w = turnedWord then 1e-3 else 1e-12)

                let it =
                    Agreement.observe
                        questions.Value
                        {
                            Fine = [| fine |]
                            Coarse = [| coarse |]
                        }
                        [| turned |]
                        team
                    |> Array.exactlyOne

                Expect.equal (Agreement.gap questions.Value it fine team) 0.0 ""
                Expect.near (Agreement.bound it 0 turnedWord) (1e-3) (9.9e-4) ""
                Expect.inRange (Agreement.bound it 0 loose) (1e-8, 1e-5) ""
                Expect.isLessThan (Agreement.bound it 0 5) (1e-11) ""
                Expect.equal it.Words[0] asked ""
                let ratio = Agreement.gap questions.Value it coarse team
                Expect.near ratio 1.0 (1e-3) ""
                let other = Dense.copy fine
                other[5, 0] <- other[5, 0] + 1e-6
                let seen = Agreement.gap questions.Value it other team
                Expect.isGreaterThan seen 1e3 ""

                let words = Agreement.glimpsed it

                let rows =
                    DenseMatrix(words.Length, 5, words |> Array.collect (fun w -> other.Row(w).ToArray()))

                Expect.isLessThanOrEqual (Agreement.glimpse it rows) (seen * (1.0 + 1e-9)) "")

        testCase "a multiple of a known matrix has its eigenvectors, and any other matrix is decomposed anew" (fun () ->
            use team = new WorkerTeam(1)
            let v = 40
            let rows = random v 6 13UL
            let matrix = (Dense.gram rows team).Values
            let decompositions = Decompositions(lazy matrix, team)
            let first = decompositions.Of matrix
            let half = decompositions.Of(matrix |> Array.map (fun m -> 0.5 * m))
            Expect.isTrue (obj.ReferenceEquals(half.Eigenvectors, first.Eigenvectors)) ""
            Expect.near half.Eigenvalues[0] (0.5 * first.Eigenvalues[0]) (1e-12) ""
            let other = Array.copy matrix
            other[3 * v + 3] <- other[3 * v + 3] + 1e-6
            Expect.isFalse (obj.ReferenceEquals((decompositions.Of other).Eigenvectors, first.Eigenvectors)) ""

            Expect.isFalse
                (obj.ReferenceEquals((decompositions.Of(matrix |> Array.map (~-))).Eigenvectors, first.Eigenvectors))
                ""

            let none = decompositions.Of(Array.zeroCreate (v * v))
            Expect.equal (none.Eigenvalues |> Array.map abs |> Array.max) 0.0 "")

        testCase
            "resampled accuracies are 1 for a model that is always right, and equal models do not differ"
            (fun () ->
                let count = questions.Value.Count
                let some = Array.init count (fun q -> q % 3 = 0)

                let accuracies =
                    PairedBootstrap.accuracies questions.Value [| Array.create count true; some; some |] 200 1UL

                for row in accuracies do
                    Expect.equal row[0] 1.0 ""
                    Expect.equal row[1] row[2] ""

                let mean, error = PairedBootstrap.difference accuracies 0 1
                let share = float (some |> Array.filter id |> Array.length) / float count
                Expect.near mean (1.0 - share) (6.0 * error) ""
                Expect.isGreaterThan error 0.0 "")

        testCase "places in the plane of a model do not depend on how its embeddings are rotated" (fun () ->
            use team = new WorkerTeam(2)
            let v, d = 60, 4
            let embeddings = random v d 5UL
            let turn = (Svd.OfTall(random d (d - 1) 7UL)).LeftVectors
            // A reflection: 1 - 2 u u'.
            let rotation =
                DenseMatrix(
                    d,
                    d,
                    Array.init (d * d) (fun e ->
                        (if e / d = e % d then 1.0 else 0.0) - 2.0 * turn[0, e / d] * turn[0, e % d])
                )

            let rotated = DenseMatrix(v, d)
            MatrixProduct.Multiply(1.0, embeddings, false, rotation, false, 0.0, rotated, team)
            let signs = (Svd.OfTall embeddings).LeftVectors
            let places = Concepts.coordinates signs embeddings
            Expect.isLessThan (Concepts.distance places (Concepts.coordinates signs rotated)) (1e-13) ""
            let squares = places |> Array.sumBy (fun (x, y) -> x * x + y * y)
            let values = (Svd.OfTall embeddings).SingularValues
            Expect.near squares (values[0] * values[0] + values[1] * values[1]) (1e-12 * squares) "")

        testCase "three arms at equal angles are strong, a single arm and two crossing axes are not" (fun () ->
            Expect.isGreaterThan (strength [ 10.0; 130.0; 250.0 ]) 0.9 ""
            Expect.isLessThan (strength [ 10.0 ]) 0.01 ""
            Expect.isLessThan (strength [ 0.0; 90.0; 180.0; 270.0 ]) 0.01 ""
            Expect.isLessThan (strength [ 0.0; 90.0 ]) 0.01 "")

        testCase "the search finds the plane that three concepts were put into, and their words" (fun () ->
            let planted = arms [ 20.0; 140.0; 260.0 ]
            let noise = random planted.Length 3 11UL

            let direction k =
                Array.init planted.Length (fun i -> 0.1 * noise[i, k])

            let found =
                Superposition.search
                    [|
                        direction 0
                        Array.map fst planted
                        direction 1
                        Array.map snd planted
                        direction 2
                    |]
                    5

            Expect.equal (found.First, found.Second) (1, 3) ""
            // Every third word is on the same arm; each concept's words must be of one arm.
            for words in found.Words do
                Expect.hasLength (words |> Array.distinctBy (fun word -> word % 3)) 1 ""

            for angle in Superposition.between found.Angles do
                Expect.near angle 120.0 3.0 "")

        testCase "planted concepts beat both null models, and an isotropic cloud beats none" (fun () ->
            let planted = arms [ 20.0; 140.0; 260.0 ]
            let v = planted.Length
            let noise = random v 6 11UL

            let embeddings =
                Array.concat [
                    planted |> Array.map fst
                    planted |> Array.map snd
                    Array.init (4 * v) (fun e -> 0.2 * noise[e % v, e / v])
                ]

            let clouds = Superposition.inIsotropicClouds v 5 1UL

            let ps embeddings =
                Superposition.nulls embeddings 6 5 1UL clouds |> List.map _.P

            Expect.equal ((ps embeddings)[0]) 0.01 ""
            let isotropic = Array.init (6 * v) (fun e -> noise[e % v, e / v])
            Expect.isGreaterThan (List.max (ps isotropic)) 0.05 "")

        testCase "what a prediction reads through two others that are known already is noticed" (fun () ->
            let inner = Prediction(fun (theory: Theory) -> theory.Kappa 1.0)
            let middle = Prediction(fun theory -> inner.Of theory)
            let outer = Prediction(fun theory -> middle.Of theory)
            Expect.equal (float (inner.Of Theory.derived)) 4.0 ""
            Expect.equal (float (outer.Of Theory.derived)) 4.0 ""
            Expect.equal (float (outer.Of(Slip.theory "kappa"))) 8.0 "")
    ]
