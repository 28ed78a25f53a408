/// What the experiments on flows of SGNS, QWEM and SimCLR take for granted.
[<NUnit.Framework.TestFixture>]
module Qwem.Validation.Tests.FlowBoundTests

open System
open NUnit.Framework
open FsCheck
open FsCheck.FSharp
open FsCheck.NUnit
open Qwem.Sim.Descent
open Qwem.Sim.LinearAlgebra
open Qwem.Theory
open Qwem.Validation
open Qwem.Validation.Flows
open Qwem.Validation.SimClr
open Qwem.Validation.Tests.Generators
open Qwem.Validation.Tests.TrainingSupport

[<OneTimeTearDown>]
let ``say how much of every bound was used`` () = printUtilisation ()

[<Property(MaxTest = 200)>]
let ``modes that the bound lets pass are at their plateaus within it`` (seed: int) =
    let random = Random seed
    let v = random.Next(6, 30)
    let d = random.Next(2, v / 2)
    // No two plateaus closer than a tenth of their mean distance: the bound is a perturbation in their gaps.
    let lambda =
        Array.init v (fun k -> 10.0 - 15.0 * (float k + 0.9 * random.NextDouble()) / float v)

    let sigma = 10.0 ** (-8.0 * random.NextDouble() - 4.0)
    let start = gaussMatrix random d v (sigma / sqrt (float d))

    let theory: ExactTheory =
        {
            Eigenvalues = lambda
            Eigenvectors = DenseMatrix(v, v)
            Kappa = 0.5
            Exact = ExactSolution(lambda, start.Values)
            Variance = sigma * sigma
        }

    let clock =
        Math.Log(lambda[0] / theory.Variance) / lambda[0]
        * (1.0 + 5.0 * random.NextDouble())

    let shifts = Bounds.plateauShifts theory clock
    let s = theory.Exact.At(0.5 * clock).SingularValues()

    let settled =
        [
            for k in 0 .. d - 1 do
                if shifts[k] <= 1e-2 then
                    k
        ]

    // Rounding: what the exact solution states of itself, and the root.
    let worst =
        settled
        |> List.map (fun k -> abs (s[k] / sqrt lambda[k] - 1.0) / (shifts[k] + 1e-12))
        |> List.fold max 0.0

    labelled "plateau (of its bound)" worst 1.0
    |> Prop.classify settled.IsEmpty "no mode has settled"

let private balanced =
    lazy
        (let counts = EmbeddedCounts.load EmbeddedCounts.wikipedia1000
         let frequencies = Limits.Training.frequencies counts 60
         frequencies, Balance.pairs frequencies)

[<Test>]
let ``balanced pairs are subsampled pairs in which every word is equally frequent`` () =
    let frequencies, pairs = balanced.Value
    let v = pairs.Rows

    for i in 0 .. v - 1 do
        let row = Array.sum (pairs.Row(i).ToArray())
        Assert.That(row, Is.EqualTo(1.0 / float v).Within(1e-13 / float v * 4.0))

        for j in 0 .. v - 1 do
            Assert.That(pairs[i, j], Is.EqualTo pairs[j, i])

    // p_ij / P_ij = x_i x_j: the root of its diagonal is x, 4 roundings and a root on each side.
    let ratio i j =
        pairs[i, j] / frequencies.Pairs[i * v + j]

    for i in 0 .. v - 1 do
        for j in 0 .. v - 1 do
            if frequencies.Pairs[i * v + j] > 0.0 then
                let expected = sqrt (ratio i i * ratio j j)
                Assert.That(ratio i j / expected, Is.EqualTo(1.0).Within(12.0 * u))

[<Test>]
let ``drawn pairs have the distribution they are drawn from, in either order, and a step's are always the same`` () =
    let _, pairs = balanced.Value
    let v = pairs.Rows
    let source: IPairSource = DrawnPairs(pairs, 5UL)
    let draws, again = PairDraws(20_000, false), PairDraws(20_000, false)
    let steps = 10L
    let seen = Array.zeroCreate<float>(v * v)

    for step in 0L .. steps - 1L do
        source.Draw(step, draws)

        for n in 0 .. draws.First.Length - 1 do
            let e = int draws.First[n] * v + int draws.Second[n]
            seen[e] <- seen[e] + 1.0

    source.Draw(steps - 1L, again)
    Assert.That((again.First = draws.First), Is.True)
    Assert.That((again.Second = draws.Second), Is.True)
    let total = 20_000.0 * float steps

    // Chi-square over pairs expected at least five times, the others together: mean the degrees of freedom, variance at most
    // twice that and the sum of the reciprocal expectations.
    let expected = pairs.Values |> Array.map (fun p -> p * total)
    let often = Array.init (v * v) id |> Array.filter (fun e -> expected[e] >= 5.0)

    let term seen expected =
        (seen - expected) * (seen - expected) / expected

    let statistic =
        (often |> Array.sumBy (fun e -> term seen[e] expected[e]))
        + (let rare = total - (often |> Array.sumBy (fun e -> expected[e]))

           if rare < 5.0 then
               0.0
           else
               term (total - (often |> Array.sumBy (fun e -> seen[e]))) rare)

    let freedom = float often.Length
    let variance = 2.0 * freedom + (often |> Array.sumBy (fun e -> 1.0 / expected[e]))
    withinSixSigma "chi-square" statistic freedom (sqrt variance)

[<Test>]
let ``at constant weight both signs weigh every pair alike, and word2vec's weights are those the theory reads`` () =
    let frequencies, _ = balanced.Value
    let v = frequencies.Words.Length
    let counts = EmbeddedCounts.load EmbeddedCounts.wikipedia1000
    let statistics = Limits.Prediction.statistics counts v

    for ratio in [ 1.0; 2.0 ] do
        let constant = Weights.constant frequencies ratio
        let word2Vec = Weights.word2Vec frequencies ratio

        let theory =
            PairTheory.word2Vec
                {
                    Subsampled = true
                    PowerOfNegatives = true
                }
                statistics
                ratio

        let observed, independent = theory.Observed(), theory.Independent()
        // A mean of V terms and a dozen other roundings on either side.
        let close = Is.EqualTo(1.0).Within(2.0 * float (v + 12) * u)

        for e in 0 .. v * v - 1 do
            let total = constant.Positive.Values[e] + constant.Negative.Values[e]
            Assert.That(total * float (v * v) / (1.0 + ratio), close)
            Assert.That(word2Vec.Negative.Values[e] / independent[e], close)

            if observed[e] > 0.0 then
                Assert.That(word2Vec.Positive.Values[e] / observed[e], close)
