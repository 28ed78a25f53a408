/// Single symbols of the theory's formulas read wrong: a sign, a factor 2, a term, two names exchanged.
module internal Qwem.Validation.SlipsOfFormulas

open System
open Qwem.Theory
open Qwem.Validation.SlipOf

// A symbol is wrong or not: of the way from the right formula to the wrong one only the end is a mistake that someone makes.
let private symbol id mistake (change: float -> Theory -> Theory) = made id mistake (change 1.0)

let private statisticsAndLosses =
    [
        made "self-pair-frequency" "P_{ii} set to P_{i} in place of P_{i}²" (fun theory ->
            { theory with
                Statistics =
                    fun words pairs ->
                        let statistics = theory.Statistics words pairs
                        let p, v = statistics.Unigram(), statistics.VocabularySize

                        let joint =
                            statistics.Joint()
                            |> Array.mapi (fun e n -> if e / v = e % v then p[e / v] else n)

                        let total = Array.sum joint
                        CorpusStatistics(p, joint |> Array.map (fun n -> n / total))
            })
        symbol "target-minus-one" "the −1 left out of M*_{xe}" (fun s theory ->
            { theory with
                Target =
                    fun loss statistics ->
                        let target = theory.Target loss statistics

                        if loss.PositiveQuadratic = 0.0 then
                            target |> Array.map (fun m -> m + s)
                        else
                            target
            })
        symbol "target-inverted" "P_{ij} and P_{i}P_{j} exchanged in M*_{xe}" (fun s theory ->
            { theory with
                Target =
                    fun loss statistics ->
                        let target = theory.Target loss statistics

                        if loss.PositiveQuadratic = 0.0 then
                            target |> Array.map (fun m -> (1.0 + m) ** (1.0 - 2.0 * s) - 1.0)
                        else
                            target
            })
        symbol "sym-denominator" "P_{ij} left out of the denominator of M*_{sym}" (fun s theory ->
            { theory with
                Target =
                    fun loss statistics ->
                        let target = theory.Target loss statistics

                        if loss.PositiveQuadratic > 0.0 then
                            target |> Array.map (fun m -> m * (4.0 / (2.0 - m)) ** s)
                        else
                            target
            })
        symbol "negative-linear-sign" "the sign of d in M*" (fun s theory ->
            { theory with
                Target =
                    fun loss ->
                        theory.Target(
                            QuadraticLoss.Of(
                                loss.PositiveQuadratic,
                                loss.PositiveLinear,
                                loss.NegativeQuadratic,
                                (1.0 - 2.0 * s) * loss.NegativeLinear
                            )
                        )
            })
        symbol "weight-exchanged" "a and c exchanged in the weight G" (fun s theory ->
            { theory with
                Weight =
                    fun loss ->
                        let a, c = loss.PositiveQuadratic, loss.NegativeQuadratic
                        let mixed x y = (1.0 - s) * x + s * y

                        theory.Weight(QuadraticLoss.Of(mixed a c, loss.PositiveLinear, mixed c a, loss.NegativeLinear))
            })
        symbol "z-inverted" "Z inverted" (fun s theory ->
            { theory with
                Z = fun statistics psi -> theory.Z statistics psi ** (1.0 - 2.0 * s)
            })
        symbol "z-square" "the square left out of Z = Z_{u}²/Z_{j}" (fun s theory ->
            { theory with
                Z =
                    fun statistics psi ->
                        let sum =
                            Array.fold2 (fun sum p weight -> sum + p * weight) 0.0 (statistics.Unigram()) psi

                        theory.Z statistics psi * sum ** -s
            })
        symbol "pmi-outer" "the 2 before artanh left out of the PMI" (fun s theory ->
            { theory with
                MutualInformation = fun target -> 2.0 ** -s * theory.MutualInformation target
            })
        symbol "pmi-inner" "the 1/2 in the argument of artanh applied twice" (fun s theory ->
            { theory with
                MutualInformation = fun target -> theory.MutualInformation(2.0 ** -s * target)
            })
        symbol "taylor-bound" "the bound of the Taylor remainder half as large" (fun s theory ->
            { theory with
                TaylorBound = fun x -> 2.0 ** -s * theory.TaylorBound x
            })
    ]

// e^{2 lambda* kappa t}
let private growth eigenvalue (time: float<kappaTime>) = exp (2.0 * eigenvalue * float time)

let private aligned =
    [
        made "time-backwards" "the sign of the time of an aligned mode" (fun theory ->
            { theory with
                AlignedVariance =
                    fun start eigenvalue time ->
                        1.0
                        / (1.0 / eigenvalue + (1.0 / start - 1.0 / eigenvalue) * growth eigenvalue time)
            })
        symbol "variance-minus-one" "the −1 left out of the denominator of Theorem 4.3" (fun s theory ->
            { theory with
                AlignedVariance =
                    fun start eigenvalue time ->
                        let variance = theory.AlignedVariance start eigenvalue time
                        variance / (1.0 + s * variance / (eigenvalue * growth eigenvalue time))
            })
        symbol "no-saturation" "the saturation of an aligned mode left out" (fun s theory ->
            { theory with
                AlignedVariance =
                    fun start eigenvalue time ->
                        theory.AlignedVariance start eigenvalue time ** (1.0 - s)
                        * (start * growth eigenvalue time) ** s
            })
        symbol "half-rise-minus-one" "the −1 left out of the half-rise time" (fun s theory ->
            { theory with
                HalfRiseTime =
                    fun start eigenvalue ->
                        theory.HalfRiseTime start eigenvalue
                        - 1.0<kappaTime> * (s * log (1.0 - start / eigenvalue) / (2.0 * eigenvalue))
            })
        symbol "half-rise-two" "the 2 left out of the half-rise time" (fun s theory ->
            { theory with
                HalfRiseTime = fun start eigenvalue -> 2.0 ** s * theory.HalfRiseTime start eigenvalue
            })
        symbol "step-delay-inverted" "the delay by finite steps inverted" (fun s theory ->
            { theory with
                StepDelay = fun z -> theory.StepDelay z ** (1.0 - 2.0 * s)
            })
        symbol "implicit-step" "the delay of implicit steps taken for that of explicit ones" (fun s theory ->
            { theory with
                StepDelay = fun z -> theory.StepDelay((1.0 - 2.0 * s) * z)
            })
        symbol "staircase-square" "s in place of s² in what a mode explains" (fun s theory ->
            { theory with
                AlignedLoss =
                    fun variances eigenvalues norm time ->
                        let more =
                            Array.map2
                                (fun start eigenvalue ->
                                    let variance = theory.AlignedVariance start eigenvalue time
                                    variance ** (2.0 - s) - variance * variance)
                                variances
                                eigenvalues

                        theory.AlignedLoss variances eigenvalues norm time + Array.sum more / norm
            })
        symbol "staircase-two" "the 2 left out of what a mode explains" (fun s theory ->
            { theory with
                AlignedLoss =
                    fun variances eigenvalues norm time ->
                        let less =
                            Array.map2
                                (fun start eigenvalue -> eigenvalue * theory.AlignedVariance start eigenvalue time)
                                variances
                                eigenvalues

                        theory.AlignedLoss variances eigenvalues norm time + s * Array.sum less / norm
            })
    ]

// Y' (1 + C phi C')^{-1} Y with Y = C growth: the exact solution with a phi and a growth of one's own.
let private modelOf phi growth (solution: ExactSolution) (time: float<kappaTime>) =
    let eigenvalues = solution.Eigenvalues()
    let c = solution.At(0.0<kappaTime>).EmbeddingsInEigenbasis()
    let v, d, t = eigenvalues.Length, c.Dimension, float time

    let y =
        Array.init d (fun a -> Array.init v (fun k -> c[a, k] * growth eigenvalues[k] t))

    // Rows of 1 + C phi C', which is positive definite, beside those of Y.
    let rows =
        Array.init d (fun a ->
            let system =
                Array.init d (fun b ->
                    (if a = b then 1.0 else 0.0)
                    + Seq.sum (Seq.init v (fun k -> c[a, k] * phi eigenvalues[k] t * c[b, k])))

            Array.append system y[a])

    for pivot in 0 .. d - 1 do
        let scaled = rows[pivot] |> Array.map (fun x -> x / rows[pivot][pivot])

        for a in 0 .. d - 1 do
            let factor = rows[a][pivot]

            rows[a] <-
                if a = pivot then
                    scaled
                else
                    Array.map2 (fun x p -> x - factor * p) rows[a] scaled

    Array.init (v * v) (fun e -> Seq.sum (Seq.init d (fun a -> y[a][e / v] * rows[a][d + e % v])))

let private exact =
    let phi offset eigenvalue time =
        (exp (2.0 * eigenvalue * time) - 1.0 + offset) / eigenvalue

    let rate power eigenvalue time = exp (power * eigenvalue * time)

    [
        symbol "phi-minus-one" "the −1 left out of φ in the exact solution" (fun s theory ->
            { theory with
                ExactModel = modelOf (phi s) (rate 1.0)
            })
        symbol "phi-half" "φ of the exact solution halved" (fun s theory ->
            { theory with
                ExactModel = modelOf (fun eigenvalue time -> 2.0 ** -s * phi 0.0 eigenvalue time) (rate 1.0)
            })
        symbol "growth-two" "e^{2κλ*t} for e^{κλ*t} in the exact solution, φ unchanged" (fun s theory ->
            { theory with
                ExactModel = modelOf (phi 0.0) (rate (1.0 + s))
            })
    ]

let private others =
    [
        symbol "peak-clock" "the time of the peak of R_{ij}² told on the clock of the flow" (fun s theory ->
            { theory with
                PeakTime =
                    fun eigenvalueI eigenvalueJ variance ->
                        2.0 ** -s * theory.PeakTime eigenvalueI eigenvalueJ variance
            })
        symbol "negative-modes" "negative modes learned by their magnitude; at size −1, not clipped" (fun s theory ->
            { theory with
                VarianceAtRest = fun eigenvalue -> theory.VarianceAtRest eigenvalue + s * max -eigenvalue 0.0
            })
        symbol "edge-root" "the root left out of the upper edge of the Marchenko-Pastur law" (fun s theory ->
            { theory with
                NoiseEdge =
                    fun ratio variance ->
                        let root = sqrt (theory.NoiseEdge ratio variance / variance) - 1.0
                        variance * (1.0 + root ** (1.0 + s)) ** 2.0
            })
        symbol "density-ratio" "γ left out of the density of the Marchenko-Pastur law" (fun s theory ->
            { theory with
                NoiseDensity = fun ratio variance x -> ratio ** s * theory.NoiseDensity ratio variance x
            })
        made "analogy-exchanged" "a and b exchanged in an analogy" (fun theory ->
            { theory with
                SmoothScore =
                    fun embeddings family ->
                        family.Questions()
                        |> Array.chunkBySize 4
                        |> Array.collect (fun q -> [| q[1]; q[0]; q[2]; q[3] |])
                        |> AnalogyFamily.FromQuestions
                        |> theory.SmoothScore embeddings
            })
    ]

let all: Slip list = statisticsAndLosses @ aligned @ exact @ others
