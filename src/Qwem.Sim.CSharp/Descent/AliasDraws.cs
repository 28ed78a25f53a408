using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Qwem.Sim.Random;

namespace Qwem.Sim.Descent;

/// <summary>Draws words from alias tables, four at a time where the machine can gather.</summary>
/// <remarks>
/// Of 64 random bits the upper half, times the number of cells, gives the cell (uniform to the number of cells over 2^32: 2e-5 of its
/// probability at 65,535 words, 2e-7 at 1000), the lower half the coin (to 2^-32). Whole numbers only: the same draws everywhere.
/// </remarks>
internal static unsafe class AliasDraws
{
    private const byte CellBytes = 8;

    /// <summary>Draws a word per entry of <paramref name="words"/>, all from one table.</summary>
    internal static void FromTable(AliasCell* cells, int count, CounterRandom random, ulong firstIndex, Span<ushort> words)
    {
        int n = 0;
        if (Avx2.IsSupported)
        {
            Vector256<ulong> counts = Vector256.Create((ulong)count);
            for (; n + 4 <= words.Length; n += 4)
            {
                Vector256<ulong> bits = random.FourBits(firstIndex + (ulong)n);
                Vector256<ulong> cell = Avx2.Multiply((bits >>> 32).AsUInt32(), counts.AsUInt32()) >>> 32;
                Put(Avx2.GatherVector256((long*)cells, cell.AsInt64(), CellBytes), bits, ref words[n]);
            }
        }
        for (; n < words.Length; n++) words[n] = One(cells, (uint)count, random.Bits(firstIndex + (ulong)n));
    }

    /// <summary>Draws a partner for each of <paramref name="words"/>, from that word's row of the cells.</summary>
    /// <remarks>The cells may exceed the caches: those of a block are all prefetched before the first is used.</remarks>
    internal static void FromRows(
        AliasRow* rows, AliasCell* cells, CounterRandom random, ulong firstIndex, ReadOnlySpan<ushort> words, Span<ushort> partners)
    {
        const int block = 128;
        int n = 0;
        if (Avx2.IsSupported)
        {
            ulong* bits = stackalloc ulong[block];
            ulong* places = stackalloc ulong[block];
            Vector256<ulong> low = Vector256.Create(0xFFFFFFFFUL);
            for (; n + block <= words.Length; n += block)
            {
                for (int k = 0; k < block; k += 4)
                {
                    Vector256<ulong> four = random.FourBits(firstIndex + (ulong)(n + k));
                    Vector128<int> word = Vector128.Create(words[n + k], words[n + k + 1], words[n + k + 2], words[n + k + 3]);
                    Vector256<ulong> row = Avx2.GatherVector256((long*)rows, word, CellBytes).AsUInt64();
                    Vector256<ulong> place = (Avx2.Multiply((four >>> 32).AsUInt32(), (row >>> 32).AsUInt32()) >>> 32) + (row & low);
                    four.Store(bits + k);
                    place.Store(places + k);
                    for (int lane = 0; lane < 4; lane++) Sse.Prefetch0(cells + places[k + lane]);
                }
                for (int k = 0; k < block; k += 4)
                    Put(Avx2.GatherVector256((long*)cells, Vector256.Load(places + k).AsInt64(), CellBytes), Vector256.Load(bits + k), ref partners[n + k]);
            }
        }
        for (; n < words.Length; n++)
        {
            AliasRow row = rows[words[n]];
            partners[n] = One(cells + row.Start, row.Count, random.Bits(firstIndex + (ulong)n));
        }
    }

    /// <summary>The word drawn by 64 random bits.</summary>
    internal static ushort One(AliasCell* cells, uint count, ulong bits)
    {
        AliasCell cell = cells[((bits >> 32) * count) >> 32];
        return (uint)bits < cell.Threshold ? cell.Own : cell.Other;
    }

    // A cell as a number: threshold in the upper half, own and other word below it. The lower half of the bits is the coin.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put(Vector256<long> cells, Vector256<ulong> bits, ref ushort words)
    {
        Vector256<long> coins = (bits & Vector256.Create(0xFFFFFFFFUL)).AsInt64();
        Vector256<long> own = Vector256.LessThan(coins, cells >>> 32);
        Vector256<long> chosen = Vector256.ConditionalSelect(own, cells >>> 16, cells) & Vector256.Create(0xFFFFL);
        Vector128<uint> narrow = Vector128.Narrow(chosen.GetLower().AsUInt64(), chosen.GetUpper().AsUInt64());
        Vector128<ushort> packed = Vector128.Narrow(narrow, narrow);
        Unsafe.WriteUnaligned(ref Unsafe.As<ushort, byte>(ref words), packed.AsUInt64().ToScalar());
    }
}
