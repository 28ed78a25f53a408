using System.Buffers.Binary;
using System.Security.Cryptography;
using Qwem.Sim.Corpora;

namespace Qwem.Fuzz;

/// <summary>The reader of prepared corpora, <c>.qtok</c>.</summary>
/// <remarks>A changed file must be refused; one that was sealed again with right checksums may be read, but must not end in anything else than a refusal.</remarks>
internal sealed class PreparedTarget(byte[] sample) : FuzzTarget
{
    private readonly QtokHead _head = QtokHead.Read(sample)!;

    public override string Name => ".qtok";

    public override int Share => 10;

    public override FuzzOutcome Run(FuzzRandom random, FuzzScratch scratch)
    {
        switch (random.Below(8))
        {
            case 0:
                return Read([.. sample[..random.Between(0, 100)], .. random.Bytes(random.Below(200))], scratch);
            case < 4:
                byte[] changed = random.OneIn(50) ? sample : Mutation.Of(sample, random);
                return Checked(Read(changed, scratch), changed.AsSpan().SequenceEqual(sample));
            default:
                return Read(Resealed(random), scratch);
        }
    }

    /// <summary>A change of head, vocabulary or units under right checksums.</summary>
    private byte[] Resealed(FuzzRandom random)
    {
        byte[] head = sample[..QtokFormat.HeadLength];
        byte[] vocabulary = sample.AsSpan((int)_head.VocabularyStart, (int)_head.VocabularyLength).ToArray();
        byte[] units = sample.AsSpan((int)_head.UnitsStart).ToArray();
        int what = random.Below(4);
        if (what == 0)
        {
            byte[] changed = Mutation.Of(head[12..], random);
            changed.AsSpan(0, Math.Min(changed.Length, head.Length - 12)).CopyTo(head.AsSpan(12));
        }
        if (what is 1 or 3) vocabulary = Mutation.Of(vocabulary, random);
        if (what is 2 or 3) units = Mutation.Of(units, random);
        if (what != 0)
        {
            units = units[..(units.Length / 2 * 2)];
            BinaryPrimitives.WriteInt64LittleEndian(head.AsSpan(16), vocabulary.Length);
            BinaryPrimitives.WriteInt64LittleEndian(head.AsSpan(24), units.Length / 2);
        }
        byte[] hashed = [.. head, .. Checksums(vocabulary), .. Checksums(units)];
        byte[] start = Padded([.. hashed, .. SHA256.HashData(hashed)]);
        return [.. Padded([.. start, .. vocabulary]), .. units];
    }

    private static byte[] Checksums(byte[] section) => [.. section.Chunk(QtokFormat.BlockLength).SelectMany(SHA256.HashData)];

    private static byte[] Padded(byte[] bytes)
    {
        Array.Resize(ref bytes, (int)QtokFormat.Aligned(bytes.Length));
        return bytes;
    }

    private static FuzzOutcome Read(byte[] file, FuzzScratch scratch)
    {
        try
        {
            Contents.Of(QtokReader.Open(scratch.File("changed.qtok", file)));
            return FuzzOutcome.Accepted;
        }
        catch (CorpusException)
        {
            return FuzzOutcome.Refused;
        }
    }
}
