namespace Qwem.Validation

open System
open Qwem.Sim.LinearAlgebra
open Qwem.Theory
open Qwem.Validation.SlipOf

/// The list of slips of the whole suite: every gate is shown each.
[<CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module Slip =

    let private statistics =
        [
            sized "window" "windows one word too wide" "L − r + 1 → L − r + 1 + s" (fun s theory ->
                { theory with
                    WindowWeight =
                        fun halfWidth distance ->
                            if distance <= halfWidth then
                                theory.WindowWeight halfWidth distance + s
                            else
                                s * max 0.0 (float (halfWidth + 2 - distance))
                })
            made "flat-window" "every pair within the window counted alike" (fun theory ->
                { theory with
                    WindowWeight = fun halfWidth distance -> if distance <= halfWidth then float halfWidth else 0.0
                })
            made "self-pairs" "self-pairs kept as counted" (fun theory ->
                { theory with
                    Statistics = fun words pairs -> CorpusStatistics.FromCounts(words, pairs)
                })
        ]

    let private losses =
        [
            made "xe-constant" "c = 1 in the cross-entropy loss, as printed below Eq. (6)" (fun theory ->
                { theory with
                    CrossEntropy = fun () -> QuadraticLoss.Of(0.0, 1.0, 1.0, -1.0)
                })
            sized
                "sgns-factor"
                "L_sym taken for the expansion of word2vec's loss, Eq. (25) as printed"
                "L → L(1 + s)"
                (fun s theory ->
                    { theory with
                        SkipGram =
                            fun () ->
                                let loss = theory.SkipGram()
                                let scaled x = (1.0 + s) * x

                                QuadraticLoss.Of(
                                    scaled loss.PositiveQuadratic,
                                    scaled loss.PositiveLinear,
                                    scaled loss.NegativeQuadratic,
                                    scaled loss.NegativeLinear
                                )
                    })
            sized "target" "every entry of M* twice too large" "M* → M*(1 + s)" (fun s theory ->
                { theory with
                    Target = fun loss statistics -> theory.Target loss statistics |> Array.map (fun m -> (1.0 + s) * m)
                })
            made "z-sign" "the sign of Eq. (33) as printed" (fun theory ->
                { theory with
                    SubsampledTarget = fun target z -> target |> Array.map (fun m -> z * m - (z - 1.0))
                })
            sized "z" "Z taken as 1" "Z → Z + s(1 − Z)" (fun s theory ->
                { theory with
                    Z =
                        fun statistics psi ->
                            let z = theory.Z statistics psi
                            z + s * (1.0 - z)
                })
            sized "word-weights" "the weights of the words ignored" "p_{i} ~ p_{i}^{1 − s}" (fun s theory ->
                { theory with
                    WordWeights =
                        fun statistics psi ->
                            let powers =
                                theory.WordWeights statistics psi |> Array.map (fun p -> p ** (1.0 - s))

                            let total = Array.sum powers
                            powers |> Array.map (fun p -> p / total)
                })
            sized "temperature" "the temperature ignored" "β → β^{1 − s}" (fun s theory ->
                { theory with
                    Temperature = fun beta -> theory.Temperature(beta ** (1.0 - s))
                })
        ]

    // The start with every entry replaced by what follows from its number and itself.
    let private changed (change: int -> float -> float) (start: Projection) =
        Projection.OfRows(Array.mapi change (start.ToRows()), start.Dimension)

    let private dynamics =
        [
            sized "kappa" "κ twice too large" "κ → κ(1 + s)" (fun s theory ->
                { theory with
                    Kappa = fun g -> (1.0 + s) * theory.Kappa g
                    TwoFactorKappa = fun g -> (1.0 + s) * theory.TwoFactorKappa g
                })
            made "two-factor-kappa" "κ of the model with one factor taken for the model with two" (fun theory ->
                { theory with
                    TwoFactorKappa = theory.Kappa
                })
            sized "eigenvalues" "every eigenvalue twice too large" "λ*_{k} → λ*_{k}(1 + s)" (fun s theory ->
                { theory with
                    Eigenvalues = fun values -> theory.Eigenvalues values |> Array.map (fun l -> (1.0 + s) * l)
                })
            sized "first-eigenvalue" "the first eigenvalue twice too large" "λ*_{1} → λ*_{1}(1 + s)" (fun s theory ->
                { theory with
                    Eigenvalues =
                        fun values ->
                            theory.Eigenvalues values
                            |> Array.mapi (fun k l -> if k = 0 then (1.0 + s) * l else l)
                })
            sized "start" "every entry of the start twice too large" "W(0) → W(0)(1 + s)" (fun s theory ->
                { theory with
                    Exact = fun values start -> theory.Exact values (start |> changed (fun _ w -> (1.0 + s) * w))
                })
            made "start-transposed" "the start read as V x d where it is d x V" (fun theory ->
                { theory with
                    Exact =
                        fun values start ->
                            let v, d, entries = values.Length, start.Dimension, start.ToRows()
                            theory.Exact values (start |> changed (fun e _ -> entries[e % v * d + e / v]))
                })
            made "aligned-start" "aligned with the target from the start, as Theorem 4.3 has it" (fun theory ->
                { theory with
                    Exact =
                        fun values start ->
                            let r = (theory.Exact values start).At(0.0<kappaTime>).EmbeddingsInEigenbasis()
                            let v = values.Length
                            theory.Exact values (r |> changed (fun e x -> if e / v = e % v then x else 0.0))
                })
            made "variance-over-d" "σ²/d taken for σ²" (fun theory ->
                { theory with
                    StartVariance = fun sigma d -> theory.StartVariance sigma d / float d
                })
            sized "start-variance" "λ_{k}(0) twice too large" "λ_{k}(0) → λ_{k}(0)(1 + s)" (fun s theory ->
                { theory with
                    StartVariance = fun sigma d -> (1.0 + s) * theory.StartVariance sigma d
                    StartVariances =
                        fun solution -> theory.StartVariances solution |> Array.map (fun v -> (1.0 + s) * v)
                })
            sized "step-delay" "the finite step ignored" "delay − 1 → (delay − 1)(1 − s)" (fun s theory ->
                { theory with
                    StepDelay = fun z -> 1.0 + (1.0 - s) * (theory.StepDelay z - 1.0)
                })
            sized "plateau" "λ*_{k} taken for its root at rest" "s_{k} → λ*_{k}^{(1 + s)/2}" (fun s theory ->
                { theory with
                    Plateau = fun eigenvalue -> theory.Plateau eigenvalue ** (1.0 + s)
                })
            sized "realisation-time" "τ_{k} twice too long" "τ_{k} → τ_{k}(1 + s)" (fun s theory ->
                { theory with
                    RealisationTime = fun start eigenvalue -> (1.0 + s) * theory.RealisationTime start eigenvalue
                })
        ]

    let private rankOne =
        [
            made "clipping" "eigenvalues clipped before the weight is applied, Eq. (10) as printed" (fun theory ->
                { theory with
                    RankOneMinimiser =
                        fun weights target spectrum d ->
                            // Eigenvectors scaled by the roots of their eigenvalues; one column per word.
                            let v, pairs = weights.Length, spectrum target
                            let vectors, values = pairs.Eigenvectors(), pairs.Eigenvalues()
                            let kept = values |> Seq.takeWhile (fun l -> l > 0.0) |> Seq.length

                            let columns =
                                Array.init v (fun i -> Array.init kept (fun k -> sqrt values[k] * vectors[k * v + i]))

                            let positivePart =
                                Array.Parallel.init v (fun i ->
                                    Array.init v (fun j ->
                                        Kernels.Dot(ReadOnlySpan columns[i], ReadOnlySpan columns[j])))
                                |> Array.concat

                            theory.RankOneMinimiser weights positivePart spectrum d
                })
        ]

    let private ends =
        [
            sized
                "marginals"
                "P_{i} taken from the pairs, as the row sums of P_{ij}"
                "P_{i} → P_{i} + s(Σ_{j}P_{ij} − P_{i})"
                (fun s theory ->
                    { theory with
                        Statistics =
                            fun words pairs ->
                                let v = words.Length
                                let scale = Array.sum words / Array.sum pairs
                                let rows = Array.init v (fun i -> scale * Array.sum pairs[i * v .. i * v + v - 1])
                                theory.Statistics (Array.map2 (fun n row -> n + s * (row - n)) words rows) pairs
                    })
            sized "subsampling-exponent" "the exponent f of Ψ off by a quarter" "f → f + s/4" (fun s theory ->
                { theory with
                    Subsampling = fun exponent -> theory.Subsampling(exponent + 0.25 * s)
                })
            made "other-target" "M* of the cross-entropy loss taken for that of L_sym, and the reverse" (fun theory ->
                { theory with
                    Target =
                        fun loss ->
                            theory.Target(
                                if loss.PositiveQuadratic = 0.0 then
                                    theory.Symmetric()
                                else
                                    theory.CrossEntropy()
                            )
                })
            sized
                "loss-size"
                "L_sym half as large, as in the expansion of word2vec's loss"
                "L_sym → L_sym 2^{−s}"
                (fun s theory ->
                    { theory with
                        Symmetric =
                            fun () ->
                                let loss, scale = theory.Symmetric(), 2.0 ** -s

                                QuadraticLoss.Of(
                                    scale * loss.PositiveQuadratic,
                                    scale * loss.PositiveLinear,
                                    scale * loss.NegativeQuadratic,
                                    scale * loss.NegativeLinear
                                )
                    })
            made "rank" "d − 1 modes learned in place of d" (fun theory ->
                { theory with
                    RankOneMinimiser =
                        fun weights target spectrum d -> theory.RankOneMinimiser weights target spectrum (d - 1)
                })
            sized
                "remainder"
                "what the rank-one weight leaves over ignored"
                "remainder → (1 − s) remainder"
                (fun s theory ->
                    { theory with
                        Remainder = fun weight product -> (1.0 - s) * theory.Remainder weight product
                    })
            sized "batch" "a batch twice as large" "pairs → pairs (1 + s)" (fun s theory ->
                { theory with
                    DescentNoise =
                        fun eigenvalues variances rates pairs ->
                            theory.DescentNoise
                                eigenvalues
                                variances
                                rates
                                (pairs |> Array.map (fun n -> (1.0 + s) * n))
                })
            sized "annealing" "the annealing of the rate ignored" "η_{n} → η_{n}^{1 − s} η_{0}^{s}" (fun s theory ->
                { theory with
                    DescentNoise =
                        fun eigenvalues variances rates ->
                            rates
                            |> Array.map (fun rate ->
                                if rate > 0.0 then rates[0] * (rate / rates[0]) ** (1.0 - s) else rate)
                            |> theory.DescentNoise eigenvalues variances
                })
            made "factors-exchanged" "W_{1} and W_{2} exchanged, so that M is transposed" (fun theory ->
                { theory with
                    TwoFactors = fun spectrum left right -> theory.TwoFactors spectrum right left
                })
            sized
                "conserved-sign"
                "the sum W_{1}W_{1}' + W_{2}W_{2}' taken for conserved"
                "W_{1}W_{1}' − (1 − 2s) W_{2}W_{2}'"
                (fun s theory ->
                    { theory with
                        Conserved =
                            fun left right ->
                                Array.map2 (fun c r -> c + 2.0 * s * r) (theory.Conserved left right) right
                    })
            sized "integrator-order" "the integrator of order 9" "8 → 8 + s" (fun s theory ->
                { theory with
                    IntegratorOrder = fun () -> theory.IntegratorOrder() + s
                })
            sized "noise-rate" "noise proportional to the learning rate" "η^{1/2} → η^{(1 + s)/2}" (fun s theory ->
                { theory with
                    NoiseInRate = fun () -> (1.0 + s) * theory.NoiseInRate()
                })
            sized "noise-batch" "noise inverse to the batch" "B^{−1/2} → B^{−(1 + s)/2}" (fun s theory ->
                { theory with
                    NoiseInBatch = fun () -> (1.0 + s) * theory.NoiseInBatch()
                })
            sized
                "step-rate"
                "the error of finite steps proportional to the square of the rate"
                "η → η^{1 + s}"
                (fun s theory ->
                    { theory with
                        StepInRate = fun () -> (1.0 + s) * theory.StepInRate()
                    })
            sized "peak-exponent" "twice the exponent of Eq. (84)" "σ^{2(1 − r)} → σ^{2(1 − r)(1 + s)}" (fun s theory ->
                { theory with
                    PeakExponent = fun ratio -> (1.0 + s) * theory.PeakExponent ratio
                })
            made "peak-ratio" "the exponent r in Eq. (84) in place of 1 − r" (fun theory ->
                { theory with
                    PeakExponent = fun ratio -> 1.0 - theory.PeakExponent ratio
                })
        ]

    let private word2Vec =
        [
            sized "negative-ratio" "k taken for 1" "k → k^{1 − s}" (fun s theory ->
                { theory with
                    NegativeRatio = fun k -> theory.NegativeRatio k ** (1.0 - s)
                })
            sized "negative-power" "negatives drawn as P instead of P^{3/4}" "3/4 → 3/4 + s/4" (fun s theory ->
                { theory with
                    NegativePower = fun () -> theory.NegativePower() + 0.25 * s
                })
            sized "subsampling" "frequent words not subsampled" "share kept → its power 1 − s" (fun s theory ->
                { theory with
                    Keep = fun threshold p -> theory.Keep threshold p ** (1.0 - s)
                })
            sized "subsampling-threshold" "the threshold of subsampling twice too high" "t → t(1 + s)" (fun s theory ->
                { theory with
                    Keep = fun threshold -> theory.Keep((1.0 + s) * threshold)
                })
            sized
                "restoring-force"
                "the restoring force of the quadratic loss taken for the logistic one's"
                "F(m) → F(m) + s(m − F(m))"
                (fun s theory ->
                    { theory with
                        RestoringForce =
                            fun m ->
                                let force = theory.RestoringForce m
                                force + s * (m - force)
                    })
            sized "temperature-weight" "Eq. (20) not divided by β" "weight βg → β^{1 + s}g" (fun s theory ->
                { theory with
                    TemperatureWeight = fun beta g -> beta ** s * theory.TemperatureWeight beta g
                })
        ]

    // The sum of squares of every column of W(0)V*.
    let private projections (solution: ExactSolution) =
        let r = solution.At(0.0<kappaTime>).EmbeddingsInEigenbasis()
        Array.init r.Dimension (fun k -> Seq.sum (Seq.init r.Dimension (fun i -> r[i, k] * r[i, k])))

    let private steps =
        [
            sized
                "start-projection"
                "‖W(0)v*_{k}‖² taken for R_{kk}(0)²"
                "R_{kk}(0)² → R_{kk}(0)² + s(‖W(0)v*_{k}‖² − R_{kk}(0)²)"
                (fun s theory ->
                    { theory with
                        StartVariances =
                            fun solution ->
                                Array.map2
                                    (fun own whole -> own + s * (whole - own))
                                    (theory.StartVariances solution)
                                    (projections solution)
                    })
            sized
                "saturation"
                "the cubic term of the aligned modes halved, as for two factors"
                "λ_{k} → λ*_{k}(1 + s) at rest, with the same growth before"
                (fun s theory ->
                    { theory with
                        AlignedVariance =
                            fun start eigenvalue time ->
                                theory.AlignedVariance start ((1.0 + s) * eigenvalue) (time / (1.0 + s))
                    })
            sized
                "reweighted-loss"
                "the target of subsampled text where Ψ multiplies the losses"
                "M* → M* + s(Z − 1)(M* + 1)"
                (fun s theory ->
                    { theory with
                        ReweightedTarget =
                            fun target z ->
                                theory.ReweightedTarget target z
                                |> Array.map (fun m -> m + s * (z - 1.0) * (m + 1.0))
                    })
        ]

    let private saddles =
        [
            made "origin-rates" "every mode's rate at W = 0 kept for all time" (fun theory ->
                { theory with
                    SaddleTimes = fun saddles lengths -> saddles.OriginTimes lengths
                })
            sized "saddle-times" "every mode's time twice too long" "t_{k} → t_{k}(1 + s)" (fun s theory ->
                { theory with
                    SaddleTimes =
                        fun saddles lengths -> theory.SaddleTimes saddles lengths |> Array.map (fun t -> (1.0 + s) * t)
                })
        ]

    let private meaning =
        [
            sized "difference" "the second word taken for the difference" "b − a → b − (1 − s)a" (fun s theory ->
                { theory with
                    Difference =
                        fun pair ->
                            let struct (first, second) = theory.Difference pair
                            struct ((1.0 - s) * first, second)
                })
            made "orientation" "every second pair of words turned round" (fun theory ->
                { theory with
                    Difference =
                        fun pair ->
                            let struct (first, second) = theory.Difference pair
                            let sign = if pair % 2 = 1 then -1.0 else 1.0
                            struct (sign * first, sign * second)
                })
            sized "stand-in-mean" "the mean difference left out of Eq. (62)" "E ξ → (1 − s) E ξ" (fun s theory ->
                { theory with
                    StandInMean = fun () -> (1.0 - s) * theory.StandInMean()
                })
            made "stand-in-noise" "the mean difference of Eq. (62) made noise: second moments about 0" (fun theory ->
                { theory with
                    StandInMean = fun () -> 0.0
                    StandInMeanSpread = fun () -> 1.0
                })
            sized "stand-in-spread" "the covariance left out of Eq. (62)" "Cov ξ → (1 − s)² Cov ξ" (fun s theory ->
                { theory with
                    StandInSpread = fun () -> (1.0 - s) * theory.StandInSpread()
                })
            sized "solved-from" "solved from 50% on, where 5% is meant" "P → 10^{s} P" (fun s theory ->
                { theory with
                    SolvedFrom = fun () -> 10.0 ** s * theory.SolvedFrom()
                })
            sized "population" "λ*² taken for the variances of features" "v_{k} → v_{k}^{1 + s}" (fun s theory ->
                { theory with
                    Population = fun values -> theory.Population values |> Array.map (fun v -> v ** (1.0 + s))
                })
            made "plain-law" "the plain Marchenko-Pastur law, all variances alike" (fun theory ->
                { theory with
                    BulkLaw = fun variances -> theory.BulkLaw(Array.create variances.Length (Array.average variances))
                })
        ]

    // Right answers where a, b and a' may be answers, by the score alone.
    let private inputsAllowed (embeddings: float array) d (family: AnalogyFamily) =
        let v = embeddings.Length / d
        let lengths = Array.zeroCreate<float> v

        for e in 0 .. embeddings.Length - 1 do
            lengths[e % v] <- lengths[e % v] + embeddings[e] * embeddings[e]

        // Cosines of a word with all words.
        let cosines word =
            let sums = Array.zeroCreate<float> v

            for k in 0 .. d - 1 do
                let own = embeddings[k * v + word]

                for i in 0 .. v - 1 do
                    sums[i] <- sums[i] + own * embeddings[k * v + i]

            sums |> Array.mapi (fun i sum -> sum / sqrt (lengths[i] * lengths[word]))

        let table =
            family.Pairs()
            |> Array.distinct
            |> Array.map (fun word -> word, cosines word)
            |> dict

        family.Questions()
        |> Array.chunkBySize 4
        |> Array.sumBy (fun question ->
            let a, b, c = table[question[0]], table[question[1]], table[question[2]]
            let score i = b[i] - a[i] + c[i]
            let wanted = score question[3]
            if Seq.forall (fun i -> score i <= wanted) (seq { 0 .. v - 1 }) then 1 else 0)

    let private analogies =
        [
            sized
                "closed-form"
                "the eigenvalues taken for their roots in the closed form"
                "W_{k} → W_{k} λ*_{k}^{s/2}"
                (fun s theory ->
                    { theory with
                        ClosedForm =
                            fun spectrum d ->
                                let powers = spectrum.Eigenvalues() |> Array.map (fun l -> max l 0.0 ** (0.5 * s))

                                theory.ClosedForm spectrum d
                                |> Array.mapi (fun e w -> powers[e / (spectrum.VocabularySize)] * w)
                    })
            made "inputs-allowed" "a, b and a' allowed as answers" (fun theory ->
                { theory with
                    RightAnswers = inputsAllowed
                })
            made "pairs-backwards" "the pairs of a family asked backwards" (fun theory ->
                { theory with
                    RightAnswers =
                        fun embeddings d family ->
                            theory.RightAnswers embeddings d (AnalogyFamily.FromPairs(Array.rev (family.Pairs())))
                })
        ]

    /// All of them, in the order of the theory.
    let all: Slip list =
        statistics
        @ losses
        @ dynamics
        @ rankOne
        @ ends
        @ word2Vec
        @ steps
        @ saddles
        @ meaning
        @ analogies
        @ SlipsAsPrinted.all
        @ SlipsOfFormulas.all

    /// The derived theory with a slip of size 1 in it.
    let theory id =
        (all |> List.find (fun slip -> slip.Id = id)).In 1.0 Theory.derived
