namespace Qwem.Sim.Runs;

/// <summary>A run was cancelled and can be resumed; the message says from where.</summary>
public sealed class RunInterruptedException : OperationCanceledException
{
    /// <summary>An exception without a message of its own.</summary>
    public RunInterruptedException()
    {
    }

    /// <summary>An exception that says how far the run is.</summary>
    /// <param name="message">One sentence.</param>
    public RunInterruptedException(string message)
        : base(message)
    {
    }

    /// <summary>An exception that says how far the run is and keeps its cause.</summary>
    /// <param name="message">One sentence.</param>
    /// <param name="cause">What went wrong inside.</param>
    public RunInterruptedException(string message, Exception cause)
        : base(message, cause)
    {
    }
}
