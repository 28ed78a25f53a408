using Qwem.Reports;
using Spectre.Console;

namespace Qwem.Cli;

/// <summary>Shows what a long job is doing and how far it is, on standard error; a line per stage where that is not a terminal; nothing with -q.</summary>
internal sealed class StageDisplay
{
    private readonly Lock _gate = new();
    private readonly bool _lines;
    private readonly Queue<string> _said = [];
    private string _stage = "starting";
    private double _fraction;

    private StageDisplay(bool lines) => _lines = lines;

    /// <summary>Runs a job on another thread (so that Ctrl-C can reach it) while its stages are shown.</summary>
    public static async Task<T> RunAsync<T>(Func<StageDisplay, T> job)
    {
        StageDisplay display = new(Notices.HasLines);
        Task<T> running = Task.Run(() => job(display));
        if (Notices.HasBars) await display.DrawAsync(running).ConfigureAwait(false);
        return await running.ConfigureAwait(false);
    }

    /// <summary>Stores the stage and how far it has come; may be called from any thread.</summary>
    public void Set(string stage, long done, long total) => Set(stage, (double)done / Math.Max(1, total));

    /// <summary>Stores the stage and the fraction done of it; may be called from any thread.</summary>
    public void Set(string stage, double fraction)
    {
        lock (_gate)
        {
            if (_lines && stage != _stage) Console.Error.WriteLine(stage);
            _stage = stage;
            _fraction = fraction;
        }
    }

    /// <summary>Prints a claim's outcomes and answer above the stages; may be called from any thread.</summary>
    public void Tell(Section section)
    {
        string line = $"{Tables.outcomes(section.Verdicts)}  {Rich.spoken(section.Title)}: {Rich.spoken(section.Answer)}";
        lock (_gate)
        {
            if (_lines) Console.Error.WriteLine(line);
            else if (Notices.HasBars) _said.Enqueue(line);
        }
    }

    private (string Stage, double Fraction, string[] Said) Current()
    {
        lock (_gate)
        {
            string[] said = [.. _said];
            _said.Clear();
            return (_stage, _fraction, said);
        }
    }

    private Task DrawAsync(Task running)
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        return console.Progress().AutoClear(true).StartAsync(async context =>
        {
            ProgressTask? bar = null;
            string shown = "";
            bool ended = false;
            while (!ended)
            {
                ended = await Task.WhenAny(running, Task.Delay(100)).ConfigureAwait(false) == running;
                (string stage, double fraction, string[] said) = Current();
                foreach (string line in said) console.WriteLine(line);
                if (bar is null || stage != shown)
                {
                    if (bar is not null) bar.Value = 1;
                    bar = context.AddTask(Markup.Escape(stage), maxValue: 1);
                    shown = stage;
                }
                bar.Value = fraction;
            }
        });
    }
}
