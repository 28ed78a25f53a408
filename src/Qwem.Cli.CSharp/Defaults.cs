namespace Qwem.Cli;

/// <summary>The sizes that every command takes unless told otherwise: those of the final version of the paper.</summary>
internal static class Defaults
{
    /// <summary>V.</summary>
    public const int VocabularySize = 10_000;

    /// <summary>L.</summary>
    public const int WindowHalfWidth = 16;

    /// <summary>d.</summary>
    public const int Dimension = 200;
}
