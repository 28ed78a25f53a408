namespace Qwem.Cli.Download;

/// <summary>A file that could not be fetched or is not the expected one; the message is one sentence with the remedy.</summary>
internal sealed class DownloadException : Exception
{
    /// <summary>An exception without a message of its own.</summary>
    public DownloadException()
    {
    }

    /// <summary>An exception that says what went wrong and what to do.</summary>
    /// <param name="message">One sentence.</param>
    public DownloadException(string message)
        : base(message)
    {
    }

    /// <summary>An exception that says what went wrong and what to do, and keeps its cause.</summary>
    /// <param name="message">One sentence.</param>
    /// <param name="cause">What the network reported.</param>
    public DownloadException(string message, Exception cause)
        : base(message, cause)
    {
    }
}
