using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Qwem.Sim.Descent;
using Qwem.Sim.LinearAlgebra;

namespace Qwem.Sim.Hogwild;

/// <summary>One input row against six output rows: products, logistic slopes, and both updates in one pass.</summary>
/// <remarks>Other threads may move the same rows meanwhile; each number is then one of those that either thread wrote.</remarks>
internal static unsafe class SkipGramKernel<TVector, TLanes>
    where TVector : struct
    where TLanes : struct, ILanes<float, TVector>
{
    /// <summary>Output rows taken together: a positive word and the usual five negative ones.</summary>
    internal const int Group = 6;

    /// <summary>Moves six output rows, and adds what the input row is to move by to <paramref name="error"/>.</summary>
    /// <param name="input">The input row; not changed.</param>
    /// <param name="error">Sum of the input row's moves.</param>
    /// <param name="outputs">Six output rows; the same row may come more than once.</param>
    /// <param name="labels">1 for the positive word, 0 for negative ones; eight entries.</param>
    /// <param name="rates">Learning rate of each output, 0 for one that does not count; eight entries.</param>
    /// <param name="stride">Length of a row, a multiple of the lanes.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Move(float* input, float* error, float** outputs, Vector256<float> labels, Vector256<float> rates, nuint stride)
    {
        float* r0 = outputs[0], r1 = outputs[1], r2 = outputs[2], r3 = outputs[3], r4 = outputs[4], r5 = outputs[5];
        TVector s0 = default, s1 = default, s2 = default, s3 = default, s4 = default, s5 = default;
        nuint step = (nuint)TLanes.Count;
        for (nuint a = 0; a < stride; a += step)
        {
            TVector w = TLanes.Load(input + a);
            s0 = TLanes.FusedMultiplyAdd(w, TLanes.Load(r0 + a), s0);
            s1 = TLanes.FusedMultiplyAdd(w, TLanes.Load(r1 + a), s1);
            s2 = TLanes.FusedMultiplyAdd(w, TLanes.Load(r2 + a), s2);
            s3 = TLanes.FusedMultiplyAdd(w, TLanes.Load(r3 + a), s3);
            s4 = TLanes.FusedMultiplyAdd(w, TLanes.Load(r4 + a), s4);
            s5 = TLanes.FusedMultiplyAdd(w, TLanes.Load(r5 + a), s5);
        }
        float* c = stackalloc float[8];
        LaneSums.Four(TLanes.Fold(s0), TLanes.Fold(s1), TLanes.Fold(s2), TLanes.Fold(s3), c);
        LaneSums.Four(TLanes.Fold(s4), TLanes.Fold(s5), default, default, c + 4);
        ((labels - LogisticFunction.Sigmoid(Vector256.Load(c))) * rates).Store(c);
        TVector c0 = TLanes.Broadcast(c[0]), c1 = TLanes.Broadcast(c[1]), c2 = TLanes.Broadcast(c[2]);
        TVector c3 = TLanes.Broadcast(c[3]), c4 = TLanes.Broadcast(c[4]), c5 = TLanes.Broadcast(c[5]);
        for (nuint a = 0; a < stride; a += step)
        {
            TVector w = TLanes.Load(input + a);
            // A row is loaded after the one before it was stored: where both are the same row, neither update is lost.
            TVector e = Add(w, c0, r0 + a, TLanes.Load(error + a));
            e = Add(w, c1, r1 + a, e);
            e = Add(w, c2, r2 + a, e);
            e = Add(w, c3, r3 + a, e);
            e = Add(w, c4, r4 + a, e);
            TLanes.Store(Add(w, c5, r5 + a, e), error + a);
        }
    }

    /// <summary>row += error, and error = 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Settle(float* row, float* error, nuint stride)
    {
        TVector one = TLanes.Broadcast(1);
        for (nuint a = 0; a < stride; a += (nuint)TLanes.Count)
        {
            TLanes.Store(TLanes.FusedMultiplyAdd(one, TLanes.Load(error + a), TLanes.Load(row + a)), row + a);
            TLanes.Store(default, error + a);
        }
    }

    /// <summary>Prefetches a row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Prefetch(float* row, nuint stride)
    {
        if (!Sse.IsSupported) return;
        for (nuint a = 0; a < stride; a += 16) Sse.Prefetch0(row + a);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Add(TVector input, TVector coefficient, float* output, TVector error)
    {
        TVector row = TLanes.Load(output);
        TLanes.Store(TLanes.FusedMultiplyAdd(coefficient, input, row), output);
        return TLanes.FusedMultiplyAdd(coefficient, row, error);
    }
}
