namespace Qwem.Sim.Threading;

/// <summary>A fixed team of threads that runs many small parallel loops without allocating.</summary>
/// <remarks>
/// The caller is a member of the team. Tasks are handed out by a shared counter, so which thread runs a task is not
/// determined; a body must therefore write only to what its task index owns. Then results do not depend on
/// <see cref="Size"/>. Not reentrant: a body must not call <see cref="Run"/> of its own team.
/// </remarks>
public sealed class WorkerTeam : IDisposable
{
    private readonly Thread[] _helpers;
    private readonly SemaphoreSlim _start = new(0);
    private readonly Lock _gate = new();
    private Action<int>? _body;
    private Exception? _failure;
    private int _taskCount;
    private int _next;
    private int _running;
    private volatile int _generation;
    private volatile bool _disposed;

    /// <summary>Starts <paramref name="size"/> - 1 background threads.</summary>
    /// <param name="size">Members, the caller included; 0 means one per processor.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="size"/> is negative.</exception>
    public WorkerTeam(int size = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(size);
        Size = size == 0 ? Environment.ProcessorCount : size;
        _helpers = new Thread[Size - 1];
        for (int i = 0; i < _helpers.Length; i++)
        {
            _helpers[i] = new Thread(HelperLoop) { IsBackground = true, Name = "qwem worker " + (i + 1) };
            _helpers[i].Start();
        }
    }

    /// <summary>Members of the team, the calling thread included.</summary>
    public int Size { get; }

    /// <summary>Runs <paramref name="body"/> for every task index 0 .. <paramref name="taskCount"/> - 1 and returns when all are done.</summary>
    /// <param name="taskCount">Number of tasks.</param>
    /// <param name="body">Called once per task index, on any member of the team; keep the delegate to avoid allocation.</param>
    /// <exception cref="ObjectDisposedException">The team was disposed.</exception>
    /// <exception cref="AggregateException">A body threw; the remaining tasks were abandoned.</exception>
    public void Run(int taskCount, Action<int> body)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ArgumentNullException.ThrowIfNull(body);
        if (Size == 1 || taskCount <= 1)
        {
            for (int i = 0; i < taskCount; i++) body(i);
            return;
        }
        lock (_gate)
        {
            _body = body;
            _taskCount = taskCount;
            _next = 0;
            _failure = null;
            Volatile.Write(ref _running, _helpers.Length);
            _generation++;
            _start.Release(_helpers.Length);
            Work();
            SpinWait spinner = default;
            while (Volatile.Read(ref _running) != 0) spinner.SpinOnce(sleep1Threshold: -1);
            _body = null;
            if (_failure is not null) throw new AggregateException(_failure);
        }
    }

    /// <summary>Ends the threads.</summary>
    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        if (_helpers.Length > 0) _start.Release(_helpers.Length);
        foreach (Thread helper in _helpers) helper.Join();
        _start.Dispose();
    }

    private void HelperLoop()
    {
        int seen = 0;
        while (true)
        {
            // A short spin saves the wake-up latency between the back-to-back loops of one training step.
            for (int i = 0; i < 200 && _generation == seen && !_disposed; i++) Thread.SpinWait(20);
            _start.Wait();
            if (_disposed) return;
            seen = _generation;
            Work();
            Interlocked.Decrement(ref _running);
        }
    }

    private void Work()
    {
        Action<int> body = _body!;
        int count = _taskCount;
        try
        {
            for (int task = Interlocked.Increment(ref _next) - 1; task < count; task = Interlocked.Increment(ref _next) - 1)
                body(task);
        }
        catch (Exception failure)
        {
            Interlocked.CompareExchange(ref _failure, failure, null);
            Volatile.Write(ref _next, count);
        }
    }
}
