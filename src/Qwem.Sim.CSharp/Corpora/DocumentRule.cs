namespace Qwem.Sim.Corpora;

/// <summary>What ends a document in plain text; in JSON lines and WikiExtractor files every document is one document.</summary>
public enum DocumentRule
{
    /// <summary>A newline.</summary>
    Line,

    /// <summary>The end of the file (of the archive's entry).</summary>
    File,

    /// <summary>A line without a word.</summary>
    BlankLine,
}
