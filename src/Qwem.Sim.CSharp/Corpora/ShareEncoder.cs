using System.Numerics;
using System.Runtime.CompilerServices;
using Qwem.Sim.Threading;

namespace Qwem.Sim.Corpora;

/// <summary>Makes the token stream of one share: its own words, and as many behind them as the windows of its last ones reach.</summary>
/// <param name="pieces">A stream that has the share and what follows it.</param>
/// <param name="vocabulary">The words; the index is the id.</param>
/// <param name="idOfRank">The id of every word type: V where it is masked, negative where it is left out.</param>
/// <param name="rule">What becomes of words outside the vocabulary.</param>
internal sealed class ShareEncoder(ITokenPieces pieces, string[] vocabulary, int[] idOfRank, OutOfVocabularyRule rule)
{
    private readonly Dictionary<int[], int[]> _composed = new(ReferenceEqualityComparer.Instance);
    private ushort[] _scratch = [];

    /// <summary>The id of every one of <paramref name="types"/> word types of which some are chosen.</summary>
    public static int[] IdOfRank(int[] chosen, int types, OutOfVocabularyRule rule)
    {
        int[] idOfRank = new int[types];
        Array.Fill(idOfRank, rule == OutOfVocabularyRule.Masked ? chosen.Length : -1);
        for (int id = 0; id < chosen.Length; id++)
        {
            if (chosen[id] >= 0) idOfRank[chosen[id]] = id;
        }
        return idOfRank;
    }

    /// <summary>Follows the stream from a place to another one, or to the end of a document, or until it has enough positions.</summary>
    /// <param name="start">Where to begin.</param>
    /// <param name="end">Where to end at the latest.</param>
    /// <param name="most">Positions that are enough.</param>
    /// <param name="withinDocument">Whether to end with the document.</param>
    /// <param name="cancellation">Ends the work early.</param>
    public Walk Follow(UnitPlace start, UnitPlace end, long most, bool withinDocument, CancellationToken cancellation)
    {
        Walk walk = new(start, 0, 0, false);
        for (int piece = start.Piece; piece < end.Piece + (end.Unit > 0 ? 1 : 0); piece++)
        {
            cancellation.ThrowIfCancellationRequested();
            ReadOnlySpan<ushort> units = pieces.Units(piece, ref _scratch);
            int first = piece == start.Piece ? start.Unit : 0, last = piece == end.Piece ? end.Unit : units.Length;
            walk = Follow(units[..last], first, Map(piece), walk, most, withinDocument);
            walk = walk with { End = walk.End with { Piece = piece } };
            if (walk.IsComplete) return walk;
        }
        return walk;
    }

    /// <summary>The stream of a share.</summary>
    /// <param name="start">Where it begins.</param>
    /// <param name="ownEnd">Where it ends.</param>
    /// <param name="end">Where the stream ends.</param>
    /// <param name="reach">Positions behind the share that its windows may need.</param>
    /// <param name="share">What the share is of.</param>
    /// <param name="typeCount">Distinct words that were met.</param>
    /// <param name="team">The threads.</param>
    /// <param name="cancellation">Ends the work early.</param>
    /// <exception cref="CorpusException">It has more tokens than one array holds, or a prepared corpus is damaged.</exception>
    public TokenCorpus Encode(
        UnitPlace start, UnitPlace ownEnd, UnitPlace end, int reach, CorpusShare share, int typeCount, WorkerTeam team, CancellationToken cancellation)
    {
        Walk own = Follow(start, ownEnd, long.MaxValue, withinDocument: false, cancellation);
        bool needsContext = own.Positions > 0 && own.IsOpen;
        Walk context = needsContext ? Follow(ownEnd, end, reach, withinDocument: true, cancellation) : new Walk(ownEnd, 0, 0, false);
        long positions = own.Positions + context.Positions;
        if (positions > Array.MaxLength)
            throw new CorpusException($"The shard keeps {positions} tokens, more than the {Array.MaxLength} that can be counted at a time; divide the text into more shards.");
        PieceRange range = new(pieces, start, context.End);
        int parts = team.Size == 1 ? 1 : 2 * team.Size;
        ushort[]? narrow = null;
        int[]? wide = null;
        int[] starts;
        if (vocabulary.Length - (rule == OutOfVocabularyRule.Masked ? 0 : 1) <= ushort.MaxValue)
        {
            narrow = GC.AllocateUninitializedArray<ushort>((int)positions);
            starts = new TokenEncoder<ushort>(range, idOfRank, parts, cancellation).Encode(narrow, team);
        }
        else
        {
            wide = GC.AllocateUninitializedArray<int>((int)positions);
            starts = new TokenEncoder<int>(range, idOfRank, parts, cancellation).Encode(wide, team);
        }
        int ownPositions = (int)own.Positions;
        long[] counts = narrow is not null ? Occurrences<ushort>(narrow.AsSpan(0, ownPositions)) : Occurrences<int>(wide.AsSpan(0, ownPositions));
        return new TokenCorpus(new Vocabulary(vocabulary, counts), rule, narrow, wide, starts, own.Words, typeCount)
        {
            OwnPositions = ownPositions,
            Share = share,
        };
    }

    private long[] Occurrences<TId>(ReadOnlySpan<TId> ids)
        where TId : unmanaged, IBinaryInteger<TId>
    {
        long[] counts = new long[vocabulary.Length + 1];
        foreach (TId id in ids) counts[int.CreateTruncating(id)]++;
        return counts[..^1];
    }

    private int[] Map(int piece)
    {
        if (pieces.Ranks(piece) is not int[] ranks) return idOfRank;
        if (!_composed.TryGetValue(ranks, out int[]? map))
            _composed[ranks] = map = Array.ConvertAll(ranks, rank => rank < 0 ? -1 : idOfRank[rank]);
        return map;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static Walk Follow(ReadOnlySpan<ushort> units, int start, int[] map, Walk before, long most, bool withinDocument)
    {
        long positions = before.Positions, words = before.Words;
        bool isOpen = before.IsOpen;
        int place = start;
        for (; place < units.Length; place++)
        {
            if (positions >= most) break;
            int id = units[place];
            if (id >= TokenUnits.FirstLongId)
            {
                if (id == TokenUnits.DocumentEnd)
                {
                    isOpen = false;
                    if (withinDocument) return new Walk(new UnitPlace(0, place + 1), positions, words, false) { IsComplete = true };
                }
                if (id >= TokenUnits.Filler) continue;
                if (++place == units.Length) throw TokenEncoder.Contradiction();
                id = ((id & 0x7FFF) << 16) | units[place];
            }
            if ((uint)id >= (uint)map.Length) throw TokenEncoder.Contradiction();
            // The arithmetic shift is -1 for what is left out.
            positions += 1 + (map[id] >> 31);
            words++;
            isOpen |= map[id] >= 0;
        }
        return new Walk(new UnitPlace(0, place), positions, words, isOpen) { IsComplete = positions >= most };
    }

    /// <summary>How far a stream was followed.</summary>
    /// <param name="End">Where the walk ended.</param>
    /// <param name="Positions">Positions on the way.</param>
    /// <param name="Words">Words on the way, those left out included.</param>
    /// <param name="IsOpen">Whether a document goes on that has a position already.</param>
    internal readonly record struct Walk(UnitPlace End, long Positions, long Words, bool IsOpen)
    {
        /// <summary>Whether what follows does not matter: the document ended, or there are enough positions.</summary>
        public bool IsComplete { get; init; }
    }
}
