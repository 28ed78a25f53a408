/// The exact solution against fifty digits and against an independent integration.
module Qwem.Validation.Tests.ExactSolutionReferenceTests

open System
open System.Globalization
open System.IO
open Expecto
open Qwem.Theory
open Qwem.Validation.Tests.Problems

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

             let p = {
                 Eigenvalues = values "lambda"
                 Initial = values "c"
                 Rows = int (size[0].[3])
                 Time = (values "time")[0] * 1.0<kappaTime>
             }

             let width = int (size[0].[2])
             Expect.equal p.Eigenvalues.Length width ""
             let m = Array.zeroCreate<float>(p.Size * p.Size)

             for f in of' "m" do
                 m[int f[2] * p.Size + int f[3]] <- number f[4]
                 m[int f[3] * p.Size + int f[2]] <- number f[4]

             struct (name, p, values "s", m, values "r", (values "loss")[0])))

let private caseNames =
    Array.map (fun struct (name, _, _, _, _, _) -> name) cases.Value

let private singularValues (state: ExactState) = state.SingularValues()

let private pivots (state: ExactState) =
    Array.map sqrt (state.RDiagonalSquared())

// ---- Against an independent integration -------------------------------------------------------------------------------

// W'W from dW/dt = W (Lambda - W'W).
let private integrate (p: Problem) steps =
    let size = p.Size

    let rate (w: float[]) =
        let m = gram p.Rows w

        let residual =
            Array.mapi (fun k x -> (if k / size = k % size then p.Eigenvalues[k % size] else 0.0) - x) m

        multiply p.Rows size size w residual

    gram p.Rows (RungeKutta.integrate rate p.Initial (float p.Time) steps)

let tests =
    testList "Exact solution reference" [
        testList "exact solution agrees with fifty digits" [
            for name in caseNames do
                testCase name (fun () ->
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
                        within
                            "pivots, relative"
                            (worstRelative (pivots state) r)
                            (roundingBound pivots worstRelative p)

                    // The model's error dM moves the loss by 2 <M - M*, dM> + |dM|^2; evaluation adds (d + V) u of the squared norms.
                    let moved = roundingBound model frobenius p * frobeniusNorm m
                    let squares = frobeniusNorm m ** 2.0 + frobeniusNorm p.Eigenvalues ** 2.0

                    let bound =
                        2.0 * sqrt loss * moved
                        + moved ** 2.0
                        + 8.0 * float (p.Rows + p.Size) * u * squares

                    within "loss" (abs (state.Loss() - loss)) bound)
        ]

        testCase "all singular values keep eleven digits at sigma^2 = 1e-24 and exponents up to 2400" (fun () ->
            for struct (name, p, s, _, _, _) in cases.Value do
                if name.StartsWith "tiny-start" || name.StartsWith "one-dimension" then
                    within name (worstRelative ((p.Solution.At p.Time).SingularValues()) s) 1e-11)

        testCase
            "exact solution agrees with a Runge-Kutta integration of order five, and converges to it at that order"
            (fun () ->
                for seed in 1..6 do
                    let random = Random seed

                    let p = {
                        Eigenvalues =
                            Array.sortDescending (
                                Array.append [| 0.0; 1.2; 1.2 |] (Array.init 3 (fun _ -> 3.0 * gauss random))
                            )
                        Initial = gaussian random 3 6 (10.0 ** float -(seed % 3))
                        Rows = 3
                        Time = 1.5<kappaTime>
                    }

                    let exact = model (p.Solution.At p.Time)
                    let runs = Array.map (integrate p) [| 200; 400; 800 |]

                    let differences = [|
                        frobeniusNorm (Array.map2 (-) runs[0] runs[1])
                        frobeniusNorm (Array.map2 (-) runs[1] runs[2])
                    |]

                    let order = Math.Log2(differences[0] / differences[1])
                    // Order 5: halving h removes 31/32 of the error, so what is left is 1/31 of the last difference; a factor 2 for the
                    // higher orders; rounding of 800 steps of 6 stages.
                    let rounding = 800.0 * 6.0 * 8.0 * u * frobeniusNorm exact

                    within
                        $"seed {seed}"
                        (frobeniusNorm (Array.map2 (-) runs[2] exact))
                        (2.0 * differences[1] / 31.0 + rounding)

                    if differences[1] > 100.0 * rounding then
                        within $"order, seed {seed}" (abs (order - 5.0)) 0.5)

        testCase
            "a factor of two in kappa, or eigenvalues shifted by a millionth, are found out by the integration"
            (fun () ->
                let p = {
                    Eigenvalues = [| 2.0; 1.0; 0.5; -0.5 |]
                    Initial = gaussian (Random 1) 2 4 0.1
                    Rows = 2
                    Time = 1.5<kappaTime>
                }

                let reference = integrate p 400
                let right = frobenius (model (p.Solution.At p.Time)) reference
                let doubled = frobenius (model (p.Solution.At(2.0 * p.Time))) reference

                let shifted = {
                    p with
                        Eigenvalues = Array.map (fun l -> l + 1e-6) p.Eigenvalues
                }

                let moved = frobenius (model (shifted.Solution.At p.Time)) reference
                // Order 5 at h = 1.5 / 400: (2 h)^5 1.5 / 120 < 1e-11 with the fastest rate 2; a wrong formula is a thousand times that.
                Expect.isLessThan right (1e-11) ""
                Expect.isGreaterThan doubled (1e-8) ""
                Expect.isGreaterThan moved (1e-8) "")
    ]
