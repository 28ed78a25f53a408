/// Expecto's tests, run by Microsoft.Testing.Platform, so that `dotnet test` finds them.
module Qwem.Validation.Tests.Platform

open System
open System.Threading.Tasks
open Expecto
open Expecto.Impl
open Microsoft.Testing.Platform.Builder
open Microsoft.Testing.Platform.Capabilities.TestFramework
open Microsoft.Testing.Platform.Extensions.Messages
open Microsoft.Testing.Platform.Extensions.TestFramework
open Microsoft.Testing.Platform.Requests

type private Capabilities() =
    interface ITestFrameworkCapabilities with
        member _.Capabilities = Array.Empty<ITestFrameworkCapability>()

type ExpectoFramework(tests: Test) as this =
    let name (test: FlatTest) = JoinWith.Slash.format test.name

    let node (test: FlatTest) (state: IProperty) =
        TestNode(Uid = TestNodeUid(name test), DisplayName = name test, Properties = PropertyBag([| state |]))

    let chosen (filter: ITestExecutionFilter) (test: FlatTest) =
        match filter with
        | :? TestNodeUidListFilter as uids -> uids.TestNodeUids |> Array.exists (fun uid -> uid.Value = name test)
        | _ -> true

    let state (result: TestResult) : IProperty =
        match result with
        | Passed -> PassedTestNodeStateProperty()
        | Ignored reason -> SkippedTestNodeStateProperty reason
        | Failed message -> FailedTestNodeStateProperty message
        | Error e -> ErrorTestNodeStateProperty(e, e.Message)

    interface Microsoft.Testing.Platform.Extensions.IExtension with
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
                let publish session (test: FlatTest) property =
                    context.MessageBus.PublishAsync(this, TestNodeUpdateMessage(session, node test property))

                match context.Request with
                | :? DiscoverTestExecutionRequest as request ->
                    for test in Test.toTestCodeList tests |> List.filter (chosen request.Filter) do
                        do! publish request.Session.SessionUid test (DiscoveredTestNodeStateProperty())
                | :? RunTestExecutionRequest as request ->
                    let flat = Test.toTestCodeList tests |> List.filter (chosen request.Filter)

                    let config = {
                        ExpectoConfig.defaultConfig with
                            printer = TestPrinters.silent
                            verbosity = Logging.LogLevel.Fatal
                            noSpinner = true
                    }

                    let gate = obj ()

                    let run (test: FlatTest) =
                        let started = DateTimeOffset.UtcNow

                        let summary =
                            execTestAsync context.CancellationToken config test |> Async.RunSynchronously

                        let ended = DateTimeOffset.UtcNow
                        let item = node test (state summary.result)
                        item.Properties.Add(TimingProperty(TimingInfo(started, ended, ended - started)))

                        lock gate (fun () ->
                            context.MessageBus
                                .PublishAsync(this, TestNodeUpdateMessage(request.Session.SessionUid, item))
                                .Wait())

                    let alone, together =
                        flat |> List.partition (fun test -> test.sequenced = Synchronous)

                    Parallel.ForEach(
                        together,
                        ParallelOptions(MaxDegreeOfParallelism = Environment.ProcessorCount),
                        run
                    )
                    |> ignore

                    List.iter run alone
                | _ -> ()

                context.Complete()
            }
            :> Task

    interface IDataProducer with
        member _.DataTypesProduced = [| typeof<TestNodeUpdateMessage> |]

let run (tests: Test) (argv: string[]) =
    task {
        let! builder = TestApplication.CreateBuilderAsync argv

        builder.RegisterTestFramework(
            (fun _ -> Capabilities() :> ITestFrameworkCapabilities),
            (fun _ _ -> new ExpectoFramework(tests) :> ITestFramework)
        )
        |> ignore

        Microsoft.Testing.Extensions.TrxReportExtensions.AddTrxReportProvider builder
        use! app = builder.BuildAsync()
        return! app.RunAsync()
    }
    |> fun t -> t.GetAwaiter().GetResult()
