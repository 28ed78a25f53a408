/// How an erratum of the paper is measured: the corrected formula, of the theory, against a simulation, a sum by definition or the exact
/// solution.
module internal Qwem.Validation.Claims.ErrataMeasurements

open System.Text.RegularExpressions
open Qwem.Sim.Random
open Qwem.Theory
open Qwem.Validation

/// An erratum, the slip that makes the theory what is printed, and the gate that the printed formula has to fail.
[<NoEquality; NoComparison>]
type Measured =
    {
        Erratum: Erratum
        Printed: Slip
        Gate: Gate
    }

/// Plain text says P_ij and x^4; the report sets indices and powers.
let mathematics (text: string) =
    let indices = Regex.Replace(text, "_([A-Z]+|[a-z0-9]+)", "_{$1}")
    Regex.Replace(indices, @"\^(-?\w+)", "^{$1}")

/// Half the spacing of doubles at 1.
let u = Tolerance.unitRoundoff
/// The derived theory, for bounds and reference solutions.
let right = Theory.derived

/// An erratum by the kind of its gate, its id, the slip, metric, bound, the argument for it, and gap.
let measured kind id slip metric bound because gap : Measured =
    let erratum = Errata.All |> Seq.find (fun erratum -> erratum.Id = id)

    {
        Erratum = erratum
        Printed = Slip.all |> List.find (fun known -> known.Id = slip)
        Gate =
            kind
                $"errata/{id}"
                (mathematics $"{erratum.Location}: {erratum.Right}.")
                (mathematics metric)
                {
                    Bound = bound
                    Because = mathematics because
                }
                gap
    }

/// A theorem against a measurement.
let exact id = measured Gate.exact id
/// An approximation against a measurement.
let leadingOrder id = measured Gate.leadingOrder id

/// The same with the rule that was changed.
let changed why (measured: Measured) =
    { measured with
        Gate = Gate.changed why measured.Gate
    }

/// The same numbers for a seed, always.
let gaussian (seed: uint64) scale count =
    let sequence = GaussianSequence(CounterRandom(seed, 0UL))
    Array.init count (fun _ -> scale * sequence.Next())

/// Largest magnitude.
let largest (values: float array) = values |> Array.map abs |> Array.max
