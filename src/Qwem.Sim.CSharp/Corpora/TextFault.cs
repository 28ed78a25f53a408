namespace Qwem.Sim.Corpora;

/// <summary>What is wrong at one place of a piece of text, before the piece's file, line and offset are known.</summary>
internal sealed class TextFault(int position, string complaint, string remedy) : Exception
{
    /// <summary>Byte of the piece's buffer.</summary>
    public int Position => position;

    /// <summary>What a sentence that begins with the file says.</summary>
    public string Complaint => complaint;

    /// <summary>What to do.</summary>
    public string Remedy => remedy;
}
