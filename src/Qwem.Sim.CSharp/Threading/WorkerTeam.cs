namespace Qwem.Sim.Threading;

/// <summary>A fixed team of threads that runs many small parallel loops without allocating.</summary>
/// <remarks>
/// The caller is a member of the team and takes tasks like the others, so a loop never waits for a thread that the system
/// has not woken: it ends when the last task does. Tasks are handed out by a shared ticket, so which thread runs a task is
/// not determined; a body must therefore write only to what its task index owns. Then results do not depend on
/// <see cref="Size"/>. Not reentrant: a body must not call <see cref="Run"/> of its own team.
/// </remarks>
public sealed class WorkerTeam : IDisposable
{
    private const int Spins = 100, SpinLength = 20;

    /// <summary>Task index of a loop that hands out no more tasks.</summary>
    private const int Closed = int.MaxValue;

    private readonly Thread[] _helpers;
    private readonly SemaphoreSlim _wake = new(0);
    private readonly Lock _gate = new();
    private Action<int>? _body;
    private Exception? _failure;
    private int _taskCount, _finished;

    // Number of the loop in the high half, next task in the low half: a helper that wakes late cannot take a task of a later loop
    // with the body of an earlier one, for its claim compares both.
    private long _ticket = Ticket(0, Closed);
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
            _helpers[i] = new Thread(Help) { IsBackground = true, Name = "qwem worker " + (i + 1) };
            _helpers[i].Start();
        }
    }

    /// <summary>Members of the team, the calling thread included.</summary>
    public int Size { get; }

    /// <summary>Runs <paramref name="body"/> for every task index 0 .. <paramref name="taskCount"/> - 1 and returns when all are done.</summary>
    /// <param name="taskCount">Number of tasks.</param>
    /// <param name="body">Called once per task index, on any member of the team; keep the delegate to avoid allocation.</param>
    /// <exception cref="ObjectDisposedException">The team was disposed.</exception>
    /// <exception cref="AggregateException">A body of several tasks threw on a team of several; the tasks not yet started were skipped.</exception>
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
            int loop = LoopOf(Volatile.Read(ref _ticket)) + 1;
            _body = body;
            _taskCount = taskCount;
            _failure = null;
            Volatile.Write(ref _finished, 0);
            Volatile.Write(ref _ticket, Ticket(loop, 0));
            int asleep = Math.Min(_helpers.Length, taskCount - 1) - _wake.CurrentCount;
            if (asleep > 0) _wake.Release(asleep);
            Work();
            SpinWait spinner = default;
            while (Volatile.Read(ref _finished) < taskCount) spinner.SpinOnce(sleep1Threshold: -1);
            Volatile.Write(ref _ticket, Ticket(loop, Closed));
            _body = null;
            if (_failure is not null) throw new AggregateException(_failure);
        }
    }

    /// <summary>Ends the threads.</summary>
    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        if (_helpers.Length > 0) _wake.Release(_helpers.Length);
        foreach (Thread helper in _helpers) helper.Join();
        _wake.Dispose();
    }

    private static long Ticket(int loop, int task) => ((long)loop << 32) | (uint)task;

    private static int LoopOf(long ticket) => (int)(ticket >> 32);

    private void Help()
    {
        while (true)
        {
            // A short spin saves the wake-up latency between the back-to-back loops of one training step.
            for (int i = 0; i < Spins && _wake.CurrentCount == 0; i++) Thread.SpinWait(SpinLength);
            _wake.Wait();
            if (_disposed) return;
            Work();
        }
    }

    private void Work()
    {
        while (true)
        {
            long ticket = Volatile.Read(ref _ticket);
            Action<int>? body = _body;
            int task = (int)(uint)ticket;
            if (body is null || task >= _taskCount) return;
            // Success proves that the loop is still the one whose body was read: it ends only after its last task.
            if (Interlocked.CompareExchange(ref _ticket, ticket + 1, ticket) != ticket) continue;
            try
            {
                if (Volatile.Read(ref _failure) is null) body(task);
            }
            catch (Exception failure)
            {
                Interlocked.CompareExchange(ref _failure, failure, null);
            }
            Interlocked.Increment(ref _finished);
        }
    }
}
