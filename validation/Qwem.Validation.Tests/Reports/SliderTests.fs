/// The report's sliders in a real browser, over time and over moments.
module Qwem.Validation.Tests.SliderTests

open System.IO
open System.Text.Json
open Expecto
open Qwem.Validation.Tests.Browser
open Qwem.Validation.Tests.Pages

/// What the page of a report must show for every reading in its results.json, and whether its curves are there at all.
let private isAsInResults (page: Page) (folder: string) =
    use results =
        JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "results.json")))

    let mutable compared = 0

    for section in results.RootElement.GetProperty("sections").EnumerateArray() do
        match section.TryGetProperty "readings" with
        | false, _ -> ()
        | true, readings ->
            let id = string (section.GetProperty "id")
            page.Open(Path.Combine(folder, id + ".html"))

            for reading in readings.EnumerateArray() do
                let figure = string (reading.GetProperty "figure")
                let at = reading.GetProperty("at").GetDouble()

                let drawing = $"document.querySelector('.plot[data-figure={figure}]')"

                let moved place =
                    page.Texts
                        $"(() => {{ const s = {drawing}.querySelector('input.time'); const to = i => {{ s.value = i; s.dispatchEvent(new Event('input')); return s.getAttribute('aria-valuetext'); }}; return {place}; }})()"

                let times = moved "[...Array(Number(s.max) + 1).keys()].map(to)"

                let nearest =
                    List.indexed times
                    |> List.minBy (fun (_, time) -> abs (numberOf time - at))
                    |> fst

                // The page writes five significant digits.
                Expect.near (numberOf times[nearest]) at (1e-4 * abs at) figure
                moved $"[to({nearest})]" |> ignore

                let heads =
                    page.Texts $"[...{drawing}.querySelectorAll('thead th')].map(e => e.textContent)"

                let shown =
                    page.Texts
                        $"[...{drawing}.querySelectorAll('tbody tr')].map(r => [...r.cells].map(c => c.textContent).join('|'))"
                    |> List.map (fun row -> List.ofArray (row.Split '|'))
                    |> List.collect (fun row ->
                        List.zip heads.Tail row.Tail
                        // A curve that is not of anything stands in a row of the axis' name.
                        |> List.collect (fun (how, value) -> [
                            how, value
                            (if how = "" then row.Head else $"{how}, {row.Head}"), value
                        ]))
                    |> Map.ofList

                for value in reading.GetProperty("values").EnumerateArray() do
                    let curve = string (value.GetProperty "curve")
                    let expected = value.GetProperty("value").GetDouble()
                    compared <- compared + 1

                    Expect.near (numberOf shown[curve]) expected (1e-4 * abs expected) ($"{figure} at {at}: {curve}")

    Expect.isGreaterThanOrEqual compared 40 ""

let tests =
    inBrowser
    <| testList "Slider" [
        testCase "the slider moves the curves of a page to the values in results.json"
        <| fun () -> withShowcase isAsInResults

        testCase "so it does in the committed report"
        <| fun () -> isAsInResults (fresh ()) (Repository.file "reports")

        testCase "the slider moves by keyboard, and the line at its time with it" (fun () ->
            withShowcase (fun page folder ->
                page.Open(Path.Combine(folder, "values.html"))
                page.Evaluate "document.querySelector('input.time').focus()" |> ignore

                let line () =
                    page.Text "document.querySelector('.chart').layout.shapes.at(-1).x0"

                let value () =
                    int (page.Text "document.querySelector('input.time').value")

                let lineBefore, valueBefore = line (), value ()

                for _ in 1..7 do
                    page.Press "ArrowLeft"

                Expect.notEqual (line ()) lineBefore ""
                Expect.equal (value ()) (valueBefore - 7) ""))

        testCase "moments show one at a time, all of them on paper" (fun () ->
            withShowcase (fun page folder ->
                page.Open(Path.Combine(folder, "rest.html"))

                let moment () =
                    page.Text
                        "document.querySelector('input.moment').closest('.plot').querySelector('.chart').data[0].meta.split(' ')[0]"

                Expect.equal (moment ()) "c" ""
                page.Evaluate "document.querySelector('input.moment').focus()" |> ignore
                page.Press "ArrowLeft"

                page.Until
                    "document.querySelector('input.moment').closest('.plot').querySelector('.chart').data[0].meta.startsWith('b')"

                Expect.equal (page.Text "document.querySelector('output.now').textContent") "τ₁" ""
                page.Show("print", "dark")

                Expect.equal
                    (page.Texts
                        "[...document.querySelectorAll('figure img,.chart')].filter(e => e.getClientRects().length > 0).map(e => e.getAttribute('src') ?? 'chart')")
                    [ "figures/marks.png"; "figures/moments.png" ]
                    ""))
    ]
