namespace Qwem.Sim.Corpora;

/// <summary>How far a text has been read, so that messages can name the line and the offset of a place.</summary>
/// <param name="name">The text's name in messages.</param>
/// <param name="offset">Where the reading begins; the number of a line is known only from the beginning of a text on.</param>
internal sealed class TextPlace(string name, long offset)
{
    private readonly bool _knowsLines = offset == 0;
    private long _line = 1;
    private long _offset = offset;

    /// <summary>Moves behind a batch.</summary>
    public void Advance(ReadOnlySpan<byte> batch)
    {
        _line += batch.Count((byte)'\n');
        _offset += batch.Length;
    }

    /// <summary>An exception that names the place <paramref name="position"/> bytes behind the beginning of the current batch.</summary>
    public CorpusException Failure(string complaint, int position, ReadOnlySpan<byte> batch, string remedy)
    {
        long line = _line + batch[..Math.Min(position, batch.Length)].Count((byte)'\n');
        return new CorpusException($"The file '{name}' {complaint}{(_knowsLines ? $" in line {line}" : "")} at byte offset {_offset + position} of the text; {remedy}.");
    }
}
