namespace Qwem.Theory

open System
open Qwem.Theory.Hypothesis

/// <summary>The best rank-one approximation g g' of a non-negative weight G.</summary>
/// <remarks>
/// v1 section 4.2, below Eq. (13); docs/derivations.md section 5. For symmetric non-negative G the largest eigenvalue is also the largest singular
/// value and its vector can be taken positive (Perron and Frobenius), so g = sqrt(lambda_1) |v_1| is best among all rank-one matrices.
/// Power iteration on G + (rho / 2) I, rho the Rayleigh quotient: the shift keeps -lambda_1 of a two-coloured G from competing.
/// 2 V^2 operations a step, at most 10000 steps. Nearly equal leading eigenvalues leave an EigenResidual; it costs the approximation
/// only its square.
/// </remarks>
[<Sealed>]
type RankOneApproximation
    /// <summary>Approximates a weight.</summary>
    /// <param name="weight">G, V x V row-major, symmetric to 1e-12 of its largest entry, non-negative, its words connected.</param>
    /// <exception cref="T:Qwem.Theory.HypothesisException">G is not square, symmetric, non-negative and finite, or its words fall into groups
    /// without weight between them: then some word would get weight 0.</exception>
    (weight: float[]) =
    let size = int (Math.Round(sqrt (float weight.Length)))

    do
        if size < 1 then
            broken "at least one word" "weight" "weight is empty; allowed: V x V with V of 1 or more"

        hasLength "weight" weight (size * size) "a square matrix"
        symmetric "weight" weight size

        for k in 0 .. weight.Length - 1 do
            nonNegative "non-negative weights" $"weight[{k / size},{k % size}]" weight[k]

        let reached = Array.create size false
        let waiting = Collections.Generic.Stack<int>()
        reached[0] <- true
        waiting.Push 0

        while waiting.Count > 0 do
            let i = waiting.Pop()

            for j in 0 .. size - 1 do
                if not reached[j] && weight[i * size + j] > 0.0 then
                    reached[j] <- true
                    waiting.Push j

        match Array.tryFindIndex not reached with
        | Some i ->
            broken
                "connected words (an irreducible G)"
                "weight"
                $"no chain of positive weights joins word {i} to word 0; allowed: G with positive weights joining all words"
        | None when size = 1 -> positive "positive weight" "weight[0,0]" weight[0]
        | None -> ()

    let stride = Kernels.padded size
    let largest = Array.max weight
    // Entries of at most 1: squares and products neither overflow nor vanish together.
    let g =
        Kernels.repack (Array.map (fun x -> x / largest) weight) size 0 size size stride

    let norm = sqrt (Kernels.dot g 0 g 0 g.Length)

    let vector, eigenvalue, residual =
        let mutable x = Array.zeroCreate<float> stride
        let mutable y = Array.zeroCreate<float> stride
        Array.fill x 0 size (1.0 / sqrt (float size))
        let mutable rho = 0.0
        let mutable residual = infinity
        let mutable step = 0
        let enough = 2.0 * Kernels.unitRoundoff * sqrt (float size)

        while residual > enough && step < 10000 do
            for i in 0 .. size - 1 do
                y[i] <- Kernels.dot g (i * stride) x 0 stride

            rho <- Kernels.dot x 0 y 0 stride
            let mutable squares = 0.0

            for i in 0 .. size - 1 do
                let r = y[i] - rho * x[i]
                squares <- squares + r * r

            residual <- sqrt squares / rho
            step <- step + 1

            if residual > enough then
                Kernels.axpy (0.5 * rho) x 0 y 0 stride
                let length = sqrt (Kernels.dot y 0 y 0 stride)

                for i in 0 .. size - 1 do
                    y[i] <- y[i] / length

                let swap = x
                x <- y
                y <- swap

        x, rho, residual

    let weights = Array.init size (fun i -> sqrt eigenvalue * sqrt largest * vector[i])

    let relativeResidual =
        let mutable squares = 0.0

        for i in 0 .. size - 1 do
            for j in 0 .. size - 1 do
                let r = g[i * stride + j] - eigenvalue * vector[i] * vector[j]
                squares <- squares + r * r

        sqrt squares / norm

    /// <summary>V, the number of words.</summary>
    member _.VocabularySize = size

    /// <summary>g, length V, positive; unit: the square root of G's.</summary>
    /// <returns>A copy.</returns>
    member _.Weights() : float[] = Array.copy weights

    /// <summary>||G - g g'||_F / ||G||_F: 0 for a weight of rank one, the price of the approximation otherwise.</summary>
    member _.RelativeResidual = relativeResidual

    /// <summary>||G v - lambda v|| / lambda where the iteration ended; 2 u sqrt(V) is aimed at.</summary>
    member _.EigenResidual = residual

    member internal _.Content = relativeResidual, weights

    /// <summary>Are weights and residual equal?</summary>
    override this.Equals other =
        match other with
        | :? RankOneApproximation as x -> x.Content = this.Content
        | _ -> false

    /// <summary>Of the same.</summary>
    override this.GetHashCode() = hash this.Content

    /// <summary>Size, weights and what they leave.</summary>
    override _.ToString() =
        $"rank-one weight, V = {size}: g = {Show.numbers weights}; relative residual {Show.number relativeResidual}"

/// <summary>Embeddings of rank at most d, and what they leave of a rank-one weighted loss.</summary>
[<RequireQualifiedAccess; NoComparison>]
type RankOneMinimiser =
    {
        /// <summary>W, d x V. Unique up to a rotation from the left.</summary>
        Embeddings: Embeddings
        /// <summary>How many of the d rows are not zero: positive eigenvalues among the d largest.</summary>
        LearnedModes: int
        /// <summary>sum_ij p_i p_j (W'W - M*)_ij^2, evaluated from W.</summary>
        Loss: float
        /// <summary>What the eigenpairs are worth that W was made of.</summary>
        Certificate: SpectrumCertificate
    }

    /// <summary>V, the number of words.</summary>
    member m.VocabularySize = m.Embeddings.VocabularySize

    /// <summary>d, the number of rows of W.</summary>
    member m.EmbeddingDimension = m.Embeddings.Dimension

    /// <summary>Shape, learned modes, loss and certificate.</summary>
    override m.ToString() =
        $"d x V = {m.EmbeddingDimension} x {m.VocabularySize}, modes learned: {m.LearnedModes}, loss {Show.number m.Loss} (eigenpairs: {m.Certificate})"

/// <summary>The loss with a rank-one weight G = p p', and its minimiser.</summary>
/// <remarks>
/// v1 Theorem 4.4, Eqs. (10) and (51)-(53); final version Proposition 2; docs/derivations.md section 5. With Pd = diag(p),
/// L(W) = sum_ij p_i p_j (W'W - M*)_ij^2 = ||Pd^{1/2} (W'W - M*) Pd^{1/2}||_F^2. W'W is positive semidefinite of rank at most d and so is
/// Pd^{1/2} W'W Pd^{1/2}; hence W = max(Lambda_d, 0)^{1/2} U_d' Pd^{-1/2} with the d largest eigenpairs of A = Pd^{1/2} M* Pd^{1/2}, and
/// L = ||A||_F^2 - sum_{k &lt;= d} max(Lambda_k, 0)^2. For L_xe, p_i = Psi_i P_i / sum_k Psi_k P_k and L is twice the printed loss plus a constant.
/// Accuracy: L within (16 V + d) u ||A||_F^2, measured below 0.2 of that for V up to 60 and p over eight decades (RankOneMinimiserTests).
/// Scaling p scales L by the square and leaves W. The constructor copies nothing: the caller writes to the arrays no more.
/// Eigenpairs come from the caller or from TargetSpectrum.Decompose (MathNet.Numerics). They are certified relative to ||A||_F, which is what L
/// needs; where p is graded, so is A, and W's columns of the rarest words (those of the smallest p_i) may lose relative digits.
/// </remarks>
[<Sealed>]
type RankOneWeights
    /// <summary>The loss of a weight p p' and a target.</summary>
    /// <param name="weights">p, length V, positive and finite.</param>
    /// <param name="target">M*, V x V row-major, symmetric to 1e-12 of its largest entry.</param>
    /// <exception cref="T:Qwem.Theory.HypothesisException">A weight is not positive, shapes differ, or M* is not symmetric.</exception>
    (weights: float[], target: float[]) =
    let size = weights.Length

    do
        if size < 1 then
            broken "at least one word" "weights" "weights is empty; allowed: length V of 1 or more"

        for i in 0 .. size - 1 do
            positive "positive weights (Theorem 4.4 inverts Pd)" $"weights[{i}]" weights[i]

        hasLength "target" target (size * size) "V * V"
        symmetric "target" target size

    let root = Array.map sqrt weights

    let scaled (matrix: float[]) =
        Array.init (size * size) (fun k ->
            let i, j = k / size, k % size
            // The mean of the two halves: exactly symmetric.
            root[i] * root[j] * (0.5 * matrix[i * size + j] + 0.5 * matrix[j * size + i]))

    let requireDimension d =
        if d < 1 || d > size then
            broken "an embedding dimension" "dimension" $"dimension = {d}; allowed: 1 to V = {size}"

    // Pd^{1/2} (W'W - M*) Pd^{1/2} and Pd^{1/2} W'W Pd^{1/2} entry by entry.
    let entries rows (embeddings: float[]) =
        let stride = Kernels.padded rows
        let columns = Kernels.transpose embeddings size rows size stride

        Array.init (size * size) (fun k ->
            let i, j = k / size, k % size
            root[i] * root[j] * Kernels.dot columns (i * stride) columns (j * stride) stride)

    let lossOf rows embeddings =
        let misfit =
            Array.map2 (fun x a -> (x - a) * (x - a)) (entries rows embeddings) (scaled target)

        CorpusStatistics.Sum misfit

    let clipped (spectrum: TargetSpectrum) (matrix: float[]) dimension : RankOneMinimiser =
        let certificate = spectrum.Certify matrix

        if not (certificate.Residual <= 1e-8 && certificate.Orthogonality <= 1e-8) then
            broken
                "eigenpairs of Pd^{1/2} M* Pd^{1/2}"
                "spectrum"
                $"spectrum has residual {certificate.Residual} and departs from orthonormality by {certificate.Orthogonality}; allowed: 1e-8"

        let embeddings = Array.zeroCreate<float>(dimension * size)
        let mutable modes = 0

        for k in 0 .. dimension - 1 do
            let lambda = spectrum.Values[k]

            if lambda > 0.0 then
                modes <- modes + 1

                for i in 0 .. size - 1 do
                    embeddings[k * size + i] <- sqrt lambda * spectrum.Vectors[k * size + i] / root[i]

        {
            Embeddings = Embeddings.Wrap(embeddings, dimension)
            LearnedModes = modes
            Loss = lossOf dimension embeddings
            Certificate = certificate
        }

    /// <summary>V, the number of words.</summary>
    member _.VocabularySize = size

    /// <summary>A = Pd^{1/2} M* Pd^{1/2}, the matrix whose eigenpairs the minimiser is made of.</summary>
    /// <returns>V x V row-major, exactly symmetric.</returns>
    member _.ScaledTarget() : float[] = scaled target

    /// <summary>L(W) = sum_ij p_i p_j (W'W - M*)_ij^2 of any embeddings.</summary>
    /// <remarks>2 V^2 d operations; rounding at most about (d + 8) u (sqrt L + ||A||_F)^2.</remarks>
    /// <param name="embeddings">W, d x V.</param>
    /// <returns>The loss, without the constant of Proposition 4.1.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException"><paramref name="embeddings"/> are not of V words.</exception>
    member _.Loss(embeddings: Embeddings) : float =
        hasColumns "embeddings" "words" embeddings.Dimension embeddings.VocabularySize size
        lossOf embeddings.Dimension embeddings.Values

    /// <summary>The minimiser among all d x V embeddings, from the caller's eigenpairs.</summary>
    /// <remarks>Theorem 4.4 with the eigenvalues clipped at zero. Costs 3 V^3 for the certificate and 2 V^2 d for the loss.</remarks>
    /// <param name="dimension">d, 1 to V.</param>
    /// <param name="spectrum">All V eigenpairs of ScaledTarget(); residual and orthogonality at most 1e-8.</param>
    /// <returns>W, its loss and the certificate.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">d is out of range, or these are not the eigenpairs.</exception>
    member _.Minimiser(dimension: int, spectrum: TargetSpectrum) : RankOneMinimiser =
        requireDimension dimension

        if spectrum.VocabularySize <> size then
            broken
                "matching shapes"
                "spectrum"
                $"spectrum has {spectrum.VocabularySize} eigenpairs; expected {size} (one per word)"

        clipped spectrum (scaled target) dimension

    /// <summary>The minimiser among all d x V embeddings, from the eigenpairs of TargetSpectrum.Decompose.</summary>
    /// <remarks>For small V: some 20 V^3 operations on one core. Minimiser(dimension, spectrum) takes them from elsewhere.</remarks>
    /// <param name="dimension">d, 1 to V.</param>
    /// <returns>W, its loss and the certificate.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">d is out of range.</exception>
    member _.Minimiser(dimension: int) : RankOneMinimiser =
        requireDimension dimension
        let matrix = scaled target
        clipped (TargetSpectrum.Decompose matrix) matrix dimension

    /// <summary>Eq. (10) to the letter: top_d(Lambda*^{1/2} V*' Pd^{1/2}) Pd^{-1/2}, negative eigenvalues of M* dropped first.</summary>
    /// <remarks>
    /// Not the minimiser unless M* is positive semidefinite: the weight mixes negative modes into the leading ones, and the formula has
    /// forgotten them. B = Lambda*^{1/2} V*' Pd^{1/2} has B'B = Pd^{1/2} M*_+ Pd^{1/2}, and top_d(B)'top_d(B) = top_d(B'B) (below Eq. 52): the
    /// same clipped eigenpairs, of M*_+ in place of M*. Loss is measured against M*. For small V: TargetSpectrum.Decompose computes both sets of eigenpairs.
    /// </remarks>
    /// <param name="dimension">d, 1 to V.</param>
    /// <returns>W, its loss against M*, and the certificate of the pairs of Pd^{1/2} M*_+ Pd^{1/2}.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">d is out of range.</exception>
    member _.Paper(dimension: int) : RankOneMinimiser =
        requireDimension dimension

        let spectrum =
            TargetSpectrum.Decompose(
                Array.init (size * size) (fun k -> 0.5 * target[k] + 0.5 * target[k % size * size + k / size])
            )

        let stride = Kernels.padded size
        // Columns of Lambda_+^{1/2} V', one per word.
        let half =
            Array.init (size * size) (fun k -> sqrt (max 0.0 spectrum.Values[k / size]) * spectrum.Vectors[k])

        let columns = Kernels.transpose half size size size stride

        let positivePart =
            Array.init (size * size) (fun k ->
                Kernels.dot columns (k / size * stride) columns (k % size * stride) stride)

        let matrix = scaled positivePart
        clipped (TargetSpectrum.Decompose matrix) matrix dimension

    /// <summary>What Eq. (10) to the letter costs: L(Paper(d)) - L(Minimiser(d)).</summary>
    /// <remarks>Summed as (X_p - X_m)(X_p + X_m - 2 A) entry by entry, X = Pd^{1/2} W'W Pd^{1/2}, so that a small excess keeps its digits.
    /// Zero for positive semidefinite M*; (1 - s)^2 / 4 for M* = (0 1; 1 0), p = (1, s), d = 1, where the least loss is s.</remarks>
    /// <param name="dimension">d, 1 to V.</param>
    /// <returns>Non-negative up to rounding.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">d is out of range.</exception>
    member this.PaperExcess(dimension: int) : float =
        let paper = entries dimension (this.Paper(dimension).Embeddings.Values)
        let best = entries dimension (this.Minimiser(dimension).Embeddings.Values)
        CorpusStatistics.Sum(Array.map3 (fun p m a -> (p - m) * (p + m - 2.0 * a)) paper best (scaled target))

    /// <summary>The loss of a general weight: sum_ij G_ij (W'W - M*)_ij^2.</summary>
    /// <remarks>Says how far a minimiser built on RankOneApproximation is from a run's limit under G itself (Figure 2B). 2 V^2 d operations.</remarks>
    /// <param name="weight">G, V x V row-major, non-negative.</param>
    /// <param name="target">M*, V x V row-major.</param>
    /// <param name="embeddings">W, d x V.</param>
    /// <returns>The loss.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">Shapes differ or a weight is negative.</exception>
    static member GeneralLoss(weight: float[], target: float[], embeddings: Embeddings) : float =
        let size, rows = embeddings.VocabularySize, embeddings.Dimension
        hasLength "weight" weight (size * size) "V * V"
        hasLength "target" target (size * size) "V * V"

        let stride = Kernels.padded rows
        let columns = Kernels.transpose embeddings.Values size rows size stride

        let terms =
            Array.init (size * size) (fun k ->
                nonNegative "non-negative weights" $"weight[{k / size},{k % size}]" weight[k]

                let misfit =
                    Kernels.dot columns (k / size * stride) columns (k % size * stride) stride
                    - target[k]

                weight[k] * misfit * misfit)

        CorpusStatistics.Sum terms

    /// <summary>Size and weights.</summary>
    override _.ToString() =
        $"rank-one weighted loss, V = {size}: p = {Show.numbers weights}"
