/// Parts of figures that the experiments on families of words share.
module internal Qwem.Validation.Meaning.Drawing

open Qwem.Validation

/// One point per model size.
let against (sizes: int array) (values: float array) =
    Array.map2 (fun d value -> float d, value) sizes values

let sizeLabel = "model size d"

/// A figure whose panels the layout sets in rows.
let figure id title papers caption alternative panels =
    Drawing.figure id title papers caption alternative 0 [] panels
