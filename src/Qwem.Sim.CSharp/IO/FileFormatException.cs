namespace Qwem.Sim.IO;

/// <summary>A file that is truncated, altered, or not of the format it is read as; the message is one sentence with the file and the place.</summary>
public sealed class FileFormatException : Exception
{
    /// <summary>An exception without a message of its own.</summary>
    public FileFormatException()
    {
    }

    /// <summary>An exception that says what is wrong and where.</summary>
    /// <param name="message">One sentence.</param>
    public FileFormatException(string message)
        : base(message)
    {
    }

    /// <summary>An exception that says what is wrong and where, and keeps its cause.</summary>
    /// <param name="message">One sentence.</param>
    /// <param name="cause">What went wrong inside.</param>
    public FileFormatException(string message, Exception cause)
        : base(message, cause)
    {
    }
}
