module Qwem.Validation.Tests.CountCommandTests

open System
open System.IO
open Expecto
open Qwem.Sim.Cooccurrence
open Qwem.Validation.Tests.CountingSupport
open Qwem.Validation.Tests.Command

let private refused folder exitCode part arguments =
    Command.refused folder exitCode part ("count" :: arguments)

let tests =
    testList "Count command" [
        testCase "a good run prints one line and writes the file" (fun () ->
            use folder = new TemporaryFolder()
            let input = folder.WriteGzip("text.gz", "the cat the mat\ncat the the\n")
            let output = folder.File "x.qcooc"

            let code, line, error =
                finish (
                    qwem [
                        "count"
                        input
                        "--vocabulary-size"
                        "3"
                        "--window"
                        "4"
                        "--output"
                        output
                        "--threads"
                        "2"
                    ]
                )

            Expect.equal code 0 error
            let counts = QcoocReader.Read output

            Expect.equal
                (line.TrimEnd())
                ($"{output} V=3 L=4 kept-tokens=7 distinct-pairs={counts.DistinctPairs} content-sha256={counts.ContentHash}")
                ""

            Expect.isMatch error (@"\A[0-9.]+ s, [0-9]+ words/s\r?\n\z") ""
            Expect.equal folder.Names [ "text.gz"; "x.qcooc" ] "")

        testCase "bad inputs end with code 3 and one sentence" (fun () ->
            use folder = new TemporaryFolder()
            let output = folder.File "x.qcooc"
            let good = folder.WriteText("good", "a b a b\n")

            let packed =
                File.ReadAllBytes(folder.WriteGzip("whole.gz", String.replicate 500 "the cat sat on a mat\n"))

            File.WriteAllBytes(folder.File "cut.gz", packed[.. packed.Length / 2])

            let ask input = [ input; "-V"; "2"; "-L"; "1"; "-o"; output ]

            refused folder 3 "does not exist" (ask (folder.File "absent"))
            refused folder 3 "has no files" (ask (folder.Folder "hollow"))
            refused folder 3 "is empty" (ask (folder.WriteText("empty", "")))
            refused folder 3 "has no words" (ask (folder.WriteText("blank", " \n \n")))
            refused folder 3 "is named .gz but is not gzip" (ask (folder.WriteText("plain.gz", "a b")))
            refused folder 3 "is truncated or damaged" (ask (folder.File "cut.gz"))

            refused
                folder
                3
                "normalise the text"
                ("--normalisation" :: "strict" :: ask (folder.WriteText("upper", "The cat")))

            refused folder 3 "does not exist" (good :: ask (folder.File "absent"))
            refused folder 3 "has an empty name" (ask ""))

        testCase "bad arguments end with code 1 and one sentence" (fun () ->
            use folder = new TemporaryFolder()
            let input = folder.WriteText("text", "a b c a b\n")
            let output = folder.File "x.qcooc"
            refused folder 1 "the text has 3 word types" [ input; "-V"; "4"; "-L"; "1"; "-o"; output ]
            refused folder 1 "'1' of --vocabulary-size" [ input; "-V"; "1"; "-L"; "1"; "-o"; output ]
            refused folder 1 "'many' of --vocabulary-size" [ input; "-V"; "many"; "-L"; "1"; "-o"; output ]

            refused folder 1 "'99999999999' of --vocabulary-size" [
                input
                "-V"
                "99999999999"
                "-L"
                "1"
                "-o"
                output
            ]

            refused folder 1 "'0' of --window" [ input; "-V"; "2"; "-L"; "0"; "-o"; output ]
            refused folder 1 "'65536' of --window" [ input; "-V"; "2"; "-L"; "65536"; "-o"; output ]
            refused folder 1 "'-1' of --threads" [ input; "-V"; "2"; "--threads"; "-1"; "-o"; output ]
            refused folder 1 "--output" [ input; "-V"; "2" ]
            refused folder 1 "qwem count --help" [ "-V"; "2"; "-o"; output ]
            refused folder 1 "--nonsense" [ input; "-V"; "2"; "-o"; output; "--nonsense" ])

        testCase "bad outputs end with code 1 and one sentence before the text is read" (fun () ->
            use folder = new TemporaryFolder()
            let input = folder.WriteText("text", "Not Normalised")

            let ask output = [ input; "-V"; "2"; "-L"; "1"; "-o"; output ]

            refused folder 1 "does not exist; create it first" (ask (Path.Combine(folder.Path, "absent", "x.qcooc")))

            refused folder 1 "is a folder" (ask folder.Path)
            refused folder 1 "ends like a folder" (ask (folder.File "x/"))
            refused folder 1 "is the input" (ask input)
            refused folder 1 "is empty" (ask "")

            if OperatingSystem.IsLinux() then
                refused folder 1 "cannot be written" (ask "/proc/x.qcooc"))

        testCase "an interrupted run ends with code 130, one line, and no file" (fun () ->
            if not (OperatingSystem.IsLinux()) then
                skiptest "Needs a named pipe."

            use folder = new TemporaryFolder()
            let pipe = folder.File "pipe"
            let made, _, _ = finish (start "mkfifo" [ pipe ])
            Expect.equal made 0 ""

            let running =
                qwem [ "count"; pipe; "-V"; "2"; "-L"; "1"; "-o"; folder.File "x.qcooc" ]
            // Opening waits until qwem has opened the other end; then it hangs in the middle of the text.
            use writer = new FileStream(pipe, FileMode.Open, FileAccess.Write)
            writer.Write(ReadOnlySpan("a b a b"B))
            writer.Flush()

            let signal (name: string) =
                finish (start "kill" [ name; string running.Id ]) |> ignore

            signal "-INT"
            // A process started in the background may have been told to ignore Ctrl-C.
            if not (running.WaitForExit 5_000) then
                signal "-TERM"

            let code, output, error = finish running
            Expect.equal code 130 error
            Expect.isEmpty output ""
            Expect.equal (error.TrimEnd()) "qwem: Cancelled; no file was written." ""
            Expect.equal folder.Names [ "pipe" ] "")

        testCase "one long document with a wide window is given up at the first signal" (fun () ->
            if not (OperatingSystem.IsLinux()) then
                skiptest "Needs signals."

            use folder = new TemporaryFolder()
            let text = folder.WriteText("text", String.replicate 1_000_000 "a b c ")

            use running =
                qwem [
                    "count"
                    text
                    "-V"
                    "3"
                    "-L"
                    "65535"
                    "--threads"
                    "1"
                    "-o"
                    folder.File "x.qcooc"
                ]

            // Long enough to be counting; the whole would take minutes.
            running.WaitForExit 8_000 |> ignore
            finish (start "kill" [ "-TERM"; string running.Id ]) |> ignore
            let code, _, error = finish running
            Expect.equal code 130 error
            Expect.equal folder.Names [ "text" ] "")

        testCase "counts go through a pipe, whole or not at all" (fun () ->
            use folder = new TemporaryFolder()
            let dll = Path.Combine(AppContext.BaseDirectory, "qwem.dll")

            let text =
                folder.WriteText("text", String.replicate 40 "the cat the mat on a cat\nmat the a on\n")

            let shell (script: string) =
                finish (start "sh" [ "-c"; script.Replace("QWEM", $"dotnet '{dll}'").Replace("DIR", folder.Path) ])

            let count = $"QWEM count '{text}' -V 4 -L 2 -q -o"

            let embed input output =
                $"QWEM embed {input} -d 2 -q -o DIR/{output}"

            let code, output, error =
                shell (
                    $"{count} DIR/x.qcooc && {count} - > DIR/y.qcooc && {count} - | "
                    + embed "-" "piped.npz"
                )

            Expect.equal code 0 error
            Expect.isMatch output @"\A[^\n]*x\.qcooc V=4 [^\n]*\n[^\n]*piped\.npz V=4 d=2 [^\n]*\n\z" "results alone"

            Expect.isMatch
                error
                @"(- V=4 L=2 kept-tokens=[0-9]+ distinct-pairs=[0-9]+ content-sha256=[0-9a-f]{64}\r?\n){2}"
                ""

            let bytes name = File.ReadAllBytes(folder.File name)
            Expect.equal (bytes "y.qcooc") (bytes "x.qcooc") "the bytes of the file"
            let code, _, error = shell (embed "DIR/x.qcooc" "file.npz")
            Expect.equal code 0 error
            Expect.equal (bytes "piped.npz") (bytes "file.npz") "the vectors of the file"

            // The content decides: a text in the same place is counted.
            let code, _, error = shell (embed "-" "text.npz" + $" -V 4 -L 2 < '{text}'")
            Expect.equal code 0 error
            Expect.equal (bytes "text.npz") (bytes "file.npz") "the vectors of the text"

            let code, output, error = shell ("head -c 100 DIR/x.qcooc | " + embed "-" "cut.npz")
            Expect.equal (code, output) (3, "") ""
            Expect.stringContains error "'standard input' is truncated: it ends at byte offset 100" ""
            let code, _, error = shell ("cat DIR/x.qcooc | " + embed "-" "wide.npz" + " -L 3")
            Expect.equal code 1 ""
            Expect.stringContains error "'-' holds counts, whose rules are fixed" ""
            Expect.isFalse (File.Exists(folder.File "cut.npz") || File.Exists(folder.File "wide.npz")) "")

        testCase "files whose names are not UTF-8 are skipped with a warning" (fun () ->
            if not (OperatingSystem.IsLinux()) then
                skiptest "Needs a file system whose names are bytes."

            use folder = new TemporaryFolder()
            let inner = folder.Folder "texts"
            File.WriteAllText(Path.Combine(inner, "good.txt"), "a b a")

            // Neither can the runtime make or remove such a file.
            let shell script =
                finish (start "sh" [ "-c"; script; inner ]) |> ignore

            let name = @"""$0/$(printf 'b\351.txt')"""
            shell $"printf 'c c c c' > {name}"

            let count input =
                finish (qwem [ "count"; input; "-V"; "2"; "-L"; "1"; "-o"; folder.File "x.qcooc" ])

            for input in
                [
                    inner
                    Path.Combine(inner, "*.txt")
                    Path.Combine(folder.Path, "**", "*.txt")
                ] do
                let code, output, error = count input
                Expect.equal code 0 error
                Expect.stringContains output "kept-tokens=3" input
                Expect.stringContains error "1 of the inputs were skipped" input

            File.Delete(Path.Combine(inner, "good.txt"))
            let code, _, error = count inner
            Expect.equal code 3 ""
            Expect.stringContains error "only files whose names are not UTF-8" ""
            shell $"rm {name}")

        testCase "help shows exit codes, ranges, units, defaults and an example" (fun () ->
            let code, root, _ = finish (qwem [ "--help" ])
            Expect.equal code 0 ""

            for part in [ "130 "; "70 "; "cancelled"; "count" ] do
                Expect.stringContains root part ""

            let code, help, _ = finish (qwem [ "count"; "--help" ])
            Expect.equal code 0 ""

            for part in
                [
                    "1 .. 65535"
                    "words on each side"
                    "[default: 16]"
                    "[default: 10000]"
                    "Examples:"
                    "--threads"
                ] do
                Expect.stringContains help part "")
    ]
