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
    /// A reduced problem that exercises everything in seconds instead of minutes.
    member val Quick = false with get, set
    /// Root seed: of the start, and of the first descent; further descents take the numbers after it.
    member val Seed = 1UL with get, set
    /// Threads; 0 means one per processor. The numbers do not depend on it.
    member val Threads = 0 with get, set
    /// Counts to use instead of the embedded ones, or null.
    member val Counts: CooccurrenceCounts | null = null with get, set
    /// V, at most the counts' vocabulary; 0 for the experiment's.
    member val VocabularySize = 0 with get, set
    /// d, below V; 0 for the experiment's.
    member val EmbeddingDimension = 0 with get, set
    /// sigma, positive; 0 for the experiment's.
    member val InitialisationScale = 0.0 with get, set

/// Regenerates the report.
[<AbstractClass; Sealed>]
type Reproduction private () =

    static let settingsOf (options: ReproductionOptions) (counts: CooccurrenceCounts) =
        let settings = if options.Quick then Settings.quick else Settings.full
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

    static let manifest (options: ReproductionOptions) (counts: CooccurrenceCounts) (settings: Settings) =
        let flag condition text = if condition then text else ""

        let version =
            match typeof<Reproduction>.Assembly.GetName().Version with
            | null -> "unknown"
            | version -> version.ToString 3

        let records (records: Records) =
            $"{records.Early} from {records.First} to 0.5 tau_1, then as dense as the rises ask to {records.Last} tau_1"

        {
            Version = version
            Command =
                "qwem reproduce"
                + flag options.Quick " --quick"
                + flag (not (isNull options.Counts)) " --counts FILE"
                + flag (options.VocabularySize <> 0) $" --vocabulary-size {options.VocabularySize}"
                + flag (options.EmbeddingDimension <> 0) $" --dimension {options.EmbeddingDimension}"
                + flag (options.InitialisationScale <> 0.0) $" --sigma {options.InitialisationScale}"
                + flag (options.Seed <> 1UL) $" --seed {options.Seed}"
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
            null

    /// <summary>Runs every experiment and returns the report as a value.</summary>
    /// <param name="options">What to run.</param>
    /// <param name="progress">Told what is being done, and the fraction done of it.</param>
    /// <param name="cancellation">Ends the run with an OperationCanceledException.</param>
    /// <exception cref="T:System.ArgumentException">The options are impossible.</exception>
    /// <exception cref="T:System.OperationCanceledException">Cancelled.</exception>
    /// <exception cref="T:System.ArithmeticException">An integration did not reach its end.</exception>
    static member Run(options: ReproductionOptions, progress: Progress, cancellation: CancellationToken) : Report =
        let counts =
            match options.Counts with
            | null -> Reproduction.DefaultCounts()
            | given -> given

        match Reproduction.WhyImpossible(options, counts) with
        | null -> ()
        | sentence -> invalidArg (nameof options) sentence

        use team = new WorkerTeam(options.Threads)
        let settings = settingsOf options counts

        let sections =
            [
                for loss in [ CrossEntropy; Symmetric ] do
                    Experiment.run settings counts loss team progress cancellation

                let embedded = Reproduction.DefaultCounts()
                ZNotOne.Experiment.run options.Quick options.Seed embedded team progress cancellation
                GeneralWeight.Experiment.run options.Quick options.Seed embedded team progress cancellation
                Theorem44.Experiment.run options.Quick options.Seed embedded team progress cancellation
                Asymmetric.Experiment.run options.Quick options.Seed embedded team progress cancellation
                progress.Invoke("errata", 0.0)
                Errata.ErrataExperiment.run embedded team
                progress.Invoke("mutation census", 0.0)
                Mutations.Mutants.census ()
            ]

        {
            Title =
                if isNull options.Counts then
                    "Qwem: Theorem 4.3 on Wikipedia statistics"
                else
                    "Qwem: Theorem 4.3 on your statistics"
            Summary =
                "Closed-form theory of quadratic word embedding models against an independent simulation. Every gap is compared with a bound derived from rounding, integration error, sampling error or a stated modelling error, and every gate must reject deliberately wrong theories."
            Sections = sections
            Manifest = manifest options counts settings
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
