namespace Qwem.Cli;

/// <summary>The default sizes of every command: those of the final version of the paper.</summary>
internal static class Defaults
{
    /// <summary>V.</summary>
    public const int VocabularySize = 10_000;

    /// <summary>L.</summary>
    public const int WindowHalfWidth = 16;

    /// <summary>d.</summary>
    public const int Dimension = 200;
}
