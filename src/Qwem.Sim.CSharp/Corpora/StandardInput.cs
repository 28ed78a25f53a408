namespace Qwem.Sim.Corpora;

/// <summary>The standard input of the process; its first bytes can be examined before it is read, so that its content decides what it is.</summary>
public static class StandardInput
{
    /// <summary>The argument that stands for it.</summary>
    public const string Argument = "-";

    private static readonly Lock s_lock = new();
    private static CountingStream? s_examined;

    /// <summary>Whether it begins with some bytes, at most eight; they are still there for whoever reads it afterwards.</summary>
    /// <param name="bytes">The bytes; waits until so many have arrived.</param>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static bool BeginsWith(ReadOnlySpan<byte> bytes)
    {
        lock (s_lock) return (s_examined ??= new CountingStream(Console.OpenStandardInput())).First.StartsWith(bytes);
    }

    /// <summary>The stream from its first byte on; to be opened once.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static Stream Open()
    {
        lock (s_lock)
        {
            CountingStream opened = s_examined ?? new CountingStream(Console.OpenStandardInput());
            s_examined = null;
            return opened;
        }
    }
}
