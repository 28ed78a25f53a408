namespace Qwem.Sim.Corpora;

/// <summary>The units of one piece of text, with ids of one worker's table.</summary>
/// <param name="Table">The table.</param>
/// <param name="Units">The units.</param>
/// <param name="LineHasWord">Whether the line at the end has a word so far; null when that depends on the piece before.</param>
internal sealed record ParsedPiece(WordTable Table, ushort[] Units, bool? LineHasWord);
