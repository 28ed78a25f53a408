using Qwem.Sim.Threading;

namespace Qwem.Fuzz;

/// <summary>What one case ended with, other than a defect.</summary>
internal enum FuzzOutcome
{
    /// <summary>The input was read.</summary>
    Accepted,

    /// <summary>The input was refused by an exception that the reader documents.</summary>
    Refused,
}

/// <summary>A defect that no exception showed: a changed file was read as if it were whole, or two readings differ.</summary>
internal sealed class FuzzFailure(string message) : Exception(message);

/// <summary>What the cases of one worker share: a folder of its own, and teams of one and of two.</summary>
internal sealed class FuzzScratch(string folder) : IDisposable
{
    /// <summary>A team of one thread.</summary>
    public WorkerTeam One { get; } = new(1);

    /// <summary>A team of two threads.</summary>
    public WorkerTeam Two { get; } = new(2);

    /// <summary>Writes the input of a case into a file and returns its path.</summary>
    public string File(string name, byte[] content)
    {
        string path = Path.Combine(folder, name);
        System.IO.File.WriteAllBytes(path, content);
        return path;
    }

    public void Dispose()
    {
        One.Dispose();
        Two.Dispose();
    }
}

/// <summary>One reader and the inputs that are made for it.</summary>
internal abstract class FuzzTarget
{
    /// <summary>The reader's name in the table.</summary>
    public abstract string Name { get; }

    /// <summary>Cases of a hundred that are for it.</summary>
    public abstract int Share { get; }

    /// <summary>Makes an input and has it read.</summary>
    /// <exception cref="FuzzFailure">The outcome is not right. Any other exception is a defect as well.</exception>
    public abstract FuzzOutcome Run(FuzzRandom random, FuzzScratch scratch);

    /// <summary>Requires that bytes that differ from a checked file are refused, and that the file itself is not.</summary>
    protected static FuzzOutcome Checked(FuzzOutcome outcome, bool isTheFile)
    {
        if (outcome == FuzzOutcome.Accepted && !isTheFile) throw new FuzzFailure("A changed file was accepted.");
        if (outcome == FuzzOutcome.Refused && isTheFile) throw new FuzzFailure("An unchanged file was refused.");
        return outcome;
    }
}
