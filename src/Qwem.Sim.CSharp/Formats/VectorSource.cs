using System.Text;
using Qwem.Sim.IO;

namespace Qwem.Sim.Formats;

/// <summary>The bytes of a vectors file in pieces, with the place of the next one; every failure is a <see cref="FileFormatException"/>.</summary>
internal sealed class VectorSource : IDisposable
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly FileStream _file;
    private byte[] _buffer = new byte[1 << 20];
    private int _start, _end;

    private VectorSource(string path, FileStream file)
    {
        Path = path;
        _file = file;
        Length = file.Length;
    }

    /// <summary>The path as it was given.</summary>
    public string Path { get; }

    /// <summary>Length of the file, in bytes.</summary>
    public long Length { get; }

    /// <summary>Bytes taken so far: the offset of the next byte.</summary>
    public long Offset { get; private set; }

    /// <summary>Lines taken so far.</summary>
    public long Lines { get; private set; }

    /// <summary>Opens a file.</summary>
    /// <exception cref="FileFormatException">The file is missing, a folder, empty or unreadable.</exception>
    public static VectorSource Open(string path)
    {
        if (string.IsNullOrWhiteSpace(path)) throw new FileFormatException("A file of vectors has an empty name; give the path of a file.");
        if (Directory.Exists(path)) throw new FileFormatException($"The vectors '{path}' are a folder; give the path of a file.");
        if (!File.Exists(path)) throw new FileFormatException($"The vectors file '{path}' does not exist; check the path.");
        try
        {
            VectorSource source = new(path, new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 0, FileOptions.SequentialScan));
            if (source.Length > 0) return source;
            source.Dispose();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new FileFormatException($"The vectors file '{path}' cannot be read ({Reason(failure)}); check its permissions and the disk.", failure);
        }
        throw new FileFormatException($"The vectors file '{path}' is empty; fetch or make it again.");
    }

    /// <summary>Takes the bytes up to a mark, the mark excluded from them but taken too; false at the end of the file, with what is left.</summary>
    public bool TakeUntil(byte mark, out ReadOnlySpan<byte> taken)
    {
        int searched = 0;
        while (true)
        {
            int found = _buffer.AsSpan(_start + searched, _end - _start - searched).IndexOf(mark);
            if (found >= 0)
            {
                taken = Advance(searched + found);
                Advance(1);
                return true;
            }
            searched = _end - _start;
            if (!More())
            {
                taken = Advance(searched);
                return false;
            }
        }
    }

    /// <summary>Takes the next line without its end (\n or \r\n); false when there is none.</summary>
    public bool TakeLine(out ReadOnlySpan<byte> line)
    {
        bool ended = TakeUntil((byte)'\n', out line);
        if (!ended && line.Length == 0) return false;
        if (line.EndsWith("\r"u8)) line = line[..^1];
        Lines++;
        return true;
    }

    /// <summary>Takes a number of bytes; fewer only at the end of the file.</summary>
    public ReadOnlySpan<byte> Take(int count)
    {
        while (_end - _start < count && More())
        {
        }
        return Advance(Math.Min(count, _end - _start));
    }

    /// <summary>Takes one line feed if it comes next.</summary>
    public void SkipLineFeed()
    {
        if (_start == _end) More();
        if (_start < _end && _buffer[_start] == '\n') Advance(1);
    }

    /// <summary>True when no byte is left.</summary>
    public bool AtEnd => _start == _end && !More();

    /// <summary>Bytes as text.</summary>
    /// <exception cref="FileFormatException">They are not UTF-8.</exception>
    public string Text(ReadOnlySpan<byte> bytes, string place)
    {
        try
        {
            return Strict.GetString(bytes);
        }
        catch (DecoderFallbackException failure)
        {
            throw new FileFormatException($"The word in {place} of '{Path}' is not UTF-8 text; convert the file.", failure);
        }
    }

    public void Dispose() => _file.Dispose();

    private ReadOnlySpan<byte> Advance(int count)
    {
        ReadOnlySpan<byte> taken = _buffer.AsSpan(_start, count);
        _start += count;
        Offset += count;
        return taken;
    }

    /// <summary>Reads on behind what has not been taken; false at the end of the file.</summary>
    private bool More()
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
        }
        if (_end == _buffer.Length) Array.Resize(ref _buffer, checked((int)Math.Min(Array.MaxLength, 2L * _buffer.Length)));
        try
        {
            int read = _file.Read(_buffer, _end, _buffer.Length - _end);
            _end += read;
            return read > 0;
        }
        catch (IOException failure)
        {
            throw new FileFormatException($"Reading '{Path}' failed after {Offset} bytes ({Reason(failure)}); check the disk.", failure);
        }
    }

    private static string Reason(Exception failure) => failure.Message.TrimEnd('.').ReplaceLineEndings(" ");
}
