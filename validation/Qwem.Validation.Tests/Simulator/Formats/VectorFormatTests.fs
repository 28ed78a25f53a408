module Qwem.Validation.Tests.VectorFormatTests

open System
open System.IO
open System.Text
open Expecto
open Qwem.Sim.Formats
open Qwem.Sim.IO
open Qwem.Validation.Tests.CountingSupport
open Qwem.Validation.Tests.EvaluationSupport

let private endings = [ "txt"; "vec"; "bin"; "npz"; "tsv" ]

let private same (expected: WordVectors) (actual: WordVectors) =
    Expect.sequenceEqual actual.Words expected.Words ""
    Expect.equal actual.Dimension expected.Dimension ""
    // Bits: equal numbers of opposite zeros would pass otherwise.
    let bits (v: WordVectors) =
        v.Values |> Seq.map BitConverter.SingleToInt32Bits

    Expect.isTrue
        (Seq.forall2 (=) (bits actual) (bits expected)
         && actual.Values.Length = expected.Values.Length)
        ""

let private failure (read: unit -> WordVectors) =
    (Expect.raised<FileFormatException>(fun () -> read () |> ignore)
     |> Unchecked.nonNull)
        .Message

let private pair =
    lazy (WordVectors([| "the"; "café" |], 2, [| 1.5f; -2.0f; 0.1f; 1e-9f |]))

let tests =
    testList "Vector format" [
        property "every format gives back every word and every bit" 50 (fun (width: uint16) (bits: int[]) ->
            use folder = new TemporaryFolder()
            let dimension = 1 + int width % 4

            let numbers =
                bits |> Array.map BitConverter.Int32BitsToSingle |> Array.filter Single.IsFinite

            let size = max 1 (numbers.Length / dimension)

            let values =
                Array.init (size * dimension) (fun i -> if i < numbers.Length then numbers[i] else float32 i * -1e-40f)

            let vectors = WordVectors(Array.init size (fun i -> $"é𝄞{i}"), dimension, values)

            for ending in endings do
                let path = folder.File("v." + ending)
                VectorFile.Write(vectors, path)
                same vectors (VectorFile.Read path))

        testCase "extreme numbers keep their bits in every format" (fun () ->
            use folder = new TemporaryFolder()

            let vectors =
                WordVectors([| "a"; "b" |], 3, [| 0.0f; -0.0f; Single.Epsilon; Single.MaxValue; -1e-38f; 0.1f |])

            for ending in endings do
                let path = folder.File("v." + ending)
                VectorFile.Write(vectors, path)
                same vectors (VectorFile.Read path))

        testCase "the bytes are those of the documented layouts" (fun () ->
            use folder = new TemporaryFolder()
            VectorFile.Write(pair.Value, folder.File "v.txt")
            Expect.equal (File.ReadAllText(folder.File "v.txt")) "2 2\nthe 1.5 -2\ncafé 0.1 1E-09\n" ""
            VectorFile.Write(pair.Value, folder.File "v.bin")

            let expected = [|
                yield! Encoding.UTF8.GetBytes "2 2\nthe "
                yield! BitConverter.GetBytes 1.5f
                yield! BitConverter.GetBytes -2.0f
                yield! Encoding.UTF8.GetBytes "café "
                yield! BitConverter.GetBytes 0.1f
                yield! BitConverter.GetBytes 1e-9f
            |]

            Expect.equal (File.ReadAllBytes(folder.File "v.bin")) expected ""
            VectorFile.Write(pair.Value, folder.File "v.tsv")
            Expect.equal (File.ReadAllText(folder.File "v.tsv")) "1.5\t-2\n0.1\t1E-09\n" ""
            Expect.equal (File.ReadAllText(folder.File "v.metadata.tsv")) "the\ncafé\n" "")

        testCase "what the original tool writes is read, too" (fun () ->
            use folder = new TemporaryFolder()
            let text = folder.File "v.txt"
            File.WriteAllText(text, "2 2\nthe 1.500000 -2.000000 \ncafé 0.1 1e-9 \n")
            same pair.Value (VectorFile.Read text)
            File.WriteAllText(text, "2 2\r\nthe 1.5 -2\r\ncafé 0.1 1e-9")
            same pair.Value (VectorFile.Read text)
            VectorFile.Write(pair.Value, folder.File "v.bin")
            let bytes = File.ReadAllBytes(folder.File "v.bin")
            // A line feed after each vector: "2 2\n" and "the " take eight bytes, a vector eight.
            let feed = [| 10uy |]
            File.WriteAllBytes(folder.File "v.bin", Array.concat [ bytes[..15]; feed; bytes[16..]; feed ])
            same pair.Value (VectorFile.Read(folder.File "v.bin")))

        testCase "text that lies is refused with the line" (fun () ->
            use folder = new TemporaryFolder()

            let refused (text: string) (part: string) =
                let path = folder.File "v.txt"
                File.WriteAllText(path, text)
                let message = failure (fun () -> VectorFile.Read path)
                Expect.stringContains message part ""
                Expect.stringContains message path ""

            refused "" "is empty"
            refused "the 1 2\ncat 3 4\n" "first line"
            refused "2\nthe 1 2\n" "first line"
            refused "0 2\n" "first line"
            refused "2 -2\nthe 1 2\ncat 3 4\n" "first line"
            refused "9999999 2\nthe 1 2\ncat 3 4\n" "do not fit into"
            refused "2 9999999\nthe 1 2\ncat 3 4\n" "do not fit into"
            refused "2 2147483647\nthe 1 2\ncat 3 4\n" "do not fit into"
            refused "2 2\nthe 1.000000 2.000000\n" "ends after 1 of the 2"
            refused "1 2\nthe 1 2\ncat 3 4\n" "Line 3"
            refused "2 2\nthe 1 2 3\ncat 3 4\n" "line 2"
            refused "2 2\nthe 1 2\ncat 33333333\n" "line 3"
            refused "2 2\nthe 1 NaN\ncat 3 4\n" "'NaN', number 2 in line 2"
            refused "2 2\nthe 1 1e39\ncat 3 4\n" "line 2"
            refused "2 2\nthe 1 2\nthe 3 4\n" "line 2 and line 3"
            refused "2 2\nthe 1 2\ncat 3,5 4\n" "'3,5', number 1 in line 3"
            refused "2 2\nthe 1 2\n 3 4567\n" "line 3"
            refused "2 2\nthe 1  2\ncat 3 4\n" "line 2")

        testCase "binary files that lie are refused with the byte" (fun () ->
            use folder = new TemporaryFolder()
            let path = folder.File "v.bin"
            VectorFile.Write(pair.Value, path)
            let whole = File.ReadAllBytes path

            let refused (bytes: byte[]) (part: string) =
                File.WriteAllBytes(path, bytes)
                Expect.stringContains (failure (fun () -> VectorFile.Read path)) part ""

            for length in 0 .. whole.Length - 1 do
                refused whole[.. length - 1] path

            refused whole[.. whole.Length - 2] "cut after 7 of 8"
            refused whole[..10] "fit into"
            refused (Array.append whole (Encoding.ASCII.GetBytes "dog 12345678")) "Byte 30"
            refused (Array.concat [ Encoding.ASCII.GetBytes "3 2\n"; whole[4..]; Array.zeroCreate 10 ]) "byte 30"
            refused (Array.concat [ whole[..7]; BitConverter.GetBytes nanf; whole[12..] ]) "byte 4) is NaN"

            let twice =
                Array.concat [ Encoding.ASCII.GetBytes "2 2\n"; whole[4..15]; whole[4..15] ]

            refused twice "byte 4 and byte 16"
            refused (Array.concat [ whole[..3]; [| 0xFFuy |]; whole[5..] ]) "not UTF-8")

        testCase
            "words and numbers that were not written together are refused, whichever of their files is older"
            (fun () ->
                let older, newer =
                    pair.Value, WordVectors([| "a"; "dog" |], 2, [| 1.0f; 2.0f; 3.0f; 4.0f |])

                for name, words in [ "v.npy", "v.vocabulary.txt"; "v.tsv", "v.metadata.tsv" ] do
                    let names = [| name; words; name + ".sha256" |]

                    // Every subset of the files is what it would be had the disk failed, or the process been killed, between renamings.
                    for subset in 0..7 do
                        use folder = new TemporaryFolder()
                        use second = new TemporaryFolder()
                        VectorFile.Write(older, folder.File name)
                        VectorFile.Write(newer, second.File name)

                        for i in 0..2 do
                            if subset &&& (1 <<< i) <> 0 then
                                File.Copy(second.File names[i], folder.File names[i], true)

                        let read () = VectorFile.Read(folder.File name)

                        match subset with
                        | 0 -> same older (read ())
                        | 7 -> same newer (read ())
                        | _ -> Expect.stringContains (failure read) "not written together" $"{name} {subset}"

                        // Files of earlier versions and of other programs have no sums.
                        File.Delete(folder.File names[2])
                        Expect.equal (read ()).Size 2 "")

        testCase "an altered byte of any format is refused where its sum is beside it" (fun () ->
            use folder = new TemporaryFolder()

            for ending in endings do
                let path = folder.File("v." + ending)
                VectorFile.Write(pair.Value, path)
                let good = File.ReadAllBytes path
                let hash = Convert.ToHexString(Security.Cryptography.SHA256.HashData good)
                // As sha256sum writes it, whose digits are lower-case; upper-case ones mean the same.
                File.WriteAllText(path + ".sha256", $"{hash}  v.{ending}\n")
                same pair.Value (VectorFile.Read path)

                for position in 0 .. good.Length - 1 do
                    let bad = Array.copy good
                    bad[position] <- bad[position] ^^^ 4uy
                    File.WriteAllBytes(path, bad)
                    Expect.stringContains (failure (fun () -> VectorFile.Read path)) "not the file whose sum" ending

                for sums in [ ""; "x\n"; $"{hash}  other.{ending}\n" ] do
                    File.WriteAllText(path + ".sha256", sums)
                    Expect.stringContains (failure (fun () -> VectorFile.Read path)) "is damaged" ending

                File.WriteAllBytes(path, good)
                File.WriteAllText(path + ".sha256", $"{hash} *some/folder/v.{ending}\n")
                same pair.Value (VectorFile.Read path))

        testCase "a failure while the numbers are written leaves the older words and numbers" (fun () ->
            use cancelled = new Threading.CancellationTokenSource()
            cancelled.Cancel()

            for ending in [ "npy"; "tsv" ] do
                use folder = new TemporaryFolder()
                let path = folder.File("v." + ending)
                VectorFile.Write(pair.Value, path)
                let before = folder.Names
                let other = WordVectors([| "a"; "dog" |], 2, [| 1.0f; 2.0f; 3.0f; 4.0f |])

                Expect.throwsT<OperationCanceledException>
                    (fun () -> VectorFile.Write(other, path, null, cancelled.Token))
                    ""

                same pair.Value (VectorFile.Read path)
                Expect.equal folder.Names before "")

        testCase "tables of different lengths and foreign archives are refused" (fun () ->
            use folder = new TemporaryFolder()
            VectorFile.Write(pair.Value, folder.File "v.tsv")
            File.Delete(folder.File "v.tsv.sha256")

            let read ending () =
                VectorFile.Read(folder.File("v." + ending))

            File.WriteAllText(folder.File "v.metadata.tsv", "the\n")
            Expect.stringContains (failure (read "tsv")) "more lines than the 1 words" ""
            File.WriteAllText(folder.File "v.metadata.tsv", "the\ncat\ndog\n")
            Expect.stringContains (failure (read "tsv")) "ends after line 2" ""
            File.Delete(folder.File "v.metadata.tsv")
            Expect.stringContains (failure (read "tsv")) "v.metadata.tsv' does not exist" ""
            NpzWriter.Write(folder.File "v.npz", [| NpyArray.Vector("vectors", [| 1.0 |]) |])
            Expect.stringContains (failure (read "npz")) "no matrix 'vectors'" ""
            Expect.stringContains (failure (read "bin")) "does not exist" ""
            File.WriteAllText(folder.File "v.doc", "some words\nof no format\n")
            Expect.stringContains (failure (read "doc")) "no known format" ""
            Expect.stringContains (failure (fun () -> VectorFile.Read folder.Path)) "are a folder" ""
            Expect.stringContains (string (VectorFile.WhyNotWritable(folder.File "v.doc"))) "no known format" ""
            Directory.CreateDirectory(folder.File "w.metadata.tsv") |> ignore
            Expect.stringContains (string (VectorFile.WhyNotWritable(folder.File "w.tsv"))) "second file" "")

        testCase "vectors that contradict themselves are refused" (fun () ->
            let refused words dimension values (part: string) =
                Expect.stringContains (failure (fun () -> WordVectors(words, dimension, values))) part ""

            refused [||] 1 [||] "no words"
            refused [| "a" |] 2 [| 1.0f |] "need 2 numbers"
            refused [| "a"; "a" |] 1 [| 1.0f; 2.0f |] "word 1 and word 2"
            refused [| "a b" |] 1 [| 1.0f |] "U+0020"
            refused [| "" |] 1 [| 1.0f |] "empty"
            refused [| "a" |] 1 [| infinityf |] "finite")

        testCase "a word is found as written, then in lower case" (fun () ->
            let vectors = WordVectors([| "paris"; "Rome"; "rome" |], 1, [| 1.0f; 2.0f; 3.0f |])
            Expect.equal (vectors.IndexOf "Paris") 0 ""
            Expect.equal (vectors.IndexOf "Rome") 1 ""
            Expect.equal (vectors.IndexOf "ROME") 2 ""
            Expect.equal (vectors.IndexOf "oslo") (-1) "")

        testCase "the interoperability script accepts what is written and refuses a changed layout" (fun () ->
            let python = "/usr/bin/python3"

            if not (File.Exists python) then
                skiptest "Needs Python."

            let code, _, _ = Command.finish (Command.start python [ "-c"; "import numpy" ])

            if code <> 0 then
                skiptest "Needs NumPy."

            use folder = new TemporaryFolder()
            let vectors = randomVectors 11UL 40 7 0.0

            let paths = [ for ending in [ "npz"; "txt"; "bin"; "tsv" ] -> folder.File("v." + ending) ]

            for path in paths do
                VectorFile.Write(vectors, path)

            let script = Repository.file "docs/interop/check_layouts.py"
            let code, output, error = Command.finish (Command.start python (script :: paths))
            Expect.equal code 0 error
            Expect.stringContains output "40 words, 7 dimensions" ""

            let bytes = File.ReadAllBytes(folder.File "v.bin")
            File.WriteAllBytes(folder.File "v.bin", Array.append bytes [| 10uy |])
            let code, _, _ = Command.finish (Command.start python (script :: paths))
            Expect.notEqual code 0 "")
    ]
