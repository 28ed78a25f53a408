[<NUnit.Framework.TestFixture>]
module Qwem.Validation.Tests.EmbeddingsTests

open System
open NUnit.Framework
open Qwem.Sim.LinearAlgebra
open Qwem.Sim.Threading
open Qwem.Sim.Training
open Qwem.Validation
open Qwem.Validation.Concepts
open Qwem.Validation.Embeddings

let private counts = lazy (EmbeddedCounts.load EmbeddedCounts.wikipedia1000)

let private questions =
    lazy (Questions.ofVocabulary (Corpus.leading counts.Value 600).Words)

let private random v d seed =
    Initialisation.Gaussian(v, d, 1.0, seed)

[<Test>]
let ``the leading words of counts keep every count among themselves`` () =
    let leading = Corpus.leading counts.Value 70
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
        Questions.theory transposed d questions.Value |> Array.sumBy _.Correct

    let answers =
        Questions.cosines questions.Value embeddings team
        |> Questions.answers questions.Value

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
let ``what is not judged counts neither as a distance nor as a difference`` () =
    use team = new WorkerTeam(1)
    let cosines = Questions.cosines questions.Value (random 600 5 3UL) team
    let moved = DenseMatrix(cosines.Rows, cosines.Columns, Array.copy cosines.Values)
    let asked, other = questions.Value.Words[0], 599
    moved.Values[other] <- moved.Values[other] + 0.5

    let without word =
        Questions.distanceAmong (Array.init 600 (fun w -> w <> word)) questions.Value cosines moved

    Assert.That(Questions.distance questions.Value cosines moved, Is.EqualTo(0.5).Within 1e-15)
    Assert.That(without asked, Is.EqualTo 0.0)
    Assert.That(without other, Is.EqualTo 0.0)
    Assert.That(without questions.Value.Words[1], Is.EqualTo(0.5).Within 1e-15)

    let answers = Questions.answers questions.Value cosines

    let wrong =
        { answers with
            Margins = answers.Margins |> Array.map (fun margin -> if margin > 0.0 then -1.0 else 1.0)
        }

    let some = Array.init questions.Value.Count (fun q -> q % 3 = 0)

    Assert.That(Questions.different answers wrong, Is.EqualTo questions.Value.Count)
    Assert.That(Questions.differentAmong some answers wrong, Is.EqualTo(some |> Array.filter id |> Array.length))

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
    let places = Plane.coordinates signs embeddings
    Assert.That(Plane.distance places (Plane.coordinates signs rotated), Is.LessThan 1e-13)
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

[<Test>]
let ``three arms at equal angles are strong, a single arm and two crossing axes are not`` () =
    Assert.That(Superposition.strength (arms [ 10.0; 130.0; 250.0 ]), Is.GreaterThan 0.9)
    Assert.That(Superposition.strength (arms [ 10.0 ]), Is.LessThan 0.01)
    Assert.That(Superposition.strength (arms [ 0.0; 90.0; 180.0; 270.0 ]), Is.LessThan 0.01)
    Assert.That(Superposition.strength (arms [ 0.0; 90.0 ]), Is.LessThan 0.01)

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
