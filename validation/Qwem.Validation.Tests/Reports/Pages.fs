/// What the tests of the report's pages in a browser share.
module Qwem.Validation.Tests.Pages

open System
open System.Globalization
open System.IO
open Expecto
open Qwem.Reports
open Qwem.Validation.Tests.Browser
open Qwem.Validation.Tests.ReportSamples

/// One browser for all tests, started by the first and ended with the run; where there is none, each of them is skipped.
let private browser =
    lazy
        (let page = Page.Start()
         AppDomain.CurrentDomain.ProcessExit.Add(fun _ -> (page :> IDisposable).Dispose())
         page)

/// Tests that share the browser: one after the other.
let inBrowser tests = testSequencedGroup "browser" tests

/// The browser as a reader starts it.
let fresh () =
    let page = browser.Value
    page.Resize(1440, 1000)
    page.Show("screen", "light")
    page.AllowScripts true
    page

/// A browser and the showcase's folder, for the length of a test.
let withShowcase (test: Page -> string -> unit) =
    let page = fresh ()
    let folder = Directory.CreateTempSubdirectory "qwem-pages-"

    try
        ReportWriter.Write(showcase, folder.FullName)
        test page folder.FullName
    finally
        folder.Delete true

/// A number as the page writes it, such as 1.5×10⁻⁷.
let numberOf (text: string) =
    let plain = text.Replace('−', '-').Replace("×10", "e").Replace('⁻', '-')

    let digits =
        (plain, List.indexed [ '⁰'; '¹'; '²'; '³'; '⁴'; '⁵'; '⁶'; '⁷'; '⁸'; '⁹' ])
        ||> List.fold (fun text (digit, raised) -> text.Replace(raised, char (int '0' + digit)))

    Double.Parse(digits, CultureInfo.InvariantCulture)
