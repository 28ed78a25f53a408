/// Objectives from counts and from weights.
module Qwem.Validation.Tests.ObjectiveTests

open System
open Expecto
open FsCheck.FSharp
open FsCheck
open Qwem.Sim.Cooccurrence
open Qwem.Sim.LinearAlgebra
open Qwem.Sim.Statistics
open Qwem.Sim.Training
open Qwem.Validation.Tests.Problems
open Qwem.Validation.Tests.Statistics
open Qwem.Validation.Tests.LinearAlgebraSupport
open Qwem.Validation.Tests.TrainingSupport

/// The same counts as the simulator holds them.
let private frequenciesOf (corpus: Corpus) =
    let v = corpus.Words.Length

    let rows =
        Array.init v (fun i -> [|
            for j in i .. v - 1 do
                if corpus.Pairs[i * v + j] > 0.0 then
                    j, int64 corpus.Pairs[i * v + j]
        |])

    let entries = Array.concat rows

    CooccurrenceCounts(
        CountingConvention 1,
        Array.init v (fun i -> $"word{i}"),
        Array.map int64 corpus.Words,
        rows |> Array.scan (fun sum row -> sum + int64 row.Length) 0L,
        Array.map fst entries,
        Array.map snd entries
    )
    |> CorpusFrequencies

let tests =
    testList "Objective" [
        property "objectives from counts are the loss's own formulas" 200 (fun (corpus: Corpus) ->
            let v = corpus.Words.Length
            let n, c = Array.sum corpus.Words, Array.sum corpus.Pairs
            let p i = corpus.Words[i] / n

            let joint i j =
                if i = j then p i * p i else corpus.Pairs[i * v + j] / c

            let frequencies = frequenciesOf corpus
            let xe = PairwiseObjective.SubsampledCrossEntropy frequencies
            let sym = PairwiseObjective.ReweightedSymmetric frequencies

            let size = float (v * v)
            let ratio i j = joint i j / (p i * p j)

            let meanRatio =
                (Seq.sum (
                    seq {
                        for i in 0 .. v - 1 do
                            for j in 0 .. v - 1 do
                                ratio i j
                    }
                ))
                / size

            let mutable gapXe, gapSym = 0.0, 0.0

            for i in 0 .. v - 1 do
                for j in 0 .. v - 1 do
                    let m (o: PairwiseObjective) =
                        o.Linear[i, j] / (2.0 * o.Quadratic[i, j])
                    // docs/derivations.md section 3: M*_Psi = Z (M* + 1) - 1 with Z = 1 / <M* + 1> for Psi = 1 / P.
                    let z = ratio i j / meanRatio
                    gapXe <- max gapXe (abs (m xe - (z - 1.0)) / (z + 1.0))
                    // Section 2: M*_sym = 2 (P_ij - P_i P_j) / (P_ij + P_i P_j).
                    let expected = 2.0 * (joint i j - p i * p j) / (joint i j + p i * p j)
                    gapSym <- max gapSym (abs (m sym - expected))

            let masses (o: PairwiseObjective) =
                Array.sum o.Positive.Values, Array.sum o.Negative.Values

            let constant (o: PairwiseObjective) =
                match Option.ofNullable o.ConstantQuadratic with
                | Some a -> relative a (1.0 / (2.0 * size))
                | None -> infinity

            let xePositive, xeNegative = masses xe
            let symPositive, symNegative = masses sym
            // The mass has V^2 summands there and here; 16 roundings besides. Sums of counts are exact.
            labelled "M* of L_xe" gapXe ((2.0 * size + 16.0) * u)
            // Numerator and denominator of size 2 at most: 32 roundings.
            .&. labelled "M* of L_sym" gapSym (64.0 * u)
            .&. labelled "A of L_xe" (constant xe) (8.0 * u)
            .&. labelled "A of L_sym" (constant sym) (16.0 * u)
            .&. labelled "positive mass of L_xe" (abs (xePositive - 1.0)) ((2.0 * size + 8.0) * u)
            .&. labelled "negative mass of L_xe" (abs (xeNegative - 1.0)) ((size + 8.0) * u)
            .&. labelled "mass of L_sym" (abs (symPositive + symNegative - 2.0)) ((2.0 * size + 32.0) * u)
            .&. ((xe.PositiveQuadratic, xe.PositiveLinear, xe.NegativeQuadratic, xe.NegativeLinear) =
                (0.0, 1.0, 0.5, -1.0))
            .&. ((sym.PositiveQuadratic, sym.PositiveLinear, sym.NegativeQuadratic, sym.NegativeLinear) =
                (0.25, 1.0, 0.25, -1.0)))

        testCase "weights that are none are refused" (fun () ->
            let ones = build 2 2 (fun _ _ -> 1.0)

            let weighted p q a b c d =
                fun () -> PairwiseObjective.FromWeights(p, q, a, b, c, d) |> ignore

            refusedWith "3 x 3" (weighted ones (DenseMatrix(3, 3)) 1.0 1.0 1.0 1.0)
            refusedWith "2 x 3" (weighted (DenseMatrix(2, 3)) ones 1.0 1.0 1.0 1.0)
            refusedWith "a = -1" (weighted ones ones -1.0 1.0 1.0 1.0)
            refusedWith "both zero" (weighted ones ones 0.0 1.0 0.0 1.0)
            refusedWith "a = NaN" (weighted ones ones nan 1.0 1.0 1.0)
            refusedWith "c = Infinity" (weighted ones ones 1.0 1.0 infinity 1.0)
            refusedWith "d = NaN" (weighted ones ones 1.0 1.0 1.0 nan)
            refusedWith "has -1" (weighted (build 2 2 (fun _ _ -> -1.0)) ones 1.0 1.0 1.0 1.0)
            refusedWith "(0, 1) has 1" (weighted ones (build 2 2 (fun i _ -> float (1 + i))) 1.0 1.0 1.0 1.0))
    ]
