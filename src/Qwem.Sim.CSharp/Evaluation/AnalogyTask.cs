using Qwem.Sim.Formats;

namespace Qwem.Sim.Evaluation;

/// <summary>The questions of a benchmark that can be asked of a vocabulary, as word ids.</summary>
internal sealed class AnalogyTask
{
    private readonly List<AskedQuestion> _asked = [];

    /// <summary>Looks up every word; questions with an unknown word are counted and left out.</summary>
    public AnalogyTask(WordVectors vectors, IReadOnlyList<AnalogyWords> families)
    {
        Families = new Family[families.Count];
        for (int f = 0; f < families.Count; f++) Families[f] = Resolve(vectors, families[f], f);
    }

    /// <summary>One entry per family of the benchmark.</summary>
    public Family[] Families { get; }

    /// <summary>The questions with known words, family by family.</summary>
    public IReadOnlyList<AskedQuestion> Asked => _asked;

    private Family Resolve(WordVectors vectors, AnalogyWords family, int index)
    {
        Dictionary<(int, int), int> pairs = [];

        int PairOf(int first, int second)
        {
            if (!pairs.TryGetValue((first, second), out int pair)) pairs[(first, second)] = pair = pairs.Count;
            return pair;
        }

        int start = _asked.Count;
        for (int at = 0; at < family.Questions.Count; at += 4)
        {
            int a = vectors.IndexOf(family.Questions[at]), b = vectors.IndexOf(family.Questions[at + 1]);
            int c = vectors.IndexOf(family.Questions[at + 2]), answer = vectors.IndexOf(family.Questions[at + 3]);
            if (a >= 0 && b >= 0 && c >= 0 && answer >= 0) _asked.Add(new AskedQuestion(index, a, b, c, answer, PairOf(a, b), PairOf(c, answer)));
        }
        return new Family(family.Name, family.QuestionCount, start, _asked.Count - start, pairs.Count);
    }

    /// <summary>One family: its questions are <c>Start</c> .. <c>Start + Count - 1</c> of the asked ones.</summary>
    public readonly record struct Family(string Name, int Questions, int Start, int Count, int PairCount);
}

/// <summary>A question a : b = a' : b' whose four words have vectors; pairs are numbered within the family.</summary>
internal readonly record struct AskedQuestion(int Family, int A, int B, int SecondA, int Answer, int FirstPair, int SecondPair)
{
    /// <summary>True when b' is among the words that the usual rule excludes.</summary>
    public bool IsUnanswerable => Answer == A || Answer == B || Answer == SecondA;
}

/// <summary>The best word so far under one rule; merging is exact, so it may go in any order.</summary>
internal struct Best
{
    /// <summary>Nothing seen.</summary>
    public static readonly Best None = new() { Score = double.NegativeInfinity, Word = -1 };

    /// <summary>Highest score.</summary>
    public double Score;

    /// <summary>Smallest id of a word with that score, or -1.</summary>
    public int Word;

    /// <summary>True when several words have that score.</summary>
    public bool Tied;

    /// <summary>Takes one more word into account; words may come in any order.</summary>
    public void Add(double score, int word)
    {
        if (score > Score) (Score, Word, Tied) = (score, word, false);
        else if (score == Score) (Word, Tied) = (Word < 0 ? word : Math.Min(Word, word), Word >= 0);
    }

    /// <summary>Takes the words of another part of the vocabulary into account.</summary>
    public void Merge(Best other)
    {
        if (other.Word < 0) return;
        bool tied = other.Tied || (other.Score == Score && Word >= 0);
        if (other.Score > Score) this = other;
        else if (other.Score == Score) (Word, Tied) = (Word < 0 ? other.Word : Math.Min(Word, other.Word), tied);
    }
}
