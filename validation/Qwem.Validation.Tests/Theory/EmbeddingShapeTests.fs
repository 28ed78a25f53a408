/// Shaped embeddings: what a layout means, and that a transposed one does not get through.
[<NUnit.Framework.TestFixture>]
module Qwem.Validation.Tests.EmbeddingShapeTests

open System
open NUnit.Framework
open FsCheck.FSharp
open FsCheck.NUnit
open Qwem.Theory
open Qwem.Validation.Tests.Generators

/// Four words in two dimensions: one array per word, and one per dimension.
let private byWord =
    [| [| 0.3; -0.1 |]; [| 0.2; 0.5 |]; [| -0.4; 0.1 |]; [| 0.6; 0.7 |] |]

let private byDimension = Array.transpose byWord

let private spectrum =
    TargetSpectrum([| 2.0; 1.0; 0.5; -1.0 |], orthogonal (Random 5) 4)

[<Test>]
let ``rows and words are two ways to say the same embeddings`` () =
    let w = Embeddings.OfWords byWord
    Assert.That(w.Dimension, Is.EqualTo 2)
    Assert.That(w.VocabularySize, Is.EqualTo 4)
    Assert.That(Embeddings.OfRows byDimension, Is.EqualTo w)
    Assert.That(Embeddings.OfRows(Array.concat byDimension, 2), Is.EqualTo w)
    Assert.That(Embeddings.OfWords(Array.concat byWord, 2), Is.EqualTo w)
    Assert.That(w.ToRows(), Is.EqualTo<float[]>(Array.concat byDimension))
    Assert.That(w.ToWords(), Is.EqualTo<float[]>(Array.concat byWord))
    Assert.That(w[1, 2], Is.EqualTo 0.1)
    Assert.That(w.Truncated 1, Is.EqualTo(Embeddings.OfRows byDimension[..0]))
    Assert.That(w.Gram()[1], Is.EqualTo(0.3 * 0.2 - 0.1 * 0.5).Within(8.0 * u))

[<Test>]
let ``what goes in or out is copied, so equal embeddings stay equal`` () =
    let values = Array.concat byDimension
    let w = Embeddings.OfRows(values, 2)
    values[0] <- 100.0
    (w.ToRows())[0] <- 100.0
    Assert.That(w, Is.EqualTo(Embeddings.OfWords byWord))
    Assert.That(w.GetHashCode(), Is.EqualTo((Embeddings.OfWords byWord).GetHashCode()))
    let moved = Embeddings.OfRows(values, 2)
    Assert.That(moved, Is.Not.EqualTo w)
    // Four words in two dimensions are not two words in four.
    Assert.That(Embeddings.OfRows(w.ToRows(), 4), Is.Not.EqualTo w)

[<Test>]
let ``a transposed W is refused wherever V is known, also by the exact solution that took it for a start`` () =
    let right, transposed = Embeddings.OfWords byWord, Embeddings.OfRows byWord
    let time = 3.0<kappaTime>
    let s = ExactSolution(spectrum, right).At(time).SingularValues()
    // As a bare array this gave other singular values and no error.
    Assert.That(s, Has.Length.EqualTo 2)
    refusedNaming "embeddings" (fun () -> ExactSolution(spectrum, transposed) |> ignore)
    refusedNaming "embeddings" (fun () -> spectrum.Project transposed |> ignore)

    refusedNaming "initial" (fun () -> ExactSolution(spectrum.Eigenvalues(), Projection.OfRows byWord) |> ignore)

    let weights = RankOneWeights(Array.create 4 1.0, Array.zeroCreate 16)
    refusedNaming "embeddings" (fun () -> weights.Loss transposed |> ignore)
    // The layout named wrongly, with the right d: nothing can refuse it, and it is another start.
    let misnamed = Embeddings.OfRows(Array.concat byWord, 2)
    Assert.That(ExactSolution(spectrum, misnamed).At(time).SingularValues(), Is.Not.EqualTo<float[]> s)

[<Test>]
let ``embeddings of no shape are refused by name`` () =
    refusedNaming "dimension" (fun () -> Embeddings.OfRows([| 1.0 |], 0) |> ignore)
    refusedNaming "values" (fun () -> Embeddings.OfRows([||], 1) |> ignore)
    refusedNaming "values" (fun () -> Embeddings.OfWords([| 1.0; 2.0; 3.0 |], 2) |> ignore)
    refusedNaming "values[1]" (fun () -> Embeddings.OfRows([| 1.0; nan |], 1) |> ignore)
    refusedNaming "rows[1]" (fun () -> Embeddings.OfRows [| [| 1.0; 2.0 |]; [| 3.0 |] |] |> ignore)
    refusedNaming "rows" (fun () -> Embeddings.OfRows [||] |> ignore)
    refusedNaming "vectors" (fun () -> Embeddings.OfWords [||] |> ignore)
    refusedNaming "dimension" (fun () -> Embeddings.OfWords [| [||] |] |> ignore)
    refusedNaming "dimension" (fun () -> (Embeddings.OfWords byWord).Truncated 3 |> ignore)
    refusedNaming "values" (fun () -> Projection.OfRows([| 1.0 |], 2) |> ignore)
    let w, c = Embeddings.OfWords byWord, Projection.OfRows byDimension

    for a, i in [ 0, 4; 0, -1; 2, 0; -1, 0 ] do
        Assert.Throws<IndexOutOfRangeException>(fun () -> w[a, i] |> ignore) |> ignore
        Assert.Throws<IndexOutOfRangeException>(fun () -> c[a, i] |> ignore) |> ignore

[<Property(Arbitrary = [| typeof<Arbitraries> |], MaxTest = 50)>]
let ``the state's own embeddings have the model of its eigenbasis, and equal states are equal`` (p: Problem) =
    let pairs = TargetSpectrum(p.Eigenvalues, orthogonal (Random p.Rows) p.Size)
    let start = pairs.Expand(Projection.OfRows(p.Initial, p.Rows))
    let solution = ExactSolution(pairs, start)
    let state = solution.At p.Time
    let basis = pairs.Eigenvectors()
    let inBasis = state.EmbeddingsInEigenbasis().Gram()

    let transposed =
        Array.init basis.Length (fun k -> basis[k % p.Size * p.Size + k / p.Size])

    let expected =
        multiply p.Size p.Size p.Size (multiply p.Size p.Size p.Size transposed inBasis) basis
    // Three products of V terms, and the orthogonality of Q.
    labelled "W'W" (frobenius (state.Embeddings(pairs).Gram()) expected) (16.0 * float (p.Size + p.Rows + 8) * u)
    .&. (state = solution.At p.Time
         && state.GetHashCode() = (solution.At p.Time).GetHashCode())
    .&. (state <> solution.At(2.0 * p.Time + 1.0<kappaTime>))

[<Test>]
let ``a state does not take the eigenvectors of another target`` () =
    let state = ExactSolution(spectrum, Embeddings.OfWords byWord).At 1.0<kappaTime>
    let other = TargetSpectrum([| 3.0; 1.0; 0.5; -1.0 |], spectrum.Eigenvectors())
    refusedNaming "spectrum" (fun () -> state.Embeddings other |> ignore)
