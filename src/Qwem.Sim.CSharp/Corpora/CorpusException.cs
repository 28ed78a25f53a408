namespace Qwem.Sim.Corpora;

/// <summary>A text that is missing, unreadable or not in the expected form; the message is one sentence with the place and the remedy.</summary>
public sealed class CorpusException : Exception
{
    /// <summary>An exception without a message of its own.</summary>
    public CorpusException()
    {
    }

    /// <summary>An exception that says what is wrong, where, and what to do.</summary>
    /// <param name="message">One sentence.</param>
    public CorpusException(string message)
        : base(message)
    {
    }

    /// <summary>An exception that says what is wrong, where, and what to do, and keeps its cause.</summary>
    /// <param name="message">One sentence.</param>
    /// <param name="cause">What the operating system or the decompressor reported.</param>
    public CorpusException(string message, Exception cause)
        : base(message, cause)
    {
    }
}
