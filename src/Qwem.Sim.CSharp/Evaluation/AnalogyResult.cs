namespace Qwem.Sim.Evaluation;

/// <summary>A percentile interval; both ends are NaN where there is nothing to resample.</summary>
/// <param name="Lower">Lower end, unit of the figure.</param>
/// <param name="Upper">Upper end, unit of the figure.</param>
public readonly record struct Interval(double Lower, double Upper);

/// <summary>How many questions were answered correctly under one rule.</summary>
/// <param name="Correct">Questions whose highest-scoring word was b'.</param>
/// <param name="Ties">Questions where several words shared the highest score; the one of smallest index was the answer.</param>
/// <param name="Accuracy">Share of the asked questions, 0 to 1; NaN when none was asked.</param>
/// <param name="Interval">Bootstrap interval of the accuracy.</param>
public sealed record AnalogyScore(int Correct, int Ties, double Accuracy, Interval Interval);

/// <summary>What a family of analogies, or all of them together, gave.</summary>
/// <param name="Name">The family; "total" for all.</param>
/// <param name="Questions">Questions of the benchmark.</param>
/// <param name="OutOfVocabulary">Questions with a word that has no vector: not asked.</param>
/// <param name="Unanswerable">Asked questions whose b' is one of a, b, a': always wrong when the inputs are excluded.</param>
/// <param name="ExcludingInputs">argmax over all words but a, b, a': the usual rule.</param>
/// <param name="IncludingInputs">argmax over all words.</param>
/// <param name="SmoothScore">Mean over the asked questions of sqrt(d) b'_hat . (a'_hat + b_hat - a_hat); NaN when none was asked.</param>
/// <param name="SmoothInterval">Bootstrap interval of the smooth score.</param>
public sealed record AnalogyResult(
    string Name,
    int Questions,
    int OutOfVocabulary,
    int Unanswerable,
    AnalogyScore ExcludingInputs,
    AnalogyScore IncludingInputs,
    double SmoothScore,
    Interval SmoothInterval)
{
    /// <summary>Questions all of whose words have vectors.</summary>
    public int Asked => Questions - OutOfVocabulary;
}

/// <summary>What an analogy benchmark gave: each family, and all questions together.</summary>
/// <param name="Families">One per family, in the order of the benchmark.</param>
/// <param name="Total">All questions with equal weight.</param>
public sealed record AnalogyReport(IReadOnlyList<AnalogyResult> Families, AnalogyResult Total);
