using System.Text.Encodings.Web;
using System.Text.Json;

namespace Qwem.Cli;

/// <summary>A kind of file that <c>qwem inspect</c> describes.</summary>
/// <param name="Name">What the kind is called, with its usual ending.</param>
/// <param name="Magic">The first bytes of every such file.</param>
/// <param name="Describe">Reads a file to its end, checks it, and describes it.</param>
internal sealed record FileKind(string Name, byte[] Magic, Func<string, CancellationToken, Description> Describe);

/// <summary>What is known about a file: names with values, printed as lines or as a JSON document.</summary>
internal sealed class Description
{
    private static readonly JsonSerializerOptions s_json = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly List<(string Name, object? Value, string Text)> _facts = [];

    /// <summary>Adds a fact; <paramref name="text"/> is what is printed instead of the value, if given.</summary>
    public Description With(string name, object? value, string? text = null)
    {
        _facts.Add((name, value, text ?? value?.ToString() ?? "unknown"));
        return this;
    }

    /// <summary>One line per fact, aligned.</summary>
    public string ToText()
    {
        int width = _facts.Max(fact => fact.Name.Length) + 2;
        return string.Join(Environment.NewLine, _facts.Select(fact => fact.Name.PadRight(width) + fact.Text));
    }

    /// <summary>One JSON object, facts in the order in which they were added.</summary>
    public string ToJson() => JsonSerializer.Serialize(_facts.ToDictionary(fact => fact.Name, fact => fact.Value), s_json);
}
