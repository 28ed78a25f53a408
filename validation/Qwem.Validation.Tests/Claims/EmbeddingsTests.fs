[<NUnit.Framework.TestFixture>]
module Qwem.Validation.Tests.EmbeddingsTests

open System
open NUnit.Framework
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

[<Test>]
let ``the leading words of counts keep every count among themselves`` () =
    let leading = Vocabulary.leading counts.Value 70
    Assert.That(leading.VocabularySize, Is.EqualTo 70)
    Assert.That((leading.Words = Array.truncate 70 counts.Value.Words), Is.True)

    for i in 0..69 do
        for j in 0..69 do
            Assert.That(leading[i, j], Is.EqualTo(counts.Value[i, j]), $"({i}, {j})")

[<Test>]
let ``a positive margin is a right answer of the theory's`` () =
    use team = new WorkerTeam(2)
    let v, d = 600, 5
    let embeddings = random v d 3UL
    let transposed = Array.init (d * v) (fun e -> embeddings[e % v, e / v])

    let expected =
        Questions.right Theory.derived transposed d questions.Value |> Array.sum

    let answers =
        Questions.cosines questions.Value embeddings team
        |> Questions.answers false questions.Value

    Assert.That(answers.Right, Has.Length.EqualTo questions.Value.Count)
    Assert.That(answers.Right |> Array.filter id, Has.Length.EqualTo expected)
    Assert.That(expected, Is.GreaterThan 0)
    Assert.That(Questions.different answers answers, Is.EqualTo 0)

    let turned =
        { answers with
            Margins =
                answers.Margins
                |> Array.mapi (fun q margin -> if q % 2 = 0 then -margin else margin)
        }

    let decided =
        answers.Margins
        |> Array.indexed
        |> Array.filter (fun (q, margin) -> q % 2 = 0 && margin <> 0.0)

    Assert.That(Questions.different answers turned, Is.EqualTo decided.Length)

[<Test>]
let ``with inputs among the answers a question is right only if b' beats them, too`` () =
    use team = new WorkerTeam(1)
    let cosines = Questions.cosines questions.Value (random 600 5 3UL) team
    let without = Questions.answers false questions.Value cosines
    let among = Questions.answers true questions.Value cosines

    for q in 0 .. questions.Value.Count - 1 do
        let words = Array.sub questions.Value.Words (4 * q) 4

        if not (Array.contains words[3] words[..2]) then
            Assert.That(among.Margins[q], Is.LessThanOrEqualTo without.Margins[q])

            if among.Margins[q] < without.Margins[q] then
                Assert.That(words[..2], Does.Contain among.Rivals[q])

[<Test>]
let ``a cosine is judged in units of its own bound, whichever word it is of, and a glimpse sees no more`` () =
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

    Assert.That(Agreement.gap questions.Value it fine team, Is.EqualTo 0.0)
    Assert.That(Agreement.bound it 0 turnedWord, Is.EqualTo(1e-3).Within 9.9e-4)
    Assert.That(Agreement.bound it 0 loose, Is.InRange(1e-8, 1e-5))
    Assert.That(Agreement.bound it 0 5, Is.LessThan 1e-11)
    Assert.That(it.Words[0], Is.EqualTo asked)
    let ratio = Agreement.gap questions.Value it coarse team
    Assert.That(ratio, Is.EqualTo(1.0).Within 1e-3)
    let other = Dense.copy fine
    other[5, 0] <- other[5, 0] + 1e-6
    let seen = Agreement.gap questions.Value it other team
    Assert.That(seen, Is.GreaterThan 1e3)

    let words = Agreement.glimpsed it

    let rows =
        DenseMatrix(words.Length, 5, words |> Array.collect (fun w -> other.Row(w).ToArray()))

    Assert.That(Agreement.glimpse it rows, Is.LessThanOrEqualTo(seen * (1.0 + 1e-9)))

[<Test>]
let ``a multiple of a known matrix has its eigenvectors, and any other matrix is decomposed anew`` () =
    use team = new WorkerTeam(1)
    let v = 40
    let rows = random v 6 13UL
    let matrix = (Dense.gram rows team).Values
    let decompositions = Decompositions team
    let first = decompositions.Of matrix
    let half = decompositions.Of(matrix |> Array.map (fun m -> 0.5 * m))
    Assert.That(half.Eigenvectors, Is.SameAs first.Eigenvectors)
    Assert.That(half.Eigenvalues[0], Is.EqualTo(0.5 * first.Eigenvalues[0]).Within 1e-12)
    let other = Array.copy matrix
    other[3 * v + 3] <- other[3 * v + 3] + 1e-6
    Assert.That((decompositions.Of other).Eigenvectors, Is.Not.SameAs first.Eigenvectors)
    Assert.That((decompositions.Of(matrix |> Array.map (~-))).Eigenvectors, Is.Not.SameAs first.Eigenvectors)
    let none = decompositions.Of(Array.zeroCreate (v * v))
    Assert.That(none.Eigenvalues |> Array.map abs |> Array.max, Is.EqualTo 0.0)

[<Test>]
let ``resampled accuracies are 1 for a model that is always right, and equal models do not differ`` () =
    let count = questions.Value.Count
    let some = Array.init count (fun q -> q % 3 = 0)

    let accuracies =
        PairedBootstrap.accuracies questions.Value [| Array.create count true; some; some |] 200 1UL

    for row in accuracies do
        Assert.That(row[0], Is.EqualTo 1.0)
        Assert.That(row[1], Is.EqualTo row[2])

    let mean, error = PairedBootstrap.difference accuracies 0 1
    let share = float (some |> Array.filter id |> Array.length) / float count
    Assert.That(mean, Is.EqualTo(1.0 - share).Within(6.0 * error))
    Assert.That(error, Is.GreaterThan 0.0)

[<Test>]
let ``places in the plane of a model do not depend on how its embeddings are rotated`` () =
    use team = new WorkerTeam(2)
    let v, d = 60, 4
    let embeddings = random v d 5UL
    let turn = (Svd.OfTall(random d (d - 1) 7UL)).LeftVectors
    // A reflection: 1 - 2 u u'.
    let rotation =
        DenseMatrix(
            d,
            d,
            Array.init (d * d) (fun e -> (if e / d = e % d then 1.0 else 0.0) - 2.0 * turn[0, e / d] * turn[0, e % d])
        )

    let rotated = DenseMatrix(v, d)
    MatrixProduct.Multiply(1.0, embeddings, false, rotation, false, 0.0, rotated, team)
    let signs = (Svd.OfTall embeddings).LeftVectors
    let places = Concepts.coordinates signs embeddings
    Assert.That(Concepts.distance places (Concepts.coordinates signs rotated), Is.LessThan 1e-13)
    let squares = places |> Array.sumBy (fun (x, y) -> x * x + y * y)
    let values = (Svd.OfTall embeddings).SingularValues
    Assert.That(squares, Is.EqualTo(values[0] * values[0] + values[1] * values[1]).Within(1e-12 * squares))

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

[<Test>]
let ``three arms at equal angles are strong, a single arm and two crossing axes are not`` () =
    Assert.That(strength [ 10.0; 130.0; 250.0 ], Is.GreaterThan 0.9)
    Assert.That(strength [ 10.0 ], Is.LessThan 0.01)
    Assert.That(strength [ 0.0; 90.0; 180.0; 270.0 ], Is.LessThan 0.01)
    Assert.That(strength [ 0.0; 90.0 ], Is.LessThan 0.01)

[<Test>]
let ``the search finds the plane that three concepts were put into, and their words`` () =
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

    Assert.That((found.First, found.Second), Is.EqualTo((1, 3)))
    // Every third word is on the same arm; each concept's words must be of one arm.
    for words in found.Words do
        Assert.That(words |> Array.distinctBy (fun word -> word % 3), Has.Length.EqualTo 1)

    for angle in Superposition.between found.Angles do
        Assert.That(angle, Is.EqualTo(120.0).Within 3.0)

[<Test>]
let ``planted concepts beat both null models, and an isotropic cloud beats none`` () =
    let planted = arms [ 20.0; 140.0; 260.0 ]
    let v = planted.Length
    let noise = random v 6 11UL

    let embeddings =
        Array.concat
            [
                planted |> Array.map fst
                planted |> Array.map snd
                Array.init (4 * v) (fun e -> 0.2 * noise[e % v, e / v])
            ]

    let clouds = Superposition.inIsotropicClouds v 5 1UL

    let ps embeddings =
        Superposition.nulls embeddings 6 5 1UL clouds |> List.map _.P

    Assert.That((ps embeddings)[0], Is.EqualTo 0.01)
    let isotropic = Array.init (6 * v) (fun e -> noise[e % v, e / v])
    Assert.That(List.max (ps isotropic), Is.GreaterThan 0.05)

[<Test>]
let ``what a prediction reads through two others that are known already is noticed`` () =
    let inner = Prediction(fun (theory: Theory) -> theory.Kappa 1.0)
    let middle = Prediction(fun theory -> inner.Of theory)
    let outer = Prediction(fun theory -> middle.Of theory)
    Assert.That(inner.Of Theory.derived, Is.EqualTo 4.0)
    Assert.That(outer.Of Theory.derived, Is.EqualTo 4.0)
    Assert.That(outer.Of(Slip.theory "kappa"), Is.EqualTo 8.0)
