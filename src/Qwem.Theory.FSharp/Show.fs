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

/// Have two arrays the same length and entries?
let same (a: float[]) (b: float[]) =
    System.MemoryExtensions.SequenceEqual(System.ReadOnlySpan a, System.ReadOnlySpan b)

/// A hash of a few numbers and of the ends of an array: equal arrays have equal hashes.
let hash (first: int) (second: float) (values: float[]) =
    let last = values.Length - 1
    System.HashCode.Combine(first, second, values.Length, values[0], values[last / 2], values[last])
