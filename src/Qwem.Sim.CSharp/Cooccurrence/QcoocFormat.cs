namespace Qwem.Sim.Cooccurrence;

/// <summary>The file format <c>.qcooc</c>: version 1 for whole counts, version 3 for parts and sums; version 2 for shards is read only.</summary>
/// <remarks>
/// <code>
/// file    = magic(8) version(4) block* end footer
/// block   = contentLength(4) packedLength(4) checksum(32) packed(packedLength)
/// end     = eight zero bytes
/// footer  = contentHash(32) fileHash(32)
/// content = the unpacked blocks, joined:
///           L weighting oovRule boundaryRule selfPairRule part?
///           V (word count){V} whole? pairs (entries delta{entries} count{entries}){V}
/// part    = shards in version 2; texts (0 or shards) in version 3
/// shards  = n held delta{held} corpus
/// whole   = 0 or 1 count{V}, in version 3 where there are shards
/// </code>
/// Lengths are little-endian, unsigned. Content numbers are varints: seven bits a byte, lowest first, the top bit set on all but
/// the last byte, no needless byte. A text is its length in bytes and its UTF-8. The rows are those of the upper triangle; a row's first delta is
/// its first column minus the row, every further one the column minus the column before, minus 1. A shard's delta is its
/// number minus the least possible one (n is 2 or more); the corpus is that of <see cref="Corpora.ShardSet.Corpus"/>. Content is cut every
/// <see cref="BlockLength"/> bytes; each piece is packed with Brotli. A block's checksum is the SHA-256 of its index
/// (4 bytes), its two lengths and its packed bytes. The content hash is the SHA-256 of the content; the file hash is that of every byte before it.
/// Word counts are those of what was counted; in version 2, of the whole corpus. In version 3 they may be 0, texts is the number of countings that were
/// added, and whole has the word counts of the corpus, where they are known: the shards together must have them. What version 1 can represent is never
/// written in version 3.
/// The content hash identifies the counts: the packed bytes are the same on every machine for one version of the
/// runtime (the library ships with it), but may change from one version to the next.
/// </remarks>
internal static class QcoocFormat
{
    /// <summary>The version of a file that holds the counts of a whole corpus.</summary>
    public const uint Version = 1;

    /// <summary>The version of a file that holds the counts of some shards, and says of which, with the word counts of the whole; no longer written for new counts.</summary>
    public const uint PartialVersion = 2;

    /// <summary>The version of a file that holds the counts of some shards, a sum of counts, or counts in which words of the vocabulary are absent.</summary>
    public const uint PartVersion = 3;

    /// <summary>Content bytes in every block but the last.</summary>
    public const int BlockLength = 1 << 20;

    /// <summary>Most packed bytes a block can have: Brotli never needs more.</summary>
    public const int LargestPackedLength = BlockLength + 4096;

    /// <summary>Bytes of SHA-256.</summary>
    public const int HashLength = 32;

    /// <summary>Bytes of the two lengths before a block.</summary>
    public const int LengthsLength = 8;

    /// <summary>Brotli quality 0 .. 11: 5 saves 3 % in four to five times the time, 9 another 1 % in eight times that.</summary>
    public const int BrotliQuality = 2;

    /// <summary>Brotli window as a power of two: one block.</summary>
    public const int BrotliWindow = 20;

    /// <summary>First bytes of every file: not text, and broken by any newline conversion.</summary>
    public static ReadOnlySpan<byte> Magic => [0x89, (byte)'Q', (byte)'C', (byte)'O', (byte)'O', (byte)'C', 0x0D, 0x0A];
}
