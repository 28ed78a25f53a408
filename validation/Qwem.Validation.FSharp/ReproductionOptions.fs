namespace Qwem.Validation

open System
open Qwem.Sim.Cooccurrence

/// What a reproduction is asked for. A property left at its default takes the value of the paper's experiment.
[<Sealed>]
type ReproductionOptions() =
    /// How large the experiments are.
    member val Profile = Profile.Quick with get, set
    /// Root seed: of the start, and of the first descent; further descents take the numbers after it.
    member val Seed = 1UL with get, set
    /// Threads; 0 means one per processor. The numbers do not depend on it.
    member val Threads = 0 with get, set
    /// Counts that Theorem 4.3 is to be tried on instead of the embedded ones, or null.
    member val Counts: CooccurrenceCounts | null = null with get, set
    /// Counts of a corpus for the profiles Full and Paper, or null.
    member val Corpus: CooccurrenceCounts | null = null with get, set
    /// Official benchmarks for the comparison of methods, or null.
    member val Benchmarks: Benchmarks | null = null with get, set
    /// V, at most the counts' vocabulary; 0 for the experiment's.
    member val VocabularySize = 0 with get, set
    /// d, below V; 0 for the experiment's.
    member val EmbeddingDimension = 0 with get, set
    /// sigma, positive; 0 for the experiment's.
    member val InitialisationScale = 0.0 with get, set
    /// Beginnings of ids of experiments or gates; only those run and are judged. Empty for all.
    member val Only: string array = [||] with get, set
    /// Folder in which finished experiments are kept and looked for; null to keep and look for none.
    member val Cache: string | null = null with get, set

    /// <summary>What is chosen of Theorem 4.3, the paper's Experiment 1 where nothing is.</summary>
    /// <param name="counts">The counts that it is to be tried on.</param>
    member options.ChosenOn(counts: CooccurrenceCounts) : Chosen =
        let isSmoke = options.Profile = Profile.Smoke
        let orElse standard value = if value = 0 then standard else value
        let standard = if isSmoke then 200 else 1000

        {
            Counts = counts
            VocabularySize = options.VocabularySize |> orElse (min standard counts.VocabularySize)
            Dimension = options.EmbeddingDimension |> orElse (if isSmoke then 16 else 128)
            Scale =
                if options.InitialisationScale <> 0.0 then options.InitialisationScale
                elif isSmoke then 1e-6
                else 1e-12
        }

    /// <summary>What is impossible about the options, as a sentence, or null.</summary>
    /// <param name="counts">The counts that Theorem 4.3 is to be tried on.</param>
    member options.WhyImpossible(counts: CooccurrenceCounts) : string | null =
        let chosen = options.ChosenOn counts

        let vocabulary, dimension, scale =
            chosen.VocabularySize, chosen.Dimension, chosen.Scale

        if vocabulary > counts.VocabularySize then
            $"The vocabulary size V = {vocabulary} exceeds the {counts.VocabularySize} words of the counts; give at most {counts.VocabularySize}."
        elif vocabulary < 3 then
            $"The vocabulary size V = {vocabulary} is too small; give at least 3 words."
        elif dimension < 1 || dimension >= vocabulary then
            $"The embedding dimension d = {dimension} must be at least 1 and below the vocabulary size V = {vocabulary}."
        elif not (scale > 0.0 && Double.IsFinite scale) then
            $"The initialisation scale sigma = {scale} must be positive and finite, for instance 1e-12."
        elif scale < 1e-30 || scale > 1.0 then
            $"The initialisation scale sigma = {scale} must be from 1e-30 to 1; the paper's is 1e-12."
        else
            Experiments.whyUnknown options.Only
