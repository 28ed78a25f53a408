/// Checks against the real text, which is not part of the repository: inconclusive where it is absent.
module Qwem.Validation.Tests.CorpusTests

open System
open System.IO
open Expecto
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
    let folders = [
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
        skiptest $"The text {name} is in none of the folders looked at; set QWEM_DATA."
        ""

let tests =
    testList "Corpus" [
        slow (
            testCase "the embedded counts are what the text gives" (fun () ->
                let parsed = CorpusReader.Parse [| text "enwiki-70m.txt.gz" |]
                Expect.equal parsed.TotalTokens 70_158_509L ""
                Expect.equal parsed.TypeCount 488_923 ""
                Expect.equal parsed.DocumentCount 30_539L ""
                use team = new WorkerTeam()

                for size, halfWidth in [ 1000, 48; 3000, 16 ] do
                    let counts = CooccurrenceCounter.Count(parsed.Encode size, halfWidth, team)
                    let path = Repository.file $"validation/data/enwiki-70m-V{size}-L{halfWidth}.qcooc"
                    Expect.equal counts.ContentHash ((QcoocReader.Read path).ContentHash) "")
        )

        slow (
            testCase "the text of 17 million words keeps 11456063 tokens at V = 1000" (fun () ->
                let counts = countFiles [ text "enwiki-17m.txt.gz" ] 1000 48 2
                Expect.equal counts.KeptTokens 11_456_063L "")
        )

        slow (
            testCase
                "the text of 17 million words leaves 71.542 percent of entries unseen at V = 10000, L = 16"
                (fun () ->
                    let counts = countFiles [ text "enwiki-17m.txt.gz" ] 10_000 16 2

                    let diagonal =
                        Seq.init 10_000 (fun word -> counts[word, word])
                        |> Seq.filter (fun count -> count > 0L)
                        |> Seq.length

                    let seen = 2L * int64 counts.DistinctPairs - int64 diagonal
                    Expect.equal counts.KeptTokens 15_315_750L ""
                    Expect.near (100.0 * (1.0 - float seen / 1e8)) 71.542 0.0005 "")
        )

        slow (
            testCase
                "the spectra of 17 million words at V = 1000, L = 48 are those of an independent NumPy computation"
                (fun () ->
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
                            Expect.near (values[k - 1]) value (0.5 * lastDigit) ($"eigenvalue {k}")

                    let xe = QuadraticLoss.Xe.Target corpus
                    Expect.near (Array.average xe) (-0.0026243) (5e-8) ""
                    Expect.near (corpus.Subsample(corpus.InverseFrequency()).Z) 1.0026312 (5e-8) ""
                    let lambda = spectrum xe

                    check lambda [
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

                    Expect.hasLength (lambda |> Array.filter (fun l -> l > 0.0)) 376 ""
                    let lambda = spectrum (QuadraticLoss.Sym.Target corpus)

                    check lambda [
                        1, 243.3596, 1e-4
                        2, 172.0799, 1e-4
                        3, 140.7585, 1e-4
                        4, 117.0157, 1e-4
                        5, 107.5437, 1e-4
                        6, 90.2958, 1e-4
                        100, 9.55067, 1e-5
                    ]

                    Expect.hasLength (lambda |> Array.filter (fun l -> l > 0.0)) 401 "")
        )

        slow (
            testCase
                "raw and prepared reading of 17 million words give the counts of the strict reading, on any number of threads"
                (fun () ->
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

                        Expect.equal
                            counts.ContentHash
                            "1188c493149e83eff4c2d7d4b16948e6bf95ba93e92e5649ef44458d786e140e"
                            "")
        )

        slow (
            testCase
                "the leading eigenvalues of 17 million words at V = 10000, L = 16 are those of an independent NumPy computation"
                (fun () ->
                    let counts = countFiles [ text "enwiki-17m.txt.gz" ] 10_000 16 2
                    use team = new WorkerTeam()

                    // Self-pairs neutral, P_i from the occurrences of words: the theory's convention, which is the default.
                    let check kind count (expected: (int * float * float) list) =
                        let matrix = TargetOperator.Create(counts, TargetSettings(Kind = kind), team)
                        let spectrum = KrylovEigenSolver.Solve(matrix, count, team)

                        for k, value, lastDigit in expected do
                            Expect.near (spectrum.Eigenvalues[k - 1]) value (0.5 * lastDigit) ($"{kind} {k}")
                            Expect.isLessThanOrEqual (spectrum.ResidualNorms[k - 1]) (1e-8 * value) ($"{kind} {k}")

                    check TargetKind.Sym 200 [
                        1, 2002.0469, 1e-4
                        2, 1484.9819, 1e-4
                        3, 1370.9405, 1e-4
                        200, 193.31256, 1e-5
                    ]

                    check TargetKind.Xe 3 [ 1, 11075.5555, 1e-4; 2, 7329.9096, 1e-4; 3, 6325.0204, 1e-4 ])
        )

        testCase "the official benchmark has 19544 questions, all ordered pairs 30494" (fun () ->
            let families = AnalogyFile.Read(text "questions-words.txt")
            let count = Seq.sumBy (fun (family: AnalogyWords) -> family.QuestionCount)
            Expect.hasLength families 14 ""
            Expect.equal (count families) 19_544 ""
            Expect.equal (count (AnalogyFile.AllOrderedPairs families)) 30_494 ""
            Expect.hasLength (SimilarityFile.Read(text "men-3k.txt")) 3000 ""
            Expect.hasLength (SimilarityFile.Read(text "ws353.txt")) 353 ""
            Expect.hasLength (SimilarityFile.Read(text "simlex999.txt")) 999 "")

        slow (
            testCase
                "embeddings of 17 million words without and with shrinkage score what an independent computation does"
                (fun () ->
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
                        Expect.equal analogies.Asked 5265 ""
                        Expect.equal (similarity.Pairs - similarity.OutOfVocabulary) 1272 ""
                        100.0 * analogies.ExcludingInputs.Accuracy, similarity.Spearman

                    // The references are printed to two and four digits; a tenth of a percent is five questions, which rounding may decide.
                    let accuracy, spearman = measure 0.0
                    Expect.near accuracy 50.64 0.1 ""
                    Expect.near spearman 0.7708 (1e-4) ""
                    let beta = EmpiricalShrinkage.Estimate(counts, team)
                    Expect.near beta 8.57 0.02 ""
                    let accuracy, _ = measure beta
                    Expect.near accuracy 55.95 0.1 "")
        )
    ]
