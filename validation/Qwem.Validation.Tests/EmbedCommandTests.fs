/// From text to vectors to answers, as a user would.
[<NUnit.Framework.TestFixture>]
module Qwem.Validation.Tests.EmbedCommandTests

open System.IO
open NUnit.Framework
open Qwem.Sim.Formats
open Qwem.Validation.Tests.CountingSupport
open Qwem.Validation.Tests.Command

/// Two topics of four words, which meet only within their topic.
let private text =
    let sentence k =
        let topic =
            if k % 2 = 0 then
                [| "sun"; "moon"; "star"; "sky" |]
            else
                [| "bread"; "milk"; "salt"; "cheese" |]

        String.concat " " [ for n in 0..5 -> topic[(n * (k + 1) + k / 2) % 4] ]

    String.concat "\n" (List.init 60 sentence) + "\n"

let private embedded (folder: TemporaryFolder) (name: string) (more: string list) =
    let input = folder.WriteText("text", text)
    let output = folder.File name

    let code, line, error =
        finish (qwem ([ "embed"; input; "-d"; "2"; "-L"; "3"; "-o"; output; "--threads"; "1" ] @ more))

    Assert.That(code, Is.EqualTo 0, error)
    output, line

[<Test>]
let ``text becomes vectors in every format, the same ones`` () =
    use folder = new TemporaryFolder()

    let vectors =
        [
            for name in [ "v.npz"; "v.txt"; "v.bin"; "v.tsv" ] ->
                VectorFile.Read(fst (embedded folder name [ "--shrinkage"; "2" ]))
        ]

    for other in vectors do
        Assert.That(other.Words, Is.EqualTo<string[]> vectors.Head.Words)
        Assert.That(other.Values, Is.EqualTo<float32[]> vectors.Head.Values)

    let archive = NpzReader.Read(folder.File "v.npz")
    Assert.That(archive |> Seq.map (fun a -> a.Name), Is.EqualTo(box [ "vectors"; "words"; "eigenvalues"; "settings" ]))
    Assert.That((archive |> Seq.last).Texts |> Unchecked.nonNull |> Array.head, Does.Contain "\"shrinkage\":2,")

[<Test>]
let ``counts and text give the same bytes, and the line says what was made`` () =
    use folder = new TemporaryFolder()
    let fromText, line = embedded folder "v.npz" []
    Assert.That(line, Does.Match "v.npz V=8 d=2 target=sym shrinkage=[0-9.]+ positive-eigenvalues=2 of 2")
    let counts = folder.File "c.qcooc"

    let code, _, error =
        finish (qwem [ "count"; folder.File "text"; "-V"; "8"; "-L"; "3"; "-o"; counts ])

    Assert.That(code, Is.EqualTo 0, error)
    let other = folder.File "w.npz"

    let code, _, error =
        finish (qwem [ "embed"; counts; "-d"; "2"; "-o"; other; "--threads"; "2" ])

    Assert.That(code, Is.EqualTo 0, error)
    Assert.That(File.ReadAllBytes other, Is.EqualTo<byte[]>(File.ReadAllBytes fromText))

[<Test>]
let ``vectors answer questions`` () =
    use folder = new TemporaryFolder()
    let vectors, _ = embedded folder "v.bin" []

    let answer arguments =
        let code, output, error = finish (qwem arguments)
        Assert.That(code, Is.EqualTo 0, error)
        output

    let neighbours = answer [ "neighbours"; vectors; "Moon"; "-n"; "3" ]
    Assert.That(neighbours, Does.StartWith "moon\n")

    for word in [ "sun"; "star"; "sky" ] do
        Assert.That(neighbours, Does.Contain word)

    Assert.That(neighbours, Does.Not.Contain "milk")

    Assert.That(
        answer [ "analogy"; vectors; "sun"; "moon"; "bread"; "-n"; "1" ],
        Does.Match @"\A *[0-9.]+  (milk|salt|cheese)\r?\n\z"
    )

    Assert.That((answer [ "similarity"; vectors; "milk"; "milk" ]).Trim(), Is.EqualTo "1.0000")

    Assert.That(
        answer [ "concepts"; vectors; "--directions"; "1"; "-n"; "2"; "--unit" ],
        Does.Match @"1  eigenvalue [0-9.]+\n  \+  \w+ [0-9.]+  \w+"
    )

    let questions =
        folder.WriteText("q", ": food\nsun moon bread milk\nsun moon bread wine\n")

    let pairs =
        folder.WriteText("s", "sun moon 9\nsun milk 1\nbread milk 8\nmoon salt 2\nwine milk 5\n")

    let report =
        answer
            [
                "evaluate"
                vectors
                "--questions"
                questions
                "--similarity"
                pairs
                "--replicates"
                "50"
            ]

    Assert.That(report, Does.Match @"food +1 +1 ")
    Assert.That(report, Does.Match @"total +1 +1 ")
    Assert.That(report, Does.Match @"pairs=4 unknown=1 spearman=0\.[0-9]{4} \[")

    Assert.That(
        answer
            [
                "evaluate"
                vectors
                "--questions"
                questions
                "--all-pairs"
                "--replicates"
                "0"
            ],
        Does.Match @"total +2 +4 "
    )

[<Test>]
let ``mistakes end with one sentence and change nothing`` () =
    use folder = new TemporaryFolder()
    let vectors, _ = embedded folder "v.bin" []
    let input = folder.File "text"
    let out = folder.File "o.npz"
    folder.WriteText("bad.txt", "2 2\na 1 2\nb 1 x\n") |> ignore
    refused folder 1 "did you mean 'moon'" [ "neighbours"; vectors; "mon" ]
    refused folder 1 "choose another word" [ "similarity"; vectors; "sun"; "parliament" ]
    refused folder 1 "'chese'" [ "analogy"; vectors; "sun"; "moon"; "chese" ]
    refused folder 3 "does not exist" [ "neighbours"; folder.File "absent.bin"; "sun" ]
    refused folder 3 "line 3" [ "concepts"; folder.File "bad.txt" ]
    refused folder 3 "no known format" [ "similarity"; input; "sun"; "moon" ]
    refused folder 1 "nothing to measure" [ "evaluate"; vectors ]
    refused folder 3 "Line 1" [ "evaluate"; vectors; "--similarity"; input ]
    refused folder 3 "before the first family" [ "evaluate"; vectors; "--questions"; input ]
    refused folder 1 "no known format" [ "embed"; input; "-o"; folder.File "o.doc" ]

    refused
        folder
        1
        "does not exist; create it first"
        [ "embed"; input; "-o"; Path.Combine(folder.Path, "no", "o.npz") ]

    refused folder 1 "'lots' of --shrinkage" [ "embed"; input; "--shrinkage"; "lots"; "-o"; out ]
    refused folder 1 "'-1' of --shrinkage" [ "embed"; input; "--shrinkage"; "-1"; "-o"; out ]
    refused folder 1 "'2' of --power" [ "embed"; input; "--power"; "2"; "-o"; out ]
    refused folder 1 "'pmi' of --target" [ "embed"; input; "--target"; "pmi"; "-o"; out ]
    refused folder 1 "below 1" [ "embed"; input; "--target"; "ppmi"; "--negative-ratio"; "0.5"; "-o"; out ]
    refused folder 3 "do not exist" [ "embed"; folder.File "absent.qcooc"; "-o"; out ]
    refused folder 1 "among other inputs" [ "embed"; input; folder.File "absent.qcooc"; "-o"; out ]

    // Found after the stages of counting have been announced.
    let late (ending: string) arguments =
        let code, _, error = finish (qwem arguments)
        Assert.That(code, Is.EqualTo 1)
        Assert.That(error.TrimEnd(), Does.EndWith ending)
        Assert.That(File.Exists out, Is.False)

    late "'9' of --dimension is not possible: there are 8 words." [ "embed"; input; "-d"; "9"; "-o"; out ]
    let alone = folder.WriteText("alone", "a a a")
    late "no pair of different words; count a longer text." [ "embed"; alone; "-d"; "1"; "-o"; out ]

[<Test>]
let ``every command's help has an example`` () =
    for command in [ "embed"; "evaluate"; "neighbours"; "analogy"; "similarity"; "concepts" ] do
        let code, help, _ = finish (qwem [ command; "--help" ])
        Assert.That(code, Is.EqualTo 0)
        Assert.That(help, Does.Match "Examples?:")
