using System.CommandLine;
using Qwem.Sim.Corpora;

namespace Qwem.Cli;

/// <summary>The three ways to say which words make the vocabulary, of which one may be used.</summary>
internal sealed class VocabularyOptions
{
    private readonly Option<int> _size = Options.Whole(
        "--vocabulary-size", "-V", "Vocabulary size V: the most frequent words to keep; 2 .. the number of word types.", 1000, 2, int.MaxValue);

    private readonly Option<int> _leastCount = Options.Whole(
        "--min-count", null, "Instead of -V: keep every word that occurs this often or more; 1 or more.", 1, 1, int.MaxValue);

    private readonly Option<string?> _file = new("--vocabulary-file", "--vocabulary")
    {
        Description = "Instead of -V: a file made by 'qwem vocabulary', or one with one word a line; its order is kept, and each word must occur in the text.",
        HelpName = "file",
    };

    /// <summary>Adds the options to a command.</summary>
    public VocabularyOptions(Command command)
    {
        command.Add(_size);
        command.Add(_leastCount);
        command.Add(_file);
        command.Validators.Add(result =>
        {
            string[] given = [.. new Option[] { _size, _leastCount, _file }.Where(option => result.GetResult(option) is { Implicit: false }).Select(option => option.Name)];
            if (given.Length > 1) result.AddError($"The options {given[0]} and {given[1]} exclude each other; give one of them");
        });
    }

    /// <summary>The choice; a file is read now, so that what is wrong with it shows before the text is read.</summary>
    /// <exception cref="CorpusException">The vocabulary file is not one.</exception>
    public VocabularyChoice Choice(ParseResult parsed)
    {
        if (parsed.GetValue(_file) is string path) return VocabularyFile.Read(path);
        return parsed.GetResult(_leastCount) is { Implicit: false }
            ? VocabularyChoice.AtLeast(parsed.GetValue(_leastCount))
            : VocabularyChoice.Largest(parsed.GetValue(_size));
    }
}
