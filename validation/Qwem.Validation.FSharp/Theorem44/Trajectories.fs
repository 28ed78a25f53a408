namespace Qwem.Validation.Theorem44

open Qwem.Sim.LinearAlgebra
open Qwem.Validation
open Qwem.Validation.Limits

/// Training seen in the plane of the two leading principal directions of the five predictions, and as singular values.
module Trajectories =

    /// A plane in the space of models: its origin and two orthonormal directions.
    type Plane =
        {
            Origin: float array
            First: float array
            Second: float array
        }

    let private dot (a: float array) (b: float array) =
        Array.fold2 (fun s x y -> s + x * y) 0.0 a b

    /// The plane that holds most of the scatter of some models; the first direction points to the last model, the second one to the
    /// middle one.
    let plane (models: float array array) (team: Qwem.Sim.Threading.WorkerTeam) =
        let count = models.Length

        let origin =
            Array.init models[0].Length (fun e -> models |> Array.averageBy (fun m -> m[e]))

        let centred = models |> Array.map (fun m -> Array.map2 (-) m origin)

        let gram =
            DenseMatrix(count, count, Array.init (count * count) (fun e -> dot centred[e / count] centred[e % count]))

        let eigen = SymmetricEigenSolver.Decompose(gram, team)

        let direction k towards =
            let raw =
                Array.init origin.Length (fun e ->
                    Seq.init count (fun f -> eigen.Eigenvectors[k, f] * centred[f][e]) |> Seq.sum)

            let sign = if dot raw centred[towards] < 0.0 then -1.0 else 1.0
            let length = sign * Prediction.norm raw
            raw |> Array.map (fun x -> x / length)

        {
            Origin = origin
            First = direction 0 (count - 1)
            Second = direction 1 (count / 2)
        }

    /// Coordinates of a model in a plane.
    let project plane (model: float array) =
        let centred = Array.map2 (-) model plane.Origin
        dot centred plane.First, dot centred plane.Second

    /// Sum of eta over the steps before each record.
    let times (run: DescentRun) =
        let passed = Array.scan (+) 0.0 run.Rates
        run.Recorded |> Array.map (fun step -> passed[step])

    /// The exact solution's W', d x V, at each record.
    let predicted (clock: WordClock) run team =
        times run |> Array.map (fun time -> WordClock.embeddings clock time team)

    /// Singular values of embeddings, V x d.
    let singularValues (state: DenseMatrix) = Svd.OfTall(state).SingularValues

    /// V x d from d x V.
    let transposed v (embeddings: float array) =
        let d = embeddings.Length / v
        DenseMatrix(v, d, Array.init (v * d) (fun e -> embeddings[e % d * v + e / d]))
