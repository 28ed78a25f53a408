module Qwem.Validation.Tests.TargetSpectrumTests

open System
open Expecto
open Qwem.Theory
open Qwem.Validation.Tests.Problems
open Qwem.Validation.Tests.Spectra

let tests =
    testList "Target spectrum" [
        testCase "eigenpairs are certified and a wrong one is found out" (fun () ->
            let random = Random 3
            let size = 12
            let v = orthogonal random size
            let lambda = spectrum random size

            let target =
                Array.init (size * size) (fun k ->
                    let i, j = k / size, k % size
                    Seq.sum (Seq.init size (fun m -> lambda[m] * v[m * size + i] * v[m * size + j])))

            let certificate = TargetSpectrum(lambda, v).Certify target
            // Building M* and applying it: 2 V + 8 roundings; Q of a Householder QR is orthogonal to V u times a small constant.
            let bound = 16.0 * float size * u * float size
            within "residual" certificate.Residual bound
            within "orthogonality" certificate.Orthogonality bound
            let wrong = TargetSpectrum(Array.map (fun l -> l + 0.01) lambda, v).Certify target
            within "a shift by 0.01" (abs (wrong.Residual - 0.01 / frobeniusNorm target)) bound
            let w = gaussian random 3 size 1.0
            let c = TargetSpectrum(lambda, v).Project(Embeddings.OfRows(w, 3))
            within "projection" (frobenius (multiply 3 size size (c.ToRows()) v) w) bound
            within "and back" (frobenius (TargetSpectrum(lambda, v).Expand(c).ToRows()) w) bound
            // The same pairs by MathNet's solver: eigenvalues to a small multiple of V u ||M*||.
            let own =
                TargetSpectrum.Decompose(
                    Array.init (size * size) (fun k -> 0.5 * (target[k] + target[k % size * size + k / size]))
                )

            within
                "eigenvalues"
                (largest (Array.map2 (fun x y -> abs (x - y)) (own.Eigenvalues()) lambda))
                (bound * frobeniusNorm target)

            within "its certificate" (own.Certify target).Residual bound)

        testCase
            "eigenvectors as columns are the transposed rows, and the certificate finds one taken for the other"
            (fun () ->
                let v = orthogonal (Random 4) 5
                let lambda = [| 5.0; 3.0; 1.0; 0.5; -2.0 |]
                let columns = Array.init 25 (fun k -> v[k % 5 * 5 + k / 5])
                let spectrum = TargetSpectrum.OfColumns(lambda, columns)
                Expect.equal (spectrum.Eigenvectors()) v ""

                let target = multiply 5 5 5 columns (Array.mapi (fun k x -> lambda[k / 5] * x) v)

                within "residual" (spectrum.Certify target).Residual (16.0 * 25.0 * u)
                Expect.isGreaterThan ((TargetSpectrum(lambda, columns).Certify target).Residual) 0.1 ""
                refusedNaming "eigenvectors" (fun () -> TargetSpectrum.OfColumns([| 1.0 |], [||]) |> ignore))

        testCase "a spectrum that is none is refused" (fun () ->
            let identity = [| 1.0; 0.0; 0.0; 1.0 |]
            refusedNaming "eigenvalues[1]" (fun () -> TargetSpectrum([| 1.0; 2.0 |], identity) |> ignore)
            refusedNaming "eigenvectors" (fun () -> TargetSpectrum([| 2.0; 1.0 |], [| 1.0 |]) |> ignore)
            refusedNaming "eigenvalues" (fun () -> TargetSpectrum([||], [||]) |> ignore)
            refusedNaming "NaN" (fun () -> TargetSpectrum([| 2.0; nan |], identity) |> ignore)
            let spectrum = TargetSpectrum([| 2.0; 1.0 |], identity)
            refusedNaming "target" (fun () -> spectrum.Certify [| 1.0 |] |> ignore)

            refusedNaming "embeddings" (fun () ->
                spectrum.Project(Embeddings.OfRows([| 1.0; 2.0; 3.0 |], 1)) |> ignore)

            refusedNaming "projection" (fun () -> spectrum.Expand(Projection.OfRows([| 1.0; 2.0; 3.0 |], 1)) |> ignore)

            refusedNaming "target" (fun () -> TargetSpectrum.Decompose [||] |> ignore)
            refusedNaming "target" (fun () -> TargetSpectrum.Decompose [| 1.0; 2.0; 3.0 |] |> ignore)
            refusedNaming "target[1,0]" (fun () -> TargetSpectrum.Decompose [| 1.0; 2.0; 3.0; 1.0 |] |> ignore))
    ]
