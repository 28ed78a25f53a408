using System.Buffers;
using System.Text;
using System.Text.Json;
using Qwem.Sim.Cooccurrence;
using Qwem.Sim.LinearAlgebra;
using Qwem.Sim.Statistics;

namespace Qwem.Sim.Spectra;

/// <summary>What a spectrum is of, and how it was computed: all that is needed to compute it again.</summary>
/// <param name="CountsHash">Content hash of the counts.</param>
/// <param name="Convention">What the counts mean.</param>
/// <param name="Target">The target.</param>
/// <param name="Part">Which eigenvalues.</param>
/// <param name="Tolerance">Relative residual asked for.</param>
/// <param name="Seed">Root seed of the start block.</param>
public sealed record SpectrumDescription(
    string CountsHash, CountingConvention Convention, TargetSettings Target, SpectrumPart Part, double Tolerance, ulong Seed)
{
    /// <summary>The version of the archive's layout.</summary>
    public const int Version = 1;

    /// <summary>Rounds in which the model was the prior of its own counts, see <see cref="PriorRounds"/>; 0 by default, and then not written.</summary>
    public int PriorRounds { get; init; }

    /// <summary>One line of JSON, keys in a fixed order, names in lower case.</summary>
    public string ToJson()
    {
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter json = new(buffer))
        {
            json.WriteStartObject();
            json.WriteNumber("qwem_spectrum", Version);
            json.WriteString("counts_sha256", CountsHash);
            Convention.Write(json);
            json.WriteString("target", Lower(Target.Kind));
            json.WriteNumber("negative_ratio", Target.NegativeRatio);
            json.WriteNumber("floor", Target.Floor);
            json.WriteNumber("subsampling_exponent", Target.SubsamplingExponent);
            json.WriteNumber("shrinkage", Target.Shrinkage);
            if (PriorRounds > 0) json.WriteNumber("prior_rounds", PriorRounds);
            json.WriteString("self_pairs", Lower(Target.SelfPairs));
            json.WriteString("marginals", Lower(Target.Marginals));
            json.WriteString("which", Lower(Part));
            json.WriteNumber("tolerance", Tolerance);
            json.WriteNumber("seed", Seed);
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static string Lower<T>(T value)
        where T : struct, Enum => value.ToString().ToLowerInvariant();
}
