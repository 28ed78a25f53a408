namespace Qwem.Sim.Corpora;

/// <summary>What the unpacked bytes of an input are.</summary>
public enum TextFormat
{
    /// <summary>To be found out from the first bytes.</summary>
    Detected,

    /// <summary>Plain text.</summary>
    Text,

    /// <summary>One JSON object a line, whose field <c>text</c> is a document.</summary>
    JsonLines,

    /// <summary>What WikiExtractor writes: documents between lines <c>&lt;doc ...&gt;</c> and <c>&lt;/doc&gt;</c>.</summary>
    WikiExtractor,
}
