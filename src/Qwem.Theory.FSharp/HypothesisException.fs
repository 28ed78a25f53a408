namespace Qwem.Theory

open System

/// <summary>An argument breaks a hypothesis of the theorem it was passed to.</summary>
/// <remarks>The message names the hypothesis, the parameter, the offending value and the allowed range.</remarks>
/// <param name="hypothesis">The broken hypothesis, in the paper's words.</param>
/// <param name="parameter">Name of the argument at fault.</param>
/// <param name="message">What was found and what is allowed.</param>
[<Sealed>]
type HypothesisException(hypothesis: string, parameter: string, message: string) =
    inherit ArgumentException($"{message} (hypothesis: {hypothesis})", parameter)

    /// <summary>The broken hypothesis, in the paper's words.</summary>
    member _.Hypothesis = hypothesis
