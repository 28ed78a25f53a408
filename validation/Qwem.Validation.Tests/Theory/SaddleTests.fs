/// From saddle to saddle, against Theorem 4.3 where the weight is constant, and against the conditions that define a saddle where it is not.
module Qwem.Validation.Tests.SaddleTests

open System
open FsCheck
open FsCheck.FSharp
open Expecto
open Qwem.Theory
open Qwem.Validation.Tests.Expectations
open Qwem.Validation.Tests.Numbers
open Qwem.Validation.Tests.Properties
open Qwem.Validation.Tests.Seeds

// Entries of the lower half, one after the other, and their mirror images.
let private symmetric v (entry: int -> int -> float) =
    let lower =
        Array.init (v * v) (fun e -> if e / v >= e % v then entry (e / v) (e % v) else 0.0)

    Array.init (v * v) (fun e -> lower[max (e / v) (e % v) * v + min (e / v) (e % v)])

/// A target with eigenvalues a factor of at least 1.4 apart, all positive, under a constant weight.
let private constant (random: Random) v =
    let values =
        Array.init v (fun k -> 3.0 * 0.6 ** (float k + 0.3 * random.NextDouble()))

    let u = orthogonal random v
    let g = 0.1 + random.NextDouble()

    let target =
        symmetric v (fun i j -> Seq.init v (fun k -> values[k] * u[k * v + i] * u[k * v + j]) |> Seq.sum)

    values, g, target

let private weighted (random: Random) v =
    let _, _, target = constant random v
    PairwiseLoss.Quadratic(symmetric v (fun _ _ -> 0.2 + random.NextDouble()), target)

let private logistic (random: Random) v =
    let pairs =
        symmetric v (fun i j -> if i = j then 1.5 + random.NextDouble() else random.NextDouble())

    PairwiseLoss.Logistic(pairs, symmetric v (fun _ _ -> 0.2 + 0.5 * random.NextDouble()))

let private slope loss (m: float[]) =
    match loss with
    | PairwiseLoss.Quadratic(weight, target) -> Array.map3 (fun g t x -> 2.0 * g * (t - x)) weight target m
    | PairwiseLoss.Logistic(p, q) -> Array.map3 (fun p q x -> p / (1.0 + exp x) - q / (1.0 + exp -x)) p q m

let private value loss (m: float[]) =
    match loss with
    | PairwiseLoss.Quadratic(weight, target) ->
        Array.map3 (fun g t x -> g * (x - t) * (x - t)) weight target m |> Array.sum
    | PairwiseLoss.Logistic(p, q) ->
        Array.map3 (fun p q x -> p * log (1.0 + exp -x) + q * log (1.0 + exp x)) p q m
        |> Array.sum

let private largest (values: float[]) = values |> Array.map abs |> Array.max

// Gradient flow of d rows for a time, of fourth order in fixed steps.
let private flow loss d v steps time (start: float[]) =
    let velocity (w: float[]) =
        multiply d v v w (slope loss (gram d w)) |> Array.map (fun x -> 2.0 * x)

    let h = time / float steps
    let add (a: float[]) c (b: float[]) = Array.map2 (fun x y -> x + c * y) a b

    (start, seq { 1..steps })
    ||> Seq.fold (fun w _ ->
        let a = velocity w
        let b = velocity (add w (0.5 * h) a)
        let c = velocity (add w (0.5 * h) b)
        let d = velocity (add w h c)
        Array.init w.Length (fun i -> w[i] + h / 6.0 * (a[i] + 2.0 * b[i] + 2.0 * c[i] + d[i])))

let private losses (random: Random) =
    let v = random.Next(3, 7)
    if random.Next 2 = 0 then v, weighted random v else v, logistic random v

let tests =
    testList "Saddles" [
        property
            "a constant weight gives Theorem 4.3: rates, heights, times and lengths of the start"
            5
            (fun (seed: Seed) ->
                let random = seed.Random()
                let v = random.Next(3, 7)
                let values, g, target = constant random v
                let n = v - 1

                let saddles =
                    SaddleSequence.Follow(PairwiseLoss.Quadratic(Array.create (v * v) g, target), n)

                let d = random.Next(n, v + 1)
                let start = Embeddings.OfRows(gaussian random d v 1e-5, d)
                let lengths = saddles.Start start
                let spectrum = TargetSpectrum.Decompose target

                let exact =
                    ExactSolution(spectrum.Eigenvalues(), spectrum.Project start).RDiagonalSquared()

                let mutable worst = 0.0

                let seen (a: float) (b: float) tolerance =
                    worst <- max worst (abs (a / b - 1.0) / tolerance)

                for m in 0 .. n - 1 do
                    seen (saddles.Rates(m)[0]) (4.0 * g * values[m]) 1e-6
                    seen (saddles.SingularValues(m + 1)[m]) (sqrt values[m]) 1e-6
                    seen lengths[m] (sqrt exact[m]) 1e-8

                    let time =
                        float (AlignedSolution.HalfRiseTime(lengths[m] * lengths[m], values[m]))
                        / (4.0 * g)

                    seen (saddles.HalfRiseTimes(lengths)[m]) time 1e-5
                    seen (saddles.LongPhaseTimes(lengths)[m]) time 1e-5
                    // Rates never change here, and the theorem's half rise differs in the start's own square only.
                    seen (saddles.OriginTimes(lengths)[m]) time 1e-5
                    // The curve passes its half height then.
                    seen (saddles.SingularValuesAt(lengths, time)[m]) (sqrt (0.5 * values[m])) 1e-3

                labelled "error (of its bound)" worst 1.0)

        property
            "a saddle is at rest, its rates are those of S off its span, and the loss falls from one to the next"
            6
            (fun (seed: Seed) ->
                let v, loss = losses (seed.Random())
                let saddles = SaddleSequence.Follow(loss, v - 1)
                let mutable worst = 0.0

                for m in 1 .. saddles.Count do
                    let w = saddles.Embeddings m
                    let gram, rows = w.Gram(), w.ToRows()
                    let s = slope loss gram
                    // 1e-11 (1 + |L|) in columns scaled by the roots of their weights, which are at most V times the mean.
                    worst <- max worst (largest (multiply m v v rows s) / (1e-10 * (1.0 + abs (saddles.Loss m))))
                    worst <- max worst (abs (saddles.Loss m - value loss gram) / (1e-12 * abs (value loss gram)))

                    if not (saddles.Loss m < saddles.Loss(m - 1)) then
                        worst <- infinity

                    let singular = saddles.SingularValues m

                    worst <-
                        max
                            worst
                            (abs (
                                Seq.sumBy (fun x -> x * x) singular
                                / Seq.sum (Seq.init v (fun i -> gram[i * v + i]))
                                - 1.0
                             )
                             / 1e-10)

                    if m < v then
                        // S kills the rows, so that off their span it has its other eigenvalues.
                        let values =
                            (TargetSpectrum.Decompose(symmetric v (fun i j -> s[i * v + j]))).Eigenvalues()

                        let expected = 2.0 * values[0]

                        if expected > 1e-6 then
                            worst <- max worst (abs (saddles.Rates(m)[0] / expected - 1.0) / 1e-6)

                labelled "error (of its bound)" worst 1.0)

        property "the first mode's time is that of a flow of one row, integrated by itself" 3 (fun (seed: Seed) ->
            let random = seed.Random()
            let v, loss = losses random
            let saddles = SaddleSequence.Follow(loss, 1)
            let sigma = 1e-4
            // One row along the first direction.
            let s = slope loss (Array.zeroCreate (v * v))
            let spectrum = TargetSpectrum.Decompose s
            let first = spectrum.Eigenvectors()[.. v - 1]
            let start = Embeddings.OfRows(first |> Array.map (fun x -> sigma * x), 1)
            let lengths = saddles.Start start
            let predicted = saddles.HalfRiseTimes(lengths)[0]
            let half = 0.5 * saddles.SingularValues(1)[0] ** 2.0

            // Up to the predicted time.
            let w = flow loss 1 v 1500 predicted (start.ToRows())
            let reached = Array.sumBy (fun x -> x * x) w
            labelled "height at the predicted time (relative error, of 1e-4)" (abs (reached / half - 1.0) / 1e-4) 1.0)

        property
            "the model and the loss at a time are the exact solution's where the weight is constant"
            5
            (fun (seed: Seed) ->
                let random = seed.Random()
                let v = random.Next(3, 7)
                let _, g, target = constant random v
                let loss = PairwiseLoss.Quadratic(Array.create (v * v) g, target)
                let saddles = SaddleSequence.Follow(loss, v - 1)
                let spectrum = TargetSpectrum.Decompose target
                let lengths = Array.init (v - 1) (fun _ -> 1e-6 * (0.5 + random.NextDouble()))

                // One row along each direction.
                let start =
                    Embeddings.OfRows(
                        Array.init ((v - 1) * v) (fun at -> lengths[at / v] * spectrum.Eigenvectors()[at]),
                        v - 1
                    )

                let exact = ExactSolution(spectrum, start)
                let mutable worst = 0.0

                for share in [ 0.3; 0.8; 0.97; 1.0; 1.1; 1.5 ] do
                    for mode in [ 0; v - 2 ] do
                        let time = share * saddles.HalfRiseTimes(lengths)[mode]
                        let reached = (exact.At(Clock.OfTraining(g, time))).Embeddings(spectrum).Gram()
                        let predicted = saddles.EmbeddingsAt(lengths, time)
                        worst <- max worst (frobenius (predicted.Gram()) reached / 1e-3)

                        worst <-
                            max
                                worst
                                (abs (saddles.LossAt(lengths, time) - value loss reached)
                                 / (2e-3 * saddles.Loss 0))

                labelled "distance (of 1e-3, the cubic through records a fifth of an e-folding apart)" worst 1.0)

        testCase
            "a direction that decays hundreds of times faster costs no digits, and one that is faster still is refused"
            (fun () ->
                let u = orthogonal (Random 7) 5
                let g = 0.3

                let loss decay =
                    let values = [| 3.0; 1.5; 0.7; -0.5; -decay |]

                    PairwiseLoss.Quadratic(
                        Array.create 25 g,
                        symmetric 5 (fun i j ->
                            Seq.init 5 (fun k -> values[k] * u[k * 5 + i] * u[k * 5 + j]) |> Seq.sum)
                    )

                // Theorem 4.3, whatever the others are.
                for decay in [ 10.0; 300.0; 1000.0 ] do
                    let times = SaddleSequence.Follow(loss decay, 2).HalfRiseTimes(Array.create 5 1e-8)

                    for k, value in [ 0, 3.0; 1, 1.5 ] do
                        let time = float (AlignedSolution.HalfRiseTime(1e-16, value)) / (4.0 * g)
                        Expect.near (times[k] / time) 1.0 1e-5 $"{decay}, {k}"

                let failure =
                    Expect.raised<ArithmeticException>(fun () -> SaddleSequence.Follow(loss 1e4, 2) |> ignore)

                Expect.stringContains failure.Message "grows too slowly beside others" "")

        property "long after the last rise the model is the last saddle's, whatever the loss" 5 (fun (seed: Seed) ->
            let v, loss = losses (seed.Random())
            let saddles = SaddleSequence.Follow(loss, v - 1)
            let lengths = Array.create saddles.Count 1e-8
            let late = 1e4 * Array.max (saddles.HalfRiseTimes lengths)
            let model = saddles.EmbeddingsAt(lengths, late)

            labelled
                "distance (of 1e-6)"
                (frobenius (model.Gram()) (saddles.Embeddings(saddles.Count).Gram()) / 1e-6
                 + abs (saddles.LossAt(lengths, late) / saddles.Loss saddles.Count - 1.0) / 1e-6)
                1.0)

        property
            "the model at a time is that of a flow from a start along the directions, as nearly as the times are"
            4
            (fun (seed: Seed) ->
                let random = seed.Random()
                let v, loss = losses random
                let saddles = SaddleSequence.Follow(loss, 2)
                let spectrum = TargetSpectrum.Decompose(slope loss (Array.zeroCreate (v * v)))
                // As many rows as words: the third one is why the second stays along its direction.
                let lengths = Array.create v 1e-8
                let start = spectrum.Eigenvectors() |> Array.map (fun x -> lengths[0] * x)

                let half, w = saddles.HalfRiseTimes lengths, saddles.Smallness lengths
                let mutable worst = 0.0

                for time in [ 0.9 * half[0]; half[0]; 0.5 * (half[0] + half[1]); 0.98 * half[1]; half[1] ] do
                    let reached = flow loss v v 4000 time start
                    let apart = frobenius (saddles.EmbeddingsAt(lengths, time).Gram()) (gram v reached)
                    // A time that is off by (w + 0.001) / 4 of itself, as the reports allow, is so many e-foldings of W'W.
                    let bound = 1e-3 + 0.5 * (w[1] + 1e-3) * time * saddles.Rates(0)[0]
                    worst <- max worst (apart / bound)

                labelled "distance (of its bound)" worst 1.0)

        testCase "as many paths are followed as are wanted" (fun () ->
            let loss = weighted (Random 5) 6
            let asked = ResizeArray<int>()

            let saddles =
                SaddleSequence.FollowWhile(
                    loss,
                    5,
                    (fun soFar ->
                        asked.Add soFar.Count
                        soFar.Count < 2),
                    null
                )

            Expect.equal saddles.Count 2 ""
            Expect.equal (List.ofSeq asked) [ 1; 2 ] ""

            let all = SaddleSequence.Follow(loss, 5).HalfRiseTimes(Array.create 5 1e-6)

            Expect.equal (saddles.HalfRiseTimes(Array.create 2 1e-6)) all[..1] "")

        property "words in another order have the same saddles" 8 (fun (seed: Seed) ->
            let random = seed.Random()
            let v, loss = losses random
            let order = Array.init v id |> Array.sortBy (fun _ -> random.Next())

            let permuted (m: float[]) =
                Array.init (v * v) (fun e -> m[order[e / v] * v + order[e % v]])

            let other =
                match loss with
                | PairwiseLoss.Quadratic(g, t) -> PairwiseLoss.Quadratic(permuted g, permuted t)
                | PairwiseLoss.Logistic(p, q) -> PairwiseLoss.Logistic(permuted p, permuted q)

            let a, b = SaddleSequence.Follow(loss, 2), SaddleSequence.Follow(other, 2)
            let lengths = [| 1e-6; 2e-6 |]

            let worst =
                Seq.map2 (fun x y -> abs (x / y - 1.0)) (a.HalfRiseTimes lengths) (b.HalfRiseTimes lengths)
                |> Seq.max

            labelled "difference of the times (of 1e-5)" (worst / 1e-5) 1.0)

        property
            "from smaller starts later times, smaller w, and phases that add up to leading order"
            8
            (fun (seed: Seed) ->
                let random = seed.Random()
                let v, loss = losses random
                let saddles = SaddleSequence.Follow(loss, min 3 (v - 1))

                let lengths scale =
                    Array.init saddles.Count (fun k -> scale * (1.0 + 0.1 * float k))

                let times scale = saddles.HalfRiseTimes(lengths scale)
                let long scale = saddles.LongPhaseTimes(lengths scale)

                let apart scale =
                    Seq.map2 (fun a b -> abs (a / b - 1.0)) (times scale) (long scale) |> Seq.max

                let near, far = lengths 1e-6, lengths 1e-40

                let isRight =
                    Seq.forall2 (<) (times 1e-6) (times 1e-40)
                    && Seq.forall2 (>=) (saddles.Smallness near) (saddles.Smallness far)
                    && apart 1e-40 <= max 1e-6 (0.5 * apart 1e-6)

                isRight |> Prop.label $"{apart 1e-6} {apart 1e-40}")

        property "rest next to a saddle is the saddle, and next to it again" 8 (fun (seed: Seed) ->
            let _, loss = losses (seed.Random())
            let saddles = SaddleSequence.Follow(loss, 2)
            let w = saddles.Embeddings 2
            let moved = Embeddings.OfRows(w.ToRows() |> Array.map (fun x -> 1.01 * x), 2)
            let again = SaddleSequence.RestNear(loss, moved)
            labelled "distance (of 1e-6)" (frobenius (again.Gram()) (w.Gram()) / 1e-6) 1.0)

        testCase "progress tells the path and a rising fraction, and what it throws ends the search" (fun () ->
            let loss = weighted (Random 5) 4
            let told = ResizeArray<struct (int * float)>()

            SaddleSequence.Follow(loss, 2, (fun m fraction -> told.Add(struct (m, fraction))))
            |> ignore

            Expect.equal (told |> Seq.map (fun (struct (m, _)) -> m) |> Seq.distinct |> List.ofSeq) [ 0; 1 ] ""

            Expect.isTrue
                (told
                 |> Seq.forall (fun (struct (_, fraction)) -> fraction >= 0.0 && fraction <= 1.0))
                ""

            Expect.throwsT<OperationCanceledException>
                (fun () ->
                    SaddleSequence.Follow(loss, 2, (fun _ _ -> raise (OperationCanceledException())))
                    |> ignore)
                "")

        testCase "what cannot be followed is refused by name" (fun () ->
            let one = PairwiseLoss.Quadratic([| 1.0; 1.0; 1.0; 1.0 |], [| 1.0; 0.0; 0.0; 0.5 |])

            let refused (part: string) (work: unit -> unit) =
                let failure = Expect.raised<HypothesisException> work
                Expect.stringContains failure.Message part ""

            refused "count" (fun () -> SaddleSequence.Follow(one, 0) |> ignore)
            refused "count = 2" (fun () -> SaddleSequence.Follow(one, 2) |> ignore)

            refused "V * V" (fun () ->
                SaddleSequence.Follow(PairwiseLoss.Logistic([| 1.0; 1.0 |], [| 1.0; 1.0 |]), 1)
                |> ignore)

            refused "V * V" (fun () ->
                SaddleSequence.Follow(PairwiseLoss.Quadratic([| 1.0 |], [| 1.0; 2.0 |]), 1)
                |> ignore)

            refused "equal" (fun () ->
                SaddleSequence.Follow(PairwiseLoss.Quadratic([| 1.0; 1.0; 1.0; 1.0 |], [| 1.0; 0.1; 0.2; 1.0 |]), 1)
                |> ignore)

            refused "loss[0,1]" (fun () ->
                SaddleSequence.Follow(PairwiseLoss.Quadratic([| 1.0; -1.0; -1.0; 1.0 |], [| 1.0; 0.1; 0.1; 1.0 |]), 1)
                |> ignore)

            refused "loss[1,1]" (fun () ->
                SaddleSequence.Follow(PairwiseLoss.Logistic([| 1.0; 1.0; 1.0; 1.0 |], [| 1.0; 1.0; 1.0; -1.0 |]), 1)
                |> ignore)

            // Nothing grows at the origin.
            refused "positive rate" (fun () ->
                SaddleSequence.Follow(PairwiseLoss.Quadratic([| 1.0; 1.0; 1.0; 1.0 |], [| -1.0; 0.0; 0.0; -2.0 |]), 1)
                |> ignore)

            let saddles = SaddleSequence.Follow(one, 1)
            refused "m = 2" (fun () -> saddles.Rates 2 |> ignore)
            refused "m = 0" (fun () -> saddles.Embeddings 0 |> ignore)
            refused "m = 0" (fun () -> saddles.Unfinished 0 |> ignore)
            refused "lengths" (fun () -> saddles.HalfRiseTimes [||] |> ignore)
            refused "lengths[0]" (fun () -> saddles.HalfRiseTimes [| 0.0 |] |> ignore)
            refused "time" (fun () -> saddles.SingularValuesAt([| 1e-3 |], -1.0) |> ignore)
            refused "time" (fun () -> saddles.EmbeddingsAt([| 1e-3 |], -1.0) |> ignore)
            refused "start" (fun () -> saddles.Start(Embeddings.OfRows([| 1.0; 1.0; 1.0 |], 1)) |> ignore)

            refused "start" (fun () ->
                SaddleSequence.RestNear(one, Embeddings.OfRows([| 1.0; 1.0; 1.0 |], 1))
                |> ignore))

        testCase "a sequence ends where no further row grows, and prints itself" (fun () ->
            let loss =
                PairwiseLoss.Quadratic(Array.create 9 0.25, [| 4.0; 0.0; 0.0; 0.0; -1.0; 0.0; 0.0; 0.0; -2.0 |])

            let saddles = SaddleSequence.Follow(loss, 2)
            Expect.equal saddles.Count 1 ""
            Expect.stringContains (string saddles) "V = 3: 1 modes" ""
            Expect.stringContains (string loss) "quadratic loss of 9 pairs" "")

        slow (
            testCase "many words give the bits of few threads" (fun () ->
                // Above 256 words rows are done side by side.
                let random = Random 3
                let v = 260
                let x = Array.init (3 * v) (fun _ -> gauss random)
                let target = gram 3 x

                let loss =
                    PairwiseLoss.Quadratic(Array.create (v * v) (1.0 / float (v * v)), target)

                let saddles = SaddleSequence.Follow(loss, 2)
                let values = (TargetSpectrum.Decompose target).Eigenvalues()

                for m in 0..1 do
                    Expect.near (saddles.SingularValues(2)[m] ** 2.0) values[m] (1e-6 * values[m]) "")
        )
    ]
