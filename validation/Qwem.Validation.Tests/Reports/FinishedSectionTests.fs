[<NUnit.Framework.TestFixture>]
module Qwem.Validation.Tests.FinishedSectionTests

open System.IO
open NUnit.Framework
open Qwem.Reports
open Qwem.Validation
open Qwem.Validation.Tests.Command
open Qwem.Validation.Tests.CountingSupport
open Qwem.Validation.Tests.ReportSamples

[<Test>]
let ``a section comes back from its bytes as it was`` () =
    let again =
        { report with
            Sections = report.Sections |> List.map (SectionBytes.ofSection >> SectionBytes.toSection)
        }

    // Its pages, because numbers that are no numbers equal nothing.
    Assert.That((ReportWriter.Render again = ReportWriter.Render report), Is.True)

[<Test>]
let ``a section is found under its own inputs only, and an altered or cut file is as if it were not there`` () =
    use folder = new TemporaryFolder()
    let finished = FinishedSections(folder.File "cache")
    let section = report.Sections.Head
    Assert.That((finished.Find "a").IsNone)
    finished.Keep("a", section)
    Assert.That((finished.Find "a").IsSome)
    Assert.That((finished.Find "b").IsNone)
    let file = Directory.GetFiles(folder.File "cache") |> Array.exactlyOne
    let good = File.ReadAllBytes file
    let bad = Array.copy good
    bad[good.Length / 2] <- bad[good.Length / 2] ^^^ 1uy
    File.WriteAllBytes(file, bad)
    Assert.That((finished.Find "a").IsNone)
    File.WriteAllBytes(file, good[.. good.Length / 2])
    Assert.That((finished.Find "a").IsNone)
    File.WriteAllBytes(file, good[..10])
    Assert.That((finished.Find "a").IsNone)
    File.WriteAllBytes(file, good)
    Assert.That((finished.Find "a").IsSome)

[<Test>]
let ``a second run takes up what a first one finished, says so, and writes the same report; --fresh does not`` () =
    use folder = new TemporaryFolder()

    let reproduce out more =
        succeed (
            [
                "reproduce"
                "--profile"
                "smoke"
                "--cache"
                folder.File "cache"
                "--out"
                folder.File out
                "--only"
                "z-not-one"
            ]
            @ more
        )
        |> snd

    let page out =
        File.ReadAllText(folder.File $"{out}/z-not-one.html")

    Assert.That(reproduce "first" [], Does.Not.Contain "finished earlier")
    Assert.That(reproduce "second" [], Does.Contain "1 of 1 experiments were finished earlier")
    Assert.That(page "second", Is.EqualTo(page "first"))
    Assert.That(reproduce "third" [ "--fresh" ], Does.Not.Contain "finished earlier")
    Assert.That(reproduce "fourth" [ "--seed"; "2" ], Does.Not.Contain "finished earlier")

[<Test>]
let ``the gate judges what a reproduction finished, and runs the rest`` () =
    use folder = new TemporaryFolder()
    let cache = [ "--profile"; "smoke"; "--cache"; folder.File "cache" ]

    succeed ([ "reproduce"; "--out"; folder.File "report"; "--only"; "z-not-one" ] @ cache)
    |> ignore

    let error =
        succeed (
            [ "gate"; "--out"; folder.File "gate"; "--only"; "z-not-one"; "asymmetric" ]
            @ cache
        )
        |> snd

    Assert.That(error, Does.Contain "z-not-one: finished earlier")
    Assert.That(error, Does.Not.Contain "asymmetric: finished earlier")

[<Test>]
let ``the profile full is refused without a corpus, and a corpus without a profile for it`` () =
    use folder = new TemporaryFolder()
    let out = [ "reproduce"; "--out"; folder.File "report" ]
    refused folder 1 "--corpus PATH" (out @ [ "--profile"; "full" ])
    refused folder 1 "--profile full" (out @ [ "--corpus"; folder.File "x.txt" ])
