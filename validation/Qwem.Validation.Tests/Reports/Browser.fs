/// A browser for the tests of the report: the system's Chromium by PuppeteerSharp, which fetches nothing.
module Qwem.Validation.Tests.Browser

open System
open System.IO
open System.Text.Json
open System.Text.Json.Nodes
open System.Threading.Tasks
open Expecto
open PuppeteerSharp

/// The program, or None where there is none.
let private program =
    lazy
        (let folders =
            match Environment.GetEnvironmentVariable "PATH" with
            | null -> [||]
            | path -> path.Split Path.PathSeparator

         [
             for name in [ "chromium"; "chromium-browser"; "google-chrome" ] do
                 for folder in folders -> Path.Combine(folder, name)
         ]
         |> List.tryFind File.Exists)

/// What failed on a page: exceptions, errors on its console, files it could not load.
let private isError (event: string) (data: JsonElement) =
    match event with
    | "Runtime.exceptionThrown" -> true
    | "Runtime.consoleAPICalled" -> string (data.GetProperty "type") = "error"
    | "Log.entryAdded" -> string (data.GetProperty("entry").GetProperty "level") = "error"
    | _ -> false

let private wait (task: Task) = task.GetAwaiter().GetResult()
let private result (task: Task<'a>) = task.GetAwaiter().GetResult()

/// One page in a browser of its own; ends the browser when disposed.
[<Sealed>]
type Page private (browser: IBrowser, page: IPage) =
    let errors = ResizeArray<string>()

    // As the protocol reports them, in its order: PuppeteerSharp's own events may come after the answer to what is asked next.
    do
        page.Client.MessageReceived.Add(fun event ->
            if isError event.MessageID event.MessageData then
                lock errors (fun () -> errors.Add(string event.MessageData)))

    /// Loads a file and waits for it, its style sheet and its scripts, and until they have drawn its figures.
    member _.Open(path: string) =
        lock errors errors.Clear
        page.GoToAsync(Uri(path).AbsoluteUri, WaitUntilNavigation.Load) |> wait

        if page.IsJavaScriptEnabled then
            page.WaitForExpressionAsync(
                "!document.querySelector('div.plot') || document.documentElement.dataset.drawn !== undefined"
            )
            |> result
            |> ignore

    /// What went wrong since the page was opened.
    member _.Errors = lock errors (fun () -> List.ofSeq errors)

    /// The value of an expression, as JSON; an exception in it fails the test.
    member _.Evaluate(expression: string) : JsonNode | null =
        page.EvaluateExpressionAsync<JsonNode | null> expression |> result

    /// The value of an expression that is a text.
    member _.Text(expression: string) : string =
        page.EvaluateExpressionAsync<string> $"String({expression})" |> result

    /// The value of an expression that is an array of texts.
    member _.Texts(expression: string) : string list =
        page.EvaluateExpressionAsync<string array> expression |> result |> List.ofArray

    /// Width and height of the window in CSS pixels.
    member _.Resize(width: int, height: int) =
        page.SetViewportAsync(ViewPortOptions(Width = width, Height = height)) |> wait

    /// "light" or "dark", on "screen" or in "print".
    member _.Show(medium: string, scheme: string) =
        // One command for both: PuppeteerSharp's two take back what the other set.
        page.Client.SendAsync(
            "Emulation.setEmulatedMedia",
            {|
                media = medium
                features = [|
                    {|
                        name = "prefers-color-scheme"
                        value = scheme
                    |}
                |]
            |}
        )
        |> wait

    /// Whether pages opened from now on may run their scripts.
    member _.AllowScripts(allowed: bool) =
        page.SetJavaScriptEnabledAsync allowed |> wait

    /// Presses and lets go of a key that has no character, such as "ArrowRight".
    member _.Press(key: string) = page.Keyboard.PressAsync key |> wait

    /// Moves the pointer to a place in the window.
    member _.Point(x: float, y: float) =
        page.Mouse.MoveAsync(decimal x, decimal y) |> wait

    /// Presses and lets go of the pointer at a place.
    member _.Click(x: float, y: float) =
        page.Mouse.ClickAsync(decimal x, decimal y) |> wait

    /// Drags from one place to another.
    member _.Drag((x, y): float * float, (x', y'): float * float) =
        page.Mouse.MoveAsync(decimal x, decimal y) |> wait
        page.Mouse.DownAsync() |> wait
        page.Mouse.MoveAsync(decimal (0.5 * (x + x')), decimal (0.5 * (y + y'))) |> wait
        page.Mouse.MoveAsync(decimal x', decimal y') |> wait
        page.Mouse.UpAsync() |> wait

    /// Waits until an expression holds; fails after half a minute.
    member _.Until(expression: string) =
        page.WaitForExpressionAsync expression |> result |> ignore

    /// Writes what is seen to a PNG file.
    member _.Screenshot(path: string) = page.ScreenshotAsync path |> wait

    /// Starts a browser with an empty page; ignores the test where there is none.
    static member Start() : Page =
        match program.Value with
        | None ->
            skiptest
                "No Chromium on the PATH: the pages of the report are not tested. Install it, for instance with 'apt-get install chromium'."
        | Some path ->
            let options =
                LaunchOptions(
                    ExecutablePath = path,
                    Args = [| "--no-sandbox"; "--disable-gpu" |],
                    DefaultViewport = null
                )

            let browser = Puppeteer.LaunchAsync options |> result
            new Page(browser, browser.NewPageAsync() |> result)

    interface IDisposable with
        member _.Dispose() =
            browser.CloseAsync() |> wait
            browser.Dispose()
