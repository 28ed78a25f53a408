/// <summary>The theory as curried functions, the subject last: for F# scripts that build pipelines. Each is one call of the types, which document it.</summary>
/// <remarks>open Qwem.Theory.Functions. C# uses the types. Times carry their unit: 3.0&lt;kappaTime&gt;.</remarks>
module Qwem.Theory.Functions

/// <summary>Statistics from counts: CorpusStatistics.FromCounts.</summary>
/// <param name="wordCounts">Occurrences of each word, length V.</param>
/// <param name="pairCounts">Co-occurrences, V x V row-major, symmetric.</param>
/// <returns>P_i and P_ij.</returns>
let statistics (wordCounts: float[]) (pairCounts: float[]) : CorpusStatistics =
    CorpusStatistics.FromCounts(wordCounts, pairCounts)

/// <summary>The self-pair rule P_ii := P_i^2: CorpusStatistics.WithNeutralSelfPairs.</summary>
/// <param name="statistics">The corpus.</param>
/// <returns>New statistics.</returns>
let neutral (statistics: CorpusStatistics) : CorpusStatistics = statistics.WithNeutralSelfPairs()

/// <summary>M* of a corpus: Target.Matrix.</summary>
/// <param name="kind">Which target.</param>
/// <param name="statistics">The corpus.</param>
/// <returns>V x V row-major, symmetric.</returns>
let target (kind: Target) (statistics: CorpusStatistics) : float[] = kind.Matrix statistics

/// <summary>Eigenpairs of a target of small V: TargetSpectrum.Decompose.</summary>
/// <param name="target">M*, V x V row-major, symmetric.</param>
/// <returns>All V pairs.</returns>
let spectrum (target: float[]) : TargetSpectrum = TargetSpectrum.Decompose target

/// <summary>The exact flow from any start: ExactSolution.</summary>
/// <param name="start">W(0), d x V.</param>
/// <param name="spectrum">The target's eigenpairs.</param>
/// <returns>The flow, prepared for any time.</returns>
let exact (start: Embeddings) (spectrum: TargetSpectrum) : ExactSolution = ExactSolution(spectrum, start)

/// <summary>The state of an exact flow at a time: ExactSolution.At.</summary>
/// <param name="kappaTime">kappa t.</param>
/// <param name="solution">The flow.</param>
/// <returns>The state.</returns>
let at (kappaTime: float<kappaTime>) (solution: ExactSolution) : ExactState = solution.At kappaTime

/// <summary>s(t) of one aligned mode: AlignedSolution.SingularValue.</summary>
/// <param name="initialVariance">s^2(0).</param>
/// <param name="eigenvalue">lambda*.</param>
/// <param name="kappaTime">kappa t.</param>
/// <returns>s(t).</returns>
let aligned (initialVariance: float) (eigenvalue: float) (kappaTime: float<kappaTime>) : float =
    AlignedSolution.SingularValue(initialVariance, eigenvalue, kappaTime)

/// <summary>The predicted staircase of the loss from a small random start: LossStaircase.OfGaussianStart.</summary>
/// <param name="dimension">d.</param>
/// <param name="sigma">The start's scale.</param>
/// <param name="spectrum">The target's eigenpairs.</param>
/// <returns>Times and plateaus.</returns>
let staircase (dimension: int) (sigma: float) (spectrum: TargetSpectrum) : LossStaircase =
    LossStaircase.OfGaussianStart(spectrum, dimension, sigma)

/// <summary>Embeddings of the target itself: Analogies.SpectralEmbeddings.</summary>
/// <param name="dimension">d.</param>
/// <param name="spectrum">The target's eigenpairs.</param>
/// <returns>W = max(Lambda, 0)^{1/2} V'.</returns>
let embeddings (dimension: int) (spectrum: TargetSpectrum) : Embeddings =
    Analogies.SpectralEmbeddings(spectrum, dimension)

/// <summary>How many analogies embeddings solve: Analogies.Accuracy.</summary>
/// <param name="family">The questions.</param>
/// <param name="embeddings">W, d x V.</param>
/// <returns>The accuracy.</returns>
let accuracy (family: AnalogyFamily) (embeddings: Embeddings) : AnalogyAccuracy = Analogies.Accuracy(embeddings, family)
