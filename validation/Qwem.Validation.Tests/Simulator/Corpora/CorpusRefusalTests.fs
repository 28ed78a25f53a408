/// What is no corpus is refused, with place and remedy.
module Qwem.Validation.Tests.CorpusRefusalTests

open System
open System.IO
open System.IO.Compression
open System.Text.Json
open Expecto
open FsCheck
open FsCheck.FSharp
open Qwem.Sim.Cooccurrence
open Qwem.Sim.Corpora
open Qwem.Validation.Tests.CountingSupport
open Qwem.Validation.Tests.CorpusSupport

let tests =
    testList "Corpus refusal" [
        slow (
            testCase "every truncation of a zip file and every altered byte of its data is refused" (fun () ->
                use folder = new TemporaryFolder()
                let content = utf8 (String.replicate 20 "the cat sat on a mat ")

                for level in [ CompressionLevel.NoCompression; CompressionLevel.Optimal ] do
                    let path = folder.File $"whole{int level}.zip"
                    let whole = File.ReadAllBytes(writeZip path level [ "t", content ])
                    let altered = folder.File "altered.zip"
                    let expected = documentsOf (CorpusReader.Parse [| path |])

                    for length in 0 .. whole.Length - 1 do
                        let message =
                            refusal (CorpusConvention()) [ writeBytes altered whole[.. length - 1] ]

                        Expect.stringContains message "altered.zip" ($"length {length}")

                    // The data lie behind the local header of 30 bytes and the name.
                    let dataLength = BitConverter.ToInt32(whole, whole.Length - 22 - 47 + 20)

                    for position in 31 .. 30 + dataLength do
                        let bytes = Array.copy whole
                        bytes[position] <- bytes[position] ^^^ 4uy
                        // The last bits of packed data may mean nothing.
                        match refusal (CorpusConvention()) [ writeBytes altered bytes ] with
                        | "accepted" -> Expect.isTrue (documentsOf (CorpusReader.Parse [| altered |]) = expected) ""
                        | message -> Expect.stringContains message "truncated, damaged" ($"byte {position}"))
        )

        testCase
            "a zip entry whose directory calls it empty, or that zeros make look like no text, is refused"
            (fun () ->
                use folder = new TemporaryFolder()

                let whole =
                    writeZip (folder.File "x.zip") CompressionLevel.NoCompression [ "t", utf8 "a b"; "u", utf8 "c d" ]
                    |> File.ReadAllBytes

                // The directory entry of "u", 47 bytes, stands before the end record of 22; its unpacked length is 24 bytes into it.
                let empty = Array.copy whole
                Array.fill empty (whole.Length - 22 - 47 + 24) 4 0uy
                // The data of "u" stand right before the two directory entries.
                let zeros = Array.copy whole
                Array.fill zeros (whole.Length - 22 - 94 - 3) 3 0uy

                for name, bytes in [ "empty.zip", empty; "zeros.zip", zeros ] do
                    Expect.stringContains
                        (refusal (CorpusConvention()) [ writeBytes (folder.File name) bytes ])
                        name
                        ""

                    Expect.stringContains
                        (refusal (CorpusConvention()) [ writeBytes (folder.File name) bytes ])
                        "does not agree with its length and checksum"
                        "")

        testCase "an encrypted zip file is refused with the remedy" (fun () ->
            use folder = new TemporaryFolder()

            let bytes =
                File.ReadAllBytes(writeZip (folder.File "x.zip") CompressionLevel.Optimal [ "t", utf8 "a b" ])

            bytes[6] <- bytes[6] ||| 1uy
            let directory = bytes.Length - 22 - 47
            bytes[directory + 8] <- bytes[directory + 8] ||| 1uy

            let message =
                refusal (CorpusConvention()) [ writeBytes (folder.File "x.zip") bytes ]

            Expect.stringContains message "is encrypted at 't'" "")

        testTheory
            "a malformed line of JSON is named with file, line and remedy"
            [
                ("{\"text\": \"a\"}\n{\"text\": \"b\"\n", "is not JSON", "line 2")
                ("{\"text\": \"a\"}\n\n[1]\n", "is not an object", "line 3")
                ("{\"text\": \"a\"}\n{\"txt\": \"b\"}", "has no field \"text\"", "line 2")
                ("{\"text\": 3}\n", "not a string", "line 1")
                ("{\"text\": \"a\", \"text\": \"b\"}\n", "two fields", "line 1")
                ("{\"text\": \"a\"} x\n", "is not JSON", "line 1")
                ("{\"text\": \"\\ud800\"}\n", "is not JSON", "line 1")
            ]
            (fun (text: string, complaint: string, line: string) ->
                use folder = new TemporaryFolder()
                let path = folder.WriteText("lines.jsonl", text)
                let message = refusal (CorpusConvention()) [ path ]

                for part in [ path; complaint; line + " "; "correct or remove the line" ] do
                    Expect.stringContains message part "")

        testCase "invalid UTF-8 is refused with line and offset where words are kept as they are" (fun () ->
            use folder = new TemporaryFolder()
            let none = CorpusConvention(Normalisation = Normalisation.None)
            let good = utf8 "é\nb "

            for bad in
                [
                    [| 0xFFuy |]
                    [| 0xC3uy |]
                    [| 0xEDuy; 0xA0uy; 0x80uy |]
                    [| 0xC0uy; 0xAFuy |]
                ] do
                let path = writeBytes (folder.File "text") (Array.concat [ good; bad; utf8 " c" ])
                let message = refusal none [ path ]
                Expect.stringContains message "is not UTF-8 in line 2 at byte offset 5 of the text; convert it" ""
                Expect.equal ((documentsOf (CorpusReader.Parse [| path |])).Length) 1 "")

        testSequenced (
            testCase "a token of 200 MB is refused without being kept in memory" (fun () ->
                use folder = new TemporaryFolder()
                let pack = folder.File "x.gz"

                using (new GZipStream(File.Create pack, CompressionLevel.Fastest)) (fun gzip ->
                    let letters = Array.create 1_000_000 (byte 'a')

                    for _ in 1..200 do
                        gzip.Write(letters, 0, letters.Length))

                let before = GC.GetTotalAllocatedBytes true

                for normalisation in [ Normalisation.Paper; Normalisation.None; Normalisation.Strict ] do
                    let message = refusal (CorpusConvention(Normalisation = normalisation)) [ pack ]
                    Expect.stringContains message "a word of more than 65535 bytes in line 1 at byte offset 0 " ""

                Expect.isLessThan (GC.GetTotalAllocatedBytes true - before) 60_000_000L "")
        )

        testCase "a line of JSON without end is refused" (fun () ->
            use folder = new TemporaryFolder()
            let pack = folder.File "x.gz"

            using (new GZipStream(File.Create pack, CompressionLevel.Fastest)) (fun gzip ->
                gzip.Write(ReadOnlySpan("{\"text\": \""B))
                let letters = Array.create 1_000_000 (byte 'a')

                for _ in 1..70 do
                    gzip.Write(letters, 0, letters.Length))

            Expect.stringContains
                (refusal (CorpusConvention()) [ pack ])
                "a line of 67108864 bytes or more in line 1"
                "")

        testTheory
            "what is no text is refused by its first bytes"
            [ ("BZh91AY&SYx", "bunzip2"); ("%PDF-1.5 ", "PDF"); ("a\u0000b", "not text") ]
            (fun (content: string, part: string) ->
                use folder = new TemporaryFolder()
                Expect.stringContains (refusal (CorpusConvention()) [ folder.WriteText("x", content) ]) part "")
    ]
