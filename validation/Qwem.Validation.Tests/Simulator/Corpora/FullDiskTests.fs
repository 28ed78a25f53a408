/// A disk that fills up, stood in for by the shell's limit on the length of files: a write beyond it fails as on a full disk.
module Qwem.Validation.Tests.FullDiskTests

open System
open System.Diagnostics
open System.IO
open Expecto
open Qwem.Validation.Tests.CountingSupport
open Qwem.Validation.Tests.Command

/// Runs qwem where no file may grow beyond 4 KiB.
let private qwemInNoSpace (arguments: string list) =
    let command = Path.Combine(AppContext.BaseDirectory, "qwem.dll")
    // Without the signal ignored the process would be killed; with its double mapping of code the runtime could not start.
    let info =
        ProcessStartInfo(
            "/bin/sh",
            [ "-c"; "trap '' XFSZ; ulimit -f 8; exec \"$0\" \"$@\""; "dotnet"; command ]
            @ arguments
        )

    info.RedirectStandardOutput <- true
    info.RedirectStandardError <- true
    info.Environment["DOTNET_EnableWriteXorExecute"] <- "0"

    match Process.Start info with
    | null -> failwith "the shell did not start"
    | started -> finish started

let tests =
    testList "Full disk" [
        slow (
            testCase
                "where the disk is full every writer says so, keeps the older file and leaves nothing else behind"
                (fun () ->
                    if OperatingSystem.IsWindows() then
                        skiptest "The shell's limit on file lengths is one of Unix."

                    use folder = new TemporaryFolder()
                    let random = Random 4

                    // Random words do not compress: every output is longer than the limit.
                    let word _ =
                        String(Array.init 9 (fun _ -> char (int 'a' + random.Next 26)))

                    let text = folder.WriteText("text", String.Join(" ", Array.init 4000 word))
                    let counts = folder.File "counts.qcooc"

                    for arguments in
                        [
                            [ "count"; text; "-V"; "1500"; "-L"; "4"; "-o"; counts ]
                            [
                                "count"
                                text
                                "-V"
                                "1500"
                                "-L"
                                "4"
                                "--shard"
                                "1/2"
                                "-o"
                                folder.File "part1"
                            ]
                            [
                                "count"
                                text
                                "-V"
                                "1500"
                                "-L"
                                "4"
                                "--shard"
                                "2/2"
                                "-o"
                                folder.File "part2"
                            ]
                        ] do
                        let code, _, error = finish (qwem arguments)
                        Expect.equal code 0 error

                    let writers = [
                        [ "corpus"; "prepare"; text ]
                        [ "count"; text; "-V"; "1500"; "-L"; "4" ]
                        [ "merge"; folder.File "part1"; folder.File "part2" ]
                        [ "spectrum"; counts; "-d"; "5" ]
                        [ "embed"; counts; "-d"; "5" ]
                    ]

                    for writer in writers do
                        let output =
                            folder.File(if List.head writer = "embed" then "older.bin" else "older")

                        File.WriteAllText(output, "older")
                        let before = folder.Names
                        let code, _, error = qwemInNoSpace (writer @ [ "-o"; output ])
                        let name = String.Join(" ", List.take 2 writer)
                        Expect.equal code 3 ($"{name}: {error}")
                        Expect.stringContains error "check the disk" name
                        Expect.lacks error "   at " name
                        Expect.equal (File.ReadAllText output) "older" name
                        Expect.equal folder.Names before name)
        )
    ]
