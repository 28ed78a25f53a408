namespace Qwem.Theory

open System
open Qwem.Theory.Hypothesis

/// <summary>How far singular values are from their plateaus after a finite time from a random start: the term that lambda*_k^{1/2} drops.</summary>
/// <remarks>
/// From the exact solution (docs/derivations.md, section 4.2). Among the m modes that have had the time, Q = M^-1 obeys a linear equation:
/// Q(t) = 1/Lambda + e^{-kappa Lambda t}(Q(0) - 1/Lambda)e^{-kappa Lambda t}, Q(0) = (R'R)^-1 of their block of R(0), the triangular factor
/// of the start. So a mode lacks own_k = lambda_k Q_kk(0) e^{-2 kappa lambda_k t} of its plateau at first order, and at second, by Cauchy
/// and Schwarz, at most own_k own_l over the relative gap for every partner. The later modes tilt its direction by
/// Z_kj = R_m^-1 R_rest: each holds Z_kj^2 e^{2 kappa (lambda_j - lambda_k) t} of its variance and has taken
/// lambda_k (e^{2 kappa lambda_j t} - 1)/lambda_j Z_kj^2 e^{-2 kappa lambda_k t} from it, of opposite signs. Half of all that, for a
/// singular value.
/// </remarks>
[<AbstractClass; Sealed>]
type PlateauShift private () =

    /// <summary>Above this the perturbation is not trusted.</summary>
    static member Limit = 1e-2

    /// <summary>Bounds of |s_k/lambda*_k^{1/2} - 1| to second order.</summary>
    /// <param name="exact">The exact solution from the start, of full rank.</param>
    /// <param name="kappaTime">kappa t, non-negative.</param>
    /// <returns>d numbers; infinite for a mode that has not had the time to come near its plateau.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException"><paramref name="kappaTime"/> is negative or not finite.</exception>
    static member Of(exact: ExactSolution, kappaTime: float<kappaTime>) : float[] =
        nonNegative "time from 0 on" "kappaTime" (float kappaTime)
        let v, d = exact.VocabularySize, exact.EmbeddingDimension
        let clock = float (Clock.EtaTime kappaTime)
        let start = exact.At(0.0<kappaTime>).EmbeddingsInEigenbasis().Values
        let r k j = start[k * v + j]
        let lambda = exact.Eigenvalues()
        let early = 0.1

        let m =
            Seq.init d id
            |> Seq.takeWhile (fun k ->
                lambda[k] > 0.0
                && lambda[k] / (r k k * r k k) * Math.Exp(-lambda[k] * clock) < early)
            |> Seq.length

        // Rows of R_m^-1 [1 R_rest] by back substitution, last row first.
        let solved = Array.zeroCreate<float[]> m

        for k in m - 1 .. -1 .. 0 do
            let row =
                Array.init v (fun j ->
                    if j >= m then r k j
                    elif j = k then 1.0
                    else 0.0)

            for l in k + 1 .. m - 1 do
                for j in 0 .. v - 1 do
                    row[j] <- row[j] - r k l * solved[l][j]

            solved[k] <- row |> Array.map (fun x -> x / r k k)

        let own =
            Array.init m (fun k ->
                let inverse = Seq.init m (fun l -> solved[k][l] * solved[k][l]) |> Seq.sum
                lambda[k] * inverse * Math.Exp(-lambda[k] * clock))

        let pairs k =
            Seq.init m id
            |> Seq.filter (fun l -> l <> k)
            |> Seq.sumBy (fun l -> own[k] * own[l] / abs (1.0 - lambda[l] / lambda[k]))

        let tilt k j =
            let held = Math.Exp((lambda[j] - lambda[k]) * clock)

            let taken =
                if lambda[j] = 0.0 then
                    lambda[k] * clock * held
                else
                    lambda[k] * (held - Math.Exp(-lambda[k] * clock)) / lambda[j]

            solved[k][j] * solved[k][j] * Math.Max(held, taken)

        Array.init d (fun k ->
            if k >= m then
                infinity
            else
                0.5 * (own[k] + pairs k + Seq.sum (Seq.init (v - m) (fun n -> tilt k (m + n)))))
