using Spectre.Console;

namespace Qwem.Cli;

/// <summary>Shows the stages of a job as bars on standard error; silent where that is not a terminal, and with -q.</summary>
/// <remarks>The job only stores numbers; one loop draws them, because the bars are not thread-safe.</remarks>
internal sealed class ProgressDisplay
{
    private readonly string[] _stages;
    private readonly long[] _done;
    private readonly long[] _total;

    private ProgressDisplay(string[] stages)
    {
        _stages = stages;
        _done = new long[stages.Length];
        _total = new long[stages.Length];
    }

    /// <summary>Runs a job on another thread (so that Ctrl-C can reach it) while its stages are shown.</summary>
    public static async Task<T> RunAsync<T>(string[] stages, Func<ProgressDisplay, T> job)
    {
        ProgressDisplay display = new(stages);
        Task<T> running = Task.Run(() => job(display));
        if (Notices.HasBars) await display.DrawAsync(running).ConfigureAwait(false);
        return await running.ConfigureAwait(false);
    }

    /// <summary>Stores how far a stage, by its name, has come; may be called from any thread.</summary>
    public void Set(string stage, long done, long total) => Set(Array.IndexOf(_stages, stage), done, total);

    /// <summary>Stores how far a stage has come; may be called from any thread.</summary>
    public void Set(int stage, long done, long total)
    {
        Volatile.Write(ref _total[stage], total);
        long known = Volatile.Read(ref _done[stage]);
        while (done > known)
        {
            long seen = Interlocked.CompareExchange(ref _done[stage], done, known);
            if (seen == known) break;
            known = seen;
        }
    }

    private Task DrawAsync(Task running)
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        return console.Progress().AutoClear(true).StartAsync(async context =>
        {
            ProgressTask[] bars = [.. _stages.Select(stage => context.AddTask(stage))];
            bool ended = false;
            while (!ended)
            {
                ended = await Task.WhenAny(running, Task.Delay(100)).ConfigureAwait(false) == running;
                for (int stage = 0; stage < bars.Length; stage++)
                {
                    bars[stage].MaxValue = Math.Max(1, Volatile.Read(ref _total[stage]));
                    bars[stage].Value = Volatile.Read(ref _done[stage]);
                }
            }
        });
    }
}
