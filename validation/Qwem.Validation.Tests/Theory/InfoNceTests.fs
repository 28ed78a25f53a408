module Qwem.Validation.Tests.InfoNceTests

open System
open Expecto
open FsCheck.FSharp
open Qwem.Theory
open Qwem.Validation.Tests.Problems

/// A corpus whose P_ij has the margins P_i, beta, and a symmetric model.
let private drawn (random: Random) =
    let size = random.Next(2, 8)
    let counts = Array.zeroCreate<float>(size * size)

    for i in 0 .. size - 1 do
        for j in 0..i do
            let c = float (random.Next(1, 50))
            counts[i * size + j] <- c
            counts[j * size + i] <- c

    let total = Array.sum counts
    let joint = counts |> Array.map (fun c -> c / total)

    let unigram =
        Array.init size (fun i -> Array.sum joint[i * size .. i * size + size - 1])

    let w = gaussian random 3 size (10.0 ** (-2.0 * random.NextDouble()))
    CorpusStatistics(unigram, joint), 10.0 ** (2.0 * random.NextDouble() - 1.0), gram 3 w

let private scale beta (model: float[]) =
    1.0 + beta * largest (Array.map abs model)

let tests =
    testList "Info nce" [
        property "the expansion of the contrastive loss is as close as its bound promises" 100 (fun (seed: Seed) ->
            let corpus, beta, model = drawn (seed.Random())
            let loss = InfoNceLoss(corpus, beta)
            let rounding = 64.0 * u * (scale beta model) ** 2.0
            labelled "expansion" (abs (loss.Evaluate model - loss.Expansion model)) (loss.Bound model + rounding))

        property "the loss without its logarithm is an upper bound" 100 (fun (seed: Seed) ->
            let corpus, beta, model = drawn (seed.Random())
            let loss = InfoNceLoss(corpus, beta)
            let bound = loss.WithoutLogarithm model
            labelled "log x <= x - 1" (loss.Evaluate model - bound) (64.0 * u * (scale beta model + abs bound)))

        property
            "as printed the quadratic loss is beta times SimClr, and exceeds the expansion by the squared means"
            100
            (fun (seed: Seed) ->
                let corpus, beta, model = drawn (seed.Random())
                let loss = InfoNceLoss(corpus, beta)
                let size = corpus.VocabularySize
                let p = corpus.Unigram()

                let excess =
                    Array.init size (fun i ->
                        let mean = Seq.init size (fun k -> p[k] * model[i * size + k]) |> Seq.sum
                        0.5 * beta * beta * p[i] * mean * mean)
                    |> Array.sum

                let rounding = 64.0 * u * (scale beta model) ** 2.0
                let printed = loss.AsPrinted model

                labelled "SimClr" (abs (printed - beta * QuadraticLoss.SimClr(beta).Evaluate(corpus, model))) rounding
                .&. labelled "variance" (abs (printed - loss.Expansion model - excess)) rounding)

        property
            "a constant added to a row leaves the loss and its expansion alone, and changes the printed one"
            100
            (fun (seed: Seed) ->
                let corpus, beta, model = drawn (seed.Random())
                let loss = InfoNceLoss(corpus, beta)
                let size = corpus.VocabularySize

                let shifted =
                    model |> Array.mapi (fun at m -> if at < size then m + 1.0 / beta else m)

                let rounding = 64.0 * u * (scale beta shifted) ** 2.0

                labelled "loss" (abs (loss.Evaluate shifted - loss.Evaluate model)) rounding
                .&. labelled "expansion" (abs (loss.Expansion shifted - loss.Expansion model)) rounding)

        property "the target of L_xe over beta is stationary for the expansion" 100 (fun (seed: Seed) ->
            let corpus, beta, model = drawn (seed.Random())
            let loss = InfoNceLoss(corpus, beta)
            let target = QuadraticLoss.SimClr(beta).Target corpus

            let along t =
                loss.Expansion(Array.map2 (fun a b -> a + t * b) target model)
            // A quadratic function: its slope at 0 is the central difference, for any step.
            let slope = 0.5 * (along 1.0 - along -1.0)
            labelled "slope" (abs slope) (256.0 * u * (scale beta target + scale beta model) ** 2.0))

        property "a batch with every word as often as in the corpus gives the limit of Eq. 17" 100 (fun (seed: Seed) ->
            let random = seed.Random()
            let beta = 10.0 ** (2.0 * random.NextDouble() - 1.0)
            let often = Array.init (random.Next(1, 6)) (fun _ -> random.Next(1, 9))
            let scores = often |> Array.map (fun _ -> gauss random)

            let batch =
                Array.init often.Length (fun k -> Array.create often[k] scores[k])
                |> Array.concat

            let count = float batch.Length
            // The positive pair comes on top: the sum of Eq. 16 leaves it out.
            let term = InfoNceLoss.Term(Array.append [| 0.3 |] batch, 0, beta)

            let mean =
                Array.map2 (fun n m -> float n / count * exp (beta * m)) often scores
                |> Array.sum

            let limit = -beta * 0.3 + log mean + log count

            labelled "term" (abs (term - limit)) (64.0 * u * (1.0 + abs limit + beta * largest (Array.map abs scores))))

        testCase "the contrastive loss refuses what it cannot be" (fun () ->
            let corpus = CorpusStatistics([| 0.5; 0.5 |], [| 0.4; 0.1; 0.1; 0.4 |])
            refusedNaming "inverseTemperature" (fun () -> InfoNceLoss(corpus, 0.0) |> ignore)
            refusedNaming "model" (fun () -> InfoNceLoss(corpus, 1.0).Evaluate [| 1.0 |] |> ignore)
            refusedNaming "scores" (fun () -> InfoNceLoss.Term([| 1.0 |], 0, 1.0) |> ignore)
            refusedNaming "positivePair" (fun () -> InfoNceLoss.Term([| 1.0; 2.0 |], 2, 1.0) |> ignore))
    ]
