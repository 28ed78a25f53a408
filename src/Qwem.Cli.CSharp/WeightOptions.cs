using System.CommandLine;
using Qwem.Sim.Descent;
using Qwem.Sim.Statistics;

namespace Qwem.Cli;

/// <summary>The options that say how much each pair of words weighs in a loss.</summary>
internal sealed class WeightOptions
{
    private const string Psi = "Psi of a pair: 1; (P_i P_j)^-f with mean 1; such that all pairs of words weigh alike; or word2vec's min(1, t/P + sqrt(t/P)) of both words";

    private readonly Option<Typed<string>> _reweight;
    private readonly Option<Typed<double>> _exponent = Options.Number("--exponent", "f of --reweight power; -2 .. 2.", 1, x => Math.Abs(x) <= 2, "-2 .. 2");

    /// <summary>Adds the options to a command.</summary>
    /// <param name="command">The command.</param>
    /// <param name="draws">True if pairs are drawn by their weights.</param>
    /// <param name="subsample">Description of --subsample.</param>
    /// <param name="negativePower">Description of --negative-power.</param>
    public WeightOptions(Command command, bool draws, string subsample, string negativePower)
    {
        _reweight = draws
            ? Options.Choice("--reweight", Psi + ".", "none", "power", "constant", "word2vec")
            : Options.Choice(
                "--reweight", Psi + ". Or skipgram, the pairs of word2vec itself: this Psi for positive pairs, and k negative ones of the same centre whose other word is drawn in proportion to P_i^a.",
                "none", "power", "constant", "word2vec", "skipgram");
        Subsample = Options.Number("--subsample", subsample, 1e-4, x => x is >= 0 and <= 1, "0 .. 1");
        NegativePower = Options.Number("--negative-power", negativePower, 1, x => x is >= 0 and <= 2, "0 .. 2");
        foreach (Option option in All) command.Add(option);
    }

    /// <summary>t.</summary>
    public Option<Typed<double>> Subsample { get; }

    /// <summary>a.</summary>
    public Option<Typed<double>> NegativePower { get; }

    /// <summary>All of them.</summary>
    public Option[] All => [_reweight, _exponent, Subsample, NegativePower];

    /// <summary>Psi.</summary>
    public Reweighting Reweighting(ParseResult parsed) => Enum.Parse<Reweighting>(parsed.Get(_reweight), ignoreCase: true);

    /// <summary>True where Psi has the threshold t.</summary>
    public bool Subsamples(ParseResult parsed) => Reweighting(parsed) is Qwem.Sim.Descent.Reweighting.Word2Vec or Qwem.Sim.Descent.Reweighting.SkipGram;

    /// <summary>f, or t where Psi has one.</summary>
    public double Exponent(ParseResult parsed) => parsed.Get(Subsamples(parsed) ? Subsample : _exponent);

    /// <summary>p and q.</summary>
    /// <exception cref="ArgumentException">They leave the range of a double.</exception>
    public PairMeasures Measures(ParseResult parsed, PairStatistics statistics, double negativeRatio) =>
        new(statistics, Reweighting(parsed), Exponent(parsed), negativeRatio, parsed.Get(NegativePower));
}
