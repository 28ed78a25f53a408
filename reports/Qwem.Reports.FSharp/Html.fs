/// What the HTML pages are made of.
module Qwem.Reports.Html

open Qwem.Reports.Numbers
open Qwem.Reports.Rich

/// A number of a verdict.
let number (value: float) = html (raised (short value))

/// PASS or FAIL, with its colour.
let verdictWord (passed: bool) =
    if passed then
        "<span class=\"pass\">PASS</span>"
    else
        "<span class=\"fail\">FAIL</span>"

/// Gap over bound, with a remark where the bound is too loose.
let utilisationOf (verdict: Verdict) =
    if verdict.Gap = 0.0 && verdict.Bound = 0.0 then
        "exact"
    else
        number verdict.Utilisation
        + (if verdict.Gap > 0.0 && verdict.Utilisation < 1e-3 then " (loose)" else "")

/// An identifier that may break after a slash.
let breakable (id: string) = (escape id).Replace("/", "/<wbr>")

/// A table in a container that scrolls; a heading that starts with # stands over numbers, right-aligned.
let table (caption: string) (headings: string list) (rows: string list) =
    let heading (text: string) =
        if text.StartsWith '#' then
            $"<th scope=\"col\" class=\"num\">{text.Substring 1}</th>"
        else
            $"<th scope=\"col\">{text}</th>"

    // Focusable, so that a keyboard can scroll it.
    $"<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"{escape (spoken caption)}\"><table>\n<caption>{html caption}</caption>\n"
    + $"<thead><tr>{System.String.Concat(List.map heading headings)}</tr></thead>\n<tbody>\n"
    + System.String.Concat(List.map (fun row -> $"<tr>{row}</tr>\n") rows)
    + "</tbody></table></div>\n"

/// "3 of 4 verdicts pass", for a section.
let tally (verdicts: Verdict list) =
    match verdicts with
    | [] -> "<span class=\"count\">No gate</span>"
    | verdicts ->
        let passed = verdicts |> List.filter (fun verdict -> verdict.Passed) |> List.length
        let kind = if passed = verdicts.Length then "pass" else "fail"
        let noun = if verdicts.Length = 1 then "verdict passes" else "verdicts pass"
        $"<span class=\"{kind}\">{whole passed} of {whole verdicts.Length} {noun}</span>"

/// Name of a section's page, without its ending.
let pageOf (section: Section) = Check.anchor section.Id

/// A page around what stands in its header, main part and footer; all of it HTML but the title.
let page (title: string) (header: string) (main: string) (footer: string) : string =
    [
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
        "<meta name=\"color-scheme\" content=\"light dark\">"
        $"<title>{escape (spoken title)}</title>\n<link rel=\"stylesheet\" href=\"report.css\"/>\n<script defer=\"\" src=\"report.js\"></script>\n</head>\n<body>"
        "<a class=\"skip\" href=\"#main\">Skip to the content</a>"
        $"<header>\n{header}</header>\n<main id=\"main\">\n{main}</main>\n<footer>\n{footer}</footer>\n</body>\n</html>\n"
    ]
    |> String.concat "\n"
