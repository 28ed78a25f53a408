using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Qwem.Sim.LinearAlgebra;

/// <summary>Eight double lanes: the one arithmetic that every reduction of this namespace is written in.</summary>
/// <typeparam name="TVector">The value that holds the eight lanes.</typeparam>
/// <remarks>
/// Two implementations, one register or two halves, perform the same rounded operations lane by lane and add the lanes in the
/// same order, so their results have the same bits. Generic code over <see cref="ILanes{TVector}"/> is compiled once for each.
/// </remarks>
internal unsafe interface ILanes<TVector>
    where TVector : struct
{
    /// <summary>Lanes per vector.</summary>
    const int Count = 8;

    static abstract TVector Load(double* source);

    static abstract void Store(TVector value, double* target);

    static abstract TVector Broadcast(double value);

    /// <summary>left * right + addend, rounded once.</summary>
    static abstract TVector FusedMultiplyAdd(TVector left, TVector right, TVector addend);

    static abstract TVector Add(TVector left, TVector right);

    static abstract TVector Multiply(TVector left, TVector right);

    /// <summary>((l0+l4)+(l2+l6)) + ((l1+l5)+(l3+l7)).</summary>
    static abstract double Sum(TVector value);
}

/// <summary>Which of the two implementations runs. Both give the same bits; tests switch to compare them.</summary>
/// <remarks>A check of a whole process with DOTNET_EnableAVX512=0 is made by the report test, not here.</remarks>
internal static class SimdPath
{
    /// <summary>True: one 512-bit register. False: two 256-bit halves.</summary>
    internal static bool Wide { get; set; } = Vector512.IsHardwareAccelerated;
}

/// <summary>Eight lanes in one 512-bit register.</summary>
internal unsafe struct WideLanes : ILanes<Vector512<double>>
{
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
    public static Vector512<double> Add(Vector512<double> left, Vector512<double> right) => left + right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> Multiply(Vector512<double> left, Vector512<double> right) => left * right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Sum(Vector512<double> value) => LanePair.SumQuarters(value.GetLower() + value.GetUpper());
}

/// <summary>Eight lanes as two 256-bit halves.</summary>
internal struct LanePair
{
    internal Vector256<double> Low;
    internal Vector256<double> High;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal LanePair(Vector256<double> low, Vector256<double> high)
    {
        Low = low;
        High = high;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static double SumQuarters(Vector256<double> quarters)
    {
        Vector128<double> pair = quarters.GetLower() + quarters.GetUpper();
        return pair.GetElement(0) + pair.GetElement(1);
    }
}

/// <summary>The arithmetic of <see cref="LanePair"/>.</summary>
internal unsafe struct HalvedLanes : ILanes<LanePair>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LanePair Load(double* source) => new(Vector256.Load(source), Vector256.Load(source + 4));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(LanePair value, double* target)
    {
        value.Low.Store(target);
        value.High.Store(target + 4);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LanePair Broadcast(double value)
    {
        Vector256<double> all = Vector256.Create(value);
        return new(all, all);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LanePair FusedMultiplyAdd(LanePair left, LanePair right, LanePair addend) => new(
        Vector256.FusedMultiplyAdd(left.Low, right.Low, addend.Low),
        Vector256.FusedMultiplyAdd(left.High, right.High, addend.High));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LanePair Add(LanePair left, LanePair right) => new(left.Low + right.Low, left.High + right.High);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LanePair Multiply(LanePair left, LanePair right) => new(left.Low * right.Low, left.High * right.High);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Sum(LanePair value) => LanePair.SumQuarters(value.Low + value.High);
}
