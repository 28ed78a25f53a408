/// Dense kernels of the exact solution: Householder and triangular steps whose sums have one order on every machine.
/// Eight lanes in two 256-bit halves with fused multiply-add; rows are padded with zeros to multiples of eight.
module internal Qwem.Theory.Kernels

open System
open System.Numerics
open System.Runtime.CompilerServices
open System.Runtime.InteropServices
open System.Runtime.Intrinsics

/// The unit roundoff, 2^-53.
let unitRoundoff = Math.ScaleB(1.0, -53)

/// 1 - e^-x for x >= 0, to a few u. Neither the base library nor MathNet.Numerics 5.0 offers it: Double.ExpM1 is exp(x) - 1,
/// and SpecialFunctions.Expm1 has a relative error of 1.3e-7 at x = -0.063. tanh(x/2) (1 + e^-x) has no cancellation.
let complement (x: float) = tanh (0.5 * x) * (1.0 + exp -x)

/// ln(1 + x) for x > -1, to a few u: ln(w) x / (w - 1) with w the rounded 1 + x, whose rounding error cancels.
let log1p (x: float) =
    let w = 1.0 + x
    if w = 1.0 then x else log w * x / (w - 1.0)

/// The next multiple of eight.
let padded n = (n + 7) &&& ~~~7

/// The multiple of eight at or below n.
let aligned n = n &&& ~~~7

let inline private load (p: byref<float>) (i: int) = Vector256.LoadUnsafe(&p, unativeint i)

let inline private fma (x: Vector256<float>) y z = Vector256.FusedMultiplyAdd(x, y, z)

/// The eight lanes, added in one fixed order.
let inline private reduce (low: Vector256<float>) (high: Vector256<float>) =
    let s = Vector256.Add(low, high)
    (s.GetElement 0 + s.GetElement 2) + (s.GetElement 1 + s.GetElement 3)

/// Inner product of n (a multiple of eight) numbers of x from i and of y from j.
[<MethodImpl(MethodImplOptions.AggressiveOptimization)>]
let dot (x: float[]) (i: int) (y: float[]) (j: int) (n: int) =
    let px = &MemoryMarshal.GetArrayDataReference x
    let py = &MemoryMarshal.GetArrayDataReference y
    let mutable low = Vector256<float>.Zero
    let mutable high = Vector256<float>.Zero
    let mutable k = 0

    while k < n do
        low <- fma (load &px (i + k)) (load &py (j + k)) low
        high <- fma (load &px (i + k + 4)) (load &py (j + k + 4)) high
        k <- k + 8

    reduce low high

/// y += a x over n (a multiple of eight) numbers.
[<MethodImpl(MethodImplOptions.AggressiveOptimization)>]
let axpy (a: float) (x: float[]) (i: int) (y: float[]) (j: int) (n: int) =
    let px = &MemoryMarshal.GetArrayDataReference x
    let py = &MemoryMarshal.GetArrayDataReference y
    let va = Vector256.Create a
    let mutable k = 0

    while k < n do
        let r0 = fma va (load &px (i + k)) (load &py (j + k))
        let r1 = fma va (load &px (i + k + 4)) (load &py (j + k + 4))
        Vector256.StoreUnsafe(r0, &py, unativeint (j + k))
        Vector256.StoreUnsafe(r1, &py, unativeint (j + k + 4))
        k <- k + 8

/// Inner products of x with four rows of y, `stride` apart; each has the bits that `dot` would give.
[<MethodImpl(MethodImplOptions.AggressiveOptimization)>]
let dot4 (x: float[]) (i: int) (y: float[]) (j: int) (stride: int) (n: int) (results: float[]) =
    let px = &MemoryMarshal.GetArrayDataReference x
    let py = &MemoryMarshal.GetArrayDataReference y
    let j1 = j + stride
    let j2 = j1 + stride
    let j3 = j2 + stride
    let mutable a0 = Vector256<float>.Zero
    let mutable a1 = Vector256<float>.Zero
    let mutable b0 = Vector256<float>.Zero
    let mutable b1 = Vector256<float>.Zero
    let mutable c0 = Vector256<float>.Zero
    let mutable c1 = Vector256<float>.Zero
    let mutable d0 = Vector256<float>.Zero
    let mutable d1 = Vector256<float>.Zero
    let mutable k = 0

    while k < n do
        let x0 = load &px (i + k)
        let x1 = load &px (i + k + 4)
        a0 <- fma x0 (load &py (j + k)) a0
        a1 <- fma x1 (load &py (j + k + 4)) a1
        b0 <- fma x0 (load &py (j1 + k)) b0
        b1 <- fma x1 (load &py (j1 + k + 4)) b1
        c0 <- fma x0 (load &py (j2 + k)) c0
        c1 <- fma x1 (load &py (j2 + k + 4)) c1
        d0 <- fma x0 (load &py (j3 + k)) d0
        d1 <- fma x1 (load &py (j3 + k + 4)) d1
        k <- k + 8

    results[0] <- reduce a0 a1
    results[1] <- reduce b0 b1
    results[2] <- reduce c0 c1
    results[3] <- reduce d0 d1

/// Four rows of y, `stride` apart, += a_r x.
[<MethodImpl(MethodImplOptions.AggressiveOptimization)>]
let axpy4 (a: float[]) (x: float[]) (i: int) (y: float[]) (j: int) (stride: int) (n: int) =
    let px = &MemoryMarshal.GetArrayDataReference x
    let py = &MemoryMarshal.GetArrayDataReference y
    let j1 = j + stride
    let j2 = j1 + stride
    let j3 = j2 + stride
    let a0 = Vector256.Create a[0]
    let a1 = Vector256.Create a[1]
    let a2 = Vector256.Create a[2]
    let a3 = Vector256.Create a[3]
    let mutable k = 0

    while k < n do
        let v = load &px (i + k)
        Vector256.StoreUnsafe(fma a0 v (load &py (j + k)), &py, unativeint (j + k))
        Vector256.StoreUnsafe(fma a1 v (load &py (j1 + k)), &py, unativeint (j1 + k))
        Vector256.StoreUnsafe(fma a2 v (load &py (j2 + k)), &py, unativeint (j2 + k))
        Vector256.StoreUnsafe(fma a3 v (load &py (j3 + k)), &py, unativeint (j3 + k))
        k <- k + 4

/// Row x <- c x - s y and row y <- s x + c y.
[<MethodImpl(MethodImplOptions.AggressiveOptimization)>]
let rotate (c: float) (s: float) (x: float[]) (i: int) (y: float[]) (j: int) (n: int) =
    let px = &MemoryMarshal.GetArrayDataReference x
    let py = &MemoryMarshal.GetArrayDataReference y
    let vc = Vector256.Create c
    let vs = Vector256.Create s
    let mutable k = 0

    while k < n do
        let vx = load &px (i + k)
        let vy = load &py (j + k)
        Vector256.StoreUnsafe(fma vc vx (Vector256.Negate(Vector256.Multiply(vs, vy))), &px, unativeint (i + k))
        Vector256.StoreUnsafe(fma vs vx (Vector256.Multiply(vc, vy)), &py, unativeint (j + k))
        k <- k + 4

/// The largest magnitude among n numbers.
let largest (x: float[]) (i: int) (n: int) =
    let mutable m = 0.0

    for k in i .. i + n - 1 do
        m <- max m (abs x[k])

    m

/// The power of two that brings a positive magnitude into [1, 2); one for zero.
let exponentOf (magnitude: float) =
    if magnitude = 0.0 then 0 else Math.ILogB magnitude

/// x <- 2^e x over n numbers; exact unless the result is subnormal.
let scale (e: int) (x: float[]) (i: int) (n: int) =
    if e <> 0 then
        if abs e <= 1000 then
            let factor = Math.ScaleB(1.0, e)

            for k in i .. i + n - 1 do
                x[k] <- x[k] * factor
        else
            for k in i .. i + n - 1 do
                x[k] <- Math.ScaleB(x[k], e)

/// Copies the n columns of `rows` rows into rows of another width, starting at column `from`.
let repack (source: float[]) (sourceStride: int) (from: int) (rows: int) (n: int) (stride: int) =
    let result = Array.zeroCreate<float>(rows * stride)

    for a in 0 .. rows - 1 do
        Array.Copy(source, a * sourceStride + from, result, a * stride, n)

    result

/// The matrix whose rows are the columns of the given one (padded strides).
let transpose (source: float[]) (sourceStride: int) (rows: int) (columns: int) (stride: int) =
    let result = Array.zeroCreate<float>(columns * stride)

    for block in 0..32 .. columns - 1 do
        for a in 0 .. rows - 1 do
            for k in block .. min (block + 31) (columns - 1) do
                result[k * stride + a] <- source[a * sourceStride + k]

    result

/// Row-echelon factor R of C = Q R by Householder reflections, column by column, and the column of each row's pivot.
/// C comes as its transpose (columns x padded rows) and is overwritten by the transpose of R. A subcolumn at rounding
/// level, at most (rows + 8) u times its column, is zero: it is no larger than what the reflections leave behind.
let echelon (c: float[]) (rows: int) (columns: int) : int[] =
    let stride = padded rows
    let reflectors = Array.zeroCreate<float>(rows * stride)
    let scaling = Array.zeroCreate<float> rows // tau: H = I - tau v v'
    let reflecting = Array.zeroCreate<bool> rows
    let pivots = ResizeArray<int>()
    let products = Array.zeroCreate<float> 4

    let applyTo (j: int) =
        for k in 0 .. pivots.Count - 1 do
            if reflecting[k] then
                let from = aligned k
                let w = dot reflectors (k * stride + from) c (j * stride + from) (stride - from)
                axpy (-scaling[k] * w) reflectors (k * stride + from) c (j * stride + from) (stride - from)

    let form (j: int) (norm: float) =
        let r = pivots.Count
        let at = j * stride

        let below =
            let mutable any = false

            for a in r + 1 .. rows - 1 do
                any <- any || c[at + a] <> 0.0

            any

        if below then
            let m = largest c (at + r) (rows - r)
            let mutable squares = 0.0

            for a in r .. rows - 1 do
                let v = c[at + a] / m
                squares <- Math.FusedMultiplyAdd(v, v, squares)

            let length = sqrt squares

            if m * length <= float (rows + 8) * unitRoundoff * norm then
                Array.Clear(c, at + r, rows - r)
            else
                let v = reflectors.AsSpan(r * stride, stride)

                for a in r .. rows - 1 do
                    v[a] <- c[at + a] / m

                let sign = if v[r] < 0.0 then -1.0 else 1.0
                v[r] <- v[r] + sign * length
                scaling[r] <- 1.0 / (length * abs v[r])
                reflecting[r] <- true
                c[at + r] <- -sign * m * length
                Array.Clear(c, at + r + 1, rows - r - 1)
                pivots.Add j
        elif c[at + r] <> 0.0 then
            pivots.Add j

    let mutable j = 0

    while j < columns && pivots.Count < rows do
        let m = largest c (j * stride) rows
        let mutable squares = 0.0

        if m > 0.0 then
            for a in 0 .. rows - 1 do
                squares <- squares + (c[j * stride + a] / m) ** 2.0

        applyTo j
        form j (m * sqrt squares)
        j <- j + 1

    while j + 4 <= columns do
        for k in 0 .. rows - 1 do
            if reflecting[k] then
                let from = aligned k
                let n = stride - from
                dot4 reflectors (k * stride + from) c (j * stride + from) stride n products

                for r in 0..3 do
                    products[r] <- -scaling[k] * products[r]

                axpy4 products reflectors (k * stride + from) c (j * stride + from) stride n

        j <- j + 4

    while j < columns do
        applyTo j
        j <- j + 1

    // A positive pivot in every row: R is then unique.
    for k in 0 .. pivots.Count - 1 do
        if c[pivots[k] * stride + k] < 0.0 then
            for column in pivots[k] .. columns - 1 do
                c[column * stride + k] <- -c[column * stride + k]

    pivots.ToArray()

/// Orthogonal transformations from the right that compress [U | B] to [U' | 0], U and U' upper triangular (rows x rows).
/// U's diagonal must be non-negative; U'’s is. Row k of B is zero before column start[k] (a multiple of eight,
/// non-decreasing), and B is overwritten by the reflectors. Each row's backward error is relative to that row's own norm.
let compress (rows: int) (u: float[]) (uStride: int) (b: float[]) (stride: int) (start: int[]) =
    let norm = Array.zeroCreate<float> rows
    let head = Array.zeroCreate<float> rows // zero: no reflection
    let products = Array.zeroCreate<float> 4

    // With H = I - tau v v', v = (head, x), tau = 1/(norm head): the new entry of column k, its sign turned so that the
    // diagonal stays non-negative, and the multiple of x that leaves the row of B.
    let entry k (old: float) (product: float) =
        let w = (old * head[k] + product) / norm[k]
        struct (w - old, -w / head[k])

    let form k =
        let x0 = u[k * uStride + k]
        let n = stride - start[k]
        let squares = dot b (k * stride + start[k]) b (k * stride + start[k]) n

        if squares > 0.0 then
            norm[k] <- sqrt (Math.FusedMultiplyAdd(x0, x0, squares))
            head[k] <- x0 + norm[k]
            u[k * uStride + k] <- norm[k]

    let mutable high = rows - 1

    while high >= 0 do
        let low = max 0 (high - 3)

        for k in rows - 1 .. -1 .. high + 1 do
            if head[k] > 0.0 then
                let from = start[k]

                if high - low = 3 then
                    dot4 b (k * stride + from) b (low * stride + from) stride (stride - from) products

                    for r in 0..3 do
                        let at = (low + r) * uStride + k
                        let struct (value, multiple) = entry k u[at] products[r]
                        u[at] <- value
                        products[r] <- multiple

                    axpy4 products b (k * stride + from) b (low * stride + from) stride (stride - from)
                else
                    for i in low..high do
                        let product = dot b (k * stride + from) b (i * stride + from) (stride - from)
                        let struct (value, multiple) = entry k u[i * uStride + k] product
                        u[i * uStride + k] <- value
                        axpy multiple b (k * stride + from) b (i * stride + from) (stride - from)

        for k in high .. -1 .. low do
            form k

            if head[k] > 0.0 then
                let from = start[k]

                for i in low .. k - 1 do
                    let product = dot b (k * stride + from) b (i * stride + from) (stride - from)
                    let struct (value, multiple) = entry k u[i * uStride + k] product
                    u[i * uStride + k] <- value
                    axpy multiple b (k * stride + from) b (i * stride + from) (stride - from)

        high <- low - 1

/// Y <- U^-1 Y by back substitution, U upper triangular with positive diagonal; row k of Y is zero before start[k].
let solveUpper (rows: int) (u: float[]) (uStride: int) (y: float[]) (stride: int) (start: int[]) =
    let products = Array.zeroCreate<float> 4
    let mutable high = rows - 1

    while high >= 0 do
        let low = max 0 (high - 3)

        for k in rows - 1 .. -1 .. high + 1 do
            let from = start[k]

            if high - low = 3 then
                for r in 0..3 do
                    products[r] <- -u[(low + r) * uStride + k]

                axpy4 products y (k * stride + from) y (low * stride + from) stride (stride - from)
            else
                for i in low..high do
                    axpy -u[i * uStride + k] y (k * stride + from) y (i * stride + from) (stride - from)

        for k in high .. -1 .. low do
            let diagonal = u[k * uStride + k]
            let from = start[k]

            for j in k * stride + from .. k * stride + stride - 1 do
                y[j] <- y[j] / diagonal

            for i in low .. k - 1 do
                axpy -u[i * uStride + k] y (k * stride + from) y (i * stride + from) (stride - from)

        high <- low - 1

/// Rotates the rows of T (rows x stride) until they are orthogonal, and the rows of `companion` with them (may be empty).
/// Returns the row norms: the singular values, in no particular order. One-sided Jacobi: high relative accuracy whenever
/// T = diag x (well-conditioned), however far the norms are apart (squares must neither overflow nor underflow).
let orthogonaliseRows (rows: int) (t: float[]) (stride: int) (companion: float[]) (companionStride: int) : float[] =
    let squares = Array.init rows (fun k -> dot t (k * stride) t (k * stride) stride)

    let order = Array.init rows id
    let tolerance = 2.0 * unitRoundoff * sqrt (float rows)
    let mutable sweep = 0
    let mutable rotated = true

    while rotated && sweep < 60 do
        rotated <- false
        sweep <- sweep + 1
        Array.Sort(Array.map (fun k -> -squares[k]) order, order)

        for i in 0 .. rows - 2 do
            for j in i + 1 .. rows - 1 do
                let p = order[i]
                let q = order[j]
                let a = squares[p]
                let b = squares[q]

                if a > 0.0 && b > 0.0 then
                    let g = dot t (p * stride) t (q * stride) stride

                    if abs g > tolerance * sqrt a * sqrt b then
                        rotated <- true
                        let zeta = (b - a) / (2.0 * g)

                        let tangent =
                            let magnitude = 1.0 / (abs zeta + sqrt (1.0 + zeta * zeta))
                            if zeta < 0.0 then -magnitude else magnitude

                        let c = 1.0 / sqrt (1.0 + tangent * tangent)
                        let s = c * tangent
                        rotate c s t (p * stride) t (q * stride) stride
                        squares[p] <- dot t (p * stride) t (p * stride) stride
                        squares[q] <- dot t (q * stride) t (q * stride) stride

                        if companion.Length > 0 then
                            rotate c s companion (p * companionStride) companion (q * companionStride) companionStride

    Array.map sqrt squares
