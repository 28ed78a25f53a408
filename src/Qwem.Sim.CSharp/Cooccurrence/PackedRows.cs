namespace Qwem.Sim.Cooccurrence;

/// <summary>Consecutive finished rows of the upper triangle, with exactly the bytes that they have in the content of a <c>.qcooc</c> file.</summary>
/// <param name="FirstWord">First word of the block.</param>
/// <param name="WordCount">Words in the block.</param>
/// <param name="Bytes">For each word: entries, column differences, counts; see <see cref="QcoocFormat"/>.</param>
/// <param name="Pairs">Stored pairs.</param>
/// <param name="Total">Sum of the symmetric matrix's entries that they stand for: off the diagonal twice the count.</param>
internal sealed record PackedRows(int FirstWord, int WordCount, byte[] Bytes, long Pairs, long Total);
