/// Flows to solve, as generators, and the bounds that belong to them.
module Qwem.Validation.Tests.Problems

open System
open FsCheck
open FsCheck.FSharp
open Expecto
open Qwem.Theory
open Qwem.Validation.Tests.Spectra

/// Passes when the call is refused, by a message that names the parameter and the range.
let refusedNaming (parameter: string) (action: unit -> unit) =
    let message =
        try
            action ()
            "nothing was refused"
        with :? HypothesisException as e ->
            e.Message

    Expect.stringContains message parameter ""
    Expect.isTrue (message.Contains "allowed" || message.Contains "expected") message

/// Passes when the call is refused, whichever parameter is at fault.
let refused (action: unit -> unit) = refusedNaming "hypothesis" action

/// A flow: descending eigenvalues, C = W(0) V* (d x V, d at most V), and a time.
type Problem = {
    Eigenvalues: float[]
    Initial: float[]
    Rows: int
    Time: float<kappaTime>
} with

    member p.Size = p.Eigenvalues.Length
    member p.Solution = ExactSolution(p.Eigenvalues, Projection.OfRows(p.Initial, p.Rows))

/// Starts by their kind: independent normals; rows or columns graded over decades; a rank below d; and so small that its squares are
/// below the roundoff of anything else.
let private starts = [
    "Gaussian",
    (fun rows size -> Gen.map2 Array.map (Gen.map (*) (powerOfTen -12.0 0.0)) (Gen.arrayOfLength (rows * size) normal))
    "graded",
    (fun rows size ->
        Gen.map3
            (fun (ofRow: float[]) (ofColumn: float[]) ->
                Array.mapi (fun k x -> ofRow[k / size] * ofColumn[k % size] * x))
            (Gen.arrayOfLength rows (powerOfTen -6.0 0.0))
            (Gen.arrayOfLength size (powerOfTen -6.0 0.0))
            (Gen.arrayOfLength (rows * size) normal))
    "rank deficient",
    (fun rows size ->
        // Every row is one of fewer, or zero.
        Gen.map2
            (fun (sources: int[]) (pool: float[]) ->
                Array.init (rows * size) (fun k ->
                    let source = sources[k / size]
                    if source < 0 then 0.0 else pool[source * size + k % size]))
            (Gen.arrayOfLength rows (Gen.choose (-1, rows - 2)))
            (Gen.arrayOfLength (rows * size) normal))
    "tiny", (fun rows size -> Gen.map (Array.map (fun x -> 1e-24 * x)) (Gen.arrayOfLength (rows * size) normal))
]

let private measure (p: Problem) =
    p.Rows, Spectra.measure p.Eigenvalues, Array.sumBy hardness p.Initial, hardness (float p.Time)

/// The problem of some of its rows and modes.
let private part (p: Problem) (rows: int[]) (modes: int[]) = {
    p with
        Eigenvalues = Array.map (fun k -> p.Eigenvalues[k]) modes
        Initial = [|
            for a in rows do
                for k in modes -> p.Initial[a * p.Size + k]
        |]
        Rows = rows.Length
}

/// Fewer rows, fewer modes, then numbers that are easier to read, where the eigenvalues stay in their order.
let private candidates (p: Problem) =
    seq {
        let rows, modes = [| 0 .. p.Rows - 1 |], [| 0 .. p.Size - 1 |]

        for kept in fewer rows do
            if kept.Length > 0 then
                part p kept modes

        for kept in fewer modes do
            if kept.Length >= p.Rows then
                part p rows kept

        for values in easierValues p.Eigenvalues do
            if isDescending values then
                { p with Eigenvalues = values }

        {
            p with
                Initial = Array.init p.Initial.Length (fun k -> if k / p.Size = k % p.Size then 1.0 else 0.0)
        }

        // All copies of an entry together, so that equal rows stay equal; then one by one.
        for value in Array.distinct p.Initial do
            for entry in easier value do
                {
                    p with
                        Initial = Array.map (fun x -> if x = value then entry else x) p.Initial
                }

        for k in 0 .. p.Initial.Length - 1 do
            for entry in easier p.Initial[k] do
                {
                    p with
                        Initial = Array.updateAt k entry p.Initial
                }

        { p with Time = 1.0<kappaTime> }
    }

let private problemOf kinds =
    gen {
        let! size = Gen.frequency [ 2, Gen.choose (1, 60); 1, Gen.choose (1, 12) ]

        let! rows =
            Gen.frequency [ 3, Gen.choose (1, min size 12); 1, Gen.constant (min size 12) ]

        let! eigenvalues = ofSize size
        let! kind = Gen.elements kinds
        let! initial = (snd kind) rows size
        let! time = powerOfTen -2.0 2.0

        return {
            Eigenvalues = eigenvalues
            Initial = initial
            Rows = rows
            Time = time * 1.0<kappaTime>
        }
    }

/// Problems of 1 to 60 modes in 1 to 12 dimensions, from far before the first step to far behind the last.
let problems: Arbitrary<Problem> =
    Arb.fromGenShrink (problemOf starts, lowering measure candidates)

/// Problems whose start has full rank. What a property asks of rounding or of late times needs that: of a start of lower rank rounding makes
/// one of full rank, by a relative u, and that share grows like any start, by e^{lambda t}; no linear bound holds beyond.
type Generic = Generic of Problem

let hasFullRank (p: Problem) = p.Solution.Rank = p.Rows

/// The same without starts of rank below d.
let generic: Arbitrary<Generic> =
    Arb.fromGenShrink (
        Gen.map Generic (problemOf (starts |> List.filter (fun (kind, _) -> kind <> "rank deficient"))),
        fun (Generic p) -> lowering measure candidates p |> Seq.filter hasFullRank |> Seq.map Generic
    )

/// A problem for a property that draws from a stream.
let problem random = drawFrom random (Arb.toGen problems)

/// How far an observable moves, per unit of relative perturbation of the columns of C and of the time.
/// Entries that are exactly zero stay so. The largest of four draws.
let sensitivity (observe: ExactState -> float[]) (gap: float[] -> float[] -> float) (p: Problem) =
    let delta = Math.ScaleB(1.0, -30)
    let random = Random 20250213
    let reference = observe (p.Solution.At p.Time)

    let columnNorm =
        Array.init p.Size (fun k -> frobeniusNorm (Array.init p.Rows (fun a -> p.Initial[a * p.Size + k])))

    Seq.init 4 (fun _ ->
        let moved =
            Array.mapi
                (fun at c -> if c = 0.0 then 0.0 else c + delta * gauss random * columnNorm[at % p.Size])
                p.Initial

        let time = p.Time * (1.0 + delta * gauss random)
        gap (observe ({ p with Initial = moved }.Solution.At time)) reference / delta)
    |> Seq.max

/// Condition of the row-scaled factor A = [I, R diag(phi^1/2)] at the problem's time, with which ExactSolution solves: 1 where the rows of
/// R(0) point apart, large where they are nearly parallel, as when columns that come early are much smaller than later ones.
let condition (p: Problem) =
    let time = float p.Time
    let r = (p.Solution.At 0.0<kappaTime>).EmbeddingsInEigenbasis().ToRows()

    // sqrt phi without its e^{max(lambda, 0) t}.
    let root lambda =
        let x = 2.0 * abs lambda * time
        if x < 1e-8 then sqrt (2.0 * time) else sqrt ((1.0 - exp -x) / abs lambda)

    let rows = [|
        for k, row in Array.indexed (Array.chunkBySize p.Size r) do
            match Array.tryFindIndex (fun x -> x <> 0.0) row with
            | None -> ()
            | Some pivot ->
                let reference = max 0.0 p.Eigenvalues[pivot] * time

                let entries =
                    Array.append
                        (Array.init p.Rows (fun i -> if i = k then exp -reference else 0.0))
                        (Array.map2
                            (fun x l -> if x = 0.0 then 0.0 else x * exp (max l 0.0 * time - reference) * root l)
                            row
                            p.Eigenvalues)

                let norm = frobeniusNorm entries
                Array.map (fun x -> x / norm) entries
    |]

    if rows.Length = 0 then
        1.0
    else
        let values =
            MathNet.Numerics.LinearAlgebra.Double.DenseMatrix.OfRowArrays(rows).Svd(false).S

        values[0] / values[rows.Length - 1]

/// The rounding bound of an observable. The evaluation is exact for columns of C and a time perturbed by p u, with p = 8 (d + V + 8)
/// (Higham's practical constant for reflections and substitutions of that length, and the three roundings of each exponent), times the
/// sensitivity; and it solves with the row-scaled factor, which errs by p u times that factor's condition (ExactSolution's remarks).
let roundingBound observe gap (p: Problem) =
    let operations = 8.0 * float (p.Rows + p.Size + 8)
    operations * u * (condition p + sensitivity observe gap p)

/// The model, as a list of its entries.
let model (state: ExactState) =
    gram state.EmbeddingDimension (state.EmbeddingsInEigenbasis().ToRows())
