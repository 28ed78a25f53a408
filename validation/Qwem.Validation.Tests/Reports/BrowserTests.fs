/// The report's pages in a real browser, from files: ignored, and never passed, where there is none.
module Qwem.Validation.Tests.BrowserTests

open System
open System.IO
open System.Text.RegularExpressions
open Expecto
open Qwem.Validation.Tests.Browser
open Qwem.Validation.Tests.Pages

let private pagesIn (folder: string) =
    Directory.GetFiles(folder, "*.html") |> Array.sort |> List.ofArray

let private isFine (page: Page) (path: string) =
    let nothing what (found: string list) =
        Expect.isEmpty found ($"{Path.GetFileName path}: {what}: %A{found}")

    for width in [ 1440; 768; 360 ] do
        page.Resize(width, 900)
        page.Open path

        page.Evaluate "document.querySelectorAll('details').forEach(d => { d.open = true; })"
        |> ignore

        nothing "errors" page.Errors
        nothing $"beyond {width} px" (page.Texts PageChecks.overflowing)

    // What is left of marks that were nested or not closed.
    nothing "markup" (page.Texts "document.body.innerText.match(/.{0,20}[_^]\\{.{0,20}/g) ?? []")
    nothing "unlabelled" (page.Texts PageChecks.unlabelled)

    for scheme in [ "light"; "dark" ] do
        page.Show("screen", scheme)
        page.Until $"!document.querySelector('div.plot') || document.documentElement.dataset.drawn === '{scheme}'"
        nothing $"faint in the {scheme} scheme" (page.Texts PageChecks.faint)

/// The rows of a figure's CSV file, its heading first. Names in quotes keep their commas.
let private rowsOf (folder: string) (figure: string) =
    File.ReadAllLines(Path.Combine(folder, "figures", figure + ".csv"))
    |> Array.map (fun line ->
        Regex.Split(line, ",(?=(?:[^\"]*\"[^\"]*\")*[^\"]*$)")
        |> Array.map (fun cell -> cell.Trim '"'))

/// The series of a figure by its CSV file, as panel and name, in either of its layouts.
let private seriesIn (folder: string) (figure: string) =
    let rows = rowsOf folder figure
    let body = rows[1..]

    set [
        if rows[0][1] = "series" then
            for row in body do
                yield row[0], row[1]
        else
            for row in body do
                for column in 2 .. row.Length - 1 do
                    if row[column] <> "" then
                        yield row[0], Regex.Replace(rows[0][column], ", (low|high)$", "")
    ]

/// The column of a series of a panel, by its name in the figure's data.
let private dataOf (folder: string) (figure: string) (panel: string) (name: string) =
    let rows = rowsOf folder figure
    let column = Array.IndexOf(rows[0], name)

    rows[1..]
    |> Array.filter (fun cells -> cells[0] = panel && cells[column] <> "")
    |> Array.map (fun cells -> numberOf cells[column])

/// The figures of a page by their names, with the panels and names of the traces that are drawn in them.
let private tracesOn (page: Page) =
    page.Texts
        "[...document.querySelectorAll('.plot')].flatMap(p => p.querySelector('.chart')._fullData.filter(t => t.visible === true).map(t => [p.dataset.figure, Number((t.xaxis ?? 'x').slice(1) || 1), t.meta].join('|')))"
    |> List.map (fun text -> text.Split '|')
    |> List.groupBy (fun parts -> parts[0])
    |> List.map (fun (figure, traces) -> figure, traces |> List.map (fun parts -> parts[1], parts[2]))

/// Whether each figure of a page has a trace for every series of its CSV file, in its panel and of its name.
let private hasAllTraces (page: Page) (folder: string) (path: string) =
    page.Open path

    let isAlone =
        page.Texts
            "[...document.querySelectorAll('.plot')].filter(p => p.querySelector('input.moment')).map(p => p.dataset.figure)"

    for figure, traces in tracesOn page do
        let expected = seriesIn folder figure

        let expected =
            if List.contains figure isAlone then
                // The last moment, drawn alone.
                let last = expected |> Seq.map fst |> Seq.maxBy int

                expected
                |> Set.filter (fun (panel, _) -> panel = last)
                |> Set.map (fun (_, name) -> "1", name)
            else
                expected

        Expect.equal (Set.ofList traces) expected $"{Path.GetFileName path}: {figure}"

let tests =
    inBrowser
    <| testList "Browser" [
        testCase
            "every page loads from a file without an error, fits 360, 768 and 1440 pixels, is labelled and has contrast"
            (fun () ->
                withShowcase (fun page folder ->
                    let pages = pagesIn folder
                    Expect.equal pages.Length 5 ""
                    List.iter (isFine page) pages))

        testCase "so does every page of the committed report, which is below 9.5 MB in all" (fun () ->
            let page = fresh ()
            let folder = Repository.file "reports"
            pagesIn folder |> List.iter (isFine page)

            let bytes =
                Directory.GetFiles(folder, "*", SearchOption.AllDirectories)
                |> Array.sumBy (fun path -> FileInfo(path).Length)

            Expect.isLessThan bytes 9_500_000L "")

        testCase "the checks of a page find what they look for" (fun () ->
            withShowcase (fun page folder ->
                let path = Path.Combine(folder, "bad.html")

                File.WriteAllText(
                    path,
                    "<!DOCTYPE html><html><head><title></title></head><body><h1>a</h1><h3 style='color:#999'>b</h3><img src='none.png'><input><div style='width:2000px'>c</div></body></html>"
                )

                page.Open path
                Expect.isNonEmpty page.Errors ""
                Expect.hasLength (page.Texts PageChecks.overflowing) 2 ""
                Expect.hasLength (page.Texts PageChecks.faint) 1 ""
                Expect.hasLength (page.Texts PageChecks.unlabelled) 4 ""))

        testCase
            "every figure has as many traces as its data have series, in the same panels and of the same names"
            (fun () ->
                withShowcase (fun page folder ->
                    for path in [ "values.html"; "rest.html" ] do
                        hasAllTraces page folder (Path.Combine(folder, path))))

        testCase "so have those of the committed report" (fun () ->
            let page = fresh ()
            let folder = Repository.file "reports"

            for path in pagesIn folder do
                hasAllTraces page folder path)

        testCase "a trace has the values of the data, and its axis is logarithmic where the figure's is" (fun () ->
            withShowcase (fun page folder ->
                page.Open(Path.Combine(folder, "values.html"))

                for panel, axis in [ "1", "linear"; "2", "log" ] do
                    let id = if panel = "1" then "" else panel
                    let chart = "document.querySelector('.chart')"
                    Expect.equal (page.Text $"{chart}._fullLayout.yaxis{id}.type") axis ""

                    let drawn =
                        page.Texts
                            $"{chart}.data.find(t => t.yaxis === 'y{id}' && t.meta === 'mode 1').y.filter(y => y !== null).map(String)"
                        |> List.map float

                    Expect.equal drawn (List.ofArray (dataOf folder "values" panel "mode 1")) panel))

        testCase "theory is switched off and on, and experiment stays" (fun () ->
            withShowcase (fun page folder ->
                page.Open(Path.Combine(folder, "values.html"))

                let shown () =
                    tracesOn page |> List.find (fst >> (=) "values") |> snd |> List.length

                let theory =
                    int (
                        page.Text
                            "JSON.parse(document.querySelector('.plot script').textContent).panels.flatMap(p => p.series).filter(s => s.theory).length"
                    )

                let toggle () =
                    page.Evaluate "document.querySelector('input[type=checkbox]').click()" |> ignore

                let all = shown ()
                Expect.isGreaterThan theory 0 ""
                toggle ()
                Expect.equal (shown ()) (all - theory) ""
                toggle ()
                Expect.equal (shown ()) all ""))

        testCase "a point is read off by pointing at it, and by keyboard" (fun () ->
            withShowcase (fun page folder ->
                page.Open(Path.Combine(folder, "rest.html"))

                page.Evaluate "document.querySelectorAll('details').forEach(d => { d.open = true; })"
                |> ignore

                let reading () =
                    page.Text "document.querySelector('output.reading').textContent"

                // A circle of the second panel and where it is.
                let circle =
                    "document.querySelector('.chart .x2y2 .trace:last-child .point').getBoundingClientRect()"

                page.Evaluate "document.querySelector('.chart').scrollIntoView()" |> ignore

                let at side length =
                    float (page.Text $"{circle}.{side} + {circle}.{length} / 2")

                page.Point(at "left" "width" - 20.0, at "top" "height" - 20.0)
                page.Point(at "left" "width", at "top" "height")
                page.Until "document.querySelector('output.reading').textContent !== ''"
                Expect.isMatch (reading ()) "^intervals [01] \\(0\\.1, 0\\.7\\)$" ""

                page.Evaluate "document.querySelector('.explore input[type=range]').focus()"
                |> ignore

                page.Press "ArrowRight"
                Expect.equal (reading ()) "bars 0 (0.4, 1.4)" ""))

        testCase "the legend isolates and the pointer zooms" (fun () ->
            withShowcase (fun page folder ->
                page.Open(Path.Combine(folder, "rest.html"))
                let chart = "document.querySelector('.chart')"
                page.Evaluate $"{chart}.scrollIntoView()" |> ignore

                let box selector = [
                    for part in [ "left"; "top"; "width"; "height" ] ->
                        float (page.Text $"{chart}.querySelector('{selector}').getBoundingClientRect().{part}")
                ]

                let range () =
                    page.Text $"{chart}._fullLayout.xaxis.range"

                let before = range ()

                match box ".nsewdrag[data-subplot=xy]" with
                | [ left; top; width; height ] ->
                    page.Drag((left + 0.2 * width, top + 0.2 * height), (left + 0.6 * width, top + 0.8 * height))
                | _ -> ()

                page.Until $"String({chart}._fullLayout.xaxis.range) !== '{before}'"
                let all = (tracesOn page).Head |> snd |> List.length

                match box ".legendtoggle" with
                | [ left; top; width; height ] -> page.Click(left + 0.5 * width, top + 0.5 * height)
                | _ -> ()

                page.Until $"{chart}._fullData.filter(t => t.visible === true).length < {all}"
                Expect.isGreaterThan ((tracesOn page).Head |> snd |> List.length) 0 ""))

        testCase "nothing on a page leads to another machine" (fun () ->
            withShowcase (fun page folder ->
                page.Open(Path.Combine(folder, "rest.html"))

                Expect.isEmpty
                    (page.Texts
                        "[...document.querySelectorAll('.modebar-btn')].map(b => b.dataset.title).filter(t => /share|cloud|edit/i.test(t))")
                    ""

                Expect.isEmpty
                    (page.Texts
                        "performance.getEntriesByType('resource').map(e => e.name).filter(n => !n.startsWith('file:') && !n.startsWith('data:') && !n.startsWith('blob:'))")
                    ""))

        testCase "without its script a page shows every figure as a picture, which a dark page inverts" (fun () ->
            withShowcase (fun page folder ->
                let path = Path.Combine(folder, "rest.html")

                let shown () =
                    page.Texts
                        "[...document.querySelectorAll('figure img')].filter(e => e.getClientRects().length > 0).map(e => e.getAttribute('src'))"

                page.Open path
                Expect.isEmpty (shown ()) ""
                page.AllowScripts false
                page.Open path
                Expect.equal (shown ()) [ "figures/marks.png"; "figures/moments.png" ] ""
                Expect.equal (page.Text "document.querySelectorAll('input,select').length") "0" ""

                let filter () =
                    page.Text "getComputedStyle(document.querySelector('figure img')).filter"

                Expect.equal (filter ()) "none" ""
                page.Show("screen", "dark")
                Expect.stringStarts (filter ()) "invert" ""))
    ]
