namespace Qwem.Sim.Corpora;

/// <summary>A part of a batch that one worker parses; it begins and ends at a cut.</summary>
/// <param name="Start">First byte in the batch.</param>
/// <param name="End">Behind its last byte.</param>
/// <param name="BeginsLine">Whether a line of the text begins with it.</param>
/// <param name="EndsText">Whether the text ends with it.</param>
internal readonly record struct Piece(int Start, int End, bool BeginsLine, bool EndsText);
