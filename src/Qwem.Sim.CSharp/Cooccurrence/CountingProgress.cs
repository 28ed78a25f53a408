namespace Qwem.Sim.Cooccurrence;

/// <summary>How far the counting has come.</summary>
/// <param name="TokensCounted">Tokens whose contexts have been counted.</param>
/// <param name="TotalTokens">Tokens of the corpus.</param>
public readonly record struct CountingProgress(long TokensCounted, long TotalTokens);
