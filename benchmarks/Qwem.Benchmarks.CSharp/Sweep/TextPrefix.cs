using System.IO.Compression;
using System.Text;

namespace Qwem.Benchmarks.Sweep;

/// <summary>A growing prefix of a text of one article a line, unpacked into a file.</summary>
internal sealed class TextPrefix : IDisposable
{
    private readonly StreamReader _text;
    private readonly string _path;
    private readonly long _whole;
    private long _written;

    /// <summary>An empty prefix of a gzip file of one member, below 4 GB when unpacked.</summary>
    public TextPrefix(string gzip, string path)
    {
        _path = path;
        FileStream packed = File.OpenRead(gzip);
        // The last four bytes of a member are its unpacked length.
        packed.Seek(-4, SeekOrigin.End);
        Span<byte> length = stackalloc byte[4];
        packed.ReadExactly(length);
        _whole = BitConverter.ToUInt32(length);
        packed.Position = 0;
        _text = new StreamReader(new GZipStream(packed, CompressionMode.Decompress), Encoding.ASCII, false, 1 << 20);
    }

    /// <summary>Words of the prefix.</summary>
    public long Words { get; private set; }

    /// <summary>Appends whole articles up to a share of the text.</summary>
    public void ExtendTo(double share)
    {
        using StreamWriter file = new(_path, append: true, Encoding.ASCII, 1 << 20);
        while (_written < share * _whole && _text.ReadLine() is string line)
        {
            file.Write(line);
            file.Write('\n');
            _written += line.Length + 1;
            bool isInside = false;
            foreach (char letter in line)
            {
                if (letter != ' ' && !isInside) Words++;
                isInside = letter != ' ';
            }
        }
    }

    public void Dispose() => _text.Dispose();
}
