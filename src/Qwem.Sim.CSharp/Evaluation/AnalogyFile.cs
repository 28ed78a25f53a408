using Qwem.Sim.IO;

namespace Qwem.Sim.Evaluation;

/// <summary>One family of analogy questions, in words.</summary>
/// <param name="Name">What the family is called.</param>
/// <param name="Questions">a, b, a', b' of each question "a is to b as a' is to b'", one after the other.</param>
public sealed record AnalogyWords(string Name, IReadOnlyList<string> Questions)
{
    /// <summary>Number of questions.</summary>
    public int QuestionCount => Questions.Count / 4;
}

/// <summary>Reads files of analogy questions in the layout of questions-words.txt (Mikolov et al. 2013).</summary>
/// <remarks>A line ": name" begins a family; every other line is four words, a question. Blank lines are skipped. UTF-8.</remarks>
public static class AnalogyFile
{
    /// <summary>Reads the families with the questions that the file lists.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The families in the order of the file, each with at least one question.</returns>
    /// <exception cref="FileFormatException">The file is missing, empty or malformed; the message names the line.</exception>
    public static IReadOnlyList<AnalogyWords> Read(string path)
    {
        List<AnalogyWords> families = [];
        List<string>? questions = null;
        string name = "";
        int nameLine = 0;

        void Close()
        {
            if (questions is null) return;
            if (questions.Count == 0)
                throw new FileFormatException($"The family '{name}' in line {nameLine} of '{path}' has no questions; give it some or take the line out.");
            families.Add(new AnalogyWords(name, questions));
        }

        foreach ((int number, string[] parts) in BenchmarkLines.Read(path))
        {
            if (parts[0].StartsWith(':'))
            {
                Close();
                name = string.Join(' ', parts)[1..].Trim();
                if (name.Length == 0) throw new FileFormatException($"Line {number} of '{path}' begins a family without a name; write ': name'.");
                if (families.Any(family => family.Name == name))
                    throw new FileFormatException($"Line {number} of '{path}' begins the family '{name}' a second time; give each family a name of its own.");
                (questions, nameLine) = ([], number);
                continue;
            }
            if (questions is null)
                throw new FileFormatException($"Line {number} of '{path}' is a question before the first family; begin with a line ': name'.");
            if (parts.Length != 4)
                throw new FileFormatException($"Line {number} of '{path}' has {parts.Length} words; a question has four.");
            questions.AddRange(parts);
        }
        Close();
        if (families.Count == 0) throw new FileFormatException($"The benchmark file '{path}' has no questions; lines ': name' and lines of four words are expected.");
        return families;
    }

    /// <summary>The same families with all ordered pairs of distinct word pairs as questions: N (N - 1) for N pairs.</summary>
    /// <remarks>The benchmark of Karkada et al.: the word pairs of a family are those of its questions, (a, b) and (a', b'), each once.</remarks>
    /// <param name="families">Families of any questions.</param>
    /// <returns>The families with their new questions; a family with one word pair has none.</returns>
    public static IReadOnlyList<AnalogyWords> AllOrderedPairs(IReadOnlyList<AnalogyWords> families)
    {
        ArgumentNullException.ThrowIfNull(families);
        return [.. families.Select(AllOrderedPairs)];
    }

    private static AnalogyWords AllOrderedPairs(AnalogyWords family)
    {
        List<(string A, string B)> pairs = [];
        HashSet<(string, string)> seen = [];
        for (int at = 0; at < family.Questions.Count; at += 2)
        {
            (string, string) pair = (family.Questions[at], family.Questions[at + 1]);
            if (seen.Add(pair)) pairs.Add(pair);
        }
        List<string> questions = new(4 * pairs.Count * (pairs.Count - 1));
        foreach ((string A, string B) first in pairs)
        {
            foreach ((string A, string B) second in pairs)
                if (first != second) questions.AddRange([first.A, first.B, second.A, second.B]);
        }
        return new AnalogyWords(family.Name, questions);
    }
}
