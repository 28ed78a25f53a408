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

    /// Of this layout of results.json or of an earlier one, whose report may be replaced too.
    static let anyResultsSchema =
        Json.resultsSchema.Substring(0, Json.resultsSchema.LastIndexOf '/' + 1)

    /// Whether an earlier report was written to the folder: its results say so.
    static let holdsReport (folder: string) =
        let results = Path.Combine(folder, "results.json")

        File.Exists results
        && File.ReadAllText(results).Contains(anyResultsSchema, StringComparison.Ordinal)

    /// The files that every report has.
    static let always =
        [
            "index.html"
            "README.md"
            "report.css"
            "report.js"
            "results.json"
            "manifest.json"
            "junit.xml"
        ]

    /// Those that only some reports have.
    static let sometimes =
        [
            for name in [ BesideThePaper.pageName; SlipMatrix.pageName ] do
                name + ".html"
                name + ".md"
        ]

    static let pagesOf (section: string) =
        [ Check.anchor section + ".html"; Check.anchor section + ".md" ]

    /// The pages that an earlier report wrote, by what its results say; none if they cannot be read.
    static let earlierPages (folder: string) =
        try
            File.ReadAllText(Path.Combine(folder, "results.json"))
            |> Results.readSectionIds
            |> List.collect pagesOf
            |> List.append sometimes
        with :? ReportException ->
            []

    /// A file of the same name that no report wrote, if there is one.
    static let foreign (folder: string) (pages: string list) =
        let known =
            if holdsReport folder then
                Set.ofList (always @ earlierPages folder)
            else
                Set.empty

        pages
        |> List.tryFind (fun page -> not (known.Contains page) && File.Exists(Path.Combine(folder, page)))

    static let foreignSentence folder page =
        $"The folder '{folder}' holds a {page} that is not of a report; name another folder, or move that file away."

    static let undo (folders: string list) =
        for folder in folders do
            try
                Directory.Delete folder
            with error when isRefusal error ->
                ()

    /// <summary>Every file of a report by its path inside the folder, with its bytes.</summary>
    /// <param name="report">The report.</param>
    /// <returns>Paths with forward slashes, and texts in UTF-8 with line feeds.</returns>
    /// <exception cref="T:Qwem.Reports.ReportException">The report cannot be rendered, by <c>Check.report</c>.</exception>
    static member Render(report: Report) : struct (string * byte array) array =
        Check.report report

        let text (name: string) (content: string) = struct (name, utf8.GetBytes content)

        [|
            // First: after a crash it says which pages are a report's, and the next run may replace them.
            text "results.json" (Json.results report)
            text "index.html" (HtmlIndex.render report)
            text "README.md" (Markdown.index report)
            text "report.css" Style.sheet
            text "report.js" (Asset.text "report.js")
            for name in [ "plotly.min.js"; "plotly.LICENSE.txt" ] do
                struct ("assets/" + name, Asset.bytes name)
            for section in report.Sections do
                text (Check.anchor section.Id + ".html") (HtmlPage.render report section)
                text (Check.anchor section.Id + ".md") (Markdown.page report section)
            if not (BesideThePaper.rows report).IsEmpty then
                text (BesideThePaper.pageName + ".html") (BesidePages.html report)
                text (BesideThePaper.pageName + ".md") (BesidePages.markdown report)
            if SlipMatrix.hasPage report then
                text (SlipMatrix.pageName + ".html") (MatrixPages.html report)
                text (SlipMatrix.pageName + ".md") (MatrixPages.markdown report)
            text "manifest.json" (Json.manifest report.Manifest)
            text "junit.xml" (JUnit.render report)
            for figure in Check.figures report do
                struct ($"figures/{figure.Id}.png", Picture.render Picture.Light figure)
                text ($"figures/{figure.Id}.csv") (Csv.render figure)
        |]

    /// <summary>Why a report cannot be written to a folder, as a sentence, or null if it probably can.</summary>
    /// <remarks>Leaves the folder as it is: what it creates to find out, it removes. To be asked before long work.</remarks>
    /// <param name="folder">Where a report is to be written; need not exist.</param>
    static member WhyNotWritable(folder: string) : string | null =
        try
            let full = Path.TrimEndingDirectorySeparator(Path.GetFullPath folder)

            match foreign full always with
            | Some page -> foreignSentence folder page
            | None ->
                let added = create full

                try
                    let probe = temporary (Path.Combine(full, "probe"))

                    try
                        File.WriteAllText(probe, "")
                        null
                    with error when isRefusal error ->
                        $"The folder '{folder}' cannot be written to ({error.Message.Trim().TrimEnd '.'}); make it writable or name another one."
                finally
                    delete (temporary (Path.Combine(full, "probe")))
                    undo added
        with
        | :? ReportException as refusal -> refusal.Message
        | :? ArgumentException -> $"'{folder}' is not the name of a folder; name another one."

    /// <summary>
    /// Writes index.html and README.md, a page of both kinds for each section, one for the paper's values, one for the slips, report.css, report.js, assets/*, results.json,
    /// manifest.json, junit.xml, figures/*.png and figures/*.csv. Where it replaces an earlier report it removes its pages and
    /// figures (also figures/*.svg of earlier versions) that are no longer made; everything else is left alone, and files of those names
    /// that no report wrote are not overwritten.
    /// </summary>
    /// <remarks>
    /// All is rendered in memory, then written under temporary names, then renamed: what fails before the renaming leaves
    /// the folder as it was. A crash during the renaming leaves whole files, some of the old and some of the new run.
    /// </remarks>
    /// <param name="report">The report.</param>
    /// <param name="folder">Where to; created if missing.</param>
    /// <exception cref="T:Qwem.Reports.ReportException">The report cannot be rendered, or the folder cannot be written.</exception>
    static member Write(report: Report, folder: string) : unit =
        let files = ReportWriter.Render report
        let folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath folder)

        let topLevel =
            [
                for struct (name, _) in files do
                    if not (name.Contains '/') then
                        name
            ]

        match foreign folder topLevel with
        | Some page -> raise (ReportException(foreignSentence folder page))
        | None -> ()

        let replaces = holdsReport folder
        let pagesBefore = if replaces then earlierPages folder else []
        let figures = Path.Combine(folder, "figures")
        let addedFolder = create folder

        let added =
            try
                create figures @ create (Path.Combine(folder, "assets")) @ addedFolder
            with _ ->
                undo addedFolder
                reraise ()

        let targets =
            files
            |> Array.map (fun (struct (name, content)) ->
                Path.Combine(folder, name.Replace('/', Path.DirectorySeparatorChar)), content)

        try
            for path, _ in targets do
                if Directory.Exists path then
                    raise (ReportException $"'{path}' is a folder where a file is to be written; remove or rename it.")

            for path, content in targets do
                try
                    File.WriteAllBytes(temporary path, content)
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

        let ofFigures =
            Directory.GetFiles figures
            |> Array.filter (fun path ->
                replaces
                && [
                    for ending in [ ".png"; ".svg"; ".csv" ] do
                        ending
                        temporary ending
                   ]
                   |> List.exists (fun ending -> path.EndsWith(ending, StringComparison.Ordinal)))

        let ofPages =
            pagesBefore |> List.map (fun page -> Path.Combine(folder, page)) |> Array.ofList

        for path in Array.append ofFigures ofPages do
            if not (current.Contains path) then
                try
                    File.Delete path
                with error when isRefusal error ->
                    refuse path "delete this outdated file by hand" error
