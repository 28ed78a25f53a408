using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Qwem.Sim.Descent;

/// <summary>The lanes that rows of embeddings are computed in: sixteen of float, eight of double.</summary>
/// <typeparam name="T">float or double.</typeparam>
/// <typeparam name="TVector">The value that holds the lanes.</typeparam>
/// <remarks>
/// As in the linear algebra, one register or two halves perform the same rounded operations lane by lane and add the lanes in
/// the same order: the results have the same bits. Rows are padded with zeros to whole vectors, so there are no tails.
/// </remarks>
internal unsafe interface IRowLanes<T, TVector>
    where T : unmanaged
    where TVector : struct
{
    static abstract int Count { get; }

    static abstract TVector Load(T* source);

    static abstract void Store(TVector value, T* target);

    static abstract TVector Broadcast(T value);

    /// <summary>left * right + addend, rounded once.</summary>
    static abstract TVector FusedMultiplyAdd(TVector left, TVector right, TVector addend);

    /// <summary>The sum of the upper and the lower half: what every reduction begins with.</summary>
    static abstract Vector256<T> Fold(TVector value);
}

/// <summary>Sixteen float lanes in one register.</summary>
internal unsafe struct WideSingle : IRowLanes<float, Vector512<float>>
{
    public static int Count => 16;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load(float* source) => Vector512.Load(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector512<float> value, float* target) => value.Store(target);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Broadcast(float value) => Vector512.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> FusedMultiplyAdd(Vector512<float> left, Vector512<float> right, Vector512<float> addend) =>
        Vector512.FusedMultiplyAdd(left, right, addend);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Fold(Vector512<float> value) => value.GetLower() + value.GetUpper();
}

/// <summary>Eight double lanes in one register.</summary>
internal unsafe struct WideDouble : IRowLanes<double, Vector512<double>>
{
    public static int Count => 8;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> Load(double* source) => Vector512.Load(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector512<double> value, double* target) => value.Store(target);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> Broadcast(double value) => Vector512.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> FusedMultiplyAdd(Vector512<double> left, Vector512<double> right, Vector512<double> addend) =>
        Vector512.FusedMultiplyAdd(left, right, addend);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> Fold(Vector512<double> value) => value.GetLower() + value.GetUpper();
}

/// <summary>The lanes as two 256-bit halves.</summary>
/// <typeparam name="T">float or double.</typeparam>
internal struct RowHalves<T>
{
    internal Vector256<T> Low;
    internal Vector256<T> High;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal RowHalves(Vector256<T> low, Vector256<T> high)
    {
        Low = low;
        High = high;
    }
}

/// <summary>Sixteen float lanes as two halves.</summary>
internal unsafe struct HalvedSingle : IRowLanes<float, RowHalves<float>>
{
    public static int Count => 16;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowHalves<float> Load(float* source) => new(Vector256.Load(source), Vector256.Load(source + 8));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(RowHalves<float> value, float* target)
    {
        value.Low.Store(target);
        value.High.Store(target + 8);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowHalves<float> Broadcast(float value) => new(Vector256.Create(value), Vector256.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowHalves<float> FusedMultiplyAdd(RowHalves<float> left, RowHalves<float> right, RowHalves<float> addend) => new(
        Vector256.FusedMultiplyAdd(left.Low, right.Low, addend.Low), Vector256.FusedMultiplyAdd(left.High, right.High, addend.High));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Fold(RowHalves<float> value) => value.Low + value.High;
}

/// <summary>Eight double lanes as two halves.</summary>
internal unsafe struct HalvedDouble : IRowLanes<double, RowHalves<double>>
{
    public static int Count => 8;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowHalves<double> Load(double* source) => new(Vector256.Load(source), Vector256.Load(source + 4));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(RowHalves<double> value, double* target)
    {
        value.Low.Store(target);
        value.High.Store(target + 4);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowHalves<double> Broadcast(double value) => new(Vector256.Create(value), Vector256.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowHalves<double> FusedMultiplyAdd(RowHalves<double> left, RowHalves<double> right, RowHalves<double> addend) => new(
        Vector256.FusedMultiplyAdd(left.Low, right.Low, addend.Low), Vector256.FusedMultiplyAdd(left.High, right.High, addend.High));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> Fold(RowHalves<double> value) => value.Low + value.High;
}

/// <summary>Adds the lanes of several vectors at once, in one order on every machine: neighbours, then pairs, then halves.</summary>
internal static unsafe class LaneSums
{
    /// <summary>sums[k] = the sum of vector k; four vectors of eight float or of four double lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Four<T>(Vector256<T> a, Vector256<T> b, Vector256<T> c, Vector256<T> d, T* sums)
        where T : unmanaged
    {
        if (typeof(T) == typeof(float))
        {
            Vector256<float> quarters = Neighbours(Neighbours(a.AsSingle(), b.AsSingle()), Neighbours(c.AsSingle(), d.AsSingle()));
            (quarters.GetLower() + quarters.GetUpper()).Store((float*)sums);
        }
        else
        {
            Vector256<double> left = Neighbours(a.AsDouble(), b.AsDouble()), right = Neighbours(c.AsDouble(), d.AsDouble());
            (left.GetLower() + left.GetUpper()).Store((double*)sums);
            (right.GetLower() + right.GetUpper()).Store((double*)sums + 2);
        }
    }

    // Each 128-bit half of the result: the sums of neighbours in that half of a, then of b.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Neighbours(Vector256<float> a, Vector256<float> b)
    {
        if (Avx.IsSupported) return Avx.HorizontalAdd(a, b);
        return Vector256.Create(
            a[0] + a[1], a[2] + a[3], b[0] + b[1], b[2] + b[3], a[4] + a[5], a[6] + a[7], b[4] + b[5], b[6] + b[7]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<double> Neighbours(Vector256<double> a, Vector256<double> b)
    {
        if (Avx.IsSupported) return Avx.HorizontalAdd(a, b);
        return Vector256.Create(a[0] + a[1], b[0] + b[1], a[2] + a[3], b[2] + b[3]);
    }
}
