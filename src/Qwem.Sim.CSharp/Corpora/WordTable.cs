using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace Qwem.Sim.Corpora;

/// <summary>The word types met so far: bytes, occurrences, and an open-addressing hash table from words to provisional ids.</summary>
/// <remarks>
/// Ids are given in the order of first occurrence, so they do not depend on the hash. A word has a key: a word of up to eight bytes
/// is its key, of a longer one it is a hash, whose last byte no word has. Looking up a rare word waits for memory; callers that know the
/// key in advance should call <see cref="Prefetch"/>.
/// </remarks>
internal sealed class WordTable
{
    private const int LongestInKey = 8;

    /// <summary>The last byte of a hash: a control character, which separates words under every normalisation.</summary>
    private const ulong HashMark = 1;

    private readonly Dictionary<int, long> _corrections = [];
    private Slot[] _slots = new Slot[1 << 13];
    private byte[] _letters = new byte[1 << 15];
    private int[] _starts = new int[1 << 12];

    /// <summary>Number of types.</summary>
    public int Count { get; private set; }

    /// <summary>The bytes of a type.</summary>
    public ReadOnlySpan<byte> Letters(int id) => _letters.AsSpan(_starts[id], _starts[id + 1] - _starts[id]);

    /// <summary>Occurrences of all types.</summary>
    public long[] Occurrences()
    {
        long[] counts = new long[Count];
        foreach (Slot slot in _slots)
        {
            if (slot.Key != 0) counts[slot.Id] = slot.Count;
        }
        foreach ((int id, long correction) in _corrections) counts[id] += correction;
        return counts;
    }

    /// <summary>The key of a word.</summary>
    /// <param name="word">First byte; eight bytes from the last multiple of 8 below the length must be readable.</param>
    /// <param name="length">Bytes, 1 .. 65,535.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Key(ref byte word, int length) => length <= LongestInKey ? Tail(ref word, length) : Fold(ref word, length);

    /// <summary>Prefetches what <see cref="Add(ulong, ref byte, int)"/> will read.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public unsafe void Prefetch(ulong key)
    {
        // The address may be stale by the time of use, when the collector has moved the slots: which is harmless.
        if (Sse.IsSupported) Sse.Prefetch0(Unsafe.AsPointer(ref SlotOf(_slots, Mix(key))));
    }

    /// <summary>Counts one occurrence of a word and returns its id.</summary>
    /// <param name="key">Its key.</param>
    /// <param name="word">Its first byte.</param>
    /// <param name="length">Its bytes.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Add(ulong key, ref byte word, int length)
    {
        ref Slot first = ref SlotOf(_slots, Mix(key));
        if (first.Key != key || length > LongestInKey || first.Count == uint.MaxValue) return AddSlowly(key, ref word, length);
        first.Count++;
        return first.Id;
    }

    /// <summary>Counts one occurrence of a word and returns its id.</summary>
    /// <param name="word">First byte; eight bytes from the last multiple of 8 below the length must be readable.</param>
    /// <param name="length">Bytes, 1 .. 65,535.</param>
    public int Add(ref byte word, int length) => Add(Key(ref word, length), ref word, length);

    /// <summary>Adds all occurrences of a word and returns its id.</summary>
    /// <param name="word">The word, followed by eight readable bytes.</param>
    /// <param name="occurrences">How many; may be 0.</param>
    public int Add(ReadOnlySpan<byte> word, long occurrences)
    {
        int id = Add(ref MemoryMarshal.GetReference(word), word.Length);
        Correct(id, occurrences - 1);
        return id;
    }

    /// <summary>Takes back one occurrence.</summary>
    public void Forget(int id) => Correct(id, -1);

    private void Correct(int id, long difference)
    {
        if (difference != 0) CollectionsMarshal.GetValueRefOrAddDefault(_corrections, id, out _) += difference;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private int AddSlowly(ulong key, ref byte word, int length)
    {
        Slot[] slots = _slots;
        ReadOnlySpan<byte> letters = MemoryMarshal.CreateReadOnlySpan(ref word, length);
        for (ulong place = Mix(key); ; place++)
        {
            ref Slot slot = ref SlotOf(slots, place);
            if (slot.Key == 0) return Insert(ref slot, key, letters);
            if (slot.Key != key || (length > LongestInKey && !Letters(slot.Id).SequenceEqual(letters))) continue;
            if (slot.Count == uint.MaxValue)
            {
                Correct(slot.Id, slot.Count);
                slot.Count = 0;
            }
            slot.Count++;
            return slot.Id;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ref Slot SlotOf(Slot[] slots, ulong place) =>
        ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(slots), (nuint)(place & ((ulong)slots.Length - 1)));

    /// <summary>The last 1 to 8 bytes of a word, in memory order, as the upper bytes of a number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Tail(ref byte tail, int length)
    {
        ulong bytes = Unsafe.ReadUnaligned<ulong>(ref tail);
        return (BitConverter.IsLittleEndian ? bytes : BinaryReversed(bytes)) << (64 - (8 * length));
    }

    private static ulong BinaryReversed(ulong bytes) => System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(bytes);

    private static ulong Fold(ref byte word, int length)
    {
        ulong key = (ulong)length;
        for (; length > 8; length -= 8, word = ref Unsafe.Add(ref word, 8)) key = Mix(key ^ Unsafe.ReadUnaligned<ulong>(ref word));
        return (Mix(key ^ Tail(ref word, length)) & ~0xFFUL) | HashMark;
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
        slot = new Slot { Key = key, Id = id, Count = 1 };
        int start = _starts[id];
        if (start + (long)word.Length + 8 > _letters.Length)
            Array.Resize(ref _letters, (int)Math.Min(Array.MaxLength, Math.Max(start + (long)word.Length + 8, 2L * _letters.Length)));
        word.CopyTo(_letters.AsSpan(start));
        if (id + 2 > _starts.Length) Array.Resize(ref _starts, 2 * _starts.Length);
        _starts[id + 1] = start + word.Length;
        if (2L * Count > _slots.Length) Grow();
        return id;
    }

    private void Grow()
    {
        Slot[] larger = new Slot[2 * _slots.Length];
        foreach (Slot slot in _slots)
        {
            if (slot.Key == 0) continue;
            ulong place = Mix(slot.Key);
            while (SlotOf(larger, place).Key != 0) place++;
            SlotOf(larger, place) = slot;
        }
        _slots = larger;
    }

    private struct Slot
    {
        public ulong Key;
        public int Id;
        public uint Count;
    }
}
