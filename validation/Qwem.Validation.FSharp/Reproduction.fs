namespace Qwem.Validation

open System
open System.Threading
open Qwem.Reports
open Qwem.Sim.Cooccurrence
open Qwem.Sim.Threading
open Qwem.Validation.Theorem43

/// What a reproduction is asked for. A property left at its default takes the value of the paper's experiment.
[<Sealed>]
type ReproductionOptions() =
    /// How large the experiments are.
    member val Profile = Profile.Quick with get, set
    /// Root seed: of the start, and of the first descent; further descents take the numbers after it.
    member val Seed = 1UL with get, set
    /// Threads; 0 means one per processor. The numbers do not depend on it.
    member val Threads = 0 with get, set
    /// Counts that Theorem 4.3 is to be tried on instead of the embedded ones, or null.
    member val Counts: CooccurrenceCounts | null = null with get, set
    /// Counts of a corpus for the profiles Full and Paper, or null.
    member val Corpus: CooccurrenceCounts | null = null with get, set
    /// V, at most the counts' vocabulary; 0 for the experiment's.
    member val VocabularySize = 0 with get, set
    /// d, below V; 0 for the experiment's.
    member val EmbeddingDimension = 0 with get, set
    /// sigma, positive; 0 for the experiment's.
    member val InitialisationScale = 0.0 with get, set
    /// Beginnings of ids of experiments or gates; only those run and are judged. Empty for all.
    member val Only: string array = [||] with get, set
    /// Folder in which finished experiments are kept and looked for; null to keep and look for none.
    member val Cache: string | null = null with get, set

/// An experiment that can be run alone.
[<NoEquality; NoComparison>]
type internal NamedExperiment =
    {
        /// What the ids of its gates begin with, up to a slash or their end.
        Id: string
        Title: string
        /// Where its tolerances and gates stand, below validation/Qwem.Validation.FSharp.
        Folder: string
        /// Rough seconds on two cores, by profile: what the time left is estimated from.
        Seconds: float array
        /// Of the statistics and settings of Theorem 4.3, which the user can choose, and of what all experiments are given.
        Run: CooccurrenceCounts -> Settings -> Setting -> Section
    }

/// What a reproduction gives.
type Reproduced =
    {
        /// The report as a value.
        Report: Report
        /// Ids of the experiments that an earlier run had finished with this build, these inputs and these parameters.
        Reused: string array
    }

/// An experiment as --list shows it.
type ExperimentName =
    {
        /// What the ids of its gates begin with.
        Id: string
        Title: string
        /// Ids of its gates in the committed results; a gate added since is not among them.
        Gates: string array
    }

/// Regenerates the report.
[<AbstractClass; Sealed>]
type Reproduction private () =

    /// Every experiment, in the order of the report.
    static let experiments: NamedExperiment list =
        let experiment id title folder (seconds: float list) run : NamedExperiment =
            {
                Id = id
                Title = title
                Folder = folder
                Seconds = Array.ofList seconds
                Run = run
            }

        // Its statistics are not the user's to choose.
        let fixedTo id title folder seconds run =
            experiment id title folder seconds (fun _ _ setting -> run setting)

        [
            for loss in [ CrossEntropy; Symmetric ] do
                experiment
                    $"theorem-4.3/{loss.Code}"
                    $"Theorem 4.3 for {loss.Title}"
                    "Theorem43"
                    [ 5; 55; 55; 55 ]
                    (fun counts settings it -> Experiment.run settings counts loss it.Team it.Progress it.Cancellation)

            fixedTo
                "two-million-steps"
                "Experiment 1 at the paper's two million steps"
                "TwoMillionSteps"
                [ 3; 6; 6; 6 ]
                TwoMillionSteps.Experiment.run

            fixedTo "convergence" "How errors fall" "Convergence" [ 1; 6; 6; 6 ] Convergence.Experiment.run
            fixedTo "z-not-one" "Subsampling with Z far from 1" "ZNotOne" [ 1; 3; 3; 3 ] ZNotOne.Experiment.run
            fixedTo "general-weight" "A weight of any rank" "GeneralWeight" [ 1; 5; 5; 5 ] GeneralWeight.Experiment.run
            fixedTo
                "theorem-4.4"
                "Theorem 4.4 for five subsampling exponents"
                "Theorem44"
                [ 2; 50; 120; 10_000 ]
                Theorem44.Experiment.run
            fixedTo "asymmetric" "Two factors" "Asymmetric" [ 1; 3; 3; 3 ] Asymmetric.Experiment.run
            fixedTo
                "word2vec-like"
                "word2vec, QWEM and theory"
                "Word2VecLike"
                [ 4; 35; 500; 500 ]
                Word2VecLike.Experiment.run
            fixedTo
                "ablation"
                "From word2vec to QWEM in two changes"
                "Ablation"
                [ 3; 30; 350; 350 ]
                Ablation.Experiment.run
            fixedTo "simclr" "Stepwise learning with a temperature" "SimClr" [ 3; 10; 150; 150 ] SimClr.Experiment.run
            fixedTo
                "comparison"
                "Closed forms and trained models"
                "Comparison"
                [ 2; 45; 1200; 6000 ]
                Comparison.Experiment.run
            fixedTo "concepts" "Concepts" "Concepts" [ 2; 25; 600; 600 ] Concepts.Experiment.run
            fixedTo "emergence" "Emergence of analogies" "Emergence" [ 2; 25; 600; 600 ] Emergence.Experiment.run
            fixedTo
                "feature-overlap"
                "Features of word2vec and QWEM"
                "FeatureOverlap"
                [ 1; 20; 600; 3600 ]
                FeatureOverlap.Experiment.run
            fixedTo
                "critical-size"
                "From which model size a family is solved"
                "CriticalSize"
                [ 4; 25; 25; 25 ]
                CriticalSize.Experiment.run
            fixedTo
                "alignment-of-analogies"
                "Whether the differences of a family point the same way"
                "AlignmentOfAnalogies"
                [ 1; 2; 2; 2 ]
                AlignmentOfAnalogies.Experiment.run
            fixedTo
                "task-vectors"
                "Task vectors as random matrices"
                "TaskVectors"
                [ 2; 15; 15; 15 ]
                TaskVectors.Experiment.run
            fixedTo "errata" "Errata of the paper" "Errata" [ 2; 2; 2; 2 ] (fun it ->
                Errata.ErrataExperiment.run it.Embedded it.Team)
            fixedTo "mutation-census" "Mutation census" "Mutations" [ 2; 2; 2; 2 ] (fun _ ->
                Mutations.Mutants.census ())
        ]

    static let contains (experiment: NamedExperiment) (gate: string) =
        gate = experiment.Id
        || gate.StartsWith(experiment.Id + "/", StringComparison.Ordinal)

    static let committed = lazy (CommittedResults.verdicts () |> List.map _.Id |> Array.ofList)

    /// Whether something of the experiment is asked for: all of it, or one of its gates.
    static let isAsked (only: string array) (experiment: NamedExperiment) =
        only.Length = 0
        || only
           |> Array.exists (fun start ->
               experiment.Id.StartsWith(start, StringComparison.Ordinal)
               || contains experiment start)

    static let settingsOf (options: ReproductionOptions) (counts: CooccurrenceCounts) =
        let settings =
            if options.Profile = Profile.Smoke then Settings.smoke else Settings.full

        let orElse standard value = if value = 0 then standard else value

        let vocabulary =
            options.VocabularySize
            |> orElse (min settings.VocabularySize counts.VocabularySize)

        let dimension = options.EmbeddingDimension |> orElse settings.EmbeddingDimension

        { settings with
            VocabularySize = vocabulary
            EmbeddingDimension = dimension
            InitialisationScale =
                if options.InitialisationScale = 0.0 then
                    settings.InitialisationScale
                else
                    options.InitialisationScale
            InitialisationSeed = options.Seed
            DescentSeeds = settings.DescentSeeds |> List.mapi (fun i _ -> options.Seed + uint64 i)
            OverlapRanks = settings.OverlapRanks |> Array.filter (fun rank -> rank <= dimension)
        }

    // All that decides a section but the build; the threads do not.
    static let inputsOf (options: ReproductionOptions) (counts: CooccurrenceCounts) (settings: Settings) id =
        let corpus =
            match options.Corpus with
            | null -> "none"
            | corpus -> corpus.ContentHash

        $"{id} {options.Profile} {options.Seed} {counts.ContentHash} {corpus} {settings.VocabularySize} {settings.EmbeddingDimension} {settings.InitialisationScale:R}"

    /// An estimate for a person: never more than one digit of a minute.
    static let timeLeft (seconds: float) =
        if seconds < 60.0 then "less than a minute"
        elif seconds < 5400.0 then $"about {Math.Ceiling(seconds / 60.0):F0} min"
        else $"about {seconds / 3600.0:F1} h"

    /// The command of a run, of the experiments and gates named.
    static let commandOf (options: ReproductionOptions) (only: string array) =
        let flag condition text = if condition then text else ""

        "qwem reproduce"
        + flag (options.Profile <> Profile.Quick) $" --profile {Profile.code options.Profile}"
        + flag (not (isNull options.Counts)) " --counts FILE"
        + flag (not (isNull options.Corpus)) " --corpus FILE"
        + flag (options.VocabularySize <> 0) $" --vocabulary-size {options.VocabularySize}"
        + flag (options.EmbeddingDimension <> 0) $" --dimension {options.EmbeddingDimension}"
        + flag (options.InitialisationScale <> 0.0) $" --sigma {options.InitialisationScale}"
        + flag (options.Seed <> 1UL) $" --seed {options.Seed}"
        + flag (only.Length <> 0) (" --only " + String.concat " " only)

    static let manifest (options: ReproductionOptions) (counts: CooccurrenceCounts) (settings: Settings) =
        let version =
            match typeof<Reproduction>.Assembly.GetName().Version with
            | null -> "unknown"
            | version -> version.ToString 3

        let records (records: Records) =
            $"{records.Early} from {records.First} to 0.5 tau_1, then as dense as the rises ask to {records.Last} tau_1"

        {
            Version = version
            Command = commandOf options options.Only
            Seeds =
                ("initialisation", settings.InitialisationSeed)
                :: (settings.DescentSeeds |> List.mapi (fun i seed -> $"descent {i + 1}", seed))
            Inputs =
                [
                    (if isNull options.Counts then
                         EmbeddedCounts.wikipedia1000
                     else
                         "counts of the user"),
                    "content sha256:" + counts.ContentHash
                ]
            Settings =
                [
                    "counting convention", string counts.Convention
                    "vocabulary size V", string settings.VocabularySize
                    "embedding dimension d", string settings.EmbeddingDimension
                    "initialisation scale sigma", settings.InitialisationScale.ToString "g"
                    "flow tolerance per step", settings.FlowTolerance.ToString "g"
                    "flow records", records settings.FlowRecords
                    "descent step kappa h lambda_1", settings.DescentStep.ToString "g"
                    "descent records", records settings.DescentRecords
                    "pairs per step", $"{settings.PairsPerSign} positive, {settings.PairsPerSign} negative"
                ]
        }

    /// <summary>The counts that a reproduction uses unless it is given others.</summary>
    static member DefaultCounts() : CooccurrenceCounts =
        EmbeddedCounts.load EmbeddedCounts.wikipedia1000

    /// <summary>What is impossible about the options, as a sentence, or null.</summary>
    /// <param name="options">What is asked for.</param>
    /// <param name="counts">The counts it is asked of.</param>
    static member WhyImpossible(options: ReproductionOptions, counts: CooccurrenceCounts) : string | null =
        let settings = settingsOf options counts

        if settings.VocabularySize > counts.VocabularySize then
            $"The vocabulary size V = {settings.VocabularySize} exceeds the {counts.VocabularySize} words of the counts; give at most {counts.VocabularySize}."
        elif settings.VocabularySize < 3 then
            $"The vocabulary size V = {settings.VocabularySize} is too small; give at least 3 words."
        elif
            settings.EmbeddingDimension < 1
            || settings.EmbeddingDimension >= settings.VocabularySize
        then
            $"The embedding dimension d = {settings.EmbeddingDimension} must be at least 1 and below the vocabulary size V = {settings.VocabularySize}."
        elif
            not (
                settings.InitialisationScale > 0.0
                && Double.IsFinite settings.InitialisationScale
            )
        then
            $"The initialisation scale sigma = {settings.InitialisationScale} must be positive and finite, for instance 1e-12."
        elif settings.InitialisationScale < 1e-30 || settings.InitialisationScale > 1.0 then
            $"The initialisation scale sigma = {settings.InitialisationScale} must be from 1e-30 to 1; the paper's is 1e-12."
        else
            Reproduction.WhyUnknown options.Only

    /// <summary>Every experiment with the gates that its committed results have, in the report's order.</summary>
    static member Experiments() : ExperimentName array =
        [|
            for experiment in experiments do
                {
                    Id = experiment.Id
                    Title = experiment.Title
                    Gates = committed.Value |> Array.filter (contains experiment)
                }
        |]

    /// <summary>Why a choice of experiments and gates cannot be run, as a sentence, or null.</summary>
    /// <param name="only">Beginnings of their ids.</param>
    static member WhyUnknown(only: string array) : string | null =
        let isKnown (start: string) =
            let begins (id: string) =
                id.StartsWith(start, StringComparison.Ordinal)

            experiments |> List.exists (fun experiment -> begins experiment.Id)
            || committed.Value |> Array.exists begins

        match only |> Array.tryFind (isKnown >> not) with
        | Some start ->
            $"No experiment and no gate has an id that begins with '{start}'; 'qwem gate --list' shows the ids there are."
        | None -> null

    /// <summary>Whether a gate is among those asked for.</summary>
    /// <param name="only">Beginnings of ids; empty for all.</param>
    /// <param name="gate">The gate's id.</param>
    static member IsAsked(only: string array, gate: string) =
        only.Length = 0
        || only
           |> Array.exists (fun start -> gate.StartsWith(start, StringComparison.Ordinal))

    /// <summary>Whether a profile has a gate: the reduced problem lacks some that it is too small for.</summary>
    /// <param name="profile">How large the experiments are.</param>
    /// <param name="gate">The gate's id.</param>
    static member HasGate(profile: Profile, gate: string) =
        profile <> Profile.Smoke || gate <> "theorem-4.4/descent-nearest"

    /// <summary>The folder of the repository in which a gate's experiment stands.</summary>
    /// <param name="gate">The gate's id; of one that no experiment has, the folder of them all.</param>
    static member FolderOf(gate: string) : string =
        let root = "validation/Qwem.Validation.FSharp"

        experiments
        |> List.tryFind (fun experiment -> contains experiment gate)
        |> Option.map (fun experiment -> $"{root}/{experiment.Folder}")
        |> Option.defaultValue root

    /// <summary>Runs the experiments that are asked for, or all, but for those that an earlier run finished.</summary>
    /// <param name="options">What to run.</param>
    /// <param name="fresh">True to take up nothing that an earlier run finished.</param>
    /// <param name="progress">Told what is being done, and the fraction done of it.</param>
    /// <param name="cancellation">Ends the run with an OperationCanceledException.</param>
    /// <exception cref="T:System.ArgumentException">The options are impossible.</exception>
    /// <exception cref="T:System.OperationCanceledException">Cancelled.</exception>
    /// <exception cref="T:System.ArithmeticException">An integration did not reach its end.</exception>
    static member Run
        (options: ReproductionOptions, fresh: bool, progress: Progress, cancellation: CancellationToken)
        : Reproduced =
        let counts =
            match options.Counts with
            | null -> Reproduction.DefaultCounts()
            | given -> given

        match Reproduction.WhyImpossible(options, counts) with
        | null -> ()
        | sentence -> invalidArg (nameof options) sentence

        use team = new WorkerTeam(options.Threads)
        let settings = settingsOf options counts

        let setting =
            {
                Profile = options.Profile
                Seed = options.Seed
                Embedded = Reproduction.DefaultCounts()
                Larger = lazy EmbeddedCounts.load EmbeddedCounts.wikipedia3000
                Corpus = options.Corpus
                Team = team
                Progress = progress
                Cancellation = cancellation
            }

        let asked = experiments |> List.filter (isAsked options.Only)
        let clock = Diagnostics.Stopwatch.StartNew()
        let mutable expected, reused = 0.0, []
        let finished = options.Cache |> Option.ofObj |> Option.map FinishedSections

        let perform index (experiment: NamedExperiment) =
            cancellation.ThrowIfCancellationRequested()
            let inputs = inputsOf options counts settings experiment.Id

            match (if fresh then None else finished) |> Option.bind _.Find(inputs) with
            | Some section ->
                reused <- experiment.Id :: reused
                progress.Invoke($"{experiment.Id}: finished earlier", 1.0)
                section
            | None ->
                let left =
                    asked
                    |> List.skip index
                    |> List.sumBy (fun rest -> rest.Seconds[int options.Profile])

                let pace = if expected = 0.0 then 1.0 else clock.Elapsed.TotalSeconds / expected

                progress.Invoke($"{experiment.Id} ({index + 1} of {asked.Length}, {timeLeft (pace * left)} left)", 0.0)

                let section = experiment.Run counts settings setting
                expected <- expected + experiment.Seconds[int options.Profile]
                finished |> Option.iter _.Keep(inputs, section)
                section

        let sections =
            asked
            |> List.mapi perform
            |> List.map (fun section ->
                { section with
                    Verdicts =
                        section.Verdicts
                        |> List.filter (fun verdict -> Reproduction.IsAsked(options.Only, verdict.Id))
                })

        let report =
            {
                Title =
                    if isNull options.Counts then
                        "Qwem: theory against experiment on Wikipedia statistics"
                    else
                        "Qwem: theory against experiment on your statistics"
                Summary =
                    "Closed-form theory of quadratic word embedding models against an independent simulation. Every gap is compared with a bound derived from rounding, integration error, sampling error or a stated modelling error, and every gate must reject deliberately wrong theories."
                Sections = sections
                Commands =
                    List.map2
                        (fun (experiment: NamedExperiment) (section: Section) ->
                            section.Id, commandOf options [| experiment.Id |] + " --out FOLDER")
                        asked
                        sections
                // A part of the report is not held against all of the paper.
                PaperFigures = if options.Only.Length = 0 then PaperFigures.all else []
                MissingFigures = PaperFigures.missing
                Manifest = manifest options counts settings
            }

        {
            Report = report
            Reused = reused |> List.rev |> Array.ofList
        }

    /// <summary>Whether every gate of a report passed.</summary>
    /// <param name="report">A finished report.</param>
    static member Passed(report: Report) =
        report.Sections
        |> List.forall (fun section -> section.Verdicts |> List.forall _.Passed)

    /// <summary>The verdicts of a report, for display.</summary>
    /// <param name="report">A finished report.</param>
    static member Verdicts(report: Report) : Verdict array =
        report.Sections |> List.collect _.Verdicts |> Array.ofList
