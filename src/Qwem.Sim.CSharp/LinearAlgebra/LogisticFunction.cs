using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Qwem.Sim.LinearAlgebra;

/// <summary>The logistic function and its integral, without a library's exponential: the same bits on every machine.</summary>
/// <remarks>
/// e^-y for y from 0 on: y = n ln 2 + r, |r| at most ln 2 / 2, a Taylor polynomial in r by fused multiply-adds (degree 7 in float,
/// 13 in double: remainders below half a unit in the last place), times 2^-n. Beyond the smallest normal number it is 0.
/// Relative error of sigmoid: a few units in the last place; it never overflows, and NaN stays NaN.
/// </remarks>
internal static class LogisticFunction
{
    private const float LargestSingle = 87;
    private const double LargestDouble = 708;

    // ln 2 in two parts; the first has so few bits that n times it is exact.
    private const float SingleHigh = 0.693359375f, SingleLow = -2.12194440e-4f;
    /// <summary>1/33, 1/31 .. 1: the series of artanh, last term first.</summary>
    private static readonly double[] s_reciprocals = [.. Enumerable.Range(0, 17).Select(k => 1.0 / (33 - 2 * k))];

    private const double DoubleHigh = 6.93147180369123816490e-01, DoubleLow = 1.90821492927058770002e-10;

    /// <summary>1 / (1 + e^-x).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector256<float> Sigmoid(Vector256<float> x)
    {
        Vector256<float> decay = ExpOfMinus(Vector256.Abs(x)), one = Vector256<float>.One;
        Vector256<float> numerator = Vector256.ConditionalSelect(Vector256.LessThan(x, Vector256<float>.Zero), decay, one);
        return numerator / (one + decay);
    }

    /// <summary>1 / (1 + e^-x).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector256<double> Sigmoid(Vector256<double> x)
    {
        Vector256<double> decay = ExpOfMinus(Vector256.Abs(x)), one = Vector256<double>.One;
        Vector256<double> numerator = Vector256.ConditionalSelect(Vector256.LessThan(x, Vector256<double>.Zero), decay, one);
        return numerator / (one + decay);
    }

    /// <summary>1 / (1 + e^-x) and log(1 + e^x) of the same x, with one exponential; the same bits as each by itself.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector256<double> Sigmoid(Vector256<double> x, out Vector256<double> softplus)
    {
        Vector256<double> decay = ExpOfMinus(Vector256.Abs(x)), one = Vector256<double>.One;
        // log(1 + e) = 2 artanh(z), z = e / (2 + e) at most 1/3: 17 terms leave less than 3^-36.
        Vector256<double> z = decay / (Vector256.Create(2.0) + decay), square = z * z, series = Vector256<double>.Zero;
        for (int k = 0; k < s_reciprocals.Length; k++) series = Vector256.FusedMultiplyAdd(series, square, Vector256.Create(s_reciprocals[k]));
        Vector256<double> high = Vector256.ConditionalSelect(Vector256.LessThan(x, Vector256<double>.Zero), Vector256<double>.Zero, x);
        softplus = high + Vector256.Create(2.0) * z * series;
        Vector256<double> numerator = Vector256.ConditionalSelect(Vector256.LessThan(x, Vector256<double>.Zero), decay, one);
        return numerator / (one + decay);
    }

    /// <summary>1 / (1 + e^-x); the same bits as a lane of the vector form.</summary>
    internal static double Sigmoid(double x) => Sigmoid(Vector256.Create(x)).GetElement(0);

    /// <summary>log(1 + e^x), about max(x, 0) + e^-|x| far from 0.</summary>
    internal static double Softplus(double x)
    {
        Sigmoid(Vector256.Create(x), out Vector256<double> softplus);
        return softplus.GetElement(0);
    }

    /// <summary>e^-y for y from 0 on.</summary>
    internal static double ExpOfMinus(double y) => ExpOfMinus(Vector256.Create(y)).GetElement(0);

    // Written once for each type: degree, constants and the layout of the exponent differ.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> ExpOfMinus(Vector256<float> y)
    {
        Vector256<float> within = Vector256.ConditionalSelect(
            Vector256.GreaterThan(y, Vector256.Create(LargestSingle)), Vector256.Create(LargestSingle), y);
        Vector256<float> n = Vector256.Floor(Vector256.FusedMultiplyAdd(within, Vector256.Create(1.44269504f), Vector256.Create(0.5f)));
        Vector256<float> r = Vector256.FusedMultiplyAdd(n, Vector256.Create(SingleHigh), -within);
        r = Vector256.FusedMultiplyAdd(n, Vector256.Create(SingleLow), r);
        Vector256<float> p = Vector256.Create(1f / 5040);
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(1f / 720));
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(1f / 120));
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(1f / 24));
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(1f / 6));
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(0.5f));
        p = Vector256.FusedMultiplyAdd(p, r, Vector256<float>.One);
        p = Vector256.FusedMultiplyAdd(p, r, Vector256<float>.One);
        Vector256<int> exponent = Vector256.Create(127) - Vector256.ConvertToInt32(n);
        Vector256<float> result = p * Vector256.ShiftLeft(exponent, 23).AsSingle();
        return Vector256.ConditionalSelect(Vector256.GreaterThan(y, Vector256.Create(LargestSingle)), Vector256<float>.Zero, result);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<double> ExpOfMinus(Vector256<double> y)
    {
        Vector256<double> within = Vector256.ConditionalSelect(
            Vector256.GreaterThan(y, Vector256.Create(LargestDouble)), Vector256.Create(LargestDouble), y);
        Vector256<double> n = Vector256.Floor(Vector256.FusedMultiplyAdd(within, Vector256.Create(1.4426950408889634), Vector256.Create(0.5)));
        Vector256<double> r = Vector256.FusedMultiplyAdd(n, Vector256.Create(DoubleHigh), -within);
        r = Vector256.FusedMultiplyAdd(n, Vector256.Create(DoubleLow), r);
        Vector256<double> p = Vector256.Create(1.0 / 6227020800);
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(1.0 / 479001600));
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(1.0 / 39916800));
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(1.0 / 3628800));
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(1.0 / 362880));
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(1.0 / 40320));
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(1.0 / 5040));
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(1.0 / 720));
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(1.0 / 120));
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(1.0 / 24));
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(1.0 / 6));
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(0.5));
        p = Vector256.FusedMultiplyAdd(p, r, Vector256<double>.One);
        p = Vector256.FusedMultiplyAdd(p, r, Vector256<double>.One);
        // 2^52 + k has k in its lowest bits: the conversion to integers that every machine has.
        Vector256<double> shifted = Vector256.Create(4503599627370496.0 + 1023) - n;
        Vector256<double> result = p * Vector256.ShiftLeft(shifted.AsInt64(), 52).AsDouble();
        return Vector256.ConditionalSelect(Vector256.GreaterThan(y, Vector256.Create(LargestDouble)), Vector256<double>.Zero, result);
    }
}
