namespace Qwem.Validation

open System
open System.IO
open System.Security.Cryptography
open System.Text
open Qwem.Reports
open Qwem.Sim.Cooccurrence
open Qwem.Sim.IO

/// Sections that earlier runs finished, in a folder of files named by the hash of all that decides them: the build, the inputs and
/// the parameters. Files that cannot be read are ignored.
type FinishedSections(folder: string) =

    // As many as the last few settings have; older ones are deleted.
    static let keep = 200

    static let builds =
        lazy
            ([
                typeof<FinishedSections>
                typeof<Qwem.Theory.ExactSolution>
                typeof<CooccurrenceCounts>
                typeof<Section>
             ]
             |> List.map (fun one -> one.Module.ModuleVersionId.ToString())
             |> String.concat " ")

    static let isRefusal (error: exn) =
        error :? IOException || error :? UnauthorizedAccessException

    let path (inputs: string) =
        let text = builds.Value + "\n" + inputs
        let hash = SHA256.HashData(Encoding.UTF8.GetBytes text)
        Path.Combine(folder, Convert.ToHexStringLower(hash)[..31] + ".section")

    /// Deletes the files least recently written beyond those worth keeping.
    let prune () =
        DirectoryInfo(folder).GetFiles "*.section"
        |> Array.sortByDescending _.LastWriteTimeUtc
        |> Array.skip keep
        |> Array.iter _.Delete()

    /// Why the last section could not be kept, or null.
    member val Complaint: string | null = null with get, set

    /// How many sections were kept.
    member val Kept = 0 with get, set

    /// The section of these inputs, if it was finished before.
    member _.Find(inputs: string) : Section option =
        try
            let bytes = File.ReadAllBytes(path inputs)
            let content = bytes[32..]

            if SHA256.HashData(content).AsSpan().SequenceEqual(bytes.AsSpan(0, 32)) then
                Some(SectionBytes.toSection content)
            else
                None
        with error when (isRefusal error || error :? ArgumentException) ->
            None

    /// Keeps a finished section; a folder that cannot be written keeps nothing, as Complaint says, and the run continues.
    member this.Keep(inputs: string, section: Section) : unit =
        let content = SectionBytes.ofSection section

        try
            Directory.CreateDirectory folder |> ignore

            AtomicFile.Write(
                path inputs,
                (fun stream ->
                    stream.Write(SHA256.HashData content, 0, 32)
                    stream.Write(content, 0, content.Length))
            )

            this.Kept <- this.Kept + 1

            if Directory.GetFiles(folder, "*.section").Length > keep then
                prune ()
        with error when (isRefusal error) ->
            this.Complaint <- error.Message.TrimEnd '.'
