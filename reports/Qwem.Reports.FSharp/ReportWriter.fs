namespace Qwem.Reports

open System
open System.IO
open System.Text

/// Writes a report to a folder.
[<AbstractClass; Sealed>]
type ReportWriter private () =
    static let utf8 = UTF8Encoding false

    // Deterministic, so that what a killed run left is overwritten by the next one.
    static let temporary (path: string) = path + ".qwem-tmp"

    static let refuse (path: string) (remedy: string) (error: exn) =
        raise (ReportException($"Cannot write '{path}' ({error.Message.Trim().TrimEnd '.'}); {remedy}.", error))

    static let isRefusal (error: exn) =
        error :? IOException
        || error :? UnauthorizedAccessException
        || error :? NotSupportedException

    static let delete (path: string) =
        try
            File.Delete path
        with error when isRefusal error ->
            ()

    /// Creates a folder and gives those that were missing, innermost first.
    static let create (folder: string) : string list =
        let rec missing (path: string) =
            if Directory.Exists path then
                []
            else
                match Path.GetDirectoryName path with
                | null -> [ path ]
                | parent -> path :: missing parent

        if File.Exists folder then
            raise (
                ReportException
                    $"'{folder}' is a file where a folder is needed; remove or rename it, or name another folder."
            )

        let added = missing folder

        try
            Directory.CreateDirectory folder |> ignore
            added
        with error when isRefusal error ->
            refuse folder "name a folder that you may create" error

    static let undo (folders: string list) =
        for folder in folders do
            try
                Directory.Delete folder
            with error when isRefusal error ->
                ()

    /// <summary>Every file of a report by its path inside the folder, with its text.</summary>
    /// <param name="report">The report.</param>
    /// <returns>Paths with forward slashes, and texts with line feeds.</returns>
    /// <exception cref="T:Qwem.Reports.ReportException">The report contradicts itself or cannot be drawn.</exception>
    static member Render(report: Report) : struct (string * string) array =
        Check.report report

        [|
            struct ("index.html", Html.render report)
            struct ("README.md", Markdown.render report)
            struct ("results.json", Json.results report)
            struct ("manifest.json", Json.manifest report.Manifest)
            struct ("junit.xml", JUnit.render report)
            for figure in Check.figures report do
                struct ($"figures/{figure.Id}.svg", Svg.render figure)
        |]

    /// <summary>
    /// Writes index.html, README.md, results.json, manifest.json, junit.xml and figures/*.svg; removes figures/*.svg that
    /// are not the report's and leaves everything else alone.
    /// </summary>
    /// <remarks>
    /// All is rendered in memory, then written under temporary names, then renamed: what fails before the renaming leaves
    /// the folder as it was. A crash during the renaming leaves whole files, some of the old and some of the new run.
    /// </remarks>
    /// <param name="report">The report.</param>
    /// <param name="folder">Where to; created if missing.</param>
    /// <exception cref="T:Qwem.Reports.ReportException">The report contradicts itself, or the folder cannot be written.</exception>
    static member Write(report: Report, folder: string) : unit =
        let files = ReportWriter.Render report
        let folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath folder)
        let figures = Path.Combine(folder, "figures")
        let addedFolder = create folder

        let added =
            try
                create figures @ addedFolder
            with _ ->
                undo addedFolder
                reraise ()

        let targets =
            files
            |> Array.map (fun (struct (name, text)) ->
                Path.Combine(folder, name.Replace('/', Path.DirectorySeparatorChar)), text)

        try
            for path, _ in targets do
                if Directory.Exists path then
                    raise (ReportException $"'{path}' is a folder where a file is to be written; remove or rename it.")

            for path, text in targets do
                try
                    File.WriteAllText(temporary path, text, utf8)
                with error when isRefusal error ->
                    refuse path "make the folder writable and check the free space" error

            for path, _ in targets do
                try
                    File.Move(temporary path, path, true)
                with error when isRefusal error ->
                    refuse path "close it elsewhere and make it writable" error
        with _ ->
            for path, _ in targets do
                delete (temporary path)

            undo added
            reraise ()

        let current = targets |> Array.map fst |> Set.ofArray

        for path in Directory.GetFiles figures do
            let isFigure = path.EndsWith(".svg", StringComparison.Ordinal)
            let isLeftover = path.EndsWith(temporary ".svg", StringComparison.Ordinal)

            if (isFigure || isLeftover) && not (current.Contains path) then
                try
                    File.Delete path
                with error when isRefusal error ->
                    refuse path "delete this outdated figure by hand" error
