using System.Buffers;
using System.Text;
using System.Text.Json;
using Qwem.Sim.Cooccurrence;

namespace Qwem.Sim.Descent;

/// <summary>What a model at rest was computed from, for the archive that stores it.</summary>
/// <param name="CountsHash">SHA-256 of the counts' content, or empty.</param>
/// <param name="Convention">What the counts mean.</param>
/// <param name="Loss">Loss of a pair.</param>
/// <param name="Reweighting">Psi.</param>
/// <param name="Exponent">f of P^-f, or t of word2vec's subsampling.</param>
/// <param name="NegativeRatio">k.</param>
/// <param name="NegativePower">a.</param>
/// <param name="Shrinkage">beta, in the unit of the counts.</param>
/// <param name="Tolerance">Relative distance of W W' from rest asked for.</param>
/// <param name="End">How the descent ended.</param>
public sealed record RestDescription(
    string CountsHash, CountingConvention Convention, PairLoss Loss, Reweighting Reweighting, double Exponent, double NegativeRatio, double NegativePower, double Shrinkage,
    double Tolerance, RestProgress End)
{
    /// <summary>The version of the archive's layout.</summary>
    public const int Version = 1;

    /// <summary>One line of JSON, keys in a fixed order, names in lower case.</summary>
    public string ToJson()
    {
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter json = new(buffer))
        {
            json.WriteStartObject();
            json.WriteNumber("qwem_exact", Version);
            json.WriteString("counts_sha256", CountsHash);
            Convention.Write(json);
            json.WriteString("loss", Loss.Name);
            json.WriteString("reweight", Reweighting.ToString().ToLowerInvariant());
            json.WriteNumber("exponent", Exponent);
            json.WriteNumber("negative_ratio", NegativeRatio);
            json.WriteNumber("negative_power", NegativePower);
            json.WriteNumber("shrinkage", Shrinkage);
            json.WriteNumber("tolerance", Tolerance);
            json.WriteNumber("steps", End.Step);
            json.WriteNumber("value", End.Loss);
            // JSON has no NaN: the member is left out where there is no estimate.
            if (double.IsFinite(End.Remaining)) json.WriteNumber("remaining", End.Remaining);
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
