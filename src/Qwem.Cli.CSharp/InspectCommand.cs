using System.CommandLine;
using Qwem.Sim.Cooccurrence;
using Qwem.Sim.IO;

namespace Qwem.Cli;

/// <summary><c>qwem inspect</c>: describes a file.</summary>
internal static class InspectCommand
{
    private const string Help =
        "Describe a file that qwem wrote, after checking every byte of it.\n\n" +
        "For counts (.qcooc): the convention, V, tokens, distinct pairs, the sum of all counts, the share of positive entries, Z of " +
        "subsampling by inverse frequency (1 where it changes no target), how far the pairs' marginals are from the word frequencies, the " +
        "most frequent words, which shards a partial file holds, and the hash that identifies the content. " +
        "For a prepared corpus (.qtok): the convention, words, types, documents and the most frequent words. For a NumPy archive (.npz): the " +
        "arrays with their shapes and first entries, and the settings that made it.\n\n" +
        "Examples:\n" +
        "  qwem inspect enwiki-V1000-L48.qcooc\n" +
        "  qwem inspect enwiki-V1000-L48.qcooc --json\n" +
        "  qwem inspect enwiki.qtok\n" +
        "  qwem inspect spectrum.npz";

    /// <summary>The kinds of file that can be described.</summary>
    private static readonly FileKind[] s_kinds = [CountsDescription.Kind, CorpusDescription.Kind, ArchiveDescription.Kind];

    /// <summary>Builds the command.</summary>
    public static Command Create()
    {
        Argument<string> input = new("FILE") { Description = "The file." };
        Option<bool> json = new("--json") { Description = "Print one JSON document instead of text." };
        Command command = new("inspect", Help) { input, json };
        command.SetAction(async (parsed, cancellation) =>
        {
            string path = parsed.GetRequiredValue(input);
            // Opening a pipe blocks until it has a writer; this wait can be cancelled.
            FileKind kind = await Task.Run(() => KindOf(path), CancellationToken.None).WaitAsync(cancellation).ConfigureAwait(false);
            Description description = await Task.Run(() => kind.Describe(path, cancellation), cancellation).ConfigureAwait(false);
            Console.Out.WriteLine(parsed.GetValue(json) ? description.ToJson() : description.ToText());
            return ExitCodes.Success;
        });
        return command;
    }

    private static FileKind KindOf(string path)
    {
        if (!File.Exists(path))
            throw new FileFormatException($"The file '{path}' {(Directory.Exists(path) ? "is a folder" : "does not exist")}; give a file that qwem wrote.");
        byte[] first = new byte[s_kinds.Max(kind => kind.Magic.Length)];
        using FileStream file = File.OpenRead(path);
        if (!file.CanSeek) throw new FileFormatException($"The file '{path}' is a pipe, which can be read only once; save its content to a file and give that.");
        int length = file.ReadAtLeast(first, first.Length, throwOnEndOfStream: false);
        return s_kinds.FirstOrDefault(kind => first.AsSpan(0, length).StartsWith(kind.Magic))
            ?? throw new FileFormatException(
                $"The first bytes of '{path}' are those of no kind of file that qwem describes, which are {string.Join(", ", s_kinds.Select(kind => kind.Name))}.");
    }
}
