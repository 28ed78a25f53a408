/// Running the command as its user would.
module Qwem.Validation.Tests.Command

open System
open System.Diagnostics
open System.IO
open Expecto
open Qwem.Validation.Tests.CountingSupport

/// A folder of this run of the tests alone, deleted when it ends.
let temporary name =
    let folder =
        Path.Combine(Path.GetTempPath(), $"qwem-tests-{Environment.ProcessId}-{name}")

    AppDomain.CurrentDomain.ProcessExit.Add(fun _ ->
        if Directory.Exists folder then
            Directory.Delete(folder, true))

    folder

let private cache = temporary "cache"

let private launch (file: string) (environment: (string * string) list) (arguments: string list) =
    let info = ProcessStartInfo(file, arguments)
    info.RedirectStandardOutput <- true
    info.RedirectStandardError <- true

    // Finished experiments are kept for one run of the tests, not in the developer's own cache.
    info.Environment["XDG_CACHE_HOME"] <- cache

    for name, value in environment do
        info.Environment[name] <- value

    match Process.Start info with
    | null -> failwith $"{file} did not start"
    | started -> started

/// Starts a program.
let start (file: string) (arguments: string list) = launch file [] arguments

/// Starts qwem in an environment.
let qwemIn (environment: (string * string) list) (arguments: string list) =
    launch "dotnet" environment (Path.Combine(AppContext.BaseDirectory, "qwem.dll") :: arguments)

/// Starts qwem.
let qwem (arguments: string list) = qwemIn [] arguments

/// Waits for the end: exit code, standard output, standard error.
let finishWithin (seconds: int) (running: Process) =
    use running = running
    let standardError = running.StandardError.ReadToEndAsync()
    let standardOutput = running.StandardOutput.ReadToEnd()

    if not (running.WaitForExit(1000 * seconds)) then
        running.Kill()
        failtest $"qwem did not end within {seconds} s"

    running.ExitCode, standardOutput, standardError.Result

/// Waits a minute for the end.
let finish (running: Process) = finishWithin 60 running

/// Runs qwem to a good end: standard output, standard error.
let succeed (arguments: string list) =
    let code, output, error = finish (qwem arguments)
    Expect.equal code 0 error
    output, error

/// Asserts one sentence on standard error, nothing on standard output, and a folder as it was.
let refused (folder: TemporaryFolder) (exitCode: int) (part: string) (arguments: string list) =
    let before = folder.Names
    let code, output, error = finish (qwem arguments)
    Expect.equal code exitCode error
    Expect.isEmpty output ""
    Expect.isMatch error (@"\Aqwem: [^\n]*\.\r?\n\z") ""
    Expect.lacks error "   at " ""
    Expect.stringContains error part ""
    Expect.equal folder.Names before ""
