using Qwem.Sim.Random;

namespace Qwem.Fuzz;

/// <summary>The random numbers of one case: they follow from the seed and the number of the case alone.</summary>
internal sealed class FuzzRandom(ulong seed, ulong fuzzCase)
{
    // Stream 0 is the published sequence of the seed itself.
    private readonly CounterRandom _numbers = new(seed, fuzzCase + 1);
    private ulong _index;

    /// <summary>A whole number, 0 .. <paramref name="bound"/> - 1.</summary>
    public int Below(int bound) => (int)(_numbers.Bits(_index++) % (ulong)bound);

    /// <summary>A whole number of either end or between.</summary>
    public int Between(int least, int most) => least + Below(most - least + 1);

    /// <summary>True once in <paramref name="times"/>.</summary>
    public bool OneIn(int times) => Below(times) == 0;

    /// <summary>One of several.</summary>
    public T Of<T>(params ReadOnlySpan<T> several) => several[Below(several.Length)];

    /// <summary>Bytes of any value.</summary>
    public byte[] Bytes(int length)
    {
        byte[] bytes = new byte[length];
        for (int k = 0; k < length; k++) bytes[k] = (byte)Below(256);
        return bytes;
    }
}
