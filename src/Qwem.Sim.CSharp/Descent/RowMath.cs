using System.Runtime.CompilerServices;

namespace Qwem.Sim.Descent;

/// <summary>Scalar arithmetic of float and double for generic code; the compiler keeps one branch.</summary>
internal static unsafe class RowMath
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static T From<T>(double value)
        where T : unmanaged
    {
        if (typeof(T) == typeof(double)) return *(T*)&value;
        float single = (float)value;
        return *(T*)&single;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static double ToDouble<T>(T value)
        where T : unmanaged => typeof(T) == typeof(double) ? *(double*)&value : *(float*)&value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static T Negate<T>(T value)
        where T : unmanaged => From<T>(-ToDouble(value));
}
