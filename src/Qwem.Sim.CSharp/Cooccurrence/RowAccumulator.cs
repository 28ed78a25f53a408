using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Qwem.Sim.Cooccurrence;

/// <summary>Adds up the contexts of all occurrences of one word in a row of counters that stays in cache.</summary>
internal sealed class RowAccumulator
{
    private readonly int _halfWidth;
    private readonly int _occurrencesPerFlush;
    private readonly uint[] _row;
    private readonly ulong[] _wide;
    private readonly int[] _touched;

    /// <summary>Counters for a vocabulary.</summary>
    public RowAccumulator(int vocabularySize, int halfWidth)
    {
        _halfWidth = halfWidth;
        // One occurrence adds at most L (L + 1) to one counter, so this many cannot overflow 32 bits.
        _occurrencesPerFlush = (int)Math.Min(int.MaxValue, uint.MaxValue / ((uint)halfWidth * ((uint)halfWidth + 1)));
        _row = new uint[vocabularySize];
        _wide = new ulong[vocabularySize];
        _touched = new int[vocabularySize];
    }

    /// <summary>Appends row <paramref name="word"/> of the upper triangle to <paramref name="rows"/>.</summary>
    public void Accumulate<TId>(ReadOnlySpan<TId> ids, int[] articleStarts, ReadOnlySpan<int> positions, int word, RowBlock rows, CancellationToken cancellation)
        where TId : unmanaged, IBinaryInteger<TId>
    {
        // A rare word touches few columns: collecting them is cheaper than a walk over the whole row.
        if (16L * positions.Length * _halfWidth < _row.Length && positions.Length <= _occurrencesPerFlush)
        {
            Sparse(ids, articleStarts, positions, word, rows);
            return;
        }
        if (positions.Length <= _occurrencesPerFlush)
        {
            Dense(ids, articleStarts, positions);
            EmitNarrow(word, rows);
            return;
        }
        for (int start = 0; start < positions.Length; start += _occurrencesPerFlush)
        {
            cancellation.ThrowIfCancellationRequested();
            Dense(ids, articleStarts, positions.Slice(start, Math.Min(_occurrencesPerFlush, positions.Length - start)));
            for (int column = 0; column < _row.Length; column++) _wide[column] = checked(_wide[column] + _row[column]);
            Array.Clear(_row);
        }
        EmitWide(word, rows);
    }

    private void Dense<TId>(ReadOnlySpan<TId> ids, int[] articleStarts, ReadOnlySpan<int> positions)
        where TId : unmanaged, IBinaryInteger<TId>
    {
        ref uint row = ref MemoryMarshal.GetArrayDataReference(_row);
        ref TId first = ref MemoryMarshal.GetReference(ids);
        int halfWidth = _halfWidth;
        ArticleCursor article = new(articleStarts);
        foreach (int position in positions)
        {
            article.MoveTo(position);
            int left = Math.Min(halfWidth, position - article.Start);
            int right = Math.Min(halfWidth, article.End - 1 - position);
            int both = Math.Min(left, right);
            ref TId before = ref Unsafe.Add(ref first, position);
            ref TId after = ref before;
            uint weight = (uint)halfWidth;
            int distance = 0;
            for (; distance < both; distance++, weight--)
            {
                before = ref Unsafe.Subtract(ref before, 1);
                after = ref Unsafe.Add(ref after, 1);
                Unsafe.Add(ref row, int.CreateTruncating(before)) += weight;
                Unsafe.Add(ref row, int.CreateTruncating(after)) += weight;
            }
            // Near an end of the article one side goes on alone.
            int step = left > right ? -1 : 1;
            ref TId context = ref left > right ? ref before : ref after;
            for (int longer = Math.Max(left, right); distance < longer; distance++, weight--)
            {
                context = ref Unsafe.Add(ref context, step);
                Unsafe.Add(ref row, int.CreateTruncating(context)) += weight;
            }
        }
    }

    private void Sparse<TId>(ReadOnlySpan<TId> ids, int[] articleStarts, ReadOnlySpan<int> positions, int word, RowBlock rows)
        where TId : unmanaged, IBinaryInteger<TId>
    {
        int touched = 0;
        ArticleCursor article = new(articleStarts);
        foreach (int position in positions)
        {
            article.MoveTo(position);
            int start = Math.Max(article.Start, position - _halfWidth);
            int end = (int)Math.Min(article.End, (long)position + _halfWidth + 1);
            for (int other = start; other < end; other++)
            {
                int column = int.CreateTruncating(ids[other]);
                if (other == position || column < word) continue;
                if (_row[column] == 0) _touched[touched++] = column;
                _row[column] += (uint)(_halfWidth + 1 - Math.Abs(other - position));
            }
        }
        Span<int> columns = _touched.AsSpan(0, touched);
        columns.Sort();
        foreach (int column in columns)
        {
            rows.Add(column, _row[column]);
            _row[column] = 0;
        }
        rows.EndRow();
    }

    private void EmitNarrow(int word, RowBlock rows)
    {
        for (int column = word; column < _row.Length; column++)
        {
            if (_row[column] != 0) rows.Add(column, _row[column]);
        }
        rows.EndRow();
        Array.Clear(_row);
    }

    private void EmitWide(int word, RowBlock rows)
    {
        for (int column = word; column < _wide.Length; column++)
        {
            if (_wide[column] != 0) rows.Add(column, checked((long)_wide[column]));
        }
        rows.EndRow();
        Array.Clear(_wide);
    }

    /// <summary>The article around a position, found by bisection when a position lies beyond the last one.</summary>
    private ref struct ArticleCursor(int[] starts)
    {
        private int _index;

        public int Start { get; private set; }

        public int End { get; private set; }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void MoveTo(int position)
        {
            if (position >= End) Find(position);
        }

        private void Find(int position)
        {
            int found = Array.BinarySearch(starts, _index, starts.Length - _index, position);
            _index = found >= 0 ? found : ~found - 1;
            Start = starts[_index];
            End = starts[_index + 1];
        }
    }
}
