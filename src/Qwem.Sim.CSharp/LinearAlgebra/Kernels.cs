using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Qwem.Sim.LinearAlgebra;

/// <summary>Vector kernels whose results have the same bits on every instruction set.</summary>
/// <remarks>
/// Reductions: entry i goes to lane i mod 8 of accumulator (i / 8) mod 4 by a fused multiply-add, in index order; the four
/// accumulators are added as (0+1)+(2+3), whole vectors left over go to accumulator 0, the eight lanes are added in one fixed
/// order, and the last (length mod 8) entries follow one by one. Elementwise kernels: one fused multiply-add per entry.
/// None of them allocates.
/// </remarks>
public static unsafe class Kernels
{
    /// <summary>Inner product of x and y.</summary>
    /// <remarks>Error at most (n/32 + 10) u sum |x_i y_i|, u = 2^-53 (length of the longest chain of roundings).</remarks>
    /// <param name="x">First vector, any unit.</param>
    /// <param name="y">Second vector, as long as <paramref name="x"/>.</param>
    /// <returns>sum x_i y_i; 0 for empty vectors.</returns>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static double Dot(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        RequireSameLength(x.Length, y.Length);
        fixed (double* px = x, py = y) return Dot(px, py, x.Length);
    }

    /// <summary>Squared Euclidean norm of x; the same bits as <c>Dot(x, x)</c>.</summary>
    /// <param name="x">A vector.</param>
    /// <returns>sum x_i^2, not protected against overflow.</returns>
    public static double NormSquared(ReadOnlySpan<double> x)
    {
        fixed (double* px = x) return Dot(px, px, x.Length);
    }

    /// <summary>y += a x, one fused multiply-add per entry.</summary>
    /// <param name="a">The factor.</param>
    /// <param name="x">The vector added.</param>
    /// <param name="y">The vector changed, as long as <paramref name="x"/>; it may be <paramref name="x"/> itself.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static void Axpy(double a, ReadOnlySpan<double> x, Span<double> y)
    {
        RequireSameLength(x.Length, y.Length);
        fixed (double* px = x, py = y) Axpy(a, px, py, x.Length);
    }

    /// <summary>x *= a.</summary>
    /// <param name="a">The factor.</param>
    /// <param name="x">The vector changed.</param>
    public static void Scale(double a, Span<double> x)
    {
        fixed (double* px = x)
        {
            if (SimdPath.Wide) Scale<WideLanes<double>, Vector512<double>>(a, px, x.Length);
            else Scale<HalvedLanes<double>, LanePair<double>>(a, px, x.Length);
        }
    }

    /// <summary>Plane rotation of two vectors: (x, y) becomes (c x + s y, c y - s x).</summary>
    /// <param name="x">First vector.</param>
    /// <param name="y">Second vector, as long as <paramref name="x"/> and not overlapping it.</param>
    /// <param name="cosine">c.</param>
    /// <param name="sine">s.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    internal static void Rotate(Span<double> x, Span<double> y, double cosine, double sine)
    {
        RequireSameLength(x.Length, y.Length);
        fixed (double* px = x, py = y) Rotate(px, py, x.Length, cosine, sine);
    }

    /// <summary>Sum of the entries, in the lane order of <see cref="Dot(ReadOnlySpan{double}, ReadOnlySpan{double})"/>.</summary>
    /// <param name="x">A vector.</param>
    /// <returns>sum x_i; 0 for an empty vector.</returns>
    internal static double Sum(ReadOnlySpan<double> x)
    {
        fixed (double* px = x)
            return SimdPath.Wide ? Sum<WideLanes<double>, Vector512<double>>(px, x.Length) : Sum<HalvedLanes<double>, LanePair<double>>(px, x.Length);
    }

    internal static double Dot(double* x, double* y, int length) =>
        SimdPath.Wide ? Dot<WideLanes<double>, Vector512<double>>(x, y, length) : Dot<HalvedLanes<double>, LanePair<double>>(x, y, length);

    internal static void Axpy(double a, double* x, double* y, int length)
    {
        if (SimdPath.Wide) Axpy<WideLanes<double>, Vector512<double>>(a, x, y, length);
        else Axpy<HalvedLanes<double>, LanePair<double>>(a, x, y, length);
    }

    internal static void Rotate(double* x, double* y, int length, double cosine, double sine)
    {
        if (SimdPath.Wide) Rotate<WideLanes<double>, Vector512<double>>(x, y, length, cosine, sine);
        else Rotate<HalvedLanes<double>, LanePair<double>>(x, y, length, cosine, sine);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static double Dot<TLanes, TVector>(double* x, double* y, int length)
        where TLanes : ILanes<double, TVector>
        where TVector : struct
    {
        TVector sum0 = TLanes.Broadcast(0), sum1 = sum0, sum2 = sum0, sum3 = sum0;
        int i = 0;
        for (; i <= length - 32; i += 32)
        {
            sum0 = TLanes.FusedMultiplyAdd(TLanes.Load(x + i), TLanes.Load(y + i), sum0);
            sum1 = TLanes.FusedMultiplyAdd(TLanes.Load(x + i + 8), TLanes.Load(y + i + 8), sum1);
            sum2 = TLanes.FusedMultiplyAdd(TLanes.Load(x + i + 16), TLanes.Load(y + i + 16), sum2);
            sum3 = TLanes.FusedMultiplyAdd(TLanes.Load(x + i + 24), TLanes.Load(y + i + 24), sum3);
        }
        for (; i <= length - 8; i += 8) sum0 = TLanes.FusedMultiplyAdd(TLanes.Load(x + i), TLanes.Load(y + i), sum0);
        double sum = LaneSums.One(TLanes.Fold(TLanes.Add(TLanes.Add(sum0, sum1), TLanes.Add(sum2, sum3))));
        for (; i < length; i++) sum = Math.FusedMultiplyAdd(x[i], y[i], sum);
        return sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static double Sum<TLanes, TVector>(double* x, int length)
        where TLanes : ILanes<double, TVector>
        where TVector : struct
    {
        TVector sum0 = TLanes.Broadcast(0), sum1 = sum0, sum2 = sum0, sum3 = sum0;
        int i = 0;
        for (; i <= length - 32; i += 32)
        {
            sum0 = TLanes.Add(TLanes.Load(x + i), sum0);
            sum1 = TLanes.Add(TLanes.Load(x + i + 8), sum1);
            sum2 = TLanes.Add(TLanes.Load(x + i + 16), sum2);
            sum3 = TLanes.Add(TLanes.Load(x + i + 24), sum3);
        }
        for (; i <= length - 8; i += 8) sum0 = TLanes.Add(TLanes.Load(x + i), sum0);
        double sum = LaneSums.One(TLanes.Fold(TLanes.Add(TLanes.Add(sum0, sum1), TLanes.Add(sum2, sum3))));
        for (; i < length; i++) sum += x[i];
        return sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Axpy<TLanes, TVector>(double a, double* x, double* y, int length)
        where TLanes : ILanes<double, TVector>
        where TVector : struct
    {
        TVector factor = TLanes.Broadcast(a);
        int i = 0;
        for (; i <= length - 16; i += 16)
        {
            TLanes.Store(TLanes.FusedMultiplyAdd(factor, TLanes.Load(x + i), TLanes.Load(y + i)), y + i);
            TLanes.Store(TLanes.FusedMultiplyAdd(factor, TLanes.Load(x + i + 8), TLanes.Load(y + i + 8)), y + i + 8);
        }
        for (; i < length; i++) y[i] = Math.FusedMultiplyAdd(a, x[i], y[i]);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Scale<TLanes, TVector>(double a, double* x, int length)
        where TLanes : ILanes<double, TVector>
        where TVector : struct
    {
        TVector factor = TLanes.Broadcast(a);
        int i = 0;
        for (; i <= length - 8; i += 8) TLanes.Store(TLanes.Multiply(factor, TLanes.Load(x + i)), x + i);
        for (; i < length; i++) x[i] *= a;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Rotate<TLanes, TVector>(double* x, double* y, int length, double cosine, double sine)
        where TLanes : ILanes<double, TVector>
        where TVector : struct
    {
        TVector c = TLanes.Broadcast(cosine), s = TLanes.Broadcast(sine), minus = TLanes.Broadcast(-sine);
        int i = 0;
        for (; i <= length - 8; i += 8)
        {
            TVector left = TLanes.Load(x + i), right = TLanes.Load(y + i);
            TLanes.Store(TLanes.FusedMultiplyAdd(s, right, TLanes.Multiply(c, left)), x + i);
            TLanes.Store(TLanes.FusedMultiplyAdd(minus, left, TLanes.Multiply(c, right)), y + i);
        }
        for (; i < length; i++)
        {
            double left = x[i], right = y[i];
            x[i] = Math.FusedMultiplyAdd(sine, right, cosine * left);
            y[i] = Math.FusedMultiplyAdd(-sine, left, cosine * right);
        }
    }

    private static void RequireSameLength(int first, int second)
    {
        if (first != second) ThrowLengths(first, second);
    }

    [DoesNotReturn, MethodImpl(MethodImplOptions.NoInlining)]
    private static void ThrowLengths(int first, int second) =>
        throw new ArgumentException($"The vectors have {first} and {second} entries; they must have equally many.");
}
