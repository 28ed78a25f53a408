namespace Qwem.Sim.Corpora.Download;

/// <summary>How far a download has come.</summary>
/// <param name="Bytes">Bytes on the disk.</param>
/// <param name="TotalBytes">Bytes of the file; 0 where the server does not say.</param>
public readonly record struct DownloadProgress(long Bytes, long TotalBytes);
