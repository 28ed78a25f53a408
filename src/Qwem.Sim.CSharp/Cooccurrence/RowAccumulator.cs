using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Qwem.Sim.Cooccurrence;

/// <summary>Adds up the contexts of all occurrences of one word in a row of counters that stays in cache.</summary>
/// <remarks>
/// A row has 32-bit counters where the word's occurrences cannot overflow them, else 64-bit ones, which nothing can: one
/// occurrence adds less than 2^32 and there are fewer than 2^31. Column V takes what masked words would count.
/// </remarks>
internal sealed class RowAccumulator<TId>
    where TId : unmanaged, IBinaryInteger<TId>
{
    // Occurrences are scattered over the stream: their surroundings are prefetched this many occurrences ahead.
    private const int Ahead = 12;
    private const int CacheLine = 64;

    /// <summary>Pairs between two checks of the cancellation token: about a tenth of a second.</summary>
    private const int PairsBetweenChecks = 1 << 27;

    private readonly TId[] _ids;
    private readonly int _vocabularySize;
    private readonly DocumentWindows _windows;
    private readonly uint[] _weights;
    private readonly int _narrowLimit;
    private readonly uint[] _narrow;
    private readonly int[] _columns;
    private readonly long[] _counts;
    private ulong[]? _wide;

    /// <summary>Counters for a stream of ids 0 .. V, V being that of masked words; weights[r - 1] is that of distance r.</summary>
    public RowAccumulator(TId[] ids, int vocabularySize, DocumentWindows windows, uint[] weights)
    {
        _ids = ids;
        _vocabularySize = vocabularySize;
        _windows = windows;
        _weights = weights;
        long perOccurrence = 0;
        foreach (uint weight in weights) perOccurrence += 2L * weight;
        _narrowLimit = (int)Math.Min(int.MaxValue, uint.MaxValue / perOccurrence);
        _narrow = new uint[vocabularySize + 1];
        _columns = new int[vocabularySize + 1];
        _counts = new long[vocabularySize + 1];
    }

    /// <summary>The rows that were finished.</summary>
    public RowPacker Packer { get; } = new();

    /// <summary>Appends row <paramref name="word"/> of the upper triangle to <see cref="Packer"/>.</summary>
    public void Accumulate(ReadOnlySpan<int> positions, int word, CancellationToken cancellation)
    {
        int length;
        // A rare word touches few columns: collecting them is cheaper than a walk over the whole row.
        if (16L * positions.Length * _weights.Length < _vocabularySize && positions.Length <= _narrowLimit)
        {
            length = Sparse(positions, word);
        }
        else if (positions.Length <= _narrowLimit)
        {
            Dense(_narrow, positions, cancellation);
            length = Collect(_narrow, word);
        }
        else
        {
            _wide ??= new ulong[_vocabularySize + 1];
            Dense(_wide, positions, cancellation);
            length = Collect(_wide, word);
        }
        Packer.Row(_columns.AsSpan(0, length), _counts.AsSpan(0, length));
    }

    private void Dense<TCounter>(TCounter[] row, ReadOnlySpan<int> positions, CancellationToken cancellation)
        where TCounter : unmanaged, IBinaryInteger<TCounter>
    {
        int step = Math.Max(1, PairsBetweenChecks / (2 * _weights.Length));
        while (positions.Length > 0)
        {
            cancellation.ThrowIfCancellationRequested();
            Add(row, positions[..Math.Min(step, positions.Length)]);
            positions = positions[Math.Min(step, positions.Length)..];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private unsafe void Add<TCounter>(TCounter[] rowOfCounters, ReadOnlySpan<int> positions)
        where TCounter : unmanaged, IBinaryInteger<TCounter>
    {
        int halfWidth = _weights.Length;
        fixed (TId* ids = _ids)
        fixed (TCounter* row = rowOfCounters)
        fixed (uint* weights = _weights)
        {
            uint* end = weights + halfWidth;
            for (int index = 0; index < positions.Length; index++)
            {
                if (Sse.IsSupported && index + Ahead < positions.Length) Prefetch(ids + positions[index + Ahead], halfWidth);
                int position = positions[index];
                TId* before = ids + position;
                TId* after = before;
                if (_windows.MayBeCut(position))
                {
                    (int nearest, int farthest, int reach) = _windows.Around(position);
                    for (int r = nearest; r <= farthest; r++) row[int.CreateTruncating(before[-r])] += TCounter.CreateTruncating(weights[r - 1]);
                    for (int r = 1; r <= reach; r++) row[int.CreateTruncating(after[r])] += TCounter.CreateTruncating(weights[r - 1]);
                    continue;
                }
                // Four distances at a time: more than twice as fast as one, because the compiler does not unroll.
                uint* weight = weights;
                for (; weight + 3 < end; weight += 4)
                {
                    before -= 4;
                    row[int.CreateTruncating(before[3])] += TCounter.CreateTruncating(weight[0]);
                    row[int.CreateTruncating(after[1])] += TCounter.CreateTruncating(weight[0]);
                    row[int.CreateTruncating(before[2])] += TCounter.CreateTruncating(weight[1]);
                    row[int.CreateTruncating(after[2])] += TCounter.CreateTruncating(weight[1]);
                    row[int.CreateTruncating(before[1])] += TCounter.CreateTruncating(weight[2]);
                    row[int.CreateTruncating(after[3])] += TCounter.CreateTruncating(weight[2]);
                    row[int.CreateTruncating(before[0])] += TCounter.CreateTruncating(weight[3]);
                    row[int.CreateTruncating(after[4])] += TCounter.CreateTruncating(weight[3]);
                    after += 4;
                }
                for (; weight < end; weight++)
                {
                    row[int.CreateTruncating(*--before)] += TCounter.CreateTruncating(*weight);
                    row[int.CreateTruncating(*++after)] += TCounter.CreateTruncating(*weight);
                }
            }
        }
    }

    // Beyond a few cache lines the processor prefetches by itself. An address outside the stream does no harm.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe void Prefetch(TId* place, int halfWidth)
    {
        int reach = Math.Min(halfWidth * sizeof(TId), 3 * CacheLine);
        byte* first = (byte*)place - reach;
        for (int offset = 0; offset <= 2 * reach; offset += CacheLine) Sse.Prefetch0(first + offset);
        Sse.Prefetch0((byte*)place + reach);
    }

    private int Sparse(ReadOnlySpan<int> positions, int word)
    {
        int touched = 0;
        foreach (int position in positions)
        {
            (int nearest, int farthest, int reach) =
                _windows.MayBeCut(position) ? _windows.Around(position) : (1, _weights.Length, _weights.Length);
            for (int r = nearest; r <= farthest; r++) Touch(_ids[position - r], word, _weights[r - 1], ref touched);
            for (int r = 1; r <= reach; r++) Touch(_ids[position + r], word, _weights[r - 1], ref touched);
        }
        Span<int> columns = _columns.AsSpan(0, touched);
        columns.Sort();
        for (int entry = 0; entry < touched; entry++)
        {
            _counts[entry] = _narrow[columns[entry]];
            _narrow[columns[entry]] = 0;
        }
        return touched;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Touch(TId id, int word, uint weight, ref int touched)
    {
        int column = int.CreateTruncating(id);
        if (column < word || column == _vocabularySize) return;
        if (_narrow[column] == 0) _columns[touched++] = column;
        _narrow[column] += weight;
    }

    /// <summary>Moves the positive counters from column <paramref name="word"/> on to the two lists and clears the row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private int Collect<TCounter>(TCounter[] row, int word)
        where TCounter : unmanaged, IBinaryInteger<TCounter>
    {
        row[_vocabularySize] = TCounter.Zero;
        int length = 0;
        int column = word;
        int[] columns = _columns;
        long[] counts = _counts;
        for (; column <= row.Length - Vector512<TCounter>.Count; column += Vector512<TCounter>.Count)
        {
            Vector512<TCounter> some = Vector512.LoadUnsafe(ref MemoryMarshal.GetArrayDataReference(row), (nuint)column);
            ulong positive = ~Vector512.Equals(some, Vector512<TCounter>.Zero).ExtractMostSignificantBits()
                & (ulong.MaxValue >> (64 - Vector512<TCounter>.Count));
            for (; positive != 0; positive &= positive - 1)
            {
                int found = column + BitOperations.TrailingZeroCount(positive);
                columns[length] = found;
                counts[length++] = long.CreateTruncating(row[found]);
            }
        }
        for (; column < row.Length; column++)
        {
            if (row[column] == TCounter.Zero) continue;
            columns[length] = column;
            counts[length++] = long.CreateTruncating(row[column]);
        }
        Array.Clear(row);
        return length;
    }
}
