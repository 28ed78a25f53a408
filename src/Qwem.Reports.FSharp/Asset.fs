/// Files that the library brings: the script of the pages, plotly.js, and the font of the pictures.
module Qwem.Reports.Asset

open System.IO
open System.Reflection

/// The bytes of a file.
let bytes (name: string) : byte array =
    match Assembly.GetExecutingAssembly().GetManifestResourceStream name with
    | null -> raise (ReportException $"The library was built without its {name}; build it anew.")
    | stream ->
        use copy = new MemoryStream()
        use stream = stream
        stream.CopyTo copy
        copy.ToArray()

/// The text of a file.
let text (name: string) : string =
    System.Text.Encoding.UTF8.GetString(bytes name)
