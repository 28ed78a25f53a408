using System.CommandLine;
using Qwem.Sim.Corpora;
using Qwem.Sim.Threading;

namespace Qwem.Cli;

/// <summary>The three ways to say which words make the vocabulary, of which one may be used.</summary>
internal sealed class VocabularyOptions
{
    /// <summary>The name of the option that says how many words to keep.</summary>
    public const string SizeName = "--vocabulary-size";

    private readonly Option<int> _size = Options.Integer(
        SizeName, "-V",
        "Vocabulary size V: the most frequent words to keep; 2 .. the number of different words. A text with fewer than the default keeps all; counts keep all unless -V is given.",
        Defaults.VocabularySize, 2, int.MaxValue);

    private readonly Option<int> _leastCount = Options.Integer(
        "--min-count", null, "Instead of -V: keep every word that occurs this often or more; 1 or more.", 1, 1, int.MaxValue);

    private readonly Option<string?> _file = new("--vocabulary-file", "--vocabulary")
    {
        Description = "Instead of -V: a file made by 'qwem vocabulary', or one with one word a line; its order is kept, and each word must occur in the text.",
        HelpName = "file",
    };

    /// <summary>Adds the options to a command.</summary>
    public VocabularyOptions(Command command)
    {
        // An option in the place of another has no default to show.
        _leastCount.DefaultValueFactory = null;
        foreach (Option option in All) command.Add(option);
        command.Validators.Add(result =>
        {
            string[] given = [.. All.Where(option => result.GetResult(option) is { Implicit: false }).Select(option => option.Name)];
            if (given.Length > 1) result.AddError($"The options {given[0]} and {given[1]} exclude each other; give one of them");
        });
    }

    /// <summary>All of the options.</summary>
    public Option[] All => [_size, _leastCount, _file];

    /// <summary>How many words are asked for; null where the command line does not say.</summary>
    public int? Size(ParseResult parsed) => parsed.IsGiven(_size) ? parsed.GetValue(_size) : null;

    /// <summary>The choice, null for the default; a file is read now, so that its mistakes are reported before the text is read.</summary>
    /// <exception cref="CorpusException">The vocabulary file is not one.</exception>
    public VocabularyChoice? Choice(ParseResult parsed)
    {
        if (parsed.GetValue(_file) is string path) return VocabularyFile.Read(path);
        if (parsed.IsGiven(_leastCount)) return VocabularyChoice.AtLeast(parsed.GetValue(_leastCount));
        return Size(parsed) is int size ? VocabularyChoice.Largest(size) : null;
    }
}

/// <summary>The vocabulary of a command line that does not say which words to keep.</summary>
internal static class DefaultVocabulary
{
    /// <summary>The choice of a command line; else the default, which is all words of a text that has fewer, as a note says.</summary>
    public static VocabularyChoice Or(VocabularyChoice? choice, int typeCount)
    {
        if (choice is null && typeCount < Defaults.VocabularySize)
            Notices.Note($"The text has {typeCount} different words, fewer than the default vocabulary size {Defaults.VocabularySize}; all of them are used.");
        return choice ?? VocabularyChoice.UpTo(Defaults.VocabularySize);
    }

    /// <summary>The tokens of a text over a vocabulary, or over the default one.</summary>
    public static TokenCorpus EncodeOrDefault(
        this ParsedCorpus text, VocabularyChoice? choice, OutOfVocabularyRule outside, WorkerTeam team, CancellationToken cancellation) =>
        text.EncodeWith(Or(choice, text.TypeCount), outside, team, cancellation);
}
