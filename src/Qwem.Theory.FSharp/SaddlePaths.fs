namespace Qwem.Theory

open System
open System.Threading.Tasks
open Qwem.Theory.SaddleSearch

/// Between two saddles: the path along which one more mode rises, and what the rows that have not risen gain on the way.
[<NoEquality; NoComparison>]
type internal SaddlePath =
    {
        /// eta_alg t, zero where the rising row, extrapolated backwards at its first rate, has length 1.
        Times: float[]
        /// Squared singular values at each time, descending.
        Squares: float[][]
        /// W at each time, the rows of the saddle and the rising one.
        Rows: float[][]
        /// At which rate W nears the next saddle at the end.
        Decay: float
        /// When the rising mode is at half of its squared height.
        HalfHeight: float
        /// Times at which the later rows are looked at.
        Marks: float[]
        /// ln growth of later row k beyond this saddle's rate, by mark.
        Growth: float[][]
        /// ln O: the same for k at the end, with the next saddle's rates and directions.
        Overlaps: float[]
        /// How far the path's end is from the next saddle, relative, Frobenius norm of M.
        Unfinished: float
    }

/// A saddle: m modes have risen and are at rest, the next one grows at the first rate.
[<NoEquality; NoComparison>]
type internal Saddle =
    {
        /// W_m, m rows of the stride.
        Rows: float[]
        /// Squared singular values, descending.
        Squares: float[]
        /// Rates at which further rows grow, descending: twice the leading eigenvalues of S off the span of W_m.
        Rates: float[]
        /// Their directions, rows.
        Directions: float[]
        Loss: float
    }

/// Saddles, and the paths between them.
module internal SaddlePaths =

    let private rates (field: PairwiseField) (w: float[]) active count =
        let basis = Array.copy w
        orthonormalise basis active field.Stride |> ignore

        let values, directions =
            leading (field.Matrix(w, active)) field.Size field.Stride basis active count

        values |> Array.map (fun value -> 2.0 * value), directions

    /// The saddle of given rows, with so many of the rates at which further ones grow.
    let at (field: PairwiseField) (w: float[]) active count =
        let rates, directions = rates field w active count

        {
            Rows = w
            Squares = if active = 0 then [||] else squares w active field.Stride
            Rates = rates
            Directions = directions
            Loss = field.Loss(w, active)
        }

    /// The minimum of the loss among models of so many rows next to W, columns scaled by the loss's own curvature at rest.
    let polished (field: PairwiseField) (w: float[]) active (scales: float[]) =
        let stride = field.Stride
        let velocity = Array.zeroCreate<float>(active * stride)

        let unscaled (x: float[]) =
            Array.mapi (fun at value -> value * scales[at % stride]) x

        let value (x: float[]) (gradient: float[]) =
            let loss = field.LossAndVelocity(unscaled x, active, velocity)

            // dL/dW = -2 W S.
            for at in 0 .. gradient.Length - 1 do
                gradient[at] <- -velocity[at] * scales[at % stride]

            loss

        let x = Array.mapi (fun at value -> value / scales[at % stride]) w
        let gradient = Array.zeroCreate<float> x.Length
        let start = value x gradient
        minimise value x (1e-11 * (1.0 + abs start)) 3000 |> ignore
        unscaled x

    // ||A'A - B'B|| / ||B'B|| by the d x d products.
    let private distance (a: float[]) (b: float[]) active stride =
        let inner (x: float[]) (y: float[]) =
            let mutable sum = 0.0

            for i in 0 .. active - 1 do
                for j in 0 .. active - 1 do
                    sum <- sum + (Kernels.dot x (i * stride) y (j * stride) stride) ** 2.0

            sum

        let whole = inner b b
        sqrt (max 0.0 (inner a a - 2.0 * inner a b + whole) / whole)

    // How long a path is followed before and after its row has risen, in e-foldings of its first rate, and how small the row is at first.
    let private patience, smallest = 60.0, 1e-3
    // Of a step, relative to each row by itself.
    let private mostSlopes = 300_000
    // Of the widest spectrum of S times a stretch of time: beyond it the path's mode grows 10^3 times more slowly than others decay.
    let private widest = 1e3
    // How far, times a stretch, the bound of the spectrum may lie above its end: so many powers of e are lost of the exponential's 27.
    let private overshoot = 5.0
    // While the row rises, and afterwards: how many e-foldings lie between two looks at the later rows, and the accuracy.
    let private rising, relaxing = struct (0.5, 1e-7), struct (1.0, 1e-5)
    // Gauss's points, and the weights of S there in the two exponentials of a step of fourth order without commutators.
    let private early, late = 0.5 - sqrt 3.0 / 6.0, 0.5 + sqrt 3.0 / 6.0
    let private heavy, light = 0.25 + sqrt 3.0 / 6.0, 0.25 - sqrt 3.0 / 6.0

    // I_k(r) e^-r for k = 0 .. count, by the recurrence from above (Miller).
    let private bessel r count =
        let above = count + 20 + int (4.0 * sqrt r)
        let values = Array.zeroCreate<float>(above + 2)
        values[above] <- 1e-300

        for k in above .. -1 .. 1 do
            values[k - 1] <- values[k + 1] + 2.0 * float k / r * values[k]

            if values[k - 1] > 1e200 then
                for j in k - 1 .. above do
                    values[j] <- values[j] * 1e-250

        let sum = values[0] + 2.0 * Array.sum values[1..]
        values |> Array.truncate (count + 1) |> Array.map (fun value -> value / sum)

    // Rows z become z exp(B), B symmetric with eigenvalues from low to high, by Chebyshev polynomials: words that are negative pairs of all others give
    // eigenvalues far below 0, of which a power series would keep no digit.
    let private exponential (times: float[] -> float[]) low high stride (rows: float[]) count =
        let middle, r = 0.5 * (high + low), 0.5 * (high - low)
        let terms = 30 + int (7.0 * sqrt r)
        let weights = bessel r terms
        let first = Array.copy rows

        // (B - middle) / r.
        let mapped (x: float[]) =
            let image = times x
            Array.map2 (fun image x -> (image - middle * x) / r) image x

        let square (x: float[]) k =
            Kernels.dot x (k * stride) x (k * stride) stride

        let sum = rows |> Array.map (fun x -> weights[0] * x)

        let rec add (before: float[]) (current: float[]) k =
            Kernels.axpy (2.0 * weights[k]) current 0 sum 0 sum.Length

            let isLeft =
                k < terms
                && Seq.init count (fun row ->
                    4.0 * weights[k] * weights[k] * square current row > 1e-18 * square sum row)
                   |> Seq.contains true

            if isLeft then
                let next =
                    Array.map2 (fun image before -> 2.0 * image - before) (mapped current) before

                add current next (k + 1)

        add first (mapped first) 1
        let scale = exp high

        for at in 0 .. sum.Length - 1 do
            rows[at] <- scale * sum[at]

    // Products of rows with symmetric matrices, V rows of the stride.
    let private times (matrix: float[]) size stride (rows: float[]) =
        let count = rows.Length / stride
        let images = Array.zeroCreate<float> rows.Length

        let block number =
            let four = Array.zeroCreate<float> 4

            for i in 16 * number .. min size (16 * number + 16) - 1 do
                for k in 0..4 .. count - 4 do
                    Kernels.dot4 matrix (i * stride) rows (k * stride) stride stride four

                    for j in 0..3 do
                        images[(k + j) * stride + i] <- four[j]

                for k in count &&& ~~~3 .. count - 1 do
                    images[k * stride + i] <- Kernels.dot matrix (i * stride) rows (k * stride) stride

        let blocks = (size + 15) / 16

        if size <= 256 then
            for number in 0 .. blocks - 1 do
                block number
        else
            Parallel.For(0, blocks, block) |> ignore

        images

    /// What later rows gain along a path.
    [<Sealed>]
    type private Carrier(size: int, stride: int) =
        // Where the power method has arrived for the lowest and the highest eigenvalue.
        let arrive key =
            let x = Array.zeroCreate<float> stride
            CounterNormal.fill (CounterNormal.key 12UL key size) x size
            x

        let mutable lowest, highest = arrive 0, arrive 1

        let length (x: float[]) = sqrt (Kernels.dot x 0 x 0 stride)

        // The eigenvalue furthest from a shift, and its direction.
        let furthest (matrix: float[]) shift (start: float[]) =
            let rec go (x: float[]) last rounds =
                let unit = let scale = 1.0 / length x in x |> Array.map (fun value -> scale * value)
                let image = times matrix size stride unit
                Kernels.axpy -shift unit 0 image 0 stride
                let found = length image

                if rounds = 0 || abs (found - last) < 0.02 * found then
                    found, image
                else
                    go image found (rounds - 1)

            go start 0.0 50

        /// Rows of a stretch of time later, S known at its two Gauss points; in place. False where the spectrum of S is too wide.
        member _.Carry(early: float[], late: float[], stretch, rows: float[], count) =
            let norm, found = furthest early 0.0 lowest
            lowest <- found
            // Off the far end of the spectrum, wherever that is.
            let span, found = furthest early -(1.1 * norm) highest
            highest <- found
            let low, high = -1.1 * norm, 1.05 * (span - 1.1 * norm) + 0.02 * norm

            let isNarrow = stretch * (high - low) <= widest

            if isNarrow then
                // The bound lies a fiftieth of the norm above the end of the spectrum.
                let factors = 1 + int (0.02 * norm * stretch / overshoot)
                let part = stretch / float factors

                for struct (first, second) in [ struct (heavy, light); struct (light, heavy) ] do
                    // The flow is 2 S z; the two weights add up to a half.
                    let matrix =
                        Array.map2 (fun a b -> 2.0 * part * (first * a + second * b)) early late

                    for _ in 1..factors do
                        exponential (times matrix size stride) (part * low) (part * high) stride rows count

            isNarrow

    /// From a saddle along its first direction to the next one.
    let follow (field: PairwiseField) (saddle: Saddle) (scales: float[]) (told: float -> unit) =
        let stride = field.Stride
        let m = saddle.Squares.Length
        let rate = saddle.Rates[0]
        let later = saddle.Rates.Length - 1
        let active = m + 1
        let state = Array.zeroCreate<float>(active * stride)
        Array.Copy(saddle.Rows, state, m * stride)
        Kernels.axpy smallest saddle.Directions 0 state (m * stride) stride
        let others = Array.sub saddle.Directions stride (later * stride)

        let stepper =
            StabilisedStepper((fun w velocity -> field.Velocity(w, active, velocity)), active, stride)

        let carrier = Carrier(field.Size, stride)
        let start = log smallest / rate
        let mutable t, h = start, 0.02 / rate

        let times, heights, models =
            ResizeArray<float>(), ResizeArray<float[]>(), ResizeArray<float[]>()

        let growth = Array.zeroCreate<float> later
        let marks, grown = ResizeArray [ t ], ResizeArray [ Array.copy growth ]
        let mutable isAtRest = false
        let velocity = Array.zeroCreate<float>(active * stride)

        let failed () =
            raise (
                ArithmeticException
                    $"The path from the saddle of rank {m} did not come to rest by eta_alg t = {t}, after {stepper.Slopes} slopes: its mode grows too slowly beside others, or the loss is not bounded below and has no saddle there."
            )

        let record () =
            times.Add t
            heights.Add(squares state active stride)
            models.Add(Array.copy state)

        let advance accuracy until =
            while t < until - 1e-12 * abs until do
                let step = min h (until - t)
                let error = stepper.Try(state, step, accuracy)

                if not (Double.IsFinite error) || stepper.Slopes > mostSlopes then
                    failed ()

                if error < 1.0 then
                    t <- t + step

                h <-
                    (if step < h && error < 1.0 then h else step)
                    * Math.Clamp(0.8 * (error + 1e-30) ** (-1.0 / 3.0), 0.1, 4.0)

        while not isAtRest && t < patience / rate do
            let from = t

            let isRising = from * rate < 10.0
            let struct (stretch, accuracy) = if isRising then rising else relaxing
            let stretch = stretch / rate

            // Curves are read by cubics through the records.
            let advance share =
                advance accuracy (from + share * stretch)

                if isRising then
                    record ()

            stepper.Look state
            advance early
            let s1 = field.Matrix(state, active)
            advance 0.5
            advance late
            let s2 = field.Matrix(state, active)
            advance 1.0

            if not isRising then
                record ()

            // Then the later rows are brought off the path's span and apart, their lengths are noted.
            if later > 0 && not (carrier.Carry(s1, s2, stretch, others, later)) then
                failed ()

            let basis = Array.copy state
            orthonormalise basis active stride |> ignore
            project basis active others later stride
            let lengths = orthonormalise others later stride

            for k in 0 .. later - 1 do
                growth[k] <- growth[k] + lengths[k]

            marks.Add t
            grown.Add(Array.copy growth)
            told (Math.Clamp(0.5 * (1.0 + t / (patience / rate)), 0.0, 1.0))
            field.Velocity(state, active, velocity)

            isAtRest <-
                t > 0.0
                && sqrt (Kernels.dot velocity 0 velocity 0 velocity.Length) <
                    1e-9 * rate * sqrt (Kernels.dot state 0 state 0 state.Length)

        let next = at field (polished field state active scales) active (max 1 later)

        let halfHeight =
            Interpolation.passing (times.ToArray()) (heights |> Seq.map (fun s -> s[m]) |> Array.ofSeq) next.Squares[m]

        let decay =
            let gap (model: float[]) =
                sqrt (Seq.map2 (fun a b -> (a - b) * (a - b)) model next.Rows |> Seq.sum)

            // Over the last tenth of the records.
            let last = times.Count - 1
            let earlier = last - max 1 (last / 10)
            let far, near = gap models[earlier], gap models[last]

            if near > 0.0 then
                max 0.0 (log (far / near) / (times[last] - times[earlier]))
            else
                0.0

        // Leading minors of the later rows against the next saddle's directions: the part of the overlap that is left at the end.
        let overlaps =
            let count = min later next.Rates.Length

            let matrix =
                MathNet.Numerics.LinearAlgebra.Matrix<float>.Build.Dense(
                    count,
                    count,
                    fun i j -> Kernels.dot others (i * stride) next.Directions (j * stride) stride
                )

            let minors =
                Array.init (count + 1) (fun k ->
                    if k = 0 then 0.0 else log (abs (matrix.SubMatrix(0, k, 0, k).Determinant())))

            Array.init count (fun k ->
                growth[k] + minors[k + 1] - minors[k] + saddle.Rates[k + 1] * start
                - next.Rates[k] * t)

        next,
        {
            Times = times.ToArray()
            Squares = heights.ToArray()
            HalfHeight = halfHeight
            Rows = models.ToArray()
            Decay = decay
            Marks = marks.ToArray()
            Growth =
                Array.init later (fun k ->
                    grown |> Seq.map (fun g -> g[k] + saddle.Rates[k + 1] * start) |> Array.ofSeq)
            Overlaps = overlaps
            Unfinished = distance state next.Rows active stride
        }
