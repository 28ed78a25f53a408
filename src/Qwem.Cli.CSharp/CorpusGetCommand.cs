using System.CommandLine;
using Qwem.Cli.Download;
using Qwem.Sim.Corpora;
using Qwem.Sim.Threading;

namespace Qwem.Cli;

/// <summary><c>qwem corpus get</c>: fetches a public corpus or word list and checks it.</summary>
internal static class CorpusGetCommand
{
    private static readonly string Help =
        "Fetch a public file over HTTPS and check it against its known checksum.\n\n" +
        string.Concat(PublicFile.All.Select(file => $"  {file.Name,-16} {file.Description}\n")) + "\n" +
        "The file goes to the folder of --output, else to the folder that the environment variable QWEM_DATA names, else to the user's data folder. An " +
        "interrupted download is continued by the next one; a file that is there already is only checked.\n\n" +
        "Example:\n  qwem corpus get text8 -o data && qwem corpus prepare data/text8.zip -o text8.qtok";

    /// <summary>Builds the command.</summary>
    public static Command Create()
    {
        Argument<string> name = new("NAME") { Description = string.Join(" or ", PublicFile.All.Select(file => file.Name)) + "." };
        name.Validators.Add(result =>
        {
            string text = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
            if (PublicFile.Named(text) is null) result.AddError($"There is no public file '{text}'; give {string.Join(" or ", PublicFile.All.Select(file => file.Name))}");
        });
        Option<string?> folder = new("--output", "-o") { Description = "Folder to put the file in; created if missing [default: the folder of QWEM_DATA, or the user's data folder]", HelpName = "folder" };
        Command command = new("get", Help) { name, folder };
        command.SetAction((parsed, cancellation) =>
            RunAsync(PublicFile.Named(parsed.GetRequiredValue(name))!, parsed.GetValue(folder) ?? DataFolder.Path, cancellation));
        return command;
    }

    private static async Task<int> RunAsync(PublicFile file, string folder, CancellationToken cancellation)
    {
        string path = await ProgressDisplay.RunAsync(
            ["fetching " + file.Name],
            display => new Downloader().Get(file, folder, new Relay<WorkProgress>(p => display.Set(0, p.Done, p.Total)), cancellation)).ConfigureAwait(false);
        Console.Out.WriteLine(path);
        return ExitCodes.Success;
    }
}
