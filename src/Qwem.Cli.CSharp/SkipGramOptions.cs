using System.CommandLine;
using Qwem.Sim.Cooccurrence;
using Qwem.Sim.Formats;
using Qwem.Sim.Hogwild;

namespace Qwem.Cli;

/// <summary>The options of <c>qwem train --mode word2vec</c> that the other mode does not have.</summary>
internal sealed class SkipGramOptions
{
    private readonly Option<Typed<string>> _mode = Options.Choice(
        "--mode", "deterministic: steps with the same bytes on any number of threads; word2vec: the original algorithm, whose threads are not synchronised.", "deterministic", "word2vec");

    private readonly Option<int> _negatives = Options.Integer("--negatives", null, "Negative words per pair of --mode word2vec; 1 .. 1000.", 5, 1, 1000);
    private readonly Option<int> _epochs = Options.Integer("--epochs", null, "Passes of --mode word2vec over the text; 1 or more.", 1, 1, 1_000_000);
    private readonly Option<string?> _contexts = new("--contexts") { Description = "Also write the context vectors of --mode word2vec, to this file.", HelpName = "file" };
    private readonly TrainOptions _shared;
    private readonly Command _command;

    /// <summary>Adds the options to a command.</summary>
    public SkipGramOptions(Command command, TrainOptions shared)
    {
        _shared = shared;
        _command = command;
        foreach (Option option in Own.Prepend(_mode)) command.Add(option);
    }

    private Option[] Own => [_negatives, _epochs, _contexts];

    /// <summary>True for --mode word2vec.</summary>
    /// <exception cref="UsageException">An option of the other mode is given.</exception>
    public bool Wanted(ParseResult parsed)
    {
        bool wanted = parsed.Get(_mode) == "word2vec";
        string[] foreign = wanted
            ? [.. _command.Options.Where(option => !Own.Contains(option) && option != _mode && !_shared.OfSkipGram.Contains(option.Name)).Select(option => option.Name)]
            : [.. Own.Select(option => option.Name)];
        foreach (Option option in _command.Options)
            if (foreign.Contains(option.Name) && parsed.IsGiven(option))
                throw new UsageException($"The option {option.Name} {(wanted ? "does not go with" : "belongs to")} --mode word2vec; leave one of them out.");
        return wanted;
    }

    /// <summary>What to train and where to write it.</summary>
    /// <exception cref="UsageException">A file cannot be written, or the loss is another.</exception>
    public SkipGramJob Job(ParseResult parsed, string output, int threads)
    {
        CountsSource text = _shared.Text(parsed);
        SkipGramSettings settings = _shared.SkipGram(parsed, text.Convention.WindowHalfWidth) with { Negatives = parsed.GetValue(_negatives), Epochs = parsed.GetValue(_epochs) };
        string? contexts = parsed.GetValue(_contexts);
        string[] files = contexts is null ? [output] : [output, contexts];
        foreach (string file in files) VectorOptions.CheckOutput(file, text.Inputs);
        if (contexts is not null && Path.GetFullPath(contexts) == Path.GetFullPath(output)) throw new UsageException("The word vectors and the context vectors have the same file; give two files.");
        return new SkipGramJob(text, settings, output, contexts, threads);
    }
}
