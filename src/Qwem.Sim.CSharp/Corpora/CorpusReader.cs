using Qwem.Sim.Threading;

namespace Qwem.Sim.Corpora;

/// <summary>Reads corpora: text in files, folders, patterns, archives and standard input, or a corpus that was prepared before.</summary>
/// <remarks>
/// The first bytes of an input decide what it is: gzip, zip, a prepared corpus (<c>.qtok</c>), JSON lines (an object a line, the field
/// <c>text</c> a document), WikiExtractor's documents (a document each, the tags dropped and nothing else), or plain text. A name
/// ending in .gz or .zip on something else is an error. Several inputs are read in the order given; no document crosses from one
/// into the next. Of the text only ids are kept, about 2.1 bytes a word of English.
/// </remarks>
public static class CorpusReader
{
    /// <summary>The first bytes of every prepared corpus (<c>.qtok</c>).</summary>
    public static ReadOnlySpan<byte> PreparedFirstBytes => QtokFormat.Magic;

    /// <summary>Reads and parses the inputs.</summary>
    /// <param name="inputs">Paths of files or folders, patterns, or <c>-</c> for standard input; at least one.</param>
    /// <param name="convention">What words and documents are; null for the default, and for whatever a prepared corpus was made with.</param>
    /// <param name="team">The threads that parse, or null for the calling thread alone; the result is the same.</param>
    /// <param name="progress">Receives the bytes read after every batch of text, on the calling thread; or null.</param>
    /// <param name="cancellation">Ends the reading early.</param>
    /// <exception cref="CorpusException">An input is missing, unreadable, empty, wordless, damaged or not of the expected form.</exception>
    /// <exception cref="ArgumentException"><paramref name="inputs"/> is empty, or the minimum document length is below 1.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static ParsedCorpus Parse(
        IReadOnlyList<string> inputs,
        CorpusConvention? convention = null,
        WorkerTeam? team = null,
        IProgress<WorkProgress>? progress = null,
        CancellationToken cancellation = default) =>
        Parse(inputs, convention, ParsingLengths.Usual, team, progress, cancellation);

    /// <summary>The same in portions of other lengths.</summary>
    internal static ParsedCorpus Parse(
        IReadOnlyList<string> inputs,
        CorpusConvention? convention,
        ParsingLengths lengths,
        WorkerTeam? team,
        IProgress<WorkProgress>? progress,
        CancellationToken cancellation)
    {
        List<string> passedOver = [];
        IReadOnlyList<InputFile> files = Files(inputs, convention, passedOver);
        ParsedCorpus parsed;
        if (Prepared(files, convention) is ParsedCorpus prepared)
        {
            parsed = prepared;
        }
        else
        {
            CorpusParsing parsing = new(convention ?? new CorpusConvention(), lengths, team ?? new WorkerTeam(1), words: null, keepsPieces: true, cancellation);
            CountedText text = Read(parsing, files, convention ?? new CorpusConvention(), progress, cancellation);
            parsed = ParsedCorpus.From(parsing, convention ?? new CorpusConvention(), text);
        }
        parsed.PassedOver = passedOver;
        return parsed;
    }

    /// <summary>Counts the words of the inputs in one pass, which keeps no text: a vocabulary for <see cref="ReadShare(IReadOnlyList{string}, VocabularyChoice, Shard?, int, OutOfVocabularyRule, CorpusConvention?, WorkerTeam?, IProgress{WorkProgress}?, CancellationToken)"/>.</summary>
    /// <param name="inputs">Paths of files or folders, patterns, or <c>-</c> for standard input; at least one.</param>
    /// <param name="choice">Which words.</param>
    /// <param name="convention">What words and documents are; null for the default, and for whatever a prepared corpus was made with.</param>
    /// <param name="team">The threads that parse, or null for the calling thread alone; the result is the same.</param>
    /// <param name="progress">Receives the bytes read after every batch of text, on the calling thread; or null.</param>
    /// <param name="cancellation">Ends the reading early.</param>
    /// <exception cref="CorpusException">An input is missing, unreadable, empty, wordless, damaged or not of the expected form; or a given word does not occur.</exception>
    /// <exception cref="VocabularySizeException">The text cannot fill the vocabulary.</exception>
    /// <exception cref="ArgumentException"><paramref name="inputs"/> is empty, or the minimum document length is below 1.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static TextVocabulary CountWords(
        IReadOnlyList<string> inputs,
        VocabularyChoice choice,
        CorpusConvention? convention = null,
        WorkerTeam? team = null,
        IProgress<WorkProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(choice);
        List<string> passedOver = [];
        IReadOnlyList<InputFile> files = Files(inputs, convention, passedOver);
        using ParsedCorpus? prepared = Prepared(files, convention);
        if (prepared is not null)
            return new TextVocabulary(Chosen(prepared.Types), prepared.Text, prepared.TotalTokens, prepared.TypeCount, prepared.DocumentCount, passedOver);
        CorpusParsing parsing = new(convention ?? new CorpusConvention(), ParsingLengths.Usual, team ?? new WorkerTeam(1), words: null, keepsPieces: false, cancellation);
        CountedText text = Read(parsing, files, convention ?? new CorpusConvention(), progress, cancellation);
        WordTypes types = WordTypes.Rank([.. parsing.Tables], out _);
        return new TextVocabulary(Chosen(types), text, parsing.Collected.Words, types.Count, parsing.Collected.Documents, passedOver);

        Vocabulary Chosen(WordTypes all)
        {
            int[] chosen = choice.Choose(all);
            return new Vocabulary(Array.ConvertAll(chosen, all.Word), Array.ConvertAll(chosen, rank => all.Counts[rank]));
        }
    }

    /// <summary>Reads and encodes one share of the inputs for words that are known beforehand, at about its share of the cost.</summary>
    /// <remarks>
    /// In a plain file the reading begins at the share; an archive and a pipe must be unpacked up to it, but are not parsed. The length of a gzip file is taken
    /// from the vocabulary file that was made from it; without one it is unpacked once more. A prepared corpus is cut by words.
    /// </remarks>
    /// <param name="inputs">Paths of files or folders, patterns, or <c>-</c> for standard input; at least one.</param>
    /// <param name="vocabulary">The words: <see cref="VocabularyFile.Read"/>.</param>
    /// <param name="shard">Which share; null for the whole inputs, in which words of the vocabulary need not occur then.</param>
    /// <param name="windowHalfWidth">The window half-width L for which the share is to be counted, 1 or more.</param>
    /// <param name="rule">What becomes of all other words.</param>
    /// <param name="convention">What words and documents are; null for the default, and for whatever a prepared corpus was made with.</param>
    /// <param name="team">The threads that parse, or null for the calling thread alone; the result is the same.</param>
    /// <param name="progress">Receives the bytes parsed, on the calling thread; or null.</param>
    /// <param name="cancellation">Ends the reading early.</param>
    /// <exception cref="CorpusException">An input is missing, unreadable, damaged, not of the expected form, or of unknown length; or it is not the text that the vocabulary was made from.</exception>
    /// <exception cref="ArgumentException">The words of <paramref name="vocabulary"/> are not known beforehand, or an argument is outside its range.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static TokenCorpus ReadShare(
        IReadOnlyList<string> inputs,
        VocabularyChoice vocabulary,
        Shard? shard,
        int windowHalfWidth,
        OutOfVocabularyRule rule = OutOfVocabularyRule.Removed,
        CorpusConvention? convention = null,
        WorkerTeam? team = null,
        IProgress<WorkProgress>? progress = null,
        CancellationToken cancellation = default) =>
        ReadShare(inputs, vocabulary, shard, windowHalfWidth, rule, convention, ParsingLengths.Usual, team, progress, cancellation);

    /// <summary>The same in portions of other lengths.</summary>
    internal static TokenCorpus ReadShare(
        IReadOnlyList<string> inputs,
        VocabularyChoice vocabulary,
        Shard? shard,
        int windowHalfWidth,
        OutOfVocabularyRule rule,
        CorpusConvention? convention,
        ParsingLengths lengths,
        WorkerTeam? team,
        IProgress<WorkProgress>? progress,
        CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(vocabulary);
        if (vocabulary.Given is not GivenWords given) throw new ArgumentException("The words of the vocabulary must be known beforehand.", nameof(vocabulary));
        ArgumentOutOfRangeException.ThrowIfLessThan(windowHalfWidth, 1);
        shard?.Check();
        List<string> passedOver = [];
        IReadOnlyList<InputFile> files = Files(inputs, convention, passedOver);
        using ParsedCorpus? prepared = Prepared(files, convention);
        TokenCorpus corpus = prepared?.EncodeShare(vocabulary, shard, windowHalfWidth, rule, team, cancellation)
            ?? ReadShare(files, given, shard, windowHalfWidth, rule, convention ?? new CorpusConvention(), lengths, team ?? new WorkerTeam(1), progress, cancellation);
        corpus.PassedOver = passedOver;
        return corpus;
    }

    private static TokenCorpus ReadShare(
        IReadOnlyList<InputFile> files,
        GivenWords given,
        Shard? shard,
        int windowHalfWidth,
        OutOfVocabularyRule rule,
        CorpusConvention convention,
        ParsingLengths lengths,
        WorkerTeam team,
        IProgress<WorkProgress>? progress,
        CancellationToken cancellation)
    {
        InputTexts texts = InputTexts.Of(files, given.Text, cancellation);
        if (texts.AreCounted && given.Text!.Convention != convention.Summary)
        {
            throw new CorpusException(
                $"The vocabulary file '{given.Source}' was made from this text with {given.Text.Convention}, not with {convention.Summary}; read both with the same options.");
        }
        TokenCorpus corpus = new ShareReader(texts, given, convention, lengths, team, progress, cancellation).Read(shard, windowHalfWidth, rule);
        if (shard is not { Count: 1 }) return corpus;
        // The only shard of one is the whole text, in which all words must occur.
        int present = corpus.Vocabulary.Counts.TakeWhile(count => count > 0).Count();
        return present == corpus.Vocabulary.Size ? corpus : throw given.Absent(present, corpus.Vocabulary.Counts.Count(count => count == 0));
    }

    /// <summary>Reads the inputs and keeps the <paramref name="vocabularySize"/> most frequent words.</summary>
    /// <param name="inputs">Paths of files or folders, patterns, or <c>-</c> for standard input; at least one.</param>
    /// <param name="vocabularySize">V, from 1 to the number of word types.</param>
    /// <param name="rule">What becomes of all other words.</param>
    /// <param name="team">The threads that parse, or null for the calling thread alone; the result is the same.</param>
    /// <param name="progress">Receives the bytes read after every batch of text, on the calling thread; or null.</param>
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
        IProgress<WorkProgress>? progress = null,
        CancellationToken cancellation = default) =>
        Parse(inputs, null, team, progress, cancellation).EncodeWith(VocabularyChoice.Largest(vocabularySize), rule, team, cancellation);

    private static IReadOnlyList<InputFile> Files(IReadOnlyList<string> inputs, CorpusConvention? convention, List<string> passedOver)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        if (inputs.Count == 0) throw new ArgumentException("At least one input file is needed.", nameof(inputs));
        if (convention is not null) ArgumentOutOfRangeException.ThrowIfLessThan(convention.MinimumDocumentLength, 1);
        return InputList.Expand(inputs, passedOver);
    }

    /// <summary>The prepared corpus that is given, or null for text.</summary>
    private static ParsedCorpus? Prepared(IReadOnlyList<InputFile> files, CorpusConvention? convention)
    {
        if (files.FirstOrDefault(CorpusFile.IsTokenFile) is not InputFile prepared) return null;
        if (files.Count > 1)
            throw new CorpusException($"The prepared corpus '{prepared.Name}' cannot be joined with other inputs; prepare them together, or give it alone.");
        ParsedCorpus corpus = QtokReader.Open(prepared.Path);
        try
        {
            return convention is null ? corpus : corpus.RequireConvention(convention, prepared.Name);
        }
        catch
        {
            corpus.Dispose();
            throw;
        }
    }

    private static CountedText Read(
        CorpusParsing parsing, IReadOnlyList<InputFile> files, CorpusConvention convention, IProgress<WorkProgress>? progress, CancellationToken cancellation)
    {
        List<TextLength> lengths = [];
        long totalBytes = files.Sum(file => file.Length);
        long bytesBefore = 0;
        foreach (InputFile file in files)
        {
            long wordsBefore = parsing.Collected.WordsMet;
            long bytes = 0;
            bool isText = false;
            foreach (TextStream text in CorpusFile.Texts(file, cancellation))
            {
                isText |= parsing.Read(text, read =>
                {
                    bytes = read;
                    progress?.Report(new WorkProgress(bytesBefore + read, totalBytes));
                });
                lengths.Add(new TextLength(file.Length, parsing.TextLengths[^1]));
            }
            bytesBefore += bytes;
            if (!file.IsNamed) continue;
            if (!isText) throw new CorpusException($"The archive '{file.Name}' has no entry that is text; give an archive of text files.");
            if (parsing.Collected.WordsMet == wordsBefore) throw new CorpusException($"The input '{file.Name}' has no words; give a text.");
        }
        if (parsing.Collected.Documents == 0)
        {
            throw new CorpusException(
                parsing.Collected.WordsMet == 0 ? "The inputs have no words; give a text."
                : $"No document has {convention.MinimumDocumentLength} words; choose a smaller minimum document length, or another rule of what ends a document.");
        }
        return new CountedText(convention.Summary, parsing.TextHash, lengths);
    }
}
