using System.IO.Compression;
using System.Text;
using System.Text.Json;

namespace Qwem.Fuzz;

/// <summary>Small corpora in every form that the text readers know.</summary>
internal static class TextSamples
{
    private static readonly string[] s_words =
        ["a", "the", "of", "anarchism", "42", "Don't", "x1y2", "naïve", "Ärger", "слово", "日本語", "𝔘𝔫", "e\u0301", "<b>", "{", "\"", "&amp;", "zero\u00A0nine", "wide\u3000space"];

    /// <summary>A text; sometimes with a word about as long as the longest.</summary>
    public static byte[] Plain(FuzzRandom random) => Encoding.UTF8.GetBytes(string.Join(random.Of("\n", "\n\n", "\r\n"), RandomDocuments(random)));

    /// <summary>The same as JSON lines.</summary>
    public static byte[] JsonLines(FuzzRandom random)
    {
        StringBuilder lines = new();
        foreach (string document in RandomDocuments(random))
        {
            string text = JsonSerializer.Serialize(document);
            lines.Append(random.Below(3) switch
            {
                0 => $"{{\"text\": {text}}}",
                1 => $"{{\"id\":7,\"meta\":{{\"text\":[1,null,\"x\"]}},\"text\":{text}}}",
                _ => $"{{ \"t\\u0065xt\" : {text}, \"url\":\"\" }}",
            });
            lines.Append('\n');
        }
        return Encoding.UTF8.GetBytes(lines.ToString());
    }

    /// <summary>The same as WikiExtractor writes it.</summary>
    public static byte[] Documents(FuzzRandom random)
    {
        StringBuilder text = new();
        foreach (string document in RandomDocuments(random)) text.Append($"<doc id=\"1\" title=\"T\">\n{document}\n</doc>\n");
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    /// <summary>Text as gzip, in one member or several.</summary>
    public static byte[] Gzip(FuzzRandom random, params ReadOnlySpan<byte[]> members)
    {
        using MemoryStream packed = new();
        foreach (byte[] member in members)
        {
            using GZipStream gzip = new(packed, random.Of(CompressionLevel.Fastest, CompressionLevel.Optimal, CompressionLevel.NoCompression), leaveOpen: true);
            gzip.Write(member);
        }
        return packed.ToArray();
    }

    /// <summary>Texts as zip, an entry each.</summary>
    public static byte[] Zip(FuzzRandom random, byte[][] texts)
    {
        using MemoryStream packed = new();
        using (ZipArchive archive = new(packed, ZipArchiveMode.Create, leaveOpen: true))
        {
            for (int k = 0; k < texts.Length; k++)
            {
                using Stream entry = archive.CreateEntry($"text{k}", random.Of(CompressionLevel.Fastest, CompressionLevel.NoCompression)).Open();
                entry.Write(texts[k]);
            }
        }
        return packed.ToArray();
    }

    private static string[] RandomDocuments(FuzzRandom random)
    {
        string[] documents = new string[random.Between(1, 5)];
        for (int document = 0; document < documents.Length; document++)
        {
            string[] words = new string[random.Between(0, 12)];
            for (int k = 0; k < words.Length; k++) words[k] = random.OneIn(2) ? random.Of<string>(s_words) : s_words[random.Below(4)];
            documents[document] = string.Join(' ', words);
        }
        if (random.OneIn(2000)) documents[0] += new string('q', 65_535 + random.Between(-2, 2));
        return documents;
    }
}
