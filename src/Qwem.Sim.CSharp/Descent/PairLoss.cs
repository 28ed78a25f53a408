using System.Runtime.Intrinsics;
using Qwem.Sim.LinearAlgebra;

namespace Qwem.Sim.Descent;

/// <summary>A loss of the inner products x of pairs: the mean of f+(x) over positive pairs and k times that of f-(x) over negative ones.</summary>
/// <remarks>
/// Quadratic losses have f+ = a x^2 - b x and f- = c x^2 - d x, plus a constant. The logistic one (SGNS) has f+ = log(1 + e^-x) and
/// f- = log(1 + e^x). k is not part of this value but of the negative pairs' mass.
/// </remarks>
public sealed class PairLoss
{
    private PairLoss(string name, bool logistic, double a, double b, double c, double d, double constant)
    {
        Name = name;
        IsLogistic = logistic;
        PositiveQuadratic = a;
        PositiveLinear = b;
        NegativeQuadratic = c;
        NegativeLinear = d;
        Constant = constant;
    }

    /// <summary>L_xe (Eq. 4): a = 0, b = 1, c = 1/2, d = -1.</summary>
    public static PairLoss CrossEntropy { get; } = new("xe", false, 0, 1, 0.5, -1, 0);

    /// <summary>L_sym (Eq. 11), the loss of QWEM: a = c = 1/4, b = 1, d = -1.</summary>
    public static PairLoss Symmetric { get; } = new("sym", false, 0.25, 1, 0.25, -1, 0);

    /// <summary>SGNS, word2vec's: log(1 + e^-x) and log(1 + e^x), never overflowing.</summary>
    public static PairLoss Logistic { get; } = new("sgns", true, 0.125, 0.5, 0.125, -0.5, Math.Log(2));

    /// <summary>SGNS expanded to fourth order in the embeddings: log 2 -/+ x/2 + x^2/8. Half of L_sym, and so at half its speed.</summary>
    public static PairLoss Quartic { get; } = new("quartic", false, 0.125, 0.5, 0.125, -0.5, Math.Log(2));

    /// <summary>A freely chosen quadratic loss.</summary>
    /// <param name="a">Factor of x^2 on positive pairs, not negative.</param>
    /// <param name="b">Factor of -x on positive pairs.</param>
    /// <param name="c">Factor of x^2 on negative pairs, not negative.</param>
    /// <param name="d">Factor of -x on negative pairs.</param>
    /// <exception cref="ArgumentException">A coefficient is not finite, or the loss is not bounded below.</exception>
    public static PairLoss Quadratic(double a, double b, double c, double d)
    {
        if (!double.IsFinite(a) || !double.IsFinite(b) || !double.IsFinite(c) || !double.IsFinite(d))
            throw new ArgumentException($"The coefficients {a}, {b}, {c}, {d} must be finite.");
        if (!(a >= 0 && c >= 0 && a + c > 0))
            throw new ArgumentException($"a = {a} and c = {c} must not be negative and not both zero: the loss has no minimum otherwise.");
        return new PairLoss("quadratic", false, a, b, c, d, 0);
    }

    /// <summary>Short name, such as sym.</summary>
    public string Name { get; }

    /// <summary>True for SGNS; the coefficients are then those of its expansion.</summary>
    public bool IsLogistic { get; }

    /// <summary>a.</summary>
    public double PositiveQuadratic { get; }

    /// <summary>b.</summary>
    public double PositiveLinear { get; }

    /// <summary>c.</summary>
    public double NegativeQuadratic { get; }

    /// <summary>d.</summary>
    public double NegativeLinear { get; }

    /// <summary>f+(0) = f-(0).</summary>
    public double Constant { get; }

    /// <summary>f+(x) or f-(x).</summary>
    /// <param name="positive">True for f+.</param>
    /// <param name="product">x, the inner product of the pair.</param>
    public double Value(bool positive, double product)
    {
        if (IsLogistic) return LogisticFunction.Softplus(positive ? -product : product);
        return positive
            ? (PositiveQuadratic * product - PositiveLinear) * product + Constant
            : (NegativeQuadratic * product - NegativeLinear) * product + Constant;
    }

    /// <summary>The loss of some pairs; their inner products are replaced by its derivatives by them.</summary>
    /// <param name="positive">p of each pair.</param>
    /// <param name="negative">q of each pair.</param>
    /// <param name="products">x of each pair, and then p f+'(x) + q f-'(x).</param>
    /// <returns>Sum of p f+(x) + q f-(x), four sums side by side, so that the bits do not depend on the machine.</returns>
    internal double Differentiate(ReadOnlySpan<double> positive, ReadOnlySpan<double> negative, Span<double> products)
    {
        const int width = 4;
        Vector256<double> sums = Vector256<double>.Zero;
        int j = 0;
        for (; j <= products.Length - width; j += width)
        {
            sums += Differentiate(Vector256.Create(positive[j..]), Vector256.Create(negative[j..]), Vector256.Create<double>(products[j..]), out Vector256<double> slopes);
            slopes.CopyTo(products[j..]);
        }
        if (j < products.Length)
        {
            // Pairs of no weight fill the last four.
            Span<double> rest = stackalloc double[3 * width];
            rest.Clear();
            positive[j..].CopyTo(rest);
            negative[j..].CopyTo(rest[width..]);
            products[j..].CopyTo(rest[(2 * width)..]);
            sums += Differentiate(Vector256.Create<double>(rest), Vector256.Create<double>(rest[width..]), Vector256.Create<double>(rest[(2 * width)..]), out Vector256<double> slopes);
            slopes.CopyTo(rest);
            rest[..(products.Length - j)].CopyTo(products[j..]);
        }
        return (sums[0] + sums[1]) + (sums[2] + sums[3]);
    }

    private Vector256<double> Differentiate(Vector256<double> p, Vector256<double> q, Vector256<double> x, out Vector256<double> slopes)
    {
        Vector256<double> both = p + q;
        if (IsLogistic)
        {
            // log(1 + e^-x) = log(1 + e^x) - x, and its derivative is that of the other one less 1.
            Vector256<double> rise = LogisticFunction.Sigmoid(x, out Vector256<double> softplus);
            slopes = both * rise - p;
            return both * softplus - p * x;
        }
        Vector256<double> quadratic = PositiveQuadratic * p + NegativeQuadratic * q, linear = PositiveLinear * p + NegativeLinear * q;
        slopes = 2 * quadratic * x - linear;
        return (quadratic * x - linear) * x + Constant * both;
    }

    /// <summary>The derivative of f+ or f- at x.</summary>
    /// <param name="positive">True for f+.</param>
    /// <param name="product">x, the inner product of the pair.</param>
    public double Slope(bool positive, double product)
    {
        if (IsLogistic) return positive ? -LogisticFunction.Sigmoid(-product) : LogisticFunction.Sigmoid(product);
        return positive ? 2 * PositiveQuadratic * product - PositiveLinear : 2 * NegativeQuadratic * product - NegativeLinear;
    }
}
