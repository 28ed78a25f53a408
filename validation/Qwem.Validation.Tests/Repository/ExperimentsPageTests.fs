module Qwem.Validation.Tests.ExperimentsPageTests

open System.IO
open System.Text.RegularExpressions
open Expecto
open Qwem.Validation

/// id, figures of the paper, page and folder of each row of docs/experiments.md.
let private rows =
    lazy
        (Regex.Matches(
            File.ReadAllText(Repository.file "docs/experiments.md"),
            @"^\| `([^`]+)` \| .+? \| (.*?)\| \[page\]\(\.\./reports/([a-z0-9-]+)\.md\) \| `([^`]+)` \|$",
            RegexOptions.Multiline
         )
         |> Seq.map (fun row -> [ for n in 1..4 -> row.Groups[n].Value.Trim() ])
         |> List.ofSeq)

let tests =
    testList "Experiments page" [
        testCase "docs/experiments.md has a row for each experiment, in the report's order, with its folder" (fun () ->
            let ids = rows.Value |> List.map List.head

            Expect.equal ids (Experiments.all |> List.map _.Id) ""

            for row in rows.Value do
                Expect.equal ($"validation/Qwem.Validation.FSharp/{row[3]}") (Experiments.folderOf row[0]) "")

        testCase "docs/experiments.md names the figures of the paper that each committed page answers" (fun () ->
            for row in rows.Value do
                let page = File.ReadAllText(Repository.file $"reports/{row[2]}.md")

                let answered =
                    Regex.Matches(page, "Answers the paper’s ([^.]*)\\.")
                    |> Seq.collect (fun answers -> answers.Groups[1].Value.Split ", ")
                    |> Set.ofSeq

                let named = row[1].Split(", ", System.StringSplitOptions.RemoveEmptyEntries)
                Expect.equal (Set.ofArray named) answered row[0])
    ]
