using System.Security.Cryptography;
using Qwem.Sim.Cooccurrence;
using Qwem.Sim.Corpora;
using Qwem.Sim.IO;
using static Qwem.Fuzz.CountsSamples;

namespace Qwem.Fuzz;

/// <summary>The reader of <c>.qcooc</c>, whole and partial, and the merging of partial files.</summary>
/// <remarks>
/// A changed file must be refused. Where the content was changed and sealed again with right checksums, the file may be accepted, but
/// then it must be the one form of its counts: what is written from them has the same content.
/// </remarks>
internal sealed class CountsTarget(CountsSamples samples) : FuzzTarget
{
    public override string Name => ".qcooc 1 to 3";

    public override int Share => 20;

    public override FuzzOutcome Run(FuzzRandom random, FuzzScratch scratch)
    {
        Sample sample = random.Of<Sample>(samples.All);
        switch (random.Below(8))
        {
            case 0:
                return Read(random.OneIn(2) ? random.Bytes(random.Below(200)) : [.. sample.File[..random.Between(8, 20)], .. random.Bytes(random.Below(200))], out _);
            case < 4:
                byte[] changed = random.OneIn(50) ? sample.File : Mutation.Of(sample.File, random);
                return Checked(Read(changed, out _), changed.AsSpan().SequenceEqual(sample.File));
            default:
                byte[] content = Mutation.Of(sample.Content, random);
                byte[] file = Seal(content, random.OneIn(8) ? (uint)random.Between(1, 3) : sample.Version);
                if (sample.IsPartial && random.OneIn(4)) return Merge(file, random, scratch);
                FuzzOutcome outcome = Read(file, out CooccurrenceCounts? counts);
                if (counts is not null) DemandOneForm(counts, content);
                return outcome;
        }
    }

    private static FuzzOutcome Read(byte[] file, out CooccurrenceCounts? counts)
    {
        counts = null;
        try
        {
            using MemoryStream stream = new(file);
            counts = QcoocReader.Read(stream);
            return FuzzOutcome.Accepted;
        }
        catch (FileFormatException failure) when (failure.Message.Contains("holds only shards", StringComparison.Ordinal) || failure.Message.Contains("is a part of a sum", StringComparison.Ordinal))
        {
            return ReadRows(file);
        }
        catch (Exception failure) when (failure is FileFormatException or OverflowException)
        {
            return FuzzOutcome.Refused;
        }
    }

    /// <summary>Partial files are read row by row.</summary>
    private static FuzzOutcome ReadRows(byte[] file)
    {
        try
        {
            using MemoryStream stream = new(file);
            using QcoocRowReader reader = new(stream, "stream");
            int[] columns = [];
            long[] counts = [];
            for (int row = 0; row < reader.Words.Length; row++) reader.NextRow(ref columns, ref counts);
            reader.Finish();
            return FuzzOutcome.Accepted;
        }
        catch (FileFormatException)
        {
            return FuzzOutcome.Refused;
        }
    }

    private FuzzOutcome Merge(byte[] file, FuzzRandom random, FuzzScratch scratch)
    {
        string changed = scratch.File("changed.qcooc", file), other = scratch.File("other.qcooc", random.Of<Sample>(samples.Partial).File);
        try
        {
            CountsMerger.Merge([changed, other], allowGaps: true);
            return FuzzOutcome.Accepted;
        }
        catch (Exception failure) when (failure is FileFormatException or ShardException or OverflowException)
        {
            return FuzzOutcome.Refused;
        }
    }

    private static void DemandOneForm(CooccurrenceCounts counts, byte[] content)
    {
        if (QcoocWriter.Write(counts.Pack(), Stream.Null) != Convert.ToHexStringLower(SHA256.HashData(content)))
            throw new FuzzFailure("Content was accepted that is not what would be written from it.");
    }
}
