/// Checks against the real text, which is not part of the repository: inconclusive where it is absent.
[<NUnit.Framework.TestFixture>]
[<NUnit.Framework.Category("Corpus")>]
module Qwem.Validation.Tests.CorpusTests

open System
open System.IO
open NUnit.Framework
open Qwem.Sim.Cooccurrence
open Qwem.Sim.Corpora
open Qwem.Sim.Threading
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
let ``the embedded counts are what the text gives, byte for byte`` () =
    let parsed = CorpusReader.Parse [| text "enwiki-70m.txt.gz" |]
    Assert.That(parsed.TotalTokens, Is.EqualTo 70_158_509L)
    Assert.That(parsed.TypeCount, Is.EqualTo 488_923)
    Assert.That(parsed.ArticleCount, Is.EqualTo 30_539L)
    use team = new WorkerTeam()

    for size, halfWidth in [ 1000, 48; 3000, 16 ] do
        let counts = CooccurrenceCounter.Count(parsed.Encode size, halfWidth, team)
        let path = Repository.file $"validation/data/enwiki-70m-V{size}-L{halfWidth}.qcooc"
        Assert.That(counts.ContentHash, Is.EqualTo((QcoocReader.Read path).ContentHash))

        Assert.That(
            (bytesOf counts = File.ReadAllBytes path),
            Is.True,
            $"{path} differs in bytes but not in content: another Brotli"
        )

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
