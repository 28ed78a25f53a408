/// What the tests of evaluation and formats share: random vectors and benchmarks by definition.
module Qwem.Validation.Tests.EvaluationSupport

open System
open Qwem.Sim.Evaluation
open Qwem.Sim.Formats
open Qwem.Sim.Random

/// Words w0, w1, ...
let names count =
    Array.init count (fun (i: int) -> $"w{i}")

/// Vectors of independent normals, rounded to a grid of 1 / steps so that ties occur when steps is small; 0 keeps them as they are.
let randomVectors (seed: uint64) count dimension (steps: float) =
    let normal = GaussianSequence(CounterRandom(seed, 77UL))

    let value () =
        let x = normal.Next()
        if steps = 0.0 then x else Math.Round(x * steps) / steps

    WordVectors(names count, dimension, Array.init (count * dimension) (fun _ -> float32 (value ())))

/// Questions of random words w0 .. w(count - 1), and of unknown ones with the given share.
let randomQuestions (seed: uint64) count questions unknownShare =
    let random = CounterRandom(seed, 78UL)

    AnalogyWords(
        $"family{seed}",
        Array.init (4 * questions) (fun i ->
            if random.Uniform(uint64 (2 * i)) < unknownShare then
                "unknown"
            else
                $"w{int (float count * random.Uniform(uint64 (2 * i + 1)))}")
    )

/// Unit vectors in double precision, one array per word.
let unitRows (vectors: WordVectors) =
    Array.init vectors.Size (fun i ->
        let row = vectors.Row(i).ToArray() |> Array.map float
        let length = sqrt (Array.sumBy (fun x -> x * x) row)
        if length = 0.0 then row else Array.map (fun x -> x / length) row)

/// Ids of the questions all of whose words are known.
let knownQuestions (vectors: WordVectors) (family: AnalogyWords) =
    family.Questions
    |> Seq.map vectors.IndexOf
    |> Seq.chunkBySize 4
    |> Seq.filter (Array.forall (fun id -> id >= 0))
    |> Array.ofSeq
