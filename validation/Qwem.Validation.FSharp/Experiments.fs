/// The experiments, and what the beginnings of ids choose among them and their gates.
module Qwem.Validation.Experiments

open System

/// Every experiment, in the order of the report.
let all: NamedExperiment list =
    let ofCounts id title folder (seconds: float list) run : NamedExperiment =
        {
            Id = id
            Title = title
            Folder = folder
            Seconds = Array.ofList seconds
            Run = run
        }

    // Its statistics are not the user's to choose.
    let experiment id title folder seconds run =
        ofCounts id title folder seconds (fun _ _ setting -> run setting)

    let ofClaim (claim: Claim) : NamedExperiment =
        {
            Id = claim.Id
            Title = claim.Title
            Folder = "Claims"
            Seconds = claim.Seconds
            Run = fun _ _ setting -> claim.Perform setting
        }

    // Id, title, folder, seconds of the profiles smoke, quick, full and paper.
    [
        ofClaim Claims.Statistics.claim

        for loss in [ Theorem43.CrossEntropy; Theorem43.Symmetric ] do
            ofCounts
                $"theorem-4.3/{loss.Code}"
                $"Theorem 4.3 for {loss.Title}"
                "Theorem43"
                [ 5; 55; 55; 55 ]
                (Theorem43.Experiment.run loss)

        experiment
            "two-million-steps"
            "Experiment 1 at the paper's two million steps"
            "TwoMillionSteps"
            [ 3; 6; 6; 6 ]
            TwoMillionSteps.Experiment.run

        ofClaim Claims.Convergence.claim
        ofClaim Claims.ZNotOne.claim
        ofClaim Claims.GeneralWeight.claim
        ofClaim Claims.Theorem44.claim
        ofClaim Claims.Asymmetric.claim
        ofClaim Claims.Word2VecLike.claim
        ofClaim Claims.Ablation.claim
        ofClaim Claims.SimClr.claim
        experiment
            "comparison"
            "Closed forms and trained models"
            "Comparison"
            [ 2; 45; 640; 6000 ]
            Comparison.Experiment.run
        experiment "concepts" "Concepts" "Concepts" [ 2; 25; 60; 60 ] Concepts.Experiment.run
        experiment "emergence" "Emergence of analogies" "Emergence" [ 2; 25; 55; 55 ] Emergence.Experiment.run
        experiment
            "feature-overlap"
            "Features of word2vec and QWEM"
            "FeatureOverlap"
            [ 1; 20; 5; 5 ]
            FeatureOverlap.Experiment.run
        experiment
            "critical-size"
            "From which model size a family is solved"
            "CriticalSize"
            [ 4; 25; 45; 45 ]
            CriticalSize.Experiment.run
        experiment
            "alignment-of-analogies"
            "Whether the differences of a family point the same way"
            "AlignmentOfAnalogies"
            [ 1; 2; 2; 2 ]
            AlignmentOfAnalogies.Experiment.run
        experiment
            "task-vectors"
            "Task vectors as random matrices"
            "TaskVectors"
            [ 2; 15; 20; 20 ]
            TaskVectors.Experiment.run
        ofClaim Claims.Errata.claim
        ofClaim Claims.Properties.claim
    ]

let private begins (start: string) (id: string) =
    id.StartsWith(start, StringComparison.Ordinal)

/// <summary>Whether a gate is among those asked for.</summary>
/// <param name="only">Beginnings of ids; empty for all.</param>
/// <param name="gate">The gate's id.</param>
let isAsked (only: string array) (gate: string) =
    only.Length = 0 || only |> Array.exists (fun start -> begins start gate)

/// <summary>The experiments of which something is asked for: all, or some gate.</summary>
/// <param name="only">Beginnings of ids; empty for all.</param>
let asked (only: string array) : NamedExperiment list =
    all
    |> List.filter (fun experiment -> isAsked only experiment.Id || only |> Array.exists experiment.Has)

/// <summary>Why a choice of experiments and gates cannot be run, as a sentence, or null.</summary>
/// <param name="only">Beginnings of their ids.</param>
let whyUnknown (only: string array) : string | null =
    let isKnown start =
        all
        |> List.exists (fun experiment -> begins start experiment.Id || experiment.Gates |> Array.exists (begins start))

    match only |> Array.tryFind (isKnown >> not) with
    | Some start ->
        $"No experiment and no gate has an id that begins with '{start}'; 'qwem gate --list' shows the ids there are."
    | None -> null

/// <summary>The folder of the repository in which a gate's experiment stands.</summary>
/// <param name="gate">The gate's id; of one that no experiment has, the folder of them all.</param>
let folderOf (gate: string) : string =
    let root = "validation/Qwem.Validation.FSharp"

    all
    |> List.tryFind _.Has(gate)
    |> Option.map (fun experiment -> $"{root}/{experiment.Folder}")
    |> Option.defaultValue root
