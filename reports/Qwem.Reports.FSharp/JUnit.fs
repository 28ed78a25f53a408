/// The verdicts as JUnit XML, one test case each, for continuous integration.
module Qwem.Reports.JUnit

open System.Text
open Qwem.Reports.Numbers
open Qwem.Reports.Rich

let private spokenEscape = spoken >> escape

/// junit.xml of a report and of how it differs from a baseline: a suite each for the sections, and one for the differences.
let renderAgainst (changes: Baseline.Change list) (report: Report) : string =
    let out = StringBuilder()
    let add (line: string) = out.Append(line).Append('\n') |> ignore

    let failures verdicts =
        verdicts |> List.filter (fun (verdict: Verdict) -> not verdict.Passed) |> List.length

    let all = Check.verdicts report
    let broken = changes |> List.filter (fun change -> change.Fails)
    add "<?xml version=\"1.0\" encoding=\"utf-8\"?>"

    add
        $"<testsuites name=\"{spokenEscape report.Title}\" tests=\"{whole (all.Length + changes.Length)}\" failures=\"{whole (failures all + broken.Length)}\">"

    for section in report.Sections do
        if not section.Verdicts.IsEmpty then
            let counts =
                $"tests=\"{whole section.Verdicts.Length}\" failures=\"{whole (failures section.Verdicts)}\" errors=\"0\""

            add $"  <testsuite name=\"{escape section.Id}\" {counts}>"

            for verdict in section.Verdicts do
                let name = $"classname=\"{escape section.Id}\" name=\"{escape verdict.Id}\""

                if verdict.Passed then
                    add $"    <testcase {name}/>"
                else
                    let survivors =
                        verdict.Mutations |> List.filter (fun mutation -> not mutation.Killed)

                    add $"    <testcase {name}>"
                    add $"      <failure message=\"gap {exact verdict.Gap}, bound {exact verdict.Bound}\">"
                    add $"Claim: {spokenEscape verdict.Claim}"
                    add $"Metric: {spokenEscape verdict.Metric}"
                    add $"Gap {exact verdict.Gap}, bound {exact verdict.Bound}"
                    add $"Bound derived from: {spokenEscape verdict.Derivation}"

                    for mutation in survivors do
                        add $"Not rejected, gap {exact mutation.Gap}: {spokenEscape mutation.Mutation}"

                    add "      </failure>"
                    add "    </testcase>"

            add "  </testsuite>"

    if not changes.IsEmpty then
        add
            $"  <testsuite name=\"baseline\" tests=\"{whole changes.Length}\" failures=\"{whole broken.Length}\" errors=\"0\">"

        for change in changes do
            let name =
                $"classname=\"baseline\" name=\"{escape change.Id} {escape change.What}\""

            if change.Fails then
                add $"    <testcase {name}>"
                add $"      <failure message=\"{escape change.What}\"/>"
                add "    </testcase>"
            else
                add $"    <testcase {name}/>"

        add "  </testsuite>"

    add "</testsuites>"
    out.ToString()

/// junit.xml of a report.
let render (report: Report) : string = renderAgainst [] report
