// Everything about training on a target matrix of your own, without training: dotnet fsi examples/solve-my-target.fsx
// Packages: dotnet pack -c Release -o FEED; then add FEED as a source, or publish them to yours.
#r "nuget: Qwem.Theory, 0.1.0"
#r "nuget: MathNet.Numerics, 5.0.0"

open MathNet.Numerics.LinearAlgebra
open Qwem.Theory

// M*: what the inner products of the embeddings should become. Symmetric; negative modes are never learned.
let rows =
    [| [| 2.0; 0.5; 0.1; -0.2 |]
       [| 0.5; 1.5; 0.3; 0.0 |]
       [| 0.1; 0.3; 0.8; 0.4 |]
       [| -0.2; 0.0; 0.4; -0.6 |] |]

let words, d, sigma = rows.Length, 2, 1e-6
// The theory takes eigenpairs in descending order and certifies them: row k of V*' is mode k.
let evd = (CreateMatrix.DenseOfRowArrays rows).Evd Symmetricity.Symmetric
let descending = [ words - 1 .. -1 .. 0 ]
let eigenvalues = [| for k in descending -> evd.EigenValues[k].Real |]
let eigenvectors = [| for k in descending do for i in 0 .. words - 1 -> evd.EigenVectors[i, k] |]
let spectrum = TargetSpectrum(eigenvalues, eigenvectors)
printfn "certificate: residual %.1e" (spectrum.Certify(Array.concat rows).Residual)

// A random start W(0), d x V, and its exact training: dW/dt = kappa W (M* - W'W).
let random = System.Random 1
let start = Array.init (d * words) (fun _ -> sigma * (random.NextDouble() - 0.5))
let solution = ExactSolution(eigenvalues, spectrum.Project start)

for kappaTime in [ 0.0; 2.0; 4.0; 6.0; 8.0; 12.0; 20.0 ] do
    let state = solution.At kappaTime
    printfn "kappa t = %4.1f   s = %s" kappaTime (state.SingularValues() |> Array.map (sprintf "%9.2e") |> String.concat "  ")

printfn "plateaus        s = %s" (eigenvalues[.. d - 1] |> Array.map (sqrt >> sprintf "%9.2e") |> String.concat "  ")
