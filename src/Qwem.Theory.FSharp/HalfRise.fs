namespace Qwem.Theory

open Qwem.Theory.Hypothesis

/// <summary>When a mode that starts unaligned reaches half its variance, and how far its aligned time is from that.</summary>
/// <remarks>docs/derivations.md section 6.7. Times are tau = 2 kappa t, the clock of Alignment.</remarks>
[<RequireQualifiedAccess; NoComparison>]
type HalfRise =
    {
        /// <summary>The half-rise time of Theorem 4.3 from R_kk(0)^2.</summary>
        AlignedTime: float<etaTime>
        /// <summary>The half-rise time with the misalignment of the start: AlignedTime - ln(1 + 2 VarianceShift) / lambda*.</summary>
        Time: float<etaTime>
        /// <summary>delta_k: relative change of s_k^2 at AlignedTime by all other modes, to second order in the off-diagonal part of R.</summary>
        VarianceShift: float
        /// <summary>Sum of the magnitudes of the terms that make up VarianceShift.</summary>
        Terms: float
        /// <summary>Misalignment of the other modes with one another: root of the sum of R_ij^2 / R_ii^2 over i, j other than k, times the smaller
        /// of 1 and y_i / y_k.</summary>
        Coupling: float
        /// <summary>Least of 1 - y_k/y_i (i &lt; k) and 1 - y_j/y_k (j > k) at AlignedTime. Near 0 second order fails; below 0 another mode has
        /// overtaken this one, and s_k in order of size is not this mode.</summary>
        Separation: float
    }

    /// <summary>The order of what VarianceShift neglects: Terms (Terms^{1/2} + Coupling) / Separation; infinite where Separation is not positive.</summary>
    member h.Neglected =
        if h.Separation > 0.0 then
            h.Terms * (sqrt h.Terms + h.Coupling) / h.Separation
        else
            infinity

    /// <summary>Both times and what they are worth.</summary>
    override h.ToString() =
        $"half-rise at tau = {Show.number (float h.Time)}, aligned {Show.number (float h.AlignedTime)}; shift of the variance {Show.number h.VarianceShift} of terms {Show.number h.Terms}, neglected {Show.number h.Neglected}"

/// <summary>What the misalignment of a start does to the variances of the modes.</summary>
[<AbstractClass; Sealed>]
type HalfRiseLaw private () =

    /// <summary>Half-rise time of one mode from R(0), with the shift by its misalignment.</summary>
    /// <remarks>
    /// docs/derivations.md section 6.7. At the aligned half-rise time, with rho_kj = R_kj^2 / R_kk^2 and y the aligned variances,
    /// delta_k = sum_{j>k} [rho_kj / (1 - y_j/y_k) - R_kj^2(0) phi_j S_j / (1 + R_kk^2(0) phi_k)] - sum_{i&lt;k} rho_ik / (1 - y_k/y_i), where R_ik
    /// is what the modes between i and k have left of it. Leading order in the start; cost d V.
    /// </remarks>
    /// <param name="eigenvalues">lambda*, length V, finite, descending.</param>
    /// <param name="start">R(0), d x V, zero below the diagonal: ExactState.EmbeddingsInEigenbasis at time 0.</param>
    /// <param name="mode">k from 0, below d; lambda*_k positive and R_kk^2(0) between 0 and lambda*_k / 2.</param>
    /// <returns>The times and the shift.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">An argument leaves its range.</exception>
    static member Of(eigenvalues: float[], start: Projection, mode: int) : HalfRise =
        let struct (size, rows) = AlignmentFlow.shape eigenvalues start
        let start = start.Values
        descending "eigenvalues" eigenvalues

        if mode < 0 || mode >= rows then
            broken "a mode of the model" "mode" $"mode = {mode}; allowed: 0 to {rows - 1}"

        let lambda = eigenvalues[mode]

        let square i j =
            start[i * size + j] * start[i * size + j]

        let own = square mode mode
        positive "a mode that is learned: lambda*_k > 0" "eigenvalues" lambda

        if not (own > 0.0 && own < 0.5 * lambda) then
            broken
                "a start below half height"
                "start"
                $"R_kk^2(0) = {own}; allowed: above 0 and below lambda*_k / 2 = {0.5 * lambda}"

        let alignedTime = Clock.EtaTime(AlignedSolution.HalfRiseTime(own, lambda))
        let time = float alignedTime
        // Modes beyond d have no variance of their own.
        let initial j = if j < rows then square j j else 0.0

        let logSaturation j =
            AlignmentLaw.logSaturation eigenvalues[j] (initial j) alignedTime

        let variance j =
            if j < rows then
                AlignedSolution.Variance(initial j, eigenvalues[j], Clock.KappaTime alignedTime)
            else
                0.0

        // R_ij^2 / R_ii^2, i < j
        let ratio i j =
            square i j / square i i
            * exp ((eigenvalues[j] - eigenvalues[i]) * time - 2.0 * logSaturation j)

        let y = variance mode

        // R_kk^2 lags behind the aligned mode by these, relatively.
        let lag j =
            let x = eigenvalues[j] * time

            let phi =
                if abs x < 1e-8 then time * (1.0 + 0.5 * x) else (exp x - 1.0) / eigenvalues[j]

            square mode j * phi * exp (-logSaturation j - logSaturation mode)

        let gained =
            Array.init (size - mode - 1) (fun n ->
                let j = mode + 1 + n
                ratio mode j / (1.0 - variance j / y), lag j)

        // Back substitution in column k of R(0): the modes m between i and k have changed R_ik / R_ii to x_i, as far as they are learned.
        let remaining = Array.zeroCreate<float> mode
        let learned = Array.init mode (fun m -> 1.0 - exp -(logSaturation m))

        for i in mode - 1 .. -1 .. 0 do
            let mutable rest = start[i * size + mode]

            for m in i + 1 .. mode - 1 do
                rest <- rest - start[i * size + m] * remaining[m] * learned[m]

            remaining[i] <- rest / start[i * size + i]

        let lost =
            Array.init mode (fun i ->
                let exponent =
                    (eigenvalues[mode] - eigenvalues[i]) * time - 2.0 * logSaturation mode

                remaining[i] * remaining[i] * exp exponent / (1.0 - y / variance i))

        let mutable coupling = 0.0

        for i in 0 .. rows - 1 do
            if i <> mode then
                let weight = min 1.0 (variance i / y)

                for j in i + 1 .. size - 1 do
                    if j <> mode then
                        coupling <- coupling + weight * ratio i j

        // Modes before this one should be ahead of it, modes after it behind.
        let separation =
            seq {
                for j in 0 .. rows - 1 do
                    if j < mode then
                        1.0 - y / variance j
                    elif j > mode then
                        1.0 - variance j / y
            }
            |> Seq.fold min 1.0

        let shift = Array.sumBy (fun (rise, lag) -> rise - lag) gained - Array.sum lost

        {
            AlignedTime = alignedTime
            Time = alignedTime - 1.0<etaTime> * (Kernels.log1p (2.0 * shift) / lambda)
            VarianceShift = shift
            Terms = Array.sumBy (fun (rise, lag) -> abs rise + lag) gained + Array.sumBy abs lost
            Coupling = sqrt coupling
            Separation = separation
        }

    /// <summary>d s_k^2 / d tau for every singular value, exactly: s_k^2 (u_k' M* u_k - s_k^2), v1 Eq. (44).</summary>
    /// <remarks>docs/derivations.md section 4.1. u_k are the right singular vectors of W. Holds for simple singular values; equal ones have the
    /// velocities of some basis of their space. Cost 2 V d^2 + O(d^3).</remarks>
    /// <param name="eigenvalues">lambda*, length V, finite.</param>
    /// <param name="factor">R, d x V, zero below the diagonal, positive diagonal.</param>
    /// <returns>The velocities in descending order of s_k.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">An argument leaves its range.</exception>
    static member VarianceVelocity(eigenvalues: float[], factor: Projection) : float[] =
        let struct (size, rows) = AlignmentFlow.shape eigenvalues factor
        let factor = factor.Values
        let stride, head = Kernels.padded size, Kernels.padded rows
        let exponent = Kernels.exponentOf (Kernels.largest factor 0 factor.Length)
        let columns = Kernels.repack factor size 0 rows size stride
        Kernels.scale -exponent columns 0 columns.Length
        let singular = Array.copy columns
        let triangle = Array.zeroCreate<float>(rows * head)
        Factorisations.compress rows triangle head columns stride (Array.zeroCreate rows)
        // The rows of `singular` become s_k u_k'.
        let norms = Factorisations.orthogonaliseRows rows triangle head singular stride
        let unit = System.Math.ScaleB(1.0, 2 * exponent)

        Array.init rows id
        |> Array.sortByDescending (fun k -> norms[k])
        |> Array.map (fun k ->
            let growth =
                Array.init size (fun j -> eigenvalues[j] * singular[k * stride + j] * singular[k * stride + j])
                |> Array.sum

            unit * growth - (unit * norms[k] * norms[k]) ** 2.0)
