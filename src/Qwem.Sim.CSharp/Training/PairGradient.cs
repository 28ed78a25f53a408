using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Qwem.Sim.LinearAlgebra;

namespace Qwem.Sim.Training;

/// <summary>The inner loop of the descent: what a word's partners add to its gradient.</summary>
internal static class PairGradient
{
    /// <summary>gradient += sum over partners j of (slope w_i . w_j + offset) w_j.</summary>
    /// <remarks>Partners are taken in order, four at a time so that the gradient is loaded and stored once for four of them.</remarks>
    internal static void Accumulate(
        DenseMatrix embeddings, int word, ReadOnlySpan<ushort> partners, double slope, double offset, Span<double> gradient)
    {
        ReadOnlySpan<double> own = embeddings.Row(word);
        int n = 0;
        for (; n + 4 <= partners.Length; n += 4)
        {
            ReadOnlySpan<double> w0 = embeddings.Row(partners[n]), w1 = embeddings.Row(partners[n + 1]);
            ReadOnlySpan<double> w2 = embeddings.Row(partners[n + 2]), w3 = embeddings.Row(partners[n + 3]);
            double c0 = offset, c1 = offset, c2 = offset, c3 = offset;
            if (slope != 0)
            {
                c0 = Math.FusedMultiplyAdd(slope, Kernels.Dot(own, w0), offset);
                c1 = Math.FusedMultiplyAdd(slope, Kernels.Dot(own, w1), offset);
                c2 = Math.FusedMultiplyAdd(slope, Kernels.Dot(own, w2), offset);
                c3 = Math.FusedMultiplyAdd(slope, Kernels.Dot(own, w3), offset);
            }
            AddFour(gradient, w0, c0, w1, c1, w2, c2, w3, c3);
        }
        for (; n < partners.Length; n++)
        {
            ReadOnlySpan<double> w = embeddings.Row(partners[n]);
            Kernels.Axpy(slope == 0 ? offset : Math.FusedMultiplyAdd(slope, Kernels.Dot(own, w), offset), w, gradient);
        }
    }

    /// <summary>target += c0 w0 + c1 w1 + c2 w2 + c3 w3, a chain of fused multiply-adds per entry whatever the vector width.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddFour(
        Span<double> target, ReadOnlySpan<double> w0, double c0, ReadOnlySpan<double> w1, double c1,
        ReadOnlySpan<double> w2, double c2, ReadOnlySpan<double> w3, double c3)
    {
        ref double t = ref MemoryMarshal.GetReference(target);
        ref double r0 = ref MemoryMarshal.GetReference(w0), r1 = ref MemoryMarshal.GetReference(w1);
        ref double r2 = ref MemoryMarshal.GetReference(w2), r3 = ref MemoryMarshal.GetReference(w3);
        nuint a = 0, length = (nuint)target.Length;
        if (Vector512.IsHardwareAccelerated)
        {
            Vector512<double> v0 = Vector512.Create(c0), v1 = Vector512.Create(c1), v2 = Vector512.Create(c2), v3 = Vector512.Create(c3);
            for (; a + 8 <= length; a += 8)
            {
                Vector512<double> sum = Vector512.FusedMultiplyAdd(v0, Vector512.LoadUnsafe(ref r0, a), Vector512.LoadUnsafe(ref t, a));
                sum = Vector512.FusedMultiplyAdd(v1, Vector512.LoadUnsafe(ref r1, a), sum);
                sum = Vector512.FusedMultiplyAdd(v2, Vector512.LoadUnsafe(ref r2, a), sum);
                Vector512.FusedMultiplyAdd(v3, Vector512.LoadUnsafe(ref r3, a), sum).StoreUnsafe(ref t, a);
            }
        }
        else
        {
            Vector256<double> v0 = Vector256.Create(c0), v1 = Vector256.Create(c1), v2 = Vector256.Create(c2), v3 = Vector256.Create(c3);
            for (; a + 4 <= length; a += 4)
            {
                Vector256<double> sum = Vector256.FusedMultiplyAdd(v0, Vector256.LoadUnsafe(ref r0, a), Vector256.LoadUnsafe(ref t, a));
                sum = Vector256.FusedMultiplyAdd(v1, Vector256.LoadUnsafe(ref r1, a), sum);
                sum = Vector256.FusedMultiplyAdd(v2, Vector256.LoadUnsafe(ref r2, a), sum);
                Vector256.FusedMultiplyAdd(v3, Vector256.LoadUnsafe(ref r3, a), sum).StoreUnsafe(ref t, a);
            }
        }
        for (; a < length; a++)
        {
            ref double entry = ref Unsafe.Add(ref t, a);
            entry = Math.FusedMultiplyAdd(c0, Unsafe.Add(ref r0, a), entry);
            entry = Math.FusedMultiplyAdd(c1, Unsafe.Add(ref r1, a), entry);
            entry = Math.FusedMultiplyAdd(c2, Unsafe.Add(ref r2, a), entry);
            entry = Math.FusedMultiplyAdd(c3, Unsafe.Add(ref r3, a), entry);
        }
    }
}
