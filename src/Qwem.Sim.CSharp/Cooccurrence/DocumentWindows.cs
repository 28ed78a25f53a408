namespace Qwem.Sim.Cooccurrence;

/// <summary>How far a window reaches from a position: nearly always the whole L on both sides, as one bit records.</summary>
/// <remarks>
/// A bisection for the document of every occurrence would cost more than the counting. So each 64 positions share one bit
/// that says whether any of their windows is cut by an end of a document; the bits of 60 million positions stay in cache.
/// </remarks>
internal sealed class DocumentWindows
{
    private const int PositionShift = 6;

    private readonly int[] _starts;
    private readonly int _halfWidth;
    private readonly bool _withoutTails;
    private readonly int _firstsEnd;
    private readonly ulong[] _cut;

    /// <summary>Windows of half-width L over documents whose starts are given, the end of the last one included; no pair begins at or behind <paramref name="firstsEnd"/>.</summary>
    public DocumentWindows(int[] starts, int firstsEnd, CountingConvention convention)
    {
        _starts = starts;
        _firstsEnd = firstsEnd;
        _halfWidth = convention.WindowHalfWidth;
        _withoutTails = convention.Ends == WindowEnds.AuthorsTail;
        int positions = starts[^1];
        _cut = new ulong[(positions >> PositionShift >> 6) + 1];
        int marked = -1;
        foreach (int start in starts)
        {
            if (firstsEnd < start) Mark(firstsEnd);
            Mark(start);
        }

        // Places come in ascending order, repeats aside, so that no bit up to the last one marked is missing.
        void Mark(int place)
        {
            int first = Math.Max(0, place - _halfWidth - 1) >> PositionShift;
            int last = (int)(Math.Min(positions, (long)place + _halfWidth) >> PositionShift);
            for (int bit = Math.Max(first, marked + 1); bit <= last; bit++) _cut[bit >> 6] |= 1UL << bit;
            marked = Math.Max(marked, last);
        }
    }

    /// <summary>Whether the window of a position may be cut; if not, it has L positions on both sides and all of them count.</summary>
    public bool MayBeCut(int position)
    {
        int bit = position >> PositionShift;
        return ((_cut[bit >> 6] >> bit) & 1) != 0;
    }

    /// <summary>The distances at which a position has partners that count: before it those from the nearest to the farthest, after it 1 .. After.</summary>
    public (int NearestBefore, int FarthestBefore, int After) Around(int position)
    {
        int found = Array.BinarySearch(_starts, position);
        // Of two equal starts (a document without positions) the last one is that of the position.
        int document = found >= 0 ? found : ~found - 1;
        int start = _starts[document];
        int end = _starts[document + 1];
        int before = Math.Min(_halfWidth, position - start);
        long firstsEnd = Math.Min(_firstsEnd, _withoutTails ? (long)end - _halfWidth - 1 : end);
        return ((int)Math.Max(1, position - firstsEnd + 1), before, position < firstsEnd ? Math.Min(_halfWidth, end - 1 - position) : 0);
    }
}
