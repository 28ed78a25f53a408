using System.Runtime.Intrinsics;
using Qwem.Sim.Descent;
using Qwem.Sim.LinearAlgebra;
using Qwem.Sim.Random;
using Qwem.Sim.Training;

namespace Qwem.Sim.Hogwild;

/// <summary>Trains on one stretch of the token stream, in order.</summary>
internal sealed unsafe class SkipGramChunk<TVector, TLanes>
    where TVector : struct
    where TLanes : struct, ILanes<float, TVector>
{
    /// <summary>Kept words after which a sentence ends, as in the original program.</summary>
    private const int LongestSentence = 1000;

    /// <summary>Indices of random numbers between one chunk and the next: more than any chunk uses.</summary>
    private const int IndexBits = 40;

    private readonly SkipGramModel _model;
    private readonly CounterRandom _keeps, _negatives;
    private readonly ushort[] _sentence = new ushort[LongestSentence], _drawn;
    private ulong _keepIndex, _negativeIndex;

    internal SkipGramChunk(SkipGramModel model, int number)
    {
        _model = model;
        SkipGramSettings settings = model.Settings;
        _keeps = new CounterRandom(settings.Seed, RandomStreams.KeptWords);
        _negatives = new CounterRandom(settings.Seed, RandomStreams.NegativeWords);
        _keepIndex = _negativeIndex = (ulong)number << IndexBits;
        _drawn = new ushort[2 * settings.WindowHalfWidth * settings.Negatives];
    }

    /// <summary>Trains on the positions <paramref name="start"/> .. <paramref name="end"/> - 1; no window leaves them or crosses a document.</summary>
    internal void Train(int start, int end, CancellationToken cancellation)
    {
        int[] starts = _model.DocumentStarts;
        int document = Array.BinarySearch(starts, start);
        if (document < 0) document = ~document - 1;
        int position = start;
        float* error = stackalloc float[_model.Words.Stride];
        new Span<float>(error, _model.Words.Stride).Clear();
        while (position < end && !cancellation.IsCancellationRequested)
        {
            while (starts[document + 1] <= position) document++;
            int documentEnd = Math.Min(end, starts[document + 1]), begun = position;
            int kept = Keep(ref position, documentEnd);
            float rate = _model.Read(position - begun);
            for (int centre = 0; centre < kept; centre++) Centre(centre, kept, rate, error);
        }
    }

    /// <summary>Fills the sentence with the words that are kept.</summary>
    private int Keep(ref int position, int end)
    {
        int kept = 0;
        for (; position < end && kept < LongestSentence; position++)
        {
            ushort word = _model.Ids[position];
            _sentence[kept] = word;
            if (_keeps.Bits(_keepIndex++) >> 32 < _model.KeepThresholds[word]) kept++;
        }
        return kept;
    }

    /// <summary>Trains the words around a centre to predict it, and not the negative words, of which each pair has its own.</summary>
    private void Centre(int centre, int kept, float rate, float* error)
    {
        SkipGramSettings settings = _model.Settings;
        int radius = 1 + (int)((_keeps.Bits(_keepIndex++) >> 32) * (ulong)settings.WindowHalfWidth >> 32);
        int first = Math.Max(0, centre - radius), last = Math.Min(kept - 1, centre + radius), negatives = settings.Negatives;
        Span<ushort> drawn = _drawn.AsSpan(0, (last - first) * negatives);
        AliasDraws.FromTable(_model.NegativeCells, _model.VocabularySize, _negatives, _negativeIndex, drawn);
        _negativeIndex += (ulong)drawn.Length;
        nuint stride = (nuint)_model.Words.Stride;
        float* contexts = _model.Contexts.Values;
        for (int n = 0; n < Math.Min(negatives, drawn.Length); n++) SkipGramKernel<TVector, TLanes>.Prefetch(contexts + drawn[n] * stride, stride);
        for (int place = first, begin = 0; place <= last; place++)
        {
            if (place == centre) continue;
            int next = begin + negatives;
            if (next < drawn.Length)
                foreach (ushort word in drawn.Slice(next, negatives)) SkipGramKernel<TVector, TLanes>.Prefetch(contexts + word * stride, stride);
            Pair(_sentence[place], _sentence[centre], drawn.Slice(begin, negatives), rate, error);
            begin = next;
        }
    }

    private void Pair(ushort input, ushort positive, ReadOnlySpan<ushort> negatives, float rate, float* error)
    {
        const int group = SkipGramKernel<TVector, TLanes>.Group;
        nuint stride = (nuint)_model.Words.Stride;
        float* contexts = _model.Contexts.Values, row = _model.Words.Row(input);
        float* rates = stackalloc float[8];
        float** outputs = stackalloc float*[group];
        Vector256<float> labels = Vector256.CreateScalar(1f);
        for (int n = -1; n < negatives.Length; n += group)
        {
            for (int k = 0; k < group; k++)
            {
                // The row behind the last one is zero and stays so; a negative word that is the positive one does not count.
                int word = n + k < 0 ? positive : n + k < negatives.Length ? negatives[n + k] : _model.VocabularySize;
                outputs[k] = contexts + (nuint)word * stride;
                rates[k] = (n + k >= 0 && word == positive) || word == _model.VocabularySize ? 0 : rate;
            }
            rates[6] = rates[7] = 0;
            SkipGramKernel<TVector, TLanes>.Move(row, error, outputs, labels, Vector256.Load(rates), stride);
            labels = Vector256<float>.Zero;
        }
        SkipGramKernel<TVector, TLanes>.Settle(row, error, stride);
    }
}
