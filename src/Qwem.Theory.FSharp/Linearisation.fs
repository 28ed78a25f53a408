namespace Qwem.Theory

open System
open Qwem.Theory.Hypothesis

/// <summary>How any loss starts out near W = 0, whatever it weighs pairs with: dW/dt = 2 B W, W with one word to a row.</summary>
/// <remarks>
/// With docs/derivations.md, section 2, for (a, b, c, d): to second order in M a loss is sum_ij A_ij M_ij^2 - B_ij M_ij with B = b p + d q and A = a p + c q for
/// measures p of observed and q of independent pairs. While A o M is small, W(t) = e^{2 B t} W(0): singular values grow at the rates
/// 2 beta_k, beta_k the eigenvalues of B. Time is eta_alg t. The eigenpairs of B are the caller's.
/// </remarks>
[<Sealed>]
type Linearisation
    /// <summary>The start of training under two measures.</summary>
    /// <param name="loss">(a, b, c, d), to second order in M.</param>
    /// <param name="observed">p, V x V row-major, symmetric.</param>
    /// <param name="independent">q, V x V row-major, symmetric.</param>
    /// <param name="spectrum">Eigenpairs of Matrix(loss, observed, independent), the first of them positive.</param>
    /// <exception cref="T:Qwem.Theory.HypothesisException">Shapes differ, or nothing is learned: beta_1 is not positive.</exception>
    (loss: QuadraticLoss, observed: float[], independent: float[], spectrum: TargetSpectrum) =
    let v = spectrum.VocabularySize
    let stride = Kernels.padded v
    let rates = spectrum.Values

    do
        hasLength "observed" observed (v * v) "V * V"
        hasLength "independent" independent (v * v) "V * V"
        positive "a mode that is learned: beta_1 > 0" "spectrum" rates[0]

    let vectors = Kernels.repack spectrum.Vectors v 0 v v stride

    let weight =
        let a =
            Array.map2 (fun p q -> loss.PositiveQuadratic * p + loss.NegativeQuadratic * q) observed independent

        Kernels.repack a v 0 v v stride

    // x'A y of padded vectors; scratch-free, one order of sums.
    let form (x: float[]) (y: float[]) =
        let mutable sum = 0.0

        for i in 0 .. v - 1 do
            sum <- sum + x[i] * Kernels.dot weight (i * stride) y 0 stride

        sum

    let plateau =
        let first = Array.sub vectors 0 stride
        let squares = first |> Array.map (fun x -> x * x)
        rates[0] / (2.0 * form squares squares)

    // A vector in the eigenbasis, and back after growing for a while.
    let project (words: float[]) =
        Array.init v (fun k -> Kernels.dot vectors (k * stride) words 0 stride)

    let grown (coefficients: float[]) from time =
        let words = Array.zeroCreate<float> stride

        for k in 0 .. v - 1 do
            Kernels.axpy (coefficients[from + k] * Math.Exp(2.0 * rates[k] * time)) vectors (k * stride) words 0 stride

        words

    /// <summary>B_ij = b p_ij + d q_ij.</summary>
    /// <param name="loss">(a, b, c, d).</param>
    /// <param name="observed">p, V x V row-major.</param>
    /// <param name="independent">q, the same shape.</param>
    /// <returns>A fresh array, V x V.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">The shapes differ.</exception>
    static member Matrix(loss: QuadraticLoss, observed: float[], independent: float[]) : float[] =
        hasLength "independent" independent observed.Length "V * V"

        Array.map2 (fun p q -> loss.PositiveLinear * p + loss.NegativeLinear * q) observed independent

    /// <summary>e^{2 B t} w, without the eigenpairs of B.</summary>
    /// <remarks>Taylor's series, on half the time twice where its largest term would cost more than three digits: relative accuracy 1e-12 for
    /// a vector that grows with the first modes. Cost: V^2 for each of some 10 + 6 beta t terms. Rows in parallel, sums in one order.</remarks>
    /// <param name="matrix">B, V x V row-major, symmetric.</param>
    /// <param name="vector">w, length V.</param>
    /// <param name="time">eta_alg t, non-negative.</param>
    /// <returns>A fresh array, length V.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">The shapes differ, or the time is negative or not finite.</exception>
    static member Grow(matrix: float[], vector: float[], time: float) : float[] =
        let v = vector.Length
        hasLength "matrix" matrix (v * v) "V * V"
        nonNegative "time from 0 on" "time" time
        let stride = Kernels.padded v
        let b = if stride = v then matrix else Kernels.repack matrix v 0 v v stride
        let norm (x: float[]) = sqrt (Kernels.dot x 0 x 0 stride)
        let mostTerms, mostLost = 400, 1e3

        let next (term: float[]) factor =
            let image = Array.zeroCreate<float> stride

            Threading.Tasks.Parallel.For(0, v, (fun i -> image[i] <- factor * Kernels.dot b (i * stride) term 0 stride))
            |> ignore

            image

        let rec grow (start: float[]) t =
            let sum = Array.copy start

            let rec add (term: float[]) n largest =
                let term = next term (2.0 * t / float n)
                let size = norm term
                Kernels.axpy 1.0 term 0 sum 0 stride
                let largest = max largest size

                if not (Double.IsFinite size) || n = mostTerms then infinity
                elif size <= 1e-17 * norm sum then largest
                else add term (n + 1) largest

            if t > 0.0 && add start 1 (norm start) > mostLost * norm sum then
                grow (grow start (0.5 * t)) (0.5 * t)
            else
                sum

        Array.sub (grow (Kernels.repack vector v 0 1 v stride) time) 0 v

    /// <summary>ln |e^{2 B t} w|, which does not overflow however long the vector grows.</summary>
    /// <remarks>Grow through even pieces, none longer than e^100 by the largest row sum of |B|, with the length taken out after each.</remarks>
    /// <param name="matrix">B, V x V row-major, symmetric.</param>
    /// <param name="vector">w, length V.</param>
    /// <param name="time">eta_alg t, non-negative.</param>
    /// <returns>The logarithm of the length; -infinity for w = 0.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">The shapes differ, or the time is negative or not finite.</exception>
    static member LogGrowth(matrix: float[], vector: float[], time: float) : float =
        let v = vector.Length
        hasLength "matrix" matrix (v * v) "V * V"
        nonNegative "time from 0 on" "time" time

        let rows =
            Array.Parallel.init v (fun i ->
                let mutable sum = 0.0

                for j in 0 .. v - 1 do
                    sum <- sum + abs matrix[i * v + j]

                sum)

        let pieces =
            max 1 (int (Math.Min(1e4, Math.Ceiling(2.0 * time * Array.max rows / 100.0))))

        let length (x: float[]) = sqrt (Array.sumBy (fun a -> a * a) x)

        let rec grow (x: float[]) log' left =
            let size = length x

            if left = 0 || size = 0.0 then
                log' + log size
            else
                let unit = x |> Array.map (fun a -> a / size)
                grow (Linearisation.Grow(matrix, unit, time / float pieces)) (log' + log size) (left - 1)

        grow vector 0.0 pieces

    /// <summary>beta_k, descending: singular values grow at the rates 2 beta_k.</summary>
    /// <returns>A fresh array, length V.</returns>
    member _.Rates() : float[] = Array.copy rates

    /// <summary>The first unit eigenvector of B: the direction that W turns to.</summary>
    /// <returns>A fresh array, length V.</returns>
    member _.Direction() : float[] = Array.sub vectors 0 v

    /// <summary>Where the first mode alone would come to rest if it kept its direction v: beta_1/(2 sum A_ij v_i^2 v_j^2), a variance.</summary>
    member _.Plateau = plateau

    /// <summary>eta_alg t at which a variance that grows like the first mode's reaches a share of the plateau.</summary>
    /// <param name="share">The share, positive; 1 for the realisation time.</param>
    /// <param name="variance">Where it starts, positive: sigma^2.</param>
    /// <returns>ln(share plateau/variance)/(4 beta_1).</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">An argument is not positive and finite.</exception>
    member _.TimeTo(share: float, variance: float) : float =
        positive "positive share" "share" share
        positive "positive variance" "variance" variance
        Math.Log(share * plateau / variance) / (4.0 * rates[0])

    /// <summary>By how much ln |W(t)x| stays behind ln |e^{2 B t}W(0)x|, to first order in M: the term that the linearisation drops.</summary>
    /// <remarks>
    /// d(Wx)/dt = 2 B Wx - 4 (A o M)Wx. By variation of constants, with the linear solution Y in the small term, the share of |Yx| that is
    /// lost by time T is the integral of 4 a(t)'(A o YY')Yx/|Y(T)x| with a(t) = e^{2 B (T - t)}u, u = Y(T)x/|Y(T)x|. The integrand grows
    /// like e^{4 beta_1 t}: convex, so the trapezoid rule is never below; steps of half an e-fold over the last twelve leave 1e-5 of
    /// it out. The model under the quadratic term is smaller than the linear one, so first order overstates. For a loss that agrees
    /// with the quadratic one to second order, the same. Cost: 50 times 2 V^2 d.
    /// </remarks>
    /// <param name="start">W(0), d x V.</param>
    /// <param name="direction">x, length d.</param>
    /// <param name="time">T, positive.</param>
    /// <returns>The lost share, non-negative.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">The shapes differ, or the time is not positive and finite.</exception>
    member _.Lag(start: Embeddings, direction: float[], time: float) : float =
        positive "positive time" "time" time
        let d = start.Dimension
        hasColumns "start" "words" d start.VocabularySize v
        hasLength "direction" direction d "d"

        let coefficients =
            Array.Parallel.init d (fun a -> project (Kernels.repack start.Values v (a * v) 1 v stride))

        let along (states: float[][]) =
            let sum = Array.zeroCreate<float> stride

            states
            |> Array.iteri (fun a state -> Kernels.axpy direction[a] state 0 sum 0 stride)

            sum

        let states t =
            Array.Parallel.init d (fun a -> grown coefficients[a] 0 t)

        let finish = along (states time)
        let size = sqrt (Kernels.dot finish 0 finish 0 stride)
        let adjoint = project (finish |> Array.map (fun x -> x / size))

        let force t =
            let rows = states t
            let image = along rows
            let back = grown adjoint 0 (time - t)

            4.0
            * (rows
               |> Array.Parallel.map (fun row -> form (Array.map2 (*) back row) (Array.map2 (*) image row))
               |> Array.sum)
            / size

        let intervals = 24
        let width = Math.Min(0.5 / (4.0 * rates[0]), time / float intervals)
        let forces = Array.init (intervals + 1) (fun n -> force (time - width * float n))
        width * (Array.sum forces - 0.5 * (forces[0] + forces[intervals]))

    member internal _.Content = rates, vectors, weight

    /// <summary>Are eigenpairs and weights equal?</summary>
    override this.Equals other =
        match other with
        | :? Linearisation as x -> x.Content = this.Content
        | _ -> false

    /// <summary>Of the same.</summary>
    override this.GetHashCode() = hash this.Content

    /// <summary>Size, plateau and leading rates.</summary>
    override _.ToString() =
        $"linearised start, V = {v}: plateau {Show.number plateau}, beta = {Show.numbers rates}"
