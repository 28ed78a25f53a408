/// A child process, from the outside.
module internal Qwem.Mutation.Process

open System
open System.Diagnostics

/// A process that answers lines, replaced when it crashes or gives no answer in time.
type Child(places: Worker.Places) =
    let start (mutant: int) =
        let info = ProcessStartInfo(string Environment.ProcessPath)

        if IO.Path.GetFileNameWithoutExtension(string Environment.ProcessPath) = "dotnet" then
            info.ArgumentList.Add(Reflection.Assembly.GetExecutingAssembly().Location)

        for argument in
            [
                "--child"
                places.Rewritten
                places.TestAssembly
                places.TestProject
                string places.Count
            ] do
            info.ArgumentList.Add argument

        info.RedirectStandardInput <- true
        info.RedirectStandardOutput <- true
        // Quick start and steady speed: nothing here runs long enough for the second compilation to pay at once.
        info.Environment["DOTNET_TieredPGO"] <- "0"
        info.Environment[Worker.mutantFromTheStart] <- string mutant
        nonNull (Process.Start info)

    let mutable running = start Switch.None

    let stop () =
        if not running.HasExited then
            running.Kill true

        running.WaitForExit()
        running.Dispose()

    /// A process with nothing computed yet, with a mutant on from before the theory is loaded.
    member _.Restart(mutant: int) =
        stop ()
        running <- start mutant

    /// The answer to a line; none when it does not come in time or the process is gone.
    member _.Ask(line: string, limit: TimeSpan) : string option =
        try
            running.StandardInput.WriteLine line
            running.StandardInput.Flush()
            let reply = running.StandardOutput.ReadLineAsync()
            if reply.Wait limit then Option.ofObj reply.Result else None
        with
        | :? IO.IOException
        | :? AggregateException -> None

    interface IDisposable with
        member _.Dispose() = stop ()
