using System.Globalization;
using Qwem.Sim.IO;

namespace Qwem.Sim.Evaluation;

/// <summary>One human judgement of how similar two words are.</summary>
/// <param name="First">A word.</param>
/// <param name="Second">Another, or the same.</param>
/// <param name="Score">The judgement, finite, on a scale of the benchmark's own.</param>
public readonly record struct SimilarityJudgement(string First, string Second, double Score);

/// <summary>Reads similarity benchmarks (MEN, WordSim-353, SimLex-999): lines "word1 word2 score", separated by white space.</summary>
public static class SimilarityFile
{
    /// <summary>Reads all judgements. Blank lines are skipped; there is no heading. UTF-8, decimal point.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The judgements in the order of the file, at least one.</returns>
    /// <exception cref="FileFormatException">The file is missing, empty or malformed; the message names the line.</exception>
    public static IReadOnlyList<SimilarityJudgement> Read(string path)
    {
        List<SimilarityJudgement> judgements = [];
        foreach ((int number, string[] parts) in BenchmarkLines.Read(path))
        {
            if (parts.Length != 3)
                throw new FileFormatException($"Line {number} of '{path}' has {parts.Length} parts; two words and a score are expected.");
            if (!double.TryParse(parts[2], NumberStyles.Float, CultureInfo.InvariantCulture, out double score) || !double.IsFinite(score))
                throw new FileFormatException($"The score '{parts[2]}' in line {number} of '{path}' is not a finite number; write it with a decimal point.");
            judgements.Add(new SimilarityJudgement(parts[0], parts[1], score));
        }
        if (judgements.Count == 0) throw new FileFormatException($"The benchmark file '{path}' has no judgements; lines 'word1 word2 score' are expected.");
        return judgements;
    }
}
