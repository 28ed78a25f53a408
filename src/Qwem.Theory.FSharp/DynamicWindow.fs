namespace Qwem.Theory

open Qwem.Theory.Hypothesis

/// <summary>Windows of random radius: what a pair of words at a distance counts.</summary>
/// <remarks>v1 Appendix C.2; docs/derivations.md section 1.1: the radius is uniform on 1 .. L, so a pair at distance r falls inside with probability (L - r + 1)/L.</remarks>
[<AbstractClass; Sealed>]
type DynamicWindow private () =

    /// <summary>L times the probability that a pair at distance r falls inside the window: L - r + 1, and 0 beyond L.</summary>
    /// <param name="halfWidth">L, words on each side, at least 1.</param>
    /// <param name="distance">r, words from centre to context, at least 1.</param>
    /// <returns>The weight in units of 1/L, exactly.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">L or r is below 1.</exception>
    static member Weight(halfWidth: int, distance: int) : int =
        for name, value in [ "halfWidth", halfWidth; "distance", distance ] do
            if value < 1 then
                broken "a window of words" name $"{name} = {value}; allowed: 1 or more"

        max 0 (halfWidth - distance + 1)
