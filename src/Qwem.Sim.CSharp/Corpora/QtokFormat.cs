namespace Qwem.Sim.Corpora;

/// <summary>The format of prepared corpora, <c>.qtok</c>, version 1.</summary>
/// <remarks>
/// <code>
/// file      = head checksum(32)* hash(32) zeros vocabulary zeros units
/// head      = magic(8) version(4) types(4) vocabularyLength(8) unitCount(8) words(8) documents(8)
///             minimumDocumentLength(8) normalisation(16) documentRule(16) zeros(8)
/// vocabulary = (length word count){types}
/// </code>
/// Numbers of the head are little-endian; its names are ASCII, filled up with zeros; numbers of the vocabulary are varints (seven
/// bits a byte, lowest first, the top bit set on all but the last byte). Words are UTF-8, by count descending, equal counts by
/// their bytes; a word's rank is its id, so that the most frequent V words are the ids below V. Units are little-endian
/// <see cref="TokenUnits"/>. Vocabulary and units each begin at a multiple of <see cref="Alignment"/>, so that they can be mapped
/// into memory. Each is checked in blocks of <see cref="BlockLength"/> bytes (the last may be shorter) by one SHA-256 a block, first those
/// of the vocabulary; no id is divided by the end of a block. The hash is the SHA-256 of every byte before it, and so identifies the corpus. The
/// zeros are checked, too, and the file ends with the last unit.
/// </remarks>
internal static class QtokFormat
{
    /// <summary>The version this code writes and reads.</summary>
    public const uint Version = 1;

    /// <summary>Bytes of the head.</summary>
    public const int HeadLength = 96;

    /// <summary>Bytes of a name in the head.</summary>
    public const int NameLength = 16;

    /// <summary>Bytes of SHA-256.</summary>
    public const int HashLength = 32;

    /// <summary>Where vocabulary and units may begin.</summary>
    public const int Alignment = 4096;

    /// <summary>Bytes of a block.</summary>
    public const int BlockLength = 1 << 18;

    /// <summary>First bytes of every file: not text, and broken by any newline conversion.</summary>
    public static ReadOnlySpan<byte> Magic => [0x89, (byte)'Q', (byte)'T', (byte)'O', (byte)'K', 0x1A, 0x0D, 0x0A];

    /// <summary>Blocks of a section.</summary>
    public static long Blocks(long length) => (length + BlockLength - 1) / BlockLength;

    /// <summary>The next place at which a section may begin.</summary>
    public static long Aligned(long offset) => (offset + Alignment - 1) / Alignment * Alignment;
}
