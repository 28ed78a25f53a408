/// What the sequence of saddles is computed with: leading eigenpairs and a minimiser. The simulator has others of its own.
module internal Qwem.Theory.SaddleSearch

open System
open System.Threading.Tasks
open MathNet.Numerics.LinearAlgebra

/// Eigenvalues, descending, and eigenvectors (rows) of a small symmetric matrix, row-major.
let small (matrix: float[]) size =
    let found =
        Matrix<float>.Build.Dense(size, size, Array.copy matrix).Evd Symmetricity.Symmetric

    let values = found.EigenValues |> Seq.map _.Real |> Array.ofSeq
    let order = Array.init size id |> Array.sortBy (fun k -> -values[k])
    order |> Array.map (Array.get values), order |> Array.map (fun k -> found.EigenVectors.Column(k).ToArray())

/// Squared singular values, descending, of rows of a stride.
let squares (w: float[]) rows stride =
    let gram =
        Array.init (rows * rows) (fun at -> Kernels.dot w (at / rows * stride) w (at % rows * stride) stride)

    fst (small gram rows)

/// Makes rows orthonormal, one after the other (Gram and Schmidt, twice); ln of the lengths that they had beside the earlier ones.
let orthonormalise (rows: float[]) count stride =
    Array.init count (fun k ->
        let mutable logarithm = 0.0

        for _ in 1..2 do
            for earlier in 0 .. k - 1 do
                let product = Kernels.dot rows (earlier * stride) rows (k * stride) stride
                Kernels.axpy -product rows (earlier * stride) rows (k * stride) stride

            let length = sqrt (Kernels.dot rows (k * stride) rows (k * stride) stride)
            logarithm <- logarithm + log length

            for j in k * stride .. k * stride + stride - 1 do
                rows[j] <- rows[j] / length

        logarithm)

/// Takes from rows what lies in the span of orthonormal ones.
let project (basis: float[]) size (rows: float[]) count stride =
    for k in 0 .. count - 1 do
        for _ in 1..2 do
            for b in 0 .. size - 1 do
                let product = Kernels.dot basis (b * stride) rows (k * stride) stride
                Kernels.axpy -product basis (b * stride) rows (k * stride) stride

/// The leading eigenpairs of a symmetric matrix (V rows of the stride) off the span of orthonormal rows: a Lanczos iteration with all its
/// vectors kept and made orthogonal anew, restarted with another vector wherever an invariant subspace is complete.
let leading (matrix: float[]) v stride (basis: float[]) basisSize count =
    let most = v - basisSize
    let vectors = ResizeArray<float[]>()
    let diagonal, off = ResizeArray<float>(), ResizeArray<float>()

    let times (x: float[]) =
        let y = Array.zeroCreate<float> stride

        if v <= 256 then
            for i in 0 .. v - 1 do
                y[i] <- Kernels.dot matrix (i * stride) x 0 stride
        else
            Parallel.For(0, v, fun i -> y[i] <- Kernels.dot matrix (i * stride) x 0 stride)
            |> ignore

        y

    let normalised (x: float[]) =
        for _ in 1..2 do
            project basis basisSize x 1 stride

            for earlier in vectors do
                let product = Kernels.dot earlier 0 x 0 stride
                Kernels.axpy -product earlier 0 x 0 stride

        let length = sqrt (Kernels.dot x 0 x 0 stride)
        length, x |> Array.map (fun value -> value / length)

    let fresh () =
        let x = Array.zeroCreate<float> stride
        CounterNormal.fill (CounterNormal.key 11UL vectors.Count v) x v
        snd (normalised x)

    let ritz () =
        let n = vectors.Count

        small
            (Array.init (n * n) (fun at ->
                match at / n, at % n with
                | i, j when i = j -> diagonal[i]
                | i, j when abs (i - j) = 1 -> off[min i j]
                | _ -> 0.0))
            n

    let scale =
        Array.fold (fun largest (x: float) -> max largest (abs x)) 0.0 matrix * float v

    let rec extend (next: float[]) =
        vectors.Add next
        let image = times next
        diagonal.Add(Kernels.dot next 0 image 0 stride)
        let length, direction = normalised image
        let n = vectors.Count
        let isComplete = not (length > 1e-14 * scale)
        off.Add(if isComplete then 0.0 else length)

        let isFound =
            n >= most
            || n % 10 = 0
               && n >= 2 * count
               && not isComplete
               && (let values, coordinates = ritz ()

                   Seq.init count (fun k -> length * abs (Array.last coordinates[k]))
                   |> Seq.forall (fun residual -> residual <= 1e-13 * abs values[0]))

        if not isFound then
            extend (if isComplete then fresh () else direction)

    extend (fresh ())
    let values, coordinates = ritz ()
    let found = min count most
    let pairs = Array.zeroCreate<float>(found * stride)

    for k in 0 .. found - 1 do
        for n in 0 .. vectors.Count - 1 do
            let share = coordinates[k][n]
            Kernels.axpy share vectors[n] 0 pairs (k * stride) stride

    Array.truncate found values, pairs

/// Minimises by L-BFGS with an Armijo and curvature search, in place; stops where the gradient's length is at most the goal, or nothing
/// falls any more. The function gives the value and writes the gradient.
let minimise (value: float[] -> float[] -> float) (x: float[]) goal iterations =
    let n = x.Length
    let memory = 30
    let pairs = ResizeArray<struct (float[] * float[] * float)>()
    let dot (a: float[]) (b: float[]) = Kernels.dot a 0 b 0 n
    let gradient = Array.zeroCreate<float> n
    let mutable current = value x gradient
    let mutable left = iterations
    let mutable isStuck = false
    // The least gradient so far, and when: after many steps without a smaller one, rounding is all that is left.
    let mutable least, since = infinity, 0

    let direction () =
        let d = gradient |> Array.map (~-)
        let shares = Array.zeroCreate<float> pairs.Count

        for k in pairs.Count - 1 .. -1 .. 0 do
            let struct (s, y, product) = pairs[k]
            shares[k] <- dot s d / product
            Kernels.axpy -shares[k] y 0 d 0 n

        if pairs.Count > 0 then
            let struct (_, y, product) = pairs[pairs.Count - 1]
            let factor = product / dot y y

            for i in 0 .. n - 1 do
                d[i] <- d[i] * factor

        for k in 0 .. pairs.Count - 1 do
            let struct (s, y, product) = pairs[k]
            Kernels.axpy (shares[k] - dot y d / product) s 0 d 0 n

        d

    while not isStuck && left > 0 && sqrt (dot gradient gradient) > goal && since < 100 do
        left <- left - 1
        let length = dot gradient gradient

        if length < least then
            least <- length
            since <- 0
        else
            since <- since + 1

        let d = direction ()
        let slope = dot gradient d
        let mutable low, high = 0.0, infinity

        let mutable step =
            if pairs.Count = 0 then min 1.0 (0.1 * sqrt (dot x x) / sqrt (dot d d)) else 1.0

        let trial, next = Array.zeroCreate<float> n, Array.zeroCreate<float> n
        let mutable searching = 40

        while searching > 0 do
            searching <- searching - 1
            Array.Copy(x, trial, n)
            Kernels.axpy step d 0 trial 0 n
            let found = value trial next

            // Where the value falls below its own rounding the slope decides.
            let isLow = found <= current + 1e-4 * step * slope + 1e-15 * abs current

            if not isLow || Double.IsNaN found then
                high <- step
            elif dot next d < 0.9 * slope then
                low <- step
            else
                let s = Array.map2 (-) trial x
                let y = Array.map2 (-) next gradient
                let product = dot s y

                if product > 0.0 then
                    if pairs.Count = memory then
                        pairs.RemoveAt 0

                    pairs.Add(struct (s, y, product))

                isStuck <- dot s s = 0.0
                Array.Copy(trial, x, n)
                Array.Copy(next, gradient, n)
                current <- found
                searching <- -1

            if searching >= 0 then
                step <- if Double.IsInfinity high then 2.0 * low else 0.5 * (low + high)

        if searching = 0 then
            if pairs.Count = 0 then isStuck <- true else pairs.Clear()

    current, sqrt (dot gradient gradient)
