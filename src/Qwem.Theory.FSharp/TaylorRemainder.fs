namespace Qwem.Theory

open System
open Qwem.Theory.Hypothesis

/// <summary>What the quadratic expansion of log(1 + e^-x) leaves out, with guaranteed bounds.</summary>
/// <remarks>
/// v1 Eq. (25); docs/derivations.md section 2. r(x) = log(1 + e^-x) - (ln 2 - x/2 + x^2/8) = log cosh(x/2) - x^2/8: even, never positive, and
/// for every real x: -x^4/192 &lt;= r(x) &lt;= -x^4/192 + x^6/2880. Proof: y - y^3/3 &lt;= tanh y &lt;= y - y^3/3 + 2 y^5/15 for y >= 0
/// (integrate tanh' = 1 - tanh^2 twice; beyond y = sqrt 3 the upper polynomial exceeds 1), integrated from 0 to x/2.
/// Units: none. Accuracy: relative 16 u for 1e-75 &lt; |x| &lt; 1e75 (TaylorRemainderTests, against fifty digits).
/// </remarks>
[<AbstractClass; Sealed>]
type TaylorRemainder private () =

    // log cosh y = sum_m (-1)^(m+1) lambda(2m) q^m / m, q = (2 y / pi)^2, lambda(s) = sum over odd n of n^-s (product formula of
    // cosh). Entry m - 2 holds (-1)^(m+1) lambda(2m) / m; at q <= (2/pi)^2 the terms fall like 0.41^m.
    static let coefficients =
        Array.init 46 (fun at ->
            let m = at + 2

            let lambda =
                match m with
                | 2 -> Math.PI ** 4.0 / 96.0
                | 3 -> Math.PI ** 6.0 / 960.0
                | 4 -> 17.0 * Math.PI ** 8.0 / 161280.0
                | 5 -> 31.0 * Math.PI ** 10.0 / 2903040.0
                | _ -> Array.sum (Array.init 20 (fun n -> float (2 * (20 - n) - 1) ** float (-2 * m)))

            (if m % 2 = 0 then -lambda else lambda) / float m)

    static let remainder (x: float) =
        let x = abs x

        if x < 2.0 then
            let q = (x / Math.PI) * (x / Math.PI)
            q * q * Array.foldBack (fun c total -> c + q * total) coefficients 0.0
        else
            // log cosh(x/2) = x/2 - ln 2 + log(1 + e^-x): at x = 2 the difference with x^2/8 loses three bits, later fewer.
            let e = exp -x
            (0.5 * x - Math.Log 2.0 + Kernels.log1p e) - x * x / 8.0

    static member internal Value(x: float) = remainder x

    /// <summary>r(x) = log(1 + e^-x) - (ln 2 - x/2 + x^2/8), without cancellation.</summary>
    /// <param name="x">Any finite number.</param>
    /// <returns>A non-positive number; -infinity where x^2/8 overflows.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException"><paramref name="x"/> is not finite.</exception>
    static member Remainder(x: float) : float =
        finite "x" x
        remainder x

    /// <summary>x^4/192: |r(x)| never exceeds it, and r(x) -> -x^4/192 as x -> 0.</summary>
    /// <param name="x">Any finite number.</param>
    /// <returns>The bound, of the fourth order.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException"><paramref name="x"/> is not finite.</exception>
    static member Bound(x: float) : float =
        finite "x" x
        (x * x) * (x * x) / 192.0

    /// <summary>x^6/2880: 0 &lt;= r(x) + x^4/192 &lt;= x^6/2880, the error of taking the fourth-order term for the remainder.</summary>
    /// <param name="x">Any finite number.</param>
    /// <returns>The bound, of the sixth order.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException"><paramref name="x"/> is not finite.</exception>
    static member NextBound(x: float) : float =
        finite "x" x
        let square = x * x
        square * square * square / 2880.0

/// <summary>Skip-gram with negative sampling, exactly and as the quadratic loss that it starts out as.</summary>
/// <remarks>
/// v1 Eqs. (24), (25); docs/derivations.md section 2. L_SGNS(M) = sum Psi+ P_ij log(1 + e^-M_ij) + k sum Psi- P_i P_j log(1 + e^M_ij)
/// = Offset + SgnsQuartic(M) + Remainder(M), Offset = ln 2 times the total mass (2 ln 2 for plain weights and k = 1).
/// The remainder is even in M: sum (Psi+ P + k Psi- PP) r(M_ij), within [-Bound, -Bound + NextBound].
/// </remarks>
[<Sealed>]
type SgnsLoss
    /// <summary>The loss under the given pair measures.</summary>
    /// <param name="pairs">Weighted observed and independent pairs.</param>
    (pairs: PairWeights) =
    let observed = pairs.ObservedArray
    let independent = pairs.IndependentArray

    let sum (model: float[]) (term: float -> float -> float -> float) =
        hasLength "model" model observed.Length "V * V"
        allFinite "model" model
        CorpusStatistics.Sum(Array.map3 term observed independent model)

    // log(1 + e^-x)
    let softplus (x: float) =
        if x >= 0.0 then Kernels.log1p (exp -x) else -x + Kernels.log1p (exp x)

    /// <summary>ln 2 times the total mass: the loss at M = 0.</summary>
    member _.Offset = Math.Log 2.0 * pairs.TotalMass()

    /// <summary>L_SGNS(M), exactly.</summary>
    /// <param name="model">M, V x V row-major.</param>
    /// <returns>The loss, positive.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException"><paramref name="model"/> is not V x V or not finite.</exception>
    member _.Evaluate(model: float[]) : float =
        sum model (fun p q m -> p * softplus m + q * softplus -m)

    /// <summary>The quartic-order expansion: Offset + QuadraticLoss.SgnsQuartic, that is Offset + (1/2) L_sym.</summary>
    /// <param name="model">M, V x V row-major.</param>
    /// <returns>The quadratic loss, with its constant.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException"><paramref name="model"/> is not V x V.</exception>
    member this.Expansion(model: float[]) : float =
        this.Offset + QuadraticLoss.SgnsQuartic.Evaluate(pairs, model)

    /// <summary>L_SGNS(M) - Expansion(M) without cancellation: sum of weights times r(M_ij); never positive.</summary>
    /// <param name="model">M, V x V row-major.</param>
    /// <returns>The remainder of the whole loss.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException"><paramref name="model"/> is not V x V or not finite.</exception>
    member _.Remainder(model: float[]) : float =
        sum model (fun p q m -> (p + q) * TaylorRemainder.Value m)

    /// <summary>sum of weights times M_ij^4/192: |Remainder| never exceeds it.</summary>
    /// <param name="model">M, V x V row-major.</param>
    /// <returns>The bound.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException"><paramref name="model"/> is not V x V or not finite.</exception>
    member _.Bound(model: float[]) : float =
        sum model (fun p q m -> (p + q) * TaylorRemainder.Bound m)

    /// <summary>sum of weights times M_ij^6/2880: 0 &lt;= Remainder + Bound &lt;= NextBound.</summary>
    /// <param name="model">M, V x V row-major.</param>
    /// <returns>The bound of the next order.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException"><paramref name="model"/> is not V x V or not finite.</exception>
    member _.NextBound(model: float[]) : float =
        sum model (fun p q m -> (p + q) * TaylorRemainder.NextBound m)

    /// <summary>The measures it averages over.</summary>
    override _.ToString() = $"L_SGNS under {pairs}"
