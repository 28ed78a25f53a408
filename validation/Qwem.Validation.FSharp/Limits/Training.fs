namespace Qwem.Validation.Limits

open System
open System.Threading
open Qwem.Sim.Cooccurrence
open Qwem.Sim.LinearAlgebra
open Qwem.Sim.Threading
open Qwem.Sim.Training
open Qwem.Validation

/// Counts of the leading words as the simulator takes them: frequencies of words and pairs, self-pairs neutral.
type Frequencies =
    {
        /// P_i, length V.
        Words: float array
        /// P_ij, V x V row-major, exactly symmetric.
        Pairs: float array
    }

/// The experimental side of the experiments on where training ends. It knows words, pairs and subsampling, and no target.
module Training =

    let frequencies (counts: CooccurrenceCounts) v : Frequencies =
        let words, pairs = EmbeddedCounts.leading counts v
        let wordTotal, pairTotal = float (Array.sum words), Array.sum pairs
        let p = words |> Array.map (fun n -> float n / wordTotal)

        {
            Words = p
            Pairs =
                pairs
                |> Array.mapi (fun e n -> if e / v = e % v then p[e / v] * p[e / v] else n / pairTotal)
        }

    // One word's factor times the other's first: symmetric to the bit, as the objective asks.
    let private outer (x: float array) =
        let v = x.Length
        Array.init (v * v) (fun e -> x[e / v] * x[e % v])

    let private normalised (x: float array) =
        let total = Array.sum x
        x |> Array.map (fun value -> value / total)

    /// A loss (a, b, c, d) on text subsampled with Psi: p_ij ~ Psi_i Psi_j P_ij and q_ij = q_i q_j with q_i ~ Psi_i P_i, each
    /// of total mass 1.
    let objective (frequencies: Frequencies) (psi: float array) struct (a: float, b: float, c: float, d: float) =
        let v = psi.Length
        let q = Array.map2 (*) psi frequencies.Words |> normalised

        let p = Array.map2 (*) (outer psi) frequencies.Pairs |> normalised

        PairwiseObjective.FromWeights(DenseMatrix(v, v, p), DenseMatrix(v, v, outer q), a, b, c, d)

    /// M = W W', V x V row-major, of embeddings with one word per row.
    let gram (embeddings: DenseMatrix) (team: WorkerTeam) =
        let model = DenseMatrix(embeddings.Rows, embeddings.Rows)
        MatrixProduct.Multiply(1.0, embeddings, false, embeddings, true, 0.0, model, team)
        model.Values

    /// Trains from a random start until the gradient is tolerance of its linear part, and returns M there.
    let limit
        (objective: PairwiseObjective)
        d
        (seed: uint64)
        tolerance
        (team: WorkerTeam)
        (told: float -> unit)
        cancellation
        =
        let start = 0.1
        let state = Initialisation.Gaussian(objective.VocabularySize, d, start, seed)

        // Words of little weight learn slowly; the root of their own coefficient puts all on one clock.
        let scales =
            Array.init objective.VocabularySize (fun i -> 1.0 / Math.Sqrt objective.Quadratic[i, i])

        let report =
            { new IProgress<float> with
                member _.Report relative =
                    told (Math.Clamp(Math.Log relative / Math.Log tolerance, 0.0, 1.0))
            }

        let rest =
            ConjugateDescent(objective, scales, team).Run(state, tolerance, 20_000, report, cancellation)

        if not rest.AtRest then
            raise (ArithmeticException $"Training did not come to rest: {rest}; allow more iterations.")

        gram state team
