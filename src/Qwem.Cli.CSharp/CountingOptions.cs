using System.CommandLine;
using Qwem.Sim.Cooccurrence;
using Qwem.Sim.Corpora;

namespace Qwem.Cli;

/// <summary>The options that say what a co-occurrence count of a text means.</summary>
internal sealed class CountingOptions
{
    private readonly Option<int> _window = Options.Integer(
        "--window", "-L", "Window half-width L: words on each side; 1 .. 65535.", Defaults.WindowHalfWidth, 1, CountingConvention.LargestHalfWidth);

    private readonly Option<Typed<WindowWeighting>> _weighting = Options.Choice(
        "--weighting",
        "What a pair at distance r counts: L - r + 1, 1, or lcm(1 .. L) / r (GloVe's 1/r as integers; L at most 22).",
        ("linear", WindowWeighting.Linear),
        ("flat", WindowWeighting.Flat),
        ("harmonic", WindowWeighting.Harmonic));

    private readonly Option<Typed<OutOfVocabularyRule>> _outside = Options.Choice(
        "--out-of-vocabulary",
        "Words outside the vocabulary: removed before windows are laid, or masked (they keep their places and count nothing).",
        ("removed", OutOfVocabularyRule.Removed),
        ("masked", OutOfVocabularyRule.Masked));

    private readonly Option<Typed<WindowEnds>> _ends = Options.Choice(
        "--ends",
        "Ends of documents: complete windows, or the rule of the paper's authors that no pair begins in a document's last L + 1 positions.",
        ("complete", WindowEnds.Complete),
        ("authors", WindowEnds.AuthorsTail));

    /// <summary>Adds the options to a command.</summary>
    public CountingOptions(Command command)
    {
        foreach (Option option in All) command.Add(option);
    }

    /// <summary>The width of the window.</summary>
    public Option Window => _window;

    /// <summary>All of the options.</summary>
    public Option[] All => [_window, .. Rules];

    /// <summary>Those besides the width of the window.</summary>
    public Option[] Rules => [_weighting, _outside, _ends];

    /// <summary>The convention of a command line.</summary>
    /// <exception cref="UsageException">The window is too wide for the weighting.</exception>
    public CountingConvention Convention(ParseResult parsed)
    {
        int window = parsed.GetValue(_window), most = CountingConvention.LargestHalfWidthOf(parsed.Get(_weighting));
        if (window > most)
        {
            throw new UsageException(
                $"The window -L {window} is too wide for harmonic weighting, whose unit 1 / lcm(1 .. L) exceeds 32 bits; give at most {most}.");
        }
        return new CountingConvention(window, parsed.Get(_weighting), parsed.Get(_outside), parsed.Get(_ends));
    }

    /// <summary>What becomes of words outside the vocabulary.</summary>
    public OutOfVocabularyRule Outside(ParseResult parsed) => parsed.Get(_outside);
}
