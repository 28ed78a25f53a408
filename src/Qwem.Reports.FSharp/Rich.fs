/// A little markup for text in figures and prose: _{...} lowers, ^{...} raises, `...` is code. Nothing nests.
module Qwem.Reports.Rich

open System
open System.Text

/// A piece of text and how it stands.
type Run =
    | Plain of string
    | Sub of string
    | Sup of string
    | Code of string

/// The characters of a run.
let content run =
    match run with
    | Plain text
    | Sub text
    | Sup text
    | Code text -> text

/// Splits marked-up text into runs; an unclosed mark is plain text.
let parse (text: string) : Run list =
    let runs = ResizeArray<Run>()
    let plain = StringBuilder()

    let flush () =
        if plain.Length > 0 then
            runs.Add(Plain(plain.ToString()))
            plain.Clear() |> ignore

    let mutable i = 0

    let enclosed (opening: int) (closing: char) make =
        match text.IndexOf(closing, i + opening) with
        | -1 ->
            plain.Append text[i] |> ignore
            i <- i + 1
        | close ->
            flush ()

            if close > i + opening then
                runs.Add(make (text.Substring(i + opening, close - i - opening)))

            i <- close + 1

    while i < text.Length do
        let braced = i + 1 < text.Length && text[i + 1] = '{'

        match text[i] with
        | '_' when braced -> enclosed 2 '}' Sub
        | '^' when braced -> enclosed 2 '}' Sup
        | '`' -> enclosed 1 '`' Code
        | character ->
            plain.Append character |> ignore
            i <- i + 1

    flush ()
    List.ofSeq runs

/// The text for those who only hear it: s_{k} reads s_k, and β^{1 − s} β^(1 − s).
let spoken (text: string) =
    let isFormula (raised: string) =
        raised.Length > 1 && Seq.exists Char.IsLetter raised

    parse text
    |> List.map (function
        | Sub lowered -> "_" + lowered
        | Sup raised when isFormula raised -> $"^({raised})"
        | Sup raised -> "^" + raised
        | Plain text
        | Code text -> text)
    |> String.concat ""

// Indices that Unicode has as characters of their own.
let private lowered = dict (Seq.zip "0123456789aeijkmnst" "₀₁₂₃₄₅₆₇₈₉ₐₑᵢⱼₖₘₙₛₜ")
let private raised = dict (Seq.zip "0123456789−" "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")

/// The text for what sets no marks: s_{k} reads sₖ and 10^{−3} 10⁻³ where Unicode has the index, else as it is spoken.
let unmarked (text: string) =
    parse text
    |> List.map (function
        | Sub index when index |> Seq.forall lowered.ContainsKey ->
            String.map (fun character -> lowered[character]) index
        | Sup index when index |> Seq.forall raised.ContainsKey -> String.map (fun character -> raised[character]) index
        | Sub index -> "_" + index
        | Sup raised -> "^" + raised
        | Plain text
        | Code text -> text)
    |> String.concat ""

/// The text with everything removed that neither XML nor JSON can hold: control characters and lone surrogates.
let clean (text: string) =
    let result = StringBuilder text.Length
    let mutable i = 0

    while i < text.Length do
        let character = text[i]

        if
            Char.IsHighSurrogate character
            && i + 1 < text.Length
            && Char.IsLowSurrogate text[i + 1]
        then
            result.Append(character).Append(text[i + 1]) |> ignore
            i <- i + 1
        elif Char.IsSurrogate character || character >= '\uFFFE' then
            result.Append '\uFFFD' |> ignore
        elif character >= ' ' || character = '\n' || character = '\t' then
            result.Append character |> ignore

        i <- i + 1

    result.ToString()

/// Escaped for XML and HTML, as element content or inside double quotes.
let escape (text: string) =
    (clean text)
        .Replace("&", "&amp;")
        .Replace("<", "&lt;")
        .Replace(">", "&gt;")
        .Replace("\"", "&quot;")
        .Replace("'", "&#39;")

/// Marked-up text as HTML.
let html (text: string) =
    parse text
    |> List.map (function
        | Plain text -> escape text
        | Sub text -> $"<sub>{escape text}</sub>"
        | Sup text -> $"<sup>{escape text}</sup>"
        | Code text -> $"<code>{escape text}</code>")
    |> String.concat ""
