/// What the HTML pages are made of.
module Qwem.Reports.Html

open Qwem.Reports.Numbers
open Qwem.Reports.Rich

/// A number of a verdict.
let number (value: float) = html (raised (short value))

/// An outcome as a word with its colour and a sign of its own, for those who see no colours.
let outcomeWord (outcome: Outcome) =
    let sign =
        match outcome with
        | Outcome.Confirmed -> "✓"
        | Outcome.NotConfirmed -> "?"
        | Outcome.Contradicted -> "✗"

    let word = Terms.outcome outcome
    $"<span class=\"{Terms.code word}\">{sign}\u00a0{word}</span>"

/// Gap over bound; of a p-value the bound is a level, and the ratio says nothing.
let utilisationOf (verdict: Verdict) =
    if verdict.Kind = GateKind.Qualitative then "–"
    elif verdict.Gap = 0.0 && verdict.Bound = 0.0 then "exact"
    else number verdict.Utilisation

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

/// "3 confirmed, 1 contradicted", for a section, in the colour of the worst.
let tally (verdicts: Verdict list) =
    let worst =
        match verdicts with
        | [] -> "count"
        | _ -> verdicts |> List.map _.Outcome |> List.max |> Terms.outcome |> Terms.code

    $"<span class=\"{worst}\">{Tables.outcomes verdicts}</span>"

/// Name of a section's page, without its ending.
let pageOf (section: Section) = Check.anchor section.Id

/// A link to a gate on its claim's page.
let gateLink (section: Section) (verdict: Verdict) =
    $"<a href=\"{pageOf section}.html#v-{Check.anchor verdict.Id}\">{breakable verdict.Id}</a>"

/// A figure's picture, which the style sheet inverts on a dark page: a dark one of its own would double the pictures' size.
let picture (figure: Figure) =
    $"<img src=\"figures/{figure.Id}.png\" width=\"{whole (int Format.width)}\" alt=\"{escape (spoken figure.AlternativeText)}\" loading=\"lazy\"/>"

/// A page around what stands in its header, main part and footer; all of it HTML but the title.
let page (title: string) (header: string) (main: string) (footer: string) : string =
    let plotly =
        if main.Contains "class=\"plot\"" then
            "<script defer=\"\" src=\"assets/plotly.min.js\"></script>\n<script defer=\"\" src=\"report.js\"></script>\n"
        else
            ""

    [
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
        "<meta name=\"color-scheme\" content=\"light dark\">"
        $"<title>{escape (spoken title)}</title>\n<link rel=\"stylesheet\" href=\"report.css\"/>\n{plotly}</head>\n<body>"
        "<a class=\"skip\" href=\"#main\">Skip to the content</a>"
        $"<header>\n{header}</header>\n<main id=\"main\">\n{main}</main>\n<footer>\n{footer}</footer>\n</body>\n</html>\n"
    ]
    |> String.concat "\n"
