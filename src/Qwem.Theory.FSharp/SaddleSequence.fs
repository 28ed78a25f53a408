namespace Qwem.Theory

open System
open Qwem.Theory.Hypothesis
open Qwem.Theory.SaddleSearch

/// Between two saddles: the path along which one more mode rises, and what the rows that have not risen gain on the way.
[<NoEquality; NoComparison>]
type internal SaddlePath =
    {
        /// eta_alg t, zero where the rising row, extrapolated backwards at its first rate, has length 1.
        Times: float[]
        /// Squared singular values at each time, descending.
        Squares: float[][]
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

/// <summary>Where training from a small start goes for any loss of pairs, word2vec's own included: from saddle to saddle.</summary>
/// <remarks>
/// docs/derivations.md section 11. From W(0) of scale sigma the flow dW/dt = 2 W S(W'W), S(M) = -dL/dM, comes near saddles W_0 = 0, W_1, W_2, ... of rank
/// 0, 1, 2, ...: at W_m rows off its span grow as exp(nu_j t), nu_j twice the j-th eigenvalue of S(W_m'W_m) there, and the path that leaves W_m along the
/// first direction ends in W_{m+1}. The sequence depends on the statistics alone; the start enters through ln r_k only, r = |diag R| of the QR
/// factorisation of W(0) against the directions at W_0. For a constant weight this is the exact solution from an aligned start, and a theorem; for other
/// weights it is a conjecture to leading order in 1/ln(1/sigma), in that the path's end is the saddle, that it is the only one, and that rows
/// which have not risen do not act back. Time is eta_alg t. Cost: some thousand passes over V^2 pairs for each saddle, on all cores; the bits do not depend on
/// their number.
/// </remarks>
[<Sealed>]
type SaddleSequence private (field: PairwiseField, saddles: Saddle[], paths: SaddlePath[]) =
    let stride = field.Stride

    static let rates (field: PairwiseField) (w: float[]) active count =
        let basis = Array.copy w
        orthonormalise basis active field.Stride |> ignore

        let values, directions =
            leading (field.Matrix(w, active)) field.Size field.Stride basis active count

        values |> Array.map (fun value -> 2.0 * value), directions

    static let saddleOf (field: PairwiseField) (w: float[]) active count =
        let rates, directions = rates field w active count

        {
            Rows = w
            Squares = if active = 0 then [||] else squares w active field.Stride
            Rates = rates
            Directions = directions
            Loss = field.Loss(w, active)
        }

    // The minimum of the loss among models of so many rows next to W, columns scaled by the loss's own curvature at rest.
    static let polished (field: PairwiseField) (w: float[]) active (scales: float[]) =
        let stride = field.Stride
        let velocity = Array.zeroCreate<float>(active * stride)

        let unscaled (x: float[]) =
            Array.mapi (fun at value -> value * scales[at % stride]) x

        let value (x: float[]) (gradient: float[]) =
            let rows = unscaled x
            field.Velocity(rows, active, active, velocity)

            // dL/dW = -2 W S.
            for at in 0 .. gradient.Length - 1 do
                gradient[at] <- -velocity[at] * scales[at % stride]

            field.Loss(rows, active)

        let x = Array.mapi (fun at value -> value / scales[at % stride]) w
        let gradient = Array.zeroCreate<float> x.Length
        let start = value x gradient
        minimise value x (1e-11 * (1.0 + abs start)) 3000 |> ignore
        unscaled x

    static let distance (a: float[]) (b: float[]) active stride =
        // ||A'A - B'B|| / ||B'B|| by the d x d products.
        let inner (x: float[]) (y: float[]) =
            let mutable sum = 0.0

            for i in 0 .. active - 1 do
                for j in 0 .. active - 1 do
                    sum <- sum + (Kernels.dot x (i * stride) y (j * stride) stride) ** 2.0

            sum

        let whole = inner b b
        sqrt (max 0.0 (inner a a - 2.0 * inner a b + whole) / whole)

    // How long a path is followed before and after its row has risen, in e-foldings of its first rate, and how small the row is at first.
    static let patience, smallest, tracer = 60.0, 1e-4, 1e-120
    // Of a step, relative to each row by itself.
    static let mostSteps, accuracy = 50_000, 1e-7

    static let path (field: PairwiseField) (saddle: Saddle) (scales: float[]) (told: float -> unit) =
        let stride = field.Stride
        let m = saddle.Squares.Length
        let rate = saddle.Rates[0]
        let later = saddle.Rates.Length - 1
        let active, rows = m + 1, m + 1 + later
        let state = Array.zeroCreate<float>(rows * stride)
        Array.Copy(saddle.Rows, state, m * stride)

        for at in 0 .. stride - 1 do
            state[m * stride + at] <- smallest * saddle.Directions[at]

            for k in 1..later do
                state[(m + k) * stride + at] <- tracer * saddle.Directions[k * stride + at]

        let stepper =
            Stepper((fun w velocity -> field.Velocity(w, rows, active, velocity)), rows, stride)

        let mutable t = log smallest / rate
        let times, heights = ResizeArray<float>(), ResizeArray<float[]>()
        let growth = Array.zeroCreate<float> later
        let marks, grown = ResizeArray [ t ], ResizeArray [ Array.copy growth ]
        let start = t
        let mutable h = 0.05 / rate
        let mutable isAtRest = false
        let mutable steps = 0
        let velocity = Array.zeroCreate<float>(rows * stride)

        while not isAtRest && t < patience / rate do
            // Half an e-folding at a time: then the later rows are brought off the path's span and apart, their lengths are noted.
            let until = t + 0.5 / rate
            stepper.Begin state

            while t < until - 1e-12 * abs until do
                let step = min h (until - t)
                let error = stepper.Try(state, step, accuracy)
                steps <- steps + 1

                if not (Double.IsFinite error) || steps > mostSteps then
                    raise (
                        ArithmeticException
                            $"The path from the saddle of rank {m} did not come to rest after {steps} steps at eta_alg t = {t}; a loss that is not bounded below has no saddle there."
                    )

                if error < 1.0 then
                    t <- t + step
                    times.Add t
                    heights.Add(squares state active stride)

                h <-
                    (if step < h && error < 1.0 then h else step)
                    * Math.Clamp(0.9 * (error + 1e-30) ** -0.2, 0.2, 4.0)

            let basis = Array.sub state 0 (active * stride)
            orthonormalise basis active stride |> ignore

            let others =
                Array.init (later * stride) (fun at -> state[active * stride + at] / tracer)

            project basis active others later stride
            let lengths = orthonormalise others later stride

            for k in 0 .. later - 1 do
                growth[k] <- growth[k] + lengths[k]

            for at in 0 .. others.Length - 1 do
                state[active * stride + at] <- tracer * others[at]

            marks.Add t
            grown.Add(Array.copy growth)
            told (Math.Clamp(0.5 * (1.0 + t / (patience / rate)), 0.0, 1.0))
            field.Velocity(state, active, active, velocity)

            let moving = sqrt (Kernels.dot velocity 0 velocity 0 (active * stride))

            isAtRest <-
                t > 0.0
                && moving < 1e-9 * rate * sqrt (Kernels.dot state 0 state 0 (active * stride))

        let ending = Array.sub state 0 (active * stride)
        let next = saddleOf field (polished field ending active scales) active (max 1 later)

        let halfHeight =
            Interpolation.passing (times.ToArray()) (heights |> Seq.map (fun s -> s[m]) |> Array.ofSeq) next.Squares[m]

        // Leading minors of the later rows against the next saddle's directions: the part of the overlap that is left at the end.
        let overlaps =
            let count = min later next.Rates.Length

            let matrix =
                MathNet.Numerics.LinearAlgebra.Matrix<float>.Build.Dense(
                    count,
                    count,
                    fun i j ->
                        Kernels.dot state ((active + i) * stride) next.Directions (j * stride) stride
                        / tracer
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
            Marks = marks.ToArray()
            Growth =
                Array.init later (fun k ->
                    grown |> Seq.map (fun g -> g[k] + saddle.Rates[k + 1] * start) |> Array.ofSeq)
            Overlaps = overlaps
            Unfinished = distance ending next.Rows active stride
        }

    // The value of a curve over marks, continued at a rate beyond its end.
    static let read (marks: float[]) (curve: float[]) rate (time: float) =
        let last = marks.Length - 1

        if time >= marks[last] then
            curve[last] + rate * (time - marks[last])
        else
            let i = max 1 (Array.findIndex (fun mark -> mark >= time) marks)
            let share = (time - marks[i - 1]) / (marks[i] - marks[i - 1])
            curve[i - 1] + share * (curve[i] - curve[i - 1])

    // Where a curve over marks passes 0, continued at rates before its beginning and beyond its end.
    static let zero (marks: float[]) (curve: float[]) before after =
        let last = marks.Length - 1

        match Array.tryFindIndex (fun value -> value >= 0.0) curve with
        | None -> marks[last] - curve[last] / after
        | Some 0 -> marks[0] - curve[0] / before
        | Some i ->
            marks[i - 1]
            - curve[i - 1] / (curve[i] - curve[i - 1]) * (marks[i] - marks[i - 1])

    // ln of what row k of a path's later rows has grown to by a local time, from 1 at 0 by extrapolation from before.
    let grown m k time =
        let path, rates = paths[m], saddles[m + 1].Rates
        read path.Marks path.Growth[k] rates[min k (rates.Length - 1)] time

    // Path by path: when its row is realised, and ln of the lengths of all rows then, by extrapolation.
    let phases (lengths: float[]) : struct (float * float[])[] =
        let n = paths.Length

        if lengths.Length < n then
            broken "a length for each mode" "lengths" $"{lengths.Length} lengths; allowed: {n} or more"

        for k in 0 .. n - 1 do
            positive "positive lengths" $"lengths[{k}]" lengths[k]

        let origin = saddles[0].Rates
        let start = lengths |> Array.truncate origin.Length |> Array.map log
        let first = -start[0] / origin[0]

        let mutable current =
            struct (first, start |> Array.mapi (fun k amplitude -> amplitude + origin[k] * first))

        Array.init n (fun m ->
            if m > 0 then
                let struct (begins, amplitudes) = current
                let path = paths[m - 1]

                let tau =
                    zero
                        path.Marks
                        (path.Growth[0] |> Array.map (fun growth -> amplitudes[m] + growth))
                        saddles[m - 1].Rates[1]
                        saddles[m].Rates[0]

                current <-
                    struct (begins + tau,
                            amplitudes
                            |> Array.mapi (fun k amplitude ->
                                if k < m || k - m >= path.Growth.Length then
                                    amplitude
                                else
                                    amplitude + grown (m - 1) (k - m) tau))

            current)

    /// <summary>The first saddles of a loss, and the paths between them.</summary>
    /// <param name="loss">The loss of pairs.</param>
    /// <param name="count">How many modes are followed, from 1 to V - 1.</param>
    /// <param name="progress">Told the number of the path and the fraction done of it; may be null.</param>
    /// <returns>The sequence; shorter where no further row grows.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">Shapes differ, or nothing is learned: no positive rate at the origin.</exception>
    /// <exception cref="T:System.ArithmeticException">A path does not come to rest.</exception>
    static member Follow(loss: PairwiseLoss, count: int, progress: Action<int, float> | null) : SaddleSequence =
        let field = PairwiseField loss
        between "a number of modes" "count" count 1 (field.Size - 1)

        let told m fraction =
            if not (isNull progress) then
                progress.Invoke(m, fraction)
        // A few rows more than are asked for: the order of the last ones may change.
        let followed = min field.Size (count + 5)
        let origin = saddleOf field [||] 0 followed
        positive "a mode that is learned: a positive rate at the origin" "loss" origin.Rates[0]
        let scales = field.Scales()

        let rec next (saddles: Saddle list) paths =
            let saddle = List.head saddles
            let m = saddle.Squares.Length

            if m = count || not (saddle.Rates[0] > 1e-12 * origin.Rates[0]) then
                List.rev saddles, List.rev paths
            else
                let reached, path = path field saddle scales (told m)
                next (reached :: saddles) (path :: paths)

        let saddles, paths = next [ origin ] []
        SaddleSequence(field, Array.ofList saddles, Array.ofList paths)

    /// <summary>The first saddles of a loss, and the paths between them.</summary>
    /// <param name="loss">The loss of pairs.</param>
    /// <param name="count">How many modes are followed, from 1 to V - 1.</param>
    /// <returns>The sequence; shorter where no further row grows.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">Shapes differ, or nothing is learned: no positive rate at the origin.</exception>
    /// <exception cref="T:System.ArithmeticException">A path does not come to rest.</exception>
    static member Follow(loss: PairwiseLoss, count: int) : SaddleSequence =
        SaddleSequence.Follow(loss, count, null)

    /// <summary>Where a model of a loss comes to rest next to given embeddings: the minimum of the loss among models of as many rows, by descent.</summary>
    /// <param name="loss">The loss of pairs.</param>
    /// <param name="start">W, d x V, not 0.</param>
    /// <returns>W at rest, d x V: the gradient is at most 1e-11 (1 + |L|) in columns scaled by the roots of the words' weights.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">Shapes differ.</exception>
    static member RestNear(loss: PairwiseLoss, start: Embeddings) : Embeddings =
        let field = PairwiseField loss
        let d = start.Dimension
        hasLength "start" (start.ToRows()) (d * field.Size) "d * V"
        let w = Kernels.repack (start.ToRows()) field.Size 0 d field.Size field.Stride
        let rest = polished field w d (field.Scales())
        Embeddings.OfRows(Kernels.repack rest field.Stride 0 d field.Size field.Size, d)

    /// <summary>V.</summary>
    member _.VocabularySize = field.Size

    /// <summary>How many modes were followed: saddles beyond the origin.</summary>
    member _.Count = paths.Length

    member private _.At(m: int) =
        between "a saddle of the sequence" "m" m 0 paths.Length
        saddles[m]

    /// <summary>W_m, where the model of m rows comes to rest: a minimum of the loss among Gram matrices of rank m.</summary>
    /// <param name="m">How many modes have risen, 1 to Count.</param>
    /// <returns>m rows, V columns.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">There is no such saddle.</exception>
    member this.Embeddings(m: int) : Embeddings =
        between "a saddle with a row" "m" m 1 paths.Length
        Embeddings.OfRows(Kernels.repack (this.At m).Rows stride 0 m field.Size field.Size, m)

    /// <summary>Singular values of W_m, descending: the plateaus.</summary>
    /// <param name="m">How many modes have risen, 0 to Count.</param>
    /// <returns>A fresh array, length m.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">There is no such saddle.</exception>
    member this.SingularValues(m: int) : float[] = (this.At m).Squares |> Array.map sqrt

    /// <summary>nu_j, at which rows off the span of W_m grow: twice the eigenvalues of S there, descending.</summary>
    /// <param name="m">How many modes have risen, 0 to Count.</param>
    /// <returns>A fresh array, in units of 1/(eta_alg t).</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">There is no such saddle.</exception>
    member this.Rates(m: int) : float[] = Array.copy (this.At m).Rates

    /// <summary>L at W_m.</summary>
    /// <param name="m">How many modes have risen, 0 to Count.</param>
    /// <returns>The loss, constant part included.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">There is no such saddle.</exception>
    member this.Loss(m: int) : float = (this.At m).Loss

    /// <summary>How far the path to W_m had come when it was left: ||W'W - W_m'W_m|| / ||W_m'W_m||.</summary>
    /// <param name="m">How many modes have risen, 1 to Count.</param>
    /// <returns>0 for a path that reached its saddle.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">There is no such path.</exception>
    member _.Unfinished(m: int) : float =
        between "a path of the sequence" "m" m 1 paths.Length
        paths[m - 1].Unfinished

    /// <summary>r_k: lengths of a start's rows along the directions at the origin, one after the other.</summary>
    /// <param name="start">W(0), d x V.</param>
    /// <returns>|R_kk| of the QR factorisation of W(0) against the directions, for the modes that are followed.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">The number of words differs.</exception>
    member _.Start(start: Embeddings) : float[] =
        let rows = start.ToRows()
        let d = rows.Length / field.Size
        hasLength "start" rows (d * field.Size) "d * V"
        let w = Kernels.repack rows field.Size 0 d field.Size stride
        let directions = saddles[0].Directions
        let count = min d saddles[0].Rates.Length

        // Columns W(0) u_k in turn, each off the span of the earlier ones.
        let column = Kernels.padded d

        let columns =
            Array.init (count * column) (fun at ->
                if at % column < d then
                    Kernels.dot w (at % column * stride) directions (at / column * stride) stride
                else
                    0.0)

        orthonormalise columns count column |> Array.map exp

    /// <summary>When each mode is at half of its squared height.</summary>
    /// <remarks>ln r_k + ln of the growth along the paths, phase by phase: in phase m the first row that has not risen is realised when its length is 1 by
    /// extrapolation, and later rows gain what they gain on the path up to then; the half height comes at its own place on the path.</remarks>
    /// <param name="lengths">r_k, as Start gives them, positive; at least Count.</param>
    /// <returns>eta_alg t of each mode that is followed.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">A length is not positive, or there are too few.</exception>
    member _.HalfRiseTimes(lengths: float[]) : float[] =
        phases lengths
        |> Array.mapi (fun m (struct (begins, _)) -> begins + paths[m].HalfHeight)

    /// <summary>The same to leading order in 1/ln(1/r): every phase is long, so that a row gains rate times length and ln O at each path.</summary>
    /// <param name="lengths">r_k, as Start gives them, positive; at least Count.</param>
    /// <returns>eta_alg t of each mode that is followed.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">A length is not positive, or there are too few.</exception>
    member _.LongPhaseTimes(lengths: float[]) : float[] =
        let struct (first, amplitudes) = (phases lengths)[0]
        let amplitudes = Array.copy amplitudes
        let mutable begins = first

        Array.init paths.Length (fun m ->
            if m > 0 then
                let overlaps, rates = paths[m - 1].Overlaps, saddles[m].Rates
                let length = -(amplitudes[m] + overlaps[0]) / rates[0]
                begins <- begins + length

                for k in m .. min (amplitudes.Length - 1) (m + overlaps.Length - 1) do
                    amplitudes[k] <- amplitudes[k] + overlaps[k - m] + rates[k - m] * length

            begins + paths[m].HalfHeight)

    /// <summary>When each mode would be at half of its squared height if it grew at its rate at the origin all the time, to its plateau.</summary>
    /// <remarks>s_k^2(t) = h_k / (1 + h_k / (r_k e^{nu_k t})^2), the rise of Theorem 4.3 with the rate nu_k and the height h_k: ln r_k + nu_k t = ln sqrt(h_k) at half of it. For a
    /// constant weight it is that theorem.</remarks>
    /// <param name="lengths">r_k, as Start gives them, positive; at least Count.</param>
    /// <returns>eta_alg t of each mode that is followed, h_k its squared singular value at the saddle that it reaches first; infinite where nu_k is not positive.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">A length is not positive, or there are too few.</exception>
    member _.OriginTimes(lengths: float[]) : float[] =
        phases lengths |> ignore

        Array.init paths.Length (fun k ->
            let rate = saddles[0].Rates[k]

            if rate > 0.0 then
                (0.5 * log saddles[k + 1].Squares[k] - log lengths[k]) / rate
            else
                infinity)

    /// <summary>How far each mode's time is from the limit of a vanishing start.</summary>
    /// <remarks>w_m, the largest up to mode m of: the next row's length when a row is realised; how far the singular values of a path, squared, still
    /// are from their saddle's when the next row is realised, relative; and the length of a row over the one before it, of rows next to mode m.
    /// That errors of times are at most about w_m / 4 is an observation and no theorem.</remarks>
    /// <param name="lengths">r_k, as Start gives them, positive; at least Count.</param>
    /// <returns>w_m for each mode that is followed; of the first the second row's length when it is realised.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">A length is not positive, or there are too few.</exception>
    member _.Smallness(lengths: float[]) : float[] =
        let phases = phases lengths
        let n = phases.Length

        let amplitude m k =
            let struct (_, amplitudes) = phases[m] in if k < amplitudes.Length then amplitudes[k] else -infinity

        let begins m =
            let struct (begins, _) = phases[m] in begins
        // Beside the row before it, in any phase in which neither has risen.
        let mixed = Array.zeroCreate<float>(n + 2)
        let mutable worst = 0.0

        Array.init n (fun m ->
            if m = 0 then
                exp (min 0.0 (amplitude 0 1))
            else
                let next = exp (amplitude (m - 1) m)
                let path = paths[m - 1]
                let tau = begins m - begins (m - 1)

                let unfinished =
                    Seq.init m (fun k ->
                        let heights = path.Squares |> Array.map (fun squares -> squares[k])
                        abs (read path.Times heights 0.0 tau / saddles[m].Squares[k] - 1.0))
                    |> Seq.max

                for k in m .. n + 1 do
                    let gap = amplitude (m - 1) (k + 1) - amplitude (m - 1) k

                    if k < mixed.Length && not (Double.IsNaN gap) then
                        mixed[k] <- max mixed[k] (exp (min 0.0 gap))

                worst <- max worst (max next unfinished)
                max worst (max mixed[m] mixed[m - 1]))

    /// <summary>Singular values of W at a time.</summary>
    /// <remarks>Each mode from its own path, times how later paths change it, relative to the saddles that they leave (the inner solutions over what they
    /// share); before its path begins, from its growth on the last one that has begun.</remarks>
    /// <param name="lengths">r_k, as Start gives them, positive; at least Count.</param>
    /// <param name="time">eta_alg t, at least 0.</param>
    /// <returns>s_1 .. s_Count, in the order of rising.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">A length is not positive, there are too few, or the time is negative.</exception>
    member _.SingularValuesAt(lengths: float[], time: float) : float[] =
        let phases = phases lengths
        nonNegative "a time after the start" "time" time

        let local m =
            let struct (begins, _) = phases[m] in time - begins

        let hasBegun m = local m >= paths[m].Times[0]

        let logarithm m k =
            Interpolation.at paths[m].Times (paths[m].Squares |> Array.map (fun squares -> log squares[k])) (local m)

        Array.init phases.Length (fun k ->
            if hasBegun k then
                let later =
                    seq { k + 1 .. phases.Length - 1 }
                    |> Seq.filter hasBegun
                    |> Seq.sumBy (fun m -> logarithm m k - log saddles[m].Squares[k])

                exp (0.5 * (logarithm k k + later))
            else
                match seq { 0 .. k - 1 } |> Seq.tryFindBack hasBegun with
                | Some m ->
                    let struct (_, amplitudes) = phases[m]
                    exp (amplitudes[k] + grown m (k - m - 1) (local m))
                | None -> lengths[k] * exp (saddles[0].Rates[k] * time))

    /// <summary>The saddles and their singular values.</summary>
    override this.ToString() =
        $"sequence of saddles, V = {field.Size}: {this.Count} modes, rates {Show.numbers (Array.init this.Count (fun m -> saddles[m].Rates[0]))}"
