using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Qwem.Sim.IO;
using Qwem.Sim.Threading;

namespace Qwem.Sim.Corpora;

/// <summary>Writes prepared corpora (<c>.qtok</c>): the same bytes for the same text and convention, on any number of threads.</summary>
public static class QtokWriter
{
    private const int UnitsPerBlock = QtokFormat.BlockLength / 2;

    /// <summary>Writes a file, as a whole or not at all.</summary>
    /// <param name="corpus">What to write.</param>
    /// <param name="path">Path of the file; an older file of that name is replaced.</param>
    /// <param name="progress">Receives the bytes of the file written so far, on the calling thread; or null.</param>
    /// <param name="cancellation">Ends the writing early.</param>
    /// <returns>The hash that identifies the corpus: SHA-256 in lower-case hexadecimal digits.</returns>
    /// <exception cref="IOException">The folder is missing, the path is a folder, or the disk fails.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder cannot be written.</exception>
    /// <exception cref="CorpusException">The words of the corpus take more than 2 GiB, or the prepared corpus it came from is damaged.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static string Write(
        ParsedCorpus corpus, string path, IProgress<WorkProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(corpus);
        byte[] vocabulary = Vocabulary(corpus.Types);
        string hash = "";
        AtomicFile.Write(path, file => hash = Write(corpus, vocabulary, file, progress, cancellation));
        return hash;
    }

    private static string Write(
        ParsedCorpus corpus, byte[] vocabulary, Stream file, IProgress<WorkProgress>? progress, CancellationToken cancellation)
    {
        // The checksums precede what they check, so that their number must be known first.
        long units = 0;
        foreach (ReadOnlyMemory<ushort> block in Blocks(corpus, cancellation)) units += block.Length;
        QtokHead head = new(corpus.TypeCount, vocabulary.Length, units, corpus.TotalTokens, corpus.DocumentCount, corpus.Convention);
        byte[] hashed = new byte[head.HashedLength];
        head.Write(hashed);
        Span<byte> checksums = hashed.AsSpan(QtokFormat.HeadLength);

        file.SetLength(head.UnitsStart);
        file.Position = head.VocabularyStart;
        file.Write(vocabulary);
        for (int start = 0; start < vocabulary.Length; start += QtokFormat.BlockLength)
        {
            SHA256.HashData(vocabulary.AsSpan(start, Math.Min(QtokFormat.BlockLength, vocabulary.Length - start)), checksums);
            checksums = checksums[QtokFormat.HashLength..];
        }
        file.Position = head.UnitsStart;
        foreach (ReadOnlyMemory<ushort> block in Blocks(corpus, cancellation))
        {
            ReadOnlySpan<byte> bytes = MemoryMarshal.AsBytes(block.Span);
            SHA256.HashData(bytes, checksums);
            checksums = checksums[QtokFormat.HashLength..];
            file.Write(bytes);
            progress?.Report(new WorkProgress(file.Position, head.FileLength));
        }
        file.Position = 0;
        using CheckedWriter front = new(file);
        front.Put(hashed);
        return Convert.ToHexStringLower(front.Seal());
    }

    /// <summary>The units with ranks for ids, in full blocks but the last; each is valid until the next is asked for.</summary>
    private static IEnumerable<ReadOnlyMemory<ushort>> Blocks(ParsedCorpus corpus, CancellationToken cancellation)
    {
        if (!BitConverter.IsLittleEndian) throw new PlatformNotSupportedException("Prepared corpora are written on little-endian machines only.");
        ushort[] block = new ushort[UnitsPerBlock];
        ushort[] scratch = [];
        int used = 0;
        bool openDocument = false;
        for (int piece = 0; piece < corpus.Pieces.Count; piece++)
        {
            cancellation.ThrowIfCancellationRequested();
            int[]? ranks = corpus.Pieces.Ranks(piece);
            int length = corpus.Pieces.Units(piece, ref scratch).Length;
            for (int place = 0; place < length;)
            {
                Fill(corpus.Pieces.Units(piece, ref scratch), ranks, block, ref place, ref used, ref openDocument);
                if (used < block.Length) continue;
                yield return block;
                used = 0;
            }
        }
        if (used > 0) yield return block.AsMemory(0, used);
    }

    /// <summary>Copies units until the piece ends or the block is full.</summary>
    private static void Fill(ReadOnlySpan<ushort> units, int[]? ranks, ushort[] block, ref int place, ref int used, ref bool openDocument)
    {
        while (place < units.Length && used < block.Length)
        {
            int unit = units[place];
            if (unit >= TokenUnits.EndIfBlank)
            {
                if (unit == TokenUnits.DocumentEnd && openDocument)
                {
                    block[used++] = TokenUnits.DocumentEnd;
                    openDocument = false;
                }
                place++;
                continue;
            }
            bool isLong = unit >= TokenUnits.FirstLongId;
            int id = isLong ? ((unit & 0x7FFF) << 16) | units[place + 1] : unit;
            int rank = ranks is null ? id : ranks[id];
            if (rank >= TokenUnits.FirstLongId)
            {
                if (used + 1 == block.Length)
                {
                    block[used++] = TokenUnits.Filler;
                    return;
                }
                block[used++] = (ushort)(TokenUnits.FirstLongId | (rank >> 16));
            }
            block[used++] = (ushort)rank;
            place += isLong ? 2 : 1;
            openDocument = true;
        }
    }

    private static byte[] Vocabulary(WordTypes types)
    {
        using MemoryStream content = new();
        try
        {
            for (int rank = 0; rank < types.Count; rank++)
            {
                ReadOnlySpan<byte> letters = types.Letters(rank);
                Varint.Write(content, (ulong)letters.Length);
                content.Write(letters);
                Varint.Write(content, (ulong)types.Counts[rank]);
            }
        }
        catch (IOException failure)
        {
            throw new CorpusException("The word types of the corpus take more than 2 GiB; split the text or normalise it first.", failure);
        }
        return content.ToArray();
    }
}
