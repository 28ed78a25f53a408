namespace Qwem.Sim.Corpora;

/// <summary>Words of a text with their counts, found in one pass that does not keep the text; <see cref="VocabularyFile"/> writes and reads them.</summary>
public sealed class TextVocabulary
{
    internal TextVocabulary(Vocabulary words, CountedText text, long totalTokens, int typeCount, long documentCount, IReadOnlyList<string> passedOver)
    {
        Words = words;
        Text = text;
        TotalTokens = totalTokens;
        TypeCount = typeCount;
        DocumentCount = documentCount;
        PassedOver = passedOver;
    }

    /// <summary>The chosen words and their counts.</summary>
    public Vocabulary Words { get; }

    /// <summary>Words of the text, those that were not chosen included.</summary>
    public long TotalTokens { get; }

    /// <summary>Distinct words of the text.</summary>
    public int TypeCount { get; }

    /// <summary>Documents with at least one word, and at least the minimum length.</summary>
    public long DocumentCount { get; }

    /// <summary>Files and folders among the inputs that were not read because their names are not UTF-8, as they can be shown.</summary>
    public IReadOnlyList<string> PassedOver { get; }

    internal CountedText Text { get; }
}
