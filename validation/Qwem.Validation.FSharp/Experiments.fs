/// The experiments, and what the beginnings of ids choose among them and their gates.
module Qwem.Validation.Experiments

open System

// The claims with the folder that each stands in.
let private listed: (string * Claim) list =
    let ofClaim claim = "Claims", claim

    // An experiment that is not yet stated as a claim: id, title, folder, seconds of the profiles smoke, quick, full and paper.
    let experiment id title folder (seconds: float list) run =
        folder,
        {
            Id = id
            Title = title
            Seconds = Array.ofList seconds
            Perform = run
        }

    [
        ofClaim Claims.Statistics.claim
        yield! Claims.Theorem43.claims |> List.map ofClaim
        ofClaim Claims.TwoMillionSteps.claim
        ofClaim Claims.Convergence.claim
        ofClaim Claims.ZNotOne.claim
        ofClaim Claims.GeneralWeight.claim
        ofClaim Claims.Theorem44.claim
        ofClaim Claims.Asymmetric.claim
        ofClaim Claims.Word2VecLike.claim
        ofClaim Claims.Ablation.claim
        ofClaim Claims.SimClr.claim
        ofClaim Claims.Comparison.claim
        ofClaim Claims.Concepts.claim
        ofClaim Claims.Emergence.claim
        ofClaim Claims.FeatureOverlap.claim
        ofClaim Claims.CriticalSize.claim
        ofClaim Claims.AlignmentOfAnalogies.claim
        ofClaim Claims.TaskVectors.claim
        ofClaim Claims.Errata.claim
        ofClaim Claims.Properties.claim
    ]

/// Every claim, in the order of the report.
let all: Claim list = List.map snd listed

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

    listed
    |> List.tryFind (fun (_, claim) -> claim.Has gate)
    |> Option.map (fun (folder, _) -> $"{root}/{folder}")
    |> Option.defaultValue root
