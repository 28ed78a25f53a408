using System.CommandLine;

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
}
