namespace Qwem.Sim.Evaluation;

/// <summary>A benchmark file that is missing, empty or malformed; the message is one sentence with the line and the remedy.</summary>
public sealed class BenchmarkFormatException : Exception
{
    /// <summary>An exception without a message of its own.</summary>
    public BenchmarkFormatException()
    {
    }

    /// <summary>An exception that says what is wrong, where, and what to do.</summary>
    /// <param name="message">One sentence.</param>
    public BenchmarkFormatException(string message)
        : base(message)
    {
    }

    /// <summary>An exception that says what is wrong, where, and what to do, and keeps its cause.</summary>
    /// <param name="message">One sentence.</param>
    /// <param name="cause">What went wrong inside.</param>
    public BenchmarkFormatException(string message, Exception cause)
        : base(message, cause)
    {
    }
}
