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

    /// <summary>A whole number that may be large, refused with the range in the message.</summary>
    public static Option<long> Large(string name, string description, long standard, long least)
    {
        return new Option<long>(name)
        {
            Description = description,
            HelpName = "number",
            DefaultValueFactory = _ => standard,
            CustomParser = result =>
            {
                string text = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
                if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long value) && value >= least) return value;
                result.AddError($"The value '{text}' of {name} is not possible; give a whole number, {least} or more");
                return standard;
            },
        };
    }

    /// <summary>A finite number with a condition, refused with the condition in the message.</summary>
    public static Option<double> Real(string name, string description, double standard, Func<double, bool> allowed, string range)
    {
        return new Option<double>(name)
        {
            Description = description,
            HelpName = "number",
            DefaultValueFactory = _ => standard,
            CustomParser = result =>
            {
                string text = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
                if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && double.IsFinite(value) && allowed(value)) return value;
                result.AddError($"The value '{text}' of {name} is not possible; give a number, {range}");
                return standard;
            },
        };
    }

    /// <summary>One of some words, refused with the words in the message.</summary>
    public static Option<string> Choice(string name, string description, params string[] words)
    {
        return new Option<string>(name)
        {
            Description = description,
            HelpName = string.Join('|', words),
            DefaultValueFactory = _ => words[0],
            CustomParser = result =>
            {
                string text = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
                if (words.Contains(text)) return text;
                result.AddError($"The value '{text}' of {name} is not possible; give {string.Join(", ", words[..^1])} or {words[^1]}");
                return words[0];
            },
        };
    }
}
