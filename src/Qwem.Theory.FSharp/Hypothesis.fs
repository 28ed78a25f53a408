/// Checks shared by the theory's public entries: each failure names the value found and the range allowed.
module internal Qwem.Theory.Hypothesis

open System

/// Raises the exception of a broken hypothesis.
let broken hypothesis parameter message : 'a =
    raise (HypothesisException(hypothesis, parameter, message))

/// The value is a finite number.
let finite parameter (value: float) =
    if not (Double.IsFinite value) then
        broken "finite arguments" parameter $"{parameter} = {value}; allowed: finite numbers"

/// Every value is a finite number.
let allFinite parameter (values: float[]) =
    for i in 0 .. values.Length - 1 do
        if not (Double.IsFinite values[i]) then
            broken "finite arguments" parameter $"{parameter}[{i}] = {values[i]}; allowed: finite numbers"

/// The value is positive and finite.
let positive hypothesis parameter (value: float) =
    if not (value > 0.0 && Double.IsFinite value) then
        broken hypothesis parameter $"{parameter} = {value}; allowed: positive finite numbers"

/// The value is non-negative and finite.
let nonNegative hypothesis parameter (value: float) =
    if not (value >= 0.0 && Double.IsFinite value) then
        broken hypothesis parameter $"{parameter} = {value}; allowed: non-negative finite numbers"

/// The array has the expected length.
let hasLength parameter (values: float[]) (expected: int) (meaning: string) =
    if values.Length <> expected then
        broken "matching shapes" parameter $"{parameter} has {values.Length} entries; expected {expected} ({meaning})"

/// A d x n block has as many columns as there are words or modes.
let hasColumns parameter (what: string) (rows: int) (columns: int) (expected: int) =
    if columns <> expected then
        broken
            "matching shapes"
            parameter
            $"{parameter}: d x V = {rows} x {columns}; expected V = {expected} {what} (OfRows and OfWords say which index is which)"

/// The values never increase.
let descending parameter (values: float[]) =
    for i in 1 .. values.Length - 1 do
        if values[i] > values[i - 1] then
            broken
                "eigenvalues in descending order"
                parameter
                $"{parameter}[{i}] = {values[i]} exceeds {parameter}[{i - 1}] = {values[i - 1]}; allowed: at most that"

/// The square matrix is finite and symmetric to 1e-12 of its largest entry.
let symmetric parameter (matrix: float[]) size =
    allFinite parameter matrix
    let allowed = 1e-12 * Array.fold (fun m x -> max m (abs x)) 0.0 matrix

    for i in 0 .. size - 1 do
        for j in 0 .. i - 1 do
            let difference = abs (matrix[i * size + j] - matrix[j * size + i])

            if not (difference <= allowed) then
                broken
                    "a symmetric matrix"
                    parameter
                    $"{parameter}[{i},{j}] and {parameter}[{j},{i}] differ by {difference}; allowed: {allowed}"

/// A whole number is in a range, both ends included.
let between hypothesis parameter (value: int) low high =
    if value < low || value > high then
        broken hypothesis parameter $"{parameter} = {value}; allowed: {low} to {high}"
