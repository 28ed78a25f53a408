module Qwem.Validation.Tests.NpzTests

open System
open System.IO
open System.IO.Compression
open System.Text
open Expecto
open FsCheck.FSharp
open Qwem.Sim.Formats
open Qwem.Sim.IO
open Qwem.Sim.LinearAlgebra
open Qwem.Sim.Spectra
open Qwem.Sim.Threading
open Qwem.Validation.Tests.CountingSupport

let private write (arrays: NpyArray list) =
    use stream = new MemoryStream()
    NpzWriter.Write(stream, arrays)
    stream.ToArray()

let private read (bytes: byte array) =
    use stream = new MemoryStream(bytes)
    NpzReader.Read(stream, "test") |> List.ofSeq

let private small = [
    NpyArray.Vector("eigenvalues", [| 3.5; -0.0; nan |])
    NpyArray.Matrix("eigenvectors", 3, 2, [| 1.0; 2.0; 3.0; 4.0; 5.0; infinity |])
    NpyArray.Vector("empty", [||])
    NpyArray.TextVector("words", [| "the"; ""; "naïve"; "𝔘𝔫" |])
    NpyArray.Text("settings", """{"a":1}""")
]

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

let private bitsOf (numbers: float array | null) =
    match numbers with
    | null -> [||]
    | numbers -> Array.map BitConverter.DoubleToInt64Bits numbers

let private textsOf (texts: string array | null) =
    match texts with
    | null -> [||]
    | texts -> texts

let private same (a: NpyArray) (b: NpyArray) =
    a.Name = b.Name
    && List.ofSeq a.Shape = List.ofSeq b.Shape
    && bitsOf a.Numbers = bitsOf b.Numbers
    && textsOf a.Texts = textsOf b.Texts

let tests =
    testList "Npz" [
        testCase "what was written is read, bit by bit" (fun () ->
            Expect.isTrue (List.forall2 same small (read (write small))) ""
            Expect.isEmpty (read (write [])) "")

        property "arrays of any shape and content survive" 100 (fun (numbers: float list) (texts: string list) rows ->
            let numbers = Array.ofList numbers
            let rows = 1 + abs (rows % 5)
            let kept = numbers.Length / rows * rows

            let clean =
                texts
                |> List.map (fun text ->
                    match box text with
                    | null -> ""
                    | _ -> text |> String.filter (fun c -> c <> '\000' && not (Char.IsSurrogate c)))
                |> Array.ofList

            let arrays = [
                NpyArray.Vector("a", numbers)
                NpyArray.Matrix("b", rows, kept / rows, numbers[.. kept - 1])
                NpyArray.TextVector("c", clean)
            ]

            List.forall2 same arrays (read (write arrays)))

        testCase "the archive is a zip of npy files whose contents start at multiples of 64 bytes" (fun () ->
            let bytes = write small
            use archive = new ZipArchive(new MemoryStream(bytes), ZipArchiveMode.Read)

            Expect.sequenceEqual
                (archive.Entries |> Seq.map (fun entry -> entry.FullName))
                [
                    "eigenvalues.npy"
                    "eigenvectors.npy"
                    "empty.npy"
                    "words.npy"
                    "settings.npy"
                ]
                ""

            use content = new MemoryStream()
            use entry = archive.Entries[1].Open()
            entry.CopyTo content
            let npy = content.ToArray()
            Expect.equal npy.Length (128 + 48) ""
            Expect.equal npy[..9] [| 0x93uy; 78uy; 85uy; 77uy; 80uy; 89uy; 1uy; 0uy; 118uy; 0uy |] ""

            Expect.equal
                (Encoding.ASCII.GetString(npy[10..126]).TrimEnd())
                "{'descr': '<f8', 'fortran_order': True, 'shape': (3, 2), }"
                ""

            Expect.equal npy[127] 10uy ""
            Expect.equal (BitConverter.ToDouble(npy, 128 + 8)) 2.0 ""

            for position in 0 .. bytes.Length - 6 do
                if bytes[position .. position + 5] = npy[..5] then
                    Expect.equal (position % 64) 0 "")

        testCase "the checksum is that of zip: 123456789 gives CBF43926" (fun () ->
            // Through an archive whose only content is known: the reader of the base library checks it.
            use archive = new ZipArchive(new MemoryStream(write small), ZipArchiveMode.Read)

            for entry in archive.Entries do
                use content = new MemoryStream()
                use stream = entry.Open()
                stream.CopyTo content
                let bytes = content.ToArray()

                // The definition, one bit at a time.
                let mutable state = 0xFFFFFFFFu

                for value in bytes do
                    state <- state ^^^ uint32 value

                    for _ in 1..8 do
                        state <- if state &&& 1u = 1u then (state >>> 1) ^^^ 0xEDB88320u else state >>> 1

                Expect.equal entry.Crc32 (~~~state) entry.FullName)

        slow (
            testCase "every change of every byte is refused" (fun () ->
                everyChangeIsRefused unless (write [ small[0]; small[4] ]))
        )

        testCase "every truncation and every tail is refused" (fun () ->
            let bytes = write small

            for length in 0 .. bytes.Length - 1 do
                Expect.isNull (unless bytes[.. length - 1]) ($"length {length}")

            for tail in [ [| 0uy |]; [| 80uy; 75uy |]; bytes ] do
                Expect.isNull (unless (Array.append bytes tail)) "")

        testCase "archives of other programs are refused, not half read" (fun () ->
            use stream = new MemoryStream()

            (use archive = new ZipArchive(stream, ZipArchiveMode.Create, true)
             use entry = archive.CreateEntry("a.npy").Open()
             entry.WriteByte 1uy)

            Expect.isNull (unless (stream.ToArray())) ""
            Expect.isNull (unless (Encoding.ASCII.GetBytes(String.replicate 90 "not a zip "))) "")

        testCase "more arrays than the directory of an archive can count are refused" (fun () ->
            let one = write [ NpyArray.Vector("a", [||]) ]
            let header = NpyHeader.Render(NpyArray.Vector("a", [||]))
            use stream = new MemoryStream()

            for _ in 0 .. int UInt16.MaxValue do
                let entry =
                    ZipEntry("a.npy", int64 header.Length, BitConverter.ToUInt32(one, 14), stream.Length)

                stream.Write(ReadOnlySpan(ZipRecords.Local entry))
                stream.Write(ReadOnlySpan header)

            Expect.isNull (unless (stream.ToArray())) "")

        testCase "what cannot be stored is refused" (fun () ->
            for action in
                [
                    fun () -> NpyArray.Vector("a b", [||]) |> ignore
                    fun () -> NpyArray.Vector("", [||]) |> ignore
                    fun () -> NpyArray.Matrix("a", 2, 2, [| 1.0 |]) |> ignore
                    fun () -> NpyArray.Text("a", "b\000c") |> ignore
                    fun () -> NpyArray.Text("a", string (char 0xD800)) |> ignore
                    fun () -> write [ small[0]; small[0] ] |> ignore
                ] do
                Expect.throwsT<ArgumentException> (fun () -> action ()) "")

        testCase
            "a spectrum is written whole, the same bytes each time, and a cancelled writing leaves the older file"
            (fun () ->
                use folder = new TemporaryFolder()
                use team = new WorkerTeam(1)
                let counts = countDocuments [ [ "a"; "b"; "c"; "a"; "c"; "c"; "b" ] ] 3 2

                let spectrum =
                    KrylovEigenSolver.Solve(TargetOperator.Create(counts, TargetSettings(), team), 2, team)

                let description =
                    SpectrumDescription(
                        counts.ContentHash,
                        counts.Convention,
                        TargetSettings(),
                        SpectrumPart.Largest,
                        1e-8,
                        1UL
                    )

                let path = folder.File "s.npz"
                SpectrumFile.Write(path, spectrum, counts.Words, description)
                let first = File.ReadAllBytes path
                SpectrumFile.Write(path, spectrum, counts.Words, description)
                Expect.equal (File.ReadAllBytes path) first ""
                let arrays = NpzReader.Read path |> List.ofSeq

                Expect.equal
                    (arrays |> List.map (fun array -> array.Name))
                    [ "eigenvalues"; "eigenvectors"; "residuals"; "words"; "settings" ]
                    ""

                Expect.equal (List.ofSeq arrays[1].Shape) [ 3; 2 ] ""
                Expect.sequenceEqual (textsOf arrays[3].Texts) counts.Words ""
                Expect.equal (textsOf arrays[4].Texts) [| description.ToJson() |] ""
                use source = new Threading.CancellationTokenSource()
                source.Cancel()

                Expect.throwsT<OperationCanceledException>
                    (fun () -> SpectrumFile.Write(path, spectrum, counts.Words, description, source.Token))
                    ""

                Expect.equal folder.Names [ "s.npz" ] ""
                Expect.equal (File.ReadAllBytes path) first ""
                Expect.isNull (SpectrumFile.WhyNotStorable [| String('z', 60000); "a" |]) ""

                Expect.stringContains
                    (string (
                        SpectrumFile.WhyNotStorable(Array.append [| String('z', 60000) |] (Array.create 9000 "a"))
                    ))
                    "60000 letters"
                    "")
    ]
