using System.Security.Cryptography;
using System.Text;

namespace Qwem.Sim.Cooccurrence;

/// <summary>Turns counts into the canonical content of a <c>.qcooc</c> file, one block at a time.</summary>
internal sealed class QcoocPayload
{
    private readonly Action<ReadOnlyMemory<byte>> _sink;
    private readonly byte[] _block = new byte[QcoocFormat.BlockLength];
    private int _used;

    private QcoocPayload(Action<ReadOnlyMemory<byte>> sink) => _sink = sink;

    /// <summary>Hands the content to <paramref name="sink"/> in blocks, which are valid during the call only.</summary>
    public static void Write(CooccurrenceCounts counts, Action<ReadOnlyMemory<byte>> sink)
    {
        QcoocPayload payload = new(sink);
        payload.Header(counts);
        payload.Rows(counts);
        if (payload._used > 0) payload.Flush();
    }

    /// <summary>SHA-256 of the content in lower-case hexadecimal digits.</summary>
    public static string Hash(CooccurrenceCounts counts)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Write(counts, block => hash.AppendData(block.Span));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private void Header(CooccurrenceCounts counts)
    {
        CountingConvention convention = counts.Convention;
        Number((ulong)convention.WindowHalfWidth);
        Text(convention.Weighting);
        Text(convention.OutOfVocabularyRule);
        Text(convention.BoundaryRule);
        Text(convention.SelfPairRule);
        Number((ulong)counts.VocabularySize);
        for (int word = 0; word < counts.VocabularySize; word++)
        {
            Text(counts.Words[word]);
            Number((ulong)counts.WordCounts[word]);
        }
    }

    private void Rows(CooccurrenceCounts counts)
    {
        Number((ulong)counts.DistinctPairs);
        for (int row = 0; row < counts.VocabularySize; row++)
        {
            int start = (int)counts.RowStarts[row];
            int end = (int)counts.RowStarts[row + 1];
            Number((ulong)(end - start));
            int least = row;
            for (int entry = start; entry < end; entry++)
            {
                Number((ulong)(counts.Columns[entry] - least));
                least = counts.Columns[entry] + 1;
            }
            for (int entry = start; entry < end; entry++) Number((ulong)counts.Counts[entry]);
        }
    }

    private void Text(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        Number((ulong)bytes.Length);
        foreach (byte value in bytes) Byte(value);
    }

    private void Number(ulong value)
    {
        while (value >= 0x80)
        {
            Byte((byte)(value | 0x80));
            value >>= 7;
        }
        Byte((byte)value);
    }

    private void Byte(byte value)
    {
        _block[_used++] = value;
        if (_used == _block.Length) Flush();
    }

    private void Flush()
    {
        _sink(_block.AsMemory(0, _used));
        _used = 0;
    }
}
