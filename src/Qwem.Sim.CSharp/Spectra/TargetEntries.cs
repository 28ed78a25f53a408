using Qwem.Sim.Cooccurrence;
using Qwem.Sim.Statistics;
using Qwem.Sim.Threading;

namespace Qwem.Sim.Spectra;

/// <summary>Entries of a target, one at a time: entry(i, j) = Seen(i, j, C_ij) or Unseen u_i u_j, and the diagonal.</summary>
internal sealed class TargetEntries
{
    private readonly TargetSettings _settings;
    private readonly CorpusFrequencies _frequencies;
    private readonly double _ratio;

    /// <exception cref="ArgumentException">A word has no pairs although P_i is to come from them, or nothing was counted.</exception>
    internal TargetEntries(CooccurrenceCounts counts, TargetSettings settings)
    {
        settings.Check();
        _settings = settings;
        _frequencies = new CorpusFrequencies(counts, marginals: settings.Marginals, selfPairs: settings.SelfPairs);
        _ratio = settings.NegativeRatio;
        if (settings.Kind == TargetKind.Weighted)
        {
            (RootWeights, double z) = Subsample(counts);
            _ratio /= z;
        }
        Unseen = settings.Kind switch
        {
            TargetKind.Xe or TargetKind.Weighted => -1,
            TargetKind.Sym => -2,
            TargetKind.Ppmi => 0,
            _ => settings.Floor,
        };
    }

    /// <summary>P_i, V of them.</summary>
    private double[] Probabilities => _frequencies.P;

    /// <summary>u_i = p_i^1/2 of the weighted target, V of them; null where u_i = 1.</summary>
    internal double[]? RootWeights { get; }

    /// <summary>The entry of a pair that never occurs, before u_i u_j and without shrinkage.</summary>
    internal double Unseen { get; }

    /// <summary>True when the entries of unseen pairs depend on the pair by more than u_i u_j.</summary>
    internal bool UnseenVaries => _settings.Shrinkage > 0 && _settings.Kind != TargetKind.Ppmi;

    /// <summary>The entry of a pair with a positive count; the same bits with i and j exchanged.</summary>
    internal double Seen(int i, int j, long count) =>
        _settings.Shrinkage > 0
            ? Value(Shrunk(i, j, count) / _ratio)
            : Weigh(i, j, Value(_frequencies.Joint(count) / (Probabilities[i] * Probabilities[j] * _ratio)));

    /// <summary>The entry of a pair that never occurs; the same bits with i and j exchanged.</summary>
    internal double UnseenAt(int i, int j) => UnseenVaries ? Value(Shrunk(i, j, 0) / _ratio) : Weigh(i, j, Unseen);

    /// <summary>The entry (i, i), whatever was counted.</summary>
    internal double Diagonal(int i, long count) =>
        _frequencies.SelfPairs == SelfPairs.Neutral ? Weigh(i, i, Value(1 / _ratio))
        : count > 0 ? Seen(i, i, count)
        : UnseenAt(i, i);

    /// <summary>The entries of unseen pairs as a matrix of low rank, where <see cref="UnseenVaries"/>.</summary>
    internal UnseenExpansion Expand(WorkerTeam team)
    {
        // With s = ln(E / beta) and the logistic function g: beta / (E + beta) = 1 - g(s), and for sym the same with beta (1 + k) / k for beta.
        double k = _ratio, beta = _settings.Shrinkage;
        return _settings.Kind == TargetKind.Sym
            ? new UnseenExpansion(Probabilities, 2 * (1 - k) / (1 + k), -4 / (1 + k), Math.Log(_frequencies.PairTotal / beta) + Math.Log(k / (1 + k)), team)
            : new UnseenExpansion(Probabilities, 1 / k - 1, -1 / k, Math.Log(_frequencies.PairTotal / beta), team);
    }

    private double Shrunk(int i, int j, long count) =>
        (count + _settings.Shrinkage) / (_frequencies.PairTotal * (Probabilities[i] * Probabilities[j]) + _settings.Shrinkage);

    private double Weigh(int i, int j, double value) => RootWeights is null ? value : value * (RootWeights[i] * RootWeights[j]);

    private double Value(double r) => _settings.Kind switch
    {
        TargetKind.Sym => 2 * (r - 1) / (r + 1),
        TargetKind.Ppmi => Math.Max(0, Math.Log(r)),
        TargetKind.Pmi => Math.Log(r),
        _ => r - 1,
    };

    /// <summary>p_i^1/2 and Z of Psi_i = P_i^-s; with neutral self-pairs P_ii is P_i^2 in Z_j, too.</summary>
    private (double[] RootWeights, double Z) Subsample(CooccurrenceCounts counts)
    {
        double[] psi = new double[Probabilities.Length];
        double unigramMass = 0, jointMass = 0;
        for (int i = 0; i < psi.Length; i++)
        {
            psi[i] = Math.Pow(Probabilities[i], -_settings.SubsamplingExponent);
            unigramMass += psi[i] * Probabilities[i];
        }
        bool neutral = _frequencies.SelfPairs == SelfPairs.Neutral;
        for (int i = 0; i < psi.Length; i++)
        {
            double row = neutral ? psi[i] * Probabilities[i] * Probabilities[i] : 0;
            for (int entry = (int)counts.RowStarts[i]; entry < (int)counts.RowStarts[i + 1]; entry++)
            {
                int j = counts.Columns[entry];
                if (j == i) row += neutral ? 0 : psi[i] * _frequencies.Joint(counts.Counts[entry]);
                else row += 2 * psi[j] * _frequencies.Joint(counts.Counts[entry]);
            }
            jointMass += psi[i] * row;
        }
        double z = unigramMass / jointMass * unigramMass;
        double[] roots = new double[psi.Length];
        for (int i = 0; i < roots.Length; i++) roots[i] = Math.Sqrt(psi[i] * Probabilities[i] / unigramMass);
        return (roots, z);
    }
}
