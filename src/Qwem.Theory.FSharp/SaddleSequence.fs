namespace Qwem.Theory

open System
open Qwem.Theory.Hypothesis
open Qwem.Theory.SaddleSearch

/// <summary>Where training from a small start goes for any loss of pairs, word2vec's own included: from saddle to saddle.</summary>
/// <remarks>
/// docs/derivations.md section 11. From W(0) of scale sigma the flow dW/dt = 2 W S(W'W), S(M) = -dL/dM, comes near saddles W_0 = 0, W_1, W_2, ... of rank
/// 0, 1, 2, ...: at W_m rows off its span grow as exp(nu_j t), nu_j twice the j-th eigenvalue of S(W_m'W_m) there, and the path that leaves W_m along the
/// first direction ends in W_{m+1}. The sequence depends on the statistics alone; the start enters through ln r_k only, r = |diag R| of the QR
/// factorisation of W(0) against the directions at W_0. For a constant weight this is the exact solution from an aligned start, and a theorem; for other
/// weights it is a conjecture to leading order in 1/ln(1/sigma), in that the path's end is the saddle, that it is the only one, and that rows
/// which have not risen do not act back. Time is eta_alg t. Cost: some thousand passes over V^2 pairs for each saddle, on all cores; the bits do not depend on
/// their number. Memory: about 190 copies of W for each path, 760 V n^2 bytes for n modes, beside 64 V^2.
/// </remarks>
[<Sealed>]
type SaddleSequence private (field: PairwiseField, saddles: Saddle[], paths: SaddlePath[]) =
    let stride = field.Stride

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

    /// <summary>The first saddles of a loss, and the paths between them, as many as are wanted.</summary>
    /// <param name="loss">The loss of pairs.</param>
    /// <param name="count">How many modes are followed at most, from 1 to V - 1.</param>
    /// <param name="goOn">Asked before each path but the first, with the sequence so far, whether to follow another one.</param>
    /// <param name="progress">Called with the number of the path and the fraction done of it; may be null. What it raises ends the work.</param>
    /// <returns>The sequence; shorter where no further row grows.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">Shapes differ, or nothing is learned: no positive rate at the origin.</exception>
    /// <exception cref="T:System.ArithmeticException">A path cannot be integrated. One that is not at rest after 60 e-foldings is left there, and Unfinished says how far.</exception>
    static member FollowWhile
        (loss: PairwiseLoss, count: int, goOn: Func<SaddleSequence, bool>, progress: Action<int, float> | null)
        : SaddleSequence =
        let field = PairwiseField loss
        between "a number of modes" "count" count 1 (field.Size - 1)

        let report m fraction =
            if not (isNull progress) then
                progress.Invoke(m, fraction)
        // A few rows more than are asked for: the order of the last ones may change.
        let followed = min field.Size (count + 5)
        let origin = SaddlePaths.at field [||] 0 followed
        positive "a mode that is learned: a positive rate at the origin" "loss" origin.Rates[0]
        let scales = field.Scales()

        let rec next (saddles: Saddle list) paths =
            let sequence () =
                SaddleSequence(field, saddles |> List.rev |> Array.ofList, paths |> List.rev |> Array.ofList)

            let saddle = List.head saddles
            let m = saddle.Squares.Length
            let isLast = m = count || not (saddle.Rates[0] > 1e-12 * origin.Rates[0])

            if isLast || m > 0 && not (goOn.Invoke(sequence ())) then
                sequence ()
            else
                let reached, path = SaddlePaths.follow field saddle scales (report m)
                next (reached :: saddles) (path :: paths)

        next [ origin ] []

    /// <summary>The first saddles of a loss, and the paths between them.</summary>
    /// <param name="loss">The loss of pairs.</param>
    /// <param name="count">How many modes are followed, from 1 to V - 1.</param>
    /// <param name="progress">Called with the number of the path and the fraction done of it; may be null.</param>
    /// <returns>The sequence; shorter where no further row grows.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">Shapes differ, or nothing is learned: no positive rate at the origin.</exception>
    /// <exception cref="T:System.ArithmeticException">A path cannot be integrated. One that is not at rest after 60 e-foldings is left there, and Unfinished says how far.</exception>
    static member Follow(loss: PairwiseLoss, count: int, progress: Action<int, float> | null) : SaddleSequence =
        SaddleSequence.FollowWhile(loss, count, (fun _ -> true), progress)

    /// <summary>The first saddles of a loss, and the paths between them.</summary>
    /// <param name="loss">The loss of pairs.</param>
    /// <param name="count">How many modes are followed, from 1 to V - 1.</param>
    /// <returns>The sequence; shorter where no further row grows.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">Shapes differ, or nothing is learned: no positive rate at the origin.</exception>
    /// <exception cref="T:System.ArithmeticException">A path cannot be integrated. One that is not at rest after 60 e-foldings is left there, and Unfinished says how far.</exception>
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
        let rest = SaddlePaths.polished field w d (field.Scales())
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

    /// <summary>W at a time, up to rotations of its rows.</summary>
    /// <remarks>The path that began last, plus what earlier ones are still away from the saddles that they lead to (the inner solutions less what they
    /// share, which is the saddle), plus rows that have not risen, along the directions of the saddle that the path leads to (of the origin, before the first path). As a start that is larger than vanishing gives other paths, this
    /// is exact to leading order only, as the times are; see Smallness. Directions change at the first record of a path, where W jumps by the next rows' lengths.</remarks>
    /// <param name="lengths">r_k, as Start gives them, positive; at least Count.</param>
    /// <param name="time">eta_alg t, at least 0.</param>
    /// <returns>Count rows, V columns.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">A length is not positive, there are too few, or the time is negative.</exception>
    member _.EmbeddingsAt(lengths: float[], time: float) : Embeddings =
        let phases = phases lengths
        nonNegative "a time after the start" "time" time
        let n = phases.Length

        let local m =
            let struct (begins, _) = phases[m] in time - begins

        // How many paths have begun.
        let begun =
            seq { 0 .. n - 1 }
            |> Seq.takeWhile (fun m -> local m >= paths[m].Times[0])
            |> Seq.length

        let rows = Array.zeroCreate<float>(n * stride)

        for m in 0 .. begun - 1 do
            let path = paths[m]

            // Beyond its end a path nears its saddle as it did last.
            let beyond = local m - Array.last path.Times
            let left = if beyond > 0.0 then exp (-path.Decay * beyond) else 1.0

            for struct (share, record) in Interpolation.shares path.Times (local m) do
                Kernels.axpy (left * share) path.Rows[record] 0 rows 0 path.Rows[record].Length

            // Of all but the last path the saddle is taken away, which the next path has too.
            let saddle = saddles[m + 1].Rows
            Kernels.axpy ((1.0 - left) - (if m < begun - 1 then 1.0 else 0.0)) saddle 0 rows 0 saddle.Length

        for k in begun .. n - 1 do
            let length =
                if begun = 0 then
                    lengths[k] * exp (saddles[0].Rates[k] * time)
                else
                    let m = begun - 1
                    let struct (_, amplitudes) = phases[m]
                    exp (amplitudes[k] + grown m (k - m - 1) (local m))

            let directions = saddles[begun].Directions

            if (k - begun + 1) * stride <= directions.Length then
                Kernels.axpy length directions ((k - begun) * stride) rows (k * stride) stride

        Embeddings.OfRows(Kernels.repack rows stride 0 n field.Size field.Size, n)

    /// <summary>L at a time, at the embeddings of EmbeddingsAt.</summary>
    /// <param name="lengths">r_k, as Start gives them, positive; at least Count.</param>
    /// <param name="time">eta_alg t, at least 0.</param>
    /// <returns>The loss, constant part included.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">A length is not positive, there are too few, or the time is negative.</exception>
    member this.LossAt(lengths: float[], time: float) : float =
        let embeddings = this.EmbeddingsAt(lengths, time)

        field.Loss(
            Kernels.repack (embeddings.ToRows()) field.Size 0 embeddings.Dimension field.Size stride,
            embeddings.Dimension
        )

    /// <summary>The saddles and their singular values.</summary>
    override this.ToString() =
        $"sequence of saddles, V = {field.Size}: {this.Count} modes, rates {Show.numbers (Array.init this.Count (fun m -> saddles[m].Rates[0]))}"
