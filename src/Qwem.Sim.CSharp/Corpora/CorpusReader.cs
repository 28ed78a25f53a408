using Qwem.Sim.Threading;

namespace Qwem.Sim.Corpora;

/// <summary>Reads corpora: text in files, folders, patterns, archives and standard input, or a corpus that was prepared before.</summary>
/// <remarks>
/// What an input is, its first bytes decide: gzip, zip, a prepared corpus (<c>.qtok</c>), JSON lines (an object a line, the field
/// <c>text</c> an article), WikiExtractor's documents (an article each, the tags dropped and nothing else), or plain text. A name
/// ending in .gz or .zip on something else is an error. Several inputs are read in the order given; no article crosses from one
/// into the next. Of the text only ids are kept, about 2.1 bytes a word of English.
/// </remarks>
public static class CorpusReader
{
    /// <summary>The first bytes of every prepared corpus (<c>.qtok</c>).</summary>
    public static ReadOnlySpan<byte> PreparedFirstBytes => QtokFormat.Magic;

    /// <summary>Reads and parses the inputs.</summary>
    /// <param name="inputs">Paths of files or folders, patterns, or <c>-</c> for standard input; at least one.</param>
    /// <param name="convention">What words and articles are; null for the default, and for whatever a prepared corpus was made with.</param>
    /// <param name="team">The threads that parse, or null for the calling thread alone; the result is the same.</param>
    /// <param name="progress">Told the bytes read after every batch of text, on the calling thread; or null.</param>
    /// <param name="cancellation">Ends the reading early.</param>
    /// <exception cref="CorpusException">An input is missing, unreadable, empty, wordless, damaged or not of the expected form.</exception>
    /// <exception cref="ArgumentException"><paramref name="inputs"/> is empty, or the minimum article length is below 1.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static ParsedCorpus Parse(
        IReadOnlyList<string> inputs,
        CorpusConvention? convention = null,
        WorkerTeam? team = null,
        IProgress<CorpusProgress>? progress = null,
        CancellationToken cancellation = default) =>
        Parse(inputs, convention, ParsingLengths.Usual, team, progress, cancellation);

    /// <summary>The same in portions of other lengths.</summary>
    internal static ParsedCorpus Parse(
        IReadOnlyList<string> inputs,
        CorpusConvention? convention,
        ParsingLengths lengths,
        WorkerTeam? team,
        IProgress<CorpusProgress>? progress,
        CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        if (inputs.Count == 0) throw new ArgumentException("At least one input file is needed.", nameof(inputs));
        if (convention is not null) ArgumentOutOfRangeException.ThrowIfLessThan(convention.MinimumArticleLength, 1);
        List<string> passedOver = [];
        IReadOnlyList<InputFile> files = InputList.Expand(inputs, passedOver);
        long totalBytes = files.Sum(file => file.Length);
        if (files.FirstOrDefault(CorpusFile.IsTokenFile) is InputFile prepared)
        {
            if (files.Count > 1)
                throw new CorpusException($"The prepared corpus '{prepared.Name}' cannot be joined with other inputs; prepare them together, or give it alone.");
            ParsedCorpus corpus = QtokReader.Open(prepared.Path);
            corpus.PassedOver = passedOver;
            return convention is null ? corpus : corpus.Demand(convention, prepared.Name);
        }

        team ??= new WorkerTeam(1);
        CorpusParsing parsing = new(convention ?? new CorpusConvention(), lengths, team, cancellation);
        long bytesBefore = 0;
        foreach (InputFile file in files)
        {
            long wordsBefore = parsing.Ledger.WordsMet;
            long bytes = 0;
            bool isText = false;
            foreach (TextStream text in CorpusFile.Texts(file, cancellation))
            {
                isText |= parsing.Read(text, read =>
                {
                    bytes = read;
                    progress?.Report(new CorpusProgress(bytesBefore + read, totalBytes));
                });
            }
            bytesBefore += bytes;
            if (!file.IsNamed) continue;
            if (!isText) throw new CorpusException($"The archive '{file.Name}' has no entry that is text; give an archive of text files.");
            if (parsing.Ledger.WordsMet == wordsBefore) throw new CorpusException($"The input '{file.Name}' has no words; give a text.");
        }
        ParsedCorpus parsed = ParsedCorpus.From(parsing, convention ?? new CorpusConvention());
        parsed.PassedOver = passedOver;
        return parsed;
    }

    /// <summary>Reads the inputs and keeps the <paramref name="vocabularySize"/> most frequent words.</summary>
    /// <param name="inputs">Paths of files or folders, patterns, or <c>-</c> for standard input; at least one.</param>
    /// <param name="vocabularySize">V, from 1 to the number of word types.</param>
    /// <param name="rule">What becomes of all other words.</param>
    /// <param name="team">The threads that parse, or null for the calling thread alone; the result is the same.</param>
    /// <param name="progress">Told the bytes read after every batch of text, on the calling thread; or null.</param>
    /// <param name="cancellation">Ends the reading early.</param>
    /// <exception cref="CorpusException">An input is missing, unreadable, empty, wordless, damaged or not of the expected form.</exception>
    /// <exception cref="VocabularySizeException">The text has fewer word types.</exception>
    /// <exception cref="ArgumentException"><paramref name="inputs"/> is empty.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static TokenCorpus Read(
        IReadOnlyList<string> inputs,
        int vocabularySize,
        OutOfVocabularyRule rule = OutOfVocabularyRule.Removed,
        WorkerTeam? team = null,
        IProgress<CorpusProgress>? progress = null,
        CancellationToken cancellation = default) =>
        Parse(inputs, null, team, progress, cancellation).EncodeWith(VocabularyChoice.Largest(vocabularySize), rule, team, cancellation);
}
