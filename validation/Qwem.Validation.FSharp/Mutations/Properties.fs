namespace Qwem.Validation.Mutations

open System
open Qwem.Theory

/// One property of the theory, checked by a route that does not use the formula under test.
type Property =
    {
        Name: string
        /// The gap and the bound that it must keep.
        Check: Formulas -> float * float
    }

/// The suite that every mutant must fail and the library must pass. Inputs are fixed: a mutant is killed always or never.
module Properties =

    let private property name bound check =
        {
            Name = name
            Check = fun formulas -> check formulas, bound
        }

    let private worst (values: float seq) = Qwem.Validation.Curves.worst values

    let private relative (value: float) (reference: float) =
        abs (value - reference) / max (abs reference) 1e-300

    /// Classical Runge-Kutta of order 4.
    let private integrate (slope: float array -> float array) (start: float array) time steps =
        let h = time / float steps
        let along (x: float array) (k: float array) f = Array.map2 (fun a b -> a + f * b) x k

        let step (x: float array) =
            let k1 = slope x
            let k2 = slope (along x k1 (0.5 * h))
            let k3 = slope (along x k2 (0.5 * h))
            let k4 = slope (along x k3 h)
            Array.mapi (fun i v -> v + h / 6.0 * (k1[i] + 2.0 * k2[i] + 2.0 * k3[i] + k4[i])) x

        Seq.fold (fun x _ -> step x) start (Seq.init steps id)

    let private simulatedVariance start lambda time =
        (integrate (fun x -> [| 2.0 * x[0] * (lambda - x[0]) |]) [| start |] time 4000)[0]

    let private minimiser = Qwem.Validation.Curves.argmin

    let private pairs = [ 0.3, 0.2; 0.05, 0.2; 0.12, 0.09; 0.4, 0.25 ]

    let private constants =
        [ 0.0, 1.0, 0.5, -1.0; 0.25, 1.0, 0.25, -1.0; 0.7, 0.3, 0.2, 0.4 ]

    let private lossAt (a, b, c, d) p q m =
        a * p * m * m - b * p * m + c * q * m * m - d * q * m

    // Golden section finds a minimum to the square root of the unit roundoff: 1e-8, times an interval of 20.
    let private located = 1e-6

    let private peakProblem sigma =
        let start = Projection.OfRows [| [| sigma; sigma; 0.0 |]; [| 0.0; sigma; 0.0 |] |]
        let solution = ExactSolution([| 1.0; 0.7; -0.3 |], start)
        // The clock has 2 kappa = 1, so kappa t is half its time.
        fun clock -> (solution.At(0.5<kappaTime> * clock).EmbeddingsInEigenbasis()[0, 1]) ** 2.0

    let private measuredPeak sigma =
        let square = peakProblem sigma
        square (minimiser 1.0 120.0 (fun t -> -(square t)))

    let all =
        [
            // Order 4 with 4000 steps of at most 0.004/lambda: truncation far below 1e-8.
            property "s^2(t) solves its differential equation" 1e-8 (fun f ->
                [ 0.01, 1.5, 2.0; 0.3, 1.0, 0.7; 0.2, -0.8, 1.0; 1.4, 0.6, 1.2 ]
                |> Seq.map (fun (start, lambda, time) ->
                    relative (f.Variance start lambda time) (simulatedVariance start lambda time))
                |> worst)
            property "at the half-rise time the simulated variance is half the plateau" 1e-8 (fun f ->
                [ 0.01, 1.5; 0.3, 1.0 ]
                |> Seq.map (fun (start, lambda) ->
                    relative (simulatedVariance start lambda (f.HalfRise start lambda)) (0.5 * lambda))
                |> worst)
            property "at the realisation time a mode without saturation has reached its plateau" 1e-8 (fun f ->
                [ 0.01, 1.5; 0.3, 1.0 ]
                |> Seq.map (fun (start, lambda) ->
                    let grown =
                        (integrate (fun x -> [| 2.0 * lambda * x[0] |]) [| start |] (f.Realisation start lambda) 4000)[0]

                    relative grown lambda)
                |> worst)
            property "a thousand discrete steps take as long as the factor says" 1e-9 (fun f ->
                [ 0.05; 0.3; -0.2 ]
                |> Seq.map (fun z ->
                    let product = Seq.fold (fun x _ -> x * (1.0 + z)) 1.0 (Seq.init 1000 id)
                    // In flow time the same growth takes ln(product), the steps took 1000 z.
                    relative (f.DiscreteFactor z) (1000.0 * z / Math.Log product))
                |> worst)
            property "the target of L_xe is where Eq. (4) is least" located (fun f ->
                pairs
                |> Seq.map (fun (p, q) ->
                    abs (f.XeTarget p q - minimiser -10.0 10.0 (lossAt (0.0, 1.0, 0.5, -1.0) p q)))
                |> worst)
            property "the target of L_sym is where Eq. (11) is least" located (fun f ->
                pairs
                |> Seq.map (fun (p, q) ->
                    abs (f.SymTarget p q - minimiser -10.0 10.0 (lossAt (0.25, 1.0, 0.25, -1.0) p q)))
                |> worst)
            property "the target of any quadratic loss is where it is least" located (fun f ->
                Seq.allPairs constants pairs
                |> Seq.map (fun (loss, (p, q)) -> abs (f.Target loss p q - minimiser -10.0 10.0 (lossAt loss p q)))
                |> worst)
            property "the weight is half the loss's second difference" 1e-12 (fun f ->
                Seq.allPairs constants pairs
                |> Seq.map (fun ((a, b, c, d), (p, q)) ->
                    let at = lossAt (a, b, c, d) p q
                    abs (f.Weight (a, c) p q - 0.5 * (at 1.0 + at -1.0 - 2.0 * at 0.0)))
                |> worst)
            property "subsampled text has the target that the law says" 1e-12 (fun f ->
                let p = [| 0.5; 0.3; 0.2 |]
                let joint = [| 0.2; 0.2; 0.1; 0.2; 0.05; 0.05; 0.1; 0.05; 0.05 |]
                let psi = [| 0.4; 1.0; 1.7 |]
                let unigram = Array.map2 (*) p psi |> Array.sum
                let total = Seq.init 9 (fun e -> joint[e] * psi[e / 3] * psi[e % 3]) |> Seq.sum
                let z = f.Z (CorpusStatistics(p, joint)) psi

                Seq.init 9 (fun e ->
                    let i, j = e / 3, e % 3
                    let pair = joint[e] * psi[i] * psi[j] / total
                    let product = p[i] * psi[i] / unigram * (p[j] * psi[j] / unigram)
                    abs (f.Subsampled z (joint[e] / (p[i] * p[j]) - 1.0) - (pair / product - 1.0)))
                |> worst)
            property "PMI is the logarithm of the ratio" 1e-12 (fun f ->
                pairs
                |> Seq.map (fun (p, q) -> abs (f.Pmi(2.0 * (p - q) / (p + q)) - Math.Log(p / q)))
                |> worst)
            // A central second difference with step 1e-3 has a relative error of 1e-6/8.
            property "SGNS bends at the origin like its factor times L_sym" 1e-6 (fun f ->
                pairs
                |> Seq.map (fun (p, q) ->
                    let sgns x =
                        p * Math.Log(1.0 + Math.Exp -x) + q * Math.Log(1.0 + Math.Exp x)

                    let h = 1e-3
                    let bend = (sgns h + sgns -h - 2.0 * sgns 0.0) / (h * h)
                    relative (f.SgnsFactor * 0.5 * (p + q)) bend)
                |> worst)
            property "the Taylor remainder keeps its bound" 1.0 (fun f ->
                Seq.init 60 (fun i -> 0.1 * float (i + 1))
                |> Seq.map (fun x ->
                    abs (Math.Log(1.0 + Math.Exp -x) - Math.Log 2.0 + x / 2.0 - x * x / 8.0)
                    / f.Remainder x)
                |> worst)
            property "the Taylor remainder attains its bound near 0 to 1%" 0.01 (fun f ->
                let x = 0.2

                1.0
                - abs (Math.Log(1.0 + Math.Exp -x) - Math.Log 2.0 + x / 2.0 - x * x / 8.0)
                  / f.Remainder x
                |> abs)
            // Leading order in sigma^{2(1 - r)} = 1.6e-5.
            property "R_ij peaks as high as predicted" 0.01 (fun f ->
                relative (f.Peak 1.0 0.7 1e-16) (measuredPeak 1e-8))
            property "R_ij peaks when predicted" 0.01 (fun f ->
                relative (peakProblem 1e-8 (f.PeakTime 1.0 0.7 1e-16)) (measuredPeak 1e-8))
            property "the peak falls with sigma as predicted" 0.01 (fun f ->
                let slope =
                    Math.Log(measuredPeak 1e-6 / measuredPeak 1e-10) / Math.Log(1e-12 / 1e-20)

                relative (f.PeakExponent 1.0 0.7) slope)
            property "windows of random radius weigh pairs as the linear rule says" 0.0 (fun f ->
                Seq.allPairs [ 1; 5; 16 ] [ 1; 2; 5 ]
                |> Seq.filter (fun (halfWidth, r) -> r <= halfWidth)
                |> Seq.map (fun (halfWidth, r) ->
                    let reached =
                        Seq.init halfWidth (fun i -> i + 1)
                        |> Seq.filter (fun radius -> r <= radius)
                        |> Seq.length

                    float (abs (f.WindowWeight halfWidth r - reached)))
                |> worst)
            property "neutral self-pairs leave no diagonal in the target" 1e-15 (fun f ->
                [ 0.3; 0.05 ] |> Seq.map (fun p -> abs (f.SelfPair p / (p * p) - 1.0)) |> worst)
            property "the exact Gram matrix is that of the integrated flow" 1e-8 (fun f ->
                let lambda, time = [| 1.2; 0.4; -0.5 |], 1.5
                let c = [| 0.3; -0.2; 0.1; 0.05; 0.4; -0.3 |]

                let flow (w: float array) =
                    // dC/dt = C Lambda - (C C') C, C is 2 x 3.
                    let gram a b =
                        Seq.init 3 (fun k -> w[a * 3 + k] * w[b * 3 + k]) |> Seq.sum

                    Array.init 6 (fun e ->
                        let a, k = e / 3, e % 3
                        w[e] * lambda[k] - gram a 0 * w[k] - gram a 1 * w[3 + k])

                let integrated = integrate flow c time 4000

                f.Gram lambda c time
                |> Seq.mapi (fun e exact ->
                    let j, k = e / 3, e % 3
                    abs (exact - (integrated[j] * integrated[k] + integrated[3 + j] * integrated[3 + k])))
                |> worst)
            property "the loss falls by what a mode explains" 1e-12 (fun f ->
                Seq.allPairs [ 0.5; 2.0 ] [ 0.1; 0.4 ]
                |> Seq.map (fun (lambda, variance) ->
                    abs (f.Explained lambda variance - (lambda * lambda - (lambda - variance) ** 2.0)))
                |> worst)
            property "no squared number comes closer to an eigenvalue than the clipped one" located (fun f ->
                [ 1.5; -0.7 ]
                |> Seq.map (fun lambda ->
                    abs (f.Clipped lambda - (minimiser 0.0 4.0 (fun s -> (s * s - lambda) ** 2.0)) ** 2.0))
                |> worst)
            // The midpoint rule in the angle is exact to rounding for the square-root edges.
            property "the Marchenko-Pastur law has unit mass and the right mean" 1e-9 (fun f ->
                [ 0.25, 1.0; 0.5, 2.0 ]
                |> Seq.collect (fun (ratio, variance) ->
                    let low, high = variance * (1.0 - sqrt ratio) ** 2.0, f.UpperEdge ratio variance
                    let count = 400

                    let moment power =
                        Seq.init count (fun i ->
                            let angle = Math.PI * (float i + 0.5) / float count
                            let x = 0.5 * (low + high) - 0.5 * (high - low) * Math.Cos angle
                            x ** power * f.Density ratio variance x * 0.5 * (high - low) * Math.Sin angle)
                        |> Seq.sum
                        |> fun sum -> sum * Math.PI / float count

                    [ abs (moment 0.0 - 1.0); abs (moment 1.0 / variance - 1.0) ])
                |> worst)
            // Words on the unit circle: every product is the cosine of a difference of angles. Three cosines, each right to u.
            property "the smooth score compares the answer with the parallelogram's fourth corner" 1e-14 (fun f ->
                let angles = [| 0.3; 0.9; 1.7; 2.2 |]

                let embeddings =
                    Array.append (angles |> Array.map Math.Cos) (angles |> Array.map Math.Sin)

                let cosine i j = Math.Cos(angles[i] - angles[j])

                abs (
                    f.Score embeddings 2 [| 0; 1; 2; 3 |]
                    - sqrt 2.0 * (cosine 3 2 + cosine 3 1 - cosine 3 0)
                ))
        ]
