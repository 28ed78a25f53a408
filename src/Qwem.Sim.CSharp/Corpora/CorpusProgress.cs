namespace Qwem.Sim.Corpora;

/// <summary>How far the reading or writing of a corpus has come.</summary>
/// <param name="Bytes">Bytes read or written so far, as they lie on the disk (packed, if they are).</param>
/// <param name="TotalBytes">Bytes of all files; 0 where a file has no length (a pipe).</param>
public readonly record struct CorpusProgress(long Bytes, long TotalBytes);
