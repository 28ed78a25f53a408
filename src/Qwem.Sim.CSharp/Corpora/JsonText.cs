using System.Text.Json;

namespace Qwem.Sim.Corpora;

/// <summary>Takes the field <c>text</c> out of one line of JSON, unescaped, into a buffer that is used again.</summary>
internal sealed class JsonText
{
    private const string Remedy = "correct or remove the line: each must be an object with a field \"text\" that is a string";

    /// <summary>The text last read, followed by readable bytes.</summary>
    public byte[] Text { get; private set; } = new byte[1 << 16];

    /// <summary>Reads one line and returns the length of its text in bytes of UTF-8.</summary>
    /// <exception cref="TextFault">The line is no object, or has no text, or two.</exception>
    public int Read(ReadOnlySpan<byte> line)
    {
        if (Text.Length < line.Length + BatchBuffers.Slack) Text = new byte[(2 * line.Length) + BatchBuffers.Slack];
        int length = -1;
        try
        {
            Utf8JsonReader reader = new(line);
            reader.Read();
            if (reader.TokenType != JsonTokenType.StartObject) throw Fault("is not an object");
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                bool isText = reader.ValueTextEquals("text"u8);
                reader.Read();
                if (!isText)
                {
                    reader.Skip();
                    continue;
                }
                if (reader.TokenType != JsonTokenType.String) throw Fault("has a field \"text\" that is not a string");
                if (length >= 0) throw Fault("has two fields \"text\"");
                length = reader.CopyString(Text);
            }
            // Anything behind the object is an error, too.
            reader.Read();
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException)
        {
            throw Fault("is not JSON in UTF-8");
        }
        return length >= 0 ? length : throw Fault("has no field \"text\"");
    }

    private static TextFault Fault(string complaint) => new(0, $"has a line of JSON that {complaint}", Remedy);
}
