/// Word vectors from one format into another, and formats told by the content.
module Qwem.Validation.Tests.ConvertCommandTests

open System
open System.IO
open Expecto
open Qwem.Sim.Formats
open Qwem.Sim.LinearAlgebra
open Qwem.Validation.Tests.CountingSupport
open Qwem.Validation.Tests.Command
open Qwem.Validation.Tests.EvaluationSupport

let private endings = [ "npz"; "npy"; "txt"; "vec"; "bin"; "tsv" ]

let private same (expected: WordVectors) (actual: WordVectors) =
    Expect.equal actual.Words expected.Words ""
    Expect.equal actual.Values expected.Values ""

let tests =
    testList "Convert command" [
        testCase "every format becomes every other one, bit for bit" (fun () ->
            use folder = new TemporaryFolder()
            let vectors = randomVectors 5UL 40 6 0.0

            for source in endings do
                let input = folder.File("in." + source)
                VectorFile.Write(vectors, input)

                // One process for each source, the rest through the library: the same code.
                for target in endings do
                    let output = folder.File("out." + target)

                    if target = "bin" || target = "npy" then
                        let line, notes = succeed [ "convert"; input; "-o"; output ]
                        Expect.stringStarts line $"{output} V=40 d=6 format={target}" ""

                        if target = "npy" then
                            Expect.stringContains notes "out.vocabulary.txt" ""
                        else
                            Expect.isEmpty notes ""
                    else
                        VectorFile.Write(VectorFile.Read input, output)

                    same vectors (VectorFile.Read output))

        testCase "the content says what a file is, whatever its name" (fun () ->
            use folder = new TemporaryFolder()
            let vectors = randomVectors 6UL 30 4 0.0

            for ending in endings do
                let written, renamed = folder.File("v." + ending), folder.File "v.data"
                VectorFile.Write(vectors, written)
                File.Copy(written, renamed, true)
                same vectors (VectorFile.Read renamed)
                // A name that says something else does not matter.
                let misnamed = folder.File(if ending = "bin" then "v.txt" else "v.bin")

                if misnamed <> written then
                    File.Copy(written, misnamed, true)
                    same vectors (VectorFile.Read misnamed)

            let near, _ =
                succeed [ "neighbors"; folder.File "v.data"; vectors.Words[0]; "-n"; "2" ]

            Expect.stringStarts near vectors.Words[0] "")

        testCase "--format writes a format under any name, and arrays that are lost are named" (fun () ->
            use folder = new TemporaryFolder()
            let input, output = folder.File "v.npz", folder.File "model"
            let vectors = randomVectors 7UL 20 3 0.0
            VectorFile.Write(vectors, input, [| NpyArray.Vector("eigenvalues", [| 3.0; 2.0; 1.0 |]) |])
            let _, notes = succeed [ "convert"; input; "--format"; "bin"; "-o"; output ]
            Expect.equal (notes.TrimEnd()) "Not kept, because this format holds vectors alone: eigenvalues." ""
            same vectors (VectorFile.Read output)
            let again = folder.File "w.npz"
            let _, notes = succeed [ "convert"; input; "-o"; again ]
            Expect.isEmpty notes ""
            Expect.equal (File.ReadAllBytes again) (File.ReadAllBytes input) ""

            let wide = folder.File "wide.npy"
            NpyMatrix.Write(wide, DenseMatrix(2, 1, [| 0.1; 0.5 |]), 0, 2, false)
            folder.WriteText("wide.vocabulary.txt", "a\nb\n") |> ignore
            let _, notes = succeed [ "convert"; wide; "-o"; output; "--format"; "txt" ]
            Expect.stringContains notes "rounded from double to single precision" "")

        testCase "mistakes end with one sentence, and nothing is half-written" (fun () ->
            use folder = new TemporaryFolder()
            let input = folder.File "v.bin"
            VectorFile.Write(randomVectors 8UL 20 3 0.0, input)
            let matrix = folder.File "m.npy"
            VectorFile.Write(randomVectors 8UL 20 3 0.0, matrix)

            let refuse code part more =
                refused folder code part ("convert" :: more)

            refuse 1 "give --format" [ input; "-o"; folder.File "v.model" ]
            refuse 1 "'doc' of --format" [ input; "-o"; folder.File "v.model"; "--format"; "doc" ]
            refuse 1 "is the input" [ input; "-o"; input ]
            refuse 1 "is the input" [ matrix; "-o"; folder.File "m.vocabulary.txt" ]
            refuse 1 "create it first" [ input; "-o"; Path.Combine(folder.Path, "absent", "v.txt") ]
            refuse 1 "--output" [ input ]
            refuse 3 "does not exist" [ folder.File "absent.bin"; "-o"; folder.File "v.txt" ]
            refuse 3 "no known format" [ folder.WriteText("text", "a b c\nd e f\n"); "-o"; folder.File "v.txt" ]
            File.WriteAllBytes(folder.File "cut", (File.ReadAllBytes input)[..100])
            refuse 3 "" [ folder.File "cut"; "-o"; folder.File "v.txt" ])
    ]
