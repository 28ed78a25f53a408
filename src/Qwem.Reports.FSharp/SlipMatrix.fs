/// Every slip against every gate: what the report says of the gates' power comes from here.
module Qwem.Reports.SlipMatrix

/// Name of the page, without its ending.
let pageName = "matrix"

/// Title of the page.
let title = "Every slip against every gate"

/// Whether a report has the page.
let hasPage (report: Report) =
    not report.Slips.IsEmpty
    && report.Sections |> List.exists (fun section -> not section.Verdicts.IsEmpty)

/// What a gate makes of a slip; None where it was not shown it.
let outcomeOf (slip: string) (verdict: Verdict) : SlipOutcome option =
    verdict.Slips |> List.tryFind (fun outcome -> outcome.Slip = slip)

/// Whether what a gate says of slips means anything: a gate that fails with the right theory fails with the wrong ones as well.
let judges (verdict: Verdict) = verdict.Outcome = Outcome.Confirmed

/// The slips of which a gate says one thing.
let having (result: SlipResult) (verdict: Verdict) : SlipOutcome list =
    verdict.Slips |> List.filter (fun outcome -> outcome.Result = result)

/// Whether a gate holds with the right theory and rejects none of the wrong ones.
let rejectsNothing (verdict: Verdict) =
    judges verdict && (having SlipResult.Rejected verdict).IsEmpty

/// The continuous slips that a gate can size, each with the smallest size that it rejects, in the order of the slips.
let resolutions (verdict: Verdict) : (string * float) list =
    if judges verdict then
        verdict.Slips
        |> List.choose (fun outcome -> outcome.Resolution |> Option.map (fun size -> outcome.Slip, size))
    else
        []

/// The continuous slip of which a gate sees the smallest size, with that size.
let finest (verdict: Verdict) : (string * float) option =
    match resolutions verdict with
    | [] -> None
    | sizes -> Some(List.minBy snd sizes)

/// What the gates that judge make of one slip.
type Row =
    {
        Slip: ListedSlip
        Rejecting: Verdict list
        Blind: Verdict list
        /// Those whose gap changes and that pass all the same.
        Letting: Verdict list
        /// The gate that sees the smallest size of it, with that size.
        Finest: (Verdict * float) option
    }

/// The rows of the matrix: slips that no gate rejects first, else in the order of the slips.
let rows (slips: ListedSlip list) (verdicts: Verdict list) : Row list =
    let judging = List.filter judges verdicts

    let row (slip: ListedSlip) =
        let found =
            judging
            |> List.choose (fun verdict -> outcomeOf slip.Id verdict |> Option.map (fun outcome -> verdict, outcome))

        let having result =
            found
            |> List.filter (fun (_, outcome) -> outcome.Result = result)
            |> List.map fst

        let sized =
            found
            |> List.choose (fun (verdict, outcome) -> outcome.Resolution |> Option.map (fun size -> verdict, size))

        {
            Slip = slip
            Rejecting = having SlipResult.Rejected
            Blind = having SlipResult.Blind
            Letting = having SlipResult.Survives
            Finest = if sized.IsEmpty then None else Some(List.minBy snd sized)
        }

    let uncaught, caught =
        slips |> List.map row |> List.partition (fun row -> row.Rejecting.IsEmpty)

    uncaught @ caught

/// The continuous slips that some gate can size.
let sizable (slips: ListedSlip list) (verdicts: Verdict list) : ListedSlip list =
    let found = verdicts |> List.collect resolutions |> List.map fst |> Set.ofList
    slips |> List.filter (fun slip -> found.Contains slip.Id)

/// How many pairs of a gate and a slip end rejected, blind and surviving.
let tally (rows: Row list) : int * int * int =
    let count part =
        rows |> List.sumBy (part >> List.length)

    count _.Rejecting, count _.Blind, count _.Letting
