/// The final version's Figure 2 beside ours.
module Qwem.Validation.Word2VecLike.References

open Qwem.Reports
open Qwem.Validation
open Qwem.Validation.Flows

/// Of the runs from the large and from the small start.
let make (setting: Setting) (size: Size) (large: ScaleRuns) (small: ScaleRuns) : Reference list =
    let theory = small.Theory

    let sizes =
        PaperValues.here
            setting
            size.Words
            setting.Larger.Value.Convention.WindowHalfWidth
            $"d = {size.Dimension}, flows to {Runs.last small.Sigma:g} τ₁ and {Runs.last large.Sigma:g} τ₁"

    let reference quantity paper ours : Reference =
        {
            Quantity = quantity
            Place = "final 2"
            Paper = paper
            PaperSetting = PaperValues.wikipedia + ", 2 to 4 million steps"
            Ours = ours
            OurSetting = sizes
        }

    let list = PaperValues.series (Numbers.decimals 1)
    let first count (values: float array) = values |> Array.truncate count
    let plateaus = theory.Eigenvalues |> first 9 |> Array.map sqrt

    let settled =
        Array.map2
            (fun last plateau -> abs (last / plateau - 1.0))
            (first 5 (Array.last small.Fine.SingularValues))
            (first 5 plateaus)
        |> Array.max

    let leading (values: float array array) = values |> Array.map Array.head
    let peak (scale: ScaleRuns) = Array.max (leading scale.SkipGram)
    let unit = ExactTheory.realisation theory 0

    let halfRise =
        Curves.halfRiseTime theory.Eigenvalues[0] small.Fine.Times (leading small.Fine.SingularValues)

    let steps (scale: ScaleRuns) =
        Seq.init 9 (fun k -> ExactTheory.realisation scale.Theory k / ExactTheory.realisation scale.Theory 0)
        |> PaperValues.series (Numbers.decimals 2)

    [
        reference
            "plateaus of the theory, √λ*_{k} for k = 1 … 9"
            "56.7, 48.1, 45.3, 41.4, 40.8, 37.2, 34.6, 34.6, 31.7"
            (list plateaus)
        reference
            "QWEM's plateaus off the theory's, five leading modes"
            "within 0.5 %"
            $"within {Numbers.short (100.0 * settled)} %%"
        reference
            "last singular values of word2vec, k = 1, 2, 3; ours from the small start"
            "54.5, 46.8, 43.2"
            (list (first 3 (Array.last small.SkipGram)))
        reference
            "peak of s_{1} of word2vec over QWEM's plateau, small start and large start"
            "1.11 and 1.02 (63 and 58)"
            $"{Numbers.decimals 2 (peak small / plateaus[0])} and {Numbers.decimals 2 (peak large / plateaus[0])}"
        reference
            "first rise of QWEM by half, small start"
            "0.97 τ₁ (1.00 in an earlier figure)"
            $"{Numbers.decimals 3 (halfRise / unit)} τ₁"
        reference
            "τ_{k}/τ_{1} from σ = 1e-12, k = 1 … 9"
            "1, 1.38, 1.56, 1.86, 1.91, 2.29, 2.65, 2.65, 3.15"
            (steps small)
        reference
            "τ_{k}/τ_{1} from σ = 0.1, k = 1 … 9"
            "1, 1.35, 1.51, 1.78, 1.83, 2.17, 2.48, 2.48, 2.91"
            (steps large)
    ]
