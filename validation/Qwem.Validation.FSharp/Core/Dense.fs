/// Dense matrices as the experiments need them; embeddings have one word (or mode) per row, V x d, unless said otherwise.
module Qwem.Validation.Dense

open System
open Qwem.Sim.LinearAlgebra
open Qwem.Sim.Threading
open Qwem.Theory

let copy (m: DenseMatrix) =
    DenseMatrix(m.Rows, m.Columns, Array.copy m.Values)

/// a b, either of them transposed.
let product (a: DenseMatrix) transposeA (b: DenseMatrix) transposeB (team: WorkerTeam) =
    let rows = if transposeA then a.Columns else a.Rows
    let result = DenseMatrix(rows, (if transposeB then b.Rows else b.Columns))
    MatrixProduct.Multiply(1.0, a, transposeA, b, transposeB, 0.0, result, team)
    result

let transposed (m: DenseMatrix) =
    DenseMatrix(m.Columns, m.Rows, Array.init m.Values.Length (fun e -> m[e % m.Rows, e / m.Rows]))

/// M = W W', V x V.
let gram (embeddings: DenseMatrix) team =
    product embeddings false embeddings true team

/// Root of the sum of squares.
let norm (values: float array) = sqrt (Kernels.NormSquared values)

/// ||a - b||_F.
let distance (a: float array) (b: float array) =
    sqrt (Array.fold2 (fun sum x y -> sum + (x - y) * (x - y)) 0.0 a b)

/// ||a - b||_F / ||b||_F.
let relative a b = distance a b / norm b

/// ||A A' - B B'||_F / ||A A'||_F of embeddings.
let gramDistance (a: DenseMatrix) (b: DenseMatrix) (team: WorkerTeam) =
    let difference = gram a team
    let size = norm difference.Values
    MatrixProduct.Multiply(-1.0, b, false, b, true, 1.0, difference, team)
    norm difference.Values / size

/// Eigenpairs of a symmetric V x V matrix, descending, eigenvectors in rows; by the simulator's solver, certified where a claim needs it.
let eigen (matrix: float array) (team: WorkerTeam) =
    let v = int (Math.Round(sqrt (float matrix.Length)))
    SymmetricEigenSolver.Decompose(DenseMatrix(v, v, matrix), team)

/// The same as the theory takes it.
let spectrum matrix team =
    let pairs = eigen matrix team
    TargetSpectrum(pairs.Eigenvalues, pairs.Eigenvectors.Values)

/// Embeddings d x V (dimensions in rows) in the eigenbasis, as the theory takes and gives them.
let projection (modes: DenseMatrix) =
    Projection.OfRows(modes.Values, modes.Rows)

let ofProjection (modes: Projection) =
    DenseMatrix(modes.Dimension, modes.VocabularySize, modes.ToRows())

/// Embeddings V x d, one word to a row, as the theory takes them.
let embeddings (words: DenseMatrix) =
    Embeddings.OfWords(words.Values, words.Columns)

/// Eigenvalues of W'W, d x d, descending, with its eigenvectors in rows.
let latent (embeddings: DenseMatrix) team =
    SymmetricEigenSolver.Decompose(product embeddings true embeddings false team, team)

/// Singular values of embeddings, descending; those 1e-8 times smaller than the first are lost in rounding.
let singularValues embeddings team =
    (latent embeddings team).Eigenvalues
    |> Array.map (fun square -> sqrt (max 0.0 square))

/// The first right singular vector of embeddings, length d, and the first left one, length V; their signs belong together.
let leadingVectors (embeddings: DenseMatrix) team =
    let right = (latent embeddings team).Eigenvectors.Row(0).ToArray()

    let left =
        (product embeddings false (DenseMatrix(right.Length, 1, right)) false team).Values

    let length = norm left
    right, left |> Array.map (fun x -> x / length)
