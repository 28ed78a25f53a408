/// The worker team under stress: loops of random sizes, back to back, more threads than processors, failures, disposal.
[<NUnit.Framework.TestFixture>]
module Qwem.Validation.Tests.WorkerTeamTests

open System
open System.Diagnostics
open System.Threading
open System.Threading.Tasks
open NUnit.Framework
open Qwem.Sim.Threading

/// Fails instead of hanging the whole run when the work deadlocks. Generous: it says nothing about speed.
let private within (seconds: float) (work: unit -> unit) =
    let task = Task.Run work

    if not (task.Wait(TimeSpan.FromSeconds seconds)) then
        Assert.Fail $"no end after {seconds} s: a deadlock"

/// Loops of random sizes, without pause; every index must have run exactly once when Run returns.
let private stress loops size (random: Random) =
    use team = new WorkerTeam(size)
    let runs = Array.zeroCreate<int> 64
    let visit = Action<int>(fun i -> Interlocked.Increment &runs[i] |> ignore)
    let mutable wrong = 0

    for _ in 1..loops do
        let count = random.Next 65
        Array.Clear runs
        team.Run(count, visit)

        for i in 0..63 do
            if runs[i] <> (if i < count then 1 else 0) then
                wrong <- wrong + 1

    wrong

[<Test>]
let ``every task runs exactly once, over thousands of loops and teams of 1 to 5`` () =
    within 60.0 (fun () ->
        for size in 1..5 do
            Assert.That(stress 4000 size (Random size), Is.EqualTo 0, $"team of {size}"))

[<Test>]
let ``every task runs exactly once while other threads keep all processors busy`` () =
    use stop = new CancellationTokenSource()

    let hogs =
        Array.init (2 * Environment.ProcessorCount) (fun _ ->
            let hog =
                Thread(
                    (fun () ->
                        while not stop.IsCancellationRequested do
                            Thread.SpinWait 100),
                    IsBackground = true
                )

            hog.Start()
            hog)

    try
        within 60.0 (fun () ->
            for size in 2..5 do
                Assert.That(stress 500 size (Random(10 + size)), Is.EqualTo 0, $"team of {size}"))
    finally
        stop.Cancel()
        Array.iter (fun (hog: Thread) -> hog.Join()) hogs

[<Test>]
let ``a body never runs for a loop that is over`` () =
    // Each loop has its own body, which fails once its loop has returned: a late waker with the old body would show.
    use team = new WorkerTeam(4)
    let late = [| 0 |]

    within 60.0 (fun () ->
        for loop in 1..4000 do
            let over = [| 0 |]

            team.Run(
                1 + loop % 7,
                fun _ ->
                    if Volatile.Read &over[0] <> 0 then
                        Interlocked.Increment &late[0] |> ignore
            )

            Volatile.Write(&over[0], 1))

    Assert.That(late[0], Is.EqualTo 0)

[<Test>]
let ``what the tasks wrote is visible when Run returns, and what was written before is visible to the tasks`` () =
    use team = new WorkerTeam(3)
    let input, output = Array.zeroCreate<int> 40, Array.zeroCreate<int> 40
    let copy = Action<int>(fun i -> output[i] <- input[i] + 1)
    let wrong = [| 0 |]

    within 60.0 (fun () ->
        for loop in 1..5000 do
            for i in 0..39 do
                input[i] <- loop * 64 + i

            team.Run(40, copy)

            for i in 0..39 do
                if output[i] <> loop * 64 + i + 1 then
                    wrong[0] <- wrong[0] + 1)

    Assert.That(wrong[0], Is.EqualTo 0)

[<Test>]
let ``the helpers do help`` () =
    // Two tasks that each wait for the other to start: a single thread could never finish them.
    use team = new WorkerTeam(2)
    use meeting = new Barrier(2)
    within 60.0 (fun () -> team.Run(2, fun _ -> meeting.SignalAndWait()))

[<Test>]
let ``an exception reaches the caller and the team works afterwards`` () =
    within 60.0 (fun () ->
        for size in 2..5 do
            use team = new WorkerTeam(size)

            for loop in 0..300 do
                let failure =
                    Assert.Throws<AggregateException>(fun () ->
                        team.Run(
                            20,
                            (fun i ->
                                if i = loop % 20 then
                                    invalidOp $"task {i}")
                        ))

                let inner = (nonNull failure).InnerExceptions
                Assert.That(inner.Count, Is.EqualTo 1)
                Assert.That(inner[0], Is.TypeOf<InvalidOperationException>())
                Assert.That(inner[0].Message, Is.EqualTo $"task {loop % 20}")
                let total = [| 0 |]
                team.Run(20, (fun i -> Interlocked.Add(&total[0], i) |> ignore))
                Assert.That(total[0], Is.EqualTo 190))

[<Test>]
let ``when every task fails the first failure is reported and the rest is skipped`` () =
    use team = new WorkerTeam(3)
    let started = [| 0 |]

    let run () =
        team.Run(
            10000,
            fun _ ->
                Interlocked.Increment &started[0] |> ignore
                invalidOp "all"
        )

    within 60.0 (fun () ->
        let failure = Assert.Throws<AggregateException>(fun () -> run ())
        Assert.That((nonNull failure).InnerExceptions.Count, Is.EqualTo 1))
    // A member that saw no failure yet may start one task; each member throws only once after that.
    Assert.That(started[0], Is.InRange(1, 3))

[<Test>]
let ``a team of one and a loop of one task throw the body's own exception`` () =
    for size in [ 1; 3 ] do
        use team = new WorkerTeam(size)

        Assert.Throws<InvalidOperationException>(fun () -> team.Run(1, (fun _ -> invalidOp "own")))
        |> ignore

[<Test>]
let ``loops of several callers take turns`` () =
    use team = new WorkerTeam(3)
    let totals = Array.zeroCreate<int> 3

    within 60.0 (fun () ->
        Parallel.For(
            0,
            3,
            fun caller ->
                for _ in 1..1000 do
                    team.Run(5, (fun i -> Interlocked.Add(&totals[caller], i) |> ignore))
        )
        |> ignore)

    Assert.That(totals, Is.EqualTo<int[]> [| 10000; 10000; 10000 |])

[<Test>]
let ``Run allocates nothing, on any thread`` () =
    for size in [ 1; 2; 4 ] do
        use team = new WorkerTeam(size)
        let cells = Array.zeroCreate<int> 64
        let body = Action<int>(fun i -> cells[i] <- cells[i] + 1)

        let loops count =
            for _ in 1..count do
                team.Run(17, body)

        loops 2000
        Assert.That(Allocation.byThisThread (fun () -> loops 5000), Is.EqualTo 0L, $"caller, team of {size}")
        // The helpers' share: other threads of the test host allocate too, now and then, which can only add. One object per loop,
        // 24 bytes at least, would show in every attempt.
        let least =
            Seq.init 10 (fun _ ->
                let all = GC.GetTotalAllocatedBytes true
                loops 2000
                GC.GetTotalAllocatedBytes true - all)
            |> Seq.min

        TestContext.Out.WriteLine $"all threads, team of {size}: {least} bytes in 2000 loops"
        Assert.That(least, Is.LessThan(2000L * 24L), $"all threads, team of {size}")

[<Test>]
let ``disposal ends the threads, may be repeated, and forbids another loop`` () =
    within 60.0 (fun () ->
        for size in 1..5 do
            for _ in 1..40 do
                let team = new WorkerTeam(size)
                team.Run(3, ignore)
                team.Dispose()
                team.Dispose()

                Assert.Throws<ObjectDisposedException>(fun () -> team.Run(3, ignore)) |> ignore)

[<Test>]
let ``teams made and disposed leave no threads behind`` () =
    let count () =
        use self = Process.GetCurrentProcess()
        self.Threads.Count

    let before = count ()

    for _ in 1..100 do
        use team = new WorkerTeam(5)
        team.Run(5, ignore)

    // 400 threads were started; the test host itself may start or end a few meanwhile.
    Assert.That(count (), Is.LessThan(before + 100))

[<Test>]
let ``odd sizes`` () =
    use team = new WorkerTeam(0)
    Assert.That(team.Size, Is.EqualTo Environment.ProcessorCount)
    let runs = [| 0 |]
    team.Run(0, (fun _ -> runs[0] <- runs[0] + 1))
    team.Run(-3, (fun _ -> runs[0] <- runs[0] + 1))
    Assert.That(runs[0], Is.EqualTo 0)

    Assert.Throws<ArgumentOutOfRangeException>(fun () -> (new WorkerTeam(-1)).Dispose())
    |> ignore
