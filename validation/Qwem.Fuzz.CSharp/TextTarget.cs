using Qwem.Sim.Corpora;
using Qwem.Sim.Threading;

namespace Qwem.Fuzz;

/// <summary>The readers of text: plain, gzip, zip, JSON lines and WikiExtractor, under every normalisation and rule.</summary>
/// <remarks>
/// Portions are a few bytes long, so that words, lines and characters meet every boundary; a part of the cases is read again in other
/// portions and by two threads, and must give the same. A changed archive may be accepted only with the text of the archive it was.
/// </remarks>
internal sealed class TextTarget(string name, int share, TextTarget.Packing packing) : FuzzTarget
{
    /// <summary>Bytes that are in every first portion.</summary>
    private const int Beginning = 48;

    /// <summary>How a text lies in its file.</summary>
    internal enum Packing
    {
        /// <summary>As it is.</summary>
        None,

        /// <summary>gzip.</summary>
        Gzip,

        /// <summary>zip of one to three texts.</summary>
        Zip,
    }

    public override string Name => name;

    public override int Share => share;

    public override FuzzOutcome Run(FuzzRandom random, FuzzScratch scratch)
    {
        CorpusConvention convention = new()
        {
            Normalisation = Normalisation.All[random.Below(Normalisation.All.Count)],
            DocumentRule = random.Of(DocumentRule.Line, DocumentRule.File, DocumentRule.BlankLine),
            MinimumDocumentLength = random.Of(1, 1, 3),
            Format = random.Of(TextFormat.Detected, TextFormat.Detected, TextFormat.Detected, TextFormat.Text, TextFormat.JsonLines, TextFormat.WikiExtractor),
        };
        bool isChanged = packing != Packing.None && random.Below(4) > 0;
        // Of two members of gzip the first alone is a whole file: nothing could show that the second was cut off.
        byte[][] texts = new byte[packing == Packing.None || (packing == Packing.Gzip && isChanged) ? 1 : random.Between(1, 3)][];
        for (int k = 0; k < texts.Length; k++) texts[k] = Text(random);
        byte[] whole = packing switch { Packing.Gzip => TextSamples.Gzip(random, texts), Packing.Zip => TextSamples.Zip(random, texts), _ => texts[0] };
        byte[] file = isChanged ? Mutation.Of(whole, random) : whole;
        string ending = packing switch { Packing.Gzip => ".gz", Packing.Zip => ".zip", _ => "" };
        Reading found = Read(scratch.File("text" + ending, file), convention, random, scratch.One);
        if (texts.All(IsKnownByItsBeginning))
        {
            if (random.OneIn(4))
                DemandSame("The reading depends on the portions or the threads", found, Read(scratch.File("text" + ending, file), convention, random, scratch.Two));
            // A header's name or time may change; the text may not, unless gzip that is there twice is simply a longer file.
            if (isChanged && found.Content is not null && !(packing == Packing.Gzip && file.Chunk(whole.Length).All(part => part.AsSpan().SequenceEqual(whole))))
                DemandSame("A changed archive was accepted with another text", found, Read(scratch.File("whole" + ending, whole), convention, random, scratch.One));
        }
        if (found.Content is null) return FuzzOutcome.Refused;
        if (texts.All(IsKnownByItsBeginning) && random.OneIn(4)) ShareCheck.Require(scratch.File("text" + ending, file), convention, random, scratch.Two);
        return FuzzOutcome.Accepted;
    }

    private static void DemandSame(string complaint, Reading one, Reading other)
    {
        if (one.Content != other.Content) throw new FuzzFailure($"{complaint}:\n  {one}\n  {other}");
    }

    /// <summary>Whether a text is taken for the same however small the first portion is; in use it is a megabyte.</summary>
    private static bool IsKnownByItsBeginning(byte[] text)
    {
        int mark = Signatures.ByteOrderMark(text);
        return !text.Contains((byte)0) && Signatures.Format(text.AsSpan(mark)) == Signatures.Format(text.AsSpan(0, Math.Min(text.Length, Beginning))[mark..]);
    }

    private static byte[] Text(FuzzRandom random)
    {
        if (random.OneIn(50)) return random.Bytes(random.Below(300));
        byte[] text = random.Below(3) switch { 0 => TextSamples.Plain(random), 1 => TextSamples.JsonLines(random), _ => TextSamples.Documents(random) };
        return random.OneIn(4) ? text : Mutation.Of(text, random);
    }

    private static Reading Read(string path, CorpusConvention convention, FuzzRandom random, WorkerTeam team)
    {
        ParsingLengths lengths = new(random.Between(1, 200), random.Between(2 * Beginning, 8 * Beginning));
        try
        {
            return new Reading(lengths, team.Size, Contents.Of(CorpusReader.Parse([path], convention, lengths, team, null, CancellationToken.None)), null);
        }
        catch (CorpusException failure)
        {
            return new Reading(lengths, team.Size, null, failure.Message);
        }
    }

    /// <summary>All that was read, or why the file was refused.</summary>
    private sealed record Reading(ParsingLengths Lengths, int Threads, string? Content, string? Refusal);
}
