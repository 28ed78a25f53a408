using System.Buffers.Binary;
using System.Text;

namespace Qwem.Sim.Corpora;

/// <summary>The head of a prepared corpus and what follows from it.</summary>
internal sealed record QtokHead(int Types, long VocabularyLength, long UnitCount, long Words, long Documents, CorpusConvention Convention)
{
    private static readonly (DocumentRule Rule, string Name)[] s_rules =
        [(DocumentRule.Line, "line"), (DocumentRule.File, "file"), (DocumentRule.BlankLine, "blank-line")];

    /// <summary>Checksums of blocks.</summary>
    public long Checksums => QtokFormat.Blocks(VocabularyLength) + QtokFormat.Blocks(2 * UnitCount);

    /// <summary>Bytes before the hash.</summary>
    public long HashedLength => QtokFormat.HeadLength + (QtokFormat.HashLength * Checksums);

    /// <summary>Where the vocabulary begins.</summary>
    public long VocabularyStart => QtokFormat.Aligned(HashedLength + QtokFormat.HashLength);

    /// <summary>Where the units begin.</summary>
    public long UnitsStart => QtokFormat.Aligned(VocabularyStart + VocabularyLength);

    /// <summary>Bytes of the file.</summary>
    public long FileLength => UnitsStart + (2 * UnitCount);

    /// <summary>Writes the head.</summary>
    public void Write(Span<byte> head)
    {
        head.Clear();
        QtokFormat.Magic.CopyTo(head);
        BinaryPrimitives.WriteUInt32LittleEndian(head[8..], QtokFormat.Version);
        BinaryPrimitives.WriteInt32LittleEndian(head[12..], Types);
        long[] numbers = [VocabularyLength, UnitCount, Words, Documents, Convention.MinimumDocumentLength];
        for (int index = 0; index < numbers.Length; index++) BinaryPrimitives.WriteInt64LittleEndian(head[(16 + (8 * index))..], numbers[index]);
        Encoding.ASCII.GetBytes(Convention.Normalisation.Name, head[56..]);
        Encoding.ASCII.GetBytes(s_rules.First(pair => pair.Rule == Convention.DocumentRule).Name, head[72..]);
    }

    /// <summary>Reads a head whose magic number and version were checked; null where a value is not possible.</summary>
    public static QtokHead? Read(ReadOnlySpan<byte> head)
    {
        int types = BinaryPrimitives.ReadInt32LittleEndian(head[12..]);
        long[] numbers = new long[5];
        for (int index = 0; index < numbers.Length; index++) numbers[index] = BinaryPrimitives.ReadInt64LittleEndian(head[(16 + (8 * index))..]);
        string rule = Name(head[72..]);
        bool possible = types is > 0 and <= TokenUnits.MaximumIds && numbers.All(number => number > 0)
            && numbers[0] <= Array.MaxLength && numbers[1] <= long.MaxValue / 4 && s_rules.Any(pair => pair.Name == rule);
        if (!possible || Normalisation.Named(Name(head[56..])) is not Normalisation normalisation) return null;
        return new QtokHead(types, numbers[0], numbers[1], numbers[2], numbers[3], new CorpusConvention
        {
            Normalisation = normalisation,
            DocumentRule = s_rules.First(pair => pair.Name == rule).Rule,
            MinimumDocumentLength = numbers[4],
        });
    }

    private static string Name(ReadOnlySpan<byte> field) => Encoding.ASCII.GetString(field[..QtokFormat.NameLength].TrimEnd((byte)0));
}
