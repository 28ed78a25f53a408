/// Integration of flows, as a route of its own to what the closed forms say.
module Qwem.Validation.Tests.RungeKutta

/// Dormand and Prince's method of order five for dx/dt = rate x, fixed step.
let integrate (rate: float[] -> float[]) (start: float[]) (time: float) (steps: int) =
    let table = [|
        [||]
        [| 1.0 / 5.0 |]
        [| 3.0 / 40.0; 9.0 / 40.0 |]
        [| 44.0 / 45.0; -56.0 / 15.0; 32.0 / 9.0 |]
        [| 19372.0 / 6561.0; -25360.0 / 2187.0; 64448.0 / 6561.0; -212.0 / 729.0 |]
        [|
            9017.0 / 3168.0
            -355.0 / 33.0
            46732.0 / 5247.0
            49.0 / 176.0
            -5103.0 / 18656.0
        |]
    |]

    let weights = [|
        35.0 / 384.0
        0.0
        500.0 / 1113.0
        125.0 / 192.0
        -2187.0 / 6784.0
        11.0 / 84.0
    |]

    let h = time / float steps
    let mutable x = Array.copy start

    for _ in 1..steps do
        let stages = ResizeArray<float[]>()

        let advanced (row: float[]) =
            let y = Array.copy x

            for s in 0 .. row.Length - 1 do
                for k in 0 .. y.Length - 1 do
                    y[k] <- y[k] + h * row[s] * stages[s][k]

            y

        for row in table do
            stages.Add(rate (advanced row))

        x <- advanced weights

    x
