using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Qwem.Sim.Corpora;
using Qwem.Sim.Random;

namespace Qwem.Sim.Descent;

/// <summary>Pairs of places in the token stream, as a function of their number: positions in shuffled order, distances by dynamic windows.</summary>
internal sealed unsafe class StreamCandidates
{
    /// <summary>Candidates made together, so that what they read can be prefetched.</summary>
    internal const int Block = 256;

    /// <summary>Distances that one read of the bits of document starts covers.</summary>
    private const int BitsPerLook = 56;

    private readonly ushort[] _ids;
    private readonly uint[] _distances;
    private readonly byte[] _starts, _coarse;
    private readonly CounterRandom _keys, _random;
    private readonly ulong _epochLength;
    private readonly bool _near;

    internal StreamCandidates(TokenCorpus corpus, int halfWidth, ulong seed)
    {
        _ids = corpus.NarrowIds!;
        _keys = new CounterRandom(seed, RandomStreams.EpochKeys);
        _random = new CounterRandom(seed, RandomStreams.StreamDistances);
        _epochLength = (ulong)PositionShuffle.SizeFor(_ids.Length);
        _near = halfWidth <= 64;
        _distances = new uint[halfWidth * (halfWidth + 1) / 2];
        int used = 0;
        for (int r = 1; r <= halfWidth; r++)
            for (int radius = r; radius <= halfWidth; radius++) _distances[used++] = (uint)r;
        // A bit for every position; eight bytes are read from any of them on.
        _starts = new byte[_ids.Length / 8 + 16];
        // A bit for every 64 positions: a document starts among them or the next 64.
        _coarse = new byte[_ids.Length / 512 + 2];
        double valid = 0;
        for (int document = 0; document < corpus.DocumentCount; document++)
        {
            int start = corpus.DocumentStarts[document], length = corpus.DocumentStarts[document + 1] - start;
            _starts[start >> 3] |= (byte)(1 << (start & 7));
            for (int block = Math.Max(0, start / 64 - 1); block <= start / 64; block++) _coarse[block >> 3] |= (byte)(1 << (block & 7));
            for (int r = 1; r <= halfWidth && r < length; r++) valid += (halfWidth - r + 1.0) * (length - r);
        }
        ValidShare = valid / _distances.Length / _epochLength;
    }

    /// <summary>Share of the candidates that lie in one document.</summary>
    internal double ValidShare { get; }

    /// <summary>Both places of the candidates from <paramref name="first"/> on, in random order; twice place 0 where they do not lie in one document.</summary>
    internal void Places(ulong first, uint* left, uint* right)
    {
        ulong epoch = first / _epochLength, number = first % _epochLength;
        PositionShuffle shuffle = new(_ids.Length, _keys, epoch);
        fixed (ushort* ids = _ids)
        fixed (uint* distances = _distances)
        fixed (byte* starts = _starts, coarse = _coarse)
        {
            for (int n = 0; n < Block;)
            {
                int made = 1;
                if (Avx2.IsSupported && n + 8 <= Block && number + 8 <= _epochLength)
                {
                    made = 8;
                    Eight(shuffle, (uint)number, first + (ulong)n, distances, left + n, right + n);
                }
                else
                {
                    One(shuffle[(uint)number], _random.Bits(first + (ulong)n), distances, left + n, right + n);
                }
                if (Sse.IsSupported)
                    for (int k = 0; k < made; k++) Sse.Prefetch0(ids + left[n + k]);
                n += made;
                number += (ulong)made;
                if (number != _epochLength) continue;
                number = 0;
                shuffle = new PositionShuffle(_ids.Length, _keys, ++epoch);
            }
            for (int n = 0; n < Block; n++)
            {
                uint low = Math.Min(left[n], right[n]);
                // Most places are far from any start, as one bit of a table in the first-level cache shows.
                if (_near && ((coarse[low >> 9] >> (int)((low >> 6) & 7)) & 1) == 0) continue;
                if (Crosses(starts, low + 1, Math.Max(left[n], right[n]) - low)) left[n] = right[n] = 0;
            }
        }
    }

    private void One(uint position, ulong bits, uint* distances, uint* left, uint* right)
    {
        uint other = position + distances[(bits >> 32) * (ulong)_distances.Length >> 32];
        if (other >= _ids.Length) position = other = 0;
        // A bit that the distance does not use gives the order.
        uint swap = (position ^ other) & (uint)-(int)(bits & 1);
        *left = position ^ swap;
        *right = other ^ swap;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Eight(in PositionShuffle shuffle, uint number, ulong index, uint* distances, uint* left, uint* right)
    {
        Vector256<ulong> low = _random.FourBits(index), high = _random.FourBits(index + 4), count = Vector256.Create((ulong)_distances.Length);
        Vector256<long> lowCell = (Avx2.Multiply((low >>> 32).AsUInt32(), count.AsUInt32()) >>> 32).AsInt64();
        Vector256<long> highCell = (Avx2.Multiply((high >>> 32).AsUInt32(), count.AsUInt32()) >>> 32).AsInt64();
        Vector256<uint> distance = Vector256.Create(Avx2.GatherVector128((int*)distances, lowCell, 4), Avx2.GatherVector128((int*)distances, highCell, 4)).AsUInt32();
        Vector256<uint> position = shuffle.Eight(Vector256.Create(number) + Vector256<uint>.Indices), other = position + distance;
        Vector256<uint> inside = Vector256.LessThan(other, Vector256.Create((uint)_ids.Length));
        position &= inside;
        other &= inside;
        Vector256<uint> swap = (position ^ other) & (Vector256<uint>.Zero - (Vector256.Narrow(low, high) & Vector256<uint>.One));
        (position ^ swap).Store(left);
        (other ^ swap).Store(right);
    }

    /// <summary>True if a document starts at one of so many positions.</summary>
    private static bool Crosses(byte* starts, uint position, uint count)
    {
        for (; count > BitsPerLook; count -= BitsPerLook, position += BitsPerLook)
            if (Look(starts, position, BitsPerLook)) return true;
        return Look(starts, position, (int)count);
    }

    private static bool Look(byte* starts, uint position, int count) =>
        ((*(ulong*)(starts + (position >> 3)) >> (int)(position & 7)) & ((1UL << count) - 1)) != 0;
}
