using System.Text;

namespace Qwem.Sim.Corpora;

/// <summary>Reads a vocabulary: one word a line, in the order of the ids; empty lines are passed over.</summary>
public static class VocabularyFile
{
    /// <summary>Reads a file in UTF-8.</summary>
    /// <param name="path">Its path.</param>
    /// <exception cref="CorpusException">
    /// The file is missing, unreadable, not UTF-8 or without words, or a line has two words or a word that was there before.
    /// </exception>
    public static VocabularyChoice Read(string path)
    {
        string[] lines;
        try
        {
            lines = File.ReadAllLines(path, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true));
        }
        catch (DecoderFallbackException failure)
        {
            throw new CorpusException($"The vocabulary file '{path}' is not UTF-8; convert it.", failure);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new CorpusException($"The vocabulary file '{path}' cannot be read ({failure.Message.TrimEnd('.')}); check the path.", failure);
        }
        Dictionary<string, int> lineOf = new(StringComparer.Ordinal);
        List<string> words = [];
        List<int> numbers = [];
        for (int number = 1; number <= lines.Length; number++)
        {
            string word = lines[number - 1].Trim();
            if (word.Length == 0) continue;
            if (word.Any(char.IsWhiteSpace))
                throw new CorpusException($"The vocabulary file '{path}' has more than one word in line {number}; give one word a line.");
            if (!lineOf.TryAdd(word, number))
                throw new CorpusException($"The vocabulary file '{path}' has the word '{word}' in line {number} and in line {lineOf[word]}; remove one.");
            words.Add(word);
            numbers.Add(number);
        }
        return words.Count > 0
            ? VocabularyChoice.Words(words, numbers, path)
            : throw new CorpusException($"The vocabulary file '{path}' has no words; give one word a line.");
    }
}
