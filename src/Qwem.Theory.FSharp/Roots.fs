/// Roots of increasing functions.
module internal Qwem.Theory.Roots

/// The root of an increasing function between two abscissae: Newton where it gains on bisection, bisection elsewhere.
let increasing (f: float -> struct (float * float)) (low: float) (high: float) =
    let mutable l = low
    let mutable h = high
    let mutable x = 0.5 * (low + high)
    let mutable step = high - low
    let mutable before = step
    let mutable left = 300

    while left > 0 do
        left <- left - 1
        let struct (value, slope) = f x

        if value = 0.0 then
            left <- 0
        else
            if value < 0.0 then l <- x else h <- x

            let newton = x - value / slope

            let next =
                if newton > l && newton < h && abs (newton - x) <= 0.5 * abs before then
                    newton
                else
                    0.5 * (l + h)

            before <- step
            step <- next - x

            if abs step <= 2.0 * Kernels.unitRoundoff * abs x || next <= l || next >= h then
                left <- 0

            x <- next

    max low (min high x)
