/// Regions of hand-written pages that a program keeps up to date.
module Qwem.Reports.Refresh

open System

let private occurrences (text: string) (part: string) =
    let rec from (start: int) =
        match text.IndexOf(part, start, StringComparison.Ordinal) with
        | -1 -> []
        | at -> at :: from (at + part.Length)

    from 0

/// <summary>Replaces what stands between <c>&lt;!-- name:begin --&gt;</c> and <c>&lt;!-- name:end --&gt;</c>.</summary>
/// <param name="text">The page.</param>
/// <param name="name">The region's name.</param>
/// <param name="content">What is to stand there; put on lines of its own.</param>
/// <returns>The page with the region replaced, or a sentence that says what is wrong with the markers.</returns>
let refreshBetweenMarkers (text: string) (name: string) (content: string) : Result<string, string> =
    let start, stop = $"<!-- {name}:begin -->", $"<!-- {name}:end -->"

    match occurrences text start, occurrences text stop with
    | [], [] -> Error $"The page has neither '{start}' nor '{stop}'; add both, each on its own line."
    | [], _ -> Error $"The page has '{stop}' but no '{start}'; add it before."
    | _, [] -> Error $"The page has '{start}' but no '{stop}'; add it after."
    | [ first ], [ last ] when first < last ->
        // A page with Windows line ends keeps them.
        let newline = if text.Contains "\r\n" then "\r\n" else "\n"
        let body = (content.Replace("\r\n", "\n").Trim '\n').Replace("\n", newline)
        let body = if body = "" then newline else newline + body + newline
        Ok(text.Substring(0, first + start.Length) + body + text.Substring last)
    | [ _ ], [ _ ] -> Error $"'{stop}' stands before '{start}'; swap them."
    | _ -> Error $"'{start}' and '{stop}' must occur once each; remove the others."
