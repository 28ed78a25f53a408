namespace Qwem.Sim.Cooccurrence;

/// <summary>Shards that do not belong together, overlap or leave a gap; the message is one sentence that names the files.</summary>
public sealed class ShardException : Exception
{
    /// <summary>An exception without a message of its own.</summary>
    public ShardException()
    {
    }

    /// <summary>An exception that says what is wrong, where, and what to do.</summary>
    /// <param name="message">One sentence.</param>
    public ShardException(string message)
        : base(message)
    {
    }

    /// <summary>An exception that says what is wrong, where, and what to do, and keeps its cause.</summary>
    /// <param name="message">One sentence.</param>
    /// <param name="cause">What went wrong inside.</param>
    public ShardException(string message, Exception cause)
        : base(message, cause)
    {
    }
}
