[<NUnit.Framework.TestFixture>]
module Qwem.Validation.Tests.ExactSolutionTests

open System
open System.Globalization
open System.IO
open System.Threading.Tasks
open NUnit.Framework
open FsCheck.FSharp
open FsCheck.NUnit
open Qwem.Theory
open Qwem.Validation.Tests.Generators

// ---- Against fifty digits -------------------------------------------------------------------------------------------

let private number (text: string) =
    Double.Parse(text, CultureInfo.InvariantCulture)

let private cases =
    lazy
        (File.ReadAllLines(Repository.file "validation/reference/exact-solution.csv")
         |> Array.skip 1
         |> Array.map (fun line -> line.Split ',')
         |> Array.groupBy (fun fields -> fields[0])
         |> Array.map (fun (name, lines) ->
             let of' quantity =
                 lines |> Array.filter (fun f -> f[1] = quantity)

             let values quantity =
                 of' quantity |> Array.map (fun f -> number f[4])

             let size = of' "size"

             let p =
                 {
                     Eigenvalues = values "lambda"
                     Initial = values "c"
                     Rows = int (size[0].[3])
                     Time = (values "time")[0]
                 }

             let width = int (size[0].[2])
             Assert.That(p.Eigenvalues.Length, Is.EqualTo width)
             let m = Array.zeroCreate<float>(p.Size * p.Size)

             for f in of' "m" do
                 m[int f[2] * p.Size + int f[3]] <- number f[4]
                 m[int f[3] * p.Size + int f[2]] <- number f[4]

             struct (name, p, values "s", m, values "r", (values "loss")[0])))

let private caseNames =
    Array.map (fun struct (name, _, _, _, _, _) -> name) cases.Value

let private worstRelative value reference =
    largest (Array.map2 relative value reference)

let private singularValues (state: ExactState) = state.SingularValues()

let private pivots (state: ExactState) =
    Array.map sqrt (state.RDiagonalSquared())

[<TestCaseSource(nameof caseNames)>]
let ``exact solution agrees with fifty digits`` (name: string) =
    let struct (_, p, s, m, r, loss) =
        Array.find (fun struct (n, _, _, _, _, _) -> n = name) cases.Value

    let state = p.Solution.At p.Time
    within "model, relative Frobenius" (frobenius (model state) m) (roundingBound model frobenius p)
    // Every singular value relative to itself; values below 1e-300 are compared absolutely there.
    let floor = Array.map (fun x -> if x < 1e-300 then 0.0 else x)

    within
        "singular values, relative"
        (worstRelative (floor (state.SingularValues())) (floor s))
        (roundingBound singularValues worstRelative p)

    if r.Length > 0 then
        within "pivots, relative" (worstRelative (pivots state) r) (roundingBound pivots worstRelative p)

    // The model's error dM moves the loss by 2 <M - M*, dM> + |dM|^2; evaluation adds (d + V) u of the squared norms.
    let moved = roundingBound model frobenius p * frobeniusNorm m
    let squares = frobeniusNorm m ** 2.0 + frobeniusNorm p.Eigenvalues ** 2.0

    let bound =
        2.0 * sqrt loss * moved
        + moved ** 2.0
        + 8.0 * float (p.Rows + p.Size) * u * squares

    within "loss" (abs (state.Loss() - loss)) bound

[<Test>]
let ``all singular values keep eleven digits at sigma^2 = 1e-24 and exponents up to 2400`` () =
    for struct (name, p, s, _, _, _) in cases.Value do
        if name.StartsWith "tiny-start" || name.StartsWith "one-dimension" then
            within name (worstRelative ((p.Solution.At p.Time).SingularValues()) s) 1e-11

// ---- Against an independent integration -------------------------------------------------------------------------------

// Dormand-Prince coefficients of order 5 for dW/dt = W (Lambda - W'W), fixed step.
let private integrate (p: Problem) steps =
    let size = p.Size

    let rate (w: float[]) =
        let m = gram p.Rows w

        let residual =
            Array.mapi (fun k x -> (if k / size = k % size then p.Eigenvalues[k % size] else 0.0) - x) m

        multiply p.Rows size size w residual

    let table =
        [|
            [||]
            [| 1.0 / 5.0 |]
            [| 3.0 / 40.0; 9.0 / 40.0 |]
            [| 44.0 / 45.0; -56.0 / 15.0; 32.0 / 9.0 |]
            [| 19372.0 / 6561.0; -25360.0 / 2187.0; 64448.0 / 6561.0; -212.0 / 729.0 |]
            [|
                9017.0 / 3168.0
                -355.0 / 33.0
                46732.0 / 5247.0
                49.0 / 176.0
                -5103.0 / 18656.0
            |]
        |]

    let weights =
        [|
            35.0 / 384.0
            0.0
            500.0 / 1113.0
            125.0 / 192.0
            -2187.0 / 6784.0
            11.0 / 84.0
        |]

    let h = p.Time / float steps
    let mutable w = Array.copy p.Initial

    for _ in 1..steps do
        let stages = ResizeArray<float[]>()

        let advanced (row: float[]) =
            let x = Array.copy w

            for s in 0 .. row.Length - 1 do
                for k in 0 .. x.Length - 1 do
                    x[k] <- x[k] + h * row[s] * stages[s][k]

            x

        for row in table do
            stages.Add(rate (advanced row))

        w <- advanced weights

    gram p.Rows w

[<Test>]
let ``exact solution agrees with a Runge-Kutta integration of order five, and converges to it at that order`` () =
    for seed in 1..6 do
        let random = Random seed

        let p =
            {
                Eigenvalues =
                    Array.sortDescending (Array.append [| 0.0; 1.2; 1.2 |] (Array.init 3 (fun _ -> 3.0 * gauss random)))
                Initial = gaussian random 3 6 (10.0 ** float -(seed % 3))
                Rows = 3
                Time = 1.5
            }

        let exact = model (p.Solution.At p.Time)
        let runs = Array.map (integrate p) [| 200; 400; 800 |]

        let differences =
            [|
                frobeniusNorm (Array.map2 (-) runs[0] runs[1])
                frobeniusNorm (Array.map2 (-) runs[1] runs[2])
            |]

        let order = Math.Log2(differences[0] / differences[1])
        // Order 5: halving h removes 31/32 of the error, so what is left is 1/31 of the last difference; a factor 2 for the
        // higher orders; rounding of 800 steps of 6 stages.
        let rounding = 800.0 * 6.0 * 8.0 * u * frobeniusNorm exact
        within $"seed {seed}" (frobeniusNorm (Array.map2 (-) runs[2] exact)) (2.0 * differences[1] / 31.0 + rounding)

        if differences[1] > 100.0 * rounding then
            within $"order, seed {seed}" (abs (order - 5.0)) 0.5

[<Test>]
let ``a factor of two in kappa, or eigenvalues shifted by a millionth, are found out by the integration`` () =
    let p =
        {
            Eigenvalues = [| 2.0; 1.0; 0.5; -0.5 |]
            Initial = gaussian (Random 1) 2 4 0.1
            Rows = 2
            Time = 1.5
        }

    let reference = integrate p 400
    let right = frobenius (model (p.Solution.At p.Time)) reference
    let doubled = frobenius (model (p.Solution.At(2.0 * p.Time))) reference

    let shifted =
        { p with
            Eigenvalues = Array.map (fun l -> l + 1e-6) p.Eigenvalues
        }

    let moved = frobenius (model (shifted.Solution.At p.Time)) reference
    TestContext.Out.WriteLine $"right %.3g{right}, time doubled %.3g{doubled}, eigenvalues shifted by 1e-6 %.3g{moved}"
    // Order 5 at h = 1.5 / 400: (2 h)^5 1.5 / 120 < 1e-11 with the fastest rate 2; a wrong formula is a thousand times that.
    Assert.That(right, Is.LessThan 1e-11)
    Assert.That(doubled, Is.GreaterThan 1e-8)
    Assert.That(moved, Is.GreaterThan 1e-8)

// ---- Invariances --------------------------------------------------------------------------------------------------------

[<Property(Arbitrary = [| typeof<Arbitraries> |], MaxTest = 200)>]
let ``rotating the embeddings does not change the model`` (p: Problem) =
    let q = orthogonal (Random p.Size) p.Rows

    let turned =
        { p with
            Initial = multiply p.Rows p.Rows p.Size q p.Initial
        }

    labelled
        "rotation"
        (frobenius (model (turned.Solution.At p.Time)) (model (p.Solution.At p.Time)))
        (2.0 * roundingBound model frobenius p)

[<Property(Arbitrary = [| typeof<Arbitraries> |], MaxTest = 200)>]
let ``flow composes: the state at a + b is the state at b restarted from the state at a`` (p: Problem) =
    let a = 0.4 * p.Time
    let b = p.Time - a

    let middle =
        { p with
            Initial = (p.Solution.At a).EmbeddingsInEigenbasis()
            Time = b
        }

    let composed = model (middle.Solution.At b)

    // Both ways are rounded: the whole flow, the restart, and the state at a, whose error the whole flow's bound covers.
    labelled
        "composition"
        (frobenius composed (model (p.Solution.At(a + b))))
        (2.0 * roundingBound model frobenius p + roundingBound model frobenius middle)

[<Property(Arbitrary = [| typeof<Arbitraries> |], MaxTest = 100)>]
let ``a batch of times has the bits of one time after another`` (p: Problem) =
    let times = [| p.Time; 0.0; 3.0 * p.Time; p.Time; 1e-3 * p.Time |]
    let solution = p.Solution

    Array.forall2
        (fun (time: float) (state: ExactState) ->
            let single = solution.At time

            state.KappaTime = time
            && state.EmbeddingsInEigenbasis() = single.EmbeddingsInEigenbasis()
            && state.SingularValues() = single.SingularValues())
        times
        (solution.AtMany times)

[<Property(Arbitrary = [| typeof<Arbitraries> |], MaxTest = 200)>]
let ``scaling the target by four, the embeddings by two and the time by a quarter scales the state by two, bit for bit``
    (p: Problem)
    =
    // Powers of two commute with rounding except where a result leaves the normal range (e^-700 and beyond).
    let scaled =
        ExactSolution(Array.map (fun l -> 4.0 * l) p.Eigenvalues, Array.map (fun c -> 2.0 * c) p.Initial)
            .At(p.Time / 4.0)

    Array.forall2
        (fun x w -> x = 2.0 * w || abs x < 1e-290)
        (scaled.EmbeddingsInEigenbasis())
        ((p.Solution.At p.Time).EmbeddingsInEigenbasis())

[<Property(Arbitrary = [| typeof<Arbitraries> |], MaxTest = 200)>]
let ``the loss never increases`` (p: Problem) =
    let solution = p.Solution
    let times = Array.init 12 (fun i -> p.Time * float i / 6.0)
    let states = Array.map (fun (t: float) -> solution.At t) times
    let losses = Array.map (fun (s: ExactState) -> s.Loss()) states
    // Evaluating the loss errs by (d + V) u of the squared norms, the models by a rounding bound each.
    let size =
        largest (Array.map (fun s -> frobeniusNorm (model s)) states)
        + frobeniusNorm p.Eigenvalues

    let bound =
        (roundingBound model frobenius p + 16.0 * float (p.Rows + p.Size) * u)
        * size
        * size

    labelled "increase" (largest (Array.map (fun (x, y) -> y - x) (Array.pairwise losses))) bound

[<Property(Arbitrary = [| typeof<Arbitraries> |], MaxTest = 200)>]
let ``the loss is the squared distance from the target`` (p: Problem) =
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
            (bound + 16.0 * u * (squared + 3.0))

[<Property(Arbitrary = [| typeof<Arbitraries> |], MaxTest = 200)>]
let ``an aligned start gives Theorem 4.3`` (p: Problem) =
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
    let bound = 64.0 * u + 6.0 * u * 2.0 * largest (Array.map abs leading) * p.Time

    labelled "R_kk^2" (worstRelative (ok (state.RDiagonalSquared())) (ok expected)) bound
    // Singular values: sqrt halves; d rotations' tolerance adds d u.
    .&. labelled
            "s_k"
            (worstRelative (ok (state.SingularValues())) (ok (Array.sortDescending (Array.map sqrt expected))))
            (bound + 16.0 * float p.Rows * u)
    .&. (state.SubspaceOverlap p.Rows >= 0.0)

[<Property(Arbitrary = [| typeof<Arbitraries> |], MaxTest = 200)>]
let ``time zero returns the triangular factor of the start`` (p: Problem) =
    let solution = p.Solution
    let state = solution.At 0.0
    let r = state.EmbeddingsInEigenbasis()

    let below =
        Seq.forall (fun k -> k % p.Size >= k / p.Size || r[k] = 0.0) (seq { 0 .. r.Length - 1 })

    labelled "model" (frobenius (gram p.Rows r) (gram p.Rows p.Initial)) (8.0 * float (p.Rows + 8) * u)
    .&. below
    .&. (solution.RDiagonalSquared() = state.RDiagonalSquared())
    .&. (Array.forall (fun x -> x >= 0.0) (state.RDiagonalSquared()))

[<Property(Arbitrary = [| typeof<Arbitraries> |], MaxTest = 200)>]
let ``singular values and overlaps agree with a general eigensolver`` (p: Problem) =
    let state = p.Solution.At p.Time
    let w = state.EmbeddingsInEigenbasis()
    let scale = largest (Array.map abs w)
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
        largest (Array.init p.Rows (fun k -> abs (s[k] - squares[k]))) / squares[0]

    let overlaps =
        [
            for k in 1 .. p.Rows do
                let next = if k < p.Rows then s[k] else 0.0
                let separation = (s[k - 1] - next) / s[0]
                // The leading subspace turns by bound / separation (Davis-Kahan); nothing to compare when that is large.
                if separation > 1e-4 then
                    let mutable total = 0.0

                    for l in 0 .. k - 1 do
                        for j in 0 .. k - 1 do
                            total <- total + decomposition.EigenVectors[j, p.Size - 1 - l] ** 2.0

                    labelled $"overlap {k}" (abs (state.SubspaceOverlap k - total / float k)) (4.0 * bound / separation)
        ]

    List.fold (.&.) (labelled "singular values" gap bound) overlaps

[<Property(Arbitrary = [| typeof<Arbitraries> |], MaxTest = 200)>]
let ``very late, the model is the target's positive part of rank d`` (p: Problem) =
    // Positive eigenvalues made distinct by at least 0.1, so that 1e4 / 0.1 e-foldings have passed.
    let lambdas = Array.init p.Size (fun k -> 0.1 * float (p.Size - k) - 1.05)
    let initial = p.Initial
    let state = ExactSolution(lambdas, initial).At 1e5
    let expected = Array.init p.Rows (fun k -> sqrt (max 0.0 lambdas[k]))
    // A mode of eigenvalue -0.05 is below e^-5000: zero. Reflections: 8 (d + V + 8) u; the limit itself is exact.
    let bound = 8.0 * float (p.Rows + p.Size + 8) * u * 10.0
    let s = state.SingularValues()
    labelled "limit" (worstRelative s expected) bound

// ---- Corners --------------------------------------------------------------------------------------------------------------

[<Test>]
let ``rank is conserved when rows repeat`` () =
    let random = Random 5
    let half = gaussian random 2 9 1e-3
    let repeated = Array.concat [ half; half; Array.map (fun x -> 0.3 * x) half[..8] ]
    let solution = ExactSolution(Array.init 9 (fun k -> 5.0 - float k), repeated)
    Assert.That(solution.Rank, Is.EqualTo 2)
    let s = (solution.At 1e4).SingularValues()
    within "two modes" (largest [| relative s[0] (sqrt 5.0); relative s[1] 2.0; s[2]; s[3]; s[4] |]) (1e3 * u)

[<Test>]
let ``a start of zero stays zero`` () =
    let state = ExactSolution([| 2.0; 1.0; -1.0 |], Array.zeroCreate 6).At 50.0
    Assert.That(state.SingularValues(), Is.EqualTo<float[]> [| 0.0; 0.0 |])
    Assert.That(state.EigenspaceOverlaps(), Is.EqualTo<float[]> [| 0.0; 0.0 |])
    Assert.That(state.Loss(), Is.EqualTo 6.0)

[<Test>]
let ``one word and one dimension is the logistic law`` () =
    for lambda in [ 2.0; 0.0; -3.0 ] do
        let s = (ExactSolution([| lambda |], [| -0.125 |]).At 1.75).SingularValues()
        within $"lambda = {lambda}" (relative s[0] (AlignedSolution.SingularValue(0.015625, lambda, 1.75))) (64.0 * u)

[<Test>]
let ``overlap tends to one from a small start and the times may be evaluated in parallel with the same bits`` () =
    let random = Random 8

    let p =
        {
            Eigenvalues = Array.init 40 (fun k -> 8.0 / float (k + 1))
            Initial = gaussian random 6 40 1e-6
            Rows = 6
            Time = 1.0
        }

    let solution = p.Solution
    let times = Array.init 24 (fun i -> float i)

    let serial =
        Array.map (fun (t: float) -> (solution.At t).EmbeddingsInEigenbasis()) times

    let parallel' = Array.zeroCreate<float[]> times.Length

    Parallel.For(0, times.Length, fun i -> parallel'[i] <- (solution.At times[i]).EmbeddingsInEigenbasis())
    |> ignore

    Assert.That(parallel', Is.EqualTo<float[][]> serial)
    // Gap 8/6 - 8/7 = 0.19: at 1000 the mixing e^{-190} is gone.
    within "1 - overlap" (abs (1.0 - (solution.At 1000.0).SubspaceOverlap 6)) (8.0 * 54.0 * u * 10.0)

[<Test>]
let ``the paper's size works: V = 3000, d = 200, sigma^2 = 1e-24`` () =
    let random = Random 11
    let size, rows = 3000, 200

    let lambdas =
        Array.init size (fun k -> if k < 1500 then 100.0 * float (k + 1) ** -0.7 else -float(k - 1499) / 500.0)

    let initial = gaussian random rows size 1e-12
    let solution = ExactSolution(lambdas, initial)

    for t in [ 0.0; 0.2; 0.6; 3.0; 20.0 ] do
        let state = solution.At t
        Assert.That(Array.forall Double.IsFinite (state.EmbeddingsInEigenbasis()), $"finite at {t}")
        Assert.That(Array.forall (fun s -> s > 0.0) (state.SingularValues()), $"full rank at {t}")

    // The smallest gap, lambda_200 - lambda_201 = 0.0085: e^{-850} of mixing at 1e5.
    let s = (solution.At 1e5).SingularValues()
    let operations = 8.0 * float (rows + size + 8)
    within "limit" (largest (Array.init rows (fun k -> relative s[k] (sqrt lambdas[k])))) (operations * u)

    // R(t) is unique, so composition may be checked on it entry by entry.
    let a, b = 0.5, 0.75
    let whole = (solution.At(a + b)).EmbeddingsInEigenbasis()

    let composed =
        (ExactSolution(lambdas, (solution.At a).EmbeddingsInEigenbasis()).At b).EmbeddingsInEigenbasis()
    // Condition of a pivot: its column's frobeniusNorm over the pivot (chi of 200 - k degrees of freedom: 200 / 1 at the worst mode typically).
    let condition = 200.0
    within "composition" (frobenius composed whole) (operations * u * condition)

[<Test>]
let ``starts that are no start are refused`` () =
    refused (fun () -> ExactSolution([||], [||]) |> ignore)
    refused (fun () -> ExactSolution([| 1.0; 2.0 |], [| 1.0; 1.0 |]) |> ignore)
    refused (fun () -> ExactSolution([| 2.0; 1.0 |], [| 1.0 |]) |> ignore)
    refused (fun () -> ExactSolution([| 2.0; 1.0 |], Array.zeroCreate 6) |> ignore)
    refused (fun () -> ExactSolution([| 2.0; nan |], [| 1.0; 1.0 |]) |> ignore)
    refused (fun () -> ExactSolution([| 2.0; 1.0 |], [| 1.0; infinity |]) |> ignore)
    let solution = ExactSolution([| 2.0; 1.0 |], [| 1.0; 1.0 |])
    refused (fun () -> solution.At -1.0 |> ignore)
    refused (fun () -> solution.At nan |> ignore)
    refusedNaming "kappaTimes[1]" (fun () -> solution.AtMany [| 1.0; nan |] |> ignore)
    refused (fun () -> (solution.At 1.0).SubspaceOverlap 0 |> ignore)
    refused (fun () -> (solution.At 1.0).SubspaceOverlap 2 |> ignore)
    refused (fun () -> (solution.At 1.0).Loss 1.0 |> ignore)
