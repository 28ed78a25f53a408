/// How training starts out and comes to rest, against integrations: what the claims on word2vec and SimCLR take from the theory.
module Qwem.Validation.Tests.StartTests

open System
open Expecto
open FsCheck
open FsCheck.FSharp
open Qwem.Sim.LinearAlgebra
open Qwem.Sim.Threading
open Qwem.Theory
open Qwem.Validation.Tests.Problems
open Qwem.Validation.Tests.LinearAlgebraSupport
open Qwem.Validation.Tests.TrainingSupport

/// A random pair of measures, symmetric to the bit, whose linear term has a positive first eigenvalue, and its eigenpairs.
let private problem (random: Random) v =
    let draw () =
        (symmetric v (fun () -> random.NextDouble())).Values

    let independent = Array.map (fun x -> 0.5 * x) (draw ())
    // More of a word with itself: the trace of B is positive.
    let observed =
        draw () |> Array.mapi (fun e x -> if e / v = e % v then x + 0.5 else x)

    let loss = QuadraticLoss.Sym
    let b = Linearisation.Matrix(loss, observed, independent)
    use team = new WorkerTeam(1)
    let eigen = SymmetricEigenSolver.Decompose(DenseMatrix(v, v, b), team)

    b,
    eigen,
    Linearisation(loss, observed, independent, TargetSpectrum(eigen.Eigenvalues, eigen.Eigenvectors.Values)),
    (observed, independent)

let tests =
    testList "Start" [
        property "growth by Taylor's series is growth in the eigenbasis" 100 (fun (seed: Seed) ->
            let random = seed.Random()
            let v = random.Next(1, 20)
            let b, eigen, _, _ = problem random v
            let w = Array.init v (fun _ -> gauss random)
            let time = 20.0 * random.NextDouble() / eigen.Eigenvalues[0]
            let expected = Array.zeroCreate<float> v

            for k in 0 .. v - 1 do
                let e = eigen.Eigenvectors.Row(k).ToArray()

                let amount =
                    Math.Exp(2.0 * eigen.Eigenvalues[k] * time)
                    * Array.fold2 (fun sum x y -> sum + x * y) 0.0 e w

                e |> Array.iteri (fun i x -> expected[i] <- expected[i] + amount * x)

            let grown = Linearisation.Grow(b, w, time)
            let apart = frobeniusNorm (Array.map2 (-) grown expected) / frobeniusNorm expected
            // Three digits by cancellation, V roundings per product, and 40 times the eigenvalues' own rounding.
            let bound = 1e3 * float (v + 100) * u

            let logarithm =
                abs (Linearisation.LogGrowth(b, w, time) - Math.Log(frobeniusNorm expected))

            labelled "Grow" apart bound .&. labelled "LogGrowth" logarithm bound)

        property
            "the lag is what the quadratic term takes from a small model, and a little more"
            25
            (fun (seed: Seed) ->
                let random = seed.Random()
                let v = random.Next(2, 7)
                let d = random.Next(1, v)
                let b, eigen, linear, (observed, independent) = problem random v
                let sigma = 1e-4
                let start = Array.init (d * v) (fun _ -> sigma * gauss random)
                let x = Array.init d (fun _ -> gauss random)
                let weight = Array.map2 (fun p q -> 0.25 * (p + q)) observed independent
                let time = linear.TimeTo(0.01, sigma * sigma)

                // dW/dt = 2 B W - 4 (A o M) W, W' stored d x V, in units of e^{2 B t}'s first rate so that steps are even.
                let rate (w: float[]) =
                    let m = gram d w

                    Array.init (d * v) (fun e ->
                        let a, i = e / v, e % v

                        Seq.init v (fun j ->
                            (2.0 * b[i * v + j] - 4.0 * weight[i * v + j] * m[i * v + j]) * w[a * v + j])
                        |> Seq.sum)

                let final = RungeKutta.integrate rate start time 3000

                let along (w: float[]) =
                    Array.init v (fun i -> Seq.init d (fun a -> x[a] * w[a * v + i]) |> Seq.sum)

                let measured =
                    Math.Log(
                        frobeniusNorm (Linearisation.Grow(b, along start, time))
                        / frobeniusNorm (along final)
                    )

                let lag = linear.Lag(Embeddings.OfRows(start, d), x, time)
                // Second order, eta^2, the trapezoid rule's 2 %, and the integrator.
                let allowed = 0.03 * lag + 4.0 * lag * lag + 1e-9

                (lag < 0.2)
                ==> (labelled "lag" (abs (measured - lag)) allowed
                     |> Prop.classify (eigen.Eigenvalues.Length > 4) "more than four words"))

        property
            "word2vec's logistic loss pulls back with its restoring force"
            100
            (fun (observed: NormalFloat) (independent: NormalFloat) (product: NormalFloat) ->
                let p, q = exp observed.Get, exp independent.Get
                let m = product.Get

                let loss m =
                    p * log (1.0 + exp -m) + q * log (1.0 + exp m)

                let h = 1e-4
                let measured = (loss (m + h) - loss (m - h)) / (2.0 * h)
                let target = 2.0 * (p - q) / (p + q)
                let predicted = 0.25 * (p + q) * (Word2Vec.RestoringForce m - target)
                // Third derivative at most (p + q)/8 h^2, and rounding over h.
                labelled "force" (abs (measured - predicted)) ((p + q) * (h * h + 20.0 * u * (1.0 + abs m) / h)))

        property "along a frozen direction the logistic loss leads by less than its bound" 100 (fun (seed: Seed) ->
            let random = seed.Random()
            let v = random.Next(2, 40)
            let raw = Array.init v (fun _ -> gauss random)
            let size = frobeniusNorm raw
            let vector = raw |> Array.map (fun x -> x / size)
            let lambda = 10.0 * random.NextDouble() + 0.1
            let frozen = Word2Vec.Lead(vector, lambda, 0.5 * lambda).Cubic

            // v'F(mu v v')v.
            let pull mu =
                Seq.allPairs vector vector
                |> Seq.sumBy (fun (a, b) -> a * b * Word2Vec.RestoringForce(mu * a * b))

            // lambda times the time saved on the way to half of the plateau: both rates in one integral.
            let n = 200

            let saved =
                Seq.init n (fun k ->
                    let mu = 0.5 * lambda * (float k + 0.5) / float n
                    (1.0 / (lambda - mu) - 1.0 / (lambda - pull mu)) / mu)
                |> Seq.sum
                |> (*) (lambda * 0.5 * lambda / float n)

            labelled "lead" saved (frozen * (1.0 + 1e-3) + 1e-12)
            .&. labelled "no lag" -saved 1e-12)

        property "small steps take the logistic's time to half of the plateau" 100 (fun (seed: Seed) ->
            let random = seed.Random()
            let growth = 10.0 ** (-3.0 - random.NextDouble())
            let start = 10.0 ** (-2.0 - 6.0 * random.NextDouble())
            let logistic = log (1.0 / start - 1.0) / (2.0 * growth)
            // A step's second order: relative growth/2 at first, and less when it slows down.
            labelled "steps" (abs (FirstRise.Steps(growth, start) / logistic - 1.0)) growth)

        property "modes that the bound lets pass are at their plateaus within it" 200 (fun (seed: Seed) ->
            let random = seed.Random()
            let v = random.Next(6, 30)
            let d = random.Next(2, v / 2)
            // No two plateaus closer than a tenth of their mean distance: the bound is a perturbation in their gaps.
            let lambda =
                Array.init v (fun k -> 10.0 - 15.0 * (float k + 0.9 * random.NextDouble()) / float v)

            let sigma = 10.0 ** (-8.0 * random.NextDouble() - 4.0)

            let exact =
                ExactSolution(lambda, Projection.OfRows((gaussMatrix random d v (sigma / sqrt (float d))).Values, d))

            let time =
                0.5<kappaTime> * Math.Log(lambda[0] / (sigma * sigma)) / lambda[0]
                * (1.0 + 5.0 * random.NextDouble())

            let shifts = PlateauShift.Of(exact, time)
            let s = exact.At(time).SingularValues()

            let settled = [
                for k in 0 .. d - 1 do
                    if shifts[k] <= PlateauShift.Limit then
                        k
            ]

            // Rounding: what the exact solution states of itself, and the root.
            let worst =
                settled
                |> List.map (fun k -> abs (s[k] / sqrt lambda[k] - 1.0) / (shifts[k] + 1e-12))
                |> List.fold max 0.0

            labelled "plateau (of its bound)" worst 1.0
            |> Prop.classify settled.IsEmpty "no mode has settled")

        testCase "shapes and signs that do not fit are refused" (fun () ->
            refusedNaming "threshold" (fun () -> Word2Vec.Keep(0.0, 0.5) |> ignore)
            let corpus = CorpusStatistics([| 0.75; 0.25 |], [| 0.5; 0.25; 0.25; 0.0 |])
            refusedNaming "kept" (fun () -> Word2Vec.Measures(corpus, [| 1.0 |], [| 1.0; 1.0 |], 1.0) |> ignore)
            refusedNaming "second" (fun () -> Word2Vec.Lead([| 1.0 |], 1.0, 1.0) |> ignore)
            refusedNaming "matrix" (fun () -> Linearisation.Grow([| 1.0 |], [| 1.0; 1.0 |], 1.0) |> ignore)
            refusedNaming "time" (fun () -> Linearisation.Grow([| 1.0 |], [| 1.0 |], -1.0) |> ignore)

            refusedNaming "spectrum" (fun () ->
                Linearisation(QuadraticLoss.Sym, [| 0.1 |], [| 0.2 |], TargetSpectrum([| -0.1 |], [| 1.0 |]))
                |> ignore)

            refusedNaming "growth" (fun () -> FirstRise.Steps(0.0, 0.1) |> ignore)
            let exact = ExactSolution([| 2.0 |], Projection.OfRows([| 0.1 |], 1))
            refusedNaming "kappaTime" (fun () -> PlateauShift.Of(exact, -1.0<kappaTime>) |> ignore)

            let start =
                Linearisation(QuadraticLoss.Sym, [| 0.6 |], [| 0.2 |], TargetSpectrum([| 0.4 |], [| 1.0 |]))

            refusedNaming "start" (fun () -> start.Lag(Embeddings.OfRows([| 1.0; 1.0 |], 1), [| 1.0 |], 1.0) |> ignore)

            refusedNaming "direction" (fun () -> start.Lag(Embeddings.OfRows([| 1.0 |], 1), [||], 1.0) |> ignore))
    ]
