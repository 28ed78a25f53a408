namespace Qwem.Sim.Formats;

/// <summary>An <c>.npz</c> file that is truncated, altered, or not of the form this code writes; the message is one sentence with the place.</summary>
public sealed class NpzFormatException : Exception
{
    /// <summary>An exception without a message of its own.</summary>
    public NpzFormatException()
    {
    }

    /// <summary>An exception that says what is wrong and where.</summary>
    /// <param name="message">One sentence.</param>
    public NpzFormatException(string message)
        : base(message)
    {
    }

    /// <summary>An exception that says what is wrong and where, and keeps its cause.</summary>
    /// <param name="message">One sentence.</param>
    /// <param name="cause">What went wrong inside.</param>
    public NpzFormatException(string message, Exception cause)
        : base(message, cause)
    {
    }
}
