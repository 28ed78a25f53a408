using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Qwem.Sim.LinearAlgebra;

namespace Qwem.Sim.Descent;

/// <summary>The inner loop of every minibatch descent: what the partners of a row add to its gradient.</summary>
/// <remarks>
/// gradient += sum over partners j of weight_j f'(w . w_j) w_j, in the order of the list. Eight partners at a time: their rows are
/// read twice, from the cache the second time, the row itself and its gradient once per eight. The products are taken anew for
/// both words of a pair: a row's gradient then needs nothing that another task makes, and reading the partner's row (once, for
/// product and sum) costs less than scattering into its gradient would.
/// </remarks>
internal static unsafe class RowGradient<T, TVector, TLanes>
    where T : unmanaged
    where TVector : struct
    where TLanes : struct, ILanes<T, TVector>
{
    /// <summary>Partners taken together.</summary>
    private const int Group = 8;

    /// <summary>Adds the partners' part to a gradient.</summary>
    /// <param name="rows">All rows, <paramref name="stride"/> numbers each; row <paramref name="nothing"/> is zero.</param>
    /// <param name="stride">Length of a row, a multiple of the lanes.</param>
    /// <param name="own">The row whose gradient it is.</param>
    /// <param name="partners">Rows it was paired with.</param>
    /// <param name="weights">Weight of each pair; null when the slope holds the common one.</param>
    /// <param name="count">Number of partners.</param>
    /// <param name="nothing">Index of a row of zeros, to fill the last group.</param>
    /// <param name="far">True if the rows do not fit the cache of a core: then those of the next eight partners, of this row or the
    /// next, are prefetched. The list must be readable for eight entries beyond its end.</param>
    /// <param name="slope">Derivative of the loss.</param>
    /// <param name="gradient">Receives the sum.</param>
    internal static void Accumulate<TSlope>(
        T* rows, int stride, T* own, ushort* partners, T* weights, int count, ushort nothing, bool far, TSlope slope, T* gradient)
        where TSlope : struct, ISlope<T>
    {
        T* c = stackalloc T[Group];
        int n = 0;
        for (; n + Group <= count; n += Group)
        {
            if (far) Prefetch(rows, (nuint)stride, partners + n + Group);
            AddEight(rows, (nuint)stride, own, partners + n, weights == null ? null : weights + n, c, slope, gradient);
        }
        int rest = count - n;
        if (rest == 0) return;
        if (far) Prefetch(rows, (nuint)stride, partners + count);
        ushort* last = stackalloc ushort[Group];
        T* lastWeights = stackalloc T[Group];
        for (int k = 0; k < Group; k++)
        {
            last[k] = k < rest ? partners[n + k] : nothing;
            lastWeights[k] = k < rest && weights != null ? weights[n + k] : default;
        }
        if (rest <= Group / 2) AddFour(rows, (nuint)stride, own, last, weights == null ? null : lastWeights, c, slope, gradient);
        else AddEight(rows, (nuint)stride, own, last, weights == null ? null : lastWeights, c, slope, gradient);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Prefetch(T* rows, nuint stride, ushort* partners)
    {
        if (!Sse.IsSupported) return;
        for (int k = 0; k < Group; k++)
        {
            byte* row = (byte*)(rows + partners[k] * stride), end = row + stride * (nuint)sizeof(T);
            for (; row < end; row += 64) Sse.Prefetch0(row);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddEight<TSlope>(T* rows, nuint stride, T* own, ushort* partners, T* weights, T* c, TSlope slope, T* gradient)
        where TSlope : struct, ISlope<T>
    {
        T* r0 = rows + partners[0] * stride, r1 = rows + partners[1] * stride, r2 = rows + partners[2] * stride, r3 = rows + partners[3] * stride;
        T* r4 = rows + partners[4] * stride, r5 = rows + partners[5] * stride, r6 = rows + partners[6] * stride, r7 = rows + partners[7] * stride;
        nuint step = (nuint)TLanes.Count;
        if (slope.NeedsProducts)
        {
            TVector s0 = default, s1 = default, s2 = default, s3 = default, s4 = default, s5 = default, s6 = default, s7 = default;
            for (nuint a = 0; a < stride; a += step)
            {
                TVector w = TLanes.Load(own + a);
                s0 = TLanes.FusedMultiplyAdd(w, TLanes.Load(r0 + a), s0);
                s1 = TLanes.FusedMultiplyAdd(w, TLanes.Load(r1 + a), s1);
                s2 = TLanes.FusedMultiplyAdd(w, TLanes.Load(r2 + a), s2);
                s3 = TLanes.FusedMultiplyAdd(w, TLanes.Load(r3 + a), s3);
                s4 = TLanes.FusedMultiplyAdd(w, TLanes.Load(r4 + a), s4);
                s5 = TLanes.FusedMultiplyAdd(w, TLanes.Load(r5 + a), s5);
                s6 = TLanes.FusedMultiplyAdd(w, TLanes.Load(r6 + a), s6);
                s7 = TLanes.FusedMultiplyAdd(w, TLanes.Load(r7 + a), s7);
            }
            LaneSums.Four(TLanes.Fold(s0), TLanes.Fold(s1), TLanes.Fold(s2), TLanes.Fold(s3), c);
            LaneSums.Four(TLanes.Fold(s4), TLanes.Fold(s5), TLanes.Fold(s6), TLanes.Fold(s7), c + 4);
        }
        else
        {
            Clear(c);
        }
        slope.Apply(c);
        if (weights != null) Weigh(c, weights);
        TVector c0 = TLanes.Broadcast(c[0]), c1 = TLanes.Broadcast(c[1]), c2 = TLanes.Broadcast(c[2]), c3 = TLanes.Broadcast(c[3]);
        TVector c4 = TLanes.Broadcast(c[4]), c5 = TLanes.Broadcast(c[5]), c6 = TLanes.Broadcast(c[6]), c7 = TLanes.Broadcast(c[7]);
        for (nuint a = 0; a < stride; a += step)
        {
            TVector g = TLanes.FusedMultiplyAdd(c0, TLanes.Load(r0 + a), TLanes.Load(gradient + a));
            g = TLanes.FusedMultiplyAdd(c1, TLanes.Load(r1 + a), g);
            g = TLanes.FusedMultiplyAdd(c2, TLanes.Load(r2 + a), g);
            g = TLanes.FusedMultiplyAdd(c3, TLanes.Load(r3 + a), g);
            g = TLanes.FusedMultiplyAdd(c4, TLanes.Load(r4 + a), g);
            g = TLanes.FusedMultiplyAdd(c5, TLanes.Load(r5 + a), g);
            g = TLanes.FusedMultiplyAdd(c6, TLanes.Load(r6 + a), g);
            TLanes.Store(TLanes.FusedMultiplyAdd(c7, TLanes.Load(r7 + a), g), gradient + a);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddFour<TSlope>(T* rows, nuint stride, T* own, ushort* partners, T* weights, T* c, TSlope slope, T* gradient)
        where TSlope : struct, ISlope<T>
    {
        T* r0 = rows + partners[0] * stride, r1 = rows + partners[1] * stride, r2 = rows + partners[2] * stride, r3 = rows + partners[3] * stride;
        nuint step = (nuint)TLanes.Count;
        Clear(c);
        if (slope.NeedsProducts)
        {
            TVector s0 = default, s1 = default, s2 = default, s3 = default;
            for (nuint a = 0; a < stride; a += step)
            {
                TVector w = TLanes.Load(own + a);
                s0 = TLanes.FusedMultiplyAdd(w, TLanes.Load(r0 + a), s0);
                s1 = TLanes.FusedMultiplyAdd(w, TLanes.Load(r1 + a), s1);
                s2 = TLanes.FusedMultiplyAdd(w, TLanes.Load(r2 + a), s2);
                s3 = TLanes.FusedMultiplyAdd(w, TLanes.Load(r3 + a), s3);
            }
            LaneSums.Four(TLanes.Fold(s0), TLanes.Fold(s1), TLanes.Fold(s2), TLanes.Fold(s3), c);
        }
        slope.Apply(c);
        if (weights != null) Weigh(c, weights);
        TVector c0 = TLanes.Broadcast(c[0]), c1 = TLanes.Broadcast(c[1]), c2 = TLanes.Broadcast(c[2]), c3 = TLanes.Broadcast(c[3]);
        for (nuint a = 0; a < stride; a += step)
        {
            TVector g = TLanes.FusedMultiplyAdd(c0, TLanes.Load(r0 + a), TLanes.Load(gradient + a));
            g = TLanes.FusedMultiplyAdd(c1, TLanes.Load(r1 + a), g);
            g = TLanes.FusedMultiplyAdd(c2, TLanes.Load(r2 + a), g);
            TLanes.Store(TLanes.FusedMultiplyAdd(c3, TLanes.Load(r3 + a), g), gradient + a);
        }
    }

    /// <summary>target = own - rate gradient; returns the squared norm of the result.</summary>
    internal static double Move(T* own, T* gradient, T rate, T* target, int stride)
    {
        T* sums = stackalloc T[4];
        T negative = RowMath.Negate(rate);
        TVector factor = TLanes.Broadcast(negative), squares = default;
        for (nuint a = 0; a < (nuint)stride; a += (nuint)TLanes.Count)
        {
            TVector w = TLanes.FusedMultiplyAdd(factor, TLanes.Load(gradient + a), TLanes.Load(own + a));
            TLanes.Store(w, target + a);
            squares = TLanes.FusedMultiplyAdd(w, w, squares);
        }
        LaneSums.Four(TLanes.Fold(squares), default, default, default, sums);
        return RowMath.ToDouble(sums[0]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Clear(T* c) => new Span<T>(c, Group).Clear();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Weigh(T* c, T* weights)
    {
        for (int k = 0; k < Group; k += Vector256<T>.Count) (Vector256.Load(c + k) * Vector256.Load(weights + k)).Store(c + k);
    }
}
