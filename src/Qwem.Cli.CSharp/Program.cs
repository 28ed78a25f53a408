namespace Qwem.Cli;

/// <summary>The command <c>qwem</c>.</summary>
internal static class Program
{
    private static int Main(string[] arguments) => arguments.Length;
}
