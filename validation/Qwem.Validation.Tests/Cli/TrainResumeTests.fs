/// Runs of qwem train that are killed, taken up, diverge or run on other processors.
module Qwem.Validation.Tests.TrainResumeTests

open System
open System.IO
open System.Threading
open Expecto
open Qwem.Sim.Cooccurrence
open Qwem.Sim.Formats
open Qwem.Sim.LinearAlgebra
open Qwem.Validation.Tests.CountingSupport
open Qwem.Validation.Tests.Command
open Qwem.Validation.Tests.PairSourceTests
open Qwem.Validation.Tests.TrainingSupport
open Qwem.Validation.Tests.TrainCommandTests

let tests =
    testList "Train resume" [
        testCase
            "a run killed at random moments ends with the bytes of an undisturbed one on any number of threads"
            (fun () ->
                use folder = new TemporaryFolder()
                let counts = Repository.file "validation/data/enwiki-70m-V1000-L48.qcooc"

                let arguments out threads more =
                    [
                        "train"
                        counts
                        "-V"
                        "300"
                        "-d"
                        "12"
                        "--sigma"
                        "0.03"
                        "--loss"
                        "sgns"
                        "--reweight"
                        "constant"
                        "--learning-rate"
                        "1"
                        "--batch"
                        "2000"
                        "--steps"
                        "6000"
                        "--schedule"
                        "linear:3000"
                        "--trace-per-decade"
                        "20"
                        "--checkpoint-every"
                        "15ms"
                        "--threads"
                        threads
                        "-o"
                        out
                    ]
                    @ more

                let whole, killed = folder.File "whole", folder.File "killed"
                succeed (arguments whole "1" []) |> ignore
                let random = Random 7
                let mutable kills = 0

                let checkpoint = Path.Combine(killed, "checkpoint.qwem")

                for attempt in 0..3 do
                    let before = File.GetLastWriteTimeUtc checkpoint

                    use running =
                        qwem (arguments killed (string (1 + attempt % 3)) (if attempt = 0 then [] else [ "--resume" ]))

                    // Its first checkpoint says that it has begun, however busy the machine is.
                    while File.GetLastWriteTimeUtc checkpoint = before && not running.HasExited do
                        Thread.Sleep 5

                    if not (running.WaitForExit(100 + random.Next 500)) then
                        if attempt = 2 then
                            finish (start "kill" [ "-TERM"; string running.Id ]) |> ignore
                            running.WaitForExit()
                            // It may have ended by itself in between.
                            if running.ExitCode <> 0 then
                                Expect.equal running.ExitCode 130 ""

                                Expect.isMatch
                                    (running.StandardError.ReadToEnd())
                                    (@"\Aqwem: Cancelled at step [0-9]+ of 6000; [^\n]* from there\.\r?\n\z")
                                    ""
                        else
                            running.Kill()
                            running.WaitForExit()

                        kills <- kills + 1

                Expect.isGreaterThan kills 0 "no run lasted long enough to be killed"
                Expect.isTrue (File.Exists checkpoint) ""
                succeed (arguments killed "2" [ "--resume" ]) |> ignore
                Expect.isTrue (bytes killed = bytes whole) "")

        testCase "a run has the same bytes with AVX-512 switched off" (fun () ->
            use folder = new TemporaryFolder()
            let counts = withCounts folder
            let environment = [ "DOTNET_EnableAVX512", "0"; "DOTNET_EnableAVX512F", "0" ]

            for name, more in
                [
                    "single", [ "--loss"; "sgns"; "--reweight"; "constant" ]
                    "double", [ "--precision"; "double"; "--model"; "asymmetric"; "--exact-loss" ]
                ] do
                succeed (ask counts (folder.File name) more) |> ignore

                let code, _, error =
                    finish (qwemIn environment (ask counts (folder.File(name + "-off")) more))

                Expect.equal code 0 error
                Expect.isTrue (bytes (folder.File name) = bytes (folder.File(name + "-off"))) name)

        testCase "a descent that diverges ends with code 4, an estimate, and its checkpoint" (fun () ->
            use folder = new TemporaryFolder()
            let out = folder.File "run"

            let code, output, error =
                finish (qwem (ask (withCounts folder) out [ "--learning-rate"; "1e4" ]))

            Expect.equal code 4 ""
            Expect.isEmpty output ""

            Expect.isMatch
                error
                (@"\Aqwem: The descent diverged in step [0-9]+ \(loss [^\n]* about [0-9.E+-]+, [^\n]* kept\.\r?\n\z")
                ""

            Expect.isTrue (File.Exists(Path.Combine(out, "checkpoint.qwem"))) ""
            Expect.isFalse (File.Exists(Path.Combine(out, "embeddings.npy"))) "")

        testCase "another run's folder, changed parameters, counts and files are refused on resume" (fun () ->
            use folder = new TemporaryFolder()
            let counts = withCounts folder
            let out = folder.File "run"
            // So often that the last checkpoint knows most of the trace.
            succeed (ask counts out [ "--checkpoint-every"; "1ms" ]) |> ignore
            let before = bytes out

            let refuse exitCode part arguments = refused folder exitCode part arguments

            refuse 1 "already holds a run" (ask counts out [])

            refuse
                1
                "'learning-rate=auto' where 'learning-rate=0.2'"
                (ask counts out [ "--resume"; "--learning-rate"; "0.2" ])

            let other = folder.File "y.qcooc"
            QcoocWriter.Write(randomCounts 7 9 60 2, other)
            refuse 1 "'counts=" (ask other out [ "--resume" ])
            let checkpoint = Path.Combine(out, "checkpoint.qwem")
            let good = File.ReadAllBytes checkpoint
            let bad = Array.copy good
            bad[bad.Length / 2] <- bad[bad.Length / 2] ^^^ 1uy
            File.WriteAllBytes(checkpoint, bad)
            refuse 3 "do not agree with the hash" (ask counts out [ "--resume" ])
            File.WriteAllBytes(checkpoint, good[..40])
            refuse 3 "is truncated" (ask counts out [ "--resume" ])
            File.WriteAllBytes(checkpoint, good)
            Expect.isTrue (bytes out = before) ""

            // Neither a digit, nor a heading, nor a parameter may change unnoticed, nor be lost.
            for name in [ "trace.csv"; "run.txt" ] do
                let path = Path.Combine(out, name)
                let good = File.ReadAllBytes path

                for position in [ 0; good.Length / 3; good.Length / 2 ] do
                    let bad = Array.copy good
                    bad[position] <- bad[position] ^^^ 1uy
                    File.WriteAllBytes(path, bad)
                    refuse 3 "altered" (ask counts out [ "--resume" ])

                File.WriteAllBytes(path, good[.. good.Length / 4])
                refuse 3 "altered" (ask counts out [ "--resume" ])
                File.WriteAllBytes(path, good)

            // A run that ended ends again, with the same bytes.
            succeed (ask counts out [ "--resume" ]) |> ignore
            Expect.isTrue (bytes out = before) "")

        testCase "a folder in which a run trains is refused, and free when it has ended" (fun () ->
            use folder = new TemporaryFolder()
            let counts = withCounts folder
            let out = folder.Folder "run"

            using
                (new FileStream(
                    Path.Combine(out, ".lock"),
                    FileMode.OpenOrCreate,
                    FileAccess.ReadWrite,
                    FileShare.None
                ))
                (fun _ ->
                    for more in [ []; [ "--resume" ] ] do
                        refused folder 1 "Another process trains in the folder" (ask counts out more))

            succeed (ask counts out [ "--resume" ]) |> ignore)

        testCase "a checkpoint of the first version, without the hash of its trace, is taken up" (fun () ->
            use folder = new TemporaryFolder()
            let counts = withCounts folder
            let out = folder.File "run"
            succeed (ask counts out [ "--trace-at"; "0,10,400" ]) |> ignore
            let before = bytes out
            let checkpoint = Path.Combine(out, "checkpoint.qwem")
            // A new one ends with the hash of the trace and its own.
            let whole = File.ReadAllBytes checkpoint
            let content = whole[.. whole.Length - 65]
            content[6] <- 1uy
            File.WriteAllBytes(checkpoint, Array.append content (Security.Cryptography.SHA256.HashData content))
            succeed (ask counts out [ "--resume"; "--trace-at"; "0,10,400" ]) |> ignore
            Expect.isTrue (bytes out = before) "")
    ]
