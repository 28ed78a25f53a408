/// Shaped embeddings: what a layout means, and that a transposed one does not get through.
module Qwem.Validation.Tests.EmbeddingShapeTests

open System
open Expecto
open FsCheck.FSharp
open Qwem.Theory
open Qwem.Validation.Tests.Problems

/// Four words in two dimensions: one array per word, and one per dimension.
let private byWord = [| [| 0.3; -0.1 |]; [| 0.2; 0.5 |]; [| -0.4; 0.1 |]; [| 0.6; 0.7 |] |]

let private byDimension = Array.transpose byWord

let private spectrum =
    TargetSpectrum([| 2.0; 1.0; 0.5; -1.0 |], orthogonal (Random 5) 4)

let tests =
    testList "Embedding shape" [
        testCase "rows and words are two ways to say the same embeddings" (fun () ->
            let w = Embeddings.OfWords byWord
            Expect.equal w.Dimension 2 ""
            Expect.equal w.VocabularySize 4 ""
            Expect.equal (Embeddings.OfRows byDimension) w ""
            Expect.equal (Embeddings.OfRows(Array.concat byDimension, 2)) w ""
            Expect.equal (Embeddings.OfWords(Array.concat byWord, 2)) w ""
            Expect.equal (w.ToRows()) (Array.concat byDimension) ""
            Expect.equal (w.ToWords()) (Array.concat byWord) ""
            Expect.equal (w[1, 2]) 0.1 ""
            Expect.equal (w.Truncated 1) (Embeddings.OfRows byDimension[..0]) ""
            Expect.near (w.Gram()[1]) (0.3 * 0.2 - 0.1 * 0.5) (8.0 * u) "")

        testCase "what goes in or out is copied, so equal embeddings stay equal" (fun () ->
            let values = Array.concat byDimension
            let w = Embeddings.OfRows(values, 2)
            values[0] <- 100.0
            (w.ToRows())[0] <- 100.0
            Expect.equal w (Embeddings.OfWords byWord) ""
            Expect.equal (w.GetHashCode()) ((Embeddings.OfWords byWord).GetHashCode()) ""
            let moved = Embeddings.OfRows(values, 2)
            Expect.notEqual moved w ""
            // Four words in two dimensions are not two words in four.
            Expect.notEqual (Embeddings.OfRows(w.ToRows(), 4)) w "")

        testCase
            "a transposed W is refused wherever V is known, also by the exact solution that took it for a start"
            (fun () ->
                let right, transposed = Embeddings.OfWords byWord, Embeddings.OfRows byWord
                let time = 3.0<kappaTime>
                let s = ExactSolution(spectrum, right).At(time).SingularValues()
                // As a bare array this gave other singular values and no error.
                Expect.hasLength s 2 ""
                refusedNaming "embeddings" (fun () -> ExactSolution(spectrum, transposed) |> ignore)
                refusedNaming "embeddings" (fun () -> spectrum.Project transposed |> ignore)

                refusedNaming "initial" (fun () ->
                    ExactSolution(spectrum.Eigenvalues(), Projection.OfRows byWord) |> ignore)

                let weights = RankOneWeights(Array.create 4 1.0, Array.zeroCreate 16)
                refusedNaming "embeddings" (fun () -> weights.Loss transposed |> ignore)
                // The layout named wrongly, with the right d: nothing can refuse it, and it is another start.
                let misnamed = Embeddings.OfRows(Array.concat byWord, 2)
                Expect.notEqual (ExactSolution(spectrum, misnamed).At(time).SingularValues()) s "")

        testCase "embeddings of no shape are refused by name" (fun () ->
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
                Expect.throwsT<IndexOutOfRangeException> (fun () -> w[a, i] |> ignore) ""
                Expect.throwsT<IndexOutOfRangeException> (fun () -> c[a, i] |> ignore) "")

        property
            "the state's own embeddings have the model of its eigenbasis, and equal states are equal"
            50
            (fun (p: Problem) ->
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
                labelled
                    "W'W"
                    (frobenius (state.Embeddings(pairs).Gram()) expected)
                    (16.0 * float (p.Size + p.Rows + 8) * u)
                .&. (state = solution.At p.Time
                     && state.GetHashCode() = (solution.At p.Time).GetHashCode())
                .&. (state <> solution.At(2.0 * p.Time + 1.0<kappaTime>)))

        testCase "a state does not take the eigenvectors of another target" (fun () ->
            let state = ExactSolution(spectrum, Embeddings.OfWords byWord).At 1.0<kappaTime>
            let other = TargetSpectrum([| 3.0; 1.0; 0.5; -1.0 |], spectrum.Eigenvectors())
            refusedNaming "spectrum" (fun () -> state.Embeddings other |> ignore))
    ]
