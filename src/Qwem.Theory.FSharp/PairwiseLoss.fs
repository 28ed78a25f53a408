namespace Qwem.Theory

open System
open System.Runtime.Intrinsics
open System.Threading.Tasks
open Qwem.Theory.Hypothesis

/// <summary>A loss of the model M = W'W, pair by pair, with any weight: what the flow needs of it is S(M) = -dL/dM.</summary>
/// <remarks>docs/derivations.md section 11. Time is eta_alg t: dW/dt = 2 W S(W'W), W with one word to a column. All arrays are V x V row-major and
/// symmetric; pure numbers. Matrices are not copied: the caller hands them over and writes to them no more.</remarks>
[<RequireQualifiedAccess; NoComparison>]
type PairwiseLoss =
    /// <summary>L = sum_ij G_ij (M_ij - M*_ij)^2: S = 2 G (M* - M). G is non-negative.</summary>
    | Quadratic of weight: float[] * target: float[]
    /// <summary>word2vec's own loss, L = sum_ij p_ij ln(1 + e^-M_ij) + q_ij ln(1 + e^M_ij): S = p sigma(-M) - q sigma(M). p and q are non-negative.</summary>
    | Logistic of observed: float[] * independent: float[]

    /// <summary>A quadratic loss under two pair measures.</summary>
    /// <param name="loss">(a, b, c, d).</param>
    /// <param name="weights">The measures of observed and independent pairs.</param>
    /// <returns>Its weight and target.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">A pair has no weight.</exception>
    static member Of(loss: QuadraticLoss, weights: PairWeights) : PairwiseLoss =
        Quadratic(loss.Weight weights, loss.Target weights)

    /// <summary>Skip-gram with negative sampling under two pair measures.</summary>
    /// <param name="weights">The measures of observed and independent pairs.</param>
    /// <returns>The loss.</returns>
    static member Sgns(weights: PairWeights) : PairwiseLoss =
        Logistic(weights.Observed(), weights.Independent())

    /// <summary>The case and its size.</summary>
    override this.ToString() =
        match this with
        | Quadratic(weight, _) -> $"quadratic loss of {weight.Length} pairs"
        | Logistic(observed, _) -> $"logistic loss of {observed.Length} pairs"

/// The flow of a pairwise loss on rows of embeddings: one row of S at a time, so that no V x V matrix is made. Rows of S are independent, so
/// that the bits do not depend on the number of threads.
[<Sealed>]
type internal PairwiseField(loss: PairwiseLoss) =
    let first, second =
        match loss with
        | PairwiseLoss.Quadratic(weight, target) -> weight, target
        | PairwiseLoss.Logistic(observed, independent) -> observed, independent

    let size =
        let v = int (Math.Round(sqrt (float first.Length)))

        if v < 1 || v * v <> first.Length then
            broken "a square matrix of pairs" "loss" $"{first.Length} pairs; allowed: V * V"

        hasLength "loss" second (v * v) "V * V"

        for struct (name, values) in [ struct ("first matrix", first); struct ("second matrix", second) ] do
            allFinite name values

            for i in 0 .. v - 1 do
                for j in 0 .. i - 1 do
                    if values[i * v + j] <> values[j * v + i] then
                        broken
                            "symmetric pairs"
                            "loss"
                            $"{name}[{i},{j}] = {values[i * v + j]}, [{j},{i}] = {values[j * v + i]}; allowed: equal"

        // A weight below 0 would leave the loss without a minimum.
        let weights =
            match loss with
            | PairwiseLoss.Quadratic _ -> [ first ]
            | PairwiseLoss.Logistic _ -> [ first; second ]

        for values in weights do
            for at in 0 .. values.Length - 1 do
                nonNegative "weights of at least 0" $"loss[{at / v},{at % v}]" values[at]

        v

    let stride = Kernels.padded size
    let a = Kernels.repack first size 0 size size stride
    let b = Kernels.repack second size 0 size size stride

    // Row i of M, from the first rows of W.
    let row (w: float[]) active i (m: float[]) =
        Array.Clear m

        for k in 0 .. active - 1 do
            Kernels.axpy w[k * stride + i] w (k * stride) m 0 stride

    // m becomes row i of S(m).
    let slope i (m: float[]) =
        let at = i * stride
        let ones = Vector256.Create 1.0

        match loss with
        | PairwiseLoss.Quadratic _ ->
            for j in 0 .. stride - 1 do
                m[j] <- 2.0 * a[at + j] * (b[at + j] - m[j])
        | PairwiseLoss.Logistic _ ->
            for j in 0..4 .. stride - 4 do
                let x: Vector256<float> = Vector256.LoadUnsafe(&m[j])
                let p: Vector256<float> = Vector256.LoadUnsafe(&a[at + j])
                let q: Vector256<float> = Vector256.LoadUnsafe(&b[at + j])
                // sigma(-x) by e^-|x|, which does not overflow.
                let e = Vector256.Exp(Vector256.Negate(Vector256.Abs x): Vector256<float>)
                let small, large = e / (ones + e), ones / (ones + e)
                let isPositive = Vector256.GreaterThan(x, Vector256<float>.Zero)
                let negative = Vector256.ConditionalSelect(isPositive, small, large)
                Vector256.CopyTo(p * negative - q * (ones - negative), m, j)

    // L of row i of M.
    let lossOf i (m: float[]) =
        let at = i * stride
        let mutable sum = 0.0

        match loss with
        | PairwiseLoss.Quadratic _ ->
            for j in 0 .. size - 1 do
                let gap = m[j] - b[at + j]
                sum <- sum + a[at + j] * gap * gap
        | PairwiseLoss.Logistic _ ->
            for j in 0 .. size - 1 do
                let soft = Kernels.log1p (exp -(abs m[j]))
                sum <- sum + a[at + j] * (max -m[j] 0.0 + soft) + b[at + j] * (max m[j] 0.0 + soft)

        sum

    // Column i of 2 W S from row i of S.
    let move (w: float[]) active i (s: float[]) (velocity: float[]) =
        for k in 0 .. active - 1 do
            velocity[k * stride + i] <- 2.0 * Kernels.dot s 0 w (k * stride) stride

    // Of few words a loop on several threads takes longer than its work.
    let isSmall = size <= 256

    let each (work: float[] -> int -> unit) =
        let block number =
            let m = Array.zeroCreate<float> stride

            for i in 16 * number .. min size (16 * number + 16) - 1 do
                work m i

        let blocks = (size + 15) / 16

        if isSmall then
            for number in 0 .. blocks - 1 do
                block number
        else
            Parallel.For(0, blocks, block) |> ignore

    member _.Size = size
    member _.Stride = stride

    /// One over the root of each word's weight, relative to the mean: columns scaled by it have curvatures of one size, where rare words would
    /// else be slow.
    member _.Scales() =
        let weights =
            Array.init stride (fun i ->
                if i >= size then
                    1.0
                else
                    let mutable sum = 0.0

                    for j in i * stride .. i * stride + stride - 1 do
                        sum <-
                            sum
                            + match loss with
                              | PairwiseLoss.Quadratic _ -> abs a[j]
                              | PairwiseLoss.Logistic _ -> a[j] + b[j]

                    sum)

        let mean = Array.sum weights / float size
        weights |> Array.map (fun weight -> 1.0 / sqrt (max (weight / mean) 1e-6))

    /// W's velocity 2 W S(M).
    member _.Velocity(w: float[], active: int, velocity: float[]) =
        each (fun m i ->
            row w active i m
            slope i m
            move w active i m velocity)

    /// L, its constant part included.
    member _.Loss(w: float[], active: int) =
        let sums = Array.zeroCreate<float> size

        each (fun m i ->
            row w active i m
            sums[i] <- lossOf i m)

        CorpusStatistics.Sum sums

    /// L, and W's velocity.
    member _.LossAndVelocity(w: float[], active: int, velocity: float[]) =
        let sums = Array.zeroCreate<float> size

        each (fun m i ->
            row w active i m
            sums[i] <- lossOf i m
            slope i m
            move w active i m velocity)

        CorpusStatistics.Sum sums

    /// S(M), V rows of the stride.
    member _.Matrix(w: float[], active: int) =
        let s = Array.zeroCreate<float>(size * stride)

        each (fun m i ->
            row w active i m
            slope i m
            Array.Copy(m, 0, s, i * stride, size))

        s
