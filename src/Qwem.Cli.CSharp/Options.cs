using System.CommandLine;
using System.Globalization;
using System.Numerics;
using Qwem.Sim.IO;
using Qwem.Sim.LinearAlgebra;
using Qwem.Sim.Runs;

namespace Qwem.Cli;

/// <summary>Options that several commands share.</summary>
internal static class Options
{
    /// <summary>An integer with a range, refused with the range in the message.</summary>
    public static Option<int> Integer(string name, string? alias, string description, int standard, int least, int most) =>
        Integer<int>(name, alias, description, standard, least, most, most == int.MaxValue ? $"{least} or more" : $"{least} .. {most}");

    /// <summary>An integer that may be large, refused with the range in the message.</summary>
    public static Option<long> LongInteger(string name, string description, long standard, long least) =>
        Integer<long>(name, null, description, standard, least, long.MaxValue, $"{least} or more");

    private static Option<T> Integer<T>(string name, string? alias, string description, T standard, T least, T most, string range)
        where T : IBinaryInteger<T> => new(name, alias is null ? [] : [alias])
        {
            Description = description,
            HelpName = "number",
            DefaultValueFactory = _ => standard,
            CustomParser = result =>
            {
                string text = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
                if (T.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out T? value) && value >= least && value <= most) return value;
                result.AddError($"The value '{text}' of {name} is not possible; give a whole number, {range}");
                return standard;
            },
        };

    /// <summary>A finite number with a range, refused with the range in the message.</summary>
    public static Option<Typed<double>> Number(string name, string description, double standard, double least, double most) =>
        Number(name, description, standard, value => value >= least && value <= most, $"{Text(least)} .. {Text(most)}");

    /// <summary>A finite number with a condition, refused with the condition in the message.</summary>
    public static Option<Typed<double>> Number(string name, string description, double standard, Func<double, bool> allowed, string range) => new(name)
    {
        Description = description,
        HelpName = "number",
        DefaultValueFactory = _ => new Typed<double>(standard, Text(standard)),
        CustomParser = result =>
        {
            string text = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
            if (!(double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && double.IsFinite(value) && allowed(value)))
                result.AddError($"The value '{text}' of {name} is not possible; give a number, {range}");
            return new Typed<double>(value, text);
        },
    };

    /// <summary>One of a few named values; the first one is the default.</summary>
    public static Option<Typed<T>> Choice<T>(string name, string description, params (string Name, T Value)[] choices) =>
        Choice(name, description, choices[0], choices);

    /// <summary>One value of an enumeration, by its name in lower case.</summary>
    public static Option<Typed<T>> Choice<T>(string name, string description, T standard)
        where T : struct, Enum =>
        Choice(name, description, Named(standard), [.. Enum.GetValues<T>().Select(Named)]);

    /// <summary>One of some words; the first one is the default.</summary>
    public static Option<Typed<string>> Choice(string name, string description, params string[] words) =>
        Choice(name, description, [.. words.Select(word => (word, word))]);

    /// <summary>One of a few named values, in any case, refused with their names in the message.</summary>
    private static Option<Typed<T>> Choice<T>(string name, string description, (string Name, T Value) standard, (string Name, T Value)[] choices) => new(name)
    {
        Description = description,
        HelpName = string.Join('|', choices.Select(choice => choice.Name)),
        DefaultValueFactory = _ => new Typed<T>(standard.Value, standard.Name),
        CustomParser = result =>
        {
            string text = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
            foreach ((string known, T value) in choices)
            {
                if (text.Equals(known, StringComparison.OrdinalIgnoreCase)) return new Typed<T>(value, known);
            }
            result.AddError($"The value '{text}' of {name} is not known; give one of {string.Join(", ", choices.Select(choice => choice.Name))}");
            return new Typed<T>(standard.Value, standard.Name);
        },
    };

    /// <summary>The file to write.</summary>
    public static Option<string> Output(string kind) => Output($"The {kind} file to write; replaced if it exists.", "file", null);

    /// <summary>What to write.</summary>
    /// <param name="description">What it is.</param>
    /// <param name="helpName">"file" or "folder".</param>
    /// <param name="standard">The default; null if it must be given.</param>
    public static Option<string> Output(string description, string helpName, string? standard)
    {
        Option<string> option = new("--output", "-o") { Description = description, HelpName = helpName, Required = standard is null };
        if (standard is not null) option.DefaultValueFactory = _ => standard;
        return option;
    }

    /// <summary>Threads.</summary>
    /// <param name="remark">What the option does not change, as a sentence.</param>
    public static Option<int> Threads(string remark = "The results do not depend on it.") =>
        Integer("--threads", null, "Threads to use; 0 means one per processor. " + remark, 0, 0, 1024);

    /// <summary>Refuses an argument that looks like an unknown option; a lone - is standard input.</summary>
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
        RefuseInput(output, inputs);
    }

    /// <summary>Refuses an output that is one of the inputs.</summary>
    /// <exception cref="UsageException">It is.</exception>
    public static void RefuseInput(string output, IEnumerable<string> inputs)
    {
        if (inputs.FirstOrDefault(input => input.Length > 0 && Path.GetFullPath(input) == Path.GetFullPath(output)) is string same)
            throw new UsageException($"The output '{output}' is the input '{same}' itself; give another path.");
    }

    /// <summary>The dimension of a model that is trained: what was asked for, refused where it is not below V or the model is too large; by default less where there are few words.</summary>
    /// <exception cref="UsageException">It is not possible.</exception>
    public static int Dimension(int dimension, bool isGiven, int vocabularySize, bool asymmetric)
    {
        if (dimension >= vocabularySize && !isGiven && vocabularySize > 1)
        {
            Notices.Note($"There are {vocabularySize} words, so d = {vocabularySize - 1} instead of {dimension}.");
            dimension = vocabularySize - 1;
        }
        if (dimension >= vocabularySize)
            throw new UsageException($"The dimension {dimension} is not below the vocabulary size {vocabularySize}; give a smaller -d.");
        long numbers = (asymmetric ? 2L : 1L) * vocabularySize * dimension;
        return numbers <= TrainingRun.LargestModel
            ? dimension
            : throw new UsageException($"The vocabulary size {vocabularySize} and the dimension {dimension} make {(asymmetric ? "2 V d" : "V d")} = {numbers} numbers, and a model has at most {TrainingRun.LargestModel}; give a smaller -V or -d.");
    }

    /// <summary>The number of eigenpairs to compute: what was asked for, refused where there are fewer; by default as many as there are.</summary>
    /// <exception cref="UsageException">There are fewer, or they do not fit into memory.</exception>
    public static int Eigenpairs(int dimension, bool isGiven, int vocabularySize, KrylovSettings settings)
    {
        if (!isGiven && dimension > vocabularySize)
        {
            Notices.Note($"There are {vocabularySize} words, so d = {vocabularySize} instead of {dimension}.");
            dimension = vocabularySize;
        }
        int most = KrylovEigenSolver.LargestCount(vocabularySize, settings);
        if (dimension <= most) return dimension;
        throw new UsageException(
            $"The value '{dimension}' of --dimension is not possible: there are {vocabularySize} words" +
            (most == vocabularySize ? "." : $", and the solver's basis fits one array for at most {most} eigenpairs; give a smaller -d or fewer words."));
    }

    /// <summary>A number as a user types it: 1e-12, not 1E-12.</summary>
    private static string Text(double value) => value.ToString("R", CultureInfo.InvariantCulture).Replace("E-0", "e-", StringComparison.Ordinal).Replace('E', 'e');

    private static (string Name, T Value) Named<T>(T value)
        where T : struct, Enum => (value.ToString().ToLowerInvariant(), value);
}
