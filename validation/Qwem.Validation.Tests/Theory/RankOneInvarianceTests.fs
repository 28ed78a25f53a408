/// Theorem 4.4: special weights and targets, invariances, refusals.
module Qwem.Validation.Tests.RankOneInvarianceTests

open System
open Expecto
open FsCheck.FSharp
open Qwem.Theory
open Qwem.Validation.Tests.Problems
open Qwem.Validation.Tests.RankOneSupport

let tests =
    testList "Rank one invariance" [
        propertyWith
            [ typeof<WeightedArbitrary> ]
            "constant weights give the unweighted minimiser"
            100
            (fun (w: Weighted) ->
                let p = 0.37
                let random = w.Seed.Random()
                let v = orthogonal random w.Size
                let target = assemble w.Eigenvalues v
                let best = RankOneWeights(Array.create w.Size p, target).Minimiser w.Dimension

                let left =
                    Array.sum (Array.mapi (fun k l -> if k < w.Dimension && l > 0.0 then 0.0 else l * l) w.Eigenvalues)

                let norm = Array.sumBy (fun l -> l * l) w.Eigenvalues
                // Orthogonality of Q, assembling and eigenpairs: 32 V u ||M*||^2.
                labelled "loss / p^2" (abs (best.Loss / (p * p) - left)) (64.0 * float w.Size * u * norm)
                .&. labelled
                        "loss against sum"
                        (abs (
                            best.Loss
                            - RankOneWeights.GeneralLoss(
                                Array.create (w.Size * w.Size) (p * p),
                                target,
                                best.Embeddings
                            )
                        ))
                        (64.0 * float w.Size * u * norm))

        testCase "the model is the truncated weighted target when the spectrum has gaps" (fun () ->
            // Eigenvectors move by eps / gap: well separated spectra, so that M itself, not only its loss, is determined.
            let size, rows = 8, 3
            let random = Random 5
            let weights = Array.init size (fun _ -> 0.2 + random.NextDouble())
            let q = orthogonal random size
            let lambda = [| 5.0; 3.5; 2.0; 1.0; 0.0; -1.0; -2.0; -4.0 |]
            let a = assemble lambda q

            let target =
                Array.init (size * size) (fun k -> a[k] / sqrt (weights[k / size] * weights[k % size]))

            let best = RankOneWeights(weights, target).Minimiser rows
            let expected = assemble [| 5.0; 3.5; 2.0; 0.0; 0.0; 0.0; 0.0; 0.0 |] q
            // Gap 1, ||A|| = 9, backward error 16 V u ||A||; and the same for building it.
            within
                "scaled model"
                (frobenius (scaledModel weights rows (best.Embeddings.ToRows())) expected)
                (32.0 * float size * u * frobeniusNorm lambda)

            within "learned modes" (abs (float best.LearnedModes - 3.0)) 0.0

            // The caller's eigenpairs give the same; pairs of the unweighted target are refused.
            let given =
                RankOneWeights(weights, target).Minimiser(rows, TargetSpectrum(lambda, q))

            within
                "caller's pairs"
                (abs (given.Loss - best.Loss))
                (64.0 * float size * u * frobeniusNorm lambda ** 2.0)

            refusedNaming "spectrum" (fun () ->
                RankOneWeights(weights, a).Minimiser(rows, TargetSpectrum(lambda, q)) |> ignore))

        propertyWith
            [ typeof<WeightedArbitrary> ]
            "renaming words, scaling p and scaling the target change what they should"
            100
            (fun (w: Weighted) ->
                let random = w.Seed.Random()
                let size = w.Size
                let order = Array.init size id
                random.Shuffle order
                let best = w.Loss.Minimiser w.Dimension

                let renamed =
                    RankOneWeights(
                        Array.init size (fun i -> w.Weights[order[i]]),
                        Array.init (size * size) (fun k -> w.Target[order[k / size] * size + order[k % size]])
                    )
                        .Minimiser
                        w.Dimension

                let heavier =
                    RankOneWeights(Array.map ((*) 3.0) w.Weights, w.Target).Minimiser w.Dimension

                let longer =
                    RankOneWeights(w.Weights, Array.map ((*) 5.0) w.Target).Minimiser w.Dimension
                // Permuted columns of W belong to the original words: their loss in the original problem is also minimal.
                let back = Array.zeroCreate<float>(w.Dimension * size)
                let embeddings = renamed.Embeddings.ToRows()

                for a in 0 .. w.Dimension - 1 do
                    for i in 0 .. size - 1 do
                        back[a * size + order[i]] <- embeddings[a * size + i]

                let bound = 2.0 * rounding w

                labelled "renamed" (abs (renamed.Loss - best.Loss)) bound
                .&. labelled "renamed back" (abs (w.LossOf back - best.Loss)) bound
                .&. labelled "p times 3" (abs (heavier.Loss / 9.0 - best.Loss)) bound
                .&. labelled "W of p times 3" (abs (w.Loss.Loss heavier.Embeddings - best.Loss)) bound
                .&. labelled "M* times 5" (abs (longer.Loss / 25.0 - best.Loss)) bound)

        propertyWith
            [ typeof<WeightedArbitrary> ]
            "from d = 1 to d = V the loss falls to what negative modes leave"
            100
            (fun (w: Weighted) ->
                let losses = Array.init w.Size (fun d -> (w.Loss.Minimiser(d + 1)).Loss)
                let bound = 2.0 * (17.0 * float w.Size + 8.0) * u * scale w
                // At d = V the best is the projection on the cone: the remainder A - X is negative semidefinite and orthogonal to X.
                let whole = w.Loss.Minimiser w.Size
                let x = scaledModel w.Weights w.Size (whole.Embeddings.ToRows())
                let remainder = Array.map2 (-) (w.Loss.ScaledTarget()) x
                let inner = Array.sum (Array.map2 (*) remainder x)
                let random = w.Seed.Random()

                let rayleigh =
                    Seq.max (
                        Seq.init 50 (fun _ ->
                            let y = gaussian random 1 w.Size 1.0

                            Array.sum (Array.map2 (*) (multiply 1 w.Size w.Size y remainder) y)
                            / Array.sumBy (fun t -> t * t) y)
                    )

                let norm = sqrt (scale w)

                labelled
                    "never rises"
                    (largest (Array.map (fun (a, b) -> b - a) (Array.append [| (1.0, 1.0) |] (Array.pairwise losses))))
                    bound
                .&. labelled "orthogonal" (abs inner) bound
                .&. labelled "negative semidefinite" rayleigh (32.0 * float w.Size * u * norm))

        propertyWith
            [ typeof<WeightedArbitrary> ]
            "a target without positive modes teaches nothing"
            100
            (fun (w: Weighted) ->
                let lambda = Array.sortDescending (Array.map (fun l -> -abs l - 0.01) w.Eigenvalues)
                let target = assemble lambda (orthogonal (w.Seed.Random()) w.Size)
                let best = RankOneWeights(w.Weights, target).Minimiser w.Dimension

                (best.LearnedModes = 0 && Array.forall ((=) 0.0) (best.Embeddings.ToRows()))
                |> Prop.label $"{best.LearnedModes} modes")

        testCase "arguments outside the theorem are refused by name" (fun () ->
            let eye = [| 1.0; 0.0; 0.0; 1.0 |]
            let sound = RankOneWeights([| 1.0; 2.0 |], eye)
            refusedNaming "weights[1]" (fun () -> RankOneWeights([| 1.0; 0.0 |], eye) |> ignore)
            refusedNaming "weights[0]" (fun () -> RankOneWeights([| -1.0; 1.0 |], eye) |> ignore)
            refusedNaming "weights[0]" (fun () -> RankOneWeights([| nan; 1.0 |], eye) |> ignore)
            refusedNaming "weights" (fun () -> RankOneWeights([||], [||]) |> ignore)
            refusedNaming "target" (fun () -> RankOneWeights([| 1.0 |], eye) |> ignore)

            refusedNaming "target[1,0]" (fun () -> RankOneWeights([| 1.0; 1.0 |], [| 1.0; 0.5; 0.4; 1.0 |]) |> ignore)

            refusedNaming "target[0]" (fun () ->
                RankOneWeights([| 1.0; 1.0 |], [| infinity; 0.5; 0.5; 1.0 |]) |> ignore)

            for d in [ -1; 0; 3 ] do
                refusedNaming "dimension" (fun () -> sound.Minimiser d |> ignore)

                refusedNaming "dimension" (fun () ->
                    sound.Minimiser(d, TargetSpectrum([| 2.0; 1.0 |], [| 0.0; 1.0; 1.0; 0.0 |]))
                    |> ignore)

                refusedNaming "dimension" (fun () -> sound.Paper d |> ignore)
                refusedNaming "dimension" (fun () -> sound.PaperExcess d |> ignore)

            refusedNaming "spectrum" (fun () -> sound.Minimiser(1, TargetSpectrum([| 1.0 |], [| 1.0 |])) |> ignore)
            refusedNaming "embeddings" (fun () -> sound.Loss(Embeddings.OfRows([| 1.0 |], 1)) |> ignore)
            refusedNaming "weight[0,1]" (fun () -> RankOneApproximation [| 1.0; -0.1; -0.1; 1.0 |] |> ignore)
            refusedNaming "weight" (fun () -> RankOneApproximation [| 1.0; 2.0; 3.0 |] |> ignore)
            refusedNaming "weight" (fun () -> RankOneApproximation [||] |> ignore)
            refusedNaming "weight" (fun () -> RankOneApproximation eye |> ignore)
            refusedNaming "weight[0,0]" (fun () -> RankOneApproximation [| 0.0 |] |> ignore)
            refusedNaming "weight[1,0]" (fun () -> RankOneApproximation [| 1.0; 0.1; 0.2; 1.0 |] |> ignore)
            let two = Embeddings.OfRows([| 1.0; 1.0 |], 1)
            refusedNaming "weight" (fun () -> RankOneWeights.GeneralLoss([| 1.0 |], eye, two) |> ignore)

            refusedNaming "weight[0,1]" (fun () ->
                RankOneWeights.GeneralLoss([| 1.0; -1.0; 0.0; 1.0 |], eye, two) |> ignore))
    ]
