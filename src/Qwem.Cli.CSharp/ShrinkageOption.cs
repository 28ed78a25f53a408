using System.CommandLine;
using System.Globalization;

namespace Qwem.Cli;

/// <summary>The option --shrinkage: beta, or null for the one of highest likelihood of the counts.</summary>
internal static class ShrinkageOption
{
    private const string Auto = "auto";

    /// <summary>The option.</summary>
    /// <param name="standard">The default.</param>
    public static Option<Typed<double?>> Create(double? standard) => new("--shrinkage")
    {
        Description = "beta: auto, or a number, 0 .. 1e9, in the unit of the counts (see --weighting).",
        HelpName = "auto|number",
        DefaultValueFactory = _ => new Typed<double?>(standard, standard?.ToString(CultureInfo.InvariantCulture) ?? Auto),
        CustomParser = result =>
        {
            string text = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
            if (text == Auto) return new Typed<double?>(null, Auto);
            if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double beta) && beta is >= 0 and <= 1e9) return new Typed<double?>(beta, text);
            result.AddError($"The value '{text}' of --shrinkage is not possible; give auto, or a number, 0 .. 1e9");
            return new Typed<double?>(standard, text);
        },
    };
}
