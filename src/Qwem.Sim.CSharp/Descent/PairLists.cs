namespace Qwem.Sim.Descent;

/// <summary>A minibatch of one sign, sorted by word: for every row of the embeddings, the rows it was paired with.</summary>
/// <remarks>
/// Each row's gradient is then summed by one thread in the order of its list, so that the sum does not depend on how many threads
/// there are. In a model of two matrices the rows of the second follow those of the first: pair (i, j) joins rows i and V + j.
/// Allocates in the constructor only.
/// </remarks>
internal sealed unsafe class PairLists<T>
    where T : unmanaged
{
    /// <summary>Entries behind the last list that may be read (row 0).</summary>
    private const int ReadAhead = 16;

    private readonly IPairSource _source;
    private readonly int _vocabularySize, _secondOffset;
    private readonly int[] _starts, _cursors;
    private readonly ushort[] _partners;
    private readonly T[]? _weights;
    private readonly double _scale;

    internal PairLists(IPairSource source, int vocabularySize, int pairs, bool asymmetric)
    {
        _source = source;
        _vocabularySize = vocabularySize;
        Draws = new PairDraws(pairs, source.Weighted);
        int rows = (asymmetric ? 2 : 1) * vocabularySize;
        _secondOffset = asymmetric ? vocabularySize : 0;
        _starts = new int[rows + 1];
        _cursors = new int[rows];
        _partners = GC.AllocateArray<ushort>(2 * pairs + ReadAhead, pinned: true);
        _weights = Draws.Weights is not null ? GC.AllocateArray<T>(2 * pairs, pinned: true) : null;
        _scale = source.Mass / pairs;
    }

    internal PairDraws Draws { get; }

    /// <summary>Draws the pairs of a step and sorts them; a pair of a row with itself appears twice in its list.</summary>
    internal void Prepare(long step)
    {
        // What follows writes through pointers at the places that the words name.
        Draws.Fill(_source, step, _vocabularySize);
        Array.Clear(_cursors);
        fixed (ushort* first = Draws.First, second = Draws.Second, partners = _partners)
        fixed (int* starts = _starts, cursors = _cursors)
        {
            int pairs = Draws.First.Length, rows = _cursors.Length;
            int* secondCursors = cursors + _secondOffset;
            for (int n = 0; n < pairs; n++)
            {
                cursors[first[n]]++;
                secondCursors[second[n]]++;
            }
            int start = 0;
            for (int i = 0; i < rows; i++)
            {
                starts[i] = start;
                start += cursors[i];
                cursors[i] = starts[i];
            }
            starts[rows] = start;
            ushort offset = (ushort)_secondOffset;
            if (_weights is null)
            {
                for (int n = 0; n < pairs; n++)
                {
                    ushort i = first[n], j = second[n];
                    partners[cursors[i]++] = (ushort)(j + offset);
                    partners[secondCursors[j]++] = i;
                }
                return;
            }
            for (int n = 0; n < pairs; n++)
            {
                ushort i = first[n], j = second[n];
                T weight = RowMath.From<T>(_scale * Draws.Weights![n]);
                int own = cursors[i]++;
                partners[own] = (ushort)(j + offset);
                _weights[own] = weight;
                int other = secondCursors[j]++;
                partners[other] = i;
                _weights[other] = weight;
            }
        }
    }

    /// <summary>The list of a row: partners, weights (null where all have the common one) and length.</summary>
    internal int Of(int row, out ushort* partners, out T* weights)
    {
        int start = _starts[row];
        fixed (ushort* all = _partners) partners = all + start;
        if (_weights is null) weights = null;
        else
            fixed (T* all = _weights) weights = all + start;
        return _starts[row + 1] - start;
    }
}
