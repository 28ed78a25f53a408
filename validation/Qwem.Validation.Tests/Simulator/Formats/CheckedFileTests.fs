/// What prepared corpora, counts and checkpoints have in common: the mark, the version, the seal, and the sentences of a refusal.
module Qwem.Validation.Tests.CheckedFileTests

open System
open System.IO
open System.Security.Cryptography
open Expecto
open Qwem.Sim.Cooccurrence
open Qwem.Sim.Corpora
open Qwem.Sim.IO
open Qwem.Sim.LinearAlgebra
open Qwem.Sim.Runs
open Qwem.Validation.Tests.CountingSupport
open Qwem.Validation.Tests.Texts
open Qwem.Validation.Tests.CorpusSupport

/// "accepted", or the sentence with which a file is refused.
let private outcome (read: string -> unit) (path: string) =
    try
        read path
        "accepted"
    with
    | :? CorpusException
    | :? FileFormatException as failure -> failure.Message

let private checkpoint =
    lazy
        Checkpoint(
            "seed=1\nd=2\n",
            7L,
            TraceMark(12L, SHA256.HashData [| 1uy |]),
            DenseMatrix(2, 3, [| 1.0; -2.5; 0.0; 1e-300; 4.0; 5.0 |])
        )

/// The three formats: a name, a file, its reader, and where its version is.
let private formats (folder: TemporaryFolder) =
    let qtok, qcooc, qwem =
        folder.File "x.qtok", folder.File "x.qcooc", folder.File "x.qwem"

    QtokWriter.Write(CorpusReader.Parse [| folder.WriteText("text", "the cat the mat\nthe cat\n") |], qtok)
    |> ignore

    QcoocWriter.Write(countDocuments [ [ "the"; "cat"; "the" ] ] 2 1, qcooc)
    checkpoint.Value.Write qwem

    [
        qtok,
        8,
        fun path ->
            use corpus = CorpusReader.Parse [| path |]
            corpus.Encode 1 |> ignore
        qcooc, 8, (fun path -> QcoocReader.Read path |> ignore)
        qwem, 6, (fun path -> Checkpoint.Read path |> ignore)
    ]

let private number (bytes: byte list) =
    let mutable position = 0
    let mutable value = 0UL
    let good = Varint.TryRead(ReadOnlySpan(Array.ofList bytes), &position, &value)
    good, position, value

let tests =
    testList "Checked files" [
        testCase "the three formats are refused in the same words" (fun () ->
            use folder = new TemporaryFolder()

            for path, version, read in formats folder do
                let good = File.ReadAllBytes path
                let said (bytes: byte array) = outcome read (writeBytes path bytes)

                let flipped position =
                    good
                    |> Array.mapi (fun index value -> if index = position then value ^^^ 0x40uy else value)

                Expect.equal (said good) "accepted" path
                // The reader of corpora takes what does not begin as a prepared corpus for text.
                if not (path.EndsWith ".qtok") then
                    Expect.stringContains (said (flipped 1)) "it does not begin with the mark of the format" path

                Expect.stringContains (said (flipped version)) $"at byte offset {version}, and only version" path
                Expect.stringContains (said good[.. good.Length - 2]) "is truncated: it ends at byte offset" path

                Expect.stringContains
                    (said (Array.append good [| 0uy |]))
                    $"is damaged: bytes follow its end at byte offset {good.Length}"
                    path

                Expect.stringContains (said (flipped (good.Length - 1))) "is damaged: " path)

        testCase "every change of every byte of a checkpoint is refused, and every other length" (fun () ->
            use folder = new TemporaryFolder()
            let path = folder.File "x.qwem"
            let read = outcome (fun path -> Checkpoint.Read path |> ignore)
            checkpoint.Value.Write path
            let good = File.ReadAllBytes path

            for position in 0 .. good.Length - 1 do
                for change in [ 0x01uy; 0x10uy; 0x80uy; 0xFFuy ] do
                    let bad = Array.copy good
                    bad[position] <- bad[position] ^^^ change

                    Expect.stringContains
                        (read (writeBytes path bad))
                        "x.qwem' "
                        $"byte {position} changed by {change}"

            for length in 0 .. good.Length - 1 do
                Expect.stringContains (read (writeBytes path good[.. length - 1])) "x.qwem' " $"length {length}"

            Expect.equal (read (writeBytes path good)) "accepted" "")

        testCase "a checkpoint has the bytes that its description says, and is read back" (fun () ->
            use folder = new TemporaryFolder()
            let path = folder.File "x.qwem"
            let written = checkpoint.Value
            written.Write path

            let content = [|
                yield! [| 0x89uy; 'Q'B; 'W'B; 'E'B; 'M'B; 'R'B; 2uy; '\n'B |]
                yield! BitConverter.GetBytes 11
                yield! "seed=1\nd=2\n"B
                yield! BitConverter.GetBytes 7L
                yield! BitConverter.GetBytes 12L
                yield! BitConverter.GetBytes 2
                yield! BitConverter.GetBytes 3
                for value in [ 1.0; -2.5; 0.0; 1e-300; 4.0; 5.0 ] do
                    yield! BitConverter.GetBytes value
                yield! SHA256.HashData [| 1uy |]
            |]

            Expect.equal (File.ReadAllBytes path) (Array.append content (SHA256.HashData content)) ""
            let read = Checkpoint.Read path
            Expect.equal read.Parameters written.Parameters ""
            Expect.equal (read.Step, read.Trace.Length) (7L, 12L) ""
            Expect.equal read.Trace.Hash written.Trace.Hash ""
            Expect.equal read.Embeddings.Values written.Embeddings.Values "")

        testCase "a length that a checkpoint does not have is refused before anything is allocated for it" (fun () ->
            use folder = new TemporaryFolder()
            let path = folder.File "x.qwem"
            checkpoint.Value.Write path
            let good = File.ReadAllBytes path

            for place in [ 8; 39; 43 ] do
                for value in [ -1; Int32.MaxValue; Int32.MinValue; 0x01000000 ] do
                    let bad = Array.copy good
                    BitConverter.TryWriteBytes(Span(bad, place, 4), value) |> ignore
                    let before = GC.GetAllocatedBytesForCurrentThread()

                    Expect.stringContains
                        (outcome (fun path -> Checkpoint.Read path |> ignore) (writeBytes path bad))
                        "damaged: it has "
                        $"{value} at {place}"

                    Expect.isLessThan (GC.GetAllocatedBytesForCurrentThread() - before) 1_000_000L "")

        testCase "a file of a prepared corpus is closed with the corpus" (fun () ->
            use folder = new TemporaryFolder()
            let path, _, _ = (formats folder).Head
            let corpus = CorpusReader.Parse [| path |]
            corpus.Dispose()
            Expect.throwsT<ObjectDisposedException> (fun () -> corpus.Encode 1 |> ignore) "")

        property "a number is read as it was written, and nothing behind it" 500 (fun (draw: uint64) (shift: byte) ->
            let value = draw >>> int (shift % 64uy)
            use stream = new MemoryStream()
            Varint.Write(stream, value)
            let bytes = List.ofArray (stream.ToArray())
            number (bytes @ [ 0x80uy ]) = (true, bytes.Length, value))

        testCase "a number without an end, with a needless byte or with more than 64 bits is refused" (fun () ->
            let most = List.replicate 9 0xFFuy
            Expect.equal (number (most @ [ 1uy ])) (true, 10, UInt64.MaxValue) ""

            for bytes in
                [
                    []
                    [ 0x80uy ]
                    [ 0x80uy; 0uy ]
                    [ 0xFFuy; 0x80uy; 0uy ]
                    most @ [ 2uy ]
                    most @ [ 0x81uy; 0uy ]
                ] do
                let good, _, _ = number bytes
                Expect.isFalse good $"{bytes}")
    ]
