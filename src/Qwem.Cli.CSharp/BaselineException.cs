namespace Qwem.Cli;

/// <summary>A baseline that is missing or malformed; the message is one sentence that names the file and the remedy.</summary>
internal sealed class BaselineException(string message) : Exception(message);
