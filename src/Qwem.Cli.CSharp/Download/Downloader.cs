using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using Qwem.Sim.Corpora;
using Qwem.Sim.Threading;

namespace Qwem.Cli.Download;

/// <summary>Fetches files over the network; what has arrived stays on the disk, so that the next attempt continues there.</summary>
/// <remarks>
/// Until it is whole and checked a file lies beside its place under the name <c>.NAME.part</c>; a file of the final name is always the
/// right one. A broken connection is retried a few times; a silent one is given up.
/// </remarks>
internal sealed class Downloader
{
    private const int Attempts = 5;

    /// <summary>How long to wait for data.</summary>
    internal TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long to wait before a broken connection is retried.</summary>
    internal TimeSpan Pause { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Fetches a file into a folder, unless it is there, and returns its path.</summary>
    /// <param name="file">What to fetch.</param>
    /// <param name="folder">Where to; created if missing.</param>
    /// <param name="progress">Receives the bytes on the disk; or null.</param>
    /// <param name="cancellation">Ends the download early; what has arrived stays.</param>
    /// <exception cref="DownloadException">There is no network, the server refuses, or what came is not the expected file.</exception>
    /// <exception cref="IOException">The folder cannot be made or the disk fails.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder cannot be written.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public string Get(PublicFile file, string folder, IProgress<WorkProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(file);
        ArgumentException.ThrowIfNullOrEmpty(folder);
        Directory.CreateDirectory(folder);
        string path = Path.Combine(folder, file.FileName);
        if (File.Exists(path) && file.IsRight(path)) return path;
        string part = Path.Combine(folder, $".{file.FileName}.part");
        using SocketsHttpHandler handler = new() { ConnectTimeout = TimeSpan.FromSeconds(30) };
        using HttpClient client = new(handler) { Timeout = Timeout.InfiniteTimeSpan };
        for (int attempt = 1; !TryFetch(client, file, part, attempt, progress, cancellation); attempt++)
        {
            if (cancellation.WaitHandle.WaitOne(Pause)) cancellation.ThrowIfCancellationRequested();
        }
        if (!file.IsRight(part))
        {
            File.Delete(part);
            throw new DownloadException(
                $"What {file.Address} sent is not the expected {file.FileName} (its checksum differs), and it was removed; try again later, or fetch the file elsewhere.");
        }
        File.Move(part, path, overwrite: true);
        return path;
    }

    private bool TryFetch(
        HttpClient client, PublicFile file, string part, int attempt, IProgress<WorkProgress>? progress, CancellationToken cancellation)
    {
        using CancellationTokenSource silence = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        try
        {
            silence.CancelAfter(Patience);
            return Fetch(client, file, part, progress, silence);
        }
        catch (Exception failure) when (!cancellation.IsCancellationRequested
            && failure is HttpRequestException or HttpIOException or SocketException or OperationCanceledException)
        {
            if (failure is HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError })
                throw new DownloadException($"There is no network, or {file.Address.Host} is not known to it; connect, or fetch {file.Address} elsewhere and put it in the folder.", failure);
            if (attempt < Attempts) return false;
            string reason = failure is OperationCanceledException ? $"nothing arrived for {Patience.TotalSeconds:F0} s" : failure.Message.TrimEnd('.').ReplaceLineEndings(" ");
            throw new DownloadException($"Fetching {file.Address} failed {Attempts} times ({reason}); check the network and run the command again, which continues where this one ended.", failure);
        }
    }

    private bool Fetch(HttpClient client, PublicFile file, string part, IProgress<WorkProgress>? progress, CancellationTokenSource silence)
    {
        using FileStream target = new(part, FileMode.OpenOrCreate, FileAccess.Write, FileShare.None);
        long present = target.Length;
        using HttpRequestMessage request = new(HttpMethod.Get, file.Address);
        if (present > 0) request.Headers.Range = new RangeHeaderValue(present, null);
        using HttpResponseMessage response = client.Send(request, HttpCompletionOption.ResponseHeadersRead, silence.Token);
        if (response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable)
        {
            // The part is as long as the file, or longer: whole, or to be fetched anew.
            if (response.Content.Headers.ContentRange?.Length == present) return true;
            target.SetLength(0);
            return false;
        }
        if (!response.IsSuccessStatusCode)
        {
            if ((int)response.StatusCode >= 500) throw new HttpRequestException($"the server answered {(int)response.StatusCode}");
            throw new DownloadException(
                $"The server answered {(int)response.StatusCode} ({response.ReasonPhrase}) to {file.Address}; the file has moved: fetch it elsewhere and put it in the folder.");
        }
        bool continues = response.StatusCode == HttpStatusCode.PartialContent && response.Content.Headers.ContentRange?.From == present;
        // A server without ranges sends everything again.
        if (!continues) target.SetLength(0);
        target.Position = target.Length;
        long total = response.Content.Headers.ContentLength is long length ? target.Length + length : 0;
        Copy(response.Content.ReadAsStream(silence.Token), target, total, progress, silence);
        return total == 0 || target.Length == total;
    }

    private void Copy(Stream source, FileStream target, long total, IProgress<WorkProgress>? progress, CancellationTokenSource silence)
    {
        byte[] buffer = new byte[1 << 16];
        while (true)
        {
            silence.CancelAfter(Patience);
            // Only an asynchronous read can be cancelled.
            int read = Receive(source, buffer, silence.Token);
            if (read == 0) return;
            target.Write(buffer, 0, read);
            progress?.Report(new WorkProgress(target.Position, total));
        }
    }

    /// <summary>Reads what has arrived; a connection that was reset raises the same <see cref="IOException"/> as a full disk and is distinguished from it.</summary>
    private static int Receive(Stream source, byte[] buffer, CancellationToken cancellation)
    {
        try
        {
            return source.ReadAsync(buffer, cancellation).AsTask().GetAwaiter().GetResult();
        }
        catch (IOException failure) when (failure is not HttpIOException)
        {
            throw new HttpIOException(HttpRequestError.ConnectionError, failure.Message, failure);
        }
    }
}
