namespace Qwem.Validation.Meaning

open System
open Qwem.Sim.Evaluation
open Qwem.Theory
open Qwem.Validation

/// The size from which a family is solved, and its interval; None where none of the sizes suffices.
type Critical =
    {
        Estimate: int option
        Lower: int option
        Upper: int option
    }

module Critical =

    let private confidence = 0.95

    let private option (value: Nullable<int>) =
        if value.HasValue then Some value.Value else None

    /// Where estimates of a family's accuracy reach the theory's threshold.
    let predicted (theory: Theory) (sizes: int array) (estimates: ProportionEstimate array) : Critical =
        let found =
            Analogies.CriticalSize(sizes, estimates, theory.SolvedFrom(), confidence)

        {
            Estimate = option found.Estimate
            Lower = option found.Lower
            Upper = option found.Upper
        }

    /// What the benchmark says of the family at a place: the smallest size whose accuracy, or an end of its interval, reaches the threshold.
    let measured (learned: Learned) place : Critical =
        let threshold = Theory.derived.SolvedFrom()

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

    /// Whether two intervals have no size in common; one without an upper end goes on for ever.
    let apart (x: Critical) (y: Critical) =
        let below a b =
            match a.Upper, b.Lower with
            | Some upper, Some lower -> upper < lower
            | Some _, None -> true
            | None, _ -> false

        below x y || below y x

    /// Sizes as numbers to rank; a family that is never solved comes after all others.
    let ranked (criticals: Critical seq) =
        criticals
        |> Seq.map (fun found ->
            match found.Estimate with
            | Some d -> float d
            | None -> float Int32.MaxValue)
        |> Array.ofSeq

    /// Spearman's rank correlation; 0 where all are alike, which is no order.
    let correlation (x: float array) (y: float array) =
        let value = RankCorrelation(x, y).Value()
        if Double.IsNaN value then 0.0 else value
