using Qwem.Sim.Corpora;
using Qwem.Sim.Threading;

namespace Qwem.Fuzz;

/// <summary>Requires that the shares of a text, each read without the others, are the whole: their own tokens joined, and behind each what its windows reach.</summary>
internal static class ShareCheck
{
    /// <summary>Reads a text that was accepted in a random number of shares, for a random part of its words.</summary>
    /// <exception cref="FuzzFailure">A share differs from its place in the whole.</exception>
    public static void Require(string path, CorpusConvention convention, FuzzRandom random, WorkerTeam team)
    {
        ParsedCorpus parsed = CorpusReader.Parse([path], convention);
        OutOfVocabularyRule rule = random.Of(OutOfVocabularyRule.Removed, OutOfVocabularyRule.Masked);
        TokenCorpus whole = parsed.Encode(random.Between(1, parsed.TypeCount), rule);
        string[] words = [.. whole.Vocabulary.Words];
        CountedText? known = random.OneIn(2) ? parsed.Text : null;
        VocabularyChoice vocabulary = VocabularyChoice.Words(new GivenWords(words, [.. Enumerable.Range(1, words.Length)], "words", known, [.. whole.Vocabulary.Counts]));
        int count = random.Between(2, 6), halfWidth = random.Between(1, 9), end = 0;
        bool isByText = random.Below(4) > 0;
        for (int shard = 1; shard <= count; shard++)
        {
            ParsingLengths lengths = new(random.Between(1, 200), random.Between(1, 300));
            TokenCorpus share = isByText
                ? CorpusReader.ReadShare([path], vocabulary, new Shard(shard, count), halfWidth, rule, convention, lengths, team, null, CancellationToken.None)
                : parsed.EncodeShare(vocabulary, new Shard(shard, count), halfWidth, rule, team);
            string complaint = $"Shard {shard} of {count} of a text (L = {halfWidth}, {rule}, {convention.Summary}, {lengths}), by {(isByText ? "bytes" : "words")}, differs from the whole at position {end}";
            for (int position = 0; position < Math.Min(share.PositionCount, whole.PositionCount - end); position++)
            {
                bool isStart = position > 0 && share.DocumentStarts.Contains(position);
                if (share[position] != whole[end + position] || (position > 0 && position <= share.OwnPositions && isStart != whole.DocumentStarts.Contains(end + position)))
                    throw new FuzzFailure($"{complaint} + {position}.");
            }
            int next = end + share.OwnPositions;
            int document = whole.DocumentStarts.FirstOrDefault(start => start >= next, next);
            int context = share.OwnPositions == 0 ? 0 : Math.Min(halfWidth + 1, document - next);
            if (share.PositionCount - share.OwnPositions != context) throw new FuzzFailure($"{complaint}: {share.PositionCount - share.OwnPositions} positions follow it, not {context}.");
            end = next;
        }
        if (end != whole.PositionCount) throw new FuzzFailure($"The shards of a text ({convention.Summary}) have {end} positions together, the whole has {whole.PositionCount}.");
    }
}
