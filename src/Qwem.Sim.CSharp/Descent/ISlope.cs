using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Qwem.Sim.LinearAlgebra;

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

/// <summary>The derivative of log(1 + e^(s x)), s = -1 on positive and +1 on negative pairs, times a factor.</summary>
internal readonly unsafe struct LogisticSlope<T>(bool positive, double factor) : ISlope<T>
    where T : unmanaged
{
    private readonly double _sign = positive ? -1 : 1, _factor = positive ? -factor : factor;

    public bool NeedsProducts => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Apply(T* products)
    {
        if (typeof(T) == typeof(float))
        {
            float* x = (float*)products;
            (LogisticFunction.Sigmoid(Vector256.Load(x) * (float)_sign) * (float)_factor).Store(x);
        }
        else
        {
            double* x = (double*)products;
            (LogisticFunction.Sigmoid(Vector256.Load(x) * _sign) * _factor).Store(x);
            (LogisticFunction.Sigmoid(Vector256.Load(x + 4) * _sign) * _factor).Store(x + 4);
        }
    }
}
