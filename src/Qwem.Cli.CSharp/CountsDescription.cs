using Qwem.Sim.Cooccurrence;
using Qwem.Sim.Corpora;
using Qwem.Sim.Statistics;

namespace Qwem.Cli;

/// <summary>Describes a <c>.qcooc</c> file for <c>qwem inspect</c>.</summary>
internal static class CountsDescription
{
    /// <summary>Co-occurrence counts.</summary>
    public static FileKind Kind { get; } = new("counts (.qcooc)", QcoocReader.FirstBytes.ToArray(), Describe);

    private static Description Describe(string path, CancellationToken cancellation)
    {
        CountsSummary summary = CountsSummary.Read(path, cancellation);
        CountingConvention convention = summary.Convention;
        Description description = new Description()
            .With("file", path)
            .With("kind", "co-occurrence counts")
            .With("window-half-width", convention.WindowHalfWidth, $"{convention.WindowHalfWidth} words on each side");
        foreach ((string rule, string text) in convention.Rules) description.With(rule, text);
        description
            .With("vocabulary-size", summary.VocabularySize)
            .With("kept-tokens", summary.KeptTokens)
            .With("distinct-pairs", summary.DistinctPairs)
            .With("total-count", summary.TotalCount)
            .With("positive-share", summary.Density, $"{100 * summary.Density:G6} % of V^2 entries");
        if (summary.Shards is ShardSet shards)
        {
            description
                .With("shards", shards.Count)
                .With("shards-held", shards.Held, $"{ShardSet.Ranges(shards.Held)}; merge with {ShardSet.Ranges(shards.Missing)}")
                .With("corpus-sha256", shards.Corpus);
        }
        else
        {
            if (summary.Texts > 1) description.With("sum-of", summary.Texts, $"{summary.Texts} countings of different texts");
            if (summary.AbsentWords > 0) description.With("absent-words", summary.AbsentWords, $"{summary.AbsentWords} words of the vocabulary do not occur; merge with the counts of other texts");
            description
                .With("inverse-frequency-z", summary.InverseFrequencyZ, summary.InverseFrequencyZ is double z ? $"{z:G9}" : "undefined: nothing was counted")
                .With("marginal-mismatch", summary.MarginalMismatch, summary.MarginalMismatch is double gap ? $"{gap:G6} at '{summary.MostMismatchedWord}'" : "undefined: nothing was counted");
        }
        return description
            .With(
                "top-words",
                summary.TopWords.ToDictionary(word => word.Word, word => word.Count),
                string.Join(", ", summary.TopWords.Select(word => $"{word.Word} {word.Count}")))
            .With("content-sha256", summary.ContentHash);
    }
}
