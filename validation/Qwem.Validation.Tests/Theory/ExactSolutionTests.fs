/// The exact solution: invariances, limits and what its observables are.
module Qwem.Validation.Tests.ExactSolutionTests

open System
open Expecto
open FsCheck
open FsCheck.FSharp
open Qwem.Theory
open Qwem.Validation.Tests.Problems
open Qwem.Validation.Tests.Spectra

let tests =
    testList "Exact solution" [
        property "rotating the embeddings does not change the model" 200 (fun (Generic p) ->
            let q = orthogonal (Random p.Size) p.Rows

            let turned = {
                p with
                    Initial = multiply p.Rows p.Rows p.Size q p.Initial
            }

            labelled
                "rotation"
                (frobenius (model (turned.Solution.At p.Time)) (model (p.Solution.At p.Time)))
                (2.0 * roundingBound model frobenius p)
            |> classified p.Eigenvalues)

        property
            "flow composes: the state at a + b is the state at b restarted from the state at a"
            200
            (fun (Generic p) ->
                let a = 0.4 * p.Time
                let b = p.Time - a

                let middle = {
                    p with
                        Initial = (p.Solution.At a).EmbeddingsInEigenbasis().ToRows()
                        Time = b
                }

                let composed = model (middle.Solution.At b)

                // Both ways are rounded: the whole flow, the restart, and the state at a, whose error the whole flow's bound covers.
                labelled
                    "composition"
                    (frobenius composed (model (p.Solution.At(a + b))))
                    (2.0 * roundingBound model frobenius p + roundingBound model frobenius middle)
                |> classified p.Eigenvalues)

        property "rows of zeros at the end change nothing" 200 (fun (Generic p) ->
            let wider = {
                p with
                    Initial = Array.append p.Initial (Array.zeroCreate p.Size)
                    Rows = p.Rows + 1
            }

            // Reflections leave them zero to the bit. Elsewhere they exchange them for rounding, which counts as zero only as far as no column
            // depends nearly on those before it.
            (p.Rows < p.Size)
            ==> lazy
                (labelled
                    "model"
                    (frobenius (model (wider.Solution.At p.Time)) (model (p.Solution.At p.Time)))
                    (2.0 * roundingBound model frobenius p)))

        property "a batch of times has the bits of one time after another" 100 (fun (p: Problem) ->
            let times = [| p.Time; 0.0<kappaTime>; 3.0 * p.Time; p.Time; 1e-3 * p.Time |]
            let solution = p.Solution

            Array.forall2
                (fun (time: float<kappaTime>) (state: ExactState) ->
                    let single = solution.At time

                    state.KappaTime = time
                    && state.EmbeddingsInEigenbasis() = single.EmbeddingsInEigenbasis()
                    && state = single
                    && state.SingularValues() = single.SingularValues())
                times
                (solution.AtMany times))

        property
            "scaling the target by four, the embeddings by two and the time by a quarter scales the state by two, bit for bit"
            200
            (fun (p: Problem) ->
                // Powers of two commute with rounding except where a number leaves the normal range, above 1e-308. Those on the way to x
                // are x times an entry of R(0): the starts are of 1e-24, their entries hardly below 1e-30 and never near 1e-38.
                let scaled =
                    {
                        p with
                            Eigenvalues = Array.map (fun l -> 4.0 * l) p.Eigenvalues
                            Initial = Array.map (fun c -> 2.0 * c) p.Initial
                    }
                        .Solution.At(p.Time / 4.0)

                Array.forall2
                    (fun x w -> x = 2.0 * w || abs x < 1e-270)
                    (scaled.EmbeddingsInEigenbasis().ToRows())
                    ((p.Solution.At p.Time).EmbeddingsInEigenbasis().ToRows()))

        property "the loss never increases" 200 (fun (p: Problem) ->
            let solution = p.Solution
            let times = Array.init 12 (fun i -> p.Time * float i / 6.0)
            let states = Array.map (fun (t: float<kappaTime>) -> solution.At t) times
            let losses = Array.map (fun (s: ExactState) -> s.Loss()) states
            // Evaluating the loss errs by (d + V) u of the squared norms, the models by a rounding bound each.
            let size =
                largest (Array.map (fun s -> frobeniusNorm (model s)) states)
                + frobeniusNorm p.Eigenvalues

            let bound =
                (roundingBound model frobenius p + 16.0 * float (p.Rows + p.Size) * u)
                * size
                * size

            labelled "increase" (largest (Array.map (fun (x, y) -> y - x) (Array.pairwise losses))) bound)

        property "the loss is the squared distance from the target" 200 (fun (p: Problem) ->
            let state = p.Solution.At p.Time
            let m = model state

            let distance =
                frobeniusNorm (
                    Array.mapi (fun k x -> x - (if k / p.Size = k % p.Size then p.Eigenvalues[k % p.Size] else 0.0)) m
                )

            let bound =
                16.0
                * float (p.Rows + p.Size)
                * u
                * (frobeniusNorm m + frobeniusNorm p.Eigenvalues) ** 2.0

            let squared = Array.sumBy (fun l -> l * l) p.Eigenvalues

            labelled "loss" (abs (state.Loss() - distance ** 2.0)) bound
            .&. labelled
                    "loss beyond the spectrum"
                    (abs (state.Loss(squared + 3.0) - 3.0 - distance ** 2.0))
                    (bound + 16.0 * u * (squared + 3.0)))

        property "an aligned start gives Theorem 4.3" 200 (fun (p: Problem) ->
            let random = Random p.Rows
            let initial = Array.zeroCreate<float> p.Initial.Length
            let variances = Array.init p.Rows (fun _ -> 10.0 ** (-24.0 * random.NextDouble()))

            for k in 0 .. p.Rows - 1 do
                initial[k * p.Size + k] <- sqrt variances[k]

            let state = { p with Initial = initial }.Solution.At p.Time
            let leading = p.Eigenvalues[.. p.Rows - 1]
            let expected = AlignedSolution.Variance(variances, leading, p.Time)
            let ok = Array.map (fun x -> if x < 1e-280 then 0.0 else x)
            // Ten roundings here, ten there, and the exponent 2 lambda kappa t rounded three times.
            let bound =
                64.0 * u + 6.0 * u * 2.0 * largest (Array.map abs leading) * float p.Time

            labelled "R_kk^2" (worstRelative (ok (state.RDiagonalSquared())) (ok expected)) bound
            // Singular values: sqrt halves; d rotations' tolerance adds d u.
            .&. labelled
                    "s_k"
                    (worstRelative (ok (state.SingularValues())) (ok (Array.sortDescending (Array.map sqrt expected))))
                    (bound + 16.0 * float p.Rows * u)
            .&. (state.SubspaceOverlap p.Rows >= 0.0))

        property "time zero returns the triangular factor of the start" 200 (fun (p: Problem) ->
            let solution = p.Solution
            let state = solution.At 0.0<kappaTime>
            let r = state.EmbeddingsInEigenbasis().ToRows()

            let below =
                Seq.forall (fun k -> k % p.Size >= k / p.Size || r[k] = 0.0) (seq { 0 .. r.Length - 1 })

            labelled "model" (frobenius (gram p.Rows r) (gram p.Rows p.Initial)) (8.0 * float (p.Rows + 8) * u)
            .&. below
            .&. (solution.RDiagonalSquared() = state.RDiagonalSquared())
            .&. (Array.forall (fun x -> x >= 0.0) (state.RDiagonalSquared())))

        property "singular values and overlaps agree with a general eigensolver" 200 (fun (p: Problem) ->
            let state = p.Solution.At p.Time
            let w = state.EmbeddingsInEigenbasis().ToRows()
            // A start of zero stays zero.
            let scale = max (largest (Array.map abs w)) Double.Epsilon
            let m = gram p.Rows (Array.map (fun x -> x / scale) w)

            // Not MathNet's Svd: it returned a second singular value off by 1.2e-6 of itself for a graded matrix of these problems
            // (checked with 80 digits), and values wrong by 40% for a matrix of size 1e-22.
            let decomposition =
                MathNet.Numerics.LinearAlgebra.Double.DenseMatrix
                    .Create(p.Size, p.Size, (fun i j -> m[i * p.Size + j]))
                    .Evd(MathNet.Numerics.LinearAlgebra.Symmetricity.Symmetric)

            // Ascending there.
            let squares =
                Array.init p.Size (fun k -> decomposition.EigenValues[p.Size - 1 - k].Real)

            let s = Array.map (fun x -> (x / scale) ** 2.0) (state.SingularValues())
            // Forming the Gram matrix and a general eigensolver are accurate relative to the largest square only.
            let bound = 32.0 * float (p.Rows + p.Size) * u

            let gap =
                largest (Array.init p.Rows (fun k -> abs (s[k] - squares[k])))
                / max squares[0] Double.Epsilon

            let overlaps = [
                for k in 1 .. p.Rows do
                    let next = if k < p.Rows then s[k] else 0.0
                    let separation = (s[k - 1] - next) / s[0]
                    // The leading subspace turns by bound / separation (Davis-Kahan); nothing to compare when that is large.
                    if separation > 1e-4 then
                        let mutable total = 0.0

                        for l in 0 .. k - 1 do
                            for j in 0 .. k - 1 do
                                total <- total + decomposition.EigenVectors[j, p.Size - 1 - l] ** 2.0

                        labelled
                            $"overlap {k}"
                            (abs (state.SubspaceOverlap k - total / float k))
                            (4.0 * bound / separation)
            ]

            List.fold (.&.) (labelled "singular values" gap bound) overlaps)

        property "very late, the model is the target's positive part of rank d" 200 (fun (Generic p) ->
            // Positive eigenvalues made distinct by at least 0.1, so that 1e4 / 0.1 e-foldings have passed.
            let lambdas = Array.init p.Size (fun k -> 0.1 * float (p.Size - k) - 1.05)
            let state = { p with Eigenvalues = lambdas }.Solution.At 1e5<kappaTime>
            let expected = Array.init p.Rows (fun k -> sqrt (max 0.0 lambdas[k]))
            // A mode of eigenvalue -0.05 is below e^-5000: zero. Reflections: 8 (d + V + 8) u; the limit itself is exact.
            let bound = 8.0 * float (p.Rows + p.Size + 8) * u * 10.0
            let s = state.SingularValues()
            labelled "limit" (worstRelative s expected) bound)
    ]
