namespace Qwem.Theory

open System
open Qwem.Theory.Hypothesis

/// <summary>How far a state is from alignment: R's diagonal against the singular values, with Weyl's bound.</summary>
/// <remarks>docs/derivations.md section 6.5. The appendix takes the diagonal of a triangular matrix for its singular values.</remarks>
[<RequireQualifiedAccess; NoComparison>]
type AlignmentGap =
    {
        /// <summary>max_k |s_k - R_(k)|, R_(k) the diagonal in descending order: at most OffDiagonalNorm (Weyl).</summary>
        SingularValueGap: float
        /// <summary>||offdiag(R)||_2, all V columns.</summary>
        OffDiagonalNorm: float
        /// <summary>max_k |s_k - R_kk|, the diagonal in the order of the modes: Weyl does not bound it, see Alignment.Gap.</summary>
        ModeOrderGap: float
    }

    /// <summary>All three numbers.</summary>
    override g.ToString() =
        $"singular values against R's diagonal: {Show.number g.SingularValueGap} sorted, {Show.number g.ModeOrderGap} in the order of the modes; ||offdiag(R)||_2 = {Show.number g.OffDiagonalNorm}"

/// <summary>How the singular vectors align: v1 Appendix D.2 with its clock stated and its constant corrected.</summary>
/// <remarks>
/// docs/derivations.md section 6. R = R(t) is the upper-trapezoidal d x V factor of W(t) V*, exact from ExactSolution.
/// Clock: time here is tau = eta t = 2 kappa t, so lambda-dot = lambda (lambda* - lambda) (that of v1 Eqs. 80 to 83; Eqs. 63 to 79 tick twice as
/// fast, W-dot = W(M* - W'W)). Clock converts. Indices: mode i before mode j, lambda*_i > lambda*_j, r = lambda*_j / lambda*_i.
/// Units: lambda, R^2 share one; tau is its inverse. The laws are of leading order in the start; the derivative and Gap are exact.
/// </remarks>
[<AbstractClass; Sealed>]
type Alignment private () =

    /// <summary>ln of R_ij^2(tau) / R_ij^2(0) to leading order in the start: v1 Eqs. (80), (81).</summary>
    /// <remarks>
    /// lambda*_j tau - 2 ln(1 + lambda_j(0) (e^{lambda*_j tau} - 1) / lambda*_j) - ln(1 + lambda_i(0) (e^{lambda*_i tau} - 1) / lambda*_i),
    /// the solution of d ln R_ij^2 = (lambda*_j - lambda_i - 2 lambda_j) d tau with both modes aligned. For j > d there is no R_jj: pass
    /// initialVarianceJ = 0. Any sign of the eigenvalues.
    /// </remarks>
    /// <param name="eigenvalueI">lambda*_i, finite.</param>
    /// <param name="eigenvalueJ">lambda*_j, finite.</param>
    /// <param name="initialVarianceI">lambda_i(0) = R_ii^2(0), non-negative.</param>
    /// <param name="initialVarianceJ">lambda_j(0) = R_jj^2(0), non-negative.</param>
    /// <param name="etaTime">tau, non-negative.</param>
    /// <returns>The logarithm of the growth; absolute accuracy a few roundings of its largest term.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">An argument leaves its range.</exception>
    static member LogGrowth
        (
            eigenvalueI: float,
            eigenvalueJ: float,
            initialVarianceI: float,
            initialVarianceJ: float,
            etaTime: float<etaTime>
        ) : float =
        finite "eigenvalueI" eigenvalueI
        finite "eigenvalueJ" eigenvalueJ
        nonNegative "non-negative variance" "initialVarianceI" initialVarianceI
        nonNegative "non-negative variance" "initialVarianceJ" initialVarianceJ
        nonNegative "time from 0 on" "etaTime" (float etaTime)

        eigenvalueJ * float etaTime
        - 2.0 * AlignmentLaw.logSaturation eigenvalueJ initialVarianceJ etaTime
        - AlignmentLaw.logSaturation eigenvalueI initialVarianceI etaTime

    /// <summary>R_ij^2(tau) to leading order in the start: v1 Eq. (80) with a general R_ij^2(0) (the paper sets it to lambda_j(0)).</summary>
    /// <param name="eigenvalueI">lambda*_i, finite.</param>
    /// <param name="eigenvalueJ">lambda*_j, finite.</param>
    /// <param name="initialVarianceI">lambda_i(0) = R_ii^2(0), non-negative.</param>
    /// <param name="initialVarianceJ">lambda_j(0) = R_jj^2(0), non-negative; 0 for j > d.</param>
    /// <param name="initialSquare">R_ij^2(0), non-negative.</param>
    /// <param name="etaTime">tau, non-negative.</param>
    /// <returns>R_ij^2(tau).</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">An argument leaves its range.</exception>
    static member OffDiagonalSquare
        (
            eigenvalueI: float,
            eigenvalueJ: float,
            initialVarianceI: float,
            initialVarianceJ: float,
            initialSquare: float,
            etaTime: float<etaTime>
        ) : float =
        nonNegative "a square" "initialSquare" initialSquare

        let growth =
            Alignment.LogGrowth(eigenvalueI, eigenvalueJ, initialVarianceI, initialVarianceJ, etaTime)

        if initialSquare = 0.0 then 0.0 else exp (log initialSquare + growth)

    /// <summary>tau at which R_ij peaks as lambda_0 -> 0: ln(lambda*_i lambda*_j / ((lambda*_i - lambda*_j) lambda_0)) / lambda*_i.</summary>
    /// <remarks>docs/derivations.md section 6.4: when lambda_i(tau) = lambda*_j. The paper's time (PaperPeakTime) drops the saturation of lambda_i.</remarks>
    /// <param name="eigenvalueI">lambda*_i, positive.</param>
    /// <param name="eigenvalueJ">lambda*_j, positive, below lambda*_i.</param>
    /// <param name="initialVariance">lambda_0 = R_ii^2(0), positive.</param>
    /// <returns>tau; negative when the start is too large for a peak.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">An argument leaves its range.</exception>
    static member PeakTime(eigenvalueI: float, eigenvalueJ: float, initialVariance: float) : float<etaTime> =
        AlignmentLaw.pair eigenvalueI eigenvalueJ
        positive "positive variance" "initialVariance" initialVariance

        let exponent =
            log eigenvalueJ
            - log (AlignmentLaw.missing eigenvalueI eigenvalueJ)
            - log initialVariance

        1.0<etaTime> * (exponent / eigenvalueI)

    /// <summary>max over tau of R_ij^2 as lambda_0 -> 0: (1 - r)^{1-r} lambda*_j^r lambda_0^{1-r} R_ij^2(0) / lambda_0.</summary>
    /// <remarks>docs/derivations.md section 6.4, the correction of v1 Eq. (83), equal to (1 - r) (lambda*_i lambda*_j / (lambda*_i - lambda*_j))^r lambda_0^{1-r}
    /// for R_ij^2(0) = lambda_0. Relative error of order lambda_0^{1-r}.</remarks>
    /// <param name="eigenvalueI">lambda*_i, positive.</param>
    /// <param name="eigenvalueJ">lambda*_j, positive, below lambda*_i.</param>
    /// <param name="initialVariance">lambda_0 = R_ii^2(0), positive.</param>
    /// <param name="initialSquare">R_ij^2(0), non-negative.</param>
    /// <returns>The peak of R_ij^2.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">An argument leaves its range.</exception>
    static member CorrectedPeak
        (eigenvalueI: float, eigenvalueJ: float, initialVariance: float, initialSquare: float)
        : float =
        AlignmentLaw.pair eigenvalueI eigenvalueJ
        positive "positive variance" "initialVariance" initialVariance
        nonNegative "a square" "initialSquare" initialSquare
        let gap = AlignmentLaw.missing eigenvalueI eigenvalueJ

        initialSquare
        * exp (
            gap * log gap
            + eigenvalueJ / eigenvalueI * (log eigenvalueJ - log initialVariance)
        )

    /// <summary>The peak as v1 Eq. (83) prints it: lambda*_i lambda*_j^r / (lambda*_i + lambda*_j) lambda_0^{1-r}. Too small.</summary>
    /// <remarks>It is the law of Eq. (80) at the paper's peak time, which is not where the law peaks: too small by PeakRatio.</remarks>
    /// <param name="eigenvalueI">lambda*_i, positive.</param>
    /// <param name="eigenvalueJ">lambda*_j, positive, below lambda*_i.</param>
    /// <param name="initialVariance">lambda_0, positive; the paper sets R_ij^2(0) to it as well.</param>
    /// <returns>The printed peak of R_ij^2.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">An argument leaves its range.</exception>
    static member PaperPeak(eigenvalueI: float, eigenvalueJ: float, initialVariance: float) : float =
        AlignmentLaw.pair eigenvalueI eigenvalueJ
        positive "positive variance" "initialVariance" initialVariance
        let r = eigenvalueJ / eigenvalueI

        exp (
            r * log eigenvalueJ
            + AlignmentLaw.missing eigenvalueI eigenvalueJ * log initialVariance
        )
        / (1.0 + r)

    /// <summary>The time that v1 Eq. (83) prints: ln(lambda*_j / lambda_0) / lambda*_i. Too early by ln(1 / (1 - r)) / lambda*_i.</summary>
    /// <param name="eigenvalueI">lambda*_i, positive.</param>
    /// <param name="eigenvalueJ">lambda*_j, positive, below lambda*_i.</param>
    /// <param name="initialVariance">lambda_0, positive.</param>
    /// <returns>tau as printed.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">An argument leaves its range.</exception>
    static member PaperPeakTime(eigenvalueI: float, eigenvalueJ: float, initialVariance: float) : float<etaTime> =
        AlignmentLaw.pair eigenvalueI eigenvalueJ
        positive "positive variance" "initialVariance" initialVariance
        1.0<etaTime> * ((log eigenvalueJ - log initialVariance) / eigenvalueI)

    /// <summary>CorrectedPeak / PaperPeak = (1 - r)^{1-r} (1 + r), between 1 and 2.</summary>
    /// <param name="eigenvalueI">lambda*_i, positive.</param>
    /// <param name="eigenvalueJ">lambda*_j, positive, below lambda*_i.</param>
    /// <returns>The ratio.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">An argument leaves its range.</exception>
    static member PeakRatio(eigenvalueI: float, eigenvalueJ: float) : float =
        AlignmentLaw.pair eigenvalueI eigenvalueJ
        let gap = AlignmentLaw.missing eigenvalueI eigenvalueJ
        exp (gap * log gap) * (1.0 + eigenvalueJ / eigenvalueI)

    /// <summary>1 - r = (lambda*_i - lambda*_j) / lambda*_i: the peak of R_ij^2 falls like sigma^{2 (1 - r)} (v1 Eqs. 83, 84).</summary>
    /// <param name="eigenvalueI">lambda*_i, positive.</param>
    /// <param name="eigenvalueJ">lambda*_j, positive, below lambda*_i.</param>
    /// <returns>The exponent of lambda_0 = sigma^2.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">An argument leaves its range.</exception>
    static member PeakExponent(eigenvalueI: float, eigenvalueJ: float) : float =
        AlignmentLaw.pair eigenvalueI eigenvalueJ
        AlignmentLaw.missing eigenvalueI eigenvalueJ

    /// <summary>dR/dtau, exactly: v1 Eq. (74) at half its speed (tau = 2 kappa t).</summary>
    /// <remarks>dR/dtau = R Lambda / 2 - T R, T upper triangular: T_ii = (RR')_ii / 2, T_ij = (RR')_ij for i &lt; j. The sum of LeadingDerivative,
    /// DroppedByEq75 and DroppedByEq76. Cost about 2 V d^2.</remarks>
    /// <param name="eigenvalues">lambda*, length V, finite, any order.</param>
    /// <param name="factor">R, d x V, zero below the diagonal, positive diagonal.</param>
    /// <returns>dR/dtau, d x V.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">An argument leaves its range.</exception>
    static member Derivative(eigenvalues: float[], factor: Projection) : Projection =
        let struct (size, rows) = AlignmentFlow.shape eigenvalues factor

        let total =
            Array.map3
                (fun a b c -> a + (b + c))
                (AlignmentFlow.leading eigenvalues factor.Values size rows)
                (AlignmentFlow.linear factor.Values size rows)
                (AlignmentFlow.coupling factor.Values size rows)

        Projection.Wrap(total, rows)

    /// <summary>dR/dtau as v1 Eq. (76) approximates it: (lambda*_j - R_ii^2 - 2 (1 - delta_ij) R_jj^2) R_ij / 2.</summary>
    /// <param name="eigenvalues">lambda*, length V.</param>
    /// <param name="factor">R, d x V, zero below the diagonal, positive diagonal.</param>
    /// <returns>d x V; R_jj counts as 0 for j > d.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">An argument leaves its range.</exception>
    static member LeadingDerivative(eigenvalues: float[], factor: Projection) : Projection =
        let struct (size, rows) = AlignmentFlow.shape eigenvalues factor
        Projection.Wrap(AlignmentFlow.leading eigenvalues factor.Values size rows, rows)

    /// <summary>What v1 Eq. (75) drops of Eq. (74): -sum_{i&lt;k&lt;=j} sum_{l>=k, l/=j} R_il R_kl R_kj, without cancellation.</summary>
    /// <param name="eigenvalues">lambda*, length V.</param>
    /// <param name="factor">R, d x V, zero below the diagonal, positive diagonal.</param>
    /// <returns>d x V, in units of dR/dtau; 0 on the diagonal.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">An argument leaves its range.</exception>
    static member DroppedByEq75(eigenvalues: float[], factor: Projection) : Projection =
        let struct (size, rows) = AlignmentFlow.shape eigenvalues factor
        Projection.Wrap(AlignmentFlow.coupling factor.Values size rows, rows)

    /// <summary>What v1 Eq. (76) drops of Eq. (75): -(sum_{l>i} R_il^2 / 2 + sum_{i&lt;k&lt;j} R_kj^2) R_ij.</summary>
    /// <param name="eigenvalues">lambda*, length V.</param>
    /// <param name="factor">R, d x V, zero below the diagonal, positive diagonal.</param>
    /// <returns>d x V, in units of dR/dtau.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">An argument leaves its range.</exception>
    static member DroppedByEq76(eigenvalues: float[], factor: Projection) : Projection =
        let struct (size, rows) = AlignmentFlow.shape eigenvalues factor
        Projection.Wrap(AlignmentFlow.linear factor.Values size rows, rows)

    /// <summary>Singular values against R's diagonal, and Weyl's bound on their distance.</summary>
    /// <remarks>
    /// docs/derivations.md section 6.5. |s_k - R_(k)| &lt;= ||offdiag(R)||_2 for the diagonal in *descending* order. In the order of the modes the same
    /// inequality is false (R = diag(1, 2): no off-diagonal part, gap 1), which matters until the modes have separated.
    /// Cost 2 V d^2 + O(d^3), singular values included.
    /// </remarks>
    /// <param name="state">The state.</param>
    /// <returns>The gaps and the norm.</returns>
    static member Gap(state: ExactState) : AlignmentGap =
        let rows, size = state.EmbeddingDimension, state.VocabularySize
        let r = state.EmbeddingsInEigenbasis().Values // a fresh copy
        let diagonal = Array.init rows (fun k -> r[k * size + k])

        for k in 0 .. rows - 1 do
            r[k * size + k] <- 0.0

        let exponent = Kernels.exponentOf (Kernels.largest r 0 r.Length)
        let stride = Kernels.padded size
        let head = Kernels.padded rows
        let off = Kernels.repack r size 0 rows size stride
        Kernels.scale -exponent off 0 off.Length
        let triangle = Array.zeroCreate<float>(rows * head)
        Factorisations.compress rows triangle head off stride (Array.zeroCreate rows)
        let norm = Array.max (Factorisations.orthogonaliseRows rows triangle head [||] head)
        let singular = state.SingularValues()

        let worst (values: float[]) =
            Array.max (Array.map2 (fun s d -> abs (s - d)) singular values)

        {
            SingularValueGap = worst (Array.sortDescending diagonal)
            OffDiagonalNorm = Math.ScaleB(norm, exponent)
            ModeOrderGap = worst diagonal
        }

    /// <summary>Typical worst misalignment of a random start, max over time of ||offdiag(R)||_F / sqrt(lambda*_1).</summary>
    /// <remarks>
    /// sqrt(sum of the leading-order peaks of all pairs i &lt; j, i &lt;= d, over lambda*_1) at the mean Gaussian start: R_ij^2(0) = sigma^2/d,
    /// R_ii^2(0) = sigma^2 (d-i+1)/d. About half of all starts exceed it (AlignmentSmallnessTests): for a promise use MisalignmentBound.
    /// </remarks>
    /// <param name="eigenvalues">lambda*, descending, lambda*_1 positive.</param>
    /// <param name="embeddingDimension">d, 1 to V.</param>
    /// <param name="sigma">Start scale: W_ai(0) ~ N(0, sigma^2/d); positive.</param>
    /// <returns>A relative misalignment.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">An argument leaves its range.</exception>
    static member TypicalMisalignment(eigenvalues: float[], embeddingDimension: int, sigma: float) : float =
        AlignmentLaw.checkCriterion eigenvalues embeddingDimension
        positive "positive start scale" "sigma" sigma

        let estimate =
            AlignmentLaw.logEstimate eigenvalues embeddingDimension (2.0 * log sigma) (fun n -> log (float n)) 0.0

        exp (0.5 * (estimate - log eigenvalues[0]))

    /// <summary>A misalignment, max over time of ||offdiag(R)||_F / sqrt(lambda*_1), that a random start exceeds with at most the given
    /// probability, to leading order in the start.</summary>
    /// <remarks>
    /// docs/derivations.md section 6.6 made quantitative (v1 Eq. 84 says "&lt;&lt; 0"). For W(0) Gaussian, R_ij^2(0) is sigma^2/d chi^2_1 and R_ii^2(0) is
    /// sigma^2/d chi^2_{d-i+1}. With P(chi^2_1 > b) &lt;= e^{-b/2} and P(chi^2_n &lt; a) &lt;= (e a/n)^{n/2} and a union over all of them, every
    /// R_ij^2(0) is below b and every R_ii^2(0) above a_i with the stated probability; the leading-order peak increases with the first and
    /// decreases with the second, and the maxima of all pairs are added as if they fell together. Not covered: what Eqs. 75 and 76 drop.
    /// By Weyl it bounds |s_k - R_(k)| / sqrt(lambda*_1) too. Conservative. Increasing in sigma; does not vanish with sigma when a positive
    /// eigenvalue i &lt;= d is repeated.
    /// </remarks>
    /// <param name="eigenvalues">lambda*, descending, lambda*_1 positive.</param>
    /// <param name="embeddingDimension">d, 1 to V.</param>
    /// <param name="sigma">Start scale: W_ai(0) ~ N(0, sigma^2/d); positive.</param>
    /// <param name="failureProbability">Between 0 and 1.</param>
    /// <returns>The bound.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">An argument leaves its range.</exception>
    static member MisalignmentBound
        (eigenvalues: float[], embeddingDimension: int, sigma: float, failureProbability: float)
        : float =
        AlignmentLaw.checkCriterion eigenvalues embeddingDimension
        AlignmentLaw.checkProbability failureProbability
        positive "positive start scale" "sigma" sigma

        exp (
            0.5
            * (AlignmentLaw.logBound eigenvalues embeddingDimension (2.0 * log sigma) failureProbability
               - log eigenvalues[0])
        )

    /// <summary>Is sigma small enough for this misalignment at all times? MisalignmentBound &lt;= accuracy.</summary>
    /// <param name="eigenvalues">lambda*, descending, lambda*_1 positive.</param>
    /// <param name="embeddingDimension">d, 1 to V.</param>
    /// <param name="sigma">Start scale, positive.</param>
    /// <param name="accuracy">Wanted ||offdiag(R)||_F relative to sqrt(lambda*_1), positive.</param>
    /// <param name="failureProbability">How often a random start may miss it, between 0 and 1.</param>
    /// <returns>Whether the bound allows it.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">An argument leaves its range.</exception>
    static member IsSmallEnough
        (eigenvalues: float[], embeddingDimension: int, sigma: float, accuracy: float, failureProbability: float)
        : bool =
        positive "positive accuracy" "accuracy" accuracy

        Alignment.MisalignmentBound(eigenvalues, embeddingDimension, sigma, failureProbability)
        <= accuracy

    /// <summary>ln of the largest sigma that reaches the accuracy; -infinity when none does (repeated positive eigenvalues).</summary>
    /// <remarks>Nearly equal eigenvalues ask for sigma below the range of a double, hence the logarithm. Bisection on the increasing
    /// bound between ln sigma = -1e9 and 700.</remarks>
    /// <param name="eigenvalues">lambda*, descending, lambda*_1 positive.</param>
    /// <param name="embeddingDimension">d, 1 to V.</param>
    /// <param name="accuracy">Wanted ||offdiag(R)||_F relative to sqrt(lambda*_1), positive.</param>
    /// <param name="failureProbability">How often a random start may miss it, between 0 and 1.</param>
    /// <returns>ln sigma; +infinity when there is no pair to misalign (V = 1).</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">An argument leaves its range.</exception>
    static member LogLargestSigma
        (eigenvalues: float[], embeddingDimension: int, accuracy: float, failureProbability: float)
        : float =
        AlignmentLaw.checkCriterion eigenvalues embeddingDimension
        AlignmentLaw.checkProbability failureProbability
        positive "positive accuracy" "accuracy" accuracy

        AlignmentLaw.logLargestSigma
            eigenvalues
            embeddingDimension
            (2.0 * log accuracy + log eigenvalues[0])
            failureProbability

    /// <summary>The largest sigma that reaches the accuracy: e^LogLargestSigma.</summary>
    /// <param name="eigenvalues">lambda*, descending, lambda*_1 positive.</param>
    /// <param name="embeddingDimension">d, 1 to V.</param>
    /// <param name="accuracy">Wanted ||offdiag(R)||_F relative to sqrt(lambda*_1), positive.</param>
    /// <param name="failureProbability">How often a random start may miss it, between 0 and 1.</param>
    /// <returns>sigma; 0 when none reaches it or it is below the range of a double.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">An argument leaves its range.</exception>
    static member LargestSigma
        (eigenvalues: float[], embeddingDimension: int, accuracy: float, failureProbability: float)
        : float =
        exp (Alignment.LogLargestSigma(eigenvalues, embeddingDimension, accuracy, failureProbability))
