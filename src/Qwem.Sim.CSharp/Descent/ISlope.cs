using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Qwem.Sim.Descent;

/// <summary>The derivative of one sign's loss with respect to the inner product, times the share of a pair in the mean.</summary>
/// <typeparam name="T">float or double.</typeparam>
internal unsafe interface ISlope<T>
    where T : unmanaged
{
    /// <summary>True if the derivative depends on the inner product, so that it must be computed.</summary>
    bool NeedsProducts { get; }

    /// <summary>Replaces eight inner products by eight derivatives.</summary>
    void Apply(T* products);
}

/// <summary>2 a x - b: every quadratic loss.</summary>
internal readonly unsafe struct LinearSlope<T>(T slope, T offset) : ISlope<T>
    where T : unmanaged
{
    private readonly T _slope = slope, _offset = offset;

    public bool NeedsProducts => !EqualityComparer<T>.Default.Equals(_slope, default);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Apply(T* products)
    {
        if (typeof(T) == typeof(float))
        {
            float* x = (float*)products;
            T slope = _slope, offset = _offset;
            Vector256.FusedMultiplyAdd(Vector256.Create(*(float*)&slope), Vector256.Load(x), Vector256.Create(*(float*)&offset)).Store(x);
        }
        else
        {
            double* x = (double*)products;
            T slope = _slope, offset = _offset;
            Vector256<double> a = Vector256.Create(*(double*)&slope), b = Vector256.Create(*(double*)&offset);
            Vector256.FusedMultiplyAdd(a, Vector256.Load(x), b).Store(x);
            Vector256.FusedMultiplyAdd(a, Vector256.Load(x + 4), b).Store(x + 4);
        }
    }
}
