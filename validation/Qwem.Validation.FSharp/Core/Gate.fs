namespace Qwem.Validation

open System
open Qwem.Reports

/// A bound together with the argument that gives it. Bounds are formulas of the settings, never of the residual.
type Tolerance = { Bound: float; Because: string }

module Tolerance =

    /// Half the spacing of doubles at 1.
    let unitRoundoff = Math.ScaleB(1.0, -53)

    /// How many standard errors a statistical gate allows: two-sided normal tail 2e-9 per comparison.
    let standardErrors = 6.0

    /// The p-value at which a null model counts as beaten.
    let nullLevel = 0.01

/// A comparison that can fail: the distance of a measurement from what a theory predicts.
[<NoEquality; NoComparison>]
type Gate =
    {
        Id: string
        Claim: string
        Kind: GateKind
        Metric: string
        Tolerance: Tolerance
        /// Distance between prediction and measurement; not a number counts as a failure.
        Gap: Theory -> float
        /// A lower bound of the gap that takes less time, for instance at some of the records only: what it rejects, the gap rejects.
        Glimpse: Theory -> float
        /// Null models with their p-values; the gap of a qualitative gate is the largest of these.
        Nulls: Theory -> NullModel list
        /// What a gap above the bound means.
        Failing: Outcome
        Effect: string
        Changed: string
    }

module Gate =

    let private gate kind id claim metric tolerance gap =
        {
            Id = id
            Claim = claim
            Kind = kind
            Metric = metric
            Tolerance = tolerance
            Gap = gap
            Glimpse = gap
            Nulls = fun _ -> []
            Failing = Outcome.Contradicted
            Effect = ""
            Changed = ""
        }

    /// A simulation against a theorem, by id, claim, metric, tolerance and gap.
    let exact id = gate GateKind.Exact id

    /// A simulation against an approximation.
    let leadingOrder id = gate GateKind.LeadingOrder id

    /// The mean of replicates against an expectation.
    let statistical id = gate GateKind.Statistical id

    /// An order, a sign or a shape against null models: confirmed if each of them does as well with p at most 0.01 only. What fails
    /// this is not confirmed; where the data say the opposite, set Failing.
    let qualitative id claim effect (nulls: Theory -> NullModel list) =
        let largest theory =
            match nulls theory with
            | [] -> nan
            | models ->
                models
                |> List.map _.P
                |> List.fold (fun a b -> if Double.IsNaN b then nan else max a b) 0.0

        { gate
              GateKind.Qualitative
              id
              claim
              "largest p-value of the null models"
              {
                  Bound = Tolerance.nullLevel
                  Because = "each null model does as well as the claim in at most one of a hundred draws"
              }
              largest with
            Nulls = nulls
            Failing = Outcome.NotConfirmed
            Effect = effect
        }

    /// The same with a gap that is quicker to compute and never larger.
    let glimpsed glimpse (gate: Gate) = { gate with Glimpse = glimpse }

    /// The same of a claim about a number of modes of which the bound covers some: fewer than half are too few to confirm it. A gap beyond the
    /// bound contradicts it all the same.
    let covering (judged: int, all: int) (gate: Gate) =
        if
            2 * judged >= all && judged > 0
            || gate.Gap Theory.derived > gate.Tolerance.Bound
        then
            gate
        else
            { gate with
                Gap = fun _ -> nan
                Glimpse = fun _ -> nan
                Failing = Outcome.NotConfirmed
                Effect = $"the bound covers {judged} of {all} modes: too few to tell"
            }

    /// The same with the rule that was set or changed after results had been seen, and what had been seen.
    let changed why (gate: Gate) = { gate with Changed = why }
