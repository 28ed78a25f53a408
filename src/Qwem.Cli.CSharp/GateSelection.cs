using System.CommandLine;
using Qwem.Reports;
using Qwem.Validation;

namespace Qwem.Cli;

/// <summary>Which experiments and gates to run, and the list of those there are.</summary>
internal static class GateSelection
{
    /// <summary>The option --only.</summary>
    public static Option<string[]> Only() => new("--only")
    {
        Description = "Beginnings of ids of experiments or gates; only matching experiments run, and only matching gates are judged.",
        HelpName = "id ...",
        AllowMultipleArgumentsPerToken = true,
        DefaultValueFactory = _ => [],
    };

    /// <summary>The option --profile.</summary>
    public static Option<Typed<Profile>> Profile() => Options.Choice(
        "--profile",
        "How large the experiments are: smoke (30 to 600 words, 40 seconds), quick (the embedded statistics, minutes), "
        + "full (V = 10,000, d = 200, up to an hour and 14 GB) or paper (the paper's step counts, hours).",
        Validation.Profile.Quick);

    /// <summary>The option --list.</summary>
    public static Option<bool> List() => new("--list")
    {
        Description = "Print the ids of the experiments and of their gates (those of --only, if given), and do nothing else.",
    };

    /// <summary>Prints the ids: an experiment at the margin with its title, its gates indented below.</summary>
    /// <exception cref="UsageException">An id is not known.</exception>
    public static int Print(string[] only)
    {
        if (Experiments.whyUnknown(only) is string unknown) throw new UsageException(unknown);
        foreach (Claim experiment in Experiments.all)
        {
            string[] gates = [.. Experiments.gates(experiment).Where(gate => Experiments.isAsked(only, gate))];
            if (gates.Length == 0 && !Experiments.isAsked(only, experiment.Id)) continue;
            Console.Out.WriteLine($"{experiment.Id}  {Rich.spoken(experiment.Title)}");
            foreach (string gate in gates) Console.Out.WriteLine("  " + gate);
        }
        return ExitCodes.Success;
    }
}
