using System.Globalization;
using System.Text;
using Qwem.Sim.IO;

namespace Qwem.Sim.Corpora;

/// <summary>Reads and writes vocabularies: one word a line, in the order of the ids; empty lines are passed over.</summary>
/// <remarks>
/// A plain list has one word a line. A file that was made from a text begins with lines that no list can have (a number sign, a space), which identify
/// the text, and has behind every word a tab and its count. Such a file may be edited: a line taken out takes the word out of the vocabulary.
/// </remarks>
public static class VocabularyFile
{
    private const string FirstLine = "# qwem vocabulary 1: words and how often they occur; give it to 'qwem count --vocabulary-file'";
    private const string Beginning = "# qwem vocabulary ";
    private const string ConventionKey = "# convention: ", HashKey = "# text: ", LengthsKey = "# lengths: ";

    /// <summary>Writes a file, as a whole or not at all.</summary>
    /// <param name="vocabulary">The words of a text.</param>
    /// <param name="path">Path of the file; an older file of that name is replaced.</param>
    /// <exception cref="IOException">The folder is missing, the path is a folder, or the disk fails.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder cannot be written.</exception>
    public static void Write(TextVocabulary vocabulary, string path)
    {
        ArgumentNullException.ThrowIfNull(vocabulary);
        AtomicFile.Write(path, stream =>
        {
            using StreamWriter writer = new(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), leaveOpen: true) { NewLine = "\n" };
            writer.WriteLine(FirstLine);
            writer.WriteLine(ConventionKey + vocabulary.Text.Convention);
            writer.WriteLine(HashKey + vocabulary.Text.Hash);
            writer.WriteLine(LengthsKey + string.Join(' ', vocabulary.Text.Lengths.Select(length => FormattableString.Invariant($"{length.File}/{length.Text}"))));
            for (int word = 0; word < vocabulary.Words.Size; word++)
                writer.WriteLine(FormattableString.Invariant($"{vocabulary.Words.Words[word]}\t{vocabulary.Words.Counts[word]}"));
        });
    }

    /// <summary>Reads a file in UTF-8.</summary>
    /// <param name="path">Its path.</param>
    /// <exception cref="CorpusException">
    /// The file is missing, unreadable, not UTF-8 or without words, or a line has two words or a word that was there before, or what a file with counts needs is missing.
    /// </exception>
    public static VocabularyChoice Read(string path)
    {
        string[] lines = Lines(path);
        bool hasCounts = lines.Length > 0 && lines[0].StartsWith(Beginning, StringComparison.Ordinal);
        int first = hasCounts ? 4 : 0;
        CountedText? text = hasCounts ? Text(path, lines) : null;
        Dictionary<string, int> lineOf = new(StringComparer.Ordinal);
        List<string> words = [];
        List<int> numbers = [];
        List<long> counts = [];
        for (int number = first + 1; number <= lines.Length; number++)
        {
            string word = lines[number - 1].Trim();
            if (word.Length == 0) continue;
            if (hasCounts)
            {
                int tab = word.LastIndexOf('\t');
                if (tab < 0 || !long.TryParse(word[(tab + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out long count) || count < 1)
                    throw new CorpusException($"The vocabulary file '{path}' has in line {number} not a word, a tab and a count; make it again with 'qwem vocabulary'.");
                counts.Add(count);
                word = word[..tab].Trim();
            }
            if (word.Any(letter => char.IsWhiteSpace(letter) || char.IsControl(letter)))
                throw new CorpusException($"The vocabulary file '{path}' has more than one word in line {number}; give one word a line.");
            if (word.Length > WordScanner.LongestWord / 3 && Encoding.UTF8.GetByteCount(word) > WordScanner.LongestWord)
                throw new CorpusException($"The vocabulary file '{path}' has a word of more than {WordScanner.LongestWord} bytes in line {number}; remove it.");
            if (!lineOf.TryAdd(word, number))
                throw new CorpusException($"The vocabulary file '{path}' has the word '{word}' in line {number} and in line {lineOf[word]}; remove one.");
            words.Add(word);
            numbers.Add(number);
        }
        return words.Count > 0
            ? VocabularyChoice.Words(new GivenWords([.. words], [.. numbers], path, text, hasCounts ? [.. counts] : null))
            : throw new CorpusException($"The vocabulary file '{path}' has no words; give one word a line.");
    }

    private static CountedText Text(string path, string[] lines)
    {
        if (!lines[0].StartsWith(Beginning + "1:", StringComparison.Ordinal))
            throw new CorpusException($"The vocabulary file '{path}' is of another version than 1; make it again with 'qwem vocabulary'.");
        List<TextLength> lengths = [];
        foreach (string pair in Value(3, LengthsKey).Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] both = pair.Split('/');
            if (both.Length != 2 || !Number(both[0], out long file) || !Number(both[1], out long text)) throw Damaged(4);
            lengths.Add(new TextLength(file, text));
        }
        return new CountedText(Value(1, ConventionKey), Value(2, HashKey), lengths);

        string Value(int index, string key) =>
            index < lines.Length && lines[index].StartsWith(key, StringComparison.Ordinal) ? lines[index][key.Length..].Trim() : throw Damaged(index + 1);

        CorpusException Damaged(int number) => new($"The vocabulary file '{path}' is damaged in line {number}; make it again with 'qwem vocabulary'.");

        static bool Number(string text, out long value) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);
    }

    private static string[] Lines(string path)
    {
        try
        {
            return File.ReadAllLines(path, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true));
        }
        catch (DecoderFallbackException failure)
        {
            throw new CorpusException($"The vocabulary file '{path}' is not UTF-8; convert it.", failure);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new CorpusException($"The vocabulary file '{path}' cannot be read ({failure.Message.TrimEnd('.')}); check the path.", failure);
        }
    }
}
