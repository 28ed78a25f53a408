namespace Qwem.Sim.Corpora;

/// <summary>One share of a corpus that is counted in parts; <see cref="ShardSet"/> says which words it has.</summary>
/// <param name="Number">k, 1 .. n.</param>
/// <param name="Count">n, 1 .. 65,536.</param>
public readonly record struct Shard(int Number, int Count)
{
    /// <summary>Where the share begins and ends in a whole of some length.</summary>
    internal (long Start, long End) Of(long length) =>
        ((long)((Int128)length * (Number - 1) / Count), (long)((Int128)length * Number / Count));

    /// <exception cref="ArgumentException">The number is outside 1 .. n, or n outside its range.</exception>
    internal void Check()
    {
        if (Count is < 1 or > ShardSet.MostShards || Number < 1 || Number > Count)
            throw new ArgumentException($"Shard {Number} of {Count} is not possible; n is 1 .. {ShardSet.MostShards} and k is 1 .. n.");
    }
}
