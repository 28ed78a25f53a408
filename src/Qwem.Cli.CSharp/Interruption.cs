using System.Runtime.InteropServices;

namespace Qwem.Cli;

/// <summary>Turns the first Ctrl-C or termination signal into a cancellation; a second one ends the process at once.</summary>
/// <remarks>
/// A system call that blocks, such as opening a pipe that nobody writes, does not look at a token. So a command that does not end soon after
/// the signal is left where it stands: files are written whole or not at all, so nothing is lost but a temporary file, which the next
/// run removes. Only what saves its state at the end (<see cref="WithoutHaste"/>) is waited for.
/// </remarks>
internal sealed class Interruption : IDisposable
{
    /// <summary>How long a command may take to end after the signal.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);

    private static int s_saving;

    private readonly TaskCompletionSource _signalled = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _source = new();
    private readonly PosixSignalRegistration _interrupt;
    private readonly PosixSignalRegistration _terminate;

    /// <summary>Listens from now on.</summary>
    public Interruption()
    {
        _interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Handle);
        _terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Handle);
    }

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>Runs what may need long after a signal, because it saves its state then.</summary>
    public static T WithoutHaste<T>(Func<T> job)
    {
        Interlocked.Increment(ref s_saving);
        try
        {
            return job();
        }
        finally
        {
            Interlocked.Decrement(ref s_saving);
        }
    }

    /// <summary>Waits for a command; false when it has not ended some time after a signal.</summary>
    public async Task<bool> EndsAsync(Task command)
    {
        if (await Task.WhenAny(command, _signalled.Task).ConfigureAwait(false) == command) return true;
        do
        {
            if (await Task.WhenAny(command, Task.Delay(s_patience)).ConfigureAwait(false) == command) return true;
        }
        while (Volatile.Read(ref s_saving) > 0);
        return false;
    }

    public void Dispose()
    {
        _interrupt.Dispose();
        _terminate.Dispose();
        _source.Dispose();
    }

    private void Handle(PosixSignalContext context)
    {
        if (_source.IsCancellationRequested) return;
        context.Cancel = true;
        _signalled.TrySetResult();
        _source.Cancel();
    }
}
