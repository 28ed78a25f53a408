namespace Qwem.Cli;

/// <summary>Passes reports on at once, on the thread that makes them.</summary>
internal sealed class Relay<T>(Action<T> report) : IProgress<T>
{
    public void Report(T value) => report(value);
}
