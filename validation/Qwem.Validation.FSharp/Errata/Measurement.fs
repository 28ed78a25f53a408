namespace Qwem.Validation.Errata

open Qwem.Sim.Random
open Qwem.Validation

/// How a formula of the paper is read.
type Reading =
    | Corrected
    | AsPrinted

/// An erratum as a number: the corrected reading must keep the bound, the printed one must break it.
type Measurement =
    {
        /// Identifier of the erratum.
        Id: string
        Metric: string
        Bound: float
        /// Where the bound comes from.
        Because: string
        Gap: Reading -> float
    }

module internal Samples =

    let u = Tolerance.unitRoundoff

    /// Normally distributed numbers, always the same for a seed.
    let gaussian (seed: uint64) count =
        let sequence = GaussianSequence(CounterRandom(seed, 0UL))
        Array.init count (fun _ -> sequence.Next())

    let maxAbs (values: float array) = values |> Array.map abs |> Array.max
