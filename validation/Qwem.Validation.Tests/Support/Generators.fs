/// Random problems, and the bounds that belong to them.
module Qwem.Validation.Tests.Generators

open System
open FsCheck
open FsCheck.FSharp
open Expecto
open Qwem.Theory

/// The unit roundoff, 2^-53.
let u = Math.ScaleB(1.0, -53)

/// Passes when the gap is within its bound.
let within (name: string) (gap: float) (bound: float) =
    Expect.isLessThanOrEqual gap bound $"%s{name}: gap %.3g{gap}, bound %.3g{bound}"

/// The same for a property.
let labelled (name: string) (gap: float) (bound: float) =
    (gap <= bound) |> Prop.label $"%s{name}: gap %.3g{gap}, bound %.3g{bound}"

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

/// Relative distance of two numbers, the second being the reference; absolute at zero.
let relative (value: float) (reference: float) =
    if value = reference then 0.0
    elif reference = 0.0 then abs value
    else abs (value - reference) / abs reference

let largest (values: float[]) = Array.fold max 0.0 values

/// The largest relative distance of any entry.
let worstRelative value reference =
    largest (Array.map2 relative value reference)

let frobeniusNorm (values: float[]) =
    let m = largest (Array.map abs values)
    if m = 0.0 then 0.0 else m * sqrt (Array.sumBy (fun x -> (x / m) ** 2.0) values)

let gauss (random: Random) =
    sqrt (-2.0 * log (1.0 - random.NextDouble()))
    * cos (2.0 * Math.PI * random.NextDouble())

/// A flow: descending eigenvalues, C = W(0) V* (d x V), and a time.
type Problem = {
    Eigenvalues: float[]
    Initial: float[]
    Rows: int
    Time: float<kappaTime>
} with

    member p.Size = p.Eigenvalues.Length
    member p.Solution = ExactSolution(p.Eigenvalues, Projection.OfRows(p.Initial, p.Rows))

/// W'W of a d x V matrix.
let gram (rows: int) (w: float[]) =
    let size = w.Length / rows

    Array.init (size * size) (fun k ->
        let i, j = k / size, k % size
        let mutable total = 0.0

        for a in 0 .. rows - 1 do
            total <- total + w[a * size + i] * w[a * size + j]

        total)

let gaussian (random: Random) rows size sigma =
    Array.init (rows * size) (fun _ -> sigma / sqrt (float rows) * gauss random)

/// Spectra with positive, negative, zero, repeated and nearly equal eigenvalues, within [-3, 5].
let spectrum (random: Random) size =
    let values = Array.zeroCreate<float> size

    for k in 0 .. size - 1 do
        values[k] <-
            match random.Next 10 with
            | 0 -> 0.0
            | 1 when k > 0 -> values[random.Next k]
            | 2 when k > 0 -> values[random.Next k] * (1.0 - Math.ScaleB(1.0, -random.Next(5, 50)))
            | 3
            | 4
            | 5 -> -3.0 * random.NextDouble()
            | 6 ->
                (if random.Next 2 = 0 then 1.0 else -1.0)
                * 10.0 ** (-14.0 * random.NextDouble())
            | _ -> 5.0 * random.NextDouble()

    Array.sortDescending values

/// Sigma over twelve decades; times from far before the first step to far behind the last.
let problem seed =
    let random = Random(seed: int)
    let size = random.Next(1, 61)
    let rows = random.Next(1, min size 12 + 1)

    {
        Eigenvalues = spectrum random size
        Initial = gaussian random rows size (10.0 ** (-12.0 * random.NextDouble()))
        Rows = rows
        Time = 10.0 ** (4.0 * random.NextDouble() - 2.0) * 1.0<kappaTime>
    }

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

/// The rounding bound of an observable. The evaluation is backward stable: it is exact for columns of C and a time perturbed
/// by p u, with p = 8 (d + V + 8) (Higham's practical constant for reflections and substitutions of that length, and the three
/// roundings of each exponent); times the sensitivity; plus as much again for rounding the observable itself.
let roundingBound observe gap (p: Problem) =
    let operations = 8.0 * float (p.Rows + p.Size + 8)
    operations * u * (1.0 + sensitivity observe gap p)

/// The model, as a list of its entries, and its relative Frobenius distance.
let model (state: ExactState) =
    gram state.EmbeddingDimension (state.EmbeddingsInEigenbasis().ToRows())

let frobenius (value: float[]) (reference: float[]) =
    let scale = frobeniusNorm reference

    if scale = 0.0 then
        frobeniusNorm value
    else
        frobeniusNorm (Array.map2 (-) value reference) / scale

/// A random orthogonal matrix, rows x rows.
let orthogonal (random: Random) rows =
    let a =
        MathNet.Numerics.LinearAlgebra.Double.DenseMatrix.Create(rows, rows, (fun _ _ -> gauss random))

    a.QR().Q.ToRowMajorArray()

/// a (n x m) times b (m x k), row-major.
let multiply n m k (a: float[]) (b: float[]) =
    Array.init (n * k) (fun at ->
        let i, j = at / k, at % k
        let mutable total = 0.0

        for l in 0 .. m - 1 do
            total <- total + a[i * m + l] * b[l * k + j]

        total)

/// A corpus of random weights.
type Corpus = {
    Words: float[]
    Pairs: float[]
} with

    member c.Statistics = CorpusStatistics.FromCounts(c.Words, c.Pairs)

/// Zipf-like words, sparse symmetric integer pair counts.
let corpus seed =
    let random = Random(seed: int)
    let size = random.Next(2, 31)
    let words = Array.init size (fun i -> float (random.Next(1, 1000) + 5000 / (i + 1)))
    let pairs = Array.zeroCreate<float>(size * size)
    let density = random.NextDouble()

    for i in 0 .. size - 1 do
        for j in 0..i do
            let count =
                if i = j || random.NextDouble() < density then float (random.Next 400) else 0.0

            pairs[i * size + j] <- count
            pairs[j * size + i] <- count

    pairs[0] <- pairs[0] + 1.0
    { Words = words; Pairs = pairs }

type Arbitraries =
    static member Problem() : Arbitrary<Problem> =
        Gen.choose (0, Int32.MaxValue) |> Gen.map problem |> Arb.fromGen

    static member Corpus() : Arbitrary<Corpus> =
        Gen.choose (0, Int32.MaxValue) |> Gen.map corpus |> Arb.fromGen
