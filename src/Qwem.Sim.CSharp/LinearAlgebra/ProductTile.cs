using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Qwem.Sim.LinearAlgebra;

/// <summary>Register tiles of the matrix product: c = alpha a b + beta c for 8 packed rows and 24, 16 or 8 packed columns.</summary>
/// <remarks>
/// Packed a holds 8 entries per k, packed b 24. Each entry is one chain of fused multiply-adds over k from zero, then
/// fma(alpha, chain, beta c), or alpha chain when <c>overwrite</c> is set: the same operations in every tile, hence the same bits.
/// The tiles are written out once for each width, because sums stay in registers only as local variables, and each width has another number of them.
/// </remarks>
internal static unsafe class ProductTile
{
    internal const int Rows = 8;
    internal const int Columns = 24;

    /// <summary>Runs the tile that covers <paramref name="columns"/> columns (1 .. 24); it writes 8, 16 or 24 of them.</summary>
    internal static void Run(double* a, double* b, int depth, double* c, nint stride, int columns, double alpha, double beta, bool overwrite)
    {
        if (SimdPath.Wide)
        {
            if (columns > 16) Wide24(a, b, depth, c, stride, alpha, beta, overwrite);
            else if (columns > 8) Wide16(a, b, depth, c, stride, alpha, beta, overwrite);
            else Wide8(a, b, depth, c, stride, alpha, beta, overwrite);
            return;
        }
        for (int column = 0; column < columns; column += 12)
        {
            Half12(a, b + column, depth, c + column, stride, Math.Min(12, ((columns + 7) & ~7) - column), alpha, beta, overwrite);
            Half12(a + 4, b + column, depth, c + 4 * stride + column, stride, Math.Min(12, ((columns + 7) & ~7) - column), alpha, beta, overwrite);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Wide24(double* a, double* b, int depth, double* c, nint stride, double alpha, double beta, bool overwrite)
    {
        Vector512<double> s00 = default, s01 = default, s02 = default;
        Vector512<double> s10 = default, s11 = default, s12 = default;
        Vector512<double> s20 = default, s21 = default, s22 = default;
        Vector512<double> s30 = default, s31 = default, s32 = default;
        Vector512<double> s40 = default, s41 = default, s42 = default;
        Vector512<double> s50 = default, s51 = default, s52 = default;
        Vector512<double> s60 = default, s61 = default, s62 = default;
        Vector512<double> s70 = default, s71 = default, s72 = default;
        for (int k = 0; k < depth; k++, a += Rows, b += Columns)
        {
            Vector512<double> b0 = Vector512.Load(b), b1 = Vector512.Load(b + 8), b2 = Vector512.Load(b + 16);
            Vector512<double> left;
            left = Vector512.Create(a[0]);
            s00 = Vector512.FusedMultiplyAdd(left, b0, s00);
            s01 = Vector512.FusedMultiplyAdd(left, b1, s01);
            s02 = Vector512.FusedMultiplyAdd(left, b2, s02);
            left = Vector512.Create(a[1]);
            s10 = Vector512.FusedMultiplyAdd(left, b0, s10);
            s11 = Vector512.FusedMultiplyAdd(left, b1, s11);
            s12 = Vector512.FusedMultiplyAdd(left, b2, s12);
            left = Vector512.Create(a[2]);
            s20 = Vector512.FusedMultiplyAdd(left, b0, s20);
            s21 = Vector512.FusedMultiplyAdd(left, b1, s21);
            s22 = Vector512.FusedMultiplyAdd(left, b2, s22);
            left = Vector512.Create(a[3]);
            s30 = Vector512.FusedMultiplyAdd(left, b0, s30);
            s31 = Vector512.FusedMultiplyAdd(left, b1, s31);
            s32 = Vector512.FusedMultiplyAdd(left, b2, s32);
            left = Vector512.Create(a[4]);
            s40 = Vector512.FusedMultiplyAdd(left, b0, s40);
            s41 = Vector512.FusedMultiplyAdd(left, b1, s41);
            s42 = Vector512.FusedMultiplyAdd(left, b2, s42);
            left = Vector512.Create(a[5]);
            s50 = Vector512.FusedMultiplyAdd(left, b0, s50);
            s51 = Vector512.FusedMultiplyAdd(left, b1, s51);
            s52 = Vector512.FusedMultiplyAdd(left, b2, s52);
            left = Vector512.Create(a[6]);
            s60 = Vector512.FusedMultiplyAdd(left, b0, s60);
            s61 = Vector512.FusedMultiplyAdd(left, b1, s61);
            s62 = Vector512.FusedMultiplyAdd(left, b2, s62);
            left = Vector512.Create(a[7]);
            s70 = Vector512.FusedMultiplyAdd(left, b0, s70);
            s71 = Vector512.FusedMultiplyAdd(left, b1, s71);
            s72 = Vector512.FusedMultiplyAdd(left, b2, s72);
        }
        Update(c, s00, alpha, beta, overwrite);
        Update(c + 8, s01, alpha, beta, overwrite);
        Update(c + 16, s02, alpha, beta, overwrite);
        c += stride;
        Update(c, s10, alpha, beta, overwrite);
        Update(c + 8, s11, alpha, beta, overwrite);
        Update(c + 16, s12, alpha, beta, overwrite);
        c += stride;
        Update(c, s20, alpha, beta, overwrite);
        Update(c + 8, s21, alpha, beta, overwrite);
        Update(c + 16, s22, alpha, beta, overwrite);
        c += stride;
        Update(c, s30, alpha, beta, overwrite);
        Update(c + 8, s31, alpha, beta, overwrite);
        Update(c + 16, s32, alpha, beta, overwrite);
        c += stride;
        Update(c, s40, alpha, beta, overwrite);
        Update(c + 8, s41, alpha, beta, overwrite);
        Update(c + 16, s42, alpha, beta, overwrite);
        c += stride;
        Update(c, s50, alpha, beta, overwrite);
        Update(c + 8, s51, alpha, beta, overwrite);
        Update(c + 16, s52, alpha, beta, overwrite);
        c += stride;
        Update(c, s60, alpha, beta, overwrite);
        Update(c + 8, s61, alpha, beta, overwrite);
        Update(c + 16, s62, alpha, beta, overwrite);
        c += stride;
        Update(c, s70, alpha, beta, overwrite);
        Update(c + 8, s71, alpha, beta, overwrite);
        Update(c + 16, s72, alpha, beta, overwrite);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Wide16(double* a, double* b, int depth, double* c, nint stride, double alpha, double beta, bool overwrite)
    {
        Vector512<double> s00 = default, s01 = default;
        Vector512<double> s10 = default, s11 = default;
        Vector512<double> s20 = default, s21 = default;
        Vector512<double> s30 = default, s31 = default;
        Vector512<double> s40 = default, s41 = default;
        Vector512<double> s50 = default, s51 = default;
        Vector512<double> s60 = default, s61 = default;
        Vector512<double> s70 = default, s71 = default;
        for (int k = 0; k < depth; k++, a += Rows, b += Columns)
        {
            Vector512<double> b0 = Vector512.Load(b), b1 = Vector512.Load(b + 8);
            Vector512<double> left;
            left = Vector512.Create(a[0]);
            s00 = Vector512.FusedMultiplyAdd(left, b0, s00);
            s01 = Vector512.FusedMultiplyAdd(left, b1, s01);
            left = Vector512.Create(a[1]);
            s10 = Vector512.FusedMultiplyAdd(left, b0, s10);
            s11 = Vector512.FusedMultiplyAdd(left, b1, s11);
            left = Vector512.Create(a[2]);
            s20 = Vector512.FusedMultiplyAdd(left, b0, s20);
            s21 = Vector512.FusedMultiplyAdd(left, b1, s21);
            left = Vector512.Create(a[3]);
            s30 = Vector512.FusedMultiplyAdd(left, b0, s30);
            s31 = Vector512.FusedMultiplyAdd(left, b1, s31);
            left = Vector512.Create(a[4]);
            s40 = Vector512.FusedMultiplyAdd(left, b0, s40);
            s41 = Vector512.FusedMultiplyAdd(left, b1, s41);
            left = Vector512.Create(a[5]);
            s50 = Vector512.FusedMultiplyAdd(left, b0, s50);
            s51 = Vector512.FusedMultiplyAdd(left, b1, s51);
            left = Vector512.Create(a[6]);
            s60 = Vector512.FusedMultiplyAdd(left, b0, s60);
            s61 = Vector512.FusedMultiplyAdd(left, b1, s61);
            left = Vector512.Create(a[7]);
            s70 = Vector512.FusedMultiplyAdd(left, b0, s70);
            s71 = Vector512.FusedMultiplyAdd(left, b1, s71);
        }
        Update(c, s00, alpha, beta, overwrite);
        Update(c + 8, s01, alpha, beta, overwrite);
        c += stride;
        Update(c, s10, alpha, beta, overwrite);
        Update(c + 8, s11, alpha, beta, overwrite);
        c += stride;
        Update(c, s20, alpha, beta, overwrite);
        Update(c + 8, s21, alpha, beta, overwrite);
        c += stride;
        Update(c, s30, alpha, beta, overwrite);
        Update(c + 8, s31, alpha, beta, overwrite);
        c += stride;
        Update(c, s40, alpha, beta, overwrite);
        Update(c + 8, s41, alpha, beta, overwrite);
        c += stride;
        Update(c, s50, alpha, beta, overwrite);
        Update(c + 8, s51, alpha, beta, overwrite);
        c += stride;
        Update(c, s60, alpha, beta, overwrite);
        Update(c + 8, s61, alpha, beta, overwrite);
        c += stride;
        Update(c, s70, alpha, beta, overwrite);
        Update(c + 8, s71, alpha, beta, overwrite);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Wide8(double* a, double* b, int depth, double* c, nint stride, double alpha, double beta, bool overwrite)
    {
        Vector512<double> s00 = default;
        Vector512<double> s10 = default;
        Vector512<double> s20 = default;
        Vector512<double> s30 = default;
        Vector512<double> s40 = default;
        Vector512<double> s50 = default;
        Vector512<double> s60 = default;
        Vector512<double> s70 = default;
        for (int k = 0; k < depth; k++, a += Rows, b += Columns)
        {
            Vector512<double> b0 = Vector512.Load(b);
            Vector512<double> left;
            left = Vector512.Create(a[0]);
            s00 = Vector512.FusedMultiplyAdd(left, b0, s00);
            left = Vector512.Create(a[1]);
            s10 = Vector512.FusedMultiplyAdd(left, b0, s10);
            left = Vector512.Create(a[2]);
            s20 = Vector512.FusedMultiplyAdd(left, b0, s20);
            left = Vector512.Create(a[3]);
            s30 = Vector512.FusedMultiplyAdd(left, b0, s30);
            left = Vector512.Create(a[4]);
            s40 = Vector512.FusedMultiplyAdd(left, b0, s40);
            left = Vector512.Create(a[5]);
            s50 = Vector512.FusedMultiplyAdd(left, b0, s50);
            left = Vector512.Create(a[6]);
            s60 = Vector512.FusedMultiplyAdd(left, b0, s60);
            left = Vector512.Create(a[7]);
            s70 = Vector512.FusedMultiplyAdd(left, b0, s70);
        }
        Update(c, s00, alpha, beta, overwrite);
        c += stride;
        Update(c, s10, alpha, beta, overwrite);
        c += stride;
        Update(c, s20, alpha, beta, overwrite);
        c += stride;
        Update(c, s30, alpha, beta, overwrite);
        c += stride;
        Update(c, s40, alpha, beta, overwrite);
        c += stride;
        Update(c, s50, alpha, beta, overwrite);
        c += stride;
        Update(c, s60, alpha, beta, overwrite);
        c += stride;
        Update(c, s70, alpha, beta, overwrite);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Half12(double* a, double* b, int depth, double* c, nint stride, int columns, double alpha, double beta, bool overwrite)
    {
        Vector256<double> s00 = default, s01 = default, s02 = default;
        Vector256<double> s10 = default, s11 = default, s12 = default;
        Vector256<double> s20 = default, s21 = default, s22 = default;
        Vector256<double> s30 = default, s31 = default, s32 = default;
        for (int k = 0; k < depth; k++, a += Rows, b += Columns)
        {
            Vector256<double> b0 = Vector256.Load(b), b1 = Vector256.Load(b + 4), b2 = Vector256.Load(b + 8);
            Vector256<double> left;
            left = Vector256.Create(a[0]);
            s00 = Vector256.FusedMultiplyAdd(left, b0, s00);
            s01 = Vector256.FusedMultiplyAdd(left, b1, s01);
            s02 = Vector256.FusedMultiplyAdd(left, b2, s02);
            left = Vector256.Create(a[1]);
            s10 = Vector256.FusedMultiplyAdd(left, b0, s10);
            s11 = Vector256.FusedMultiplyAdd(left, b1, s11);
            s12 = Vector256.FusedMultiplyAdd(left, b2, s12);
            left = Vector256.Create(a[2]);
            s20 = Vector256.FusedMultiplyAdd(left, b0, s20);
            s21 = Vector256.FusedMultiplyAdd(left, b1, s21);
            s22 = Vector256.FusedMultiplyAdd(left, b2, s22);
            left = Vector256.Create(a[3]);
            s30 = Vector256.FusedMultiplyAdd(left, b0, s30);
            s31 = Vector256.FusedMultiplyAdd(left, b1, s31);
            s32 = Vector256.FusedMultiplyAdd(left, b2, s32);
        }
        Update(c, s00, alpha, beta, overwrite);
        if (columns > 4) Update(c + 4, s01, alpha, beta, overwrite);
        if (columns > 8) Update(c + 8, s02, alpha, beta, overwrite);
        c += stride;
        Update(c, s10, alpha, beta, overwrite);
        if (columns > 4) Update(c + 4, s11, alpha, beta, overwrite);
        if (columns > 8) Update(c + 8, s12, alpha, beta, overwrite);
        c += stride;
        Update(c, s20, alpha, beta, overwrite);
        if (columns > 4) Update(c + 4, s21, alpha, beta, overwrite);
        if (columns > 8) Update(c + 8, s22, alpha, beta, overwrite);
        c += stride;
        Update(c, s30, alpha, beta, overwrite);
        if (columns > 4) Update(c + 4, s31, alpha, beta, overwrite);
        if (columns > 8) Update(c + 8, s32, alpha, beta, overwrite);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Update(double* c, Vector512<double> chain, double alpha, double beta, bool overwrite)
    {
        Vector512<double> value = overwrite
            ? Vector512.Create(alpha) * chain
            : Vector512.FusedMultiplyAdd(Vector512.Create(alpha), chain, Vector512.Create(beta) * Vector512.Load(c));
        value.Store(c);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Update(double* c, Vector256<double> chain, double alpha, double beta, bool overwrite)
    {
        Vector256<double> value = overwrite
            ? Vector256.Create(alpha) * chain
            : Vector256.FusedMultiplyAdd(Vector256.Create(alpha), chain, Vector256.Create(beta) * Vector256.Load(c));
        value.Store(c);
    }
}
