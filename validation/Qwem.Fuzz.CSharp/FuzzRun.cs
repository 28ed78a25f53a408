using System.Diagnostics;

namespace Qwem.Fuzz;

/// <summary>Runs cases on all processors, counts how they end, and watches for those that do not.</summary>
internal sealed class FuzzRun(IReadOnlyList<FuzzTarget> targets, ulong seed, string folder) : IDisposable
{
    /// <summary>Bytes that one case may allocate on its thread; the inputs are below a megabyte.</summary>
    private const long MostBytesOfCase = 64 << 20;

    /// <summary>Resident set of the whole process.</summary>
    private const long MostBytesOfProcess = 4L << 30;

    // Far longer than any case takes, even where others keep the processors busy.
    private static readonly TimeSpan s_longestCase = TimeSpan.FromSeconds(60);

    private readonly long[,] _outcomes = new long[targets.Count, Enum.GetValues<FuzzOutcome>().Length];
    private readonly Worker[] _workers = [.. Enumerable.Range(0, Environment.ProcessorCount).Select(k => new Worker(Path.Combine(folder, $"{k}")))];
    private long _next;
    private long _done;
    private bool _isStuck;

    /// <summary>Cases that have ended.</summary>
    public long Done => Volatile.Read(ref _done);

    /// <summary>The number of the first failed case, or null.</summary>
    public long? FailedCase { get; private set; }

    /// <summary>How it failed.</summary>
    public string Failure { get; private set; } = "";

    /// <summary>Cases of a target that ended so.</summary>
    public long Count(int target, FuzzOutcome outcome) => _outcomes[target, (int)outcome];

    /// <summary>Runs the cases <paramref name="first"/> .. <paramref name="end"/> - 1, or until one fails.</summary>
    /// <param name="report">Receives the cases done, now and then; returns false to end the run.</param>
    public void Execute(long first, long end, Func<long, bool> report)
    {
        _next = first;
        Thread[] threads = [.. _workers.Select(worker => new Thread(() => Work(worker, end)) { IsBackground = true })];
        Array.ForEach(threads, thread => thread.Start());
        while (!threads.All(thread => thread.Join(TimeSpan.FromMilliseconds(250))))
        {
            if (!report(Done)) Volatile.Write(ref _next, end);
            if (Watched() is not (Worker worker, string failure)) continue;
            // The thread cannot be ended; the process will be.
            _isStuck = true;
            Fail(worker.Case, failure);
            return;
        }
    }

    public void Dispose()
    {
        // A team waits for its threads, and one that is stuck would never end.
        if (!_isStuck) Array.ForEach(_workers, worker => worker.Scratch.Dispose());
    }

    private (Worker Worker, string Failure)? Watched()
    {
        foreach (Worker worker in _workers)
        {
            long start = Volatile.Read(ref worker.Start);
            if (start > 0 && Stopwatch.GetElapsedTime(start) > s_longestCase) return (worker, $"The case has not ended after {s_longestCase.TotalSeconds} s.");
        }
        return Environment.WorkingSet > MostBytesOfProcess ? (_workers[0], $"The process takes more than {MostBytesOfProcess >> 30} GB; this case or one beside it.") : null;
    }

    private void Work(Worker worker, long end)
    {
        long number;
        while ((number = Interlocked.Increment(ref _next) - 1) < end)
        {
            worker.Case = number;
            Volatile.Write(ref worker.Start, Stopwatch.GetTimestamp());
            long before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                FuzzRandom random = new(seed, (ulong)number);
                int target = Target(random);
                FuzzOutcome outcome = targets[target].Run(random, worker.Scratch);
                Interlocked.Increment(ref _outcomes[target, (int)outcome]);
                long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
                if (allocated > MostBytesOfCase) throw new FuzzFailure($"The case allocated {allocated >> 20} MiB.");
            }
            catch (Exception failure)
            {
                Fail(number, failure.ToString());
                Volatile.Write(ref _next, end);
            }
            Volatile.Write(ref worker.Start, 0);
            Interlocked.Increment(ref _done);
        }
    }

    private int Target(FuzzRandom random)
    {
        int share = random.Below(targets.Sum(target => target.Share));
        int chosen = 0;
        while (share >= targets[chosen].Share) share -= targets[chosen++].Share;
        return chosen;
    }

    private void Fail(long number, string failure)
    {
        lock (_workers)
        {
            if (FailedCase < number) return;
            (FailedCase, Failure) = (number, failure);
        }
    }

    private sealed class Worker
    {
        public long Case;
        public long Start;

        public Worker(string folder) => Scratch = new FuzzScratch(Directory.CreateDirectory(folder).FullName);

        public FuzzScratch Scratch { get; }
    }
}
