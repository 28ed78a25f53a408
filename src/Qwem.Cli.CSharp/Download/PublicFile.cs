using System.IO.Compression;
using System.Security.Cryptography;

namespace Qwem.Cli.Download;

/// <summary>A public file that can be fetched, with what is known of its content.</summary>
internal sealed class PublicFile
{
    private readonly Func<string, bool> _isRight;

    internal PublicFile(string name, string description, Uri address, string fileName, Func<string, bool> isRight)
    {
        Name = name;
        Description = description;
        Address = address;
        FileName = fileName;
        _isRight = isRight;
    }

    /// <summary>The files that can be fetched.</summary>
    public static IReadOnlyList<PublicFile> All { get; } =
    [
        new(
            "text8",
            "100,000,000 bytes (17,005,207 words) of English Wikipedia, cleaned by Matt Mahoney; zip, 31 MB",
            new Uri("https://mattmahoney.net/dc/text8.zip"),
            "text8.zip",
            path => UnpackedMd5(path) == "3bea1919949baf155f99411df5fada7e"),
        new(
            "questions-words",
            "19,544 analogy questions of Mikolov et al. 2013; text, 0.6 MB",
            new Uri("https://raw.githubusercontent.com/tmikolov/word2vec/master/questions-words.txt"),
            "questions-words.txt",
            path => Sha256(path) == "8c29b3332afc46f3fb8be04cb5297bf96f39aa7131272dff57869b4485b22a36"),
    ];

    /// <summary>Its name on the command line.</summary>
    public string Name { get; }

    /// <summary>What it is, its size and its packing.</summary>
    public string Description { get; }

    /// <summary>Where it is published.</summary>
    public Uri Address { get; }

    /// <summary>Its name on the disk.</summary>
    public string FileName { get; }

    /// <summary>The file of a name, or null.</summary>
    /// <param name="name">A <see cref="Name"/>.</param>
    public static PublicFile? Named(string name) => All.FirstOrDefault(file => file.Name == name);

    /// <summary>Whether a file on the disk has the content that is known.</summary>
    /// <param name="path">Its path.</param>
    /// <exception cref="IOException">The file is missing or the disk fails.</exception>
    public bool IsRight(string path) => _isRight(path);

    /// <summary>SHA-256 of a file in lower-case hexadecimal digits.</summary>
    internal static string Sha256(string path)
    {
        using FileStream file = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(file));
    }

    /// <summary>MD5 of the only entry of a zip file: the publisher states the checksum of the text, and it is compared to detect accidents, not attacks.</summary>
    private static string UnpackedMd5(string path)
    {
        try
        {
            using ZipArchive archive = ZipFile.OpenRead(path);
            if (archive.Entries.Count != 1) return "";
            using Stream text = archive.Entries[0].Open();
#pragma warning disable CA5351 // The known checksum is MD5; it guards against accidents.
            return Convert.ToHexStringLower(MD5.HashData(text));
#pragma warning restore CA5351
        }
        catch (InvalidDataException)
        {
            return "";
        }
    }
}
