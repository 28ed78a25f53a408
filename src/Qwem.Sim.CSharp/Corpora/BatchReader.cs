using System.IO.Hashing;

namespace Qwem.Sim.Corpora;

/// <summary>Reads (and unpacks) the next batch of a text on another thread while the current batch is parsed.</summary>
internal sealed class BatchReader : IDisposable
{
    /// <summary>Bytes without a place to be cut from which on a batch is no longer enlarged.</summary>
    public const int LongestBatch = 1 << 26;

    private readonly TextStream _text;
    private readonly BatchBuffers _buffers;
    private readonly NonCryptographicHashAlgorithm? _hash;
    private Task<int> _next;
    private int _kept;

    /// <summary>Starts to read the first batch.</summary>
    /// <param name="text">The text; closed with the reader unless only a part of it is read.</param>
    /// <param name="buffers">Where to read into.</param>
    /// <param name="hash">Receives all bytes; or null.</param>
    public BatchReader(TextStream text, BatchBuffers buffers, NonCryptographicHashAlgorithm? hash = null)
    {
        _text = text;
        _hash = hash;
        _buffers = buffers;
        _next = Start();
    }

    /// <summary>The batch last taken, followed by zero bytes.</summary>
    public byte[] Batch => _buffers.Parsed;

    /// <summary>Whether the text ends with the batch last taken.</summary>
    public bool IsLast { get; private set; }

    /// <summary>Bytes of the batches taken so far.</summary>
    public long TextLength { get; private set; }

    /// <summary>Makes the next batch current and returns its length.</summary>
    /// <exception cref="CorpusException">Reading or unpacking failed.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public int Next(CancellationToken cancellation)
    {
        // Wait, then GetResult: the wait can be cancelled, the result throws the original exception.
        Task.WaitAny([_next], cancellation);
        int read = _next.GetAwaiter().GetResult();
        (_buffers.Parsed, _buffers.Filled) = (_buffers.Filled, _buffers.Parsed);
        int length = _kept + read;
        TextLength += read;
        IsLast = read == 0;
        Batch.AsSpan(length, BatchBuffers.Slack).Clear();
        return length;
    }

    /// <summary>Starts to read the batch that begins with the rest of the current one.</summary>
    public void ContinueFrom(ReadOnlySpan<byte> rest)
    {
        // At least half of a batch is new, so that a rest that cannot be cut is not copied for every byte read.
        int room = Math.Max(rest.Length, BatchBuffers.LeastRoom);
        if (_buffers.Filled.Length < rest.Length + room + BatchBuffers.Slack) _buffers.Filled = new byte[rest.Length + room + BatchBuffers.Slack];
        rest.CopyTo(_buffers.Filled);
        _kept = rest.Length;
        _next = Start();
    }

    /// <summary>Closes the text; where a read still hangs (a silent pipe), as soon as that read returns.</summary>
    public void Dispose()
    {
        bool hasEnded = Task.WaitAny([_next], millisecondsTimeout: 1000) == 0;
        if (_text.IsReadInParts) return;
        if (hasEnded) _text.Dispose();
        else _next.ContinueWith(_ => _text.Dispose(), TaskScheduler.Default);
    }

    private Task<int> Start()
    {
        Memory<byte> target = _buffers.Filled.AsMemory(_kept, _buffers.Filled.Length - BatchBuffers.Slack - _kept);
        return Task.Run(() =>
        {
            int filled = _text.Fill(target.Span);
            _hash?.Append(target.Span[..filled]);
            return filled;
        });
    }
}
