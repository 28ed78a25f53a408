/// Checks against the real text, which is not part of the repository: inconclusive where it is absent.
[<NUnit.Framework.TestFixture>]
[<NUnit.Framework.Category("Corpus")>]
module Qwem.Validation.Tests.CorpusTests

open System
open System.IO
open NUnit.Framework
open Qwem.Sim.Cooccurrence
open Qwem.Sim.Corpora
open Qwem.Sim.Evaluation
open Qwem.Sim.LinearAlgebra
open Qwem.Sim.Spectra
open Qwem.Sim.Threading
open Qwem.Theory
open Qwem.Validation
open Qwem.Validation.Tests.CountingSupport

let private text (name: string) =
    let folders =
        [
            Environment.GetEnvironmentVariable "QWEM_DATA"
            Path.Combine(Repository.root, "..", "shared", "data")
            "/work/shared/data"
        ]

    let found =
        folders
        |> List.choose Option.ofObj
        |> List.map (fun folder -> Path.Combine(folder, name))
        |> List.tryFind File.Exists

    match found with
    | Some path -> path
    | None ->
        Assert.Inconclusive $"The text {name} is in none of the folders looked at; set QWEM_DATA."
        ""

[<Test>]
let ``the embedded counts are what the text gives`` () =
    let parsed = CorpusReader.Parse [| text "enwiki-70m.txt.gz" |]
    Assert.That(parsed.TotalTokens, Is.EqualTo 70_158_509L)
    Assert.That(parsed.TypeCount, Is.EqualTo 488_923)
    Assert.That(parsed.ArticleCount, Is.EqualTo 30_539L)
    use team = new WorkerTeam()

    for size, halfWidth in [ 1000, 48; 3000, 16 ] do
        let counts = CooccurrenceCounter.Count(parsed.Encode size, halfWidth, team)
        let path = Repository.file $"validation/data/enwiki-70m-V{size}-L{halfWidth}.qcooc"
        Assert.That(counts.ContentHash, Is.EqualTo((QcoocReader.Read path).ContentHash))

[<Test>]
let ``the text of 17 million words keeps 11456063 tokens at V = 1000`` () =
    let counts = countFiles [ text "enwiki-17m.txt.gz" ] 1000 48 2
    Assert.That(counts.KeptTokens, Is.EqualTo 11_456_063L)

[<Test>]
let ``the text of 17 million words leaves 71.542 percent of entries unseen at V = 10000, L = 16`` () =
    let counts = countFiles [ text "enwiki-17m.txt.gz" ] 10_000 16 2

    let diagonal =
        Seq.init 10_000 (fun word -> counts[word, word])
        |> Seq.filter (fun count -> count > 0L)
        |> Seq.length

    let seen = 2L * int64 counts.DistinctPairs - int64 diagonal
    Assert.That(counts.KeptTokens, Is.EqualTo 15_315_750L)
    Assert.That(100.0 * (1.0 - float seen / 1e8), Is.EqualTo(71.542).Within 0.0005)

[<Test>]
let ``the spectra of 17 million words at V = 1000, L = 48 are those of an independent NumPy computation`` () =
    let counts = countFiles [ text "enwiki-17m.txt.gz" ] 1000 48 2
    let words, pairs = EmbeddedCounts.leading counts 1000

    let corpus =
        CorpusStatistics.FromCounts(Array.map float words, pairs).WithNeutralSelfPairs()

    use team = new WorkerTeam()

    let spectrum target =
        SymmetricEigenSolver.Decompose(DenseMatrix(1000, 1000, target), team).Eigenvalues

    // The references are printed to the digit that the tolerance is half of.
    let check (values: float array) (expected: (int * float * float) list) =
        for k, value, lastDigit in expected do
            Assert.That(values[k - 1], Is.EqualTo(value).Within(0.5 * lastDigit), $"eigenvalue {k}")

    let xe = QuadraticLoss.Xe.Target corpus
    Assert.That(Array.average xe, Is.EqualTo(-0.0026243).Within 5e-8)
    Assert.That(corpus.Subsample(corpus.InverseFrequency()).Z, Is.EqualTo(1.0026312).Within 5e-8)
    let lambda = spectrum xe

    check
        lambda
        [
            1, 269.3102, 1e-4
            2, 211.8048, 1e-4
            3, 183.4067, 1e-4
            4, 161.0023, 1e-4
            5, 157.7363, 1e-4
            6, 144.1464, 1e-4
            100, 18.43544, 1e-5
            128, 13.81254, 1e-5
            1000, -86.2315, 1e-4
        ]

    Assert.That(lambda |> Array.filter (fun l -> l > 0.0), Has.Length.EqualTo 376)
    let lambda = spectrum (QuadraticLoss.Sym.Target corpus)

    check
        lambda
        [
            1, 243.3596, 1e-4
            2, 172.0799, 1e-4
            3, 140.7585, 1e-4
            4, 117.0157, 1e-4
            5, 107.5437, 1e-4
            6, 90.2958, 1e-4
            100, 9.55067, 1e-5
        ]

    Assert.That(lambda |> Array.filter (fun l -> l > 0.0), Has.Length.EqualTo 401)

[<Test>]
let ``raw and prepared reading of 17 million words give the counts of the strict reading, on any number of threads``
    ()
    =
    use folder = new TemporaryFolder()
    let path = text "enwiki-17m.txt.gz"
    let prepared = folder.File "x.qtok"
    use team = new WorkerTeam 3

    let strict =
        CorpusReader.Parse([| path |], CorpusConvention(Normalisation = Normalisation.Strict))

    let raw = CorpusReader.Parse([| path |], null, team)
    QtokWriter.Write(raw, prepared) |> ignore
    let again = CorpusReader.Parse [| prepared |]

    for parsed in [ strict; raw; again ] do
        let counts = CooccurrenceCounter.Count(parsed.Encode 10_000, 16, team)

        Assert.That(counts.ContentHash, Is.EqualTo "1188c493149e83eff4c2d7d4b16948e6bf95ba93e92e5649ef44458d786e140e")

[<Test>]
let ``the leading eigenvalues of 17 million words at V = 10000, L = 16 are those of an independent NumPy computation``
    ()
    =
    let counts = countFiles [ text "enwiki-17m.txt.gz" ] 10_000 16 2
    use team = new WorkerTeam()

    // Self-pairs neutral, P_i from the occurrences of words: the theory's convention, which is the default.
    let check kind count (expected: (int * float * float) list) =
        let matrix = TargetOperator.Create(counts, TargetSettings(Kind = kind), team)
        let spectrum = KrylovEigenSolver.Solve(matrix, count, team)

        for k, value, lastDigit in expected do
            Assert.That(spectrum.Eigenvalues[k - 1], Is.EqualTo(value).Within(0.5 * lastDigit), $"{kind} {k}")
            Assert.That(spectrum.ResidualNorms[k - 1], Is.LessThanOrEqualTo(1e-8 * value), $"{kind} {k}")

    check
        TargetKind.Sym
        200
        [
            1, 2002.0469, 1e-4
            2, 1484.9819, 1e-4
            3, 1370.9405, 1e-4
            200, 193.31256, 1e-5
        ]

    check TargetKind.Xe 3 [ 1, 11075.5555, 1e-4; 2, 7329.9096, 1e-4; 3, 6325.0204, 1e-4 ]

[<Test>]
let ``the official benchmark has 19544 questions, all ordered pairs 30494`` () =
    let families = AnalogyFile.Read(text "questions-words.txt")
    let count = Seq.sumBy (fun (family: AnalogyWords) -> family.QuestionCount)
    Assert.That(families, Has.Count.EqualTo 14)
    Assert.That(count families, Is.EqualTo 19_544)
    Assert.That(count (AnalogyFile.AllOrderedPairs families), Is.EqualTo 30_494)
    Assert.That(SimilarityFile.Read(text "men-3k.txt"), Has.Count.EqualTo 3000)
    Assert.That(SimilarityFile.Read(text "ws353.txt"), Has.Count.EqualTo 353)
    Assert.That(SimilarityFile.Read(text "simlex999.txt"), Has.Count.EqualTo 999)

[<Test>]
let ``embeddings of 17 million words without and with shrinkage score what an independent computation does`` () =
    let counts = countFiles [ text "enwiki-17m.txt.gz" ] 10_000 16 2
    let families = AnalogyFile.Read(text "questions-words.txt")
    let men = SimilarityFile.Read(text "men-3k.txt")
    use team = new WorkerTeam()

    let measure shrinkage =
        let matrix =
            TargetOperator.Create(counts, TargetSettings(Shrinkage = shrinkage), team)

        let spectrum =
            KrylovEigenSolver.Solve(
                matrix,
                200,
                team,
                KrylovSettings(Tolerance = 1e-4, BlockSize = 24, BasisSize = 600)
            )

        let vectors = ClosedFormEmbedding.Create(spectrum, counts.Words)
        let none = BootstrapSettings(Replicates = 0)
        let analogies = AnalogyBenchmark.Run(vectors, families, team, none).Total
        let similarity = SimilarityBenchmark.Run(vectors, men, team, none)
        Assert.That(analogies.Asked, Is.EqualTo 5265)
        Assert.That(similarity.Pairs - similarity.OutOfVocabulary, Is.EqualTo 1272)
        100.0 * analogies.ExcludingInputs.Accuracy, similarity.Spearman

    // The references are printed to two and four digits; a tenth of a percent is five questions, which rounding may decide.
    let accuracy, spearman = measure 0.0
    Assert.That(accuracy, Is.EqualTo(50.64).Within 0.1)
    Assert.That(spearman, Is.EqualTo(0.7708).Within 1e-4)
    let beta = EmpiricalShrinkage.Estimate(counts, team)
    Assert.That(beta, Is.EqualTo(8.57).Within 0.02)
    let accuracy, _ = measure beta
    Assert.That(accuracy, Is.EqualTo(55.95).Within 0.1)
