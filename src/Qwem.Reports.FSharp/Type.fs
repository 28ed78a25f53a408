/// Lines of marked-up text in the font that the library brings: a machine without fonts draws the same.
module internal Qwem.Reports.Type

open ScottPlot
open SkiaSharp

/// The family's name, by which ScottPlot asks for it.
let family = "DejaVu Sans Condensed"

let private load (name: string) =
    lazy
        (use data = SKData.CreateCopy(Asset.bytes name)
         SKTypeface.FromData data)

let private regular, private heavy =
    load "DejaVuSansCondensed.ttf", load "DejaVuSansCondensed-Bold.ttf"

/// The typeface, drawn without what a machine's settings decide.
let face bold =
    if bold then heavy.Value else regular.Value

let private registered =
    lazy
        (Fonts.FontResolvers.Insert(
            0,
            { new IFontResolver with
                member _.CreateTypeface(name: string, bold: bool, _: bool) : SKTypeface | null =
                    if name = family then face bold else null

                member _.CreateTypeface
                    (name: string, weight: FontWeight, _: FontSlant, _: FontSpacing)
                    : SKTypeface | null =
                    if name = family then face (weight >= FontWeight.SemiBold) else null
            }
         )

         Fonts.Default <- family)

/// Tells ScottPlot of the font.
let register () = registered.Force()

let private scriptSize, private raise', private lower = 0.72, 0.36, 0.18

let private font (size: float) bold =
    new SKFont(face bold, float32 size, Subpixel = true, Hinting = SKFontHinting.None, Edging = SKFontEdging.Antialias)

let private measure (size: float) bold (text: string) =
    use font = font size bold
    float (font.MeasureText text)

/// Width in pixels of marked-up text.
let width (size: float) bold (text: string) =
    Rich.parse text
    |> List.sumBy (function
        | Rich.Plain text
        | Rich.Code text -> measure size bold text
        | Rich.Sub text
        | Rich.Sup text -> measure (scriptSize * size) bold text)

/// Draws a line from a place on its baseline: its start (0), its middle (0.5) or its end (1).
let draw (canvas: SKCanvas) (size: float) bold (colour: Color) (anchor: float) (x: float, y: float) (text: string) =
    use paint = new SKPaint(Color = colour.ToSKColor(), IsAntialias = true)

    let run at (down: float) (size: float) (text: string) =
        use font = font size bold
        canvas.DrawText(text, float32 at, float32 (y + down), SKTextAlign.Left, font, paint)
        at + float (font.MeasureText text)

    (x - anchor * width size bold text, Rich.parse text)
    ||> List.fold (fun at part ->
        match part with
        | Rich.Plain text
        | Rich.Code text -> run at 0.0 size text
        | Rich.Sub text -> run at (lower * size) (scriptSize * size) text
        | Rich.Sup text -> run at (-raise' * size) (scriptSize * size) text)
    |> ignore

// A space inside a mark does not break.
let private wordsOf (text: string) =
    let fixedSpaces (text: string) = text.Replace(' ', '\u00A0')

    (Rich.parse (text.Replace('\n', ' ').Replace('\t', ' '))
     |> List.map (function
         | Rich.Plain text -> text
         | Rich.Sub text -> "_{" + fixedSpaces text + "}"
         | Rich.Sup text -> "^{" + fixedSpaces text + "}"
         | Rich.Code text -> fixedSpaces text)
     |> String.concat "")
        .Split(' ', System.StringSplitOptions.RemoveEmptyEntries)
    |> List.ofArray

/// Lines no wider than a limit, broken between words; a word that is wider on its own is cut with an ellipsis.
let wrap (size: float) bold (limit: float) (text: string) : string list =
    let rec cut (word: string) =
        if word.Length <= 1 || width size bold (word + "…") <= limit then
            word + "…"
        else
            cut word[.. word.Length - 2]

    let add lines word =
        let word = if width size bold word <= limit then word else cut (Rich.spoken word)

        match lines with
        | line :: rest when width size bold (line + " " + word) <= limit -> (line + " " + word) :: rest
        | _ -> word :: lines

    wordsOf (Rich.clean text) |> List.fold add [] |> List.rev
