namespace Qwem.Validation

open System
open System.Threading
open Qwem.Reports
open Qwem.Sim.Runs
open Qwem.Sim.Threading

/// What a reproduction gives.
type Reproduced =
    {
        /// The report as a value.
        Report: Report
        /// Ids of the experiments that an earlier run had finished with this build, these inputs and these parameters.
        Reused: string array
        /// Why finished experiments could not be kept for later runs, or null.
        CacheComplaint: string | null
    }

/// Regenerates the report.
[<AbstractClass; Sealed>]
type Reproduction private () =

    static let keepAsked (only: string array) (section: Section) =
        { section with
            Verdicts =
                section.Verdicts
                |> List.filter (fun verdict -> Experiments.isAsked only verdict.Id)
        }

    static let reportOf (options: ReproductionOptions) (claims: Claim list) sections manifest : Report =
        let whose = if isNull options.Counts then "Wikipedia" else "your"

        {
            Title = $"Qwem: theory against experiment on {whose} statistics"
            Summary =
                "Closed-form theory of quadratic word embedding models against an independent simulation. Every gap is compared with a bound derived from rounding, integration error, sampling error or a stated term left out, or with null models, every gate is shown the same list of mistakes, and what the data contradict stands first."
            Sections = sections
            Slips =
                Slip.all
                |> List.map (fun slip ->
                    {
                        Id = slip.Id
                        Mistake = slip.Mistake
                        Continuous = slip.Continuous
                    })
            Commands =
                List.map2
                    (fun (claim: Claim) (section: Section) ->
                        section.Id, Provenance.command options [| claim.Id |] + " --output FOLDER")
                    claims
                    sections
            // A part of the report is not held against all of the paper.
            PaperFigures = if options.Only.Length = 0 then PaperFigures.all else []
            MissingFigures = PaperFigures.missing
            MissingReferences = PaperValues.missing
            Manifest = manifest
        }

    /// <summary>Runs the experiments that are asked for, or all, but for those that an earlier run finished.</summary>
    /// <param name="options">What to run.</param>
    /// <param name="fresh">True to take up nothing that an earlier run finished.</param>
    /// <param name="progress">Receives what is being done, and the fraction done of it.</param>
    /// <param name="judged">Receives each section as soon as it is judged, or found finished, with the gates that are asked for.</param>
    /// <param name="cancellation">Ends the run with an OperationCanceledException.</param>
    /// <exception cref="T:System.ArgumentException">The options are impossible.</exception>
    /// <exception cref="T:System.OperationCanceledException">Cancelled.</exception>
    /// <exception cref="T:System.ArithmeticException">An integration did not reach its end.</exception>
    static member Run
        (
            options: ReproductionOptions,
            fresh: bool,
            progress: Progress,
            judged: Action<Section>,
            cancellation: CancellationToken
        ) : Reproduced =
        let embedded = EmbeddedCounts.load EmbeddedCounts.wikipedia1000

        let counts =
            match options.Counts with
            | null -> embedded
            | given -> given

        match options.WhyImpossible counts with
        | null -> ()
        | sentence -> invalidArg (nameof options) sentence

        use team = new WorkerTeam(options.Threads)

        let setting =
            {
                Profile = options.Profile
                Seed = options.Seed
                Embedded = embedded
                Larger = lazy EmbeddedCounts.load EmbeddedCounts.wikipedia3000
                Corpus = options.Corpus
                Chosen = options.ChosenOn counts
                Benchmarks = options.Benchmarks
                Team = team
                Progress = progress
                Cancellation = cancellation
            }

        let asked = Experiments.asked options.Only
        let left = TimeLeft(asked, options.Profile)
        let finished = options.Cache |> Option.ofObj |> Option.map FinishedSections

        let perform index (claim: Claim) =
            cancellation.ThrowIfCancellationRequested()
            let inputs = Provenance.inputs setting claim.Id

            let section, reused =
                match (if fresh then None else finished) |> Option.bind _.Find(inputs) with
                | Some section ->
                    progress.Invoke($"{claim.Id}: finished earlier", 1.0)
                    section, Some claim.Id
                | None ->
                    progress.Invoke($"{claim.Id} ({index + 1} of {asked.Length}, {left.Before index} left)", 0.0)
                    let section = claim.Perform setting
                    left.Ran claim
                    finished |> Option.iter _.Keep(inputs, section)
                    section, None

            let kept = keepAsked options.Only section
            judged.Invoke kept
            kept, reused

        let sections, reused =
            try
                asked |> List.mapi perform |> List.unzip
            with :? OperationCanceledException ->
                match finished with
                | Some cache when cache.Kept > 0 ->
                    raise (
                        RunInterruptedException
                            $"Cancelled; no report was written, but of the experiments {cache.Kept} finished in this run are kept in '{options.Cache}', where the next run finds them."
                    )
                | _ -> reraise ()

        {
            Report = Provenance.manifest options setting |> reportOf options asked sections
            Reused = reused |> List.choose id |> Array.ofList
            CacheComplaint =
                finished
                |> Option.bind (fun cache -> Option.ofObj cache.Complaint)
                |> Option.toObj
        }
