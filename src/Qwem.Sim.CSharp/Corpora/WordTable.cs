using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Qwem.Sim.Corpora;

/// <summary>The word types met so far: letters, occurrences, and an open-addressing hash table from letters to provisional ids.</summary>
/// <remarks>Ids are given in the order of first occurrence, so they do not depend on the hash.</remarks>
internal sealed class WordTable
{
    private Slot[] _slots = new Slot[1 << 13];
    private byte[] _letters = new byte[1 << 15];
    private int[] _starts = new int[1 << 12];
    private long[] _counts = new long[1 << 12];

    /// <summary>Number of types.</summary>
    public int Count { get; private set; }

    /// <summary>Occurrences of a type.</summary>
    public long Occurrences(int id) => _counts[id];

    /// <summary>The bytes of a type.</summary>
    public ReadOnlySpan<byte> Letters(int id) => _letters.AsSpan(_starts[id], _starts[id + 1] - _starts[id]);

    /// <summary>Counts one occurrence of a word and returns its id.</summary>
    /// <param name="word">First byte; eight bytes from the last multiple of 8 at or below the length must be readable.</param>
    /// <param name="length">Bytes, 1 .. 65,535.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public int Add(ref byte word, int length)
    {
        ulong key = length <= 8 ? Tail(ref word, length) : Fold(ref word, length);
        Slot[] slots = _slots;
        uint mask = (uint)slots.Length - 1;
        for (uint index = (uint)Mix(key) & mask; ; index = (index + 1) & mask)
        {
            ref Slot slot = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(slots), index);
            if (slot.Key == key && slot.Length == length)
            {
                // The key of a short word is the word.
                int id = slot.Id;
                if (length > 8 && !Letters(id).SequenceEqual(MemoryMarshal.CreateReadOnlySpan(ref word, length))) continue;
                _counts[id]++;
                return id;
            }
            if (slot.Length == 0) return Insert(ref slot, key, MemoryMarshal.CreateReadOnlySpan(ref word, length));
        }
    }

    /// <summary>Adds all occurrences of a word and returns its id.</summary>
    /// <param name="word">The word, followed by eight readable bytes.</param>
    /// <param name="occurrences">How many.</param>
    public int Add(ReadOnlySpan<byte> word, long occurrences)
    {
        int id = Add(ref MemoryMarshal.GetReference(word), word.Length);
        _counts[id] += occurrences - 1;
        return id;
    }

    /// <summary>Takes back one occurrence.</summary>
    public void Forget(int id) => _counts[id]--;

    /// <summary>The last 1 to 8 bytes of a word, in memory order, as the upper bytes of a number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Tail(ref byte tail, int length)
    {
        ulong bytes = Unsafe.ReadUnaligned<ulong>(ref tail);
        return BitConverter.IsLittleEndian ? bytes << (64 - (8 * length)) : bytes >> (64 - (8 * length));
    }

    private static ulong Fold(ref byte word, int length)
    {
        ulong key = (ulong)length;
        for (; length > 8; length -= 8, word = ref Unsafe.Add(ref word, 8)) key = Mix(key ^ Unsafe.ReadUnaligned<ulong>(ref word));
        return key ^ Tail(ref word, length);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Mix(ulong key)
    {
        ulong upper = Math.BigMul(key, 0x9E3779B97F4A7C15UL, out ulong lower);
        return upper ^ lower;
    }

    private int Insert(ref Slot slot, ulong key, ReadOnlySpan<byte> word)
    {
        if (Count == TokenUnits.MaximumIds || _starts[Count] > Array.MaxLength - 8 - word.Length)
            throw new CorpusException($"The text has more than {Count} word types or 2 GiB of distinct words; split it or normalise it first.");
        int id = Count++;
        slot = new Slot { Key = key, Id = id, Length = word.Length };
        int start = _starts[id];
        if (start + (long)word.Length + 8 > _letters.Length)
            Array.Resize(ref _letters, (int)Math.Min(Array.MaxLength, Math.Max(start + (long)word.Length + 8, 2L * _letters.Length)));
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
            if (slot.Length == 0) continue;
            uint index = (uint)Mix(slot.Key) & mask;
            while (larger[index].Length != 0) index = (index + 1) & mask;
            larger[index] = slot;
        }
        _slots = larger;
    }

    private struct Slot
    {
        public ulong Key;
        public int Id;
        public int Length;
    }
}
