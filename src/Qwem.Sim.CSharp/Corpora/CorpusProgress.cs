namespace Qwem.Sim.Corpora;

/// <summary>How far the reading of a corpus has come.</summary>
/// <param name="BytesRead">Bytes read from the input files so far, as they lie on the disk (packed, if they are).</param>
/// <param name="TotalBytes">Bytes of all input files; 0 where a file has no length (a pipe).</param>
public readonly record struct CorpusProgress(long BytesRead, long TotalBytes);
