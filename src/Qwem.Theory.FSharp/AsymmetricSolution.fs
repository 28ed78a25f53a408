namespace Qwem.Theory

open System
open Qwem.Theory.Hypothesis

/// <summary>The singular triples of a rectangular target M* = U diag(s) V', with complete bases.</summary>
/// <remarks>docs/derivations.md section 4.4. The caller brings the decomposition (there is no solver for it here) and Certify says what it is worth.
/// M* is m x n (words by contexts). The arrays are not copied: the caller hands them over and writes to them no more.</remarks>
[<Sealed>]
type TargetSingularSpectrum
    /// <summary>The triples.</summary>
    /// <param name="singularValues">s, length min(m, n), non-negative, descending.</param>
    /// <param name="leftVectors">m x m row-major; row k is u_k (rows beyond min(m, n) complete the basis).</param>
    /// <param name="rightVectors">n x n row-major; row k is v_k.</param>
    /// <exception cref="T:Qwem.Theory.HypothesisException">Shapes do not match, a value is not finite, negative, or out of order.</exception>
    (singularValues: float[], leftVectors: float[], rightVectors: float[]) =

    let side parameter (values: float[]) =
        let n = int (Math.Round(sqrt (float values.Length)))

        if n < 1 || n * n <> values.Length then
            broken
                "matching shapes"
                parameter
                $"{parameter} has {values.Length} entries; expected a square number (complete basis)"

        allFinite parameter values
        n

    let left = side "leftVectors" leftVectors
    let right = side "rightVectors" rightVectors

    do
        hasLength "singularValues" singularValues (min left right) "min(m, n)"

        for k in 0 .. singularValues.Length - 1 do
            nonNegative "non-negative singular values" $"singularValues[{k}]" singularValues[k]

        descending "singularValues" singularValues

    /// <summary>m, the number of rows of M*.</summary>
    member _.LeftSize = left

    /// <summary>n, the number of columns of M*.</summary>
    member _.RightSize = right

    /// <summary>s, length min(m, n), descending.</summary>
    /// <returns>A copy.</returns>
    member _.SingularValues() : float[] = Array.copy singularValues

    member internal _.Values = singularValues
    member internal _.Left = leftVectors
    member internal _.Right = rightVectors

    /// <summary>Measures whether these are the singular triples of the target.</summary>
    /// <remarks>Cost 2 m n min(m, n) + m^3 + n^3.</remarks>
    /// <param name="target">M*, m x n row-major.</param>
    /// <returns>max_k of ||M* v_k - s_k u_k|| and ||M*' u_k - s_k v_k||, relative to ||M*||_F (0 / 0 counts as 0; vectors that complete
    /// a basis count with s_k = 0), and the worst departure of either basis from orthonormality.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException"><paramref name="target"/> is not m x n or not finite.</exception>
    member _.Certify(target: float[]) : SpectrumCertificate =
        hasLength "target" target (left * right) "m * n"
        allFinite "target" target
        let leftStride = Kernels.padded left
        let rightStride = Kernels.padded right
        let m = Kernels.repack target right 0 left right rightStride
        let transposed = Kernels.transpose target right left right leftStride
        let u = Kernels.repack leftVectors left 0 left left leftStride
        let v = Kernels.repack rightVectors right 0 right right rightStride
        let norm = sqrt (Kernels.dot m 0 m 0 m.Length)

        // ||A x_k - s_k y_k|| over all rows k of x.
        let residual (a: float[]) size (x: float[]) stride count (y: float[]) yStride =
            let mutable worst = 0.0

            for k in 0 .. count - 1 do
                let mutable squares = 0.0

                for i in 0 .. size - 1 do
                    let expected =
                        if k < singularValues.Length then
                            singularValues[k] * y[k * yStride + i]
                        else
                            0.0

                    squares <- squares + (Kernels.dot a (i * stride) x (k * stride) stride - expected) ** 2.0

                worst <- max worst (sqrt squares)

            worst

        let orthogonality (x: float[]) stride count =
            let mutable worst = 0.0

            for k in 0 .. count - 1 do
                for l in 0..k do
                    let product = Kernels.dot x (k * stride) x (l * stride) stride
                    worst <- max worst (abs (product - (if k = l then 1.0 else 0.0)))

            worst

        let gap =
            max
                (residual m left v rightStride right u leftStride)
                (residual transposed right u leftStride left v rightStride)

        {
            Residual = (if gap = 0.0 then 0.0 else gap / norm)
            Orthogonality = max (orthogonality u leftStride left) (orthogonality v rightStride right)
        }

    member internal _.Content = singularValues, leftVectors, rightVectors

    /// <summary>Are all triples equal?</summary>
    override this.Equals other =
        match other with
        | :? TargetSingularSpectrum as x -> x.Content = this.Content
        | _ -> false

    /// <summary>Of the same.</summary>
    override this.GetHashCode() = hash this.Content

    /// <summary>Shape and leading singular values.</summary>
    override _.ToString() =
        $"singular spectrum, m x n = {left} x {right}: s = {Show.numbers singularValues}"

/// <summary>Both factors of the asymmetric model at one time, up to one common rotation from the left.</summary>
/// <remarks>docs/derivations.md section 4.4. Immutable. Equal when the lifted states are, and both factors.</remarks>
[<Sealed>]
type AsymmetricState
    internal (spectrum: TargetSingularSpectrum, rows: int, left: float[], right: float[], lifted: ExactState) =
    // left: W1 U (d x m), right: W2 V (d x n).
    let product (a: float[]) m (b: float[]) n =
        let strideA = Kernels.padded rows
        let ta = Kernels.transpose a m rows m strideA
        let tb = Kernels.transpose b n rows n strideA
        Array.init (m * n) (fun at -> Kernels.dot ta (at / n * strideA) tb (at % n * strideA) strideA)

    let expand (coefficients: float[]) (basis: float[]) n =
        Array.init (rows * n) (fun at ->
            let a, i = at / n, at % n
            let mutable total = 0.0

            for k in 0 .. n - 1 do
                total <- total + coefficients[a * n + k] * basis[k * n + i]

            total)

    /// <summary>kappa t of this state.</summary>
    member _.KappaTime = lifted.KappaTime

    /// <summary>d.</summary>
    member _.EmbeddingDimension = rows

    /// <summary>W1(t) U: the left factor in the target's left singular basis.</summary>
    /// <returns>d x m, column k for u_k; a copy.</returns>
    member _.LeftInSingularBasis() : Projection = Projection.Wrap(Array.copy left, rows)

    /// <summary>W2(t) V: the right factor in the target's right singular basis.</summary>
    /// <returns>d x n, column k for v_k; a copy.</returns>
    member _.RightInSingularBasis() : Projection = Projection.Wrap(Array.copy right, rows)

    /// <summary>W1(t), up to the rotation that W2(t) shares. Cost d m^2.</summary>
    /// <returns>d x m, one column per row of M*.</returns>
    member _.Left() : Embeddings =
        Embeddings.Wrap(expand left spectrum.Left spectrum.LeftSize, rows)

    /// <summary>W2(t), up to the rotation that W1(t) shares. Cost d n^2.</summary>
    /// <returns>d x n, one column per column of M*.</returns>
    member _.Right() : Embeddings =
        Embeddings.Wrap(expand right spectrum.Right spectrum.RightSize, rows)

    /// <summary>M(t) = W1(t)' W2(t), free of any rotation.</summary>
    /// <returns>A fresh array, m x n row-major.</returns>
    member this.Model() : float[] =
        product (this.Left().Values) spectrum.LeftSize (this.Right().Values) spectrum.RightSize

    /// <summary>U' M(t) V: diag(s) once everything is learned.</summary>
    /// <returns>A fresh array, m x n row-major.</returns>
    member _.ModelInSingularBasis() : float[] =
        product left spectrum.LeftSize right spectrum.RightSize

    /// <summary>Singular values of M(t), descending, length min(d, m, n): squares of those of either factor.</summary>
    /// <remarks>W1 W1' = W2 W2' throughout, so both factors have the singular values of the lifted embeddings over sqrt 2.</remarks>
    /// <returns>A fresh array.</returns>
    member _.ModelSingularValues() : float[] =
        lifted.SingularValues()
        |> Array.truncate (min rows (min spectrum.LeftSize spectrum.RightSize))
        |> Array.map (fun s -> s * s)

    /// <summary>||W1'W2 - M*||_F^2. Cost d m n; absolute accuracy d u times the sum of squared entries of model and target.</summary>
    /// <returns>The squared distance, non-negative.</returns>
    member this.Loss() : float =
        let n = spectrum.RightSize
        let s = spectrum.Values

        this.ModelInSingularBasis()
        |> Array.mapi (fun at m -> (if at / n = at % n then m - s[at % n] else m) ** 2.0)
        |> CorpusStatistics.Sum

    member internal _.Content = left, right, (lifted: ExactState)

    /// <summary>Are both factors and the lifted states equal?</summary>
    override this.Equals other =
        match other with
        | :? AsymmetricState as x -> x.Content = this.Content
        | _ -> false

    /// <summary>Of the same.</summary>
    override this.GetHashCode() = hash this.Content

    /// <summary>Shape and loss, and the lifted embeddings, whose singular values are sqrt 2 times smaller than either factor's.</summary>
    override this.ToString() =
        $"m x n = {spectrum.LeftSize} x {spectrum.RightSize}, ||M - M*||^2 = {Show.number (this.Loss())}; lifted: {lifted}"

/// <summary>Gradient flow of ||W1'W2 - M*||_F^2 from a balanced start, in closed form.</summary>
/// <remarks>
/// docs/derivations.md section 4.4 (beyond the paper). Loss g ||W1'W2 - M*||^2 at learning rate eta, kappa = 2 g eta (half of the symmetric
/// model's): dW1/dt = kappa W2 (M* - W1'W2)', dW2/dt = kappa W1 (M* - W1'W2). Shapes: W1 d x m, W2 d x n. W1 W1' - W2 W2' is conserved;
/// where it vanishes, W = [W1 W2] obeys dW/dt = kappa W (S - W'W / 2) with S = [[0, M*], [M*', 0]]: the flow of ExactSolution for
/// W / sqrt 2. S has eigenvalues +-s_k with eigenvectors (u_k, +-v_k) / sqrt 2 and zeros for the vectors that complete a basis, so the
/// projected start is (W1 u_k +- W2 v_k) / 2: "phi halved" costs no rounding. No small start, no alignment, any d up to m + n.
/// A start of rank below d keeps that rank only to rounding: what is left of it, about (m + n + d) u of the start, is learned like any
/// small start once it has grown by e^{kappa s t} (AsymmetricSolutionTests shows it by kappa t = 1000). Drop the surplus rows of such a start.
/// Cost: once d (m^2 + n^2) + 2 (m + n) d^2; per time 3 (m + n) d^2. Accuracy: that of ExactSolution.
/// </remarks>
[<Sealed>]
type AsymmetricSolution
    /// <summary>Prepares the flow.</summary>
    /// <param name="spectrum">The target's singular triples.</param>
    /// <param name="initialLeft">W1(0), d x m: one column per row of M*.</param>
    /// <param name="initialRight">W2(0), d x n: one column per column of M*, with W1 W1' = W2 W2' to rounding: Imbalance at most BalanceTolerance.</param>
    /// <exception cref="T:Qwem.Theory.HypothesisException">Shapes do not match, d exceeds m + n, or the start is not balanced.</exception>
    (spectrum: TargetSingularSpectrum, initialLeft: Embeddings, initialRight: Embeddings) =
    let m, n = spectrum.LeftSize, spectrum.RightSize
    let rows = initialLeft.Dimension

    do
        hasColumns "initialLeft" "rows of M*" rows initialLeft.VocabularySize m
        hasColumns "initialRight" "columns of M*" initialRight.Dimension initialRight.VocabularySize n

        if rows > m + n then
            broken "d <= m + n" "initialLeft" $"d = {rows}; allowed: at most m + n = {m + n}"

        let imbalance = AsymmetricSolution.Imbalance(initialLeft, initialRight)
        let tolerance = AsymmetricSolution.BalanceTolerance(rows, m, n)

        if not (imbalance <= tolerance) then
            broken
                "balanced start: W1 W1' = W2 W2'"
                "initialRight"
                $"||W1 W1' - W2 W2'||_F / (||W1||^2 + ||W2||^2) = {imbalance}; allowed: at most {tolerance}"

    let small = min m n

    // x u_k for every row x of a factor and every basis vector.
    let project (w: float[]) (basis: float[]) size =
        let stride = Kernels.padded size
        let x = Kernels.repack w size 0 rows size stride
        let b = Kernels.repack basis size 0 size size stride
        Array.init (rows * size) (fun at -> Kernels.dot x (at / size * stride) b (at % size * stride) stride)

    // Lifted mode j: +s_j, then the completing vectors (eigenvalue 0), then -s in reverse.
    let surplus = m + n - 2 * small
    let root = sqrt 0.5

    let lifted =
        let a = project initialLeft.Values spectrum.Left m
        let b = project initialRight.Values spectrum.Right n
        let size = m + n
        let s = spectrum.Values

        let eigenvalues =
            Array.concat [ s; Array.zeroCreate<float> surplus; Array.rev (Array.map (fun x -> -x) s) ]

        let initial =
            Array.init (rows * size) (fun at ->
                let row, j = at / size, at % size

                if j < small then
                    0.5 * (a[row * m + j] + b[row * n + j])
                elif j < small + surplus then
                    root * (if m > n then a[row * m + j] else b[row * n + j])
                else
                    let k = size - 1 - j
                    0.5 * (a[row * m + k] - b[row * n + k]))

        ExactSolution(eigenvalues, Projection.Wrap(initial, rows))

    /// <summary>How far a start is from balance: ||W1 W1' - W2 W2'||_F / (||W1||_F^2 + ||W2||_F^2).</summary>
    /// <remarks>Between 0 and 1, invariant under scaling and rotation; 0 for two vanishing factors. Conserved up to the denominator.</remarks>
    /// <param name="left">W1, d x m.</param>
    /// <param name="right">W2, d x n.</param>
    /// <returns>The relative imbalance.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">The dimensions differ.</exception>
    static member Imbalance(left: Embeddings, right: Embeddings) : float =
        let rows = left.Dimension

        if right.Dimension <> rows then
            broken
                "matching shapes"
                "right"
                $"right has {right.Dimension} dimensions; expected d = {rows}, as many as left"

        let left, right = left.Values, right.Values

        let top =
            max (Kernels.largest left 0 left.Length) (Kernels.largest right 0 right.Length)

        if top = 0.0 then
            0.0
        else
            let exponent = -(Kernels.exponentOf top)

            let prepare (w: float[]) =
                let n = w.Length / rows
                let stride = Kernels.padded n
                let x = Kernels.repack w n 0 rows n stride
                Kernels.scale exponent x 0 x.Length
                struct (x, stride)

            let struct (x, xStride) = prepare left
            let struct (y, yStride) = prepare right
            let mutable squares = 0.0
            let mutable mass = 0.0

            for a in 0 .. rows - 1 do
                for b in 0 .. rows - 1 do
                    let p = Kernels.dot x (a * xStride) x (b * xStride) xStride
                    let q = Kernels.dot y (a * yStride) y (b * yStride) yStride
                    squares <- squares + (p - q) ** 2.0

                    if a = b then
                        mass <- mass + p + q

            sqrt squares / mass

    /// <summary>The imbalance that rounding alone explains: 16 (m + n + d) u.</summary>
    /// <param name="embeddingDimension">d.</param>
    /// <param name="leftSize">m.</param>
    /// <param name="rightSize">n.</param>
    /// <returns>The largest relative imbalance that the constructor accepts.</returns>
    static member BalanceTolerance(embeddingDimension: int, leftSize: int, rightSize: int) : float =
        16.0 * float (leftSize + rightSize + embeddingDimension) * Kernels.unitRoundoff

    /// <summary>d.</summary>
    member _.EmbeddingDimension = rows

    /// <summary>The target's singular triples.</summary>
    member _.Spectrum = spectrum

    /// <summary>The state at a time.</summary>
    /// <param name="kappaTime">kappa t, non-negative and finite, kappa = 2 g eta.</param>
    /// <returns>The state.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException"><paramref name="kappaTime"/> is negative or not finite.</exception>
    member _.At(kappaTime: float<kappaTime>) : AsymmetricState =
        let state = lifted.At kappaTime
        let r = state.EmbeddingsInEigenbasis().Values
        let size = m + n
        // sqrt 2 of W = sqrt 2 W~ against 1 / sqrt 2 of the eigenvectors; completing vectors have no such factor.
        let left = Array.zeroCreate<float>(rows * m)
        let right = Array.zeroCreate<float>(rows * n)

        for a in 0 .. rows - 1 do
            for k in 0 .. small - 1 do
                let plus = r[a * size + k]
                let minus = r[a * size + size - 1 - k]
                left[a * m + k] <- plus + minus
                right[a * n + k] <- plus - minus

            for k in small .. small + surplus - 1 do
                let value = sqrt 2.0 * r[a * size + k]

                if m > n then left[a * m + k] <- value else right[a * n + k] <- value

        AsymmetricState(spectrum, rows, left, right, state)

    /// <summary>Shape and leading singular values.</summary>
    override _.ToString() =
        $"exact flow of both factors, d = {rows}, {spectrum}"
