/// The final version's Figure 7 beside ours.
module Qwem.Validation.Ablation.References

open Qwem.Reports
open Qwem.Validation
open Qwem.Validation.Flows

/// Of the four models of one start.
let make (setting: Setting) v d (models: Models) : Reference list =
    let sizes =
        PaperValues.here setting v setting.Larger.Value.Convention.WindowHalfWidth $"d = {d}, k = {Runs.ratio:g}, flows"

    let reference quantity paper ours : Reference =
        {
            Quantity = quantity
            Place = "final 7"
            Paper = paper
            PaperSetting =
                "COCA and NOW, 41 million words; V = 20,000 (values of the first 10,000), L = 16, d = 150, k = 2"
            Ours = ours
            OurSetting = sizes
        }

    let value = Numbers.decimals 1
    let last (curve: Curve) k = (Array.last curve.Values)[k]

    let peak (curve: Curve) =
        curve.Values |> Array.map Array.head |> Array.max

    let pair (a: float) (b: float) = $"{value a} and {value b}"
    let plateaus = models.Theory.Eigenvalues |> Array.truncate 5 |> Array.map sqrt

    let late =
        (Array.zip models.Constant.Clock models.Constant.Values |> Array.last |> snd)[0]

    [
        reference
            "s_{1} at the end, logistic and quartic loss"
            "45.8 and 43.4"
            (pair (last models.SkipGram 0) (last models.Quartic 0))
        reference
            "s_{2} at the end, logistic and quartic loss"
            "39.5 and 36.7"
            (pair (last models.SkipGram 1) (last models.Quartic 1))
        reference
            "peak of s_{1}, logistic and quartic loss"
            "52.5 and 51"
            (pair (peak models.SkipGram) (peak models.Quartic))
        reference "QWEM's plateaus, k = 1 … 5" "41.8, 35.1, 32.0, 30.9, 29.6" (PaperValues.series value plateaus)
        reference
            "s_{1} of the logistic loss at constant weight over QWEM's plateau, at 7 τ₁"
            "above 1.32 (55) and growing"
            $"{Numbers.decimals 3 (late / plateaus[0])} and growing"
        reference
            "first rise of QWEM by half"
            "0.84 τ₁ (their τ₁ is that of k = 1)"
            $"{Numbers.decimals
                   3
                   (Curves.halfRiseTime
                       models.Theory.Eigenvalues[0]
                       models.Fine.Times
                       (models.Fine.SingularValues |> Array.map Array.head)
                    / ExactTheory.realisation models.Theory 0)} τ₁"
    ]
