using System.Numerics;
using System.Runtime.CompilerServices;
using Qwem.Sim.Threading;

namespace Qwem.Sim.Corpora;

/// <summary>Rewrites the pieces of a corpus as ids of a vocabulary, several pieces at a time, and joins them in order.</summary>
internal sealed class TokenEncoder<TId>
    where TId : unmanaged, IBinaryInteger<TId>
{
    private readonly ITokenPieces _pieces;
    private readonly int[] _idOfRank;
    private readonly CancellationToken _cancellation;
    private readonly Part[] _parts;
    private int _firstPiece;

    /// <summary>An encoder.</summary>
    /// <param name="pieces">The stream.</param>
    /// <param name="idOfRank">The id of every word type, negative where it is left out.</param>
    /// <param name="parts">Pieces to work on at a time.</param>
    /// <param name="cancellation">Ends the work early.</param>
    public TokenEncoder(ITokenPieces pieces, int[] idOfRank, int parts, CancellationToken cancellation)
    {
        _pieces = pieces;
        _idOfRank = idOfRank;
        _cancellation = cancellation;
        _parts = new Part[parts];
        for (int index = 0; index < parts; index++) _parts[index] = new Part();
    }

    /// <summary>Fills <paramref name="target"/> and returns where the documents start, and its length.</summary>
    /// <exception cref="CorpusException">The stream does not have as many tokens as its counts say.</exception>
    public int[] Encode(TId[] target, WorkerTeam team)
    {
        List<int> starts = [0];
        int written = 0;
        Action<int> encode = Encode;
        for (_firstPiece = 0; _firstPiece < _pieces.Count; _firstPiece += _parts.Length)
        {
            _cancellation.ThrowIfCancellationRequested();
            int count = Math.Min(_parts.Length, _pieces.Count - _firstPiece);
            team.Run(count, encode);
            for (int index = 0; index < count; index++)
            {
                Part part = _parts[index];
                if (part.Written > target.Length - written) throw TokenEncoder.Contradiction();
                part.Ids.AsSpan(0, part.Written).CopyTo(target.AsSpan(written));
                foreach (int end in part.Ends)
                {
                    if (written + end > starts[^1]) starts.Add(written + end);
                }
                written += part.Written;
            }
        }
        if (written != target.Length) throw TokenEncoder.Contradiction();
        if (written > starts[^1]) starts.Add(written);
        return [.. starts];
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Encode(int index)
    {
        Part part = _parts[index];
        int piece = _firstPiece + index;
        ReadOnlySpan<ushort> units = _pieces.Units(piece, ref part.Scratch);
        int[]? ranks = _pieces.Ranks(piece);
        int[] map = ranks is null ? _idOfRank : part.Composed(ranks, _idOfRank);
        if (part.Ids.Length < units.Length) part.Ids = new TId[units.Length];
        TId[] ids = part.Ids;
        int written = 0;
        part.Ends.Clear();
        for (int place = 0; place < units.Length; place++)
        {
            int id = units[place];
            if (id >= TokenUnits.FirstLongId)
            {
                if (id == TokenUnits.DocumentEnd) part.Ends.Add(written);
                if (id >= TokenUnits.Filler) continue;
                if (++place == units.Length) throw TokenEncoder.Contradiction();
                id = ((id & 0x7FFF) << 16) | units[place];
            }
            if ((uint)id >= (uint)map.Length) throw TokenEncoder.Contradiction();
            int mapped = map[id];
            ids[written] = TId.CreateTruncating(mapped);
            // The arithmetic shift is -1 for what is left out: no branch for the processor to mispredict.
            written += 1 + (mapped >> 31);
        }
        part.Written = written;
    }

    /// <summary>What one piece becomes.</summary>
    private sealed class Part
    {
        public TId[] Ids = [];
        public ushort[] Scratch = [];
        private int[]? _ranks;
        private int[] _composed = [];

        public List<int> Ends { get; } = [];

        public int Written { get; set; }

        /// <summary>The id of every provisional id; kept as long as the table stays the same.</summary>
        public int[] Composed(int[] ranks, int[] idOfRank)
        {
            if (ReferenceEquals(ranks, _ranks)) return _composed;
            _ranks = ranks;
            return _composed = Array.ConvertAll(ranks, rank => rank < 0 ? -1 : idOfRank[rank]);
        }
    }
}

/// <summary>What all encoders say.</summary>
internal static class TokenEncoder
{
    /// <summary>What is thrown where a stream is not the one that its vocabulary counts.</summary>
    public static CorpusException Contradiction() => new("The prepared corpus contradicts itself: its tokens are not those its vocabulary counts; prepare it again.");
}
