/// Where an axis carries ticks and what they say. Labels use the markup of Rich; minor ticks have none.
module Qwem.Reports.Ticks

open Qwem.Reports.Numbers

/// A tick at a value of the axis; Label is empty for a minor tick.
type Tick = { At: float; Label: string }

let private minus (text: string) = text.Replace('-', '−')

let private power (exponent: int) =
    if exponent = 0 then "1" else "10^{" + minus (whole exponent) + "}"

/// Floor of the decimal logarithm of a positive number, exact at powers of ten.
let decade (x: float) =
    let guess = int (floor (log10 x))

    if pow10 (guess + 1) <= x then guess + 1
    elif pow10 guess > x then guess - 1
    else guess

/// What the tick at a multiple of digit x 10^exponent says: plain, or with a power of ten where zeros would pile up.
let private linearLabel (largest: float) (digit: int) (exponent: int) (multiple: int64) =
    let places = max 0 -exponent
    let value = float (multiple * int64 digit)

    if multiple = 0L then
        "0"
    elif largest < 1e5 && (places <= 4 || largest >= 0.1) then
        let scaled =
            if exponent < 0 then value / pow10 -exponent else value * pow10 exponent

        minus (decimals places scaled)
    else
        let leading = decade largest
        let places = max 0 (leading - exponent)
        minus (decimals places (value / pow10 places)) + "×" + power leading

/// Ticks of a linear axis at multiples of 1, 2 or 5 times a power of ten, at most count + 1 of them.
let linear (low: float) (high: float) (count: int) : Tick list =
    let raw = (high - low) / float count
    let exponent = decade raw

    let digit, exponent =
        match
            [ 1; 2; 5 ]
            |> List.tryFind (fun digit -> float digit * pow10 exponent >= raw * (1.0 - 1e-9))
        with
        | Some digit -> digit, exponent
        | None -> 1, exponent + 1

    let step = float digit * pow10 exponent
    let first = int64 (ceil (low / step - 1e-6))
    let last = int64 (floor (high / step + 1e-6))
    let largest = max (abs low) (abs high)

    [
        for multiple in first..last ->
            let at =
                if exponent < 0 then
                    float (multiple * int64 digit) / pow10 -exponent
                else
                    float multiple * step

            {
                At = min high (max low at)
                Label = linearLabel largest digit exponent multiple
            }
    ]

/// The whole decades inside a positive range, as exponents.
let decadesWithin (low: float) (high: float) =
    let first = decade low
    let first = if pow10 first < low * (1.0 - 1e-9) then first + 1 else first
    let last = decade (high * (1.0 + 1e-9))
    [ first..last ]

/// Ticks of a logarithmic axis: every decade, labelled where the exponent is a multiple of stride; with subdivide, minor
/// ticks at 2 to 9 times each decade.
let decades (low: float) (high: float) (stride: int) (subdivide: bool) : Tick list =
    let major =
        [
            for k in decadesWithin low high ->
                {
                    At = min high (max low (pow10 k))
                    Label = (if k % stride = 0 then power k else "")
                }
        ]

    let minor =
        [
            if subdivide then
                for k in decade low .. decade high do
                    for digit in 2..9 do
                        let at = float digit * pow10 k

                        if at >= low && at <= high then
                            { At = at; Label = "" }
        ]

    List.sortBy (fun tick -> tick.At) (major @ minor)

/// Ticks for a logarithmic axis of less than two whole decades: 1, 2 and 5 times powers of ten labelled, 2 to 9 ticked.
let withinDecade (low: float) (high: float) : Tick list =
    [
        for k in decade low .. decade high do
            for digit in 1..9 do
                let at = float digit * pow10 k

                if at >= low && at <= high then
                    let label =
                        if digit <> 1 && digit <> 2 && digit <> 5 then ""
                        elif k >= -3 && k <= 4 then decimals (max 0 -k) at
                        elif digit = 1 then power k
                        else whole digit + "×" + power k

                    { At = at; Label = label }
    ]

/// Tick sets for an axis of a length in pixels, densest first; the layout takes the first whose labels fit.
let candidates (scale: Scale) (low: float) (high: float) (length: float) : Tick list list =
    let byCount () =
        [
            for count in (if length > 280.0 then 8 else 6) .. -1 .. 1 -> linear low high count
        ]

    match scale with
    | Linear -> byCount ()
    | Logarithmic ->
        let exponents = decadesWithin low high
        let span = log10 high - log10 low

        if exponents.Length >= 2 then
            [
                for stride in [ 1; 2; 3; 5; 10; 20; 50; 100; 200 ] do
                    let labelled = exponents |> List.filter (fun k -> k % stride = 0)

                    if labelled.Length <= 8 then
                        decades low high stride (stride = 1 && length / span >= 30.0)
            ]
        else
            let fine = withinDecade low high
            let labelled = fine |> List.filter (fun tick -> tick.Label <> "")
            if labelled.Length >= 2 then [ fine ] @ byCount () else byCount ()
