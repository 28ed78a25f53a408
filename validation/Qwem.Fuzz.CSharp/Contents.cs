using System.Text;
using Qwem.Sim.Corpora;

namespace Qwem.Fuzz;

/// <summary>What a corpus holds as one text, so that two readings can be compared.</summary>
internal static class Contents
{
    /// <summary>Words with their counts, and all articles as ids.</summary>
    /// <exception cref="CorpusException">A prepared corpus contradicts itself.</exception>
    public static string Of(ParsedCorpus parsed)
    {
        TokenCorpus corpus = parsed.Encode(parsed.TypeCount);
        StringBuilder all = new();
        all.Append(parsed.TotalTokens).Append(' ').Append(parsed.DocumentCount);
        for (int word = 0; word < corpus.Vocabulary.Words.Count; word++) all.Append(' ').Append(corpus.Vocabulary.Words[word]).Append('=').Append(corpus.Vocabulary.Counts[word]);
        foreach (int start in corpus.DocumentStarts) all.Append(" |").Append(start);
        for (int position = 0; position < corpus.PositionCount; position++) all.Append(' ').Append(corpus[position]);
        return all.ToString();
    }
}
