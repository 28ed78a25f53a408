namespace Qwem.Cli;

/// <summary>A bad argument; the message is one sentence that names the value and the remedy.</summary>
internal sealed class UsageException(string message) : Exception(message);
