/// How results print themselves: short, in the invariant culture, the same everywhere.
module internal Qwem.Theory.Show

open System.Globalization

/// Four significant digits.
let number (x: float) =
    x.ToString("g4", CultureInfo.InvariantCulture)

/// The first six numbers, and how many follow.
let numbers (values: float[]) =
    let shown = values |> Array.truncate 6 |> Array.map number |> String.concat ", "

    if values.Length > 6 then $"{shown}, ... ({values.Length} in all)" else shown
