/// The asymmetric solution: invariances, limits, certificate and refusals.
module Qwem.Validation.Tests.AsymmetricSolutionTests

open System
open Expecto
open FsCheck.FSharp
open Qwem.Theory
open Qwem.Validation.Tests.Problems
open Qwem.Validation.Tests.Spectra
open Qwem.Validation.Tests.AsymmetricSupport

/// Moving W1, W2 and t by delta, relative: how far the model moves per delta. Balance is kept: both factors are multiplied by the same matrix
/// from the left, and by rotations of their own, to delta^2, from the right, as by the rounding of their products with the singular
/// vectors. Without the latter nothing would move late, when only the row space counts.
let private bound (p: Lifted) time =
    let delta = Math.ScaleB(1.0, -30)
    let random = Random 7
    let reference = (p.Solution.At time).Model()

    let sensitivity =
        Seq.init 4 (fun _ ->
            let turn =
                Array.init (p.Rows * p.Rows) (fun at ->
                    (if at / p.Rows = at % p.Rows then 1.0 else 0.0) + delta * gauss random)

            let rotation size =
                let k = Array.init (size * size) (fun _ -> gauss random)

                Array.init (size * size) (fun at ->
                    let i, j = at / size, at % size
                    (if i = j then 1.0 else delta * (k[at] - k[j * size + i])))

            let moved =
                p.From(
                    multiply p.Rows p.M p.M (multiply p.Rows p.Rows p.M turn p.Left) (rotation p.M),
                    multiply p.Rows p.N p.N (multiply p.Rows p.Rows p.N turn p.Right) (rotation p.N)
                )

            frobenius ((moved.At(time * (1.0 + delta))).Model()) reference / delta)
        |> Seq.max

    8.0 * float (p.Rows + p.M + p.N + 8) * u * (2.0 + sensitivity)

let private drawn (random: Random) =
    struct (lifted random 30 (10.0 ** (-12.0 * random.NextDouble())),
            10.0 ** (3.0 * random.NextDouble() - 1.5) * 1.0<kappaTime>)

let tests =
    testList "Asymmetric solution" [
        property "the flow composes, and restarts from its own factors" 100 (fun (seed: Seed) ->
            let struct (p, time) = drawn (seed.Random())
            let a = 0.4 * time
            let middle = p.Solution.At a
            // The factors at a are balanced to the accuracy of the flow, which the constructor's tolerance allows for up to 16 (m+n+d) u.
            let imbalance = AsymmetricSolution.Imbalance(middle.Left(), middle.Right())
            let tolerance = AsymmetricSolution.BalanceTolerance(p.Rows, p.M, p.N)

            if imbalance > tolerance then
                labelled "imbalance of the state" imbalance (8.0 * tolerance)
            else
                let restarted = {
                    p with
                        Left = middle.Left().ToRows()
                        Right = middle.Right().ToRows()
                }

                let whole = (p.Solution.At(a + (time - a))).Model()

                labelled
                    "composition"
                    (frobenius ((restarted.Solution.At(time - a)).Model()) whole)
                    (2.0 * bound p time + 2.0 * bound restarted (time - a)))

        property
            "a common rotation changes nothing, swapping the factors transposes, scaling by powers of two scales bit for bit"
            100
            (fun (seed: Seed) ->
                let struct (p, time) = drawn (seed.Random())
                let whole = (p.Solution.At time).Model()
                let q = orthogonal (seed.Random()) p.Rows

                let turned = {
                    p with
                        Left = multiply p.Rows p.Rows p.M q p.Left
                        Right = multiply p.Rows p.Rows p.N q p.Right
                }

                let swapped =
                    AsymmetricSolution(
                        TargetSingularSpectrum(p.Values, p.V, p.U),
                        Embeddings.OfRows(p.Right, p.Rows),
                        Embeddings.OfRows(p.Left, p.Rows)
                    )

                let scaled =
                    {
                        p with
                            Values = Array.map (fun s -> 4.0 * s) p.Values
                            Left = Array.map (fun w -> 2.0 * w) p.Left
                            Right = Array.map (fun w -> 2.0 * w) p.Right
                    }
                        .Solution

                let b = 3.0 * bound p time

                labelled "rotation" (frobenius ((turned.Solution.At time).Model()) whole) b
                .&. labelled "swap" (frobenius ((swapped.At time).Model() |> transpose p.N p.M) whole) b
                .&. Array.forall2 (fun x w -> x = 4.0 * w || abs x < 1e-250) ((scaled.At(time / 4.0)).Model()) whole)

        property
            "at time zero it is the start; its singular values, loss and bases belong together"
            100
            (fun (seed: Seed) ->
                let struct (p, time) = drawn (seed.Random())
                let small = 16.0 * float (p.M + p.N + p.Rows) * u
                let state = p.Solution.At time
                let model = state.Model()
                let s = state.ModelSingularValues()
                let scale = frobeniusNorm model

                // Squared singular values against the trace of M M': an invariant that needs no decomposition.
                let distance = frobeniusNorm (Array.map2 (-) model p.Target) ** 2.0

                let magnitude = (scale + frobeniusNorm p.Target) ** 2.0

                labelled
                    "start"
                    (frobenius ((p.Solution.At 0.0<kappaTime>).Model()) (modelOf p p.Left p.Right))
                    (4.0 * small)
                .&. labelled "sum of squared singular values" (relative (frobeniusNorm s) scale) (4.0 * small)
                .&. labelled "number of singular values" (float s.Length) (float (min p.Rows (min p.M p.N)))
                .&. labelled "loss" (abs (state.Loss() - distance)) (4.0 * small * magnitude)
                .&. labelled
                        "singular basis"
                        (frobenius
                            (multiply p.M p.M p.N p.U (multiply p.M p.N p.N model (transpose p.N p.N p.V)))
                            (state.ModelInSingularBasis()))
                        (4.0 * small))

        property "the loss never increases" 60 (fun (seed: Seed) ->
            let struct (p, time) = drawn (seed.Random())
            let solution = p.Solution
            let losses = Array.init 10 (fun i -> (solution.At(time * float i / 5.0)).Loss())

            let size =
                (frobeniusNorm p.Target + frobeniusNorm (modelOf p p.Left p.Right)) ** 2.0
            // Each loss errs by d u of the squares, and by what the model's own error moves it.
            let rounding = (32.0 * float (p.M + p.N + p.Rows) * u + bound p time) * 4.0 * size
            labelled "increase" (largest (Array.map (fun (a, b) -> b - a) (Array.pairwise losses))) rounding)

        testCase "very late, the model is the best approximation of rank d" (fun () ->
            for seed in 1..12 do
                let p = lifted (Random seed) 20 1e-6
                // Values 0.1 apart, so that 1e5 time units leave nothing of the rest.
                let values = Array.init p.Values.Length (fun k -> 0.1 * float (p.Values.Length - k))

                let solution = { p with Values = values }.Solution

                let s = (solution.At 1e5<kappaTime>).ModelSingularValues()
                let m = (solution.At 1e5<kappaTime>).ModelInSingularBasis()

                let expected =
                    Array.init (p.M * p.N) (fun at ->
                        if at / p.N = at % p.N && at % p.N < p.Rows then values[at % p.N] else 0.0)

                let rounding = 80.0 * float (p.M + p.N + p.Rows + 8) * u
                within $"seed {seed}" (frobenius m expected) rounding
                within "singular values" (largest (Array.map2 relative s values[.. p.Rows - 1])) rounding)

        testCase
            "a start wider than its rank keeps its rank as long as rounding has not grown to the size of the model"
            (fun () ->
                let mutable early, late, count = 0.0, 0, 0

                for seed in 1..30 do
                    let p = liftedWide 2 (Random seed) 12 1e-3

                    if p.Values.Length > p.Rows - 2 && p.Rows <= p.M + p.N then
                        let beyond time =
                            let s = (p.Solution.At(time * 1.0<kappaTime>)).ModelSingularValues()
                            if s.Length > p.Rows - 2 then s[p.Rows - 2] / max s[0] 1e-300 else 0.0

                        count <- count + 1
                        early <- max early (beyond (1.0 / (1.0 + p.Values[0])))
                        late <- late + (if beyond 1e3 > 1e-6 then 1 else 0)

                // W's noise is at most (m + n + d) u <= 36 u of its norm, grows by less than e^2 within one e-folding of the fastest mode, and
                // is squared in the model. Late, it is learned like any start: the documented limit, shown here.
                within "early" early ((36.0 * exp 2.0 * u) ** 2.0)
                Expect.isGreaterThan late 0 "")

        property "equal factors and a positive semidefinite target give the symmetric flow" 60 (fun (seed: Seed) ->
            let random = seed.Random()
            let n = random.Next(1, 20)
            let rows = random.Next(1, min n 6 + 1)
            let values = Array.map abs (spectrum random n) |> Array.sortDescending
            let v = orthogonal random n
            let w = gaussian random rows n (10.0 ** (-6.0 * random.NextDouble()))
            let time = 10.0 ** (2.0 * random.NextDouble() - 1.0) * 1.0<kappaTime>

            let symmetric =
                model (ExactSolution(TargetSpectrum(values, v), Embeddings.OfRows(w, rows)).At time)

            let asymmetric =
                AsymmetricSolution(
                    TargetSingularSpectrum(values, v, v),
                    Embeddings.OfRows(w, rows),
                    Embeddings.OfRows(w, rows)
                )
                    .At(time)
                    .ModelInSingularBasis()

            // Two evaluations of one flow, each within the symmetric one's bound at twice the size.
            let p = {
                Eigenvalues = values
                Initial = TargetSpectrum(values, v).Project(Embeddings.OfRows(w, rows)).ToRows()
                Rows = rows
                Time = time
            }

            labelled "same flow" (frobenius asymmetric symmetric) (4.0 * roundingBound model frobenius p))

        testCase "the certificate is small for the true triples and finds a wrong one" (fun () ->
            for seed in 1..8 do
                let p = lifted (Random seed) 12 1.0
                let good = p.Spectrum.Certify p.Target
                // Products of three matrices: (m + n) roundings each.
                let rounding = 32.0 * float (p.M + p.N) * u

                within
                    $"residual {seed}"
                    good.Residual
                    (if frobeniusNorm p.Target = 0.0 then 0.0 else rounding * float (max p.M p.N))

                within $"orthogonality {seed}" good.Orthogonality rounding
                let values = Array.copy p.Values
                values[0] <- values[0] * (1.0 + 1e-6) + 1e-6
                let wrong = TargetSingularSpectrum(values, p.U, p.V).Certify p.Target
                Expect.isGreaterThan wrong.Residual (1e-8) "")

        testCase "unbalanced starts are refused by the hypothesis's name, as are wrong shapes" (fun () ->
            let p = lifted (Random 4) 8 1.0

            let start left right () = p.From(left, right) |> ignore

            refusedNaming "W1 W1' = W2 W2'" (start p.Left (Array.map (fun w -> w * (1.0 + 1e-9)) p.Right))

            refusedNaming
                "W1 W1' = W2 W2'"
                (start (gaussian (Random 1) p.Rows p.M 1.0) (gaussian (Random 2) p.Rows p.N 1.0))
            // The same unbalance at any scale: it is relative.
            refusedNaming
                "W1 W1' = W2 W2'"
                (start (Array.map (fun w -> 1e-12 * w) p.Left) (Array.map (fun w -> 1.1e-12 * w) p.Right))

            let wide rows (w: float[]) =
                Embeddings.OfRows(Array.create (w.Length + rows) 1.0, rows)

            let right = Embeddings.OfRows(p.Right, p.Rows)

            refusedNaming "initialLeft" (fun () -> AsymmetricSolution(p.Spectrum, wide p.Rows p.Left, right) |> ignore)

            refusedNaming "initialRight" (fun () ->
                AsymmetricSolution(p.Spectrum, Embeddings.OfRows(p.Left, p.Rows), wide p.Rows p.Right)
                |> ignore)

            refusedNaming "kappaTime" (fun () -> p.Solution.At -1.0<kappaTime> |> ignore)

            refusedNaming "leftVectors" (fun () ->
                TargetSingularSpectrum([| 1.0 |], [| 1.0; 0.0 |], [| 1.0 |]) |> ignore)

            refusedNaming "singularValues" (fun () ->
                TargetSingularSpectrum([| 1.0; 2.0 |], [| 1.0 |], [| 1.0 |]) |> ignore)

            refusedNaming "singularValues[0]" (fun () ->
                TargetSingularSpectrum([| -1.0 |], [| 1.0 |], [| 1.0 |]) |> ignore)

            refusedNaming "target" (fun () -> p.Spectrum.Certify [| 1.0 |] |> ignore)

            let zeros d =
                Embeddings.OfRows(Array.zeroCreate<float> d, d)

            refusedNaming "right" (fun () -> AsymmetricSolution.Imbalance(zeros 1, zeros 2) |> ignore)
            within "two zero factors are balanced" (AsymmetricSolution.Imbalance(zeros 1, zeros 1)) 0.0)
    ]
