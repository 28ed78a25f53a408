namespace Qwem.Cli;

/// <summary>A bad argument; the message is one sentence that names the value and the remedy.</summary>
internal sealed class UsageException(string message) : Exception(message)
{
    /// <summary>The complaint of the library about an argument, without the name of its parameter, which the runtime appends.</summary>
    /// <param name="beginning">What stands before it.</param>
    /// <param name="failure">The complaint.</param>
    public static UsageException Of(string beginning, ArgumentException failure) => new(beginning + failure.Message.Split(" (Parameter")[0]);
}
