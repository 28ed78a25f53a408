/// The best rank-one approximation of a weight, and the theory built on it.
module Qwem.Validation.Tests.RankOneApproximationTests

open System
open Expecto
open FsCheck.FSharp
open Qwem.Theory
open Qwem.Validation.Tests.Statistics
open Qwem.Validation.Tests.RankOneSupport

let tests =
    testList "Rank one approximation" [
        propertyWith [ typeof<WeightedArbitrary> ] "a weight of rank one is found again" 100 (fun (w: Weighted) ->
            let g =
                Array.init (w.Size * w.Size) (fun k -> w.Weights[k / w.Size] * w.Weights[k % w.Size])

            let found = RankOneApproximation g
            // One product with G lands on the vector; entries carry the rounding of one inner product and of the normalisation.
            let bound = 8.0 * float (w.Size + 8) * u
            // Relative to the largest entry: the iteration's start is forgotten only to rounding of the vector's norm.
            labelled
                "weights"
                (largest (Array.map2 (fun a b -> abs (a - b)) (found.Weights()) w.Weights)
                 / Array.max w.Weights)
                bound
            .&. labelled "residual" found.RelativeResidual bound)

        property "the approximation is the leading eigenpair and no rival comes closer" 100 (fun (c: Corpus) ->
            let g = QuadraticLoss.Sym.Weight c.Statistics
            let size = c.Words.Length
            let found = RankOneApproximation g
            let p = found.Weights()
            let norm = frobeniusNorm g

            let distance (x: float[]) =
                frobeniusNorm (Array.mapi (fun k v -> v - x[k / size] * x[k % size]) g) / norm

            // The eigenvalue by MathNet's symmetric solver: residual^2 = 1 - lambda_1^2 / ||G||^2.
            let top =
                MathNet.Numerics.LinearAlgebra.Double
                    .DenseMatrix(size, size, g)
                    .Evd(MathNet.Numerics.LinearAlgebra.Symmetricity.Symmetric)
                    .EigenValues.ToArray()
                |> Array.map (fun z -> abs z.Real)
                |> Array.max

            let expected = max 0.0 (1.0 - (top / norm) ** 2.0)
            let random = Random(int (Array.sum c.Pairs))
            let mutable gain = -infinity

            for i in 0..99 do
                let epsilon = 10.0 ** (-7.0 + 7.0 * float i / 99.0)
                let rival = Array.map (fun x -> x * (1.0 + epsilon * gauss random)) p
                gain <- max gain (found.RelativeResidual ** 2.0 - distance rival ** 2.0)

            // Squares of norms of V^2 terms, eigenvalues good to 8 V u, the iteration's residual squared over the gap.
            let bound = 32.0 * float size * u

            labelled "residual^2" (abs (found.RelativeResidual ** 2.0 - expected)) bound
            .&. labelled "rival" gain bound
            .&. labelled "distance" (abs (found.RelativeResidual - distance p)) bound
            .&. (Array.forall (fun x -> x > 0.0) p))

        testCase "a two-coloured weight and nearly equal leading eigenvalues are no trap" (fun () ->
            // (0 1; 1 0): eigenvalues +-1; best rank one leaves 1 of the squared norm 2.
            let swap = RankOneApproximation [| 0.0; 1.0; 1.0; 0.0 |]
            within "weights" (largest (Array.map (fun x -> abs (x * x - 0.5)) (swap.Weights()))) (8.0 * u)
            within "residual" (abs (swap.RelativeResidual - sqrt 0.5)) (8.0 * u)
            // Two blocks joined by 1e-9: eigenvalues (a + b) / 2 +- sqrt(((a - b) / 2)^2 + c^2), a = 1, b = 1 - 1e-10.
            let near = RankOneApproximation [| 1.0; 1e-9; 1e-9; 1.0 - 1e-10 |]
            // An unfinished iteration has a Rayleigh quotient within its residual of lambda_1: residual^2 changes by twice that.
            within "residual^2" (abs (near.RelativeResidual ** 2.0 - 0.5)) (4e-9 + 64.0 * u))

        property
            "the minimiser built on the best rank-one weight is close to what descent finds under G itself"
            20
            (fun (c: Corpus) ->
                let s = c.Statistics
                let size = c.Words.Length
                let rows = min size 2
                let g = QuadraticLoss.Sym.Weight s
                let target = QuadraticLoss.Sym.Target s
                let approximation = RankOneApproximation g

                let predicted = RankOneWeights(approximation.Weights(), target).Minimiser rows

                let scale = 1.0 / Array.max g
                let normalised = Array.map ((*) scale) g

                let loss weight (w: float[]) =
                    RankOneWeights.GeneralLoss(weight, target, Embeddings.OfRows(w, rows))

                let start = predicted.Embeddings.ToRows()
                let before = loss normalised start
                let nothing = loss normalised (Array.zeroCreate (rows * size))
                let reached, after = descend 300 normalised target size rows start
                let weights = approximation.Weights()

                let rankOne =
                    Array.init (size * size) (fun k -> scale * weights[k / size] * weights[k % size])

                // The prediction is least for p p', so its excess under G is at most the difference of the two losses at both ends.
                let difference w =
                    abs (loss normalised w - loss rankOne w)

                let bound = difference start + difference reached + 1e-12 * nothing

                // For the same reason it is no worse than no embeddings, except for what p p' differs from G there: a corpus in which one pair was
                // seen has a G far from rank one, and then it may be.
                let zeros = Array.zeroCreate (rows * size)

                labelled "excess" (before - after) bound
                .&. labelled "learns" (before - nothing) (difference start + difference zeros + 1e-12 * nothing))
    ]
