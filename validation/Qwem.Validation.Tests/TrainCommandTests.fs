/// Running qwem train as its user would.
[<NUnit.Framework.TestFixture>]
module Qwem.Validation.Tests.TrainCommandTests

open System
open System.IO
open System.Threading
open NUnit.Framework
open Qwem.Sim.Cooccurrence
open Qwem.Sim.Formats
open Qwem.Sim.LinearAlgebra
open Qwem.Validation.Tests.CountingSupport
open Qwem.Validation.Tests.Command
open Qwem.Validation.Tests.PairSourceTests
open Qwem.Validation.Tests.TrainingSupport

let private withCounts (folder: TemporaryFolder) =
    let path = folder.File "x.qcooc"
    QcoocWriter.Write(randomCounts 6 9 60 2, path)
    path

/// A small run; what is asked for beside takes the place of what it has.
let private ask (counts: string) (output: string) (more: string list) =
    let usual =
        [ "-d", "3"; "--sigma", "0.1"; "--batch", "200"; "--steps", "400" ]
        |> List.filter (fun (option, _) ->
            not (List.contains option more || option = "--sigma" && List.contains "--start" more))
        |> List.collect (fun (option, value) -> [ option; value ])

    "train" :: counts :: usual @ [ "-o"; output ] @ more

let private bytes (folder: string) =
    Directory.GetFiles folder
    |> Array.filter (fun file -> not (file.EndsWith ".qwem"))
    |> Array.sort
    |> Array.map (fun file -> Path.GetFileName file, File.ReadAllBytes file)

[<Test>]
let ``a run writes its trace, its embeddings and one line`` () =
    use folder = new TemporaryFolder()
    let out = folder.File "run"
    let basis = folder.File "basis.npy"

    // The first word and the second: orthonormal rows.
    NpyMatrix.Write(basis, build 2 9 (fun i j -> if i = j then 1.0 else 0.0), 0, 2, false)

    let output, error =
        succeed (
            ask
                (withCounts folder)
                out
                [
                    "--exact-loss"
                    "--basis"
                    basis
                    "--overlap-ranks"
                    "1,2"
                    "--trace-at"
                    "3,400"
                ]
        )

    Assert.That(output, Does.StartWith(Path.Combine(out, "embeddings.npy") + " V=9 d=3 steps=400 learning-rate="))
    Assert.That(error, Does.Match @"\A[0-9.]+ s for 400 steps, [0-9.]+ million pairs/s\r?\n\z")
    let lines = File.ReadAllLines(Path.Combine(out, "trace.csv"))
    Assert.That(lines[0], Is.EqualTo "step,learning_rate,minibatch_loss,exact_loss,overlap_1,overlap_2,s_1,s_2,s_3")
    Assert.That(lines[1..] |> Array.map (fun line -> line.Split(',')[0]), Is.EqualTo<string[]> [| "0"; "3"; "400" |])
    let last = lines[3].Split(',') |> Array.map float

    // The same numbers for numpy.load, column-major: record 2 of 3.
    for array in NpzReader.Read(Path.Combine(out, "trace.npz")) do
        let column name =
            lines[0].Split(',') |> Array.findIndex (fun heading -> heading = name)

        match array.Name with
        | "overlap_ranks" -> Assert.That(array.Numbers, Is.EqualTo<float array> [| 1.0; 2.0 |])
        | "overlap" -> Assert.That((array.Numbers |> Unchecked.nonNull)[3 + 2], Is.EqualTo last[column "overlap_2"])
        | "singular_values" ->
            Assert.That(List.ofSeq array.Shape, Is.EqualTo<int list> [ 3; 3 ])
            Assert.That((array.Numbers |> Unchecked.nonNull)[2 * 3 + 2], Is.EqualTo last[column "s_3"])
        | name -> Assert.That((array.Numbers |> Unchecked.nonNull)[2], Is.EqualTo last[column name])

    let w = NpyMatrix.Read(Path.Combine(out, "embeddings.npy"))
    Assert.That((w.Rows, w.Columns), Is.EqualTo((9, 3)))
    let svd = Svd.OfTall w

    // Roots of eigenvalues of the Gram matrix: relative to the largest, half the digits at worst.
    for k in 0..2 do
        Assert.That(last[6 + k], Is.EqualTo(svd.SingularValues[k]).Within(1e-7 * svd.SingularValues[0]))

    for r in 1..2 do
        let expected =
            Seq.sum (
                seq {
                    for i in 0 .. r - 1 do
                        for j in 0 .. r - 1 do
                            svd.LeftVectors[i, j] ** 2.0 / float r
                }
            )

        Assert.That(last[3 + r], Is.EqualTo(expected).Within 1e-6, $"overlap {r}")

    Assert.That(float (lines[1].Split(',')[3]), Is.GreaterThan last[3], "the exact loss has fallen")
    Assert.That(File.ReadAllLines(Path.Combine(out, "vocabulary.txt")).Length, Is.EqualTo 9)
    Assert.That(Qwem.Sim.Formats.VectorFile.Read(Path.Combine(out, "embeddings.npy")).Size, Is.EqualTo 9)

[<Test>]
let ``a run killed at random moments ends with the bytes of an undisturbed one on any number of threads`` () =
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

    for attempt in 0..3 do
        use running =
            qwem (arguments killed (string (1 + attempt % 3)) (if attempt = 0 then [] else [ "--resume" ]))

        while not (File.Exists(Path.Combine(killed, "checkpoint.qwem")))
              && not running.HasExited do
            Thread.Sleep 5

        if not (running.WaitForExit(100 + random.Next 500)) then
            if attempt = 2 then
                finish (start "kill" [ "-TERM"; string running.Id ]) |> ignore
                running.WaitForExit()
                // It may have ended by itself in between.
                if running.ExitCode <> 0 then
                    Assert.That(running.ExitCode, Is.EqualTo 130)

                    Assert.That(
                        running.StandardError.ReadToEnd(),
                        Does.Match @"\Aqwem: Cancelled at step [0-9]+ of 6000; [^\n]* from there\.\r?\n\z"
                    )
            else
                running.Kill()
                running.WaitForExit()

            kills <- kills + 1

    Assert.That(kills, Is.GreaterThan 0, "no run lasted long enough to be killed")
    Assert.That(File.Exists(Path.Combine(killed, "checkpoint.qwem")))
    succeed (arguments killed "2" [ "--resume" ]) |> ignore
    Assert.That((bytes killed = bytes whole), Is.True)

[<Test>]
let ``a run has the same bytes with AVX-512 switched off`` () =
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

        Assert.That(code, Is.EqualTo 0, error)
        Assert.That((bytes (folder.File name) = bytes (folder.File(name + "-off"))), Is.True, name)

[<Test>]
let ``a descent that diverges ends with code 4, an estimate, and its checkpoint`` () =
    use folder = new TemporaryFolder()
    let out = folder.File "run"

    let code, output, error =
        finish (qwem (ask (withCounts folder) out [ "--learning-rate"; "1e4" ]))

    Assert.That(code, Is.EqualTo 4)
    Assert.That(output, Is.Empty)

    Assert.That(
        error,
        Does.Match @"\Aqwem: The descent diverged in step [0-9]+ \(loss [^\n]* about [0-9.E+-]+, [^\n]* kept\.\r?\n\z"
    )

    Assert.That(File.Exists(Path.Combine(out, "checkpoint.qwem")))
    Assert.That(File.Exists(Path.Combine(out, "embeddings.npy")), Is.False)

[<Test>]
let ``another run's folder, changed parameters, counts and files are refused on resume`` () =
    use folder = new TemporaryFolder()
    let counts = withCounts folder
    let out = folder.File "run"
    succeed (ask counts out []) |> ignore
    let before = bytes out

    let refuse exitCode part arguments = refused folder exitCode part arguments

    refuse 1 "holds a run already" (ask counts out [])
    refuse 1 "'learning-rate=auto' where 'learning-rate=0.2'" (ask counts out [ "--resume"; "--learning-rate"; "0.2" ])
    let other = folder.File "y.qcooc"
    QcoocWriter.Write(randomCounts 7 9 60 2, other)
    refuse 1 "'counts=" (ask other out [ "--resume" ])
    let checkpoint = Path.Combine(out, "checkpoint.qwem")
    let good = File.ReadAllBytes checkpoint
    let bad = Array.copy good
    bad[bad.Length / 2] <- bad[bad.Length / 2] ^^^ 1uy
    File.WriteAllBytes(checkpoint, bad)
    refuse 1 "truncated or altered" (ask counts out [ "--resume" ])
    File.WriteAllBytes(checkpoint, good[..40])
    refuse 1 "not a checkpoint" (ask counts out [ "--resume" ])
    File.WriteAllBytes(checkpoint, good)
    Assert.That((bytes out = before), Is.True)
    // A run that ended ends again, with the same bytes.
    succeed (ask counts out [ "--resume" ]) |> ignore
    Assert.That((bytes out = before), Is.True)

[<Test>]
let ``bad arguments end with code 1 and one sentence`` () =
    use folder = new TemporaryFolder()
    let counts = withCounts folder
    let out = folder.File "run"
    let matrix = folder.File "m.npy"
    NpyMatrix.Write(matrix, build 4 3 (fun _ _ -> 1.0), 0, 4, true)
    let cut = folder.File "cut.npy"
    File.WriteAllBytes(cut, (File.ReadAllBytes matrix)[..140])

    let refuse part more =
        refused folder 1 part (ask counts out more)

    refuse "'none' of --loss" [ "--loss"; "none" ]
    refuse "needs --coefficients" [ "--loss"; "quadratic" ]
    refuse "no other loss has them" [ "--coefficients"; "1,1,1,1" ]
    refuse "four numbers" [ "--loss"; "quadratic"; "--coefficients"; "1,2,3" ]
    refuse "no minimum" [ "--loss"; "quadratic"; "--coefficients"; "0,1,0,1" ]
    refuse "schedule 'sometimes'" [ "--schedule"; "sometimes" ]
    refuse "'-1' of --learning-rate" [ "--learning-rate"; "-1" ]
    refuse "'0' of --batch" [ "--batch"; "0" ]
    refuse "'5' of --checkpoint-every" [ "--checkpoint-every"; "5" ]
    refuse "exclude each other" [ "--trace-every"; "5"; "--trace-per-decade"; "5" ]
    refuse "exclude each other" [ "--start"; matrix; "--sigma"; "1" ]
    refuse "not below the vocabulary size" [ "-V"; "3" ]
    refuse "2 .. 9" [ "-V"; "10" ]
    refuse "basis is 4 x 3" [ "--basis"; matrix ]
    refuse "--precision double" [ "--loss"; "simclr" ]
    refuse "--precision double" [ "--sampling"; "full" ]
    refuse "a list of whole numbers" [ "--trace-at"; "3,x" ]
    refused folder 3 "is not 4 x 3 of 4" (ask counts out [ "--basis"; cut ])
    refused folder 3 "not a .npy file" (ask counts out [ "--basis"; counts ])
    refused folder 3 "could not be read" (ask (folder.File "absent") out [])
    refused folder 1 "is a file" (ask counts counts [])
    refused folder 1 "create it first" (ask counts (Path.Combine(folder.Path, "a", "b")) [])

    if OperatingSystem.IsLinux() then
        refused folder 1 "cannot be" (ask counts "/proc/run" [])

[<Test>]
let ``a start from a file is trained, and a full disk ends with code 3`` () =
    use folder = new TemporaryFolder()
    let counts = withCounts folder
    let start = folder.File "start.npy"
    let w = gaussMatrix (Random 3) 9 3 0.2
    NpyMatrix.Write(start, w, 0, 9, false)

    let common =
        [
            "train"
            counts
            "-d"
            "3"
            "--steps"
            "1"
            "--learning-rate"
            "1e-300"
            "--precision"
            "double"
        ]

    let out = folder.File "run"
    succeed (common @ [ "--start"; start; "-o"; out ]) |> ignore
    let trained = NpyMatrix.Read(Path.Combine(out, "embeddings.npy"))
    Assert.That((bits trained.Values = bits w.Values), "a rate of 1e-300 moves nothing")

    if OperatingSystem.IsLinux() && File.Exists "/dev/full" then
        let full = folder.File "full"
        Directory.CreateDirectory full |> ignore
        File.CreateSymbolicLink(Path.Combine(full, "trace.csv"), "/dev/full") |> ignore
        let code, output, error = finish (qwem (common @ [ "--start"; start; "-o"; full ]))
        Assert.That(code, Is.EqualTo 3, error)
        Assert.That(output, Is.Empty)
        Assert.That(error, Does.Match @"\Aqwem: [^\n]*\r?\n\z")

[<Test>]
let ``help shows an example, units and defaults`` () =
    let code, help, _ = finish (qwem [ "train"; "--help" ])
    Assert.That(code, Is.EqualTo 0)

    for part in
        [
            "Examples:"
            "--resume"
            "[default: 50000]"
            "ms, s, m or h"
            "sym|xe|sgns|quartic|simclr|quadratic"
            "exit code 4"
        ] do
        Assert.That(help, Does.Contain part)
