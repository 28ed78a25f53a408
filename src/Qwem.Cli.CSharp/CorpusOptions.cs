using System.CommandLine;
using Qwem.Sim.Corpora;
using Qwem.Sim.Threading;

namespace Qwem.Cli;

/// <summary>The options that say what text to read and what its words and documents are; shared by <c>count</c>, <c>embed</c> and <c>corpus prepare</c>.</summary>
internal sealed class CorpusOptions
{
    /// <summary>What --help says about inputs and conventions.</summary>
    public static readonly string Help =
        "An INPUT is a file, a folder (all files below it, in ordinal order of their paths), a pattern in quotes ('wiki/**/wiki_*'), or - for " +
        "standard input. Its content decides what it is: plain text; gzip or zip of what follows; JSON lines (one object per line, whose " +
        "field \"text\" is a document); WikiExtractor files (a document from <doc ...> to </doc>, of which only the tags are dropped); or a corpus made by " +
        "'qwem corpus prepare', given alone. No document continues beyond the end of a file. Files whose names are not UTF-8 are skipped, with a warning.\n\n" +
        "Normalisations:\n" + string.Concat(Normalisation.All.Select(convention => $"  {convention.Name,-8} {convention.Description}\n"));

    private readonly Argument<string[]> _inputs = new("INPUT")
    {
        Description = "Text to read, joined in the order given.",
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly Option<Typed<Normalisation>> _normalisation = Options.Choice(
        "--normalisation", "How bytes become words, as above.", [.. Normalisation.All.Select(convention => (convention.Name, convention))]);

    private readonly Option<Typed<DocumentRule>> _document = Options.Choice(
        "--article",
        "What ends a document of plain text: each newline, the end of the file, or a line without a word.",
        ("line", DocumentRule.Line),
        ("file", DocumentRule.File),
        ("blank-line", DocumentRule.BlankLine));

    private readonly Option<Typed<TextFormat>> _format = Options.Choice(
        "--format",
        "The format of the text; detected takes it from the content.",
        ("detected", TextFormat.Detected),
        ("text", TextFormat.Text),
        ("json-lines", TextFormat.JsonLines),
        ("wiki-extractor", TextFormat.WikiExtractor));

    private readonly Option<int> _leastLength = Options.Integer(
        "--min-article-length", null, "Leave out documents of fewer words, counted before the vocabulary is chosen; 1 or more.", 1, 1, int.MaxValue);

    /// <summary>Adds the options to a command.</summary>
    /// <param name="command">The command.</param>
    /// <param name="alternative">What else an input may be, as the end of a sentence; or null.</param>
    public CorpusOptions(Command command, string? alternative = null)
    {
        if (alternative is not null) _inputs.Description += $" Or {alternative}.";
        Options.RefuseUnknownOptions(_inputs);
        command.Add(_inputs);
        foreach (Option option in All) command.Add(option);
    }

    /// <summary>All of the options.</summary>
    public Option[] All => [_normalisation, _document, _leastLength, _format];

    /// <summary>Reads and parses the inputs, and warns of what was skipped.</summary>
    public static ParsedCorpus Parse(
        string[] inputs, CorpusConvention? convention, WorkerTeam team, IProgress<WorkProgress>? progress, CancellationToken cancellation)
    {
        ParsedCorpus corpus = CorpusReader.Parse(inputs, convention, team, progress, cancellation);
        WarnOfSkipped(corpus.PassedOver);
        return corpus;
    }

    /// <summary>Warns of inputs that were skipped.</summary>
    public static void WarnOfSkipped(IReadOnlyList<string> names)
    {
        if (names.Count > 0)
            Notices.Warn($"{names.Count} of the inputs were skipped because their names are not UTF-8: '{names[0]}'{(names.Count > 1 ? ", ..." : "")}; rename them to include them.");
    }

    /// <summary>The inputs as they were given.</summary>
    public string[] Inputs(ParseResult parsed) => parsed.GetRequiredValue(_inputs);

    /// <summary>The convention, or null where no option asks for one.</summary>
    public CorpusConvention? Convention(ParseResult parsed)
    {
        if (!All.Any(parsed.IsGiven)) return null;
        return new CorpusConvention
        {
            Normalisation = parsed.Get(_normalisation),
            DocumentRule = parsed.Get(_document),
            MinimumDocumentLength = parsed.GetValue(_leastLength),
            Format = parsed.Get(_format),
        };
    }
}
