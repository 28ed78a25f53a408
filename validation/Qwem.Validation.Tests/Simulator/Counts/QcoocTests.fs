module Qwem.Validation.Tests.QcoocTests

open System
open System.IO
open Expecto
open FsCheck
open FsCheck.FSharp
open Qwem.Sim.Cooccurrence
open Qwem.Validation.Tests.CountingSupport
open Qwem.Validation.Tests.Texts
open Qwem.Sim.IO

let private read (bytes: byte array) =
    use stream = new MemoryStream(bytes)
    QcoocReader.Read(stream, "test")

let private small () =
    countDocuments [ [ "the"; "cat"; "the"; "mat" ]; [ "cat"; "the"; "the" ] ] 3 4

/// Not the sentence of a refusal, or null where it is one.
let private unless (bytes: byte array) : string | null =
    try
        read bytes |> ignore
        "accepted"
    with
    | :? FileFormatException as failure ->
        if failure.Message.Contains '\n' || not (failure.Message.Contains "'test'") then
            failure.Message
        else
            null
    | failure -> failure.ToString()

let private sameCounts (a: CooccurrenceCounts) (b: CooccurrenceCounts) =
    a.Convention = b.Convention
    && Array.ofSeq a.Words = Array.ofSeq b.Words
    && Array.ofSeq a.WordCounts = Array.ofSeq b.WordCounts
    && a.RowStarts = b.RowStarts
    && a.Columns = b.Columns
    && a.Counts = b.Counts
    && a.ContentHash = b.ContentHash

let tests =
    testList "Qcooc" [
        property "what was written is read" 200 (fun { Documents = articles } (PositiveInt halfWidth) ->
            let counts = countDocuments articles (naiveVocabulary articles).Length halfWidth
            sameCounts counts (read (bytesOf counts)))

        property "counts of any size up to 64 bits survive" 100 (fun (draws: uint64 list) ->
            let rows =
                draws
                |> List.truncate 30
                |> List.map (fun draw -> 1L + int64 (draw >>> (8 + int (draw % 55UL))))
                |> Array.ofList

            let size = max 1 rows.Length
            let words = Array.init size (fun index -> $"w{index}é")
            let wordCounts = Array.init size (fun index -> int64 (size - index))
            let starts = Array.init (size + 1) (fun row -> int64 (min row rows.Length))

            let counts =
                CooccurrenceCounts(CountingConvention 3, words, wordCounts, starts, Array.init rows.Length id, rows)

            sameCounts counts (read (bytesOf counts)))

        testCase "content of several blocks is read, and blocks cannot be exchanged or left out" (fun () ->
            let size = 900
            let random = Random 13
            let words = Array.init size (fun index -> $"w{index}")

            let starts =
                Array.init (size + 1) (fun row -> int64 row * int64 (2 * size - row + 1) / 2L)

            let columns = [|
                for row in 0 .. size - 1 do
                    yield! [ row .. size - 1 ]
            |]

            let values = Array.init columns.Length (fun _ -> 1L + random.NextInt64(1L <<< 30))

            let counts =
                CooccurrenceCounts(CountingConvention 9, words, Array.create size 5L, starts, columns, values)

            let bytes = bytesOf counts
            Expect.isTrue (sameCounts counts (read bytes)) ""

            let blockAt offset =
                40 + BitConverter.ToInt32(bytes, offset + 4)

            let first = blockAt 12
            let second = blockAt (12 + first)
            let head, one = bytes[..11], bytes[12 .. 11 + first]

            let two, rest =
                bytes[12 + first .. 11 + first + second], bytes[12 + first + second ..]

            Expect.equal (Array.concat [ head; one; two; rest ]) bytes ""
            Expect.isNull (unless (Array.concat [ head; two; one; rest ])) ""
            Expect.isNull (unless (Array.concat [ head; one; rest ])) "")

        slow (
            testCase "every change of every byte is refused" (fun () ->
                everyChangeIsRefused unless (bytesOf (small ())))
        )

        testCase "every truncation is refused" (fun () ->
            let bytes = bytesOf (small ())

            for length in 0 .. bytes.Length - 1 do
                Expect.isNull (unless bytes[.. length - 1]) ($"length {length}"))

        testCase "trailing bytes are refused" (fun () ->
            let bytes = bytesOf (small ())

            for tail in [ [| 0uy |]; [| 255uy; 1uy |]; bytes ] do
                Expect.isNull (unless (Array.append bytes tail)) "")

        testCase "random bytes after a good beginning are refused without large allocations" (fun () ->
            let bytes = bytesOf (small ())
            let random = Random 17
            let before = GC.GetAllocatedBytesForCurrentThread()

            for _ in 1..200 do
                let noise = Array.zeroCreate<byte> 500
                random.NextBytes noise
                Expect.isNull (unless (Array.append bytes[..11] noise)) ""

            Expect.isLessThan (GC.GetAllocatedBytesForCurrentThread() - before) (200L * 3_000_000L) "")

        testCase "the message says what is wrong and where" (fun () ->
            let bytes = bytesOf (small ())

            let message (altered: byte array) =
                (Expect.raised<FileFormatException>(fun () -> read altered |> ignore)).Message

            let flipped position =
                bytes
                |> Array.mapi (fun index value -> if index = position then value ^^^ 1uy else value)

            Expect.stringContains (message [||]) "ends at byte offset 0" ""
            Expect.stringContains (message (flipped 0)) "is not a .qcooc file" ""
            Expect.stringContains (message (flipped 8)) "has version 0" ""

            Expect.stringContains
                (message (flipped 60))
                "block 0 at byte offset 12 does not agree with its checksum"
                ""

            Expect.stringContains (message bytes[..99]) "ends at byte offset 100 inside block 0" ""

            Expect.stringContains
                (message (flipped (bytes.Length - 1)))
                ($"hash at byte offset {bytes.Length - 32}")
                ""

            Expect.stringContains
                (message (Array.append bytes [| 0uy |]))
                ($"bytes follow its end at byte offset {bytes.Length}")
                "")

        testCase "a file is replaced as a whole and leaves no temporary" (fun () ->
            use folder = new TemporaryFolder()
            let path = folder.WriteText("x.qcooc", "older")
            QcoocWriter.Write(small (), path)
            Expect.isTrue (sameCounts (small ()) (QcoocReader.Read path)) ""
            Expect.equal folder.Names [ "x.qcooc" ] "")

        testCase
            "what killed runs left of a file goes when it is written again; other files and what is being written stay"
            (fun () ->
                use folder = new TemporaryFolder()
                let path = folder.File "x.qcooc"

                let others = [
                    ".y.qcooc.0123abcd.tmp"
                    ".x.qcooc.0123abcX.tmp"
                    ".x.qcooc.0123abcd.part"
                    ".x.qcooc.012abcd.tmp"
                ]

                for name in ".x.qcooc.0123abcd.tmp" :: ".x.qcooc.ffffffff.tmp" :: others do
                    File.WriteAllText(folder.File name, "half")

                use writing =
                    new FileStream(
                        folder.File ".x.qcooc.00000000.tmp",
                        FileMode.CreateNew,
                        FileAccess.Write,
                        FileShare.Delete
                    )

                writing.WriteByte 1uy
                QcoocWriter.Write(small (), path)
                Expect.containsAll folder.Names ([ "x.qcooc"; ".x.qcooc.00000000.tmp" ] @ others) ""
                Expect.hasLength folder.Names (2 + others.Length) "")

        testCase "a failure while writing leaves the older file and no temporary" (fun () ->
            use folder = new TemporaryFolder()
            let path = folder.WriteText("x.qcooc", "older")

            Expect.throwsT<IOException>
                (fun () ->
                    AtomicFile.Write(
                        path,
                        fun stream ->
                            stream.WriteByte 1uy
                            raise (IOException "the disk is full")
                    ))
                ""

            use cancelled = new Threading.CancellationTokenSource()
            cancelled.Cancel()

            Expect.throwsT<OperationCanceledException>
                (fun () -> QcoocWriter.Write(small (), path, cancelled.Token))
                ""

            Expect.equal (File.ReadAllText path) "older" ""
            Expect.equal folder.Names [ "x.qcooc" ] "")

        testCase "parts that contradict each other make no counts" (fun () ->
            let make (starts: int64 array) (columns: int array) (values: int64 array) =
                Action(fun () ->
                    CooccurrenceCounts(CountingConvention 2, [| "a"; "b" |], [| 2L; 1L |], starts, columns, values)
                    |> ignore)

            (make [| 0L; 2L; 3L |] [| 0; 1; 1 |] [| 1L; 1L; 1L |]).Invoke()

            for action in
                [
                    make [| 0L; 2L |] [| 0; 1 |] [| 1L; 1L |]
                    make [| 0L; 2L; 3L |] [| 1; 0; 1 |] [| 1L; 1L; 1L |]
                    make [| 0L; 1L; 2L |] [| 0; 0 |] [| 1L; 1L |]
                    make [| 0L; 1L; 2L |] [| 0; 2 |] [| 1L; 1L |]
                    make [| 0L; 1L; 1L |] [| 0 |] [| 0L |]
                    make [| 0L; 5L; 1L |] [| 0 |] [| 1L |]
                ] do
                Expect.throwsT<ArgumentException> (fun () -> action.Invoke()) "")
    ]
