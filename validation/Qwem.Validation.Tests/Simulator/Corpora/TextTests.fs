module Qwem.Validation.Tests.TextTests

open System
open System.IO
open System.Text
open Expecto
open Qwem.Sim.Corpora
open Qwem.Validation.Tests.CountingSupport
open Qwem.Validation.Tests.Texts

let private strict = CorpusConvention(Normalisation = Normalisation.Strict)

let private complaint (path: string) =
    (Expect.raised<CorpusException>(fun () -> CorpusReader.Parse([| path |], strict) |> ignore)).Message

let tests =
    testList "Text" [
        testCase "one long line, with or without blanks around it, is one article" (fun () ->
            use folder = new TemporaryFolder()
            let words = [ "the"; "ab"; "a"; "the"; "b"; "ab"; "the" ]
            let expected = bytesOf (countDocuments [ words ] 4 3)
            let line = String.Join(" ", words)

            for text in
                [
                    line
                    " " + line
                    line + "\n"
                    "\n\n \t" + line + "\r\n\n"
                    line.Replace(" ", " \t\v\f\r ")
                ] do
                Expect.equal (bytesOf (countFiles [ folder.WriteText("text", text) ] 4 3 1)) expected "")

        testCase "lines are articles and blank lines are none" (fun () ->
            use folder = new TemporaryFolder()

            let parsed =
                CorpusReader.Parse [| folder.WriteText("text", "a b\n\n \nb a b\n\n") |]

            Expect.equal parsed.DocumentCount 2L ""
            Expect.equal parsed.TotalTokens 5L ""
            Expect.equal parsed.TypeCount 2 ""
            let corpus = parsed.Encode 2
            Expect.equal corpus.DocumentStarts [| 0; 2; 5 |] "")

        testCase "gzip and plain text give the same counts whatever the name" (fun () ->
            use folder = new TemporaryFolder()
            let text = textOf [ [ "a"; "b"; "the" ]; [ "the"; "a" ] ]
            let expected = bytesOf (countFiles [ folder.WriteText("text", text) ] 3 2 1)

            for path in [ folder.WriteGzip("text.gz", text); folder.WriteGzip("text.txt", text) ] do
                Expect.equal (bytesOf (countFiles [ path ] 3 2 1)) expected "")

        testCase "two gzip members in one file are read as one text" (fun () ->
            use folder = new TemporaryFolder()
            let first = File.ReadAllBytes(folder.WriteGzip("one", "a b\n"))
            let second = File.ReadAllBytes(folder.WriteGzip("two", "b c\n"))
            File.WriteAllBytes(folder.File "both.gz", Array.append first second)
            Expect.equal ((CorpusReader.Parse [| folder.File "both.gz" |]).TotalTokens) 4L "")

        testCase "several files are joined in order and no article crosses" (fun () ->
            use folder = new TemporaryFolder()
            let one = folder.WriteText("one", "a b a")
            let two = folder.WriteGzip("two.gz", "b b the\na the")
            let joined = folder.WriteText("joined", "a b a\nb b the\na the\n")
            Expect.equal (bytesOf (countFiles [ one; two ] 3 4 1)) (bytesOf (countFiles [ joined ] 3 4 1)) "")

        testCase "words cut by the pieces in which a file is read stay whole" (fun () ->
            use folder = new TemporaryFolder()
            let random = Random 3
            let long = String('q', 60_000)

            let words = [
                for index in 1..700_000 ->
                    if index % 30_011 = 0 then
                        long
                    else
                        String(char (int 'a' + random.Next 26), 1 + random.Next 8)
            ]

            let expected = words |> List.countBy id |> Map.ofList
            let text = String.Join(" ", words)

            for path in [ folder.WriteText("text", text); folder.WriteGzip("text.gz", text) ] do
                let parsed = CorpusReader.Parse [| path |]
                let vocabulary = (parsed.Encode parsed.TypeCount).Vocabulary
                let found = Seq.zip vocabulary.Words (vocabulary.Counts |> Seq.map int) |> Map.ofSeq
                Expect.isTrue (found = expected) "")

        testTheory
            "a foreign byte is named with file, line, offset and remedy"
            [
                ("a b\nthe Cat\n", "'C' (0x43)", "line 2", "byte offset 8")
                ("a1", "'1' (0x31)", "line 1", "byte offset 1")
                ("a\n\n\nb-c", "'-' (0x2D)", "line 4", "byte offset 5")
                ("a\u0000b", "0x00", "line 1", "byte offset 1")
            ]
            (fun (text: string, shown: string, line: string, offset: string) ->
                use folder = new TemporaryFolder()
                let path = folder.WriteText("text", text)
                let message = complaint path

                for part in [ path; shown; line + " "; offset + " "; "normalise the text" ] do
                    Expect.stringContains message part "")

        testCase "bytes beyond ASCII are refused" (fun () ->
            use folder = new TemporaryFolder()

            for value in 0x80uy .. 0xFFuy do
                File.WriteAllBytes(folder.File "text", [| byte 'a'; value; byte 'b' |])
                Expect.stringContains (complaint (folder.File "text")) ($"0x{value:X2}") "")

        testCase "every truncation of a gzip file is refused" (fun () ->
            use folder = new TemporaryFolder()
            let random = Random 5

            let text =
                String.Join(" ", [ for _ in 1..300 -> lexicon[random.Next lexicon.Length] ])

            let whole = File.ReadAllBytes(folder.WriteGzip("whole.gz", text))

            for length in 0 .. whole.Length - 1 do
                File.WriteAllBytes(folder.File "cut.gz", whole[.. length - 1])
                Expect.stringContains (complaint (folder.File "cut.gz")) "cut.gz" "")

        testCase "zeros behind a gzip file are padding, as for gzip, and anything else is refused" (fun () ->
            use folder = new TemporaryFolder()

            let path, padded =
                folder.WriteGzip("whole.gz", "a b a\nb c\n"), folder.File "padded.gz"

            let whole = File.ReadAllBytes path
            let expected = bytesOf (countFiles [ path ] 2 2 1)

            for zeros in [ 1; 2; 7; 8; 512; 16_384; 100_000 ] do
                let padding = Array.zeroCreate<byte> zeros
                File.WriteAllBytes(padded, Array.append whole padding)
                Expect.equal (bytesOf (countFiles [ padded ] 2 2 1)) expected $"{zeros} zeros"

                for damaged in
                    [
                        [ whole[.. whole.Length - 9]; padding ]
                        [ whole; padding; [| 1uy |] ]
                        [ whole; [| 1uy |]; padding ]
                    ] do
                    File.WriteAllBytes(padded, Array.concat damaged)
                    Expect.stringContains (complaint padded) "padded.gz" $"{zeros} zeros")

        testCase "a gzip file with an altered byte in its data is refused or reads the same" (fun () ->
            use folder = new TemporaryFolder()

            let text =
                textOf [ for index in 1..40 -> [ lexicon[index % 9]; lexicon[index * index % 9] ] ]

            let whole = File.ReadAllBytes(folder.WriteGzip("whole.gz", text))
            let expected = bytesOf (countFiles [ folder.File "whole.gz" ] 2 2 1)

            for position in 2 .. whole.Length - 1 do
                let altered = Array.copy whole
                altered[position] <- altered[position] ^^^ 0x10uy
                File.WriteAllBytes(folder.File "altered.gz", altered)

                try
                    Expect.equal (bytesOf (countFiles [ folder.File "altered.gz" ] 2 2 1)) expected ""
                with :? CorpusException ->
                    ())

        testCase "a word without end is refused and not collected in memory" (fun () ->
            use folder = new TemporaryFolder()
            let path = folder.WriteText("text", String('a', 3_000_000))
            Expect.stringContains (complaint path) "more than 65535 bytes" "")

        testCase "a large vocabulary uses 32-bit ids and a small one 16-bit ids" (fun () ->
            use folder = new TemporaryFolder()

            let name (number: int) =
                String.map (fun digit -> char (int digit + 49)) (string number)

            let text = StringBuilder()

            for number in 0..65_536 do
                text.Append(name number).Append(' ') |> ignore

            let parsed = CorpusReader.Parse [| folder.WriteText("text", string text) |]
            Expect.isNotNull ((parsed.Encode 65_536).NarrowIds) ""
            Expect.isNotNull ((parsed.Encode 65_537).WideIds) ""
            Expect.equal ((parsed.Encode 65_537).KeptTokens) 65_537 "")
    ]
