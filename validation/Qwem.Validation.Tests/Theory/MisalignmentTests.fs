module Qwem.Validation.Tests.MisalignmentTests

open System
open Expecto
open FsCheck.FSharp
open Qwem.Theory
open Qwem.Validation.Tests.Problems

/// A target whose first d eigenvalues are positive and a small Gaussian start.
let private small (random: Random) =
    let size = random.Next(3, 14)
    let rows = random.Next(1, min size 6)

    let eigenvalues =
        Array.init size (fun j -> 3.0 * random.NextDouble() - (if j >= rows then 1.0 else 0.0))
        |> Array.sortDescending

    let start = gaussian random rows size (10.0 ** -(2.0 + 8.0 * random.NextDouble()))
    eigenvalues, ExactSolution(eigenvalues, Projection.OfRows(start, rows))

/// kappa t at which s_k^2 of the exact solution passes mu, by bisection below a time known to be later.
let private exactCrossing (exact: ExactSolution) k mu (later: float) =
    let isPast t =
        exact.At(t * 1.0<kappaTime>).SingularValues()[k] ** 2.0 > mu

    let rec bracket high =
        if isPast high then high else bracket (1.2 * high)

    let rec narrow low high left =
        let middle = 0.5 * (low + high)

        if left = 0 then middle
        elif isPast middle then narrow low middle (left - 1)
        else narrow middle high (left - 1)

    narrow 0.0 (bracket later) 60

/// The same of the aligned law with its modes in order of size.
let private alignedCrossing (eigenvalues: float[]) (variances: float[]) k mu =
    variances
    |> Array.mapi (fun j variance ->
        let lambda = eigenvalues[j]

        if lambda > mu && mu > 0.0 && variance < mu then
            float (AlignedSolution.HalfRiseTime(variance, lambda))
            + log (mu / (lambda - mu)) / (2.0 * lambda)
        else
            infinity)
    |> Array.sort
    |> Array.item k

let tests =
    testList "Misalignment" [
        property
            "the misalignment bounds how far half-rise times are from the aligned law, near ties and overtaken modes included"
            60
            (fun (seed: Seed) ->
                let eigenvalues, exact = small (seed.Random())
                let bounds = Misalignment.HalfRiseShifts exact
                let variances = exact.RDiagonalSquared()

                [
                    for k in 0 .. variances.Length - 1 do
                        if Double.IsFinite bounds[k] then
                            let mu = 0.5 * eigenvalues[k]
                            let predicted = alignedCrossing eigenvalues variances k mu
                            let measured = exactCrossing exact k mu predicted
                            // Bisection and the exact solution's own rounding.
                            labelled $"mode {k}" (relative measured predicted) (1.001 * bounds[k] + 1e-12)
                ]
                |> List.fold (.&.) (true |> Prop.label "no mode"))

        property "with one row the bound is the shift itself to leading order" 60 (fun (seed: Seed) ->
            let random = seed.Random()

            let eigenvalues = [| 1.0 + random.NextDouble(); 0.9 * random.NextDouble(); -random.NextDouble() |]

            let exact =
                ExactSolution(eigenvalues, Projection.OfRows(gaussian random 1 3 1e-6, 1))

            let bound = (Misalignment.HalfRiseShifts exact)[0]

            let predicted =
                float (AlignedSolution.HalfRiseTime((exact.RDiagonalSquared())[0], eigenvalues[0]))

            let shift =
                relative (exactCrossing exact 0 (0.5 * eigenvalues[0]) predicted) predicted

            // Where the shift is above what bisection resolves, and small.
            (bound < 1e-11 || bound > 1e-4 || shift > 0.99 * bound)
            |> Prop.label $"shift {shift}, bound {bound}")

        testCase "an aligned start has no misalignment" (fun () ->
            let eigenvalues = [| 3.0; 2.0; 1.0; -0.5 |]

            let start =
                Projection.OfRows [| [| 1e-3; 0.0; 0.0; 0.0 |]; [| 0.0; 2e-3; 0.0; 0.0 |] |]

            Expect.equal (Misalignment.Shifts(ExactSolution(eigenvalues, start))) [| 0.0; 0.0 |] "")

        testCase "a mode that is not learned, or starts above its plateau, has no bound" (fun () ->
            let shifts =
                Misalignment.Shifts(
                    ExactSolution([| 1.0; -1.0 |], Projection.OfRows [| [| 2.0; 0.0 |]; [| 0.0; 0.1 |] |])
                )

            Expect.equal shifts [| infinity; infinity |] "")

        testCase "the start's share holds for chi-square variables of every number of degrees of freedom" (fun () ->
            let random, dimension, errors, draws = Random 5, 12, 2.0, 4000

            for k in 0 .. dimension - 1 do
                let freedom = dimension - k
                let bound = Misalignment.StartShift(dimension, k, 1.0, errors)

                let beyond =
                    Seq.init draws (fun _ ->
                        let square = Seq.init freedom (fun _ -> gauss random ** 2.0) |> Seq.sum
                        abs (log (square / float dimension)) > bound)
                    |> Seq.filter id
                    |> Seq.length

                // Two tails of at most e^{-z^2 / 2}, with five standard deviations of their count.
                let allowed = 2.0 * exp (-0.5 * errors * errors)
                within $"mode {k}" (float beyond / float draws) (allowed + 5.0 * sqrt (allowed / float draws)))

        testCase "for many degrees of freedom the start's share is so many standard errors" (fun () ->
            let dimension, errors = 1_000_000, 6.0

            within
                "ratio"
                (abs (
                    Misalignment.StartShift(dimension, 0, 1.0, errors)
                    / (errors * sqrt (2.0 / float dimension))
                    - 1.0
                ))
                0.01)

        testCase "what makes no sense is refused" (fun () ->
            let exact = ExactSolution([| 1.0 |], Projection.OfRows([| 0.1 |], 1))
            refusedNaming "variance" (fun () -> Misalignment.Shifts(exact, 0.0) |> ignore)
            refusedNaming "k" (fun () -> Misalignment.StartShift(4, 4, 1.0, 6.0) |> ignore)
            refusedNaming "standardErrors" (fun () -> Misalignment.StartShift(4, 0, 1.0, 0.0) |> ignore))
    ]
