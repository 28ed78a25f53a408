namespace Qwem.Validation

open Qwem.Theory

/// A mistake with a size: 0 changes nothing, 1 is what someone could really do.
[<NoEquality; NoComparison>]
type Slip =
    {
        /// Short name, as typed in 'qwem gate --suppose'.
        Id: string
        /// The mistake at size 1, as a phrase.
        Mistake: string
        /// What a size s does, where every size makes sense; empty for a mistake that is made or not.
        Continuous: string
        In: float -> Theory -> Theory
    }

/// The list of slips of the whole suite: every gate is shown each.
module Slip =

    let private made id mistake change =
        {
            Id = id
            Mistake = mistake
            Continuous = ""
            In = fun size theory -> if size = 0.0 then theory else change theory
        }

    let private sized id mistake effect change =
        {
            Id = id
            Mistake = mistake
            Continuous = effect
            In = fun size theory -> if size = 0.0 then theory else change size theory
        }

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
                    CrossEntropy = fun () -> QuadraticLoss(0.0, 1.0, 1.0, -1.0)
                })
            made "sgns-factor" "L_sym taken for the expansion of word2vec's loss, Eq. (25) as printed" (fun theory ->
                { theory with
                    SkipGram = theory.Symmetric
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
                    Exact = fun values start -> theory.Exact values (start |> Array.map (fun w -> (1.0 + s) * w))
                })
            made "start-transposed" "the start read as V x d where it is d x V" (fun theory ->
                { theory with
                    Exact =
                        fun values start ->
                            let v = values.Length
                            let d = start.Length / v
                            theory.Exact values (Array.init start.Length (fun e -> start[e % v * d + e / v]))
                })
            made "aligned-start" "aligned with the target from the start, as Theorem 4.3 has it" (fun theory ->
                { theory with
                    Exact =
                        fun values start ->
                            let r = (theory.Exact values start).At(0.0).EmbeddingsInEigenbasis()
                            let v = values.Length
                            theory.Exact values (r |> Array.mapi (fun e x -> if e / v = e % v then x else 0.0))
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
                    RankOneMinimiser = fun weights target _ d -> RankOneWeights(weights, target).Paper d
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

    /// All of them, in the order of the theory.
    let all: Slip list = statistics @ losses @ dynamics @ rankOne @ meaning

    /// The derived theory with a slip of size 1 in it.
    let theory id =
        (all |> List.find (fun slip -> slip.Id = id)).In 1.0 Theory.derived
