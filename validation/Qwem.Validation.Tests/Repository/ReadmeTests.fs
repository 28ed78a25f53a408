/// README's snippets, word for word, compiled and run.
module Qwem.Validation.Tests.ReadmeTests

open System
open System.IO
open Expecto
open Qwem.Sim.Formats
open Qwem.Theory
open Qwem.Theory.Functions
open Qwem.Validation.Tests.CountingSupport

/// README's F#.
let private staircaseOf words pairs dimension sigma =
    let modes =
        statistics words pairs
        |> neutral
        |> target (Target.OfLoss QuadraticLoss.Sym)
        |> spectrum

    let steps = modes |> staircase dimension sigma
    let times = steps.RealisationTimes()
    let losses = Array.init dimension (fun k -> steps.Plateau(k + 1))
    times, losses

/// Lines without indentation.
let private lines (text: string) =
    text.ReplaceLineEndings("\n").Split('\n')
    |> Array.map _.Trim()
    |> Array.filter (fun line -> line <> "")

/// The fenced blocks of a language in README's section on the library.
let private blocks language =
    let readme = File.ReadAllText(Repository.file "README.md").ReplaceLineEndings "\n"
    let start = readme.IndexOf("\n## As a library\n", StringComparison.Ordinal)

    let section =
        readme[start .. readme.IndexOf("\n## ", start + 1, StringComparison.Ordinal)]

    section.Split($"```{language}\n")
    |> Array.skip 1
    |> Array.map (fun rest -> lines (rest[.. rest.IndexOf("```", StringComparison.Ordinal) - 1]))

/// What a block opens stands in the source somewhere, the rest of it in one piece.
let private standsIn (source: string) (block: string array) =
    let all = lines (File.ReadAllText(Repository.file source))

    let isOpening (line: string) =
        line.StartsWith("using ", StringComparison.Ordinal)
        || line.StartsWith("open ", StringComparison.Ordinal)

    let opened, body = Array.partition isOpening block
    Expect.containsAll all opened $"what {source} opens"

    Expect.isTrue
        (all |> Array.windowed body.Length |> Array.contains body)
        $"README's lines are not those of {source}:\n{String.Join('\n', body)}"

let tests =
    testList "Readme" [
        testCase "the snippets are the sources that are compiled here" (fun () ->
            match blocks "csharp", blocks "fsharp" with
            | [| vectors; predictions |], [| staircase |] ->
                standsIn "examples/Qwem.Examples.CSharp/Vectors.cs" vectors
                standsIn "examples/Qwem.Examples.CSharp/Predictions.cs" predictions
                standsIn "validation/Qwem.Validation.Tests/Repository/ReadmeTests.fs" staircase
            | csharp, fsharp -> failtest $"README has {csharp.Length} blocks of C# and {fsharp.Length} of F#.")

        slow (
            testCase "a text of ten thousand words becomes its vectors" (fun () ->
                use folder = new TemporaryFolder()
                // Words of four letters, in documents of twenty: each has its neighbours alone.
                let word i =
                    String.Join("", [ 'w'; char (97 + i % 26); char (97 + i / 26 % 26); char (97 + i / 676) ])

                let documents =
                    Seq.init 500 (fun n -> String.Join(' ', Seq.init 20 (fun k -> word (20 * n + k))))

                let path = folder.WriteText("text", String.Join("\n\n", documents))
                let output = folder.File "vectors.bin"
                Qwem.Examples.Vectors.FromText(path, output)
                let vectors = VectorFile.Read output
                Expect.equal (vectors.Size, vectors.Dimension) (10_000, 200) "one vector of a word")
        )

        testCase "modes are predicted from counts, and from a start of any size" (fun () ->
            let times, losses =
                staircaseOf [| 30.0; 20.0; 10.0 |] [| 0.0; 9.0; 1.0; 9.0; 0.0; 4.0; 1.0; 4.0; 0.0 |] 1 1e-6

            Expect.isGreaterThan (float times[0]) 0.0 "the first rise"
            Expect.hasLength losses 1 "a plateau for each"

            let struct (aligned, exact) =
                Qwem.Examples.Predictions.At([| 3.0; 1.0 |], [| 1e-6; 1e-6 |], [| 1e-3; 0.0; 0.0; 1e-3 |], 2, 100.0)

            for k in 0..1 do
                Expect.near (exact[k] * exact[k]) aligned[k] 1e-12 "an aligned start is the closed form")
    ]
