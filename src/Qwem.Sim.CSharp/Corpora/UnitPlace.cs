namespace Qwem.Sim.Corpora;

/// <summary>A place between two tokens of a stream.</summary>
/// <param name="Piece">The piece.</param>
/// <param name="Unit">The unit of the piece before which it lies.</param>
internal readonly record struct UnitPlace(int Piece, int Unit);
