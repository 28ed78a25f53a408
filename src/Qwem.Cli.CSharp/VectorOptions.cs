using System.CommandLine;
using Qwem.Sim.Evaluation;
using Qwem.Sim.Formats;

namespace Qwem.Cli;

/// <summary>What the commands that look at a file of vectors share.</summary>
internal static class VectorOptions
{
    /// <summary>What --help says of damage to a file of vectors.</summary>
    public const string Checked =
        "Of these only .npz has a checksum: a bit that flips in another one is mostly read as another number. Beside .npy and .tsv, which are two files,\n" +
        "their sums go to NAME.npy.sha256 or NAME.tsv.sha256, and vectors of any format are compared with such a file when they are read\n" +
        "(sha256sum v.bin > v.bin.sha256 makes one).";

    /// <summary>The file of vectors.</summary>
    public static Argument<string> Vectors() => new("VECTORS") { Description = "A file of word vectors: .npz of qwem, .npy (words in NAME.vocabulary.txt beside it, or in the vocabulary.txt of a run), .txt or .vec (word2vec text), .bin (word2vec binary), .tsv. Compared with NAME.sha256 beside it, if there is one; only .npz has a checksum of its own." };

    /// <summary>The id of a word, or a complaint with words that are spelled nearly so.</summary>
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
