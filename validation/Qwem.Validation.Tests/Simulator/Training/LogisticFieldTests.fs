/// The flow of SGNS over all pairs.
module Qwem.Validation.Tests.LogisticFieldTests

open System
open Expecto
open Qwem.Sim.LinearAlgebra
open Qwem.Sim.Threading
open Qwem.Sim.Training
open Qwem.Validation.Tests.Problems
open Qwem.Validation.Tests.LinearAlgebraSupport
open Qwem.Validation.Tests.TrainingSupport

let private derivativeAt (p: DenseMatrix) (q: DenseMatrix) (w: DenseMatrix) threads =
    use team = new WorkerTeam(threads)
    let derivative = DenseMatrix(w.Rows, w.Columns)
    LogisticField(p, q, w, team).Evaluate(w, derivative)
    derivative

let private problem (random: Random) scale =
    let v = random.Next(2, 70)
    let d = random.Next(1, min v 20)
    let measure () = DenseMatrix(v, v, weights random v)
    let p, q = measure (), measure ()
    p, q, gaussMatrix random v d scale

let private product (w: DenseMatrix) i j =
    Seq.init w.Columns (fun a -> w[i, a] * w[j, a]) |> Seq.sum

let private absolute (w: DenseMatrix) i j =
    Seq.init w.Columns (fun a -> abs (w[i, a] * w[j, a])) |> Seq.sum

let tests =
    choosingVectorWidth
    <| testList "Logistic field" [
        slow (
            property
                "the logistic field is the naive gradient's opposite to rounding, small products and large"
                60
                (fun (seed: Seed) ->
                    let random = seed.Random()
                    let scale = if random.Next 2 = 0 then 0.5 else 5.0
                    let p, q, w = problem random scale
                    let v, d = w.Rows, w.Columns
                    let derivative = derivativeAt p q w 3
                    let mutable worst = 0.0

                    for i in 0 .. v - 1 do
                        for a in 0 .. d - 1 do
                            let mutable expected, magnitude = 0.0, 0.0

                            for j in 0 .. v - 1 do
                                let m = product w i j
                                // p / (1 + e^m) - q / (1 + e^-m): not the form that the field evaluates.
                                let slope = p[i, j] / (1.0 + exp m) - q[i, j] / (1.0 + exp -m)
                                expected <- expected + 2.0 * slope * w[j, a]

                                magnitude <-
                                    magnitude
                                    + 2.0
                                      * (p[i, j] + q[i, j])
                                      // The slope of the sigmoid, at most 1/4, passes the rounding of the product on.
                                      * (1.0 + 0.25 * absolute w i j)
                                      * abs w[j, a]

                            // Products of length d and V and 16 other roundings, in both computations.
                            worst <-
                                max
                                    worst
                                    (abs (derivative[i, a] - expected) / (2.0 * float (v + d + 16) * u * magnitude))

                    labelled "naive logistic gradient (of its bound)" worst 1.0)
        )

        slow (
            property
                "near the origin the logistic field is half of L_sym's, up to the cube of the products over 48"
                60
                (fun (seed: Seed) ->
                    let p, q, w = problem (seed.Random()) 0.05
                    let v, d = w.Rows, w.Columns
                    use team = new WorkerTeam(2)
                    let logistic = derivativeAt p q w 2
                    let quadratic = DenseMatrix(v, d)
                    let symmetric = PairwiseObjective.FromWeights(p, q, 0.25, 1.0, 0.25, -1.0)
                    DirectField(symmetric, w, team).Evaluate(w, quadratic)
                    let mutable worst = 0.0

                    for i in 0 .. v - 1 do
                        for a in 0 .. d - 1 do
                            let allowed =
                                Seq.init v (fun j ->
                                    let m = absolute w i j

                                    2.0
                                    * (p[i, j] + q[i, j])
                                    * (m * m * m / 48.0 + 2.0 * float (v + d + 16) * u)
                                    * abs w[j, a])
                                |> Seq.sum

                            worst <- max worst (abs (logistic[i, a] - 0.5 * quadratic[i, a]) / allowed)

                    labelled "half of L_sym (of its bound)" worst 1.0)
        )

        testCase "the logistic field has the same bits on any number of threads and vector width" (fun () ->
            let p, q, w = problem (Random 7) 1.0
            let one = LinearAlgebraSupport.onWide (fun () -> derivativeAt p q w 1)
            let three = LinearAlgebraSupport.onHalves (fun () -> derivativeAt p q w 3)
            Expect.isTrue (bits one.Values = bits three.Values) "")

        testCase "the logistic field refuses weights of another shape" (fun () ->
            use team = new WorkerTeam(1)
            let square n = DenseMatrix(n, n)

            refusedWith "4 words" (fun () -> LogisticField(square 4, square 3, DenseMatrix(4, 2), team) |> ignore)
            refusedWith "4 words" (fun () -> LogisticField(square 3, square 4, DenseMatrix(4, 2), team) |> ignore))
    ]
