using System.Runtime.Intrinsics.X86;
using Qwem.Sim.Corpora;
using Qwem.Sim.Random;
using Qwem.Sim.Training;

namespace Qwem.Sim.Descent;

/// <summary>Pairs of places in the token stream, as a function of their number: positions in shuffled order, distances by dynamic windows.</summary>
internal sealed unsafe class StreamCandidates
{
    /// <summary>Candidates made together, so that what they will read can be asked for in advance.</summary>
    internal const int Block = 256;

    /// <summary>Distances that one look at the article starts covers.</summary>
    private const int BitsPerLook = 56;

    private readonly ushort[] _ids, _distances;
    private readonly byte[] _starts;
    private readonly CounterRandom _keys, _random;
    private readonly ulong _epochLength;
    private readonly bool _near;

    internal StreamCandidates(TokenCorpus corpus, int halfWidth, ulong seed)
    {
        _ids = corpus.NarrowIds!;
        _keys = new CounterRandom(seed, RandomStreams.EpochKeys);
        _random = new CounterRandom(seed, RandomStreams.StreamDistances);
        _epochLength = (ulong)PositionShuffle.SizeFor(_ids.Length);
        _near = halfWidth <= BitsPerLook;
        _distances = new ushort[halfWidth * (halfWidth + 1) / 2];
        int used = 0;
        for (int r = 1; r <= halfWidth; r++)
            for (int radius = r; radius <= halfWidth; radius++) _distances[used++] = (ushort)r;
        // A bit for every position; a look reads eight bytes from any of them on.
        _starts = new byte[_ids.Length / 8 + 16];
        double valid = 0;
        for (int article = 0; article < corpus.ArticleCount; article++)
        {
            int start = corpus.ArticleStarts[article], length = corpus.ArticleStarts[article + 1] - start;
            _starts[start >> 3] |= (byte)(1 << (start & 7));
            for (int r = 1; r <= halfWidth && r < length; r++) valid += (halfWidth - r + 1.0) * (length - r);
        }
        ValidShare = valid / _distances.Length / _epochLength;
    }

    /// <summary>Share of the candidates that lie in one article.</summary>
    internal double ValidShare { get; }

    /// <summary>Both places of the candidates from <paramref name="first"/> on, in random order; twice place 0 where they do not lie in one article.</summary>
    internal void Places(ulong first, uint* left, uint* right)
    {
        ulong epoch = first / _epochLength;
        uint number = (uint)(first % _epochLength);
        PositionShuffle shuffle = new(_ids.Length, _keys, epoch);
        ulong length = (ulong)_ids.Length;
        ulong count = (ulong)_distances.Length;
        fixed (ushort* ids = _ids, distances = _distances)
        fixed (byte* starts = _starts)
        {
            for (int n = 0; n < Block; n++)
            {
                ulong bits = _random.Bits(first + (ulong)n);
                uint distance = distances[(bits >> 32) * count >> 32], position = shuffle[number], other = position + distance;
                bool inside = other < length;
                position = inside ? position : 0;
                other = inside ? other : 0;
                if (Sse.IsSupported)
                {
                    Sse.Prefetch0(ids + position);
                    Sse.Prefetch0(starts + (position >> 3));
                }
                // A bit that the distance does not use gives the order.
                uint swap = (position ^ other) & (uint)-(int)(bits & 1);
                left[n] = position ^ swap;
                right[n] = other ^ swap;
                if (++number != _epochLength) continue;
                number = 0;
                shuffle = new PositionShuffle(_ids.Length, _keys, ++epoch);
            }
            for (int n = 0; n < Block; n++)
            {
                uint low = Math.Min(left[n], right[n]), distance = Math.Max(left[n], right[n]) - low;
                if (!Crosses(starts, low + 1, distance)) continue;
                left[n] = right[n] = 0;
            }
        }
    }

    /// <summary>True if an article starts at one of so many positions.</summary>
    private bool Crosses(byte* starts, uint position, uint count)
    {
        if (_near) return Look(starts, position, (int)count);
        for (; count > BitsPerLook; count -= BitsPerLook, position += BitsPerLook)
            if (Look(starts, position, BitsPerLook)) return true;
        return Look(starts, position, (int)count);
    }

    private static bool Look(byte* starts, uint position, int count) =>
        ((*(ulong*)(starts + (position >> 3)) >> (int)(position & 7)) & ((1UL << count) - 1)) != 0;
}
