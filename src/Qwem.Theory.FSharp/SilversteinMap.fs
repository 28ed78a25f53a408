namespace Qwem.Theory

open System

/// z(alpha) of the generalised Marchenko-Pastur law, its critical points and its inverse on the support: what
/// GeneralisedMarchenkoPastur documents, in units of a power of two near the largest value. v: positive values, ascending,
/// distinct; w: their weights; surplus: gamma minus the positive share, exactly 0 at a hard edge.
[<Sealed>]
type internal SilversteinMap(v: float[], w: float[], ratio: float, surplus: float) =
    let count = v.Length
    let p = Array.map2 (fun (weight: float) value -> weight * value * value) w v
    let mean = Array.fold2 (fun total weight value -> total + weight * value) 0.0 w v

    // g(alpha) and g'(alpha).
    let g (alpha: float) =
        let mutable value = 0.0
        let mutable slope = 0.0

        for k in 0 .. count - 1 do
            let inverse = 1.0 / (alpha - v[k])
            let term = p[k] * inverse * inverse
            value <- value + term
            slope <- slope - 2.0 * term * inverse

        struct (value, slope)

    // Near alpha = 0 the form alpha (gamma - h) + alpha^2 int dH / (alpha - v) keeps its relative accuracy.
    let nearZero (squared: float) = squared < 0.01 * v[0] * v[0]

    let z (alpha: float) =
        let mutable total = 0.0

        if nearZero (alpha * alpha) then
            for k in 0 .. count - 1 do
                total <- total + w[k] / (alpha - v[k])

            alpha * (surplus + alpha * total)
        else
            for k in 0 .. count - 1 do
                total <- total + p[k] / (alpha - v[k])

            ratio * alpha + mean + total

    // Where g = gamma between two abscissae on one monotone piece: Newton on g^(-1/2), nearly linear beside a pole.
    let crossing (low: float) (high: float) (rising: bool) =
        let wanted = 1.0 / sqrt ratio

        Roots.increasing
            (fun alpha ->
                let struct (value, slope) = g alpha
                let f = 1.0 / sqrt value
                let derivative = -0.5 * slope * f / value

                if rising then
                    struct (wanted - f, -derivative)
                else
                    struct (f - wanted, derivative))
            low
            high

    // The critical points of z, ascending: edges of the support in terms of alpha, in pairs.
    let critical =
        let found = ResizeArray<float>()
        let reach = sqrt (Array.sum p / ratio)
        found.Add(if surplus = 0.0 then 0.0 else crossing (v[0] - reach * (1.0 + 1e-9)) v[0] true)

        for k in 0 .. count - 2 do
            // The two neighbours alone put g at least here in the whole gap (Hoelder).
            let least =
                (Math.Cbrt p[k] + Math.Cbrt p[k + 1]) ** 3.0 / ((v[k + 1] - v[k]) ** 2.0)

            if least < ratio then
                let lowest =
                    Roots.increasing
                        (fun alpha ->
                            let mutable slope = 0.0
                            let mutable curvature = 0.0

                            for j in 0 .. count - 1 do
                                let inverse = 1.0 / (alpha - v[j])
                                let term = p[j] * inverse * inverse * inverse
                                slope <- slope - 2.0 * term
                                curvature <- curvature + 6.0 * term * inverse

                            struct (slope, curvature))
                        v[k]
                        v[k + 1]

                let struct (value, _) = g lowest

                if value < ratio then
                    found.Add(crossing v[k] lowest false)
                    found.Add(crossing lowest v[k + 1] true)

        found.Add(crossing v[count - 1] (v[count - 1] + reach * (1.0 + 1e-9)) false)
        found.ToArray()

    let edges = critical |> Array.map z

    // b^2 for a given a: Newton on 1 / int v^2 dH / ((a - v)^2 + s), concave in s, from the left, where it rises monotonically.
    let imaginarySquared (a: float) =
        let mutable s = 0.0

        for k in 0 .. count - 1 do
            let distance = a - v[k]
            s <- max s (p[k] / ratio - distance * distance)

        let mutable left = 200

        while left > 0 do
            left <- left - 1
            let mutable h = 0.0
            let mutable slope = 0.0

            for k in 0 .. count - 1 do
                let distance = a - v[k]
                let term = 1.0 / (distance * distance + s)
                h <- h + p[k] * term
                slope <- slope + p[k] * term * term

            let step = (h / ratio - 1.0) * h / slope

            if step <= Kernels.unitRoundoff * s then
                left <- 0

            if step > 0.0 then
                s <- s + step

        s

    // x(a) and dx/da = 2 (s C^2 + B^2) / C, with C = int v^2 dH / |alpha - v|^4 and B the same with a factor a - v.
    let position (a: float) (s: float) =
        let close = nearZero (a * a + s)
        let mutable total = 0.0
        let mutable c = 0.0
        let mutable b = 0.0

        for k in 0 .. count - 1 do
            let distance = a - v[k]
            let term = 1.0 / (distance * distance + s)

            total <-
                total
                + (if close then
                       w[k] * ((a * a - s) * distance + 2.0 * a * s) * term
                   else
                       p[k] * distance * term)

            c <- c + p[k] * term * term
            b <- b + p[k] * distance * term * term

        let x = if close then surplus * a + total else ratio * a + mean + total
        struct (x, 2.0 * (s * c * c + b * b) / c)

    let density (a: float) (s: float) =
        sqrt s / (Math.PI * ratio * (a * a + s))

    let distribution (a: float) (s: float) =
        let b = sqrt s
        let angle = atan2 b a
        let mutable total = 0.0

        for k in 0 .. count - 1 do
            let distance = a - v[k]

            total <- total + w[k] * (angle - atan2 b distance + v[k] * b / (distance * distance + s))

        1.0 - angle / Math.PI + total / (Math.PI * ratio)

    // Between the intervals: by how much of the population lies above.
    let plateau (alpha: float) =
        let mutable above = 0.0

        for k in 0 .. count - 1 do
            if v[k] > alpha then
                above <- above + w[k]

        1.0 - above / ratio

    let solve (x: float) (interval: int) =
        let a =
            Roots.increasing
                (fun a ->
                    let struct (found, slope) = position a (imaginarySquared a)
                    struct (found - x, slope))
                critical[2 * interval]
                critical[2 * interval + 1]

        struct (a, imaginarySquared a)

    // The interval that contains x strictly, or -1.
    let intervalOf (x: float) =
        let mutable found = -1

        for i in 0 .. edges.Length / 2 - 1 do
            if x > edges[2 * i] && x < edges[2 * i + 1] then
                found <- i

        found

    /// z(alpha).
    member _.Value(alpha: float) = z alpha

    /// g(alpha) = int v^2 dH / (alpha - v)^2 and its derivative.
    member _.Sum(alpha: float) = g alpha

    /// The critical points of z, ascending, in pairs.
    member _.Critical = critical

    /// z at the critical points: the edges.
    member _.Edges = edges

    /// alpha = a + i b with z(alpha) = x in an interval, as a and b^2.
    member _.Solve(x: float, interval: int) = solve x interval

    /// The interval that contains x strictly, or -1.
    member _.IntervalOf(x: float) = intervalOf x

    /// b^2 for a given a.
    member _.ImaginarySquared(a: float) = imaginarySquared a

    /// x(a) and dx/da.
    member _.Position(a: float, s: float) = position a s

    /// The density at a and b^2.
    member _.Density(a: float, s: float) = density a s

    /// The distribution function at a and b^2.
    member _.Distribution(a: float, s: float) = distribution a s

    /// The distribution function between the intervals, beside a critical point.
    member _.Plateau(alpha: float) = plateau alpha
