namespace Qwem.Theory

open System
open Qwem.Theory.Hypothesis

/// <summary>How much earlier than twice the quadratic model's time the logistic loss can make its first rise.</summary>
/// <remarks>In units of 1/lambda_1 of the clock on which both start alike: over ln(lambda_1/lambda_1(0)) they are relative. See Word2Vec.Lead.</remarks>
[<RequireQualifiedAccess; NoComparison>]
type Word2VecLead =
    {
        /// <summary>What the cubic term saves along the first eigenvector.</summary>
        Cubic: float
        /// <summary>What the turning of that eigenvector adds.</summary>
        Turning: float
    }

    /// <summary>Both numbers.</summary>
    override lead.ToString() =
        $"lead of the logistic loss: cubic term {Show.number lead.Cubic}, turning {Show.number lead.Turning}"

/// <summary>What the theory takes over from word2vec: how it weighs pairs, what its logistic loss pulls back with, and when it leaves its
/// quadratic expansion.</summary>
/// <remarks>
/// The final version's Section 2; docs/derivations.md, sections 2.2 and 2.3. An occurrence of a word of probability P is kept with
/// probability min(1, t/P + (t/P)^{1/2}); the other word of a negative pair is drawn in proportion to P^{3/4}. Shapes: arrays of length V, or
/// V x V row-major and symmetric; pure numbers.
/// </remarks>
[<AbstractClass; Sealed>]
type Word2Vec private () =

    static let meanOne (values: float[]) =
        let mean = CorpusStatistics.Sum values / float values.Length
        values |> Array.map (fun x -> x / mean)

    /// <summary>min(1, t/P + (t/P)^{1/2}): the share of a word's occurrences that subsampling keeps.</summary>
    /// <param name="threshold">t, positive; word2vec recommends 1e-5.</param>
    /// <param name="probability">P, positive.</param>
    /// <returns>A share between 0 and 1.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">An argument is not positive and finite.</exception>
    static member Keep(threshold: float, probability: float) : float =
        positive "positive threshold" "threshold" threshold
        positive "positive probability" "probability" probability
        Math.Min(1.0, threshold / probability + Math.Sqrt(threshold / probability))

    /// <summary>The two pair measures: a_i a_j P_ij and k (a_i n_j + a_j n_i)/2 P_i P_j.</summary>
    /// <remarks>a_i is proportional to the share kept and n_i to the negatives' distribution over P_i, each of mean 1 over the vocabulary.
    /// The mean of both orders stands for a pair whose first word is the centre as often as the second. Cost: V^2.</remarks>
    /// <param name="statistics">P_i and P_ij.</param>
    /// <param name="kept">The share of each word that is kept, length V, positive.</param>
    /// <param name="drawn">How often each word is drawn as a negative, up to a constant: P^{3/4}; length V, positive.</param>
    /// <param name="negativeRatio">k, positive.</param>
    /// <returns>Both measures.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">A length differs from V, or a number is not positive and finite.</exception>
    static member Measures
        (statistics: CorpusStatistics, kept: float[], drawn: float[], negativeRatio: float)
        : PairWeights =
        let v = statistics.VocabularySize
        positive "positive ratio of negative samples" "negativeRatio" negativeRatio

        for struct (name, values) in [ struct ("kept", kept); struct ("drawn", drawn) ] do
            hasLength name values v "V"
            values |> Array.iter (positive "positive weights" name)

        let a = meanOne kept
        let n = meanOne (Array.map2 (/) drawn statistics.UnigramArray)

        PairWeights(
            statistics,
            Array.init (v * v) (fun e -> a[e / v] * a[e % v]),
            Array.init (v * v) (fun e -> 0.5 * (a[e / v] * n[e % v] + a[e % v] * n[e / v])),
            negativeRatio
        )

    /// <summary>2 tanh(m/2): what the logistic loss pulls an inner product m back with, where both signs weigh every pair alike.</summary>
    /// <remarks>With measures p + q = c the derivative of p log(1 + e^-m) + q log(1 + e^m) is (c/4)(2 tanh(m/2) - M*), M* = 2 (p - q)/(p + q);
    /// the quadratic expansion has m instead. It never exceeds 2, the largest entry that M* can have, so no inner product balances a
    /// pair that is never seen, for which M* = -2.</remarks>
    /// <param name="m">An inner product.</param>
    /// <returns>A number between -2 and 2.</returns>
    static member RestoringForce(m: float) : float = 2.0 * Math.Tanh(0.5 * m)

    /// <summary>How much earlier than twice the quadratic model's time the logistic loss can make its first rise, times 2 kappa lambda_1 / 2.</summary>
    /// <remarks>
    /// On the clock on which both start alike one pulls with 2 tanh(M/2) where the other pulls with M, and 0 &lt;= m - 2 tanh(m/2) &lt;= m^3/12
    /// for m >= 0. With M = mu v v' during the first rise, mu' = mu (lambda - mu + e) with 0 &lt;= e &lt;= mu^3 q^2/12, q = sum v_i^4. To the
    /// half-rise that saves at most the integral of e/(mu (lambda - mu)^2), times lambda: q^2 lambda^2 (3/2 - 2 ln 2)/12. Letting v
    /// turn adds |e v|^2/(lambda_1 - lambda_2) to the rate, |e v|^2 &lt;= mu^6 q^2 sum v_i^6/144, and the integral of x^5/(1 - x)^2 from 0 to 1/2 is
    /// below 1/80. Both are in units of 1/lambda_1 of that clock: divided by ln(lambda_1/lambda_1(0)) they are relative.
    /// </remarks>
    /// <param name="vector">v, the first unit eigenvector of M*.</param>
    /// <param name="first">lambda_1, positive.</param>
    /// <param name="second">lambda_2, below the first.</param>
    /// <returns>What the cubic term saves along v, and what the turning of v adds.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">The eigenvalues are not positive and apart.</exception>
    static member Lead(vector: float[], first: float, second: float) : Word2VecLead =
        positive "a mode that is learned: lambda_1 > 0" "first" first
        positive "a simple first eigenvalue" "first - second" (first - second)

        let power n =
            vector |> Array.sumBy (fun x -> pown x n)

        let q = power 4

        {
            Cubic = q * q * first * first * (1.5 - 2.0 * Math.Log 2.0) / 12.0
            Turning = q * q * power 6 * pown first 5 / (144.0 * 80.0 * (first - second))
        }
