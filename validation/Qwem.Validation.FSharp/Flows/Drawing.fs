/// What figures of singular values over time share.
module Qwem.Validation.Flows.Drawing

open Qwem.Reports

/// 0-based modes that are drawn of d.
let shown d =
    [ 0; 1; 2; 3; 4; 5; 7; 9; 14; 19; 29; 39 ] |> List.filter (fun k -> k < d)

/// One curve per mode, through every second record, which is dense enough to draw; only the first is named in the legend.
let curves name mark modes (clock: float array) (values: float array array) =
    let drawn = [| 0..2 .. clock.Length - 1 |]

    modes
    |> List.mapi (fun index k ->
        {
            Legend = if index = 0 then Some name else None
            Colour = Some k
            Mark = mark
            Points = drawn |> Array.map (fun n -> clock[n], values[n][k])
        })

/// The modes by the colours that curves gives them.
let names modes =
    modes |> List.map (fun k -> k, $"mode {k + 1}")
