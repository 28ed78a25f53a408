using System.Text;
using Microsoft.FSharp.Core;
using Qwem.Reports;
using Qwem.Sim.Cooccurrence;
using Qwem.Sim.IO;

namespace Qwem.Cli;

/// <summary>Refreshes the generated region of a hand-written page.</summary>
internal static class PageUpdate
{
    /// <summary>Refuses a page that is missing or has no such region.</summary>
    public static void Check(string page, string region) => Refreshed(page, region, "");

    /// <summary>Replaces the region; the page is written whole or not at all.</summary>
    public static void Write(string page, string region, string content)
    {
        byte[] text = Encoding.UTF8.GetBytes(Refreshed(page, region, content));
        AtomicFile.Write(page, stream => stream.Write(text));
    }

    private static string Refreshed(string page, string region, string content)
    {
        if (!File.Exists(page)) throw new UsageException($"The page '{page}' does not exist; name the Markdown file to update.");
        FSharpResult<string, string> result = Refresh.refreshBetweenMarkers(File.ReadAllText(page), region, content);
        return result.IsOk ? result.ResultValue : throw new UsageException($"The page '{page}' cannot be updated: {result.ErrorValue}");
    }
}
