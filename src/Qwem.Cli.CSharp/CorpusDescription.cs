using Qwem.Sim.Corpora;

namespace Qwem.Cli;

/// <summary>Describes a <c>.qtok</c> file for <c>qwem inspect</c>.</summary>
internal static class CorpusDescription
{
    private const int LargestTop = 10;

    /// <summary>Prepared corpora.</summary>
    public static FileKind Kind { get; } = new("prepared corpora (.qtok)", CorpusReader.PreparedFirstBytes.ToArray(), Describe);

    private static Description Describe(string path, CancellationToken cancellation)
    {
        using ParsedCorpus corpus = CorpusReader.Parse([path], cancellation: cancellation);
        // Encoding reads, and thereby checks, the whole stream.
        Vocabulary top = corpus.Encode(Math.Min(LargestTop, corpus.TypeCount), cancellation: cancellation).Vocabulary;
        CorpusConvention convention = corpus.Convention;
        return new Description()
            .With("file", path)
            .With("kind", "prepared corpus")
            .With("convention", convention.Summary)
            .With("words", corpus.TotalTokens)
            .With("types", corpus.TypeCount)
            .With("documents", corpus.DocumentCount)
            .With(
                "top-words",
                top.Words.Zip(top.Counts).ToDictionary(pair => pair.First, pair => pair.Second),
                string.Join(", ", top.Words.Zip(top.Counts, (word, count) => $"{word} {count}")));
    }
}
