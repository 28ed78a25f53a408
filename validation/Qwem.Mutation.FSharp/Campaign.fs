/// All mutants, or a sample of them, one after another.
module internal Qwem.Mutation.Campaign

open System
open System.Collections.Concurrent
open System.Diagnostics
open System.Globalization
open System.IO
open System.Threading
open Qwem.Mutation.Process
open Qwem.Mutation.Record
open Qwem.Mutation.Rewriting

/// A test without a mutant: its cost and the places that it reaches, the first time and again.
type Surveyed =
    {
        Index: int
        Name: string
        Milliseconds: float
        Steps: int64
        Failure: string
        First: Set<int>
        Again: Set<int>
    }

let private rows (file: string) =
    File.ReadAllLines file |> Array.map _.Split('\t')

let private placesOf (row: string[]) =
    row[5].Split(',', StringSplitOptions.RemoveEmptyEntries) |> Seq.map int |> set

/// Two passes over all tests: the first fills what is computed once, the second sees what every further run does.
let survey (child: Child) (folder: string) : Surveyed[] =

    let pass name =
        let file = Path.Combine(folder, name)

        match child.Ask($"survey\t%s{file}", TimeSpan.FromMinutes 30.0) with
        | Some _ -> rows file
        | None -> failwith "The unmutated tests crashed or took half an hour."

    let first = pass "first.tsv"
    let again = pass "again.tsv"

    Array.map2
        (fun (a: string[]) (b: string[]) ->
            {
                Index = int b[0]
                Name = b[1]
                Milliseconds = Double.Parse(b[2], CultureInfo.InvariantCulture)
                Steps = max (int64 a[3]) (int64 b[3])
                Failure = if a[4] = "" then b[4] else a[4]
                First = placesOf a
                Again = placesOf b
            })
        first
        again

/// Which tests are asked about a place, in which order, and whether in a process of its own.
type private Plan =
    {
        Chosen: Surveyed list
        /// The place is reached only by what is computed once, so the mutant has to be on from the start.
        FromTheStart: bool
    }

let private planner (tests: Surveyed[]) =
    let byCost = tests |> Array.sortBy _.Milliseconds |> List.ofArray

    let byPlace (reached: Surveyed -> Set<int>) =
        let pairs =
            byCost
            |> List.collect (fun test -> reached test |> Seq.map (fun place -> place, test) |> List.ofSeq)

        pairs
        |> List.groupBy fst
        |> List.map (fun (place, tests) -> place, List.map snd tests)
        |> Map

    let always = byPlace _.Again
    let once = byPlace _.First

    fun (place: int) ->
        match always.TryFind place, once.TryFind place with
        | Some found, _ -> { Chosen = found; FromTheStart = false }
        | None, Some found ->
            let indices = found |> List.map _.Index |> set

            {
                Chosen = found @ (byCost |> List.filter (fun t -> not (indices.Contains t.Index)))
                FromTheStart = true
            }
        | None, None -> { Chosen = []; FromTheStart = false }

let private request (tests: Surveyed seq) =
    tests |> Seq.map (fun t -> $"%d{t.Index}:%d{t.Steps}") |> String.concat " "

/// What the tests say about one mutant.
let private judge (child: Child) (warm: string) (plan: int -> Plan) (mutant: Mutant) =
    let plan = plan mutant.Place
    // Twenty times the steps, and the machine may be busy; a process that is only slow must not count as a kill.
    let limit =
        TimeSpan.FromMilliseconds(60_000.0 + 40.0 * (plan.Chosen |> List.sumBy _.Milliseconds))

    let ask () =
        if plan.FromTheStart then
            child.Restart mutant.Number

        let reply = child.Ask($"run\t%d{mutant.Number}\t%s{request plan.Chosen}", limit)
        let reply = reply |> Option.map _.Split('\t')

        match reply with
        | Some [| "killed"; _ |]
        | Some [| "survived" |] -> ()
        // Those that need a new process come last, so that nothing after them needs a warm one.
        | _ when plan.FromTheStart -> ()
        | _ ->
            child.Restart Switch.None
            child.Ask(warm, TimeSpan.FromMinutes 30.0) |> ignore

        reply

    // A crash, and a test that now fails without the mutant, may be caused by an earlier mutant (kernels write to memory unchecked):
    // the test is repeated in a new process. What is computed once stays as the mutant made it, which is no sign of that.
    let rec decide again =
        match ask () with
        | Some [| "killed"; test |] -> Killed test
        | Some [| "broken"; test |] when plan.FromTheStart || not again -> Killed test
        | Some [| "broken"; _ |] -> decide false
        | Some _ -> Survived
        | None when again && not plan.FromTheStart -> decide false
        | None -> Stopped

    if plan.Chosen.IsEmpty then NotReached else decide true

/// How a run is limited.
type Limits = { Workers: int; Budget: TimeSpan }

/// Runs mutants until all are done, the time is used up or it is cancelled; says how far it is after each.
let run
    (places: Worker.Places)
    (limits: Limits)
    (cancelled: CancellationToken)
    (surveyor: Child)
    (tests: Surveyed[])
    (mutants: Mutant list)
    (report: Mutant * Outcome -> unit)
    =
    let watch = Stopwatch.StartNew()
    let plan = planner tests
    let warm = $"warm\t%s{request tests}"
    // Those that need processes of their own come last: every one costs a start.
    let queue =
        mutants |> List.sortBy (fun m -> (plan m.Place).FromTheStart) |> ConcurrentQueue

    let work (child: Child) =
        let mutable mutant = Unchecked.defaultof<Mutant>

        while not cancelled.IsCancellationRequested
              && watch.Elapsed < limits.Budget
              && queue.TryDequeue(&mutant) do
            let outcome = judge child warm plan mutant
            lock queue (fun () -> report (mutant, outcome))

    let others =
        [
            for _ in 2 .. limits.Workers do
                Thread(fun () ->
                    use child = new Child(places)
                    child.Ask(warm, TimeSpan.FromMinutes 30.0) |> ignore
                    work child)
        ]

    for thread in others do
        thread.Start()

    work surveyor

    for thread in others do
        thread.Join()
