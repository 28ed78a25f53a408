namespace Qwem.Theory

open System
open System.Threading
open Qwem.Theory.Hypothesis

/// <summary>The embeddings at one time, in the target's eigenbasis.</summary>
/// <remarks>docs/derivations.md section 4.2. Immutable and safe to share between threads; singular values and overlaps are computed on first use.
/// Equal when the eigenvalues, the time and R(t) are.</remarks>
[<Sealed>]
type ExactState
    internal (eigenvalues: float[], rows: int, stride: int, w: float[], rank: int, kappaTime: float<kappaTime>) =
    // w: R(t), rows x stride, upper trapezoidal in echelon form; rows from `rank` on are zero.
    let size = eigenvalues.Length
    let head = Kernels.padded rows

    // The d x d triangle of W = [T 0] Q (row k times 2^-exponents[k]), and the leading d columns of W scaled likewise.
    let triangle () =
        let tailStride = Kernels.padded (size - rows)
        let triangle = Kernels.repack w stride 0 rows rows head
        let tail = Kernels.repack w stride rows rows (size - rows) tailStride

        let exponents =
            Array.init rows (fun k ->
                let e = Kernels.exponentOf (Kernels.largest w (k * stride) stride)
                Kernels.scale -e triangle (k * head) head
                Kernels.scale -e tail (k * tailStride) tailStride
                e)

        let leading = Array.copy triangle
        Factorisations.compress rows triangle head tail tailStride (Array.zeroCreate rows)
        struct (triangle, leading, exponents)

    // Rows keep their scales up to one common power of two that leaves room for the squares of small and large rows.
    let decompose withVectors =
        let struct (t, leading, exponents) = triangle ()
        let top = if rank = 0 then 0 else Array.max exponents[.. rank - 1]
        let room = 400

        for k in 0 .. rows - 1 do
            Kernels.scale (exponents[k] - top + room) t (k * head) head
            Kernels.scale (exponents[k] - top + room) leading (k * head) head

        let norms =
            Factorisations.orthogonaliseRows rows t head (if withVectors then leading else [||]) head

        struct (norms, leading, top - room)

    let singularValues =
        Lazy<float[]>(
            (fun () ->
                let struct (norms, _, exponent) = decompose false
                Array.sortDescending (Array.map (fun s -> Math.ScaleB(s, exponent)) norms)),
            LazyThreadSafetyMode.ExecutionAndPublication
        )

    // overlaps[k - 1] = (1/k) sum over the k leading right singular vectors and the k leading eigenvectors.
    let overlaps =
        Lazy<float[]>(
            (fun () ->
                let struct (norms, leading, _) = decompose true
                let order = Array.init rows id
                Array.Sort(Array.map (fun s -> -s) norms, order)

                let squared l j =
                    let s = norms[order[l]]
                    if s = 0.0 then 0.0 else (leading[order[l] * head + j] / s) ** 2.0

                let mutable total = 0.0

                Array.init rows (fun k ->
                    // From the k x k block to the next: one new row, one new column.
                    for j in 0..k do
                        total <- total + squared k j

                    for l in 0 .. k - 1 do
                        total <- total + squared l k

                    total / float (k + 1))),
            LazyThreadSafetyMode.ExecutionAndPublication
        )

    let loss (beyond: float) =
        // Blocks of M - Lambda between the leading d modes (1) and the others (2).
        let tailStride = Kernels.padded (size - rows)
        let first = Kernels.repack w stride 0 rows rows head
        let second = Kernels.repack w stride rows rows (size - rows) tailStride
        let columns = Kernels.transpose first head rows rows head
        let mutable total = 0.0

        for i in 0 .. rows - 1 do
            for j in 0..i do
                let m = Kernels.dot columns (i * head) columns (j * head) head

                if i = j then
                    total <- total + (m - eigenvalues[i]) ** 2.0
                else
                    total <- total + 2.0 * m * m

        let mutable coupling = 0.0

        for a in 0 .. rows - 1 do
            for b in 0..a do
                let g2 = Kernels.dot second (a * tailStride) second (b * tailStride) tailStride

                let g1 = Kernels.dot first (a * head) first (b * head) head
                let times = if a = b then 1.0 else 2.0
                coupling <- coupling + times * g2 * (g2 + 2.0 * g1)

        let lambda = Array.zeroCreate<float> tailStride
        Array.Copy(eigenvalues, rows, lambda, 0, size - rows)
        let mutable explained = 0.0

        for a in 0 .. rows - 1 do
            for k in 0 .. size - rows - 1 do
                let c = second[a * tailStride + k]
                explained <- explained + lambda[k] * c * c

        // Never below 0 by rounding.
        max
            0.0
            (total
             + (coupling - 2.0 * explained + (Kernels.dot lambda 0 lambda 0 tailStride + beyond)))

    /// <summary>kappa t of this state.</summary>
    member _.KappaTime = kappaTime

    /// <summary>V.</summary>
    member _.VocabularySize = size

    /// <summary>d.</summary>
    member _.EmbeddingDimension = rows

    /// <summary>W(t) V* up to a rotation from the left: R(t), upper trapezoidal with non-negative pivots.</summary>
    /// <remarks>The triangular factor of the QR decomposition of W(t) V* (v1 Appendix D.2; docs/derivations.md sections 4.2 and 6), hence the
    /// model is V* R' R V*'. Backward stable row by row, so small modes keep their own relative accuracy.</remarks>
    /// <returns>R(t), d x V; a copy.</returns>
    member _.EmbeddingsInEigenbasis() : Projection =
        Projection.Wrap(Kernels.repack w stride 0 rows size size, rows)

    /// <summary>W(t) up to a rotation from the left: R(t) V*'. Cost 2 d V^2.</summary>
    /// <param name="spectrum">The target's eigenpairs, whose eigenvalues this state has.</param>
    /// <returns>W(t), d x V.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">The spectrum has other eigenvalues.</exception>
    member this.Embeddings(spectrum: TargetSpectrum) : Embeddings =
        if spectrum.Values <> eigenvalues then
            broken
                "the target of this state"
                "spectrum"
                $"spectrum has eigenvalues {Show.numbers spectrum.Values}; expected {Show.numbers eigenvalues}"

        spectrum.Expand(this.EmbeddingsInEigenbasis())

    /// <summary>R_kk(t)^2, k = 1..d: the variances that theory (b) of docs/derivations.md section 4.3 predicts mode by mode.</summary>
    /// <returns>A fresh array of length d.</returns>
    member _.RDiagonalSquared() : float[] =
        Array.init rows (fun k -> w[k * stride + k] ** 2.0)

    /// <summary>Singular values of W(t), descending, length d.</summary>
    /// <remarks>Orthogonal reduction to a triangle and one-sided Jacobi; nothing is squared, so values 1e-16 below the largest keep
    /// their digits. Down to about 1e-265 of the largest; below that they may lose digits or vanish. Cost 2 V d^2 + O(d^3).</remarks>
    /// <returns>A fresh array.</returns>
    member _.SingularValues() : float[] = Array.copy singularValues.Value

    /// <summary>Overlap of the leading k right singular vectors of W(t) with the leading k eigenvectors: (1/k) ||V_k(t)' V*_k||_F^2.</summary>
    /// <remarks>v1 Theorem 4.3 (O(t)) and Appendix D.2; docs/derivations.md section 4.2. Between 0 and 1. A vanishing singular value has no
    /// direction and counts as no overlap; where singular values or eigenvalues k and k+1 coincide the number depends on the basis.</remarks>
    /// <param name="k">Dimension of both subspaces, 1 to d.</param>
    /// <returns>The overlap.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException"><paramref name="k"/> is not between 1 and d.</exception>
    member _.SubspaceOverlap(k: int) : float =
        if k < 1 || k > rows then
            broken "a subspace of the embedding" "k" $"k = {k}; allowed: 1 to d = {rows}"

        overlaps.Value[k - 1]

    /// <summary>SubspaceOverlap(k) for k = 1..d.</summary>
    /// <returns>A fresh array of length d; entry k - 1 belongs to k.</returns>
    member _.EigenspaceOverlaps() : float[] = Array.copy overlaps.Value

    /// <summary>||M(t) - M*||_F^2.</summary>
    /// <remarks>
    /// In blocks: with modes 1..d as block 1, ||M_11 - Lambda_1||^2 and 2 ||M_12||^2 are summed entry by entry or as positive
    /// terms, and only ||M_22||^2 - 2 tr(M_22 Lambda_2) + ||Lambda_2||^2 subtracts. Absolute accuracy: about d u times
    /// (sum over i,j of (m_ij + lambda_i delta_ij) |m_ij - lambda_i delta_ij|, block 1) + V u (||Lambda_2||^2 + ||M_22||^2): relative to
    /// what no rank-d model can remove. Cost V d^2 + d^3.
    /// </remarks>
    /// <param name="squaredFrobeniusNormOfTarget">||M*||_F^2; what it exceeds the sum of the squared eigenvalues by is added.</param>
    /// <returns>The squared distance, non-negative.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">The norm is negative, not finite, or below the sum of the squared
    /// eigenvalues by more than 1e-9 of it.</exception>
    member _.Loss(squaredFrobeniusNormOfTarget: float) : float =
        nonNegative "a squared norm" "squaredFrobeniusNormOfTarget" squaredFrobeniusNormOfTarget
        let spectral = Array.sumBy (fun l -> l * l) eigenvalues
        let beyond = squaredFrobeniusNormOfTarget - spectral

        if beyond < -1e-9 * spectral then
            broken
                "||M*||_F^2 = sum of squared eigenvalues"
                "squaredFrobeniusNormOfTarget"
                $"squaredFrobeniusNormOfTarget = {squaredFrobeniusNormOfTarget}; allowed: at least {spectral}"

        loss beyond

    /// <summary>||M(t) - M*||_F^2 with ||M*||_F^2 the sum of the squared eigenvalues.</summary>
    /// <returns>The squared distance, non-negative.</returns>
    member _.Loss() : float = loss 0.0

    member internal _.Content = kappaTime, rows, eigenvalues, w

    /// <summary>Are eigenvalues, time and R(t) equal?</summary>
    override this.Equals other =
        match other with
        | :? ExactState as x -> x.Content = this.Content
        | _ -> false

    /// <summary>Of the same.</summary>
    override this.GetHashCode() = hash this.Content

    /// <summary>Time, shape, singular values and loss; R's diagonal for the singular values where d exceeds 300 and they are not known yet.</summary>
    override this.ToString() =
        let values =
            if rows <= 300 || singularValues.IsValueCreated then
                $"s = {Show.numbers singularValues.Value}"
            else
                $"R_kk^2 = {Show.numbers (this.RDiagonalSquared())}"

        $"kappa t = {Show.number (float kappaTime)}, d x V = {rows} x {size}: {values}; ||M - M*||^2 = {Show.number (this.Loss())}"

/// <summary>Gradient flow under constant weight from any initialisation, in closed form.</summary>
/// <remarks>
/// docs/derivations.md section 4.2 (beyond the paper, whose Theorem 4.3 needs an aligned start). dW/dt = kappa W (M* - W'W). With C = W(0) V*,
/// phi_k = (e^{2 kappa lambda_k t} - 1) / lambda_k and N = I + sum_k phi_k c_k c_k':
/// M(t) = V* Y' N^-1 Y V*', Y = C diag(e^{kappa lambda_k t}). No alignment, no small initialisation, no approximation.
/// Evaluation: C = Q R once (row echelon, positive pivots; row k starts at column p_k). Multiplying Y and N's factor
/// A = [I, C diag(phi^1/2)] from the left by D^-1 Q', D = diag(e^{kappa max(lambda_{p_k}, 0) t}), changes nothing in M, and
/// leaves only exponents &lt;= 0 also when lambda_{p_k} &lt;= 0. A = U Q'' by reflections from the right, U upper triangular, so
/// R(t) = U^-1 D^-1 R diag(e^{kappa lambda t}) is again upper trapezoidal. Each row's error is relative to that row, whatever its scale.
/// Thread-safe: times may be evaluated in parallel. Cost per time: 3 V d^2 (plus 2 V d^2 + O(d^3) for singular values); once: 2 V d^2.
/// Accuracy: relative u times (condition of the row-scaled factor + largest exponent still visible, at most 745). Measured against
/// fifty digits at sigma^2 = 1e-24 and exponents of 2400: every singular value to 1e-14 of itself (ExactSolutionReferenceTests).
/// The same bits on every instruction set; exp and tanh are the platform's, whose last bit may differ between C libraries.
/// </remarks>
[<Sealed>]
type ExactSolution
    /// <summary>Prepares the flow from its eigenvalues and initial embeddings; computes R once.</summary>
    /// <param name="eigenvalues">lambda*, length V, finite, descending (any sign, repeats allowed).</param>
    /// <param name="initial">C = W(0) V*, d x V with 1 &lt;= d &lt;= V; TargetSpectrum.Project computes it. Subcolumns
    /// at rounding level, (d + 8) u of their column, count as zero: that conserves the rank unless a column nearly depends on those before
    /// it, which magnifies rounding. Rows of zeros at the end stay zero always.</param>
    /// <exception cref="T:Qwem.Theory.HypothesisException">Not descending, not finite, or the shape is not d x V with d from 1 to V.</exception>
    (eigenvalues: float[], initial: Projection) =
    let size = eigenvalues.Length

    do
        if size < 1 then
            broken "at least one mode" "eigenvalues" "eigenvalues is empty; allowed: length V of 1 or more"

        allFinite "eigenvalues" eigenvalues
        descending "eigenvalues" eigenvalues
        hasColumns "initial" "modes" initial.Dimension initial.VocabularySize size

        if initial.Dimension > size then
            broken
                "d x V initial embeddings with 1 <= d <= V"
                "initial"
                $"initial has d = {initial.Dimension} dimensions; allowed: 1 to V = {size}"

    let eigenvalues = Array.copy eigenvalues
    let rows = initial.Dimension
    let stride = Kernels.padded size

    let factor, pivots =
        let columns = Kernels.padded rows

        let transposed = Kernels.transpose initial.Values size rows size columns

        let pivots = Factorisations.echelon transposed rows size
        Kernels.transpose transposed columns size rows stride, pivots

    let rank = pivots.Length

    let start =
        Array.init rows (fun k -> if k < rank then Kernels.aligned pivots[k] else Kernels.aligned (size - 1))

    // Row k of Y and of A, times e^-g with g = kappa max(lambda of the pivot, 0) t.
    let fillRow k (kappaTime: float) (roots: float[]) (y: float[]) (a: float[]) =
        let reference = max 0.0 eigenvalues[pivots[k]]
        let shrink = exp (-(reference * kappaTime))

        for j in pivots[k] .. size - 1 do
            let at = k * stride + j

            if factor[at] <> 0.0 then
                let lambda = eigenvalues[j]
                let growth = exp ((lambda - reference) * kappaTime)
                y[at] <- factor[at] * growth
                // A carries e^{kappa max(lambda, 0) t}: phi itself stays bounded for lambda <= 0.
                a[at] <- factor[at] * (if lambda > 0.0 then growth else shrink) * roots[j]

        shrink

    // The state at a time; `roots`, `a` and `u` are scratch of V, d x V and d x d.
    let evaluate (time: float<kappaTime>) (roots: float[]) (a: float[]) (u: float[]) =
        let kappaTime = float time
        // sqrt(phi e^{-2 kappa max(lambda, 0) t}) = sqrt((1 - e^-x) / |lambda|), x = 2 kappa |lambda| t; sqrt(2 kappa t) as x -> 0.
        for k in 0 .. size - 1 do
            let lambda = eigenvalues[k]
            let x = 2.0 * (abs lambda * kappaTime)

            roots[k] <-
                if x < 1e-300 then
                    sqrt 2.0 * sqrt kappaTime
                else
                    sqrt (Kernels.complement x / abs lambda)

        let y = Array.zeroCreate<float>(rows * stride)
        let uStride = Kernels.padded rows
        Array.Clear a
        Array.Clear u

        for k in 0 .. rows - 1 do
            if k < rank then
                let shrink = fillRow k kappaTime roots y a
                // D's scale is free: bring the row of A near 1.
                let e =
                    -(Kernels.exponentOf (max shrink (Kernels.largest a (k * stride + start[k]) (stride - start[k]))))

                u[k * uStride + k] <- Math.ScaleB(shrink, e)
                Kernels.scale e a (k * stride + start[k]) (stride - start[k])
                Kernels.scale e y (k * stride + start[k]) (stride - start[k])
            else
                u[k * uStride + k] <- 1.0

        Factorisations.compress rows u uStride a stride start
        Factorisations.solveUpper rows u uStride y stride start
        ExactState(eigenvalues, rows, stride, y, rank, time)

    let scratch () =
        struct (Array.zeroCreate<float> size,
                Array.zeroCreate<float>(rows * stride),
                Array.zeroCreate<float>(rows * Kernels.padded rows))

    /// <summary>Prepares the flow from a target and embeddings; projects them.</summary>
    /// <param name="spectrum">The target's eigenpairs.</param>
    /// <param name="embeddings">W(0), d x V with 1 &lt;= d &lt;= V.</param>
    /// <exception cref="T:Qwem.Theory.HypothesisException">The embeddings are not of V words, or d exceeds V.</exception>
    new(spectrum: TargetSpectrum, embeddings: Embeddings) = ExactSolution(spectrum.Values, spectrum.Project embeddings)

    /// <summary>V.</summary>
    member _.VocabularySize = size

    /// <summary>d.</summary>
    member _.EmbeddingDimension = rows

    /// <summary>Rank of the initial embeddings, conserved by the flow.</summary>
    member _.Rank = rank

    /// <summary>lambda*, length V, descending.</summary>
    /// <returns>A copy.</returns>
    member _.Eigenvalues() : float[] = Array.copy eigenvalues

    /// <summary>R_kk(0)^2, k = 1..d, from the QR decomposition of W(0) V*: theory (b) of docs/derivations.md section 4.3.</summary>
    /// <remarks>For Gaussian W(0) of variance sigma^2 / d per entry its mean is sigma^2 (d - k + 1) / d.</remarks>
    /// <returns>A fresh array of length d.</returns>
    member _.RDiagonalSquared() : float[] =
        Array.init rows (fun k -> factor[k * stride + k] ** 2.0)

    /// <summary>The state at a time.</summary>
    /// <param name="kappaTime">kappa t, non-negative and finite, in units of 1 / lambda*.</param>
    /// <returns>The state; at time 0 it is the initial one, exactly.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException"><paramref name="kappaTime"/> is negative or not finite.</exception>
    member _.At(kappaTime: float<kappaTime>) : ExactState =
        nonNegative "time from 0 on" "kappaTime" (float kappaTime)
        let struct (roots, a, u) = scratch ()
        evaluate kappaTime roots a u

    /// <summary>The states at many times, each with the bits that At gives.</summary>
    /// <remarks>
    /// Shared: the factorisation of the start (2 V d^2, already done once by the constructor) and the scratch, so a batch of n times
    /// allocates n d V numbers for its results and d (V + d) + V besides. Not shared, because the factor of N(t) depends on every
    /// e^{kappa lambda_k t}: 3 V d^2 per time. One thread; different batches may run in parallel.
    /// </remarks>
    /// <param name="kappaTimes">kappa t of each state, non-negative and finite, in any order.</param>
    /// <returns>A fresh array, one state per time.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">A time is negative or not finite (all are checked before any work).</exception>
    member _.AtMany(kappaTimes: float<kappaTime>[]) : ExactState[] =
        for i in 0 .. kappaTimes.Length - 1 do
            nonNegative "time from 0 on" $"kappaTimes[{i}]" (float kappaTimes[i])

        let struct (roots, a, u) = scratch ()
        Array.map (fun time -> evaluate time roots a u) kappaTimes

    /// <summary>Shape, rank and leading eigenvalues.</summary>
    override _.ToString() =
        $"exact flow, d x V = {rows} x {size}, rank {rank}, lambda* = {Show.numbers eigenvalues}"
