using Qwem.Sim.Random;

namespace Qwem.Sim.Training;

/// <summary>A minibatch of word pairs of one sign, and for every word the list of words it was paired with.</summary>
/// <remarks>
/// The lists let each word's gradient be summed by one thread in the order of the draws, so that the sum does not depend on
/// how many threads there are. Allocates in the constructor only.
/// </remarks>
internal sealed class PairBatch
{
    private readonly AliasTable _table;
    private readonly CounterRandom _random;
    private readonly uint[] _pairs;
    private readonly int[] _starts, _cursors;
    private readonly ushort[] _partners;

    internal PairBatch(AliasTable table, CounterRandom random, int pairCount, int vocabularySize)
    {
        _table = table;
        _random = random;
        _pairs = new uint[pairCount];
        _starts = new int[vocabularySize + 1];
        _cursors = new int[vocabularySize];
        _partners = new ushort[2 * pairCount];
    }

    /// <summary>Draws slice <paramref name="slice"/> of <paramref name="slices"/> of the pairs of a step.</summary>
    internal void Draw(long step, int slice, int slices)
    {
        int start = (int)((long)_pairs.Length * slice / slices), end = (int)((long)_pairs.Length * (slice + 1) / slices);
        _table.Draw(_random, (ulong)step * (ulong)_pairs.Length + (ulong)start, _pairs.AsSpan(start, end - start));
    }

    /// <summary>Sorts the drawn pairs by word; a pair of a word with itself appears twice in its list.</summary>
    internal void Index()
    {
        Array.Clear(_starts);
        foreach (uint pair in _pairs)
        {
            _starts[(pair >> 16) + 1]++;
            _starts[(pair & 0xFFFF) + 1]++;
        }
        for (int i = 1; i < _starts.Length; i++) _starts[i] += _starts[i - 1];
        Array.Copy(_starts, _cursors, _cursors.Length);
        foreach (uint pair in _pairs)
        {
            uint i = pair >> 16, j = pair & 0xFFFF;
            _partners[_cursors[i]++] = (ushort)j;
            _partners[_cursors[j]++] = (ushort)i;
        }
    }

    /// <summary>The words paired with <paramref name="word"/>, in the order of the draws.</summary>
    internal ReadOnlySpan<ushort> PartnersOf(int word) => _partners.AsSpan(_starts[word], _starts[word + 1] - _starts[word]);
}
