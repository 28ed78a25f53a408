/// Factorisations of the exact solution: Householder, triangular and Jacobi steps made of the kernels, hence with their bits.
module internal Qwem.Theory.Factorisations

open System
open Qwem.Theory.Kernels

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
        let rounding = float (rows + 8) * unitRoundoff * norm

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

            if m * length <= rounding then
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
        elif abs c[at + r] <= rounding && Array.contains true reflecting then
            // A single entry, the last row's or above zeros: what reflections left of a column. Without any it is the caller's, however small.
            c[at + r] <- 0.0
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
