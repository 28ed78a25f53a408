using System.Text;
using Qwem.Sim.Corpora;

namespace Qwem.Fuzz;

/// <summary>The reader of vocabularies, and the choice of their words from a corpus.</summary>
internal sealed class VocabularyTarget(ParsedCorpus parsed) : FuzzTarget
{
    private readonly byte[][] _samples =
    [
        Encoding.UTF8.GetBytes(string.Join('\n', parsed.Encode(parsed.TypeCount).Vocabulary.Words)),
        Encoding.UTF8.GetBytes(
            "# qwem vocabulary 1: words\n# convention: any\n# text: 00\n# lengths: 12/34 5/6\n" + string.Concat(parsed.Encode(parsed.TypeCount).Vocabulary.Words.Select(word => word + "\t7\n"))),
    ];

    public override string Name => "vocabulary file";

    public override int Share => 5;

    public override FuzzOutcome Run(FuzzRandom random, FuzzScratch scratch)
    {
        byte[] file = random.OneIn(20) ? random.Bytes(random.Below(60)) : Mutation.Of(random.Of<byte[]>(_samples), random);
        try
        {
            parsed.EncodeWith(VocabularyFile.Read(scratch.File("vocabulary", file)));
            return FuzzOutcome.Accepted;
        }
        catch (CorpusException)
        {
            return FuzzOutcome.Refused;
        }
    }
}
