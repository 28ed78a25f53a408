module Qwem.Validation.Tests.DownloadTests

open System
open System.IO
open System.Net
open System.Net.Sockets
open System.Threading
open Expecto
open Qwem.Cli.Download
open Qwem.Validation.Tests.CountingSupport

let private content = Array.init 300_000 (fun index -> byte (index * index >>> 7))

/// A server on this machine that answers every request as it is told and remembers the ranges asked for.
type private Server(answer: int -> HttpListenerContext -> unit) =
    let listener = new HttpListener()
    let ranges = ResizeArray<string>()

    let port =
        use probe = new TcpListener(IPAddress.Loopback, 0)
        probe.Start()
        (probe.LocalEndpoint :?> IPEndPoint).Port

    let serve () =
        try
            while true do
                let context = listener.GetContext()
                ranges.Add(string context.Request.Headers["Range"])

                try
                    answer ranges.Count context
                with _ ->
                    context.Response.Abort()
        with _ ->
            ()

    do
        listener.Prefixes.Add $"http://127.0.0.1:{port}/"
        listener.Start()
        Thread(serve, IsBackground = true).Start()

    member _.Ranges = List.ofSeq ranges
    member _.Address = Uri $"http://127.0.0.1:{port}/x"

    interface IDisposable with
        member _.Dispose() = listener.Close()

/// Sends the content, or the asked-for end of it, but at most so many bytes before the connection is cut.
let private send (ranges: bool) (most: int) (context: HttpListenerContext) =
    let range = string context.Request.Headers["Range"]
    let response = context.Response

    let start =
        if ranges && range.StartsWith "bytes=" then
            response.StatusCode <- 206
            let first = int (range.Substring(6).TrimEnd '-')
            response.AddHeader("Content-Range", $"bytes {first}-{content.Length - 1}/{content.Length}")
            first
        else
            0

    let rest = content.Length - start
    response.ContentLength64 <- int64 rest
    response.OutputStream.Write(content, start, min most rest)
    response.OutputStream.Flush()

    if most < rest then
        // What was sent must have left before the connection goes.
        Thread.Sleep 100
        response.Abort()
    else
        response.Close()

/// Answers each connection over a bare socket and resets it after so many bytes of the content, but the last one, which gets the rest.
let private resetting (resets: int) (most: int) =
    let listener = new TcpListener(IPAddress.Loopback, 0)
    listener.Start()

    let answer number =
        use client = listener.AcceptTcpClient()
        use stream = client.GetStream()
        let request = Text.StringBuilder()

        while not ((string request).EndsWith "\r\n\r\n") do
            request.Append(char (stream.ReadByte())) |> ignore

        let first =
            let range = Text.RegularExpressions.Regex.Match(string request, "bytes=([0-9]+)-")
            if range.Success then int range.Groups[1].Value else 0

        let head =
            $"HTTP/1.1 206 Partial Content\r\nContent-Length: {content.Length - first}\r\nContent-Range: bytes {first}-{content.Length - 1}/{content.Length}\r\n\r\n"

        stream.Write(Text.Encoding.ASCII.GetBytes head)
        let rest = content.Length - first
        stream.Write(content, first, (if number < resets then min most rest else rest))
        // What was sent must have been read before the reset discards it.
        if number < resets then
            Thread.Sleep 200
            client.LingerState <- LingerOption(true, 0)
            // Disposing of the stream would end the connection in good order first.
            client.Client.Close 0

    Thread((fun () -> Seq.iter answer [ 0..resets ]), IsBackground = true).Start()
    Uri $"http://127.0.0.1:{(listener.LocalEndpoint :?> IPEndPoint).Port}/x"

let private fileAt (address: Uri) =
    PublicFile("x", "", address, "x.bin", (fun path -> (File.ReadAllBytes path = content)))

let private get (server: Server) (folder: TemporaryFolder) =
    Downloader(Pause = TimeSpan.FromMilliseconds 10.0).Get(fileAt server.Address, folder.Path)

let private refusal (server: Server) (folder: TemporaryFolder) =
    (Expect.raised<DownloadException>(fun () -> get server folder |> ignore)).Message

let tests =
    testList "Download" [
        testCase "a file arrives under its name and is not fetched twice" (fun () ->
            use folder = new TemporaryFolder()
            use server = new Server(fun _ -> send true Int32.MaxValue)
            Expect.equal (get server folder) (folder.File "x.bin") ""
            get server folder |> ignore
            Expect.equal server.Ranges [ "" ] ""
            Expect.equal folder.Names [ "x.bin" ] "")

        testCase "a cut connection is continued where it broke" (fun () ->
            use folder = new TemporaryFolder()

            use server =
                new Server(fun request -> send true (if request < 3 then 100_000 else Int32.MaxValue))

            let path = get server folder
            Expect.isTrue (File.ReadAllBytes path = content) ""
            Expect.equal server.Ranges.Length 3 ""
            Expect.stringStarts server.Ranges[1] "bytes=" ""
            Expect.isMatch server.Ranges[2] (@"bytes=[12]\d{5}-") "")

        testCase "a connection that is reset is taken up again" (fun () ->
            use folder = new TemporaryFolder()

            let path =
                Downloader(Pause = TimeSpan.FromMilliseconds 10.0).Get(fileAt (resetting 2 100_000), folder.Path)

            Expect.isTrue (File.ReadAllBytes path = content) "")

        testCase "a connection that keeps breaking is given up, and a later run continues" (fun () ->
            use folder = new TemporaryFolder()

            use server =
                new Server(fun request -> send true (if request < 6 then 20_000 else Int32.MaxValue))

            Expect.stringContains (refusal server folder) "run the command again, which continues" ""
            Expect.equal folder.Names [ ".x.bin.part" ] ""
            get server folder |> ignore
            Expect.stringStarts server.Ranges[5] "bytes=" ""
            Expect.equal folder.Names [ "x.bin" ] "")

        testCase "a server without ranges sends everything again" (fun () ->
            use folder = new TemporaryFolder()

            use server =
                new Server(fun request -> send false (if request = 1 then 100_000 else Int32.MaxValue))

            Expect.isTrue (File.ReadAllBytes(get server folder) = content) "")

        testCase "a part that is whole already is only checked, and one that is too long is fetched anew" (fun () ->
            use folder = new TemporaryFolder()

            let answer _ (context: HttpListenerContext) =
                if string context.Request.Headers["Range"] = "" then
                    send true Int32.MaxValue context
                else
                    context.Response.StatusCode <- 416
                    context.Response.AddHeader("Content-Range", $"bytes */{content.Length}")
                    context.Response.Close()

            use server = new Server(answer)
            File.WriteAllBytes(folder.File ".x.bin.part", content)
            Expect.isTrue (File.ReadAllBytes(get server folder) = content) ""
            File.Delete(folder.File "x.bin")
            File.WriteAllBytes(folder.File ".x.bin.part", Array.append content content)
            Expect.isTrue (File.ReadAllBytes(get server folder) = content) "")

        testCase "what has another checksum is removed and never gets the name" (fun () ->
            use folder = new TemporaryFolder()
            File.WriteAllText(folder.File ".x.bin.part", "of another file")
            use server = new Server(fun _ -> send true Int32.MaxValue)
            Expect.stringContains (refusal server folder) "its checksum differs" ""
            Expect.isEmpty folder.Names "")

        testCase "a missing file is an answer, not a reason to try again" (fun () ->
            use folder = new TemporaryFolder()

            use server =
                new Server(fun _ context ->
                    context.Response.StatusCode <- 404
                    context.Response.Close())

            Expect.stringContains (refusal server folder) "answered 404" ""
            Expect.equal server.Ranges.Length 1 "")

        testCase "a silent server and one that is not there are given up" (fun () ->
            use folder = new TemporaryFolder()
            use server = new Server(fun _ _ -> ())

            let downloader =
                Downloader(Pause = TimeSpan.Zero, Patience = TimeSpan.FromMilliseconds 50.0)

            let message (address: Uri) =
                (Expect.raised<DownloadException>(fun () -> downloader.Get(fileAt address, folder.Path) |> ignore))
                    .Message

            Expect.stringContains (message server.Address) "nothing arrived" ""
            Expect.stringContains (message (Uri "http://127.0.0.1:1/x")) "check the network" "")

        testCase "a cancelled download keeps what has arrived" (fun () ->
            use folder = new TemporaryFolder()
            use cancelled = new CancellationTokenSource()

            use server =
                new Server(fun _ context ->
                    context.Response.ContentLength64 <- int64 content.Length
                    context.Response.OutputStream.Write(content, 0, 50_000)
                    context.Response.OutputStream.Flush()
                    Thread.Sleep 100
                    cancelled.Cancel())

            Expect.raised<OperationCanceledException>(fun () ->
                Downloader().Get(fileAt server.Address, folder.Path, null, cancelled.Token)
                |> ignore)
            |> ignore

            Expect.equal (FileInfo(folder.File ".x.bin.part").Length) 50_000L "")

        testSequenced (
            testCase "QWEM_DATA names the folder" (fun () ->
                let before = Environment.GetEnvironmentVariable DataFolder.Variable

                try
                    Environment.SetEnvironmentVariable(DataFolder.Variable, "/some/folder")
                    Expect.equal DataFolder.Path "/some/folder" ""
                    Environment.SetEnvironmentVariable(DataFolder.Variable, null)
                    Expect.equal (Path.GetFileName DataFolder.Path) "qwem" ""
                finally
                    Environment.SetEnvironmentVariable(DataFolder.Variable, before))
        )
    ]
