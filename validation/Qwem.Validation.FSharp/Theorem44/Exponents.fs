namespace Qwem.Validation.Theorem44

open Qwem.Reports
open Qwem.Validation.Limits

/// The five subsamplings Psi_i = P_i^{-f} of the experiment, and distances between models trained with them.
module Exponents =

    /// 4 f.
    let private quarters = [| 0; 1; 2; 3; 4 |]

    let count = quarters.Length

    let exponent index = 0.25 * float quarters[index]

    let name index = $"f = {exponent index:g}"

    // Square roots are exact to the last bit on every platform; Math.Pow is not.
    let psi (words: float array) index =
        words |> Array.map (fun p -> 1.0 / pown (sqrt (sqrt p)) quarters[index])

    /// Every value of a table off its diagonal, with its row and column.
    let apart (table: float array array) =
        seq {
            for f in 0 .. table.Length - 1 do
                for g in 0 .. table.Length - 1 do
                    if f <> g then
                        f, g, table[f][g]
        }

    /// Relative distances of each model (row) from each prediction (column).
    let distances (models: float array array) (predictions: float array array) =
        models
        |> Array.map (fun model ->
            predictions
            |> Array.map (fun predicted -> Prediction.distance model predicted / Prediction.norm predicted))

    /// The same with every pair of words weighted as by the loss of the prediction: p_i p_j, one p per column.
    let weightedDistances (weights: float array array) (models: float array array) (predictions: float array array) =
        let columns = Array.map2 Prediction.scaled weights predictions

        models
        |> Array.map (fun model ->
            Array.map2
                (fun p column -> Prediction.distance (Prediction.scaled p model) column / Prediction.norm column)
                weights
                columns)

    /// A table of distances for the report.
    let table caption (values: float array array) : Table =
        {
            Caption = caption
            Headings = "trained with" :: List.init count (fun f -> "#" + name f)
            Rows =
                values
                |> Array.mapi (fun f row -> name f :: (row |> Array.map Numbers.short |> List.ofArray))
                |> List.ofArray
        }
