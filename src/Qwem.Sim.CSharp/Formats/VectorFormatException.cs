namespace Qwem.Sim.Formats;

/// <summary>A file of word vectors that is truncated, contradictory or foreign; the message is one sentence with the place and the remedy.</summary>
public sealed class VectorFormatException : Exception
{
    /// <summary>An exception without a message of its own.</summary>
    public VectorFormatException()
    {
    }

    /// <summary>An exception that says what is wrong, where, and what to do.</summary>
    /// <param name="message">One sentence.</param>
    public VectorFormatException(string message)
        : base(message)
    {
    }

    /// <summary>An exception that says what is wrong, where, and what to do, and keeps its cause.</summary>
    /// <param name="message">One sentence.</param>
    /// <param name="cause">What went wrong inside.</param>
    public VectorFormatException(string message, Exception cause)
        : base(message, cause)
    {
    }
}
