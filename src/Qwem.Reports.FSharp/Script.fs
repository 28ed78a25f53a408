/// The script of the HTML pages; they can be read without it.
module Qwem.Reports.Script

open System.IO

/// The text of report.js.
let text: string =
    let assembly = System.Reflection.Assembly.GetExecutingAssembly()

    match assembly.GetManifestResourceStream "report.js" with
    | null -> raise (ReportException "The library was built without its report.js; build it anew.")
    | stream ->
        use reader = new StreamReader(stream)
        reader.ReadToEnd()
