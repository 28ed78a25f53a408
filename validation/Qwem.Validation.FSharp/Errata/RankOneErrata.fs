namespace Qwem.Validation.Errata

open System
open Qwem.Sim.LinearAlgebra
open Qwem.Sim.Threading
open Qwem.Sim.Training
open Qwem.Theory
open Qwem.Validation.Errata.Samples

/// Errata of Theorem 4.4 and of its proof.
module RankOneErrata =

    let private rankOne (stats: CorpusStatistics) (team: WorkerTeam) =
        let p = stats.Unigram()
        let v = p.Length
        let d = 10
        let target = QuadraticLoss.Xe.Target stats
        let weighted = RankOneWeights(p, target)
        let scaled = DenseMatrix(v, v, weighted.ScaledTarget())
        let eigenvalues = SymmetricEigenSolver.Decompose(scaled, team).Eigenvalues
        let norm = eigenvalues |> Array.sumBy (fun l -> l * l)

        let learned =
            eigenvalues |> Array.take d |> Array.sumBy (fun l -> (max l 0.0) ** 2.0)

        let least = norm - learned

        {
            Id = "rank-one-clipping"
            Metric = "loss above the least one, relative, d = 10 on text without subsampling"
            Bound = float (16 * v + d + 8) * u * norm / least
            Because = "rounding of the loss of a minimiser: (16 V + d + 8) u ||Pd^{1/2} M* Pd^{1/2}||^2"
            Gap =
                fun reading ->
                    let minimiser =
                        match reading with
                        | Corrected -> weighted.Minimiser d
                        | AsPrinted -> weighted.Paper d

                    abs (minimiser.Loss / least - 1.0)
        }

    let private eckartYoung team =
        // Two rows against the modes 2, 1, 1/2, -3: the two largest magnitudes are -3 and 2, but W'W has no negative mode.
        let eigenvalues, d, time = [| 2.0; 1.0; 0.5; -3.0 |], 2, 60.0
        let v = eigenvalues.Length
        let norm = eigenvalues |> Array.sumBy (fun l -> l * l)
        let learned = eigenvalues |> Array.take d |> Array.sumBy (fun l -> l * l)

        let target =
            Array.init 16 (fun e -> if e / 4 = e % 4 then eigenvalues[e / 4] else 0.0)

        let reached =
            lazy
                (let state = DenseMatrix(4, d, gaussian 3UL (4 * d) |> Array.map (fun x -> 0.1 * x))
                 // beta = lambda/2 and A = 1/4: the flow is W-dot = W (M* - W'W).
                 let field =
                     EigenbasisField(eigenvalues |> Array.map (fun l -> 0.5 * l), 0.25, state, team)

                 let outcome =
                     FlowIntegrator(field, team)
                         .Integrate(state, ReadOnlySpan [| time |], 1e-12, 100_000, (fun _ _ -> ()))

                 if outcome <> FlowOutcome.Completed then
                     nan
                 else
                     let gram = DenseMatrix(4, 4)
                     MatrixProduct.Multiply(1.0, state, false, state, true, 0.0, gram, team)

                     Array.map2 (fun m g -> (m - g) ** 2.0) target gram.Values |> Array.sum)

        {
            Id = "eckart-young"
            Metric =
                "relative distance of the loss that a simulated flow ends at from the least loss, d = 2, modes 2, 1, 1/2, -3"
            Bound =
                exp (-2.0 * (eigenvalues[1] - eigenvalues[2]) * time)
                + float (16 * v + d + 8 + v * v + 2 * (d + 2)) * u * norm / (norm - learned)
            Because =
                "the flow to t = 60 leaves e^{-60} of the mode it drops, by the gap of the modes 1 and 1/2; the integration's error counts squared at a minimum; rounding: (16 V + d + 8) u ||M*||^2 in the theory's loss, V^2 terms of d products in the flow's"
            Gap =
                fun reading ->
                    let least =
                        match reading with
                        | Corrected -> RankOneWeights(Array.create 4 1.0, target).Minimiser(d).Loss
                        | AsPrinted ->
                            eigenvalues
                            |> Array.sortByDescending abs
                            |> Array.skip d
                            |> Array.sumBy (fun l -> l * l)

                    abs (reached.Value / least - 1.0)
        }

    let private transpose () =
        // B = Lambda^{1/2} V*' Pd^{1/2} with d = V = 2: nothing is truncated, so the product must be Pd^{1/2} M* Pd^{1/2} itself.
        let weights, eigenvalues, cosine, sine = [| 1.0; 0.25 |], [| 2.0; 1.0 |], 0.6, 0.8
        let vectors = [| cosine; sine; -sine; cosine |]

        let b =
            Array.init 4 (fun e -> sqrt (eigenvalues[e / 2] * weights[e % 2]) * vectors[e])

        let target =
            Array.init 4 (fun e ->
                Seq.init 2 (fun k -> eigenvalues[k] * vectors[2 * k + e / 2] * vectors[2 * k + e % 2])
                |> Seq.sum)

        let scaled = RankOneWeights(weights, target).ScaledTarget()

        {
            Id = "transpose"
            Metric = "largest entry of the difference between the product and Pd^{1/2} M* Pd^{1/2}, d = V = 2"
            Bound = 16.0 * u * maxAbs scaled
            Because = "rounding: products and sums of two terms, on each side"
            Gap =
                fun reading ->
                    let left row k =
                        match reading with
                        | Corrected -> b[2 * k + row]
                        | AsPrinted -> b[2 * row + k]

                    scaled
                    |> Array.mapi (fun e a -> abs (a - (left (e / 2) 0 * b[e % 2] + left (e / 2) 1 * b[2 + e % 2])))
                    |> Array.max
        }

    let all (stats: CorpusStatistics) (team: WorkerTeam) : Measurement list =
        [ rankOne stats team; eckartYoung team; transpose () ]
