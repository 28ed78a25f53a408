/// The experiments, and what the beginnings of ids choose among them and their gates.
module Qwem.Validation.Experiments

open System

/// Every claim, in the order of the report.
let all: Claim list =
    [
        Claims.Statistics.claim
        yield! Claims.Theorem43.claims
        Claims.TwoMillionSteps.claim
        Claims.Convergence.claim
        Claims.ZNotOne.claim
        Claims.GeneralWeight.claim
        Claims.Theorem44.claim
        Claims.Asymmetric.claim
        Claims.Word2VecLike.claim
        Claims.Ablation.claim
        yield! Claims.Saddles.claims
        Claims.SimClr.claim
        Claims.Comparison.claim
        Claims.Concepts.claim
        Claims.Emergence.claim
        Claims.FeatureOverlap.claim
        Claims.CriticalSize.claim
        Claims.AlignmentOfAnalogies.claim
        Claims.TaskVectors.claim
        Claims.Errata.claim
        Claims.Properties.claim
    ]

/// <summary>Ids of a claim's gates in the committed results; a gate added since is not among them.</summary>
/// <param name="claim">The claim.</param>
let gates (claim: Claim) : string array =
    CommittedResults.verdicts ()
    |> List.map _.Id
    |> List.filter claim.Has
    |> Array.ofList

let private begins (start: string) (id: string) =
    id.StartsWith(start, StringComparison.Ordinal)

/// <summary>Whether a gate is among those asked for.</summary>
/// <param name="only">Beginnings of ids; empty for all.</param>
/// <param name="gate">The gate's id.</param>
let isAsked (only: string array) (gate: string) =
    only.Length = 0 || only |> Array.exists (fun start -> begins start gate)

/// <summary>The experiments of which something is asked for: all, or some gate.</summary>
/// <param name="only">Beginnings of ids; empty for all.</param>
let asked (only: string array) : Claim list =
    all
    |> List.filter (fun claim -> isAsked only claim.Id || only |> Array.exists claim.Has)

/// <summary>Why a choice of experiments and gates cannot be run, as a sentence, or null.</summary>
/// <param name="only">Beginnings of their ids.</param>
let whyUnknown (only: string array) : string | null =
    let isKnown start =
        all
        |> List.exists (fun claim -> begins start claim.Id || gates claim |> Array.exists (begins start))

    match only |> Array.tryFind (isKnown >> not) with
    | Some start ->
        $"No experiment and no gate has an id that begins with '{start}'; 'qwem gate --list' shows the ids there are."
    | None -> null

/// <summary>The folder of the repository in which a gate's experiment stands.</summary>
/// <param name="gate">The gate's id; of one that no experiment has, the folder of them all.</param>
let folderOf (gate: string) : string =
    let root = "validation/Qwem.Validation.FSharp"

    if all |> List.exists (fun claim -> claim.Has gate) then
        $"{root}/Claims"
    else
        root
