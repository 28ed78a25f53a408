namespace Qwem.Sim.Descent;

/// <summary>Gives drawn pairs their weights Psi.</summary>
internal sealed class PairWeigher
{
    /// <summary>Up to this V the weights of all pairs are kept: 32 MB.</summary>
    private const int LargestDense = 2048;

    private readonly PairMeasures _measures;
    private readonly double[]? _dense;

    internal PairWeigher(PairMeasures measures)
    {
        _measures = measures;
        int v = measures.VocabularySize;
        if (v > LargestDense) return;
        _dense = new double[v * v];
        for (int i = 0; i < v; i++)
            for (int j = i; j < v; j++) _dense[i * v + j] = _dense[j * v + i] = Psi(i, j);
    }

    /// <summary>Fills the weights of pairs whose words are drawn.</summary>
    internal void Weigh(PairDraws draws)
    {
        double[] weights = draws.Weights!;
        for (int n = 0; n < weights.Length; n++)
        {
            int i = draws.First[n], j = draws.Second[n];
            weights[n] = _dense is not null ? _dense[i * _measures.VocabularySize + j] : Psi(i, j);
        }
    }

    private double Psi(int i, int j) =>
        _measures.Psi(i, j, _measures.Reweighting == Reweighting.Constant ? _measures.Statistics.Joint(i, j) : 0);
}
