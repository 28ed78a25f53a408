namespace Qwem.Cli.Download;

/// <summary>Where fetched files are kept.</summary>
internal static class DataFolder
{
    /// <summary>The environment variable that names the folder.</summary>
    public const string Variable = "QWEM_DATA";

    /// <summary>What <see cref="Variable"/> says, or <c>qwem</c> in the user's data folder.</summary>
    public static string Path
    {
        get
        {
            string? named = Environment.GetEnvironmentVariable(Variable);
            if (!string.IsNullOrWhiteSpace(named)) return named;
            string user = Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify);
            return System.IO.Path.Combine(user.Length > 0 ? user : ".", "qwem");
        }
    }
}
