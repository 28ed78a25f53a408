using System.CommandLine;
using System.Globalization;
using Qwem.Sim.Cooccurrence;
using Qwem.Sim.IO;
using Qwem.Sim.LinearAlgebra;

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

    /// <summary>One of a few named values; the first one is the default.</summary>
    public static Option<T> Choice<T>(string name, string description, params (string Name, T Value)[] choices) =>
        Choice(name, description, choices[0].Value, choices);

    /// <summary>One value of an enumeration, by its name in lower case.</summary>
    public static Option<T> Choice<T>(string name, string description, T standard)
        where T : struct, Enum =>
        Choice(name, description, standard, [.. Enum.GetValues<T>().Select(value => (value.ToString().ToLowerInvariant(), value))]);

    /// <summary>One of a few named values, in any case, refused with their names in the message.</summary>
    private static Option<T> Choice<T>(string name, string description, T standard, (string Name, T Value)[] choices) => new(name)
    {
        Description = description,
        HelpName = string.Join('|', choices.Select(choice => choice.Name)),
        DefaultValueFactory = _ => standard,
        CustomParser = result =>
        {
            string text = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
            foreach ((string known, T value) in choices)
            {
                if (text.Equals(known, StringComparison.OrdinalIgnoreCase)) return value;
            }
            result.AddError($"The value '{text}' of {name} is not known; give one of {string.Join(", ", choices.Select(choice => choice.Name))}");
            return standard;
        },
    };

    /// <summary>The file to write.</summary>
    public static Option<string> Output(string kind = ".qcooc") => new("--output", "-o")
    {
        Description = $"The {kind} file to write; replaced if it exists.",
        Required = true,
        HelpName = "file",
    };

    /// <summary>Refuses an argument that looks like an option nobody knows; a lone - is standard input.</summary>
    public static void RefuseUnknownOptions(Argument<string[]> inputs) => inputs.Validators.Add(result =>
    {
        string? unknown = result.Tokens.Select(token => token.Value).FirstOrDefault(value => value.Length > 1 && value.StartsWith('-'));
        if (unknown is not null) result.AddError($"There is no option '{unknown}' (a file of that name is ./{unknown})");
    });

    /// <summary>Refuses an output that cannot be written or is one of the inputs, before any work is done.</summary>
    /// <exception cref="UsageException">It is one of these.</exception>
    public static void CheckOutput(string output, IEnumerable<string> inputs)
    {
        if (AtomicFile.WhyNotWritable(output) is string reason) throw new UsageException($"The output '{output}' {reason}.");
        if (inputs.FirstOrDefault(input => input.Length > 0 && Path.GetFullPath(input) == Path.GetFullPath(output)) is string same)
            throw new UsageException($"The output '{output}' is the input '{same}' itself; give another path.");
    }

    /// <summary>Refuses more eigenpairs than there are or fit, before the target is built.</summary>
    /// <exception cref="UsageException">There are fewer.</exception>
    public static void CheckEigenpairs(int dimension, int vocabularySize, KrylovSettings settings)
    {
        int most = KrylovEigenSolver.LargestCount(vocabularySize, settings);
        if (dimension <= most) return;
        throw new UsageException(
            $"The value '{dimension}' of --dimension is not possible: there are {vocabularySize} words" +
            (most == vocabularySize ? "." : $", and the solver's basis fits one array for at most {most} eigenpairs; give a smaller -d or fewer words."));
    }

    /// <summary>A finite number with a range, refused with the range in the message.</summary>
    public static Option<double> Real(string name, string description, double standard, double least, double most) =>
        Real(name, description, standard, value => value >= least && value <= most, $"{least} .. {most}");

    /// <summary>A finite number with a condition, refused with the condition in the message.</summary>
    public static Option<double> Real(string name, string description, double standard, Func<double, bool> allowed, string range) => new(name)
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

    /// <summary>A whole number that may be large, refused with the range in the message.</summary>
    public static Option<long> Large(string name, string description, long standard, long least) => new(name)
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

    /// <summary>One of some words; the first one is the default.</summary>
    public static Option<string> Choice(string name, string description, params string[] words) =>
        Choice(name, description, words[0], [.. words.Select(word => (word, word))]);
}
