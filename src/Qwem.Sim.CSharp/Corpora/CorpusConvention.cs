namespace Qwem.Sim.Corpora;

/// <summary>Everything that decides which words and documents a text has.</summary>
public sealed record CorpusConvention
{
    /// <summary>How bytes become words.</summary>
    public Normalisation Normalisation { get; init; } = Normalisation.Paper;

    /// <summary>What ends a document of plain text.</summary>
    public DocumentRule DocumentRule { get; init; } = DocumentRule.Line;

    /// <summary>Documents of fewer words of the text, before any vocabulary is chosen, are left out; at least 1.</summary>
    public long MinimumDocumentLength { get; init; } = 1;

    /// <summary>What the inputs are.</summary>
    public TextFormat Format { get; init; } = TextFormat.Detected;

    /// <summary>The convention in words, without the format.</summary>
    public string Summary =>
        $"normalisation {Normalisation}, documents by {DocumentRule switch { DocumentRule.Line => "line", DocumentRule.File => "file", _ => "blank-line" }} " +
        $"and of {MinimumDocumentLength} words or more";
}
