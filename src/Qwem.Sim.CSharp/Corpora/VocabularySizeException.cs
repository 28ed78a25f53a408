namespace Qwem.Sim.Corpora;

/// <summary>A vocabulary size the text cannot fill; the message is one sentence that says how many word types there are.</summary>
public sealed class VocabularySizeException : ArgumentException
{
    /// <summary>An exception without a message of its own.</summary>
    public VocabularySizeException()
    {
    }

    /// <summary>An exception that says what was asked and what is possible.</summary>
    /// <param name="message">One sentence.</param>
    public VocabularySizeException(string message)
        : base(message)
    {
    }

    /// <summary>An exception that says what was asked and what is possible, and keeps its cause.</summary>
    /// <param name="message">One sentence.</param>
    /// <param name="cause">The cause.</param>
    public VocabularySizeException(string message, Exception cause)
        : base(message, cause)
    {
    }
}
