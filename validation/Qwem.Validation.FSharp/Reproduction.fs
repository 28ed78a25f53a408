namespace Qwem.Validation

open System
open System.Threading
open Qwem.Reports
open Qwem.Sim.Threading
open Qwem.Validation.Theorem43

/// What a reproduction is asked for.
[<Sealed>]
type ReproductionOptions() =
    /// A reduced problem that exercises everything in seconds instead of minutes.
    member val Quick = false with get, set
    /// Root seed: of the start, and of the first descent; further descents take the numbers after it.
    member val Seed = 1UL with get, set
    /// Threads; 0 means one per processor. The numbers do not depend on it.
    member val Threads = 0 with get, set

/// Regenerates the report.
[<AbstractClass; Sealed>]
type Reproduction private () =

    static let settingsOf (options: ReproductionOptions) =
        let settings = if options.Quick then Settings.quick else Settings.full

        { settings with
            InitialisationSeed = options.Seed
            DescentSeeds = settings.DescentSeeds |> List.mapi (fun i _ -> options.Seed + uint64 i)
        }

    static let manifest (options: ReproductionOptions) (settings: Settings) =
        let flag condition text = if condition then text else ""

        let version =
            match typeof<Reproduction>.Assembly.GetName().Version with
            | null -> "unknown"
            | version -> version.ToString 3

        let first, last, count = settings.FlowTimes
        let descentFirst, descentLast, descentCount = settings.DescentTimes

        {
            Version = version
            Command =
                "qwem reproduce"
                + flag options.Quick " --quick"
                + flag (options.Seed <> 1UL) $" --seed {options.Seed}"
            Seeds =
                ("initialisation", settings.InitialisationSeed)
                :: (settings.DescentSeeds |> List.mapi (fun i seed -> $"descent {i + 1}", seed))
            Inputs = [ settings.Counts, "sha256:" + EmbeddedCounts.checksum settings.Counts ]
            Settings =
                [
                    "vocabulary size V", string settings.VocabularySize
                    "embedding dimension d", string settings.EmbeddingDimension
                    "initialisation scale sigma", settings.InitialisationScale.ToString "g"
                    "flow tolerance per step", settings.FlowTolerance.ToString "g"
                    "flow records", $"{count} from {first} to {last} tau_1"
                    "descent step kappa h lambda_1", settings.DescentStep.ToString "g"
                    "descent records", $"{descentCount} from {descentFirst} to {descentLast} tau_1"
                    "pairs per step", $"{settings.PairsPerSign} positive, {settings.PairsPerSign} negative"
                ]
        }

    static let summary (sections: Section list) =
        let verdicts = sections |> List.collect _.Verdicts
        let passed = verdicts |> List.filter _.Passed |> List.length
        let mutations = verdicts |> List.collect _.Mutations
        let killed = mutations |> List.filter _.Killed |> List.length

        $"Closed-form theory of quadratic word embedding models against an independent simulation on Wikipedia statistics: {passed} of {verdicts.Length} gates pass, and {killed} of {mutations.Length} deliberately wrong theories are rejected."

    /// <summary>Runs every experiment and returns the report as a value.</summary>
    /// <param name="options">What to run.</param>
    /// <param name="progress">Told what is being done, and the fraction done of it.</param>
    /// <param name="cancellation">Ends the run with an OperationCanceledException.</param>
    /// <exception cref="T:System.OperationCanceledException">Cancelled.</exception>
    /// <exception cref="T:System.ArithmeticException">An integration did not reach its end.</exception>
    static member Run(options: ReproductionOptions, progress: Progress, cancellation: CancellationToken) : Report =
        use team = new WorkerTeam(options.Threads)
        let settings = settingsOf options

        let sections =
            [ CrossEntropy; Symmetric ]
            |> List.map (fun loss -> Experiment.run settings loss team progress cancellation)

        {
            Title = "Qwem: Theorem 4.3 on Wikipedia statistics"
            Summary = summary sections
            Sections = sections
            Manifest = manifest options settings
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
