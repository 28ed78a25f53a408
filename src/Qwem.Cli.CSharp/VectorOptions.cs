using System.CommandLine;
using Qwem.Sim.Evaluation;
using Qwem.Sim.Formats;

namespace Qwem.Cli;

/// <summary>What the commands that look at a file of vectors share.</summary>
internal static class VectorOptions
{
    /// <summary>What --help says about damage to a file of vectors.</summary>
    public const string Checked =
        "Of these only .npz has a checksum: in the others a flipped bit is usually read as a different number. For .npy and .tsv, which are two files\n" +
        "each, checksums are written to NAME.npy.sha256 or NAME.tsv.sha256; when vectors of any format are read, such a file beside them is\n" +
        "checked (sha256sum v.bin > v.bin.sha256 makes one).";

    /// <summary>The file of vectors.</summary>
    public static Argument<string> Vectors() => new("VECTORS") { Description = "A file of word vectors: .npz of qwem, .npy (words in NAME.vocabulary.txt beside it, or in the vocabulary.txt of a run), .txt or .vec (word2vec text), .bin (word2vec binary), .tsv. Compared with NAME.sha256 beside it, if there is one; only .npz has a checksum of its own." };

    /// <summary>Refuses a file of vectors that cannot be written or is one of the inputs, before any work is done.</summary>
    /// <exception cref="UsageException">It is one of these.</exception>
    public static void CheckOutput(string output, IEnumerable<string> inputs)
    {
        if (VectorFile.WhyNotWritable(output) is string reason) throw new UsageException($"The output '{output}' {reason}.");
        Options.RefuseInput(output, inputs);
    }

    /// <summary>The id of a word, or an error that suggests words of similar spelling.</summary>
    /// <exception cref="UsageException">The word has no vector.</exception>
    public static int Require(WordVectors vectors, string word, string path)
    {
        int id = vectors.IndexOf(word);
        if (id >= 0) return id;
        IReadOnlyList<string> near = WordSuggestions.Near(vectors.Words, word);
        string hint = near.Count == 0 ? "choose another word" : "did you mean " + string.Join(" or ", near.Select(n => $"'{n}'"));
        throw new UsageException($"The word '{word}' is not among the {vectors.Size} words of '{path}'; {hint}.");
    }
}
