/// The worker team under stress: loops of random sizes, back to back, more threads than processors, failures, disposal.
module Qwem.Validation.Tests.WorkerTeamTests

open System
open System.Diagnostics
open System.Threading
open System.Threading.Tasks
open Expecto
open Qwem.Sim.Threading

/// Fails instead of hanging the whole run when the work deadlocks. Generous: it says nothing about speed.
let private within (seconds: float) (work: unit -> unit) =
    let task = Task.Run work

    if not (task.Wait(TimeSpan.FromSeconds seconds)) then
        failtest $"no end after {seconds} s: a deadlock"

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

let tests =
    testSequenced
    <| testList "Worker team" [
        testCase "every task runs exactly once, over thousands of loops and teams of 1 to 5" (fun () ->
            within 60.0 (fun () ->
                for size in 1..5 do
                    Expect.equal (stress 4000 size (Random size)) 0 ($"team of {size}")))

        testCase "every task runs exactly once while other threads keep all processors busy" (fun () ->
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
                        Expect.equal (stress 500 size (Random(10 + size))) 0 ($"team of {size}"))
            finally
                stop.Cancel()
                Array.iter (fun (hog: Thread) -> hog.Join()) hogs)

        testCase "a body never runs for a loop that is over" (fun () ->
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

            Expect.equal late[0] 0 "")

        testCase
            "what the tasks wrote is visible when Run returns, and what was written before is visible to the tasks"
            (fun () ->
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

                Expect.equal wrong[0] 0 "")

        testCase "the helpers do help" (fun () ->
            // Two tasks that each wait for the other to start: a single thread could never finish them.
            use team = new WorkerTeam(2)
            use meeting = new Barrier(2)
            within 60.0 (fun () -> team.Run(2, fun _ -> meeting.SignalAndWait())))

        testCase "what a body throws reaches the caller as it is, and the team works afterwards" (fun () ->
            within 60.0 (fun () ->
                for size in 1..5 do
                    use team = new WorkerTeam(size)

                    for loop in 0..300 do
                        let failure =
                            Expect.raised<InvalidOperationException>(fun () ->
                                team.Run(
                                    20,
                                    (fun i ->
                                        if i = loop % 20 then
                                            invalidOp $"task {i}")
                                ))

                        Expect.equal failure.Message ($"task {loop % 20}") ""
                        let total = [| 0 |]
                        team.Run(20, (fun i -> Interlocked.Add(&total[0], i) |> ignore))
                        Expect.equal total[0] 190 ""))

        testCase "of several failures the lowest task's is thrown, on any number of threads" (fun () ->
            within 60.0 (fun () ->
                for size in 1..5 do
                    use team = new WorkerTeam(size)

                    for loop in 1..300 do
                        let failing task = task >= loop % 13 && task % 2 = 0
                        let lowest = Seq.find failing (Seq.initInfinite id)

                        let failure =
                            Expect.raised<ArithmeticException>(fun () ->
                                team.Run(
                                    40,
                                    (fun task ->
                                        if failing task then
                                            // The lowest one is in no hurry.
                                            Thread.SpinWait(if task = lowest then 200 else 1)
                                            raise (ArithmeticException $"{task}"))
                                ))

                        Expect.equal failure.Message ($"{lowest}") ($"team of {size}")))

        testCase "when every task fails the rest is skipped" (fun () ->
            use team = new WorkerTeam(3)
            let started = [| 0 |]

            let run () =
                team.Run(
                    10000,
                    fun _ ->
                        Interlocked.Increment &started[0] |> ignore
                        invalidOp "all"
                )

            within 60.0 (fun () -> Expect.throwsT<InvalidOperationException> run "")
            // A member that saw no failure yet may start one task; each member throws only once after that.
            Expect.inRange started[0] (1, 3) "")

        testCase
            "a loop inside a task of the same team is refused, on a team of any size and however few tasks"
            (fun () ->
                within 60.0 (fun () ->
                    for size in 1..4 do
                        use team = new WorkerTeam(size)
                        let inner = [| 0 |]

                        for outer, tasks in [ 4, 4; 1, 4; 4, 1; 40, 0 ] do
                            let failure =
                                Expect.raised<InvalidOperationException>(fun () ->
                                    team.Run(
                                        outer,
                                        fun _ ->
                                            team.Run(tasks, (fun _ -> Interlocked.Increment &inner[0] |> ignore))
                                    ))

                            Expect.stringContains failure.Message "another loop of the team that runs it" ""

                        Expect.equal inner[0] 0 ($"team of {size}")
                        // Helpers refuse as the caller does: two tasks that wait for each other are on two threads.
                        if size = 2 then
                            use meeting = new Barrier(2)

                            team.Run(
                                2,
                                fun _ ->
                                    meeting.SignalAndWait()
                                    Expect.throwsT<InvalidOperationException> (fun () -> team.Run(2, ignore)) ""
                            )))

        testCase "a loop inside a task of another team runs" (fun () ->
            within 60.0 (fun () ->
                for size in 1..3 do
                    use team = new WorkerTeam(size)
                    let total = [| 0 |]

                    team.Run(
                        4,
                        fun _ ->
                            use other = new WorkerTeam(2)
                            other.Run(4, (fun _ -> Interlocked.Increment &total[0] |> ignore))
                    )

                    Expect.equal total[0] 16 ""))

        testCase "a caller whose team is busy with another thread's loop runs its own alone" (fun () ->
            within 60.0 (fun () ->
                for size in 2..4 do
                    use team = new WorkerTeam(size)
                    use started = new ManualResetEventSlim()
                    use over = new ManualResetEventSlim()

                    let busy =
                        Task.Run(fun () ->
                            team.Run(
                                2,
                                fun _ ->
                                    started.Set()
                                    over.Wait()
                            ))

                    started.Wait()
                    let threads = Array.zeroCreate<int> 40
                    team.Run(40, (fun i -> threads[i] <- Environment.CurrentManagedThreadId))
                    Expect.equal (Array.distinct threads) [| Environment.CurrentManagedThreadId |] ""

                    // It cannot nest there either.
                    Expect.throwsT<InvalidOperationException>
                        (fun () -> team.Run(2, (fun _ -> team.Run(2, ignore))))
                        ""

                    over.Set()
                    busy.Wait()))

        testCase "loops of several callers are all run" (fun () ->
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

            Expect.equal totals [| 10000; 10000; 10000 |] "")

        testCase "Run allocates nothing, on any thread" (fun () ->
            for size in [ 1; 2; 4 ] do
                use team = new WorkerTeam(size)
                let cells = Array.zeroCreate<int> 64
                let body = Action<int>(fun i -> cells[i] <- cells[i] + 1)

                let loops count =
                    for _ in 1..count do
                        team.Run(17, body)

                loops 2000
                Expect.equal (Allocation.byThisThread (fun () -> loops 5000)) 0L ($"caller, team of {size}")
                // The helpers' share: other threads of the test host allocate too, now and then, which can only add. One object per loop,
                // 24 bytes at least, would show in every attempt.
                let least =
                    Seq.init 10 (fun _ ->
                        let all = GC.GetTotalAllocatedBytes true
                        loops 2000
                        GC.GetTotalAllocatedBytes true - all)
                    |> Seq.min

                Expect.isLessThan least (2000L * 24L) ($"all threads, team of {size}"))

        testCase "disposal ends the threads, may be repeated, and forbids another loop" (fun () ->
            within 60.0 (fun () ->
                for size in 1..5 do
                    for _ in 1..40 do
                        let team = new WorkerTeam(size)
                        team.Run(3, ignore)
                        team.Dispose()
                        team.Dispose()

                        Expect.throwsT<ObjectDisposedException> (fun () -> team.Run(3, ignore)) ""))

        slow (
            testCase "teams made and disposed leave no threads behind" (fun () ->
                let count () =
                    use self = Process.GetCurrentProcess()
                    self.Threads.Count

                let before = count ()

                for _ in 1..100 do
                    use team = new WorkerTeam(5)
                    team.Run(5, ignore)

                // 400 threads were started; the test host itself may start or end a few meanwhile.
                Expect.isLessThan (count ()) (before + 100) "")
        )

        testCase "odd sizes" (fun () ->
            use team = new WorkerTeam(0)
            Expect.equal team.Size Environment.ProcessorCount ""
            let runs = [| 0 |]
            team.Run(0, (fun _ -> runs[0] <- runs[0] + 1))
            team.Run(-3, (fun _ -> runs[0] <- runs[0] + 1))
            Expect.equal runs[0] 0 ""

            Expect.throwsT<ArgumentOutOfRangeException> (fun () -> (new WorkerTeam(-1)).Dispose()) "")
    ]
