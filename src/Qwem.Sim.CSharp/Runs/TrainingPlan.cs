using System.Globalization;
using System.Security.Cryptography;
using Qwem.Sim.Cooccurrence;
using Qwem.Sim.Corpora;
using Qwem.Sim.Descent;
using Qwem.Sim.LinearAlgebra;

namespace Qwem.Sim.Runs;

/// <summary>How the gradient of a step is taken.</summary>
public enum Sampling
{
    /// <summary>Pairs drawn independently from the counts.</summary>
    Independent,

    /// <summary>All pairs of words: the exact expected gradient.</summary>
    Full,

    /// <summary>Positive pairs from the token stream, negative ones drawn independently.</summary>
    Streamed,
}

/// <summary>Everything that decides the results of a run; threads and checkpoints do not.</summary>
public sealed record TrainingPlan
{
    /// <summary>Exact counts.</summary>
    public required CooccurrenceCounts Counts { get; init; }

    /// <summary>The token stream that was counted; needed for <see cref="Sampling.Streamed"/>.</summary>
    public TokenCorpus? Stream { get; init; }

    /// <summary>V, the most frequent words to use.</summary>
    public required int VocabularySize { get; init; }

    /// <summary>Loss of a pair; null for SimCLR's loss over a batch.</summary>
    public required PairLoss? Loss { get; init; }

    /// <summary>beta of SimCLR.</summary>
    public double InverseTemperature { get; init; } = 1;

    /// <summary>k, negative pairs per positive one in the loss.</summary>
    public double NegativeRatio { get; init; } = 1;

    /// <summary>True for M = W1'W2.</summary>
    public bool Asymmetric { get; init; }

    /// <summary>Psi.</summary>
    public Reweighting Reweighting { get; init; }

    /// <summary>f of P_i^-f, or t of word2vec's subsampling.</summary>
    public double Exponent { get; init; } = 1;

    /// <summary>a: negative words are drawn in proportion to P_i^a.</summary>
    public double NegativePower { get; init; } = 1;

    /// <summary>True to fold Psi into the distribution of the draws, false to weigh the losses of the pairs.</summary>
    public bool Folded { get; init; }

    /// <summary>Independent pairs, all of them, or those of the stream.</summary>
    public Sampling Sampling { get; init; }

    /// <summary>d.</summary>
    public required int EmbeddingDimension { get; init; }

    /// <summary>sigma: a row's squared norm starts with mean sigma^2; ignored when there is a start.</summary>
    public double InitialisationScale { get; init; } = 1e-12;

    /// <summary>W(0), or W1(0) above W2(0); null for a Gaussian one.</summary>
    public DenseMatrix? Start { get; init; }

    /// <summary>What identifies the start.</summary>
    public string StartName { get; init; } = "gaussian";

    /// <summary>eta_alg of the first step; null for a tenth of what <see cref="Descent.ExactObjective.SafeRate"/> gives.</summary>
    public double? LearningRate { get; init; }

    /// <summary>How it changes.</summary>
    public LearningRateSchedule Schedule { get; init; } = LearningRateSchedule.Constant;

    /// <summary>Positive pairs per step, and as many negative ones.</summary>
    public int Batch { get; init; } = 50_000;

    /// <summary>Steps of the run.</summary>
    public required long Steps { get; init; }

    /// <summary>Root seed.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Numbers to train in.</summary>
    public Precision Precision { get; init; }

    /// <summary>What is recorded.</summary>
    public required TraceSettings Trace { get; init; }

    /// <summary>What identifies the basis of the trace.</summary>
    public string BasisName { get; init; } = "none";

    /// <summary>The plan, one parameter per line: what a run that resumes must have in common with the one that began.</summary>
    internal string Describe()
    {
        FormattableString text =
            $"""
            counts={Counts.ContentHash}
            vocabulary-size={VocabularySize}
            loss={Loss?.Name ?? "simclr"}
            coefficients={Loss?.PositiveQuadratic:R},{Loss?.PositiveLinear:R},{Loss?.NegativeQuadratic:R},{Loss?.NegativeLinear:R}
            inverse-temperature={InverseTemperature:R}
            negative-ratio={NegativeRatio:R}
            model={(Asymmetric ? "asymmetric" : "symmetric")}
            reweight={(Reweighting is Reweighting.Power or Reweighting.Word2Vec ? $"{Reweighting.ToString().ToLowerInvariant()} {Exponent.ToString("R", CultureInfo.InvariantCulture)}" : Reweighting)}
            negative-power={NegativePower:R}
            reweight-by={(Folded ? "draws" : "loss")}
            sampling={Sampling}
            stream={StreamName()}
            dimension={EmbeddingDimension}
            sigma={InitialisationScale:R}
            start={StartName}
            learning-rate={(LearningRate is double rate ? rate.ToString("R", System.Globalization.CultureInfo.InvariantCulture) : "auto")}
            schedule={Schedule.Text}
            batch={Batch}
            steps={Steps}
            seed={Seed}
            precision={Precision}
            trace={Trace.Steps.Text}
            exact-loss={Trace.ExactLoss}
            basis={BasisName} {string.Join(' ', Trace.OverlapRanks)}

            """;
        return text.ToString(CultureInfo.InvariantCulture).ReplaceLineEndings("\n");
    }

    /// <summary>Counts do not depend on the order of the words, so the stream has its own hash.</summary>
    private string StreamName()
    {
        if (Sampling != Sampling.Streamed || Stream?.NarrowIds is null) return "none";
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendNumbers<ushort>(Stream.NarrowIds);
        hash.AppendNumbers<int>(Stream.DocumentStarts);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
