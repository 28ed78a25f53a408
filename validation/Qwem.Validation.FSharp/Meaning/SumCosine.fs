namespace Qwem.Validation.Meaning

open Qwem.Sim.LinearAlgebra
open Qwem.Validation

/// How near the sum a' + b - a comes to the answer, as the final version's Figure 8 asks.
type SumCosine =
    {
        /// Mean over the questions of cos(b' , a' + b - a), unit vectors in the sum.
        Plain: float
        /// The same, each divided by the largest cosine of b' with a word that is not in the question.
        Normalised: float
    }

module SumCosine =

    // Of the nearest words to b', how many a question can exclude: a, b, a' and b' itself.
    let private excluded = 4

    let private ofFamily (units: DenseMatrix) (family: Family) : SumCosine =
        let v, n = units.Rows, family.Count
        let first pair = family.Pairs[2 * pair]
        let second pair = family.Pairs[2 * pair + 1]

        let cosine i j = Kernels.Dot(units.Row i, units.Row j)

        // The nearest words to each answer, nearest first, with their cosines.
        let nearest =
            Array.init n (fun pair ->
                Array.init v (fun word -> struct (-(cosine (second pair) word), word))
                |> Array.sort
                |> Array.truncate (excluded + 1))

        let score question answer =
            let a, b, a', b' = first question, second question, first answer, second answer
            let sum = cosine b' a' + cosine b' b - cosine b' a

            let length = sqrt (3.0 + 2.0 * (cosine a' b - cosine a' a - cosine a b))

            let struct (competitor, _) =
                nearest[answer]
                |> Array.find (fun (struct (_, word)) -> word <> a && word <> b && word <> a' && word <> b')

            let plain = sum / length
            plain, plain / -competitor

        let scores =
            [|
                for question in 0 .. n - 1 do
                    for answer in 0 .. n - 1 do
                        if question <> answer then
                            score question answer
            |]

        {
            Plain = scores |> Array.averageBy fst
            Normalised = scores |> Array.averageBy snd
        }

    /// Of some families in the embeddings of size d.
    let measure (learned: Learned) d (families: Family list) : SumCosine list =
        let units = Bulk.unit (learned.ByWord d)
        families |> List.map (ofFamily units)
