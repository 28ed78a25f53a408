/// Counts of words and pairs, and weights of words, as generators.
module Qwem.Validation.Tests.Statistics

open FsCheck
open FsCheck.FSharp
open Qwem.Theory

/// Counts of words and of pairs.
type Corpus = {
    Words: float[]
    Pairs: float[]
} with

    member c.Size = c.Words.Length
    member c.Statistics = CorpusStatistics.FromCounts(c.Words, c.Pairs)

/// What the theory asks of counts: two words or more, all of which occur; symmetric counts of pairs, not all of them zero.
let isCorpus (c: Corpus) =
    c.Size >= 2
    && Array.forall (fun n -> n > 0.0) c.Words
    && Array.forall (fun n -> n >= 0.0) c.Pairs
    && Array.exists (fun n -> n > 0.0) c.Pairs
    && Seq.forall (fun k -> c.Pairs[k] = c.Pairs[k % c.Size * c.Size + k / c.Size]) (seq { 0 .. c.Pairs.Length - 1 })

/// Words as by Zipf's law, pairs of which a given share was seen, and words beside themselves or only the first.
let private counted size (share: float) besideItself =
    gen {
        let! words = Gen.arrayOfLength size (Gen.choose (1, 1000))
        let! seen = Gen.arrayOfLength (size * size) (uniform 0.0 1.0)
        let! counts = Gen.arrayOfLength (size * size) (Gen.choose (0, 399))

        let pairs =
            Array.init (size * size) (fun k ->
                let i, j = k / size, k % size
                let at = max i j * size + min i j

                if (if i = j then besideItself else seen[at] < share) then
                    float counts[at]
                else
                    0.0)

        return {
            Words = Array.mapi (fun i n -> float (n + 5000 / (i + 1))) words
            Pairs = Array.updateAt 0 (pairs[0] + 1.0) pairs
        }
    }

let private candidates (c: Corpus) =
    seq {
        for kept in fewer [| 0 .. c.Size - 1 |] do
            {
                Words = Array.map (fun i -> c.Words[i]) kept
                Pairs = [|
                    for i in kept do
                        for j in kept -> c.Pairs[i * c.Size + j]
                |]
            }

        {
            c with
                Words = Array.create c.Size 1.0
        }

        {
            c with
                Pairs = Array.map (fun n -> min n 1.0) c.Pairs
        }

        for i in 0 .. c.Size - 1 do
            {
                c with
                    Words = Array.updateAt i 1.0 c.Words
            }

            for j in 0..i do
                for count in easier c.Pairs[i * c.Size + j] do
                    {
                        c with
                            Pairs =
                                c.Pairs
                                |> Array.updateAt (i * c.Size + j) count
                                |> Array.updateAt (j * c.Size + i) count
                    }
    }

let private shrink =
    lowering
        (fun (c: Corpus) -> c.Size, Array.sumBy hardness c.Words, Array.sumBy hardness c.Pairs)
        (candidates >> Seq.filter isCorpus)

/// Counts of 2 to 30 words; they shrink to fewer words, and to 0 and 1.
let corpora: Arbitrary<Corpus> =
    Arb.fromGenShrink (
        gen {
            let! size = Gen.choose (2, 30)
            let! share = Gen.frequency [ 4, uniform 0.0 1.0; 1, Gen.constant 1.0 ]
            let! besideItself = Gen.elements [ true; true; true; false ]
            return! counted size share besideItself
        },
        shrink
    )

/// The counts of a fixed seed.
let corpus (seed: int) =
    drawFrom (System.Random seed) (Arb.toGen corpora)

/// Positive weights over four decades.
let weightsOf size =
    Gen.arrayOfLength size (powerOfTen -2.0 2.0)
