using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Qwem.Sim.LinearAlgebra;

/// <summary>Copies lines of a matrix into the interleaved order the register tiles read.</summary>
/// <remarks>Entry (line, k) of a panel goes to <c>target[k * width + line]</c>; missing lines are filled with zeros. Data moves only: no rounding.</remarks>
internal static unsafe class ProductPacking
{
    /// <summary>Packs <paramref name="lines"/> lines of <paramref name="depth"/> entries; one of the two strides must be 1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Pack(double* source, nint lineStride, nint depthStride, int lines, int depth, int width, double* target)
    {
        if (lines < width) new Span<double>(target, width * depth).Clear();
        if (lineStride == 1) CopyLines(source, depthStride, lines, depth, width, target);
        else Interleave(source, lineStride, depthStride, lines, depth, width, target);
    }

    private static void CopyLines(double* source, nint depthStride, int lines, int depth, int width, double* target)
    {
        if (lines == 24 && width == 24)
        {
            for (int k = 0; k < depth; k++, source += depthStride, target += width)
            {
                Vector512.Load(source).Store(target);
                Vector512.Load(source + 8).Store(target + 8);
                Vector512.Load(source + 16).Store(target + 16);
            }
        }
        else if (lines == 8 && width == 8)
        {
            for (int k = 0; k < depth; k++, source += depthStride, target += width) Vector512.Load(source).Store(target);
        }
        else
        {
            for (int k = 0; k < depth; k++, source += depthStride, target += width)
                for (int line = 0; line < lines; line++) target[line] = source[line];
        }
    }

    private static void Interleave(double* source, nint lineStride, nint depthStride, int lines, int depth, int width, double* target)
    {
        int line = 0;
        if (Avx.IsSupported && depthStride == 1)
        {
            for (; line <= lines - 4; line += 4)
                InterleaveFour(source + line * lineStride, lineStride, depth, width, target + line);
        }
        for (; line < lines; line++)
        {
            double* from = source + line * lineStride;
            for (int k = 0; k < depth; k++) target[(nint)k * width + line] = from[k * depthStride];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void InterleaveFour(double* source, nint lineStride, int depth, int width, double* target)
    {
        double* line1 = source + lineStride, line2 = line1 + lineStride, line3 = line2 + lineStride;
        int k = 0;
        for (; k <= depth - 4; k += 4, target += 4 * width)
        {
            Vector256<double> a = Vector256.Load(source + k), b = Vector256.Load(line1 + k);
            Vector256<double> c = Vector256.Load(line2 + k), d = Vector256.Load(line3 + k);
            Vector256<double> abEven = Avx.UnpackLow(a, b), abOdd = Avx.UnpackHigh(a, b);
            Vector256<double> cdEven = Avx.UnpackLow(c, d), cdOdd = Avx.UnpackHigh(c, d);
            Avx.Permute2x128(abEven, cdEven, 0x20).Store(target);
            Avx.Permute2x128(abOdd, cdOdd, 0x20).Store(target + width);
            Avx.Permute2x128(abEven, cdEven, 0x31).Store(target + 2 * width);
            Avx.Permute2x128(abOdd, cdOdd, 0x31).Store(target + 3 * width);
        }
        for (; k < depth; k++, target += width)
        {
            target[0] = source[k];
            target[1] = line1[k];
            target[2] = line2[k];
            target[3] = line3[k];
        }
    }
}
