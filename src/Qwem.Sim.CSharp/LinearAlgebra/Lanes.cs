using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Qwem.Sim.LinearAlgebra;

/// <summary>The lanes that every sum whose bits matter is computed in: eight of double, sixteen of float.</summary>
/// <typeparam name="T">double or float.</typeparam>
/// <typeparam name="TVector">The value that holds the lanes.</typeparam>
/// <remarks>
/// Two implementations, one register or two halves, perform the same rounded operations lane by lane, and <see cref="LaneSums"/> adds the
/// lanes in the same order, so their results have the same bits. Generic code over these lanes is compiled once for each.
/// </remarks>
internal unsafe interface ILanes<T, TVector>
    where T : unmanaged
    where TVector : struct
{
    /// <summary>Lanes per vector.</summary>
    static abstract int Count { get; }

    static abstract TVector Load(T* source);

    static abstract void Store(TVector value, T* target);

    static abstract TVector Broadcast(T value);

    /// <summary>left * right + addend, rounded once.</summary>
    static abstract TVector FusedMultiplyAdd(TVector left, TVector right, TVector addend);

    static abstract TVector Add(TVector left, TVector right);

    static abstract TVector Multiply(TVector left, TVector right);

    /// <summary>The sum of the upper and the lower half: what every reduction begins with.</summary>
    static abstract Vector256<T> Fold(TVector value);
}

/// <summary>Which of the two implementations runs. Both give the same bits; tests switch to compare them.</summary>
/// <remarks>A check of a whole process with DOTNET_EnableAVX512=0 is made by the report test, not here.</remarks>
internal static class SimdPath
{
    /// <summary>True: one 512-bit register. False: two 256-bit halves.</summary>
    internal static bool Wide { get; set; } = Vector512.IsHardwareAccelerated;
}

/// <summary>The lanes in one 512-bit register.</summary>
internal unsafe struct WideLanes<T> : ILanes<T, Vector512<T>>
    where T : unmanaged
{
    public static int Count => Vector512<T>.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Load(T* source) => Vector512.Load(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector512<T> value, T* target) => value.Store(target);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Broadcast(T value) => Vector512.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> FusedMultiplyAdd(Vector512<T> left, Vector512<T> right, Vector512<T> addend) =>
        typeof(T) == typeof(float)
            ? Vector512.FusedMultiplyAdd(left.AsSingle(), right.AsSingle(), addend.AsSingle()).As<float, T>()
            : Vector512.FusedMultiplyAdd(left.AsDouble(), right.AsDouble(), addend.AsDouble()).As<double, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Add(Vector512<T> left, Vector512<T> right) => left + right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Multiply(Vector512<T> left, Vector512<T> right) => left * right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> Fold(Vector512<T> value) => value.GetLower() + value.GetUpper();
}

/// <summary>The lanes as two 256-bit halves.</summary>
internal struct LanePair<T>
{
    internal Vector256<T> Low;
    internal Vector256<T> High;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal LanePair(Vector256<T> low, Vector256<T> high)
    {
        Low = low;
        High = high;
    }
}

/// <summary>The arithmetic of <see cref="LanePair{T}"/>.</summary>
internal unsafe struct HalvedLanes<T> : ILanes<T, LanePair<T>>
    where T : unmanaged
{
    public static int Count => 2 * Vector256<T>.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LanePair<T> Load(T* source) => new(Vector256.Load(source), Vector256.Load(source + Vector256<T>.Count));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(LanePair<T> value, T* target)
    {
        value.Low.Store(target);
        value.High.Store(target + Vector256<T>.Count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LanePair<T> Broadcast(T value)
    {
        Vector256<T> all = Vector256.Create(value);
        return new(all, all);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LanePair<T> FusedMultiplyAdd(LanePair<T> left, LanePair<T> right, LanePair<T> addend) => new(FusedMultiplyAdd(left.Low, right.Low, addend.Low), FusedMultiplyAdd(left.High, right.High, addend.High));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LanePair<T> Add(LanePair<T> left, LanePair<T> right) => new(left.Low + right.Low, left.High + right.High);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LanePair<T> Multiply(LanePair<T> left, LanePair<T> right) => new(left.Low * right.Low, left.High * right.High);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> Fold(LanePair<T> value) => value.Low + value.High;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<T> FusedMultiplyAdd(Vector256<T> left, Vector256<T> right, Vector256<T> addend) =>
        typeof(T) == typeof(float)
            ? Vector256.FusedMultiplyAdd(left.AsSingle(), right.AsSingle(), addend.AsSingle()).As<float, T>()
            : Vector256.FusedMultiplyAdd(left.AsDouble(), right.AsDouble(), addend.AsDouble()).As<double, T>();
}

/// <summary>Adds the lanes of folded vectors, in one order on every machine.</summary>
/// <remarks>
/// There are two such orders, and the bytes of spectra and of trained runs depend on them: the linear algebra adds one vector in the fewest steps,
/// the training four at once, which needs neighbours to be added first.
/// </remarks>
internal static unsafe class LaneSums
{
    /// <summary>(f0 + f2) + (f1 + f3): of eight lanes ((l0+l4)+(l2+l6)) + ((l1+l5)+(l3+l7)).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static double One(Vector256<double> folded)
    {
        Vector128<double> pair = folded.GetLower() + folded.GetUpper();
        return pair.GetElement(0) + pair.GetElement(1);
    }

    /// <summary>sums[k] = the sum of vector k, neighbours first, then pairs, then halves; four vectors of eight float or of four double lanes.</summary>
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
