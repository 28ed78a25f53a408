using System.Text;
using Qwem.Sim.Corpora;

namespace Qwem.Fuzz;

/// <summary>The reader of vocabularies, and the choice of their words from a corpus.</summary>
internal sealed class VocabularyTarget(ParsedCorpus parsed) : FuzzTarget
{
    private readonly byte[] _sample = Encoding.UTF8.GetBytes(string.Join('\n', parsed.Encode(parsed.TypeCount).Vocabulary.Words));

    public override string Name => "vocabulary file";

    public override int Share => 5;

    public override FuzzOutcome Run(FuzzRandom random, FuzzScratch scratch)
    {
        byte[] file = random.OneIn(20) ? random.Bytes(random.Below(60)) : Mutation.Of(_sample, random);
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
