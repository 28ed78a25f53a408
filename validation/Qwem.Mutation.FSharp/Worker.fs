/// Runs tests against the rewritten theory, in this process.
module internal Qwem.Mutation.Worker

open System
open System.Diagnostics
open System.IO
open System.Reflection
open System.Runtime.Loader

/// The rewritten theory, the test assembly as it is, and for the rest what this program uses itself.
type private Context(rewritten: string, testFolder: string) =
    inherit AssemblyLoadContext "mutants"

    let shared = set [ "FSharp.Core"; "FsCheck"; "Expecto"; "Qwem.Mutation" ]

    override context.Load(name: AssemblyName) : Assembly | null =
        let path = Path.Combine(testFolder, $"%s{string name.Name}.dll")

        if name.Name = "Qwem.Theory" then context.LoadFromAssemblyPath rewritten
        elif shared.Contains(string name.Name) || not (File.Exists path) then null
        else context.LoadFromAssemblyPath path

/// Where everything is.
type Places =
    {
        Rewritten: string
        TestAssembly: string
        TestProject: string
        Count: int
    }

/// The environment variable with the mutant that is on from the start: loading tests may already compute what is computed once.
let mutantFromTheStart = "QWEM_MUTANT"

let load (places: Places) =
    let context =
        Context(places.Rewritten, string (Path.GetDirectoryName places.TestAssembly))

    Switch.Reached <- Array.zeroCreate (max 1 places.Count)

    Switch.Active <-
        match Int32.TryParse(Environment.GetEnvironmentVariable mutantFromTheStart) with
        | true, mutant -> mutant
        | _ -> Switch.None

    Switch.StepsLeft <- Int64.MaxValue

    context.LoadFromAssemblyPath places.TestAssembly
    |> Discovery.tests places.TestProject
    |> Array.ofList

/// The places reached since the record was cleared.
let reached () =
    [
        for place in 0 .. Switch.Reached.Length - 1 do
            if Switch.Reached[place] then
                place
    ]

/// What a test did: how long it took, how often it passed a place, which places, and what it threw.
type Observation =
    {
        Milliseconds: float
        Steps: int64
        Places: int list
        Failure: exn option
    }

/// Runs one test with no mutant on.
let observe (test: Discovery.TheoryTest) =
    Array.Clear Switch.Reached
    Switch.Active <- Switch.None
    Switch.StepsLeft <- Int64.MaxValue
    let watch = Stopwatch.StartNew()

    let failure =
        try
            test.Run()
            None
        with e ->
            Some e

    {
        Milliseconds = watch.Elapsed.TotalMilliseconds
        Steps = Int64.MaxValue - Switch.StepsLeft
        Places = reached ()
        Failure = failure
    }

/// The steps a mutated test may take: twenty times the unmutated ones, and something for tests that take almost none.
let budget (steps: int64) = 20L * steps + 100_000L

/// What the tests say about a mutant.
type Verdict =
    | Killed of test: string
    | Survived
    /// The test that failed fails without the mutant, too: something in this process is broken, perhaps by an earlier mutant.
    | Broken of test: string

let private passes (mutant: int) (test: Discovery.TheoryTest, steps) =
    Switch.Active <- mutant
    Switch.StepsLeft <- budget steps

    try
        try
            test.Run()
            true
        with _ ->
            false
    finally
        Switch.Active <- Switch.None

/// Runs tests (with their unmutated steps) with a mutant on, until one fails; that one must pass without it.
let judge (mutant: int) (tests: (Discovery.TheoryTest * int64) seq) : Verdict =
    match tests |> Seq.tryFind (passes mutant >> not) with
    | None -> Survived
    | Some(test, steps) when passes Switch.None (test, 50L * steps) -> Killed test.Name
    | Some(test, _) -> Broken test.Name
