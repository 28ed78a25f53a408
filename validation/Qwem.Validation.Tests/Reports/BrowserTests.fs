/// The report's pages in a real browser, from files: ignored, and never passed, where there is none.
module Qwem.Validation.Tests.BrowserTests

open System
open System.IO
open Expecto
open Qwem.Validation.Tests.Browser
open Qwem.Validation.Tests.Pages

let private pagesIn (folder: string) =
    Directory.GetFiles(folder, "*.html") |> Array.sort |> List.ofArray

let private isFine (page: Page) (path: string) =
    let nothing what (found: string list) =
        Expect.isEmpty found ($"{Path.GetFileName path}: {what}")

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

/// The column of a series of a panel, by its name in the figure's data.
let private dataOf (folder: string) (figure: string) (panel: string) (name: string) =
    let lines = File.ReadAllLines(Path.Combine(folder, "figures", figure + ".csv"))
    let quoted = lines[0].Replace("\"", "").Replace(", ", "\t").Split ','
    let column = Array.IndexOf(quoted, name.Replace(", ", "\t"))

    lines[1..]
    |> Array.map (fun line -> line.Split ',')
    |> Array.filter (fun cells -> cells[0] = panel && cells[column] <> "")
    |> Array.map (fun cells -> numberOf cells[column])

let tests =
    inBrowser
    <| testList "Browser" [
        testCase
            "every page loads from a file without an error, fits 360 and 1440 pixels, is labelled and has contrast"
            (fun () ->
                withShowcase (fun page folder ->
                    let pages = pagesIn folder
                    Expect.equal pages.Length 5 ""
                    List.iter (isFine page) pages))

        testCase "so does every page of the committed report, which is below 9 MB in all" (fun () ->
            let page = fresh ()
            let folder = Repository.file "reports"
            pagesIn folder |> List.iter (isFine page)

            let bytes =
                [|
                    yield! Directory.GetFiles folder
                    yield! Directory.GetFiles(Path.Combine(folder, "figures"))
                |]
                |> Array.sumBy (fun path -> FileInfo(path).Length)

            Expect.isLessThan bytes 9_000_000L "")

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

        testCase "the axes turn logarithmic and back, with every point where its value belongs" (fun () ->
            withShowcase (fun page folder ->
                page.Open(Path.Combine(folder, "values.html"))

                let select name value =
                    page.Evaluate
                        $"(() => {{ const e = [...document.querySelectorAll('select')].find(e => e.labels[0].textContent.startsWith('{name}')); e.value = '{value}'; e.dispatchEvent(new Event('change')); }})()"
                    |> ignore

                let drawn = page.Text "document.querySelectorAll('g.plot').length"
                Expect.equal drawn "2" ""
                select "Vertical" 2
                // The first panel was linear and is drawn anew; the second was logarithmic.
                Expect.equal (page.Text "document.querySelectorAll('g.plot').length") "3" ""
                Expect.equal (page.Text "getComputedStyle(document.querySelector('g.plot')).display") "none" ""
                let copy = "document.querySelector('g.plot[style=\"\"]')"
                Expect.equal (page.Text $"{copy}.innerHTML.includes('NaN')") "false" ""

                let ticks =
                    page.Texts
                        $"[...{copy}.querySelectorAll('text[text-anchor=end]')].map(e => e.textContent + '|' + e.getAttribute('y'))"
                    |> List.map (fun tick -> tick.Split '|')
                    |> List.map (fun tick -> Math.Log10(numberOf (tick[0].Insert(0, "1×"))), float tick[1] - 3.5)

                Expect.isGreaterThan ticks.Length 3 ""
                let (a, ya), (b, yb) = ticks.Head, List.last ticks

                let path =
                    page.Text $"{copy}.querySelector('[data-series=\"0\"] path').getAttribute('d')"

                let points = path.Split([| 'M'; 'L' |], StringSplitOptions.RemoveEmptyEntries)

                let expected = dataOf folder "values" "1" "mode 1"
                Expect.equal points.Length expected.Length ""

                for point, value in Array.zip points expected do
                    let y = ya + (Math.Log10 value - a) / (b - a) * (yb - ya)
                    Expect.near (float (point.Split(' ')[1])) y 0.05 ""

                select "Vertical" 0
                Expect.equal (page.Text "document.querySelectorAll('g.plot').length") "2" ""
                Expect.equal (page.Text "getComputedStyle(document.querySelector('g.plot')).display") "inline" ""))

        testCase "theory is switched off and on, and experiment stays" (fun () ->
            withShowcase (fun page folder ->
                page.Open(Path.Combine(folder, "values.html"))

                let shown selector =
                    page.Text $"getComputedStyle(document.querySelector('{selector}')).display"

                let toggle () =
                    page.Evaluate "document.querySelector('input[type=checkbox]').click()" |> ignore

                Expect.equal (shown "g.theory") "inline" ""
                toggle ()
                Expect.equal (shown "g.theory") "none" ""
                Expect.equal (shown "g[data-series]:not(.theory)") "inline" ""
                toggle ()
                Expect.equal (shown "g.theory") "inline" ""))

        testCase "a point is read off by pointing at it, and by keyboard" (fun () ->
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
                Expect.isMatch (reading ()) "^intervals [01]: first = 0.1, (second = 0.7|from 0.6 to 0.8)$" ""
                page.Evaluate "document.querySelector('input[type=range]').focus()" |> ignore
                page.Press "ArrowRight"
                Expect.equal (reading ()) "bars 0: first = 0.4, second = 1.4" ""))
    ]
