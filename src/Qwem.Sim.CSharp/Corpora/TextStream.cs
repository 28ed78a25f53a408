namespace Qwem.Sim.Corpora;

/// <summary>One unpacked text, whose every failure is a <see cref="CorpusException"/>.</summary>
internal abstract class TextStream : IDisposable
{
    /// <summary>The text's name in messages.</summary>
    public abstract string Name { get; }

    /// <summary>Bytes of the packed file read so far; may be read from another thread.</summary>
    public abstract long BytesRead { get; }

    /// <summary>Whether the text is one of an archive, where what is no text is passed over.</summary>
    public virtual bool IsEntry => false;

    /// <summary>Whether what was handed out ends the text; false at the end of a part of it.</summary>
    public virtual bool EndsHere => true;

    /// <summary>Whether the text is read in parts, and stays open at the end of each.</summary>
    public virtual bool IsReadInParts => false;

    /// <summary>Moves on without reading; false where that is not possible, and where nothing was moved.</summary>
    /// <exception cref="CorpusException">The disk fails.</exception>
    public virtual bool TrySkip(long count) => false;

    /// <summary>Reads the next text into <paramref name="buffer"/>, nearly filling it; 0 means the end.</summary>
    /// <exception cref="CorpusException">The disk fails, or the packed data are truncated or damaged.</exception>
    public abstract int Fill(Span<byte> buffer);

    public abstract void Dispose();

    /// <summary>A failure's message as a part of a sentence.</summary>
    protected static string Reason(Exception failure) => failure.Message.TrimEnd('.').ReplaceLineEndings(" ");
}
