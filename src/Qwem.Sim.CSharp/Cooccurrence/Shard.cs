namespace Qwem.Sim.Cooccurrence;

/// <summary>One shard of a corpus; <see cref="ShardSet"/> says which articles it has.</summary>
/// <param name="Number">k, 1 .. n.</param>
/// <param name="Count">n, 1 .. 65,536.</param>
public readonly record struct Shard(int Number, int Count);
