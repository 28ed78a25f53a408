namespace Qwem.Theory

open System
open Qwem.Theory.Hypothesis

/// <summary>What minibatches add to a model at its minimum, in the metric of its loss.</summary>
/// <remarks>docs/derivations.md, section 5. Immutable; computed by WordClock.Noise.</remarks>
[<RequireQualifiedAccess; NoComparison>]
type DescentNoise =
    {
        /// <summary>E ||X'X - A_d||_F^2 to first order in the noise, X = W Pd^{1/2}.</summary>
        MeanSquare: float
        /// <summary>Standard deviation of ||X'X - A_d||_F^2, relative to its mean: of independent normal entries with these variances.</summary>
        RelativeDeviation: float
        /// <summary>What the second order of the noise adds to the mean square, relative to the first.</summary>
        SecondOrder: float
    }

    /// <summary>All three numbers.</summary>
    override n.ToString() =
        $"noise of a descent: mean square {Show.number n.MeanSquare}, relative deviation {Show.number n.RelativeDeviation}, second order {Show.number n.SecondOrder}"

/// <summary>Descent with a rate per word, under the weight p_i p_j: every word keeps its own clock.</summary>
/// <remarks>
/// docs/derivations.md, section 5 (beyond the paper). Word i learns at the rate eta / p_i on L_xe = (1/2) sum p_i p_j (M - M*)_ij^2. In the
/// coordinates X = W Pd^{1/2} this is the flow of a constant weight, dX/dt = 2 eta X (A - X'X) with A = Pd^{1/2} M* Pd^{1/2}: kappa = 2 eta, and
/// ExactSolution gives it from any start; it ends at the minimiser of Theorem 4.4. A minibatch of independent pairs adds a symmetric
/// matrix of noise to A - X'X, which is followed here to first order around the minimum.
/// </remarks>
[<AbstractClass; Sealed>]
type WordClock private () =

    /// <summary>X = W Pd^{1/2}: column i times the root of p_i.</summary>
    /// <param name="weights">p, length V, positive.</param>
    /// <param name="embeddings">W, d x V.</param>
    /// <returns>X, d x V; column i is word i.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">A weight is not positive, or the embeddings are not of V words.</exception>
    static member Coordinates(weights: float[], embeddings: Embeddings) : Embeddings =
        let v = WordClock.Words(weights, "embeddings", embeddings)

        let scaled = embeddings.Values |> Array.mapi (fun e w -> sqrt weights[e % v] * w)

        Embeddings.Wrap(scaled, embeddings.Dimension)

    /// <summary>W = X Pd^{-1/2}: the inverse of Coordinates.</summary>
    /// <param name="weights">p, length V, positive.</param>
    /// <param name="coordinates">X, d x V; column i is word i.</param>
    /// <returns>W, d x V.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">A weight is not positive, or the coordinates are not of V words.</exception>
    static member Embeddings(weights: float[], coordinates: Embeddings) : Embeddings =
        let v = WordClock.Words(weights, "coordinates", coordinates)

        let scaled = coordinates.Values |> Array.mapi (fun e x -> x / sqrt weights[e % v])

        Qwem.Theory.Embeddings.Wrap(scaled, coordinates.Dimension)

    /// <summary>Variances of u_a' N u_b for one pair of each sign at the minimum, a among the d learned modes, b any.</summary>
    /// <remarks>
    /// A positive pair (i, j), drawn with probability p_i p_j (1 + M*_ij), adds (e_i e_j' + e_j e_i') / (2 (p_i p_j)^{1/2}) to N, a negative one,
    /// drawn with p_i p_j, subtracts (1 + M_ij) times that. Hence the second moment (1/2) sum_ij c_ij (u_ai^2 u_bj^2 + u_ai u_bi u_aj u_bj) with
    /// c_ij = 1 + M*_ij + (1 + M_ij)^2, less the squares of the means of both signs, Lambda_a delta_ab + (u_a.p^{1/2})(u_b.p^{1/2}) and the same of
    /// the model.
    /// The probabilities must sum to 1, as those of subsampled text do. d V^3 operations on all cores; sums in one order.
    /// </remarks>
    /// <param name="weights">p, length V, positive, summing to 1.</param>
    /// <param name="spectrum">Lambda_k and u_k of A = Pd^{1/2} M* Pd^{1/2}, RankOneWeights.ScaledTarget.</param>
    /// <param name="dimension">d, 1 to V.</param>
    /// <param name="target">M*, V x V row-major.</param>
    /// <param name="model">M at the minimum, V x V row-major.</param>
    /// <returns>A fresh array, d x V row-major.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">Shapes do not match, or d is out of range.</exception>
    static member EntryVariances
        (weights: float[], spectrum: TargetSpectrum, dimension: int, target: float[], model: float[])
        : float[] =
        let eigenvalues = spectrum.Values
        let v, d = eigenvalues.Length, dimension
        WordClock.RequireDimension(d, v)
        hasLength "weights" weights v "V"
        hasLength "target" target (v * v) "V * V"
        hasLength "model" model (v * v) "V * V"
        let stride = Kernels.padded v
        let u = Kernels.repack spectrum.Vectors v 0 v v stride

        let pairs =
            let moments =
                Array.map2 (fun t m -> 0.5 * (1.0 + t + (1.0 + m) * (1.0 + m))) target model

            Kernels.repack moments v 0 v v stride

        let squares = Array.map (fun x -> x * x) u

        let root = Kernels.repack (Array.map sqrt weights) v 0 1 v stride

        let overlap = Array.init v (fun a -> Kernels.dot u (a * stride) root 0 stride)

        let row a =
            let product, through =
                Array.zeroCreate<float> stride, Array.zeroCreate<float> stride

            for j in 0 .. v - 1 do
                through[j] <- Kernels.dot pairs (j * stride) squares (a * stride) stride

            Array.init v (fun b ->
                for i in 0 .. v - 1 do
                    product[i] <- u[a * stride + i] * u[b * stride + i]

                let mutable exchanged = 0.0

                for i in 0 .. v - 1 do
                    exchanged <- exchanged + product[i] * Kernels.dot pairs (i * stride) product 0 stride

                // A negative mode is in the target and not in the model.
                let both = overlap[a] * overlap[b]
                let positive = both + (if a = b then eigenvalues[a] else 0.0)
                let negative = both + (if a = b then max 0.0 eigenvalues[a] else 0.0)

                Kernels.dot through 0 squares (b * stride) stride + exchanged
                - positive * positive
                - negative * negative)

        Array.concat (Array.Parallel.init d row)

    /// <summary>Noise at the end of a descent from near its minimum, with the given rates and batches.</summary>
    /// <remarks>
    /// To first order around the minimum the entry (a, b) of U'X'XU, b > d, relaxes at the rate 2 eta (Lambda_a - Lambda_b) and is driven by
    /// 2 eta Lambda_a N_ab; for two learned modes both have Lambda_a + Lambda_b. Step by step: variance -> (1 - rate)^2 variance + drive^2. The
    /// deviation takes entries as independent and normal. Second order: unlearned modes among themselves and learned ones among
    /// themselves, from the first order's squares. d V steps, in parallel.
    /// </remarks>
    /// <param name="eigenvalues">Lambda of A, length V, descending; the first d positive.</param>
    /// <param name="dimension">d, 1 to V.</param>
    /// <param name="entryVariances">What EntryVariances returns, d x V.</param>
    /// <param name="rates">eta of every step.</param>
    /// <param name="pairs">Pairs of each sign in every step, positive.</param>
    /// <returns>Mean square, its deviation and its second order.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">Shapes do not match, or d is out of range.</exception>
    static member Noise
        (eigenvalues: float[], dimension: int, entryVariances: float[], rates: float[], pairs: float[])
        : DescentNoise =
        let v, d = eigenvalues.Length, dimension
        WordClock.RequireDimension(d, v)
        hasLength "entryVariances" entryVariances (d * v) "d * V"
        hasLength "pairs" pairs rates.Length "one number per step"

        let variance e =
            let a, b = e / v, e % v

            let decay =
                if b < d then
                    eigenvalues[a] + eigenvalues[b]
                else
                    eigenvalues[a] - eigenvalues[b]

            let drive = if b < d then decay else eigenvalues[a]
            let driven = drive * drive * entryVariances[e]
            let mutable variance = 0.0

            for step in 0 .. rates.Length - 1 do
                let k = 2.0 * rates[step]
                let kept = 1.0 - k * decay
                variance <- kept * kept * variance + k * k * driven / pairs[step]

            variance

        let variances = Array.Parallel.init (d * v) variance

        // Entries of the learned block are there in both orders already, but not those with the unlearned modes.
        let mean =
            variances
            |> Array.mapi (fun e x -> if e % v < d then x else 2.0 * x)
            |> Array.sum

        // Of x_ab^2 + x_ba^2 = 2 x_ab^2 the variance is 8 variance^2: two entries' worth of 4 each; of a diagonal entry's square it is 2.
        let square =
            variances
            |> Array.mapi (fun e x ->
                let factor =
                    if e % v >= d then 8.0
                    elif e / v = e % v then 2.0
                    else 4.0

                factor * x * x)
            |> Array.sum

        // The angle between modes a and b squared: variance / Lambda_a, as delta_ba^2 is variance / Lambda_a.
        let share a b = variances[a * v + b] / eigenvalues[a]
        let learned, unlearned = [| 0 .. d - 1 |], [| d .. v - 1 |]

        let second =
            (unlearned
             |> Array.sumBy (fun b -> (learned |> Array.sumBy (fun a -> share a b)) ** 2.0))
            + (learned |> Array.sumBy (fun a -> (unlearned |> Array.sumBy (share a)) ** 2.0))

        {
            MeanSquare = mean
            RelativeDeviation = sqrt square / mean
            SecondOrder = second / mean
        }

    static member private RequireDimension(d, v) =
        if d < 1 || d > v then
            broken "an embedding dimension" "dimension" $"dimension = {d}; allowed: 1 to V = {v}"

    static member private Words(weights: float[], parameter, values: Embeddings) =
        let v = weights.Length
        hasColumns parameter "words" values.Dimension values.VocabularySize v

        weights
        |> Array.iteri (fun i p -> positive "positive weights" $"weights[{i}]" p)

        v
