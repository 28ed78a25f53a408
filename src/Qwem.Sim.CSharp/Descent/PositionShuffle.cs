using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Qwem.Sim.Random;

namespace Qwem.Sim.Descent;

/// <summary>A keyed permutation of 0 .. Size - 1, computed place by place: a shuffle of positions without an array.</summary>
/// <remarks>
/// A number is a pair (upper, lower), upper below m and lower below 2^b. Six Feistel rounds in turn add to the upper part, modulo m, a
/// keyed hash of the lower one, and combine the lower part by exclusive or with a keyed hash of the upper one; each round can be undone, so the whole
/// is a permutation. Size = m 2^b is the least such number that holds all positions, b half their bits: at most 2^b too many.
/// </remarks>
internal readonly struct PositionShuffle
{
    private const int Rounds = 6;
    private readonly uint _upperCount, _lowerMask;
    private readonly int _lowerBits;
    private readonly uint _key0, _key1, _key2, _key3, _key4, _key5;

    /// <summary>The permutation of one epoch.</summary>
    /// <param name="positions">Least size, 1 or more.</param>
    /// <param name="keys">Source of keys.</param>
    /// <param name="epoch">Number of the epoch.</param>
    internal PositionShuffle(int positions, CounterRandom keys, ulong epoch)
    {
        (_lowerBits, _upperCount) = Shape(positions);
        _lowerMask = (1u << _lowerBits) - 1;
        ulong first = Rounds / 2 * epoch;
        (ulong a, ulong b, ulong c) = (keys.Bits(first), keys.Bits(first + 1), keys.Bits(first + 2));
        (_key0, _key1, _key2) = ((uint)a, (uint)b, (uint)c);
        (_key3, _key4, _key5) = ((uint)(a >> 32), (uint)(b >> 32), (uint)(c >> 32));
    }

    /// <summary>Numbers that are permuted: the positions, and a few more.</summary>
    internal static long SizeFor(int positions)
    {
        (int bits, uint upper) = Shape(positions);
        return (long)upper << bits;
    }

    /// <summary>Where a number goes.</summary>
    internal uint this[uint number]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            uint upper = number >> _lowerBits, lower = number & _lowerMask;
            Round(ref upper, ref lower, _key0, _key1);
            Round(ref upper, ref lower, _key2, _key3);
            Round(ref upper, ref lower, _key4, _key5);
            return (upper << _lowerBits) | lower;
        }
    }

    /// <summary>Where eight numbers go; needs AVX2. Whole numbers only: the same as one at a time.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal Vector256<uint> Eight(Vector256<uint> numbers)
    {
        Vector256<uint> upper = numbers >>> _lowerBits, lower = numbers & Vector256.Create(_lowerMask);
        Round(ref upper, ref lower, _key0, _key1);
        Round(ref upper, ref lower, _key2, _key3);
        Round(ref upper, ref lower, _key4, _key5);
        return (upper << _lowerBits) | lower;
    }

    private static (int LowerBits, uint Upper) Shape(int positions)
    {
        int bits = Math.Max(1, BitOperations.Log2((uint)positions) / 2);
        return (bits, (uint)(((long)positions + (1L << bits) - 1) >> bits));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Round(ref uint upper, ref uint lower, uint firstKey, uint secondKey)
    {
        uint moved = upper + (uint)((ulong)Hash(lower ^ firstKey) * _upperCount >> 32);
        // The sum is below 2 m: one subtraction, which wraps to a larger number where it is not needed.
        upper = Math.Min(moved, moved - _upperCount);
        lower ^= Hash(upper ^ secondKey) >> (32 - _lowerBits);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Hash(uint x)
    {
        x *= 0x9E3779B1u;
        x ^= x >> 15;
        return x * 0x85EBCA77u;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Round(ref Vector256<uint> upper, ref Vector256<uint> lower, uint firstKey, uint secondKey)
    {
        Vector256<uint> count = Vector256.Create(_upperCount), hash = Hash(lower ^ Vector256.Create(firstKey));
        Vector256<ulong> even = Avx2.Multiply(hash, count) >>> 32, odd = Avx2.Multiply((hash.AsUInt64() >>> 32).AsUInt32(), count);
        Vector256<uint> moved = upper + (even | (odd & Vector256.Create(0xFFFFFFFF00000000UL))).AsUInt32();
        upper = Vector256.Min(moved, moved - count);
        lower ^= Hash(upper ^ Vector256.Create(secondKey)) >>> (32 - _lowerBits);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<uint> Hash(Vector256<uint> x)
    {
        x *= Vector256.Create(0x9E3779B1u);
        x ^= x >>> 15;
        return x * Vector256.Create(0x85EBCA77u);
    }
}
