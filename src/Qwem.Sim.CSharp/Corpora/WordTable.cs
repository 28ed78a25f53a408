using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace Qwem.Sim.Corpora;

/// <summary>The word types met so far: letters, occurrences, and an open-addressing hash table from letters to provisional ids.</summary>
/// <remarks>Ids are given in the order of first occurrence, so they do not depend on the hash.</remarks>
internal sealed class WordTable
{
    /// <summary>Most types a table holds: what <see cref="ProvisionalIds"/> can encode.</summary>
    public const int MaximumTypes = 0x7FFE_FFFF;

    private Slot[] _slots = new Slot[1 << 16];
    private byte[] _letters = new byte[1 << 19];
    private int[] _starts = new int[1 << 15];
    private long[] _counts = new long[1 << 15];

    /// <summary>Number of types.</summary>
    public int Count { get; private set; }

    /// <summary>Occurrences of a type.</summary>
    public long Occurrences(int id) => _counts[id];

    /// <summary>The letters of a type; ordinal order of the bytes is ordinal order of the words.</summary>
    public ReadOnlySpan<byte> Letters(int id) => _letters.AsSpan(_starts[id], _starts[id + 1] - _starts[id]);

    /// <summary>The word of a type.</summary>
    public string Word(int id) => Encoding.ASCII.GetString(Letters(id));

    /// <summary>Counts one occurrence of a word and returns its id.</summary>
    /// <param name="word">First letter; sixteen bytes from the last multiple of 8 at or below the length must be readable.</param>
    /// <param name="length">Letters, at least 1.</param>
    public int Add(ref byte word, int length)
    {
        ulong hash = Hash(ref word, length);
        Slot[] slots = _slots;
        uint mask = (uint)slots.Length - 1;
        for (uint index = (uint)hash & mask; ; index = (index + 1) & mask)
        {
            ref Slot slot = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(slots), index);
            if (slot.IdPlusOne == 0) return Insert(ref slot, hash, MemoryMarshal.CreateReadOnlySpan(ref word, length));
            if (slot.Hash != hash) continue;
            int id = slot.IdPlusOne - 1;
            if (!Letters(id).SequenceEqual(MemoryMarshal.CreateReadOnlySpan(ref word, length))) continue;
            _counts[id]++;
            return id;
        }
    }

    private static ulong Hash(ref byte word, int length)
    {
        ulong hash = (ulong)length * 0x9E3779B97F4A7C15UL;
        int remaining = length;
        nint offset = 0;
        for (; remaining > 8; remaining -= 8, offset += 8)
        {
            hash = (hash ^ Unsafe.ReadUnaligned<ulong>(ref Unsafe.AddByteOffset(ref word, offset))) * 0xD6E8FEB86659FD93UL;
            hash ^= hash >> 32;
        }
        ulong tail = Unsafe.ReadUnaligned<ulong>(ref Unsafe.AddByteOffset(ref word, offset));
        // The letters of the tail only: in memory order, whatever the byte order of the machine.
        tail = BitConverter.IsLittleEndian ? tail << (64 - (8 * remaining)) : tail >> (64 - (8 * remaining));
        hash = (hash ^ tail) * 0xD6E8FEB86659FD93UL;
        hash ^= hash >> 32;
        hash *= 0x94D049BB133111EBUL;
        return hash ^ (hash >> 29);
    }

    private int Insert(ref Slot slot, ulong hash, ReadOnlySpan<byte> word)
    {
        if (Count == MaximumTypes || _starts[Count] > int.MaxValue - word.Length)
            throw new CorpusException($"The text has more than {Count} word types or 2 GiB of distinct words; split it or normalise it first.");
        int id = Count++;
        slot = new Slot { Hash = hash, IdPlusOne = Count };
        int start = _starts[id];
        if (start + (long)word.Length > _letters.Length)
            Array.Resize(ref _letters, (int)Math.Min(Array.MaxLength, Math.Max(start + (long)word.Length, 2L * _letters.Length)));
        word.CopyTo(_letters.AsSpan(start));
        if (id + 2 > _starts.Length)
        {
            Array.Resize(ref _starts, 2 * _starts.Length);
            Array.Resize(ref _counts, _starts.Length);
        }
        _starts[id + 1] = start + word.Length;
        _counts[id] = 1;
        if (2L * Count > _slots.Length) Grow();
        return id;
    }

    private void Grow()
    {
        Slot[] larger = new Slot[2 * _slots.Length];
        uint mask = (uint)larger.Length - 1;
        foreach (Slot slot in _slots)
        {
            if (slot.IdPlusOne == 0) continue;
            uint index = (uint)slot.Hash & mask;
            while (larger[index].IdPlusOne != 0) index = (index + 1) & mask;
            larger[index] = slot;
        }
        _slots = larger;
    }

    private struct Slot
    {
        public ulong Hash;
        public int IdPlusOne;
    }
}
