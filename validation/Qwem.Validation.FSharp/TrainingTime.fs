namespace Qwem.Validation

open System
open System.Globalization
open Qwem.Theory

/// <summary>A moment of training as people name it: a multiple of the realisation time of a mode.</summary>
/// <remarks>
/// kappa tau_k = ln(lambda*_k / sigma^2) / (2 lambda*_k), Theorem 4.3. Time 0 is the start; at tau_k mode k has half of its variance.
/// The command's bridge to the theory: it knows no formula itself.
/// </remarks>
[<Sealed>]
type TrainingTime private (multiple: float, mode: int) =

    // The Greek letter's name between the two numbers.
    static let unit = "tau"

    /// <summary>Reads "1.5tau1", 1.5 times the realisation time of the first mode; "2tau20"; or "1.5", which means tau1.</summary>
    /// <param name="text">What was written.</param>
    /// <returns>The moment, or null when it is none: the multiple must be finite and 0 or more, the mode 1 or more.</returns>
    static member TryParse(text: string) : TrainingTime | null =
        let number, mode =
            match text.IndexOf(unit, StringComparison.Ordinal) with
            | -1 -> text, "1"
            | at -> text[.. at - 1], text[at + unit.Length ..]

        let isNumber, multiple =
            Double.TryParse(
                number,
                NumberStyles.AllowDecimalPoint ||| NumberStyles.AllowExponent,
                CultureInfo.InvariantCulture
            )

        let isMode, k =
            Int32.TryParse(mode, NumberStyles.None, CultureInfo.InvariantCulture)

        if isNumber && isMode && k >= 1 && Double.IsFinite multiple && multiple >= 0.0 then
            TrainingTime(multiple, k)
        else
            null

    /// <summary>How many of them.</summary>
    member _.Multiple = multiple

    /// <summary>k of the realisation time that is the unit.</summary>
    member _.Mode = mode

    /// <summary>kappa t of the moment.</summary>
    /// <param name="eigenvalues">lambda*, descending, Mode of them at least.</param>
    /// <param name="initialisationScale">sigma, positive.</param>
    /// <returns>kappa t, or NaN when the mode is never learned: its eigenvalue is not above sigma^2.</returns>
    member _.KappaTime(eigenvalues: float array, initialisationScale: float) : float<kappaTime> =
        let variance = initialisationScale * initialisationScale

        if eigenvalues[mode - 1] > variance then
            multiple * AlignedSolution.RealisationTime(variance, eigenvalues[mode - 1])
        else
            nan * 1.0<kappaTime>

    /// <summary>Singular values of the embeddings at a time, from an aligned start in which every mode has the variance sigma^2.</summary>
    /// <remarks>Exact in the sense of Theorem 4.3, mode by mode: more modes change none of them. A random start is not aligned; its exact solution
    /// (ExactSolution) needs all V eigenpairs.</remarks>
    /// <param name="eigenvalues">lambda*, descending.</param>
    /// <param name="initialisationScale">sigma, positive.</param>
    /// <param name="kappaTime">kappa t, 0 or more.</param>
    /// <returns>s_k(t), one per eigenvalue.</returns>
    static member SingularValues
        (eigenvalues: float array, initialisationScale: float, kappaTime: float<kappaTime>)
        : float array =
        AlignedSolution.SingularValue(
            Array.create eigenvalues.Length (initialisationScale * initialisationScale),
            eigenvalues,
            kappaTime
        )

    /// <summary>As it is read.</summary>
    override _.ToString() =
        multiple.ToString("R", CultureInfo.InvariantCulture) + unit + string mode
