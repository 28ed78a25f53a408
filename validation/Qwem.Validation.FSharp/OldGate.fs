namespace Qwem.Validation

open Qwem.Reports

/// A comparison of a claim that is not yet stated as one value. The gap is a function of what the theory side believes, so that the same comparison can be
/// run on deliberately wrong beliefs: a gate that none of them can fail proves nothing.
type Gate<'belief> =
    {
        Id: string
        Claim: string
        Metric: string
        Tolerance: Tolerance
        /// Distance between prediction and measurement; not a number counts as a failure.
        Gap: 'belief -> float
        /// Wrong beliefs by name; each must push the gap over the bound.
        Mutations: (string * 'belief) list
    }

module OldGate =

    /// Wrong beliefs as mutations of a gate, by their own names.
    let inline mutations<'belief when 'belief: (member Name: string)> (beliefs: 'belief list) =
        beliefs |> List.map (fun belief -> belief.Name, belief)

    let private passes (tolerance: Tolerance) gap = gap <= tolerance.Bound

    /// Runs a gate on the belief held to be right and on each of its mutations.
    let evaluate (belief: 'belief) (gate: Gate<'belief>) : Verdict =
        let gap = gate.Gap belief

        {
            Id = gate.Id
            Claim = gate.Claim
            Kind = GateKind.Exact
            Metric = gate.Metric
            Gap = gap
            Bound = gate.Tolerance.Bound
            Derivation = gate.Tolerance.Because
            Changed = ""
            Outcome = if passes gate.Tolerance gap then Outcome.Confirmed else Outcome.Contradicted
            Effect = ""
            Nulls = []
            Slips =
                gate.Mutations
                |> List.map (fun (name, wrong) ->
                    let wrongGap = gate.Gap wrong

                    {
                        Slip = name
                        Gap = wrongGap
                        Result =
                            if passes gate.Tolerance wrongGap then
                                SlipResult.Survives
                            else
                                SlipResult.Rejected
                        Resolution = None
                    })
        }
