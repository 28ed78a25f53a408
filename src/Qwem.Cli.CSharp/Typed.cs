using System.CommandLine;

namespace Qwem.Cli;

/// <summary>A value with the text that a user types for it, which is how --help shows it.</summary>
/// <param name="Value">The value.</param>
/// <param name="Text">The text.</param>
internal sealed record Typed<T>(T Value, string Text)
{
    /// <summary>The text.</summary>
    public override string ToString() => Text;
}

/// <summary>Reads typed values from a command line.</summary>
internal static class TypedValues
{
    /// <summary>The value of an option, given or by default.</summary>
    public static T Get<T>(this ParseResult parsed, Option<Typed<T>> option) => parsed.GetRequiredValue(option).Value;

    /// <summary>True if the user gave the option.</summary>
    public static bool IsGiven(this ParseResult parsed, Option option) => parsed.GetResult(option) is { Implicit: false };
}
