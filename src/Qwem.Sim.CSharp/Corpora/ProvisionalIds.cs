namespace Qwem.Sim.Corpora;

/// <summary>A growing sequence of provisional ids and article ends in 16-bit units: about 2.1 bytes per word of English text.</summary>
/// <remarks>
/// An id below 0x8000 is one unit. A larger id is two: 0x8000 plus its upper bits, then its lower 16 bits. The unit 0xFFFF ends
/// an article. Units lie in pieces of fixed length, so growing copies nothing.
/// </remarks>
internal sealed class ProvisionalIds
{
    /// <summary>The unit that ends an article.</summary>
    public const ushort ArticleEnd = 0xFFFF;

    /// <summary>Ids from here on take two units.</summary>
    public const int FirstLongId = 0x8000;

    private const int PieceLength = 1 << 20;
    private readonly List<ushort[]> _pieces = [];
    private ushort[] _current = [];
    private int _used;

    /// <summary>Number of pieces.</summary>
    public int PieceCount => _pieces.Count;

    /// <summary>The units of one piece.</summary>
    public ReadOnlySpan<ushort> Piece(int index) => _pieces[index].AsSpan(0, index == _pieces.Count - 1 ? _used : PieceLength);

    /// <summary>Appends one id.</summary>
    public void Add(int id)
    {
        if (id < FirstLongId)
        {
            AddUnit((ushort)id);
            return;
        }
        AddUnit((ushort)(0x8000 | (id >> 16)));
        AddUnit((ushort)id);
    }

    /// <summary>Appends the end of an article.</summary>
    public void EndArticle() => AddUnit(ArticleEnd);

    private void AddUnit(ushort unit)
    {
        ushort[] piece = _current;
        int used = _used;
        if ((uint)used >= (uint)piece.Length)
        {
            _pieces.Add(piece = _current = new ushort[PieceLength]);
            used = 0;
        }
        piece[used] = unit;
        _used = used + 1;
    }
}
