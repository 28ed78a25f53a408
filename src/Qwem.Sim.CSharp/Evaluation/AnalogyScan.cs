using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Qwem.Sim.Formats;
using Qwem.Sim.LinearAlgebra;
using Qwem.Sim.Threading;

namespace Qwem.Sim.Evaluation;

/// <summary>Finds, for every question, the word of the vocabulary with the highest score.</summary>
/// <remarks>
/// score(w) = (w_hat . b_hat - w_hat . a_hat) + w_hat . a'_hat in double precision. The cosines of all words with the distinct words of
/// a group of questions are one matrix product, done for <see cref="Width"/> words of the vocabulary at a time so that the product
/// stays in the second-level cache, where the questions add up its rows. Every cosine is the same chain of operations wherever it
/// is computed, and the best word of parts of the vocabulary merges exactly: the same result on any number of threads.
/// </remarks>
internal sealed unsafe class AnalogyScan
{
    // 1024 x 96 doubles are 768 KiB; 96 is a multiple of the product's tile.
    private const int Width = 96, GroupWords = 1024;

    /// <summary>Parts of the vocabulary, each with a state of its own for every question.</summary>
    private const int Parts = 16;

    private readonly WordVectors _vectors;
    private readonly WorkerTeam _team;
    private readonly CancellationToken _cancellation;
    private double[] _queries = [];
    private int[] _slots = [];
    private int _queryCount, _first, _count, _blocksPerPart;
    private AskedQuestion[] _questions = [];
    private Best[][] _excluding = [], _including = [];

    private AnalogyScan(WordVectors vectors, WorkerTeam team, CancellationToken cancellation)
    {
        _vectors = vectors;
        _team = team;
        _cancellation = cancellation;
    }

    /// <summary>The best word of each question under both rules.</summary>
    public static (Best[] Excluding, Best[] Including) Run(
        WordVectors vectors, IReadOnlyList<AskedQuestion> questions, WorkerTeam team, IProgress<double>? progress, CancellationToken cancellation)
    {
        AnalogyScan scan = new(vectors, team, cancellation) { _questions = [.. questions] };
        int total = questions.Count, blocks = (vectors.Size + Width - 1) / Width;
        int parts = Math.Min(Parts, blocks);
        scan._blocksPerPart = (blocks + parts - 1) / parts;
        Best[] excluding = new Best[total], including = new Best[total];
        Array.Fill(excluding, Best.None);
        Array.Fill(including, Best.None);
        while (scan._first < total)
        {
            scan.Gather();
            scan._excluding = [.. Enumerable.Range(0, parts).Select(_ => Fresh(scan._count))];
            scan._including = [.. Enumerable.Range(0, parts).Select(_ => Fresh(scan._count))];
            team.Run(parts, scan.ScanPart);
            for (int part = 0; part < parts; part++)
            {
                for (int q = 0; q < scan._count; q++)
                {
                    excluding[scan._first + q].Merge(scan._excluding[part][q]);
                    including[scan._first + q].Merge(scan._including[part][q]);
                }
            }
            scan._first += scan._count;
            progress?.Report((double)scan._first / total);
        }
        return (excluding, including);
    }

    private static Best[] Fresh(int count)
    {
        Best[] states = new Best[count];
        Array.Fill(states, Best.None);
        return states;
    }

    /// <summary>The next questions that together ask about at most <see cref="GroupWords"/> words, and the unit vectors of those.</summary>
    private void Gather()
    {
        Dictionary<int, int> slotOf = [];
        List<int> slots = [];
        int end = _first;
        for (; end < _questions.Length && slotOf.Count <= GroupWords - 3; end++)
        {
            AskedQuestion question = _questions[end];
            foreach (int word in (ReadOnlySpan<int>)[question.A, question.B, question.SecondA])
            {
                if (!slotOf.TryGetValue(word, out int slot)) slotOf[word] = slot = slotOf.Count;
                slots.Add(slot);
            }
        }
        (_count, _queryCount, _slots) = (end - _first, slotOf.Count, [.. slots]);
        int dimension = _vectors.Dimension;
        _queries = new double[(long)_queryCount * dimension];
        foreach ((int word, int slot) in slotOf) _vectors.CopyUnit(word, _queries.AsSpan(slot * dimension, dimension));
    }

    private void ScanPart(int part)
    {
        int dimension = _vectors.Dimension;
        double[] units = new double[Width * dimension], cosines = new double[_queryCount * Width];
        int firstBlock = part * _blocksPerPart;
        for (int block = firstBlock; block < firstBlock + _blocksPerPart && block * Width < _vectors.Size; block++)
        {
            _cancellation.ThrowIfCancellationRequested();
            int first = block * Width, width = Math.Min(Width, _vectors.Size - first);
            for (int w = 0; w < width; w++) _vectors.CopyUnit(first + w, units.AsSpan(w * dimension, dimension));
            ProductWorkspace.Mine.Multiply(
                _queryCount, width, dimension, 1, new Operand(_queries, 0, dimension, false), new Operand(units, 0, dimension, true), 0,
                new Operand(cosines, 0, Width, false), null);
            fixed (double* scores = cosines)
                for (int q = 0; q < _count; q++) Judge(scores, q, first, width, ref _excluding[part][q], ref _including[part][q]);
        }
    }

    private void Judge(double* cosines, int question, int first, int width, ref Best excluding, ref Best including)
    {
        double* a = cosines + _slots[3 * question] * Width, b = cosines + _slots[3 * question + 1] * Width, c = cosines + _slots[3 * question + 2] * Width;
        // The best word without the inputs never beats the best with them, so one comparison decides for both.
        if (width == Width && Largest(a, b, c) < excluding.Score) return;
        AskedQuestion asked = _questions[_first + question];
        for (int w = 0; w < width; w++)
        {
            double score = b[w] - a[w] + c[w];
            int word = first + w;
            including.Add(score, word);
            if (word != asked.A && word != asked.B && word != asked.SecondA) excluding.Add(score, word);
        }
    }

    /// <summary>The largest of b - a + c; a maximum has the same bits at any width of the registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static double Largest(double* a, double* b, double* c)
    {
        Vector256<double> most = Vector256.Create(double.NegativeInfinity), other = most;
        for (int w = 0; w < Width; w += 8)
        {
            most = Vector256.Max(most, Vector256.Load(b + w) - Vector256.Load(a + w) + Vector256.Load(c + w));
            other = Vector256.Max(other, Vector256.Load(b + w + 4) - Vector256.Load(a + w + 4) + Vector256.Load(c + w + 4));
        }
        most = Vector256.Max(most, other);
        Vector128<double> half = Vector128.Max(most.GetLower(), most.GetUpper());
        return Math.Max(half.GetElement(0), half.GetElement(1));
    }
}
