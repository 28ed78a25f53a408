using System.CommandLine;
using System.Globalization;

namespace Qwem.Cli;

/// <summary>Options that several commands share.</summary>
internal static class Options
{
    /// <summary>A whole number with a range, refused with the range in the message.</summary>
    public static Option<int> Whole(string name, string? alias, string description, int standard, int least, int most)
    {
        Option<int> option = new(name, alias is null ? [] : [alias])
        {
            Description = description,
            HelpName = "number",
            DefaultValueFactory = _ => standard,
            CustomParser = result =>
            {
                string text = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
                if (int.TryParse(text, out int value) && value >= least && value <= most) return value;
                string range = most == int.MaxValue ? $"{least} or more" : $"{least} .. {most}";
                result.AddError($"The value '{text}' of {name} is not possible; give a whole number, {range}");
                return standard;
            },
        };
        return option;
    }

    /// <summary>A finite number with a range, refused with the range in the message.</summary>
    public static Option<double> Real(string name, string description, double standard, double least, double most) => new(name)
    {
        Description = description,
        HelpName = "number",
        DefaultValueFactory = _ => standard,
        CustomParser = result =>
        {
            string text = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
            if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && value >= least && value <= most) return value;
            result.AddError($"The value '{text}' of {name} is not possible; give a number, {least} .. {most}");
            return standard;
        },
    };

    /// <summary>One of a few words, those of an enumeration in lower case; anything else is refused with the list.</summary>
    public static Option<T> Choice<T>(string name, string description, T standard)
        where T : struct, Enum
    {
        string words = string.Join('|', Enum.GetNames<T>()).ToLowerInvariant();
        return new Option<T>(name)
        {
            Description = description,
            HelpName = words,
            CustomParser = result =>
            {
                string text = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
                foreach (T value in Enum.GetValues<T>())
                    if (value.ToString().Equals(text, StringComparison.OrdinalIgnoreCase)) return value;
                result.AddError($"The value '{text}' of {name} is not possible; give one of {words.Replace("|", ", ")}");
                return standard;
            },
            DefaultValueFactory = _ => standard,
        };
    }
}
