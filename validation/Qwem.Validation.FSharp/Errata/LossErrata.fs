namespace Qwem.Validation.Errata

open Qwem.Sim.Cooccurrence
open Qwem.Sim.LinearAlgebra
open Qwem.Sim.Threading
open Qwem.Theory
open Qwem.Validation
open Qwem.Validation.Errata.Samples

/// Errata of the losses and of subsampling, on the leading words of real counts.
module LossErrata =

    /// Leading words of the embedded statistics: enough for the effects, and seconds instead of minutes.
    let private vocabularySize = 200

    /// Statistics of the leading words, self-pairs neutral.
    let internal corpus (counts: CooccurrenceCounts) =
        let words, pairs = EmbeddedCounts.leading counts vocabularySize
        CorpusStatistics.FromCounts(Array.map float words, pairs).WithNeutralSelfPairs()

    let private xeConstant (stats: CorpusStatistics) =
        let joint = stats.Joint()
        let p = stats.Unigram()
        let independent = Array.allPairs p p |> Array.map (fun (a, b) -> a * b)
        let linear = Array.map2 (-) joint independent
        let size = maxAbs linear

        let gap reading =
            let target =
                match reading with
                | Corrected -> QuadraticLoss.Xe.Target stats
                | AsPrinted -> QuadraticLoss.Of(0.0, 1.0, 1.0, -1.0).Target stats

            // Half the gradient of Eq. (4) in M: P_iP_j M - (P_ij - P_iP_j).
            Array.map3 (fun q m l -> abs (q * m - l)) independent target linear
            |> Curves.worst
            |> fun worst -> worst / size

        {
            Id = "xe-constant"
            Metric = "largest gradient of Eq. (4) at the target, relative to that at 0"
            Bound = 8.0 * u * Array.max joint / size
            Because = "rounding: four operations on numbers up to the largest P_ij, on each side"
            Gap = gap
        }

    /// W'W for a random W whose words have a common mean, V x V row-major.
    let private model seed size d team =
        let w =
            DenseMatrix(size, d, gaussian seed (size * d) |> Array.map (fun x -> 0.3 * x + 0.1))

        let gram = DenseMatrix(size, size)
        MatrixProduct.Multiply(1.0, w, false, w, true, 0.0, gram, team)
        gram.Values

    /// Sum over rows of the sums of their entries.
    let private sumByRows size (entry: int -> int -> float) =
        Seq.init size (fun i -> Seq.init size (entry i) |> Seq.sum) |> Seq.sum

    let private lostHalf (stats: CorpusStatistics) team =
        // Eq. (37): subsampled with Psi = 1/P, so that every P_i P_j is 1/V^2.
        let subsampled = stats.Subsample(stats.InverseFrequency()).Statistics
        let v = subsampled.VocabularySize
        let p, joint = subsampled.Unigram(), subsampled.Joint()
        let m = model 13UL v 8 team
        let target i j = joint[i * v + j] / (p[i] * p[j]) - 1.0

        // One term of Eq. (4) at M, less the same at M*.
        let term i j =
            let x, y = m[i * v + j], target i j
            joint[i * v + j] * (y - x) + p[i] * p[j] * (0.5 * (x * x - y * y) + x - y)

        let measured = sumByRows v term
        let magnitude = sumByRows v (fun i j -> abs (term i j))

        let square =
            sumByRows v (fun i j -> p[i] * p[j] * (m[i * v + j] - target i j) ** 2.0)

        {
            Id = "lost-half"
            Metric =
                "relative error of the loss above its minimum, Eq. (4) term by term against the square, Ψ = 1/P and a random model"
            Bound = float (2 * v + 16) * u * magnitude / measured
            Because =
                "rounding: sums of V rows of V terms, 16 operations in each, relative to the sum of the terms' magnitudes"
            Gap =
                fun reading ->
                    let factor = if reading = Corrected then 0.5 else 1.0
                    abs (factor * square / measured - 1.0)
        }

    let private simClrVariance (stats: CorpusStatistics) team =
        let v = stats.VocabularySize
        let p = stats.Unigram()
        let m, h = model 17UL v 8 team, 1e-3

        /// sum_k P_k f(M_ik)
        let average i (f: float -> float) =
            Seq.init v (fun k -> p[k] * f m[i * v + k]) |> Seq.sum

        let overRows (f: int -> float) =
            Seq.init v (fun i -> p[i] * f i) |> Seq.sum

        // The loss's linear term is odd: (L(hM) + L(-hM)) / h^2 is twice the second-order term, up to h^2.
        let logarithm h =
            overRows (fun i -> log (average i (fun x -> exp (h * x))))

        let measured = (logarithm h + logarithm -h) / (h * h)
        let moment = overRows (fun i -> average i (fun x -> x * x))
        let means = overRows (fun i -> (average i id) ** 2.0)

        let width i =
            let row = m[i * v .. i * v + v - 1]
            Array.max row - Array.min row

        {
            Id = "simclr-variance"
            Metric =
                "relative error of the second-order term of the contrastive loss, against its second difference, β = 1 and a random model"
            Bound =
                (h * h / 96.0 * overRows (fun i -> width i ** 4.0)
                 + float (2 * v + 8) * u / (h * h))
                / measured
            Because =
                "a second difference of step h errs by h^2 / 12 times the fourth cumulant, which is at most 1/8 of the fourth power of a row's range; rounding: (2 V + 8) u / h^2"
            Gap =
                fun reading ->
                    let predicted =
                        match reading with
                        | Corrected -> moment - means
                        | AsPrinted -> moment

                    abs (predicted / measured - 1.0)
        }

    let private sgnsFactor (stats: CorpusStatistics) team =
        let v = stats.VocabularySize
        let pairs = PairWeights.Uniform(stats, 1.0)
        let sgns = SgnsLoss pairs
        let m = model 11UL v 8 team
        let exact = sgns.Evaluate m
        let quadratic = QuadraticLoss.Sym.Evaluate(stats, m)

        {
            Id = "sgns-factor"
            Metric = "distance of L_SGNS from its quadratic expansion, in units of the guaranteed remainder sum x^4/192"
            Bound = 1.0
            Because = "the remainder of log(1 + e^-x) after the quadratic term is at most x^4/192"
            Gap =
                fun reading ->
                    let factor = if reading = Corrected then 0.5 else 1.0
                    abs (exact - sgns.Offset - factor * quadratic) / sgns.Bound m
        }

    let private subsamplingSign (stats: CorpusStatistics) =
        let subsampled = stats.Subsample(stats.InverseFrequency())
        let plain = QuadraticLoss.Xe.Target stats
        let reweighted = QuadraticLoss.Xe.Target subsampled.Statistics
        let z = subsampled.Z

        {
            Id = "subsampling-sign"
            Metric = "largest difference between the target of subsampled text and the law"
            Bound = float stats.VocabularySize * u * maxAbs plain
            Because = "rounding: V u relative for the normalisations, times the largest entry"
            Gap =
                fun reading ->
                    let shift = if reading = Corrected then z - 1.0 else 1.0 - z

                    Array.map2 (fun target m -> abs (target - (z * m + shift))) reweighted plain
                    |> Curves.worst
        }

    let all (stats: CorpusStatistics) (team: WorkerTeam) : Measurement list =
        [
            xeConstant stats
            simClrVariance stats team
            sgnsFactor stats team
            lostHalf stats team
            subsamplingSign stats
        ]
