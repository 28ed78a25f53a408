using System.CommandLine;
using System.Runtime.CompilerServices;
using Qwem.Sim.Cooccurrence;
using Qwem.Sim.Corpora;
using Qwem.Sim.Threading;

namespace Qwem.Cli;

/// <summary>The arguments and options of a command that takes a text or counts; the content of a file decides which it is.</summary>
internal sealed class CountsInput
{
    private readonly CorpusOptions _corpus;
    private readonly VocabularyOptions _vocabulary;
    private readonly CountingOptions _counting;

    /// <summary>Adds them to a command.</summary>
    public CountsInput(Command command)
    {
        _corpus = new CorpusOptions(command, "one file (or pipe, as -) of counts made by 'qwem count', which needs none of the options for text");
        _vocabulary = new VocabularyOptions(command);
        _counting = new CountingOptions(command);
    }

    /// <summary>The options that say what the words of a text are and which of them are kept.</summary>
    public IEnumerable<Option> OfWords => [.. _corpus.All, .. _vocabulary.All];

    /// <summary>The options of counting besides the width of the window.</summary>
    public IEnumerable<Option> RulesOfCounting => _counting.Rules;

    /// <summary>The width of the window.</summary>
    public Option Window => _counting.Window;

    /// <summary>What a command line gives; a vocabulary file is read now, so that its mistakes are reported before a text is read.</summary>
    /// <exception cref="UsageException">The options do not fit the input.</exception>
    /// <exception cref="CorpusException">The vocabulary file is not one.</exception>
    public CountsSource Source(ParseResult parsed)
    {
        string[] inputs = _corpus.Inputs(parsed);
        CountsSource source = new(
            inputs, CountsSource.IsCounts(inputs[0]), _corpus.Convention(parsed), _vocabulary.Choice(parsed), _vocabulary.Size(parsed), _counting.Convention(parsed), _counting.Outside(parsed));
        if (inputs.Length > 1 && inputs.FirstOrDefault(CountsSource.IsCounts) is string counts)
            throw new UsageException($"The counts '{counts}' are given together with other inputs; give one file of counts, or text only.");
        if (!source.HoldsCounts) return source;
        Option[] forText = [.. _corpus.All, .. _vocabulary.All.Where(option => option.Name != VocabularyOptions.SizeName), .. _counting.All];
        if (forText.FirstOrDefault(parsed.IsGiven) is Option foreign)
            throw new UsageException($"The option {foreign.Name} is for text, but '{inputs[0]}' holds counts, whose rules are fixed; leave it out, or give the text.");
        return source;
    }
}

/// <summary>Where a command's counts come from.</summary>
/// <param name="Inputs">The inputs as they were given.</param>
/// <param name="HoldsCounts">True for a file of counts, false for text.</param>
/// <param name="Text">What the words and documents of a text are; null for the default.</param>
/// <param name="Vocabulary">Which words of a text to keep; null for the default.</param>
/// <param name="Size">How many words to keep, if the command line says so.</param>
/// <param name="Convention">How a text is counted.</param>
/// <param name="Outside">What becomes of a text's words outside the vocabulary, as the convention says.</param>
internal sealed record CountsSource(
    string[] Inputs, bool HoldsCounts, CorpusConvention? Text, VocabularyChoice? Vocabulary, int? Size, CountingConvention Convention, OutOfVocabularyRule Outside)
{
    private const string Reading = "reading", Counting = "counting";

    /// <summary>The stages of the work, for a progress display.</summary>
    public string[] Stages => HoldsCounts ? [Reading] : [Reading, Counting];

    /// <summary>True for a file, or standard input, whose first bytes are those of counts. Other pipes, which can be read only once, are taken for text.</summary>
    public static bool IsCounts(string path)
    {
        try
        {
            if (path == StandardInput.Argument) return StandardInput.BeginsWith(QcoocReader.FirstBytes);
            if (!File.Exists(path) || new FileInfo(path).Length == 0) return false;
            using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
            byte[] first = new byte[QcoocReader.FirstBytes.Length];
            return file.ReadAtLeast(first, first.Length, throwOnEndOfStream: false) == first.Length && QcoocReader.FirstBytes.SequenceEqual(first);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // Reading the whole file reports what is wrong.
            return false;
        }
    }

    /// <summary>Reads counts from a file or from standard input.</summary>
    public static CooccurrenceCounts Read(string path)
    {
        if (path != StandardInput.Argument) return QcoocReader.Read(path);
        using Stream stream = StandardInput.Open();
        return QcoocReader.Read(stream, "standard input");
    }

    /// <summary>The counts, of a text or of a file; only of the most frequent words where the command line says how many.</summary>
    /// <exception cref="UsageException">There are fewer words.</exception>
    public CooccurrenceCounts Counts(WorkerTeam team, Action<string, long, long> report, CancellationToken cancellation)
    {
        CooccurrenceCounts counts = WholeCounts(team, report, cancellation);
        if (!HoldsCounts || Size is not int size || size == counts.VocabularySize) return counts;
        return size < counts.VocabularySize
            ? counts.Leading(size)
            : throw new UsageException($"The vocabulary size {size} is not possible, because the counts in '{Inputs[0]}' have {counts.VocabularySize} words; give at most that many.");
    }

    /// <summary>The counts of a text, or all of a file.</summary>
    public CooccurrenceCounts WholeCounts(WorkerTeam team, Action<string, long, long> report, CancellationToken cancellation)
    {
        if (HoldsCounts) return Read(Inputs[0]);
        return Counted(Corpus(team, report, cancellation), team, report, cancellation);
    }

    /// <summary>The counts of a text that was read.</summary>
    public CooccurrenceCounts Counted(TokenCorpus corpus, WorkerTeam team, Action<string, long, long> report, CancellationToken cancellation) =>
        CooccurrenceCounter.Count(
            corpus, Convention, team, new Relay<WorkProgress>(p => report(Counting, p.Done, p.Total)), cancellation);

    /// <summary>The tokens of a text. A separate method, so that the parsed text can be collected before it is counted.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public TokenCorpus Corpus(WorkerTeam team, Action<string, long, long> report, CancellationToken cancellation)
    {
        using ParsedCorpus parsed = CorpusOptions.Parse(Inputs, Text, team, new Relay<WorkProgress>(p => report(Reading, p.Done, p.Total)), cancellation);
        return parsed.EncodeOrDefault(Vocabulary, Outside, team, cancellation);
    }
}
