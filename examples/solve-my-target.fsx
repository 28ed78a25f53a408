// Everything about training on a target matrix of your own, without training: dotnet fsi examples/solve-my-target.fsx
// Packages: dotnet pack -c Release -o FEED; then add FEED as a source, or publish them to yours.
#r "nuget: Qwem.Theory, 0.1.0"

open Qwem.Theory

// M*: what the inner products of the embeddings should become. Symmetric; negative modes are never learned.
let rows =
    [| [| 2.0; 0.5; 0.1; -0.2 |]
       [| 0.5; 1.5; 0.3; 0.0 |]
       [| 0.1; 0.3; 0.8; 0.4 |]
       [| -0.2; 0.0; 0.4; -0.6 |] |]

let words, d, sigma = rows.Length, 2, 1e-6
// For small targets the library finds the eigenpairs; larger ones come from elsewhere: TargetSpectrum(eigenvalues, eigenvectors).
let spectrum = TargetSpectrum.Decompose(Array.concat rows)
printfn "%O" spectrum
printfn "certificate: %O" (spectrum.Certify(Array.concat rows))

// A random start W(0), one row per dimension, and its exact training: dW/dt = kappa W (M* - W'W).
let random = System.Random 1
let start = Embeddings.OfRows(Array.init (d * words) (fun _ -> sigma * (random.NextDouble() - 0.5)), d)
let solution = ExactSolution(spectrum, start)

for kappaTime in [ 0.0<kappaTime>; 2.0<kappaTime>; 4.0<kappaTime>; 6.0<kappaTime>; 8.0<kappaTime>; 12.0<kappaTime>; 20.0<kappaTime> ] do
    printfn "%O" (solution.At kappaTime)

printfn "plateaus: s = %A" (spectrum.Eigenvalues()[.. d - 1] |> Array.map sqrt)
