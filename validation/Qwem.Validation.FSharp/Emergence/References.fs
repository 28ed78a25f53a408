/// When analogies come, beside the paper and the authors' training logs.
module Qwem.Validation.Emergence.References

open Qwem.Reports
open Qwem.Validation

// t/tau_1 and percent right of the run qwem-small, up to the step at which its rate falls.
let private logged = [ 2.1, 0.84; 5.2, 18.9; 10.4, 40.1; 20.8, 56.7; 31.2, 60.8 ]

/// Of the theory's curve of L_sym from the embedded or given words, and of the early ones from fewer.
let make (large: string) (small: string) (sym: Curve) (earlySym: float * float) (earlyXe: float * float) =
    let reference place quantity paper ours sizes : Reference =
        {
            Quantity = quantity
            Place = place
            Paper = paper
            PaperSetting =
                if place = "v1 6" then
                    "the first version's text and sizes"
                else
                    PaperValues.wikipedia
            Ours = ours
            OurSetting = sizes
        }

    let nearest time =
        Array.zip sym.Times sym.Total
        |> Array.minBy (fun (t, _) -> abs (log (t / time)))

    let percent share =
        Numbers.decimals 1 (100.0 * share) + " %"

    [
        reference
            "v1 6"
            "time of the early maximum of accuracy, L_{xe}"
            "about 0.1 τ₁"
            $"{Numbers.short (fst earlyXe)} τ₁"
            small
        reference
            "Training logs of the final version"
            "early maximum of accuracy, L_{sym} with every pair alike, and its time"
            "1.1 % at 0.30 τ₁"
            $"{percent (snd earlySym)} at {Numbers.short (fst earlySym)} τ₁"
            small
        for time, right in logged do
            let at, share = nearest time

            reference
                "Training logs of the final version"
                $"analogies answered rightly by QWEM about t = {Numbers.short time} τ₁"
                $"{Numbers.short right} %%"
                $"{percent share} at {Numbers.short at} τ₁"
                (large + "; this project's families")
    ]
