using System.Runtime.InteropServices;

namespace Qwem.Cli;

/// <summary>Turns the first Ctrl-C or termination signal into a cancellation; a second one ends the process at once.</summary>
/// <remarks>
/// A blocking system call, such as opening a pipe that has no writer, does not check a token. A command that does not end within some seconds
/// of the signal is therefore abandoned: files are written whole or not at all, so that only a temporary file may remain, which the next
/// run removes. A command that is saving its state (<see cref="WhileSaving"/>) is waited for.
/// </remarks>
internal sealed class Interruption : IDisposable
{
    /// <summary>How long a command may take to end after the signal.</summary>
    private static readonly TimeSpan s_gracePeriod = TimeSpan.FromSeconds(5);

    private static int s_saving;

    private readonly TaskCompletionSource _signalled = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _source = new();
    private readonly PosixSignalRegistration _interrupt;
    private readonly PosixSignalRegistration _terminate;

    /// <summary>Installs the handlers.</summary>
    public Interruption()
    {
        _interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Handle);
        _terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Handle);
    }

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>Runs a job that saves its state after a signal, however long that takes.</summary>
    public static T WhileSaving<T>(Func<T> job)
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
            if (await Task.WhenAny(command, Task.Delay(s_gracePeriod)).ConfigureAwait(false) == command) return true;
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
