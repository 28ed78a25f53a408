/// The report's pages in a real browser, from files: ignored, and never passed, where there is none.
[<NUnit.Framework.TestFixture>]
[<NUnit.Framework.Category("Browser")>]
module Qwem.Validation.Tests.BrowserTests

open System
open System.Globalization
open System.IO
open System.Text.RegularExpressions
open NUnit.Framework
open Qwem.Reports
open Qwem.Validation.Tests.Browser
open Qwem.Validation.Tests.ReportSamples

/// One browser for all tests, started by the first; where there is none, each of them is ignored for itself.
let private browser = lazy Page.Start()

[<OneTimeTearDown>]
let ``end the browser`` () =
    if browser.IsValueCreated then
        (browser.Value :> IDisposable).Dispose()

/// The browser as a reader starts it.
let private fresh () =
    let page = browser.Value
    page.Resize(1440, 1000)
    page.Show("screen", "light")
    page.AllowScripts true
    page

/// A browser and the showcase's folder, for the length of a test.
let private withShowcase (test: Page -> string -> unit) =
    let page = fresh ()
    let folder = Directory.CreateTempSubdirectory "qwem-pages-"

    try
        ReportWriter.Write(showcase, folder.FullName)
        test page folder.FullName
    finally
        folder.Delete true

let private pagesIn (folder: string) =
    Directory.GetFiles(folder, "*.html") |> Array.sort |> List.ofArray

let private isFine (page: Page) (path: string) =
    let nothing what (found: string list) =
        Assert.That(found, Is.Empty, $"{Path.GetFileName path}: {what}")

    for width in [ 1440; 360 ] do
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
        nothing $"faint in the {scheme} scheme" (page.Texts PageChecks.faint)

[<Test>]
let ``every page loads from a file without an error, fits 360 and 1440 pixels, is labelled and has contrast`` () =
    withShowcase (fun page folder ->
        let pages = pagesIn folder
        Assert.That(pages.Length, Is.EqualTo 4)
        List.iter (isFine page) pages)

[<Test>]
let ``so does every page of the committed report, which is below 6 MB in all`` () =
    let page = fresh ()
    let folder = Repository.file "reports"
    pagesIn folder |> List.iter (isFine page)

    let bytes =
        [|
            yield! Directory.GetFiles folder
            yield! Directory.GetFiles(Path.Combine(folder, "figures"))
        |]
        |> Array.sumBy (fun path -> FileInfo(path).Length)

    Assert.That(bytes, Is.LessThan 6_000_000L)

[<Test>]
let ``the checks of a page find what they look for`` () =
    withShowcase (fun page folder ->
        let path = Path.Combine(folder, "bad.html")

        File.WriteAllText(
            path,
            "<!DOCTYPE html><html><head><title></title></head><body><h1>a</h1><h3 style='color:#999'>b</h3><img src='none.png'><input><div style='width:2000px'>c</div></body></html>"
        )

        page.Open path
        Assert.That(page.Errors, Is.Not.Empty)
        Assert.That(page.Texts PageChecks.overflowing, Has.Length.EqualTo 2)
        Assert.That(page.Texts PageChecks.faint, Has.Length.EqualTo 1)
        Assert.That(page.Texts PageChecks.unlabelled, Has.Length.EqualTo 4))

/// A number as the page writes it, such as 1.5×10⁻⁷.
let private numberOf (text: string) =
    let plain = text.Replace('−', '-').Replace("×10", "e").Replace('⁻', '-')

    let digits =
        (plain, List.indexed [ '⁰'; '¹'; '²'; '³'; '⁴'; '⁵'; '⁶'; '⁷'; '⁸'; '⁹' ])
        ||> List.fold (fun text (digit, raised) -> text.Replace(raised, char (int '0' + digit)))

    Double.Parse(digits, CultureInfo.InvariantCulture)

/// The cells of a line whose names may hold commas in quotes.
let private cellsOf (line: string) =
    Regex.Matches(line, "(?<=^|,)(?:\"([^\"]*)\"|([^,]*))")
    |> Seq.map (fun cell -> cell.Groups[1].Value + cell.Groups[2].Value)
    |> Array.ofSeq

/// The points of a figure's data in the wide layout, as (panel, series, x, y).
let private dataOf (folder: string) (figure: string) =
    let lines =
        File.ReadAllLines(Path.Combine(folder, "figures", figure + ".csv"))
        |> Array.map cellsOf

    let heads = lines[0]
    Assert.That(heads[0..1], Is.EqualTo<string[]> [| "panel"; "x" |])

    [|
        for cells in lines[1..] do
            for column in 2 .. heads.Length - 1 do
                if cells[column] <> "" then
                    int cells[0], heads[column], numberOf cells[1], numberOf cells[column]
    |]

[<Test>]
let ``the slider, moved by keyboard, shows every curve of its panel at that time as the data have it`` () =
    withShowcase (fun page folder ->
        page.Open(Path.Combine(folder, "values.html"))
        page.Evaluate "document.querySelector('input.time').focus()" |> ignore
        let before = page.Text "document.querySelector('path.cursor').getAttribute('d')"

        for _ in 1..7 do
            page.Press("ArrowLeft", 37)

        Assert.That(page.Text "document.querySelector('path.cursor').getAttribute('d')", Is.Not.EqualTo before)
        let data = dataOf folder "values"

        let times =
            data
            |> Array.filter (fun (panel, _, _, _) -> panel = 1)
            |> Array.map (fun (_, _, x, _) -> x)
            |> Array.distinct

        let at = int (page.Text "document.querySelector('input.time').value")

        let heads =
            page.Texts "[...document.querySelectorAll('.drawing thead th')].map(e => e.textContent)"

        let rows =
            page.Texts
                "[...document.querySelectorAll('.drawing tbody tr')].map(r => [...r.cells].map(c => c.textContent).join('|'))"

        let theory = heads |> List.findIndex (fun head -> head = "theory")
        Assert.That(at, Is.EqualTo(times.Length / 2 - 7))

        for k in 1..20 do
            let row =
                rows
                |> List.map (fun row -> row.Split '|')
                |> List.find (fun cells -> cells[0] = $"mode {k}")

            let _, _, _, expected =
                data
                |> Array.find (fun (panel, name, x, _) -> panel = 1 && name = $"theory, mode {k}" && x = times[at])

            Assert.That(numberOf row[theory], Is.EqualTo(expected).Within(1e-4 * expected), $"mode {k}"))

[<Test>]
let ``the axes turn logarithmic and back, with every point where its value belongs`` () =
    withShowcase (fun page folder ->
        page.Open(Path.Combine(folder, "values.html"))

        let select name value =
            page.Evaluate
                $"(() => {{ const e = [...document.querySelectorAll('select')].find(e => e.labels[0].textContent.startsWith('{name}')); e.value = '{value}'; e.dispatchEvent(new Event('change')); }})()"
            |> ignore

        let drawn = page.Text "document.querySelectorAll('g.plot').length"
        Assert.That(drawn, Is.EqualTo "2")
        select "Vertical" 2
        // The first panel was linear and is drawn anew; the second was logarithmic.
        Assert.That(page.Text "document.querySelectorAll('g.plot').length", Is.EqualTo "3")
        Assert.That(page.Text "getComputedStyle(document.querySelector('g.plot')).display", Is.EqualTo "none")
        let copy = "document.querySelector('g.plot[style=\"\"]')"
        Assert.That(page.Text $"{copy}.innerHTML.includes('NaN')", Is.EqualTo "false")

        let ticks =
            page.Texts
                $"[...{copy}.querySelectorAll('text[text-anchor=end]')].map(e => e.textContent + '|' + e.getAttribute('y'))"
            |> List.map (fun tick -> tick.Split '|')
            |> List.map (fun tick -> Math.Log10(numberOf (tick[0].Insert(0, "1×"))), float tick[1] - 3.5)

        Assert.That(ticks.Length, Is.GreaterThan 3)
        let (a, ya), (b, yb) = ticks.Head, List.last ticks

        let path =
            page.Text $"{copy}.querySelector('[data-series=\"0\"] path').getAttribute('d')"

        let points = path.Split([| 'M'; 'L' |], StringSplitOptions.RemoveEmptyEntries)

        let expected =
            dataOf folder "values"
            |> Array.filter (fun (panel, name, _, _) -> panel = 1 && name = ", mode 1" || panel = 1 && name = "mode 1")

        Assert.That(points.Length, Is.EqualTo expected.Length)

        for point, (_, _, _, value) in Array.zip points expected do
            let y = ya + (Math.Log10 value - a) / (b - a) * (yb - ya)
            Assert.That(float (point.Split(' ')[1]), Is.EqualTo(y).Within 0.05)

        select "Vertical" 0
        Assert.That(page.Text "document.querySelectorAll('g.plot').length", Is.EqualTo "2")
        Assert.That(page.Text "getComputedStyle(document.querySelector('g.plot')).display", Is.EqualTo "inline"))

[<Test>]
let ``theory is switched off and on, and experiment stays`` () =
    withShowcase (fun page folder ->
        page.Open(Path.Combine(folder, "values.html"))

        let shown selector =
            page.Text $"getComputedStyle(document.querySelector('{selector}')).display"

        let toggle () =
            page.Evaluate "document.querySelector('input[type=checkbox]').click()" |> ignore

        Assert.That(shown "g.theory", Is.EqualTo "inline")
        toggle ()
        Assert.That(shown "g.theory", Is.EqualTo "none")
        Assert.That(shown "g[data-series]:not(.theory)", Is.EqualTo "inline")
        toggle ()
        Assert.That(shown "g.theory", Is.EqualTo "inline"))

[<Test>]
let ``a point is read off by pointing at it, and by keyboard`` () =
    withShowcase (fun page folder ->
        page.Open(Path.Combine(folder, "rest.html"))

        page.Evaluate "document.querySelectorAll('details').forEach(d => { d.open = true; })"
        |> ignore

        let reading () =
            page.Text "document.querySelector('output.reading').textContent"

        let circle =
            "document.querySelector('[data-panel=\"1\"] circle').getBoundingClientRect()"

        page.Evaluate "document.querySelector('svg').scrollIntoView()" |> ignore

        let at side length =
            float (page.Text $"{circle}.{side} + {circle}.{length} / 2")

        page.Point(at "left" "width", at "top" "height")
        Assert.That(reading (), Does.Match "^intervals [01]: first = 0.1, (second = 0.7|from 0.6 to 0.8)$")
        page.Evaluate "document.querySelector('input[type=range]').focus()" |> ignore
        page.Press("ArrowRight", 39)
        Assert.That(reading (), Is.EqualTo "bars 0: first = 0.4, second = 1.4"))

[<Test>]
let ``moments show one at a time, all of them on paper and without scripts`` () =
    withShowcase (fun page folder ->
        let path = Path.Combine(folder, "rest.html")

        let shown () =
            page.Texts
                "[...document.querySelectorAll('.whole,.frame')].filter(e => e.getClientRects().length > 0).map(e => e.dataset.label ?? 'all')"

        page.Open path
        Assert.That(shown (), Is.EqualTo(box [ "late" ]))
        page.Evaluate "document.querySelector('input.moment').focus()" |> ignore
        page.Press("ArrowLeft", 37)
        Assert.That(shown (), Is.EqualTo(box [ "τ₁" ]))
        Assert.That(page.Text "document.querySelector('.frames output').textContent", Is.EqualTo "τ₁")
        page.Show("print", "dark")
        Assert.That(shown (), Is.EqualTo(box [ "all" ]))
        page.Show("screen", "light")
        page.AllowScripts false
        page.Open path
        Assert.That(shown (), Is.EqualTo(box [ "all" ]))
        Assert.That(page.Text "document.querySelectorAll('input,select').length", Is.EqualTo "0"))
