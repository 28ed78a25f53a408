using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Qwem.Sim.Random;

/// <summary>A random number for every index: the output of SplitMix64 at position <c>index</c> of a stream.</summary>
/// <remarks>
/// A counter-based generator has no state, so sample n of step s is the same number whichever thread draws it and whatever
/// was drawn before. Source: Steele, Lea and Flood, "Fast splittable pseudorandom number generators" (2014); the stream
/// with <c>seed</c> and stream 0 is the published SplitMix64 sequence of that seed.
/// </remarks>
public readonly struct CounterRandom
{
    private const ulong Golden = 0x9E3779B97F4A7C15UL;
    private readonly ulong _origin;

    /// <summary>Stream <paramref name="stream"/> of root seed <paramref name="seed"/>.</summary>
    /// <param name="seed">Root seed.</param>
    /// <param name="stream">Purpose of the numbers; every purpose has its own stream.</param>
    public CounterRandom(ulong seed, ulong stream) => _origin = stream == 0 ? seed : Mix(seed ^ Mix(stream * Golden));

    /// <summary>64 uniform bits at <paramref name="index"/>.</summary>
    /// <param name="index">Position in the stream, from 0.</param>
    public ulong Bits(ulong index) => Mix(_origin + (index + 1) * Golden);

    /// <summary>A uniform number in [0, 1) with 53 random bits.</summary>
    /// <param name="index">Position in the stream, from 0.</param>
    public double Uniform(ulong index) => (Bits(index) >> 11) * (1.0 / (1UL << 53));

    /// <summary>Four numbers at once: lane k is <c>Bits(index + k)</c>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal Vector256<ulong> FourBits(ulong index)
    {
        Vector256<ulong> z = Vector256.Create(_origin + (index + 1) * Golden) + Vector256.Create(0, Golden, unchecked(2 * Golden), unchecked(3 * Golden));
        z = (z ^ (z >>> 30)) * Vector256.Create(0xBF58476D1CE4E5B9UL);
        z = (z ^ (z >>> 27)) * Vector256.Create(0x94D049BB133111EBUL);
        return z ^ (z >>> 31);
    }

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
        return z ^ (z >> 31);
    }
}
