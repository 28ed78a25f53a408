namespace Qwem.Sim.Corpora;

/// <summary>What a token stream is a share of.</summary>
/// <param name="Shards">Which shard of which corpus; null for a whole text in which words of the vocabulary may be absent.</param>
/// <param name="HalfWidth">The window half-width for which there are positions behind the share.</param>
/// <param name="WholeCounts">Occurrences of the words in the whole corpus, where they are known.</param>
/// <param name="BytesRead">Bytes of text that were read or unpacked for it.</param>
/// <param name="BytesParsed">Bytes of text in which words were looked for.</param>
internal sealed record CorpusShare(ShardSet? Shards, int HalfWidth, long[]? WholeCounts, long BytesRead, long BytesParsed);
