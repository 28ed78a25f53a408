/// Dense kernels of the exact solution, whose sums have one order on every machine: eight lanes in two 256-bit halves with fused
/// multiply-add; rows are padded with zeros to multiples of eight.
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
