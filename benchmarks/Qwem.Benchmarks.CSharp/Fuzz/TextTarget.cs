using Qwem.Sim.Corpora;

namespace Qwem.Benchmarks.Fuzz;

/// <summary>The readers of text: plain, gzip, zip, JSON lines and WikiExtractor, under every normalisation and rule.</summary>
/// <remarks>
/// Portions are a few bytes long, so that words, lines and characters meet every boundary; a part of the cases is read again in other
/// portions and by two threads, and must give the same. A changed archive may be accepted only with the text of the archive it was.
/// </remarks>
internal sealed class TextTarget(string name, int share, TextTarget.Packing packing) : FuzzTarget
{
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
            ArticleRule = random.Of(ArticleRule.Line, ArticleRule.File, ArticleRule.BlankLine),
            MinimumArticleLength = random.Of(1, 1, 3),
            Format = random.Of(TextFormat.Detected, TextFormat.Detected, TextFormat.Detected, TextFormat.Text, TextFormat.JsonLines, TextFormat.WikiExtractor),
        };
        bool isChanged = packing != Packing.None && random.Below(4) > 0;
        byte[] whole = Packed(random, isChanged);
        byte[] file = isChanged ? Mutation.Of(whole, random) : whole;
        string ending = packing switch { Packing.Gzip => ".gz", Packing.Zip => ".zip", _ => "" };
        string? found = Read(scratch.File("text" + ending, file), convention, random, scratch, two: false);
        if (random.OneIn(4) && Read(scratch.File("text" + ending, file), convention, random, scratch, two: true) != found)
            throw new FuzzFailure("The reading depends on the portions or the threads.");
        // A header's name or time may change; the text may not.
        if (isChanged && found is not null && Read(scratch.File("whole" + ending, whole), convention, random, scratch, two: false) != found)
            throw new FuzzFailure("A changed archive was accepted with another text.");
        return found is null ? FuzzOutcome.Refused : FuzzOutcome.Accepted;
    }

    private byte[] Packed(FuzzRandom random, bool toBeChanged)
    {
        if (packing == Packing.None) return Text(random);
        // Of two members the first alone is a whole file: nothing could show that the second was cut off.
        if (packing == Packing.Gzip) return toBeChanged || random.OneIn(2) ? TextSamples.Gzip(random, Text(random)) : TextSamples.Gzip(random, Text(random), Text(random));
        byte[][] texts = new byte[random.Between(1, 3)][];
        for (int k = 0; k < texts.Length; k++) texts[k] = Text(random);
        return TextSamples.Zip(texts, random);
    }

    private static byte[] Text(FuzzRandom random)
    {
        if (random.OneIn(50)) return random.Bytes(random.Below(300));
        byte[] text = random.Below(3) switch { 0 => TextSamples.Plain(random), 1 => TextSamples.JsonLines(random), _ => TextSamples.Documents(random) };
        return random.OneIn(4) ? text : Mutation.Of(text, random);
    }

    /// <summary>All that was read, or null where the file was refused.</summary>
    private static string? Read(string path, CorpusConvention convention, FuzzRandom random, FuzzScratch scratch, bool two)
    {
        try
        {
            ParsingLengths lengths = new(random.Between(1, 200), random.Between(1, 400));
            return Contents.Of(CorpusReader.Parse([path], convention, lengths, two ? scratch.Two : scratch.One, null, CancellationToken.None));
        }
        catch (CorpusException)
        {
            return null;
        }
    }
}
