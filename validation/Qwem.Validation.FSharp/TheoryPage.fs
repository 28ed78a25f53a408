namespace Qwem.Validation

open System
open Qwem.Theory

/// docs/theory.md: from each statement of both versions to its function and its test. A test compares the page with this
/// module, so it cannot go stale.
module TheoryPage =

    let private row (cells: string list) =
        "| " + String.Join(" | ", cells |> List.map _.Replace("|", "\\|")) + " |\n"

    let private example (shown: TheoryExample) =
        let heading = if shown.Subject = "" then "" else $"\nExample: {shown.Subject}.\n"
        heading + "\n```fsharp\n" + String.Join("\n", shown.Lines) + "\n```\n"

    let private index () =
        TheoryExamples.types
        |> List.map (fun t ->
            let list =
                String.Join(", ", TheoryExamples.members t |> List.map (fun name -> $"`{name}`"))

            $"\n### {t.Name}\n\n{list}\n"
            + String.Join("", TheoryExamples.ofType t |> List.map example))
        |> String.Concat

    /// The page.
    let render () =
        let code (name: string) = $"`{name}`"

        let table =
            Statements.all
            |> List.map (fun s -> row [ s.Location; s.What; String.Join(", ", s.Members |> List.map code); s.Test ])
            |> String.Concat

        let errata =
            Errata.All
            |> Seq.map (fun e -> row [ e.Location; e.Printed; e.Right; e.Reason; e.Demonstration ])
            |> String.Concat

        "# The theory, statement by statement\n\n"
        + "<!-- Written by `qwem theory-page`; edit validation/Qwem.Validation.FSharp/Statements.fs or src/Qwem.Theory.FSharp/Errata.fs. -->\n\n"
        + "Numbers are those of arXiv 2502.09863, version 1 (v1) and the final version (final). Each member's documentation comment has the\n"
        + "formula, shapes, units, range of validity and accuracy; the named tests are in `validation/Qwem.Validation.Tests`.\n\n"
        + row [ "Where"; "What"; "In code"; "Proved by" ]
        + row [ "---"; "---"; "---"; "---" ]
        + table
        + "\n## Errata\n\n"
        + row [ "Where"; "Printed"; "Right"; "Why"; "Demonstrated by" ]
        + row [ "---"; "---"; "---"; "---"; "---" ]
        + errata
        + "\n## Every public member, with examples\n\n"
        + "The examples are compiled and run as tests (`Theory/Examples/`); `close expected value` asserts equality to 1e-9, `allClose` that of\n"
        + "arrays. `new` is the constructor. A test asserts that every member is in an example of its type or called by the experiments.\n"
        + index ()
