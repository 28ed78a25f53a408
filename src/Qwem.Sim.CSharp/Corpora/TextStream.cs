namespace Qwem.Sim.Corpora;

/// <summary>One unpacked text, whose every failure is a <see cref="CorpusException"/>.</summary>
internal abstract class TextStream : IDisposable
{
    /// <summary>What messages call the text.</summary>
    public abstract string Name { get; }

    /// <summary>Bytes of the packed file read so far; may be read from another thread.</summary>
    public abstract long BytesRead { get; }

    /// <summary>Whether the text is one of an archive, where what is no text is passed over.</summary>
    public virtual bool IsEntry => false;

    /// <summary>Reads the next text into <paramref name="buffer"/>, nearly filling it; 0 means the end.</summary>
    /// <exception cref="CorpusException">The disk fails, or the packed data are truncated or damaged.</exception>
    public abstract int Fill(Span<byte> buffer);

    public abstract void Dispose();

    /// <summary>A failure's message as a part of a sentence.</summary>
    protected static string Reason(Exception failure) => failure.Message.TrimEnd('.').ReplaceLineEndings(" ");
}
