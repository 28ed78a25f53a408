using System.Runtime.ExceptionServices;

namespace Qwem.Sim.Threading;

/// <summary>A fixed team of threads that runs many small parallel loops without allocating.</summary>
/// <remarks>
/// The caller is a member of the team and takes tasks like the others, so a loop never waits for a thread that the system
/// has not woken: it ends when the last task does. Tasks are handed out by a shared ticket, so which thread runs a task is
/// not determined; a body must therefore write only to what its task index owns. Then results do not depend on
/// <see cref="Size"/>. While a loop of another thread has the team, a caller runs its own loop alone, with the same results. A body cannot
/// start a loop of its own team: a team of any size refuses it. A team of one has no threads of its own and need not be disposed.
/// </remarks>
public sealed class WorkerTeam : IDisposable
{
    private const int Spins = 100, SpinLength = 20;

    /// <summary>Task index of a loop that hands out no more tasks.</summary>
    private const int Closed = int.MaxValue;

    /// <summary>The team one of whose loops this thread takes part in, or whose thread it is.</summary>
    [ThreadStatic]
    private static WorkerTeam? s_employer;

    private readonly Thread[] _helpers;
    private readonly SemaphoreSlim _wake = new(0);
    private readonly Lock _gate = new(), _failing = new();
    private Action<int>? _body;
    private ExceptionDispatchInfo? _failure;
    private int _taskCount, _finished, _failedTask;

    // Number of the loop in the high half, next task in the low half: a thread that wakes late cannot take a task of a later loop
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
    /// <exception cref="InvalidOperationException">A task of the team calls this: loops of one team cannot be nested.</exception>
    /// <remarks>
    /// What a body throws is thrown here as it is, on a team of any size: of several failures that of the lowest task. Tasks that were not yet started
    /// are skipped.
    /// </remarks>
    public void Run(int taskCount, Action<int> body)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ArgumentNullException.ThrowIfNull(body);
        if (_gate.IsHeldByCurrentThread || s_employer == this)
            throw new InvalidOperationException("A task cannot start another loop of the team that runs it; run the inner loop in the task itself, or on another team.");
        WorkerTeam? employer = s_employer;
        s_employer = this;
        bool isFree = Size > 1 && taskCount > 1 && _gate.TryEnter();
        try
        {
            if (!isFree)
            {
                for (int i = 0; i < taskCount; i++) body(i);
                return;
            }
            int loop = LoopOf(Volatile.Read(ref _ticket)) + 1;
            _body = body;
            _taskCount = taskCount;
            (_failure, _failedTask) = (null, int.MaxValue);
            Volatile.Write(ref _finished, 0);
            Volatile.Write(ref _ticket, Ticket(loop, 0));
            int asleep = Math.Min(_helpers.Length, taskCount - 1) - _wake.CurrentCount;
            if (asleep > 0) _wake.Release(asleep);
            Work();
            SpinWait spinner = default;
            while (Volatile.Read(ref _finished) < taskCount) spinner.SpinOnce(sleep1Threshold: -1);
            Volatile.Write(ref _ticket, Ticket(loop, Closed));
            _body = null;
            _failure?.Throw();
        }
        finally
        {
            s_employer = employer;
            if (isFree) _gate.Exit();
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
        s_employer = this;
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
                // Tasks are handed out in order, so all those below the failed one have been started and are finished: the lowest failure is found.
                if (task < Volatile.Read(ref _failedTask)) body(task);
            }
            catch (Exception failure)
            {
                lock (_failing)
                {
                    if (task < _failedTask) (_failure, _failedTask) = (ExceptionDispatchInfo.Capture(failure), task);
                }
            }
            Interlocked.Increment(ref _finished);
        }
    }
}
