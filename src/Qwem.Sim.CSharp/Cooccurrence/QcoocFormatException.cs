namespace Qwem.Sim.Cooccurrence;

/// <summary>A <c>.qcooc</c> file that is truncated, altered, foreign or contradictory; the message is one sentence with the place.</summary>
public sealed class QcoocFormatException : Exception
{
    /// <summary>An exception without a message of its own.</summary>
    public QcoocFormatException()
    {
    }

    /// <summary>An exception that says what is wrong and where.</summary>
    /// <param name="message">One sentence.</param>
    public QcoocFormatException(string message)
        : base(message)
    {
    }

    /// <summary>An exception that says what is wrong and where, and keeps its cause.</summary>
    /// <param name="message">One sentence.</param>
    /// <param name="cause">What went wrong inside.</param>
    public QcoocFormatException(string message, Exception cause)
        : base(message, cause)
    {
    }
}
