/// The page of the paper's values beside the sections' own, as HTML and as Markdown.
module Qwem.Reports.BesidePages

/// A table of one place: a sentence for what all rows share, headings, and cells in the markup of Rich.
let private tableOf (references: (Section * Reference) list) =
    let paper = BesideThePaper.common _.PaperSetting references
    let ours = BesideThePaper.common _.OurSetting references

    let shared =
        [ "The paper", paper; "Here", ours ]
        |> List.choose (fun (who, setting) -> setting |> Option.map (fun text -> $"{who}: {text}."))
        |> String.concat " "

    let headings =
        [
            "What"
            "#Paper"
            if paper.IsNone then
                "Text and sizes there"
            "#Here"
            if ours.IsNone then
                "Text and sizes here"
        ]

    let cells (reference: Reference) =
        [
            reference.Quantity
            reference.Paper
            if paper.IsNone then
                reference.PaperSetting
            reference.Ours
            if ours.IsNone then
                reference.OurSetting
        ]

    shared, headings, references |> List.map (fun (section, reference) -> section, cells reference)

/// The page as HTML.
let html (report: Report) : string =
    let part (place, references) =
        let shared, headings, rows = tableOf references
        let name = BesideThePaper.heading place

        let cell (heading: string) index text =
            let text = Rich.html text

            if index = 0 then $"<th scope=\"row\">{text}</th>"
            elif heading.StartsWith '#' then $"<td class=\"num\">{text}</td>"
            else $"<td>{text}</td>"

        let row (section: Section, cells: string list) =
            (List.mapi2 (fun index heading text -> cell heading index text) headings cells
             |> System.String.Concat)
            + $"<td><a href=\"{Html.pageOf section}.html\">{Rich.html section.Title}</a></td>"

        let caption = if shared = "" then name else shared
        let table = Html.table caption (headings @ [ "Page" ]) (List.map row rows)

        $"<section class=\"beside\">\n<h2 id=\"{Check.anchor place}\">{Rich.html name}</h2>\n{table}</section>\n"

    let missing =
        report.MissingReferences
        |> List.map (fun (kind, reason) -> $"<dt>{Rich.html kind}</dt><dd>{Rich.html reason}</dd>\n")
        |> System.String.Concat

    let navigation =
        "<nav aria-label=\"Pages\">\n<a href=\"index.html\">All claims</a>\n</nav>\n"

    Html.page
        $"{BesideThePaper.title} – {report.Title}"
        $"{navigation}<h1>{BesideThePaper.title}</h1>\n<p>{Rich.html BesideThePaper.reading}</p>\n"
        (System.String.Concat(List.map part (BesideThePaper.rows report))
         + (if missing = "" then
                ""
            else
                $"<section>\n<h2 id=\"without\">Without a counterpart</h2>\n<dl>\n{missing}</dl>\n</section>\n"))
        ""

/// The page as Markdown.
let markdown (report: Report) : string =
    let rich = Markdown.rich

    let rule (heading: string) =
        if heading.StartsWith '#' then "---:" else "---"

    [
        $"# {BesideThePaper.title}\n"
        Markdown.generated
        "[All claims](README.md)\n"
        rich BesideThePaper.reading + "\n"

        for place, references in BesideThePaper.rows report do
            let shared, headings, rows = tableOf references
            $"## {rich (BesideThePaper.heading place)}\n"

            if shared <> "" then
                rich shared + "\n"

            rows
            |> List.map (fun (section, cells) ->
                List.map rich cells
                @ [ $"[{rich section.Title}]({Check.anchor section.Id}.md)" ])
            |> Markdown.table
                ((headings |> List.map (fun heading -> heading.TrimStart '#')) @ [ "Page" ])
                (List.map rule headings @ [ "---" ])

        if not report.MissingReferences.IsEmpty then
            "## Without a counterpart\n"

            report.MissingReferences
            |> List.map (fun (kind, reason) -> $"- {rich kind}: {rich reason}\n")
            |> System.String.Concat
    ]
    |> String.concat "\n"
