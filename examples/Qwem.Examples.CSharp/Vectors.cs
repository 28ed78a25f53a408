using Qwem.Sim.Cooccurrence;
using Qwem.Sim.Corpora;
using Qwem.Sim.Formats;
using Qwem.Sim.LinearAlgebra;
using Qwem.Sim.Spectra;

namespace Qwem.Examples;

/// <summary>README's word vectors from text.</summary>
public static class Vectors
{
    /// <summary>Makes them.</summary>
    /// <param name="path">A text of at least 10,000 different words.</param>
    /// <param name="output">A file of any format that the command writes.</param>
    public static void FromText(string path, string output)
    {
        TokenCorpus corpus = CorpusReader.Read([path], 10_000);
        CooccurrenceCounts counts = CooccurrenceCounter.Count(corpus, new CountingConvention(windowHalfWidth: 16));
        TargetSettings target = new() { Shrinkage = EmpiricalShrinkage.Estimate(counts) };
        PartialSpectrum top = KrylovEigenSolver.Solve(TargetOperator.Create(counts, target), 200);
        VectorFile.Write(ClosedFormEmbedding.Create(top, counts.Words), output);
    }
}
