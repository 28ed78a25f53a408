using System.CommandLine;
using Qwem.Sim.Corpora;

namespace Qwem.Cli;

/// <summary>The options that say what text to read and what its words and articles are; shared by <c>count</c> and <c>corpus prepare</c>.</summary>
internal sealed class CorpusOptions
{
    /// <summary>What --help says of inputs and conventions.</summary>
    public static readonly string Help =
        "An INPUT is a file, a folder (all files below it, in ordinal order of their paths), a pattern in quotes ('wiki/**/wiki_*'), or - for " +
        "standard input. Its content decides what it is: plain text; gzip or zip of what follows; JSON lines (an object a line, whose " +
        "field \"text\" is an article); WikiExtractor files (an article from <doc ...> to </doc>, the tags dropped and nothing else); or a corpus made by " +
        "'qwem corpus prepare', given alone. No article crosses the end of a file.\n\n" +
        "Normalisations:\n" + string.Concat(Normalisation.All.Select(convention => $"  {convention.Name,-8} {convention.Description}\n"));

    private readonly Argument<string[]> _inputs = new("INPUT")
    {
        Description = "Text to read, joined in the order given.",
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly Option<string> _normalisation = OneOf(
        "--normalisation", "How bytes become words, as above.", [.. Normalisation.All.Select(convention => convention.Name)]);

    private readonly Option<string> _article = OneOf(
        "--article", "What ends an article of plain text: each newline, the end of the file, or a line without a word.", ["line", "file", "blank-line"]);

    private readonly Option<string> _format = OneOf(
        "--format", "What the text is, where its content is not to decide.", ["detected", "text", "json-lines", "wiki-extractor"]);

    private readonly Option<int> _leastLength = Options.Whole(
        "--min-article-length", null, "Leave out articles of fewer words, counted before the vocabulary is chosen; 1 or more.", 1, 1, int.MaxValue);

    /// <summary>Adds the options to a command.</summary>
    public CorpusOptions(Command command)
    {
        _inputs.Validators.Add(result =>
        {
            string? unknown = result.Tokens.Select(token => token.Value).FirstOrDefault(value => value.Length > 1 && value.StartsWith('-'));
            if (unknown is not null) result.AddError($"There is no option '{unknown}' (a file of that name is ./{unknown})");
        });
        command.Add(_inputs);
        foreach (Option option in Conventions) command.Add(option);
    }

    private Option[] Conventions => [_normalisation, _article, _leastLength, _format];

    /// <summary>The inputs as they were given.</summary>
    public string[] Inputs(ParseResult parsed) => parsed.GetRequiredValue(_inputs);

    /// <summary>The convention, or null where no option asks for one.</summary>
    public CorpusConvention? Convention(ParseResult parsed)
    {
        if (Conventions.All(option => parsed.GetResult(option) is null or { Implicit: true })) return null;
        return new CorpusConvention
        {
            Normalisation = Normalisation.Named(parsed.GetRequiredValue(_normalisation))!,
            ArticleRule = parsed.GetRequiredValue(_article) switch
            {
                "file" => ArticleRule.File,
                "blank-line" => ArticleRule.BlankLine,
                _ => ArticleRule.Line,
            },
            MinimumArticleLength = parsed.GetValue(_leastLength),
            Format = parsed.GetRequiredValue(_format) switch
            {
                "text" => TextFormat.Text,
                "json-lines" => TextFormat.JsonLines,
                "wiki-extractor" => TextFormat.WikiExtractor,
                _ => TextFormat.Detected,
            },
        };
    }

    /// <summary>Refuses an output that cannot be written or that is one of the inputs.</summary>
    /// <exception cref="UsageException">It is so.</exception>
    public static void CheckOutput(string output, string[] inputs)
    {
        if (Sim.Cooccurrence.AtomicFile.WhyNotWritable(output) is string reason)
            throw new UsageException($"The output '{output}' {reason}.");
        if (inputs.FirstOrDefault(input => input.Length > 0 && Path.GetFullPath(input) == Path.GetFullPath(output)) is string same)
            throw new UsageException($"The output '{output}' is the input '{same}' itself; give another path.");
    }

    /// <summary>One of several names, the first by default, refused with the names in the message.</summary>
    private static Option<string> OneOf(string name, string description, string[] values)
    {
        return new Option<string>(name)
        {
            Description = description,
            HelpName = string.Join('|', values),
            DefaultValueFactory = _ => values[0],
            CustomParser = result =>
            {
                string text = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
                if (!values.Contains(text)) result.AddError($"The value '{text}' of {name} is not possible; give one of {string.Join(", ", values)}");
                return text;
            },
        };
    }
}
