/// junit.xml of a report.
module Qwem.Reports.JUnit

open System.Text
open Qwem.Reports.Numbers
open Qwem.Reports.Rich

let private spokenEscape = spoken >> escape

/// <summary>junit.xml of a report, of its problems and of how it differs from a baseline: a suite for each section, one for the problems and
/// one for the differences.</summary>
/// <remarks>A test fails by what is not accepted. A gate whose outcome is accepted and not confirmed counts as skipped, with its outcome as
/// the message, so that it stays visible and is not green.</remarks>
/// <param name="problems">From <c>Check.problems</c>.</param>
/// <param name="changes">From <c>Baseline.compare</c>.</param>
/// <param name="report">The report.</param>
let renderAgainst (problems: string list) (changes: Baseline.Change list) (report: Report) : string =
    let out = StringBuilder()
    let add (line: string) = out.Append(line).Append('\n') |> ignore
    let all = Check.verdicts report
    let broken = changes |> List.filter _.Fails

    let skipped (verdicts: Verdict list) =
        verdicts
        |> List.filter (fun verdict -> not (SlipMatrix.judges verdict))
        |> _.Length

    let skips (verdicts: Verdict list) =
        if verdicts.IsEmpty then "" else $" skipped=\"{whole (skipped verdicts)}\""

    let suite name tests failures more =
        add
            $"  <testsuite name=\"{escape name}\" tests=\"{whole tests}\" failures=\"{whole failures}\" errors=\"0\"{more}>"

    let case classname name (lines: string list) =
        let opening = $"<testcase classname=\"{escape classname}\" name=\"{escape name}\""

        if lines.IsEmpty then
            add $"    {opening}/>"
        else
            add $"    {opening}>"
            lines |> List.iter (fun line -> add ("      " + line))
            add "    </testcase>"

    let ofGate (verdict: Verdict) =
        if SlipMatrix.judges verdict then
            []
        else
            [
                $"<skipped message=\"{Terms.outcome verdict.Outcome}: gap {exact verdict.Gap}, bound {exact verdict.Bound}\"/>"
                "<system-out>"
                $"Claim: {spokenEscape verdict.Claim}"
                $"Metric: {spokenEscape verdict.Metric}"
                $"Bound derived from: {spokenEscape verdict.Derivation}"
                if verdict.Effect <> "" then
                    $"Effect: {spokenEscape verdict.Effect}"
                "</system-out>"
            ]

    add "<?xml version=\"1.0\" encoding=\"utf-8\"?>"

    add
        $"<testsuites name=\"{spokenEscape report.Title}\" tests=\"{whole (all.Length + problems.Length + changes.Length)}\" failures=\"{whole (problems.Length + broken.Length)}\"{skips all}>"

    for section in report.Sections do
        if not section.Verdicts.IsEmpty then
            suite section.Id section.Verdicts.Length 0 (skips section.Verdicts)

            for verdict in section.Verdicts do
                case section.Id verdict.Id (ofGate verdict)

            add "  </testsuite>"

    let failure (message: string) =
        $"<failure message=\"{escape message}\"/>"

    if not problems.IsEmpty then
        suite "problems" problems.Length problems.Length ""

        for problem in problems do
            case "problems" problem [ failure problem ]

        add "  </testsuite>"

    if not changes.IsEmpty then
        suite "baseline" changes.Length broken.Length ""

        for change in changes do
            case "baseline" $"{change.Id} {change.What}" (if change.Fails then [ failure change.What ] else [])

        add "  </testsuite>"

    add "</testsuites>"
    out.ToString()

/// junit.xml of a report that is held against nothing.
let render (report: Report) : string = renderAgainst [] [] report
