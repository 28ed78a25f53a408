/// Running qwem train as its user would.
module Qwem.Validation.Tests.TrainCommandTests

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
open Qwem.Validation.Tests.LinearAlgebraSupport
open Qwem.Validation.Tests.TrainingSupport

let withCounts (folder: TemporaryFolder) =
    let path = folder.File "x.qcooc"
    QcoocWriter.Write(randomCounts 6 9 60 2, path)
    path

/// A small run; what is asked for beside takes the place of what it has.
let ask (counts: string) (output: string) (more: string list) =
    let usual =
        [ "-d", "3"; "--sigma", "0.1"; "--batch", "200"; "--steps", "400" ]
        |> List.filter (fun (option, _) ->
            not (List.contains option more || option = "--sigma" && List.contains "--start" more))
        |> List.collect (fun (option, value) -> [ option; value ])

    "train" :: counts :: usual @ [ "-o"; output ] @ more

let bytes (folder: string) =
    Directory.GetFiles folder
    |> Array.filter (fun file -> not (file.EndsWith ".qwem"))
    |> Array.sort
    |> Array.map (fun file -> Path.GetFileName file, File.ReadAllBytes file)

let tests =
    testList "Train command" [
        // Roots of eigenvalues of the Gram matrix for float32: relative to the largest, half the digits at worst; all of them for float64.
        testTheory
            "a run writes its trace, its embeddings and one line"
            [ ("single", 1e-7); ("double", 0.0) ]
            (fun (precision: string, accuracy: float) ->
                use folder = new TemporaryFolder()
                let out = folder.File "run"
                let basis = folder.File "basis.npy"

                // The first word and the second: orthonormal rows.
                NpyMatrix.Write(basis, build 2 9 (fun i j -> if i = j then 1.0 else 0.0), 0, 2, false)

                let output, error =
                    succeed (
                        ask (withCounts folder) out [
                            "--precision"
                            precision
                            "--exact-loss"
                            "--basis"
                            basis
                            "--overlap-ranks"
                            "1,2"
                            "--trace-at"
                            "3,400"
                        ]
                    )

                Expect.stringStarts
                    output
                    (Path.Combine(out, "embeddings.npy") + " V=9 d=3 steps=400 learning-rate=")
                    ""

                Expect.isMatch error (@"\A[0-9.]+ s for 400 steps, [0-9.]+ million pairs/s\r?\n\z") ""
                let lines = File.ReadAllLines(Path.Combine(out, "trace.csv"))
                Expect.equal lines[0] "step,learning_rate,minibatch_loss,exact_loss,overlap_1,overlap_2,s_1,s_2,s_3" ""
                Expect.equal (lines[1..] |> Array.map (fun line -> line.Split(',')[0])) [| "0"; "3"; "400" |] ""
                let last = lines[3].Split(',') |> Array.map float

                // The same numbers for numpy.load, column-major: record 2 of 3.
                for array in NpzReader.Read(Path.Combine(out, "trace.npz")) do
                    let column name =
                        lines[0].Split(',') |> Array.findIndex (fun heading -> heading = name)

                    match array.Name with
                    | "overlap_ranks" -> Expect.equal array.Numbers [| 1.0; 2.0 |] ""
                    | "overlap" ->
                        Expect.equal ((array.Numbers |> Unchecked.nonNull)[3 + 2]) (last[column "overlap_2"]) ""
                    | "singular_values" ->
                        Expect.equal (List.ofSeq array.Shape) [ 3; 3 ] ""
                        Expect.equal ((array.Numbers |> Unchecked.nonNull)[2 * 3 + 2]) (last[column "s_3"]) ""
                    | name -> Expect.equal ((array.Numbers |> Unchecked.nonNull)[2]) (last[column name]) ""

                let w = NpyMatrix.Read(Path.Combine(out, "embeddings.npy"))
                Expect.equal (w.Rows, w.Columns) (9, 3) ""
                let svd = Svd.OfTall w

                for k in 0..2 do
                    Expect.near (last[6 + k]) svd.SingularValues[k] (accuracy * svd.SingularValues[0]) ""

                for r in 1..2 do
                    let expected =
                        Seq.sum (
                            seq {
                                for i in 0 .. r - 1 do
                                    for j in 0 .. r - 1 do
                                        svd.LeftVectors[i, j] ** 2.0 / float r
                            }
                        )

                    Expect.near (last[3 + r]) expected (1e-14 + 10.0 * accuracy) ($"overlap {r}")

                Expect.isGreaterThan (float (lines[1].Split(',')[3])) last[3] "the exact loss has fallen"
                Expect.equal (File.ReadAllLines(Path.Combine(out, "vocabulary.txt")).Length) 9 ""
                Expect.equal (Qwem.Sim.Formats.VectorFile.Read(Path.Combine(out, "embeddings.npy")).Size) 9 "")

        testCase
            "the trace of a double-precision run has all digits of its singular values, however small they are"
            (fun () ->
                use folder = new TemporaryFolder()
                let out = folder.File "run"

                succeed (
                    ask (withCounts folder) out [
                        "-d"
                        "6"
                        "--sigma"
                        "1e-12"
                        "--precision"
                        "double"
                        "--trace-at"
                        "60"
                    ]
                )
                |> ignore

                let lines = File.ReadAllLines(Path.Combine(out, "trace.csv"))
                let values = lines |> Array.map (fun line -> line.Split(',')[3..])
                let trained = Svd.OfTall(NpyMatrix.Read(Path.Combine(out, "embeddings.npy")))
                Expect.equal (Array.map float (Array.last values)) trained.SingularValues ""

                for row in values[1..] do
                    let numbers = Array.map float row
                    Expect.isGreaterThan (Array.last numbers) 1e-16 "nothing is recorded as 0"

                // The smallest is so small that the Gram matrix, which squares it, would not see it beside the largest.
                let last = Array.map float (Array.last values)
                Expect.isLessThan (Array.last last) (1e-9 * last[0]) "a case without small ones")

        testCase "a model that is too large is refused in a sentence, and the limit stands in the help" (fun () ->
            use folder = new TemporaryFolder()
            let counts, out = folder.File "wide.qcooc", folder.File "run"
            QcoocWriter.Write(lonelyCounts 60_000, counts)

            refused
                folder
                1
                "V d = 3000000000 numbers, and a model has at most 250000000"
                (ask counts out [ "-V"; "60000"; "-d"; "50000" ])

            refused
                folder
                1
                "2 V d = 300000000 numbers"
                (ask counts out [ "-V"; "30000"; "-d"; "5000"; "--model"; "asymmetric" ])

            let _, help, _ = finish (qwem [ "train"; "--help" ])
            Expect.stringContains (help.ReplaceLineEndings " ") "at most 250,000,000" "")

        testCase "bad arguments end with code 1 and one sentence" (fun () ->
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
            refused folder 3 "does not exist" (ask (folder.File "absent") out [])
            refused folder 1 "is a file" (ask counts counts [])
            refused folder 1 "create it first" (ask counts (Path.Combine(folder.Path, "a", "b")) [])

            if OperatingSystem.IsLinux() then
                refused folder 1 "cannot be" (ask counts "/proc/run" []))

        testCase "a start from a file is trained, and a full disk ends with code 3" (fun () ->
            use folder = new TemporaryFolder()
            let counts = withCounts folder
            let start = folder.File "start.npy"
            let w = gaussMatrix (Random 3) 9 3 0.2
            NpyMatrix.Write(start, w, 0, 9, false)

            let common = [
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
            Expect.isTrue (bits trained.Values = bits w.Values) "a rate of 1e-300 moves nothing"

            if OperatingSystem.IsLinux() && File.Exists "/dev/full" then
                let full = folder.File "full"
                Directory.CreateDirectory full |> ignore
                File.CreateSymbolicLink(Path.Combine(full, "trace.csv"), "/dev/full") |> ignore
                let code, output, error = finish (qwem (common @ [ "--start"; start; "-o"; full ]))
                Expect.equal code 3 error
                Expect.isEmpty output ""
                Expect.isMatch error (@"\Aqwem: [^\n]*\r?\n\z") "")

        testCase "help shows an example, units and defaults" (fun () ->
            let code, help, _ = finish (qwem [ "train"; "--help" ])
            Expect.equal code 0 ""

            for part in
                [
                    "Examples:"
                    "--resume"
                    "[default: 50000]"
                    "ms, s, m or h"
                    "sym|xe|sgns|quartic|simclr|quadratic"
                    "exit code 4"
                ] do
                Expect.stringContains help part "")
    ]
