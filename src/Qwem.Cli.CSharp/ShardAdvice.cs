using Qwem.Sim.Corpora;

namespace Qwem.Cli;

/// <summary>For a text that is too long for one counting: the commands to run instead.</summary>
internal static class ShardAdvice
{
    private static readonly string[] s_ofVocabulary = ["-V", "--vocabulary-size", "--min-count", "--vocabulary-file", "--vocabulary"];
    private static readonly string[] s_ofOutput = ["-o", "--output"];
    private static readonly string[] s_ofCounting = ["-L", "--window", "--weighting", "--out-of-vocabulary", "--ends"];

    /// <summary>One sentence with the three commands, made of the words of the command line that was refused.</summary>
    /// <param name="positions">Tokens that would have to be held.</param>
    /// <param name="tokens">The command line behind <c>qwem count</c>, every option and every value by itself.</param>
    /// <param name="output">The file that was to be written.</param>
    public static string Sentence(long positions, IReadOnlyList<string> tokens, string output)
    {
        // A quarter is left, because shares are equal in bytes, not in tokens.
        long shards = (positions / (ParsedCorpus.LargestPositionCount / 4 * 3)) + 1;
        string first = Joined(["qwem", "vocabulary", .. Without(tokens, [.. s_ofOutput, .. s_ofCounting]), "-o", "words.txt"]);
        string second = Joined(["qwem", "count", .. Without(tokens, [.. s_ofOutput, .. s_ofVocabulary]), "--vocabulary", "words.txt", "--shard", $"k/{shards}", "-o", "part-k.qcooc"]);
        return $"The text keeps {positions} tokens, more than the {ParsedCorpus.LargestPositionCount} that can be counted at a time; count it in shards: " +
            $"`{first}`, then `{second}` for every k from 1 to {shards}, then `qwem merge part-*.qcooc -o {Quoted(output)}`.";
    }

    private static IEnumerable<string> Without(IReadOnlyList<string> tokens, string[] options)
    {
        for (int index = 0; index < tokens.Count; index++)
        {
            if (options.Contains(tokens[index])) index++;
            else yield return tokens[index];
        }
    }

    private static string Joined(IEnumerable<string> tokens) => string.Join(' ', tokens.Select(Quoted));

    private static string Quoted(string token) =>
        token.Length > 0 && token.All(letter => char.IsLetterOrDigit(letter) || "-_./:=,+@%".Contains(letter, StringComparison.Ordinal)) ? token : $"'{token.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
