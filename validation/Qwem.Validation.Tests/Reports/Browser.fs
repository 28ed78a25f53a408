/// A browser for the tests of the report: Chromium, spoken to by its own protocol. Playwright would do the same, but its
/// package is 214 MB to fetch and 786 MB on disk; these lines need nothing.
module Qwem.Validation.Tests.Browser

open System
open System.Collections.Generic
open System.Diagnostics
open System.IO
open System.Net.WebSockets
open System.Text
open System.Text.Json
open System.Text.Json.Nodes
open System.Threading
open Expecto

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

/// What stands under names inside one another, as text; empty where there is none.
let private at (names: string list) (outer: JsonNode | null) =
    let inner (outer: JsonNode | null) (name: string) =
        match outer with
        | null -> null
        | outer -> outer[name]

    string (List.fold inner outer names)

/// What failed on a page: exceptions, errors on its console, files it could not load.
let private isError (event: JsonNode) =
    match at [ "method" ] event with
    | "Runtime.exceptionThrown" -> true
    | "Runtime.consoleAPICalled" -> at [ "params"; "type" ] event = "error"
    | "Log.entryAdded" -> at [ "params"; "entry"; "level" ] event = "error"
    | _ -> false

let private node (value: obj) = JsonSerializer.SerializeToNode value

/// One page in a browser of its own; ends the browser when disposed.
[<Sealed>]
type Page private (browser: Process, profile: string, socket: ClientWebSocket) =
    let patience = TimeSpan.FromSeconds 60.0
    let events = Queue<JsonNode>()
    let errors = ResizeArray<string>()
    let mutable session = ""
    let mutable count = 0

    let receive () =
        use timeout = new CancellationTokenSource(patience)
        let message = new MemoryStream()
        let buffer = Array.zeroCreate<byte> 65536
        let mutable isWhole = false

        while not isWhole do
            let part =
                socket.ReceiveAsync(ArraySegment buffer, timeout.Token).GetAwaiter().GetResult()

            message.Write(buffer, 0, part.Count)
            isWhole <- part.EndOfMessage

        let received =
            JsonNode.Parse(Encoding.UTF8.GetString(message.ToArray())) |> Unchecked.nonNull

        if isError received then
            errors.Add(received.ToJsonString())

        received

    /// Sends a command and gives its result.
    member _.Send(method: string, parameters: obj) : JsonNode =
        count <- count + 1
        let id = count
        let message = JsonObject()
        message["id"] <- node id
        message["method"] <- node method
        message["params"] <- node parameters

        if session <> "" then
            message["sessionId"] <- node session

        let bytes = Encoding.UTF8.GetBytes(message.ToJsonString())

        socket
            .SendAsync(ArraySegment bytes, WebSocketMessageType.Text, true, CancellationToken.None)
            .GetAwaiter()
            .GetResult()

        let rec answer () =
            let received = receive ()

            match received["id"] with
            | null ->
                events.Enqueue received
                answer ()
            | other when other.GetValue<int>() <> id -> answer ()
            | _ ->
                match received["error"] with
                | null -> received["result"] |> Unchecked.nonNull
                | error -> failwith $"{method}: {error.ToJsonString()}"

        answer ()

    /// Loads a file and waits for it, its style sheet and its script.
    member page.Open(path: string) =
        errors.Clear()
        events.Clear()
        page.Send("Page.navigate", {| url = Uri(path).AbsoluteUri |}) |> ignore

        let rec wait () =
            let event = if events.Count > 0 then events.Dequeue() else receive ()

            if string event["method"] <> "Page.loadEventFired" then
                wait ()

        wait ()

    /// What went wrong since the page was opened.
    member _.Errors = List.ofSeq errors

    /// The value of an expression, as JSON; an exception in it fails the test.
    member page.Evaluate(expression: string) : JsonNode | null =
        let result =
            page.Send(
                "Runtime.evaluate",
                {|
                    expression = expression
                    returnByValue = true
                    awaitPromise = true
                |}
            )

        match result["exceptionDetails"] with
        | null -> (result["result"] |> Unchecked.nonNull)["value"]
        | details -> failwith $"{expression}: {details.ToJsonString()}"

    /// The value of an expression that is a text.
    member page.Text(expression: string) : string =
        string (page.Evaluate $"String({expression})")

    /// The value of an expression that is an array of texts.
    member page.Texts(expression: string) : string list = [
        for item in (page.Evaluate expression |> Unchecked.nonNull).AsArray() -> string item
    ]

    /// Width and height of the window in CSS pixels.
    member page.Resize(width: int, height: int) =
        page.Send(
            "Emulation.setDeviceMetricsOverride",
            {|
                width = width
                height = height
                deviceScaleFactor = 1
                mobile = false
            |}
        )
        |> ignore

    /// "light" or "dark", on "screen" or in "print".
    member page.Show(medium: string, scheme: string) =
        page.Send(
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
        |> ignore

    /// Whether pages opened from now on may run their scripts.
    member page.AllowScripts(allowed: bool) =
        page.Send("Emulation.setScriptExecutionDisabled", {| value = not allowed |})
        |> ignore

    /// Presses and lets go of a key that has no character, such as "ArrowRight" with code 39.
    member page.Press(key: string, code: int) =
        for kind in [ "keyDown"; "keyUp" ] do
            page.Send(
                "Input.dispatchKeyEvent",
                {|
                    ``type`` = kind
                    key = key
                    code = key
                    windowsVirtualKeyCode = code
                |}
            )
            |> ignore

    /// Moves the pointer to a place in the window.
    member page.Point(x: float, y: float) =
        page.Send(
            "Input.dispatchMouseEvent",
            {|
                ``type`` = "mouseMoved"
                x = x
                y = y
            |}
        )
        |> ignore

    /// Writes what is seen to a PNG file.
    member page.Screenshot(path: string) =
        let shot = page.Send("Page.captureScreenshot", {| format = "png" |})
        File.WriteAllBytes(path, Convert.FromBase64String(string shot["data"]))

    /// Starts a browser with an empty page; ignores the test where there is none.
    static member Start() : Page =
        match program.Value with
        | None ->
            skiptest
                "No Chromium on the PATH: the pages of the report are not tested. Install it, for instance with 'apt-get install chromium'."
        | Some path ->
            let profile = Directory.CreateTempSubdirectory "qwem-browser-"
            let info = ProcessStartInfo path
            info.RedirectStandardError <- true
            info.RedirectStandardOutput <- true

            for argument in
                [
                    "--headless=new"
                    "--no-sandbox"
                    "--disable-gpu"
                    "--no-first-run"
                    "--disable-background-networking"
                    "--remote-debugging-port=0"
                    $"--user-data-dir={profile.FullName}"
                    "about:blank"
                ] do
                info.ArgumentList.Add argument

            let browser = Process.Start info |> Unchecked.nonNull
            // Read, or a full pipe would stop the browser.
            browser.BeginErrorReadLine()
            browser.BeginOutputReadLine()
            // It writes its port and its path there once it listens.
            let listening = Path.Combine(profile.FullName, "DevToolsActivePort")

            let rec address () =
                match (if File.Exists listening then File.ReadAllLines listening else [||]) with
                | [| port; path |] -> $"ws://127.0.0.1:{port}{path}"
                | _ when browser.HasExited -> failwith "Chromium ended before it listened."
                | _ ->
                    Thread.Sleep 20
                    address ()

            let socket = new ClientWebSocket()
            socket.ConnectAsync(Uri(address ()), CancellationToken.None).GetAwaiter().GetResult()
            let page = new Page(browser, profile.FullName, socket)
            page.Attach()
            page

    member private page.Attach() =
        let target = page.Send("Target.createTarget", {| url = "about:blank" |})

        let attached =
            page.Send(
                "Target.attachToTarget",
                {|
                    targetId = string target["targetId"]
                    flatten = true
                |}
            )

        session <- string attached["sessionId"]

        for domain in [ "Page"; "Runtime"; "Log" ] do
            page.Send(domain + ".enable", {| |}) |> ignore

    interface IDisposable with
        member page.Dispose() =
            session <- ""

            try
                page.Send("Browser.close", {| |}) |> ignore
            with _ ->
                ()

            socket.Dispose()

            if not (browser.WaitForExit 10_000) then
                browser.Kill true

            browser.Dispose()

            try
                Directory.Delete(profile, true)
            with :? IOException ->
                // A helper process may still hold a file; the system's clean-up takes the rest.
                ()
