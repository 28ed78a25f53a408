namespace Qwem.Theory

open System

/// The coefficients of a step of so many stages.
[<Sealed>]
type internal ChebyshevStages private (first: float, stages: struct (float * float * float * float * float)[]) =
    /// Stability needs h times the largest decay rate below 0.653 s^2.
    static member Needed(stiffness: float) =
        max 2 (1 + int (sqrt (1.0 + 1.54 * stiffness)))

    /// The first stage's step, in units of h.
    member _.First = first

    /// Of stage j = 2 .. s, the weights of the start, of stages j - 1 and j - 2, and in units of h of the slopes at j - 1 and at the start.
    member _.Weights = stages

    static member Of(count: int) =
        let w0 = 1.0 + 2.0 / 13.0 / float (count * count)
        let zeros () = Array.zeroCreate<float>(count + 1)
        let t, slope, bend = zeros (), zeros (), zeros ()
        // Chebyshev polynomials at w0, with their first and second derivatives.
        t[0] <- 1.0
        t[1] <- w0
        slope[1] <- 1.0

        for j in 2..count do
            t[j] <- 2.0 * w0 * t[j - 1] - t[j - 2]
            slope[j] <- 2.0 * w0 * slope[j - 1] - slope[j - 2] + 2.0 * t[j - 1]
            bend[j] <- 2.0 * w0 * bend[j - 1] - bend[j - 2] + 4.0 * slope[j - 1]

        let w1 = slope[count] / bend[count]

        let b =
            Array.init (count + 1) (fun j -> let j = max 2 j in bend[j] / (slope[j] * slope[j]))

        ChebyshevStages(
            b[1] * w1,
            Array.init (count - 1) (fun at ->
                let j = at + 2
                let mu, nu = 2.0 * b[j] * w0 / b[j - 1], -b[j] / b[j - 2]
                let step = 2.0 * b[j] * w1 / b[j - 1]
                struct (1.0 - mu - nu, mu, nu, step, -(1.0 - b[j - 1] * t[j - 1]) * step))
        )

/// Steps of a flow whose Jacobian has real eigenvalues, as a gradient flow's has: the second-order Runge-Kutta-Chebyshev method (Sommeijer, Shampine and Verwer 1998), whose
/// stable step grows with the square of the number of slopes: words that occur 10^4 times less often than others relax as much more slowly. The error of a row is in units of the row's own length, so that small
/// rows are as accurate as large ones.
[<Sealed>]
type internal StabilisedStepper(flow: float[] -> float[] -> unit, rows: int, stride: int) =
    let length = rows * stride
    let fresh () = Array.zeroCreate<float> length
    let known = Collections.Generic.Dictionary<int, ChebyshevStages>()
    let slope, direction = fresh (), fresh ()
    let mutable start, before, stage, moved = fresh (), fresh (), fresh (), fresh ()
    let mutable decay, slopes = 0.0, 0

    let velocity (state: float[]) (slope: float[]) =
        slopes <- slopes + 1
        flow state slope

    let stages count =
        match known.TryGetValue count with
        | true, found -> found
        | _ ->
            let made = ChebyshevStages.Of count
            known[count] <- made
            made

    let norm (x: float[]) k =
        sqrt (Kernels.dot x (k * stride) x (k * stride) stride)

    /// How many slopes have been computed.
    member _.Slopes = slopes

    /// The fastest decay at a state, by the power method on differences of slopes; to be called before the first step and where the flow has moved on.
    member _.Look(state: float[]) =
        velocity state slope
        let whole = sqrt (Kernels.dot state 0 state 0 length)

        if decay = 0.0 then
            Array.Copy(slope, direction, length)

        let mutable rounds, last = 0, -1.0

        while rounds < 30 && abs (decay - last) > 0.02 * decay do
            rounds <- rounds + 1
            last <- decay
            let scale = 1e-6 * whole / sqrt (Kernels.dot direction 0 direction 0 length)
            Array.Copy(state, stage, length)
            Kernels.axpy scale direction 0 stage 0 length
            velocity stage moved
            Kernels.axpy -1.0 slope 0 moved 0 length
            decay <- sqrt (Kernels.dot moved 0 moved 0 length) / (1e-6 * whole)
            Array.Copy(moved, direction, length)

    /// The error of a step in units of the tolerance; below 1 the state has been replaced.
    member _.Try(state: float[], h: float, tolerance: float) =
        // A fifth more than the power method has found, which approaches from below.
        let stages = stages (ChebyshevStages.Needed(1.2 * decay * h))
        Array.Copy(state, start, length)
        Array.Copy(state, before, length)
        Array.Copy(state, stage, length)
        Kernels.axpy (h * stages.First) slope 0 stage 0 length

        for struct (own, one, two, step, initial) in stages.Weights do
            velocity stage moved
            // before becomes the next stage.
            for at in 0 .. length - 1 do
                before[at] <-
                    own * start[at]
                    + one * stage[at]
                    + two * before[at]
                    + h * (step * moved[at] + initial * slope[at])

            let next = before
            before <- stage
            stage <- next

        velocity stage moved

        // 12 (y - y') + 6 h (f + f'), a fifteenth of it.
        for at in 0 .. length - 1 do
            before[at] <- 0.8 * (start[at] - stage[at]) + 0.4 * h * (slope[at] + moved[at])

        let mutable worst = 0.0

        for k in 0 .. rows - 1 do
            let scale = max (norm start k) (norm stage k)

            if scale > 0.0 then
                worst <- max worst (norm before k / (tolerance * scale))

        if worst < 1.0 then
            Array.Copy(stage, state, length)
            Array.Copy(moved, slope, length)

        worst
