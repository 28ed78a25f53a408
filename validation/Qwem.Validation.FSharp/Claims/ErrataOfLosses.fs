/// Errata of the losses, of subsampling and of the rank-one weight, on the leading words of real counts, by sums from the definition.
module internal Qwem.Validation.Claims.ErrataOfLosses

open Qwem.Sim.Cooccurrence
open Qwem.Sim.LinearAlgebra
open Qwem.Sim.Threading
open Qwem.Theory
open Qwem.Validation
open Qwem.Validation.Claims.ErrataMeasurements

/// Leading words of the embedded statistics, and one random model of them.
type private Text =
    {
        Counts: LeadingCounts
        P: float array
        Joint: float array
        /// W'W of a random W whose words have a common mean, V x V.
        Model: float array
        Team: WorkerTeam
    }

    member text.Size = text.P.Length

    member text.Sum(entry: int -> int -> float) =
        let rows = Seq.init text.Size (fun i -> Seq.sum (Seq.init text.Size (entry i)))
        Seq.sum rows

    /// M*_xe by definition, of the subsampling 1 / P_i.
    member text.Subsampled =
        let v, p = text.Size, text.P
        let weights = text.Joint |> Array.mapi (fun e n -> n / (p[e / v] * p[e % v]))
        let total = Array.sum weights
        weights |> Array.map (fun n -> n / total * float (v * v) - 1.0)

let private text (counts: CooccurrenceCounts) (team: WorkerTeam) =
    let v, d = 100, 8
    let counts = Corpus.leading counts v
    let frequencies = Corpus.frequencies counts

    let w = DenseMatrix(v, d, gaussian 11UL 0.3 (v * d) |> Array.map (fun x -> x + 0.1))

    {
        Counts = counts
        P = frequencies.Words
        Joint = frequencies.Pairs
        Model = (Dense.gram w team).Values
        Team = team
    }

let private xeConstant (text: Text) =
    let independent = Array.allPairs text.P text.P |> Array.map (fun (a, b) -> a * b)
    let linear = Array.map2 (-) text.Joint independent
    let size = largest linear

    exact
        "xe-constant"
        "xe-constant"
        "largest gradient of Eq. (4) at the target, relative to that at 0"
        (16.0 * u * Array.max text.Joint / size)
        "rounding: eight operations on numbers up to the largest P_ij, on each side"
        (fun theory ->
            let target =
                theory.Target (theory.CrossEntropy()) (Corpus.statistics theory text.Counts)
            // Half the gradient of Eq. (4) in M: P_iP_j M - (P_ij - P_iP_j).
            Array.map3 (fun q m l -> abs (q * m - l)) independent target linear
            |> Curves.worst
            |> fun worst -> worst / size)

let private simClrVariance (text: Text) =
    let v, p, h = text.Size, text.P, 1e-3
    let rows = text.Model |> Array.chunkBySize v

    let overRows f =
        Array.map2 (fun weight row -> weight * f row) p rows |> Array.sum

    // The linear term is odd: (L(hM) + L(-hM)) / h^2 is twice the second-order term, up to h^2.
    let logarithm h =
        overRows (fun row -> log (Array.fold2 (fun sum weight x -> sum + weight * exp (h * x)) 0.0 p row))

    let second = (logarithm h + logarithm -h) / (h * h)

    exact
        "simclr-variance"
        "printed-simclr-variance"
        "relative error of the second-order term of the contrastive loss, against its second difference, β = 1 and a random model"
        ((h * h / 96.0 * overRows (fun row -> (Array.max row - Array.min row) ** 4.0)
          + float (2 * v + 8) * u / (h * h))
         / second)
        "a second difference of step h errs by h^2 / 12 times the fourth cumulant, which is at most 1/8 of the fourth power of a row's range; rounding: (2 V + 8) u / h^2"
        (fun theory -> abs (overRows (theory.ContrastiveSpread p) / second - 1.0))

let private sgnsFactor (text: Text) =
    let v = text.Size

    let onBoth f =
        text.Sum(fun i j -> f text.Joint[i * v + j] (text.P[i] * text.P[j]) text.Model[i * v + j])

    let above =
        onBoth (fun p q x -> p * (log (1.0 + exp -x) - log 2.0) + q * (log (1.0 + exp x) - log 2.0))

    let remainder = onBoth (fun p q x -> (p + q) * right.TaylorBound x)

    leadingOrder
        "sgns-factor"
        "sgns-factor"
        "distance of L_SGNS from its quadratic expansion, in units of the guaranteed remainder Σ x^4/192, a random model"
        1.0
        "the remainder of log(1 + e^-x) after the quadratic term is at most x^4/192"
        (fun theory ->
            let loss = theory.SkipGram()

            let quadratic =
                onBoth (fun p q x ->
                    (loss.PositiveQuadratic * p + loss.NegativeQuadratic * q) * x * x
                    - (loss.PositiveLinear * p + loss.NegativeLinear * q) * x)

            abs (above - quadratic) / remainder)

let private lostHalf (text: Text) =
    // Eq. (37): subsampled with Psi = 1/P, so that every P_i P_j is 1/V^2.
    let v, target = text.Size, text.Subsampled
    let q = 1.0 / float (v * v)

    // One term of Eq. (4) at M, less the same at M*; P_ij = P_iP_j (1 + M*_ij).
    let term i j =
        let x, y = text.Model[i * v + j], target[i * v + j]
        q * ((1.0 + y) * (y - x) + 0.5 * (x * x - y * y) + x - y)

    let above = text.Sum term
    let magnitude = text.Sum(fun i j -> abs (term i j))

    exact
        "lost-half"
        "printed-lost-half"
        "relative error of the loss above its minimum, Eq. (4) term by term against the square, Ψ = 1/P and a random model"
        (float (2 * v + 32) * u * magnitude / above)
        "rounding: sums of V rows of V terms, 32 operations in each, relative to the sum of the terms' magnitudes"
        (fun theory ->
            let statistics = Corpus.statistics theory text.Counts
            let subsampled = theory.Subsampled statistics (statistics.InverseFrequency())
            let loss = theory.CrossEntropy()
            let weight, least = theory.Weight loss subsampled, theory.Target loss subsampled

            let squares =
                text.Sum(fun i j -> let e = i * v + j in weight[e] * (text.Model[e] - least[e]) ** 2.0)

            abs (squares / above - 1.0))

let private subsamplingSign (text: Text) =
    let target = text.Subsampled

    exact
        "subsampling-sign"
        "z-sign"
        "largest difference between the target of subsampled text, by definition, and the law, relative to its largest entry"
        (float text.Size * u)
        "rounding: V u relative for the normalisations"
        (fun theory ->
            let statistics = Corpus.statistics theory text.Counts
            let plain = theory.Target (theory.CrossEntropy()) statistics
            let z = theory.Z statistics (statistics.InverseFrequency())

            Array.map2 (fun a b -> abs (a - b)) (theory.SubsampledTarget plain z) target
            |> Curves.worst
            |> fun worst -> worst / largest target)

let private rankOneClipping (text: Text) =
    let v, d, p = text.Size, 10, text.P
    // Pd^{1/2} M*_xe Pd^{1/2} by definition.
    let scaled =
        text.Joint
        |> Array.mapi (fun e n -> let q = p[e / v] * p[e % v] in (n - q) / sqrt q)

    let eigenvalues = (Dense.eigen scaled text.Team).Eigenvalues
    let norm = eigenvalues |> Array.sumBy (fun l -> l * l)

    let least =
        norm
        - (eigenvalues |> Array.take d |> Array.sumBy (fun l -> (max l 0.0) ** 2.0))

    let minimiser =
        Prediction(fun theory ->
            let statistics = Corpus.statistics theory text.Counts
            let target = theory.Target (theory.CrossEntropy()) statistics
            (RankOne.minimiser theory (statistics.Unigram()) target d text.Team).Model)

    exact
        "rank-one-clipping"
        "clipping"
        "loss of the predicted minimiser above the least one, relative, d = 10 on text without subsampling"
        (float (18 * v + 3 * d + 24) * u * norm / least)
        "rounding of the loss of a minimiser: (18 V + 3 d + 24) u ||Pd^{1/2} M* Pd^{1/2}||^2"
        (fun theory ->
            Dense.distance scaled (RankOne.scaled p (minimiser.Of theory)) ** 2.0 / least
            - 1.0
            |> abs)

/// On counts of a text of 100 words or more.
let all (counts: CooccurrenceCounts) (team: WorkerTeam) : Measured list =
    let text = text counts team

    [
        xeConstant text
        simClrVariance text
        sgnsFactor text
        lostHalf text
        subsamplingSign text
        rankOneClipping text
    ]
