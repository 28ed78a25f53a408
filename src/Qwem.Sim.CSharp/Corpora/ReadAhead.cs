namespace Qwem.Sim.Corpora;

/// <summary>Reads (and unpacks) the next piece of a file on another thread while the current piece is parsed.</summary>
internal sealed class ReadAhead : IDisposable
{
    /// <summary>Bytes of text in a piece.</summary>
    public const int PieceLength = 1 << 20;

    /// <summary>Zero bytes kept after every piece, so that a 16-byte load inside the piece is always allowed and ends every word.</summary>
    public const int Slack = 32;

    private readonly CorpusFile _file;
    private byte[] _parsed = new byte[PieceLength + Slack];
    private byte[] _filled = new byte[PieceLength + Slack];
    private Task<int> _next;

    /// <summary>Starts to read the first piece of a file, which it then owns.</summary>
    public ReadAhead(CorpusFile file)
    {
        _file = file;
        _next = Start();
    }

    /// <summary>The piece last returned by <see cref="Next"/>, with its slack.</summary>
    public byte[] Piece => _parsed;

    /// <summary>Makes the next piece current and returns its length; 0 at the end of the file.</summary>
    /// <exception cref="CorpusException">Reading or unpacking failed.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public int Next(CancellationToken cancellation)
    {
        // Wait, then GetResult: the wait can be cancelled, the result throws the original exception.
        Task.WaitAny([_next], cancellation);
        int length = _next.GetAwaiter().GetResult();
        (_parsed, _filled) = (_filled, _parsed);
        _parsed.AsSpan(length).Clear();
        _next = length > 0 ? Start() : Task.FromResult(0);
        return length;
    }

    /// <summary>Closes the file; where a read still hangs (a silent pipe), as soon as that read returns.</summary>
    public void Dispose()
    {
        if (Task.WaitAny([_next], millisecondsTimeout: 1000) == 0) _file.Dispose();
        else _next.ContinueWith(_ => _file.Dispose(), TaskScheduler.Default);
    }

    private Task<int> Start()
    {
        byte[] target = _filled;
        return Task.Run(() => _file.Fill(target.AsSpan(0, PieceLength)));
    }
}
