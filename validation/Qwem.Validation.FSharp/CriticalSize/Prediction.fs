namespace Qwem.Validation.CriticalSize

open System
open Qwem.Sim.Evaluation
open Qwem.Theory
open Qwem.Validation
open Qwem.Validation.Meaning

/// The size from which a family is solved, and its interval; None where none of the sizes suffices.
type Critical =
    {
        Estimate: int option
        Lower: int option
        Upper: int option
    }

/// What Eq. (62) says of a family.
type Predicted =
    {
        /// Probability of a right answer at each of the sizes scanned.
        Estimates: ProportionEstimate array
        Critical: Critical
    }

module Critical =

    /// The paper's accuracy from which a family counts as solved.
    let threshold = 0.05

    let private confidence = 0.95

    let private option (value: Nullable<int>) =
        if value.HasValue then Some value.Value else None

    /// Predictions of the estimator, sampled with the same normals at every size.
    let predict (learned: Learned) (family: Family) (sizes: int array) samples (seed: uint64) : Predicted =
        let rows = Array.last sizes

        let estimates =
            Analogies.Scan(
                learned.Embeddings rows,
                rows,
                AnalogyFamily.FromPairs family.Pairs,
                sizes,
                samples,
                int64 seed
            )

        let found = Analogies.CriticalSize(sizes, estimates, threshold, confidence)

        {
            Estimates = estimates
            Critical =
                {
                    Estimate = option found.Estimate
                    Lower = option found.Lower
                    Upper = option found.Upper
                }
        }

    /// What the benchmark says of the family at a place: the smallest size whose accuracy, or an end of its interval, reaches the threshold.
    let measured (learned: Learned) place : Critical =
        let scores =
            learned.Reports.Value
            |> Array.map (fun report -> report.Families[place].ExcludingInputs)

        let first (reaches: AnalogyScore -> bool) =
            scores |> Array.tryFindIndex reaches |> Option.map (fun at -> learned.Sizes[at])

        {
            Estimate = first (fun score -> score.Accuracy >= threshold)
            Lower = first (fun score -> score.Interval.Upper >= threshold)
            Upper = first (fun score -> score.Interval.Lower >= threshold)
        }

    /// Sizes as numbers to rank; a family that is never solved comes after all others.
    let ranked (critical: Critical seq) =
        critical
        |> Seq.map (fun found ->
            match found.Estimate with
            | Some d -> float d
            | None -> float Int32.MaxValue)
        |> Array.ofSeq

    let correlation (x: float array) (y: float array) = RankCorrelation(x, y).Value()
