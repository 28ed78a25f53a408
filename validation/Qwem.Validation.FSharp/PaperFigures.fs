/// The paper's figures, and why some of them have no counterpart in the report.
module Qwem.Validation.PaperFigures

/// All of them: of the first version (v1) and of the final one. Figures name theirs with these names, or with a letter more
/// where they answer a part, for instance "final 3b".
let all =
    [
        for figure in [ "1B"; "1C"; "1D"; "2A"; "2B"; "2C"; "2D"; "3A"; "3B"; "3C" ] do
            $"v1 {figure}"
        for figure in 4..10 do
            $"v1 {figure}"
        for figure in 1..8 do
            $"final {figure}"
    ]

/// Those without a counterpart, each with the reason in a sentence.
let missing: (string * string) list =
    [
        "v1 3C",
        "a diagram that explains the estimator and shows no data; what it claims is the gate critical-size/size"
    ]
