/// Numbers as text, and the one transcendental function needed, so that no platform's libm or culture reaches a file.
module Qwem.Reports.Numbers

open System
open System.Globalization
open System.Text.RegularExpressions

let private invariant = CultureInfo.InvariantCulture

/// The nearest double to 10^k (parsing is correctly rounded everywhere; Math.Pow is not).
let pow10 (k: int) =
    Double.Parse("1e" + k.ToString invariant, invariant)

/// Logarithm to base 10 of a positive finite number from IEEE additions, products and quotients only:
/// exponent from the bits, then ln m = 2 artanh((m - 1) / (m + 1)) with m in [0.71, 1.42), 14 terms, |z| at most 0.172.
let log10 (x: float) =
    let scaled, shift =
        if x < 2.2250738585072014e-308 then x * 18014398509481984.0, -54 else x, 0

    let bits = BitConverter.DoubleToInt64Bits scaled
    let exponent = int ((bits >>> 52) &&& 0x7FFL) - 1023

    let mantissa =
        BitConverter.Int64BitsToDouble((bits &&& 0xFFFFFFFFFFFFFL) ||| 0x3FF0000000000000L)

    let mantissa, exponent =
        if mantissa > 1.4142135623730951 then
            mantissa / 2.0, exponent + 1
        else
            mantissa, exponent

    let z = (mantissa - 1.0) / (mantissa + 1.0)
    let square = z * z

    let series =
        Seq.fold (fun sum k -> sum * square + 1.0 / float (2 * k + 1)) 0.0 (seq { 13..-1..0 })

    float (exponent + shift) * 0.30102999566398120
    + 2.0 * z * series * 0.43429448190325183

/// A coordinate in pixels: at most two decimals, never "-0".
let pixel (x: float) =
    (Math.Round(x, 2) + 0.0).ToString("0.##", invariant)

/// A whole number.
let whole (n: int) = n.ToString invariant

/// A number with a fixed count of decimals, never "-0".
let decimals (count: int) (x: float) =
    (Math.Round(x, min 15 count) + 0.0).ToString("F" + whole count, invariant)

let private special (x: float) =
    if Double.IsNaN x then Some "NaN"
    elif Double.IsPositiveInfinity x then Some "Infinity"
    elif Double.IsNegativeInfinity x then Some "-Infinity"
    else None

/// Shortest text that reads back as the same double; NaN, Infinity, -Infinity by name.
let exact (x: float) =
    special x |> Option.defaultWith (fun () -> x.ToString("R", invariant))

let private significant (digits: int) (place: char) (x: float) =
    match special x with
    | Some name -> name
    | None when x = 0.0 -> "0"
    | None when abs x >= 1e-3 && abs x < 1e5 ->
        let rounded =
            Double.Parse(x.ToString("E" + whole (digits - 1), invariant), invariant)

        rounded.ToString("0.##########", invariant)
    | None -> x.ToString("0." + String(place, digits - 1) + "e+0", invariant)

/// Three significant digits for a table: plain between 0.001 and 100000, else with an exponent such as 1.23e-13.
let short (x: float) = significant 3 '0' x

/// A share in percent, to three digits.
let percent (share: float) = $"{short (100.0 * share)} %%"

/// Two significant digits, in the same form.
let shorter (x: float) = significant 2 '0' x

/// A quantity for a table: whole numbers in full, others to six significant digits.
let quantity (x: float) =
    if abs x < 1e15 && x = Math.Round x then
        (x + 0.0).ToString("0", invariant)
    else
        significant 6 '#' x

/// A number in the form of the functions above with its exponent as a superscript in the markup of Rich.
let raised (text: string) =
    match text.IndexOf 'e' with
    | -1 -> text
    | at when Char.IsAsciiDigit text[at - 1] ->
        let exponent =
            Int32.Parse(text[at + 1 ..], NumberStyles.AllowLeadingSign, invariant)

        text[.. at - 1] + "×10^{" + (whole exponent).Replace("-", "−") + "}"
    | _ -> text

// Not inside a word or a mark of Rich, which do not nest.
let private inProse =
    Regex(@"(?<![\w.{])\d+(\.\d+)?e[+-]?\d+(?![\w}])", RegexOptions.CultureInvariant)

/// A sentence in the markup of Rich with the exponents of its numbers raised.
let raisedIn (text: string) =
    if text.Contains '`' then
        text
    else
        inProse.Replace(text, (fun (found: Match) -> raised found.Value))

/// Gap over bound as a table shows it; a gate of exact equality (0 over 0) reads "exact".
let utilisation (gap: float) (bound: float) =
    if gap = 0.0 && bound = 0.0 then "exact" else short (gap / bound)
