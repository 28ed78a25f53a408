namespace Qwem.Validation.TwoMillionSteps

open Qwem.Reports
open Qwem.Validation.Drawing

module Figure =

    /// Singular values of the recording and of the theory, by step, against time in units of so many steps.
    let draw unit (steps: int64 array) (measured: float array array) (theory: float array array) =
        let shown = [| 1; 2; 3; 5; 8; 16; 32; 64; 128 |]
        let time n = float n / unit

        let curve (values: float array array) k =
            Array.map2 (fun n (row: float array) -> time n, row[k - 1]) steps values
            |> Array.filter (fun (t, _) -> t >= 0.5)

        let curves =
            [
                for index, k in Array.indexed shown do
                    let named name = if index = 0 then Some name else None
                    series (named "exact solution") (Some index) (Line(Dashed, 1.5)) (curve theory k)
                    series (named "descent (recorded)") (Some index) (Circles 3.0) (Theory.thinned (curve measured k))
            ]

        { figure
              "two-million-steps"
              "Two million steps"
              [ "v1 1B"; "v1 2A" ]
              "Singular values of the recorded descent (circles, every fourth record) and of the exact solution from the same random start (dashed); modes 1, 2, 3, 5, 8, 16, 32, 64 and 128 from left to right."
              "Nine sigmoidal steps, one after the other; the circles lie on the dashed curves up to a small scatter on the plateaus."
              0
              []
              [
                  panel "" (logarithmic "time t/τ₁" None) (linear "singular value" None) curves
              ] with
            ColourNames = shown |> List.ofArray |> List.mapi (fun index k -> index, $"mode {k}")
            Slider = true
        }
