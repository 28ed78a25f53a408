/// Approximate advance widths of a sans-serif face, so that layout needs no font and is the same everywhere.
module Qwem.Reports.TextMetrics

open System
open Qwem.Reports.Rich

/// The face asked for; the table below is close to the first four, which share their widths.
let family =
    "Arial, Helvetica, 'Liberation Sans', 'Nimbus Sans', 'DejaVu Sans Condensed', sans-serif"

/// Size of raised and lowered text, relative to the line's.
let scriptSize = 0.72

/// How far raised text goes up and lowered text down, relative to the line's size.
let raise, lower = 0.38, 0.2

// Per mille of the size.
let private advance (character: char) =
    match character with
    | 'i'
    | 'j'
    | 'l'
    | '\'' -> 222
    | ' '
    | 'f'
    | 't'
    | 'I'
    | '.'
    | ','
    | ':'
    | ';'
    | '/'
    | '!'
    | '['
    | ']'
    | '|' -> 278
    | 'r'
    | '-'
    | '('
    | ')'
    | '`' -> 333
    | 'c'
    | 'k'
    | 's'
    | 'v'
    | 'x'
    | 'y'
    | 'z'
    | 'J'
    | 'τ' -> 500
    | 'm'
    | 'M' -> 833
    | 'w'
    | 'C'
    | 'D'
    | 'H'
    | 'N'
    | 'R'
    | 'U' -> 722
    | 'G'
    | 'O'
    | 'Q' -> 778
    | 'W'
    | '%' -> 944
    | '@'
    | '…' -> 1015
    | '+'
    | '='
    | '<'
    | '>'
    | '~'
    | '×'
    | '−'
    | '±' -> 584
    | c when c >= 'A' && c <= 'Z' -> 667
    | c when c < '\u0300' -> 556
    | c when c < '\u0370' -> 0
    | c when c < '\u0590' -> 700
    | c when c >= '\u2070' && c <= '\u209F' -> 420
    | c when c >= '\u2E80' || Char.IsSurrogate c -> 1000
    | _ -> 750

/// Width in pixels of plain text at a size, with a tenth in hand for faces that run wider.
let widthOf (size: float) (text: string) =
    1.1 * size * float (Seq.sumBy advance text) / 1000.0

/// Width in pixels of marked-up text at a size.
let width (size: float) (text: string) =
    parse text
    |> List.sumBy (function
        | Plain text
        | Code text -> widthOf size text
        | Sub text
        | Sup text -> widthOf (scriptSize * size) text)

/// Heights above and below the baseline that marked-up text needs.
let extent (size: float) (text: string) =
    let runs = parse text
    let has test = List.exists test runs
    let up = if has (fun run -> run.IsSup) then raise + 0.75 * scriptSize else 0.75
    let down = if has (fun run -> run.IsSub) then lower + 0.22 * scriptSize else 0.22
    size * up, size * down

/// Words of marked-up text; a space inside a mark does not break.
let private wordsOf (text: string) =
    let mark run =
        match run with
        | Plain text -> text
        | Sub text -> "_{" + text.Replace(' ', '\u00A0') + "}"
        | Sup text -> "^{" + text.Replace(' ', '\u00A0') + "}"
        | Code text -> text.Replace(' ', '\u00A0')

    (parse (text.Replace('\n', ' ').Replace('\t', ' '))
     |> List.map mark
     |> String.concat "")
        .Split(' ', StringSplitOptions.RemoveEmptyEntries)
    |> List.ofArray

/// Lines no wider than a limit, broken between words; a word that is wider on its own is cut with an ellipsis.
let wrap (size: float) (limit: float) (text: string) : string list =
    let rec cut (word: string) =
        if word.Length <= 1 || width size (word + "…") <= limit then
            word + "…"
        else
            cut word[.. word.Length - 2]

    let fitted word =
        if width size word <= limit then word else cut (spoken word)

    let add lines word =
        match lines with
        | line :: rest when width size (line + " " + word) <= limit -> (line + " " + word) :: rest
        | _ -> word :: lines

    wordsOf (clean text) |> List.map fitted |> List.fold add [] |> List.rev
