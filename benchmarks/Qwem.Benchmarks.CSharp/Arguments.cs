using System.Globalization;

namespace Qwem.Benchmarks;

/// <summary>The options behind the name of a command: <c>--name value</c>, each at most once.</summary>
internal sealed class Arguments
{
    private readonly Dictionary<string, string> _values = [];

    /// <summary>Reads the options.</summary>
    /// <param name="arguments">What stands behind the name of the command.</param>
    /// <param name="known">Names of the options that have a value.</param>
    /// <exception cref="ArgumentException">An option is unknown, without value, or there twice.</exception>
    public Arguments(string[] arguments, params ReadOnlySpan<string> known)
    {
        for (int k = 0; k < arguments.Length; k += 2)
        {
            if (!known.Contains(arguments[k])) throw new ArgumentException($"The option '{arguments[k]}' is unknown; give {string.Join(", ", known)}.");
            if (k + 1 == arguments.Length) throw new ArgumentException($"The option '{arguments[k]}' has no value; give one.");
            if (!_values.TryAdd(arguments[k], arguments[k + 1])) throw new ArgumentException($"The option '{arguments[k]}' is there twice; give it once.");
        }
    }

    /// <summary>A text, or null where the option is absent.</summary>
    public string? Text(string name) => _values.GetValueOrDefault(name);

    /// <summary>A text that must be there.</summary>
    public string Required(string name) => Text(name) ?? throw new ArgumentException($"The option '{name}' is missing; give it.");

    /// <summary>A whole number, or null where the option is absent.</summary>
    public long? Integer(string name, long least)
    {
        if (Text(name) is not string text) return null;
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long value) && value >= least
            ? value
            : throw new ArgumentException($"The value '{text}' of '{name}' is not a whole number from {least} on; give one.");
    }
}
