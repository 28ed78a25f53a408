/// Expecto's tests for Microsoft.Testing.Platform, by which `dotnet test` runs, lists and selects them.
module Qwem.Validation.Tests.Platform

open System
open System.Threading.Tasks
open Expecto
open Expecto.Impl
open Microsoft.Testing.Platform.Builder
open Microsoft.Testing.Platform.Capabilities.TestFramework
open Microsoft.Testing.Platform.Extensions
open Microsoft.Testing.Platform.Extensions.Messages
open Microsoft.Testing.Platform.Extensions.TestFramework
open Microsoft.Testing.Platform.Requests
open Microsoft.Testing.Platform.TestHost

type private Capabilities() =
    interface ITestFrameworkCapabilities with
        member _.Capabilities = Array.Empty<ITestFrameworkCapability>()

let private name (test: FlatTest) = JoinWith.Slash.format test.name

let private node test (state: IProperty) =
    TestNode(Uid = TestNodeUid(name test), DisplayName = name test, Properties = PropertyBag([| state |]))

let private isChosen (filter: ITestExecutionFilter) test =
    match filter with
    | :? TestNodeUidListFilter as chosen -> chosen.TestNodeUids |> Array.exists (fun uid -> uid.Value = name test)
    | _ -> true

let private stateOf (result: TestResult) : IProperty =
    match result with
    | Passed -> PassedTestNodeStateProperty()
    | Ignored reason -> SkippedTestNodeStateProperty reason
    | Failed message -> FailedTestNodeStateProperty message
    | Error e -> ErrorTestNodeStateProperty(e, e.Message)

/// Groups of tests of which each runs by itself: those that may run beside one another, and those that may not.
let private scheduled (tests: FlatTest list) =
    // Experiments, processes and slow tests take longest: begun last, the end of the run would wait for them on one core.
    let isShort (test: FlatTest) =
        not (List.exists (fun list -> List.contains list test.name) ("slow" :: Runner.long))

    let together, alone =
        tests
        |> List.sortBy isShort
        |> List.groupBy (fun test ->
            match test.sequenced with
            | Synchronous -> "alone", ""
            | SynchronousGroup group -> "group", group
            | InParallel -> "single", name test)
        |> List.partition (fun ((kind, _), _) -> kind <> "alone")

    List.map snd together, List.map snd alone

type private ExpectoFramework(tests: Test) as this =

    let run (session: SessionUid) (context: ExecuteRequestContext) (tests: FlatTest list) =
        let config = {
            ExpectoConfig.defaultConfig with
                printer = TestPrinters.silent
                verbosity = Logging.LogLevel.Fatal
                noSpinner = true
        }

        let publishing = obj ()

        let one test =
            let started = DateTimeOffset.UtcNow

            let summary =
                execTestAsync context.CancellationToken config test |> Async.RunSynchronously

            let ended = DateTimeOffset.UtcNow
            let done' = node test (stateOf summary.result)
            done'.Properties.Add(TimingProperty(TimingInfo(started, ended, ended - started)))

            lock publishing (fun () ->
                context.MessageBus.PublishAsync(this, TestNodeUpdateMessage(session, done')).Wait())

        let together, alone = scheduled tests
        let options = ParallelOptions(MaxDegreeOfParallelism = Environment.ProcessorCount)
        // One at a time to each core: a range of tests of which one is long would leave the others waiting.
        let partitioner =
            Collections.Concurrent.Partitioner.Create(
                together,
                Collections.Concurrent.EnumerablePartitionerOptions.NoBuffering
            )

        Parallel.ForEach(partitioner, options, List.iter one) |> ignore
        List.iter (List.iter one) alone

    interface IExtension with
        member _.Uid = "Qwem.Expecto"
        member _.Version = "1.0"
        member _.DisplayName = "Expecto"
        member _.Description = "Expecto on Microsoft.Testing.Platform"
        member _.IsEnabledAsync() = Task.FromResult true

    interface ITestFramework with
        member _.CreateTestSessionAsync _ =
            Task.FromResult(CreateTestSessionResult(IsSuccess = true))

        member _.CloseTestSessionAsync _ =
            Task.FromResult(CloseTestSessionResult(IsSuccess = true))

        member _.ExecuteRequestAsync context =
            task {
                let chosen filter =
                    Test.toTestCodeList tests |> List.filter (isChosen filter)

                match context.Request with
                | :? DiscoverTestExecutionRequest as request ->
                    for test in chosen request.Filter do
                        let found = node test (DiscoveredTestNodeStateProperty())

                        do!
                            context.MessageBus.PublishAsync(
                                this,
                                TestNodeUpdateMessage(request.Session.SessionUid, found)
                            )
                | :? RunTestExecutionRequest as request ->
                    run request.Session.SessionUid context (chosen request.Filter)
                | _ -> ()

                context.Complete()
            }
            :> Task

    interface IDataProducer with
        member _.DataTypesProduced = [| typeof<TestNodeUpdateMessage> |]

/// Runs what the platform's arguments ask for; exit code 8 where that is no test.
let run (tests: Test) (arguments: string array) : int =
    task {
        let! builder = TestApplication.CreateBuilderAsync arguments

        builder.RegisterTestFramework(
            (fun _ -> Capabilities() :> ITestFrameworkCapabilities),
            (fun _ _ -> new ExpectoFramework(tests) :> ITestFramework)
        )
        |> ignore

        Microsoft.Testing.Extensions.TrxReportExtensions.AddTrxReportProvider builder
        use! application = builder.BuildAsync()
        return! application.RunAsync()
    }
    |> _.GetAwaiter().GetResult()
