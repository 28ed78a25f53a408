namespace Qwem.Validation.TaskVectors

open Qwem.Sim.LinearAlgebra
open Qwem.Sim.Random
open Qwem.Sim.Threading
open Qwem.Validation
open Qwem.Validation.Meaning

/// How far the bulk of N Gaussian rows with the population lambda*_1..d lies from the law, by simulation: rows go through the same unit
/// lengths and loss of the mean as the differences of words.
type Ensemble =
    {
        /// N.
        Rows: int
        /// d.
        Dimension: int
        /// The law, mean 1.
        Law: Law
        /// Distances exceeded by 1% of the ensembles: with the scale of the law, and with that of the mean eigenvalue.
        Bound: float
        ScaledBound: float
        /// Mean distance, with the scale of the law.
        Mean: float
    }

module Ensemble =

    let simulate (learned: Learned) rows d draws (seed: uint64) (team: WorkerTeam) : Ensemble =
        let population = Array.sub learned.Eigenvalues 0 d
        let law = Law.generalised population (rows - 1)
        let roots = Array.map sqrt population
        let plain, scaled = Array.zeroCreate<float> draws, Array.zeroCreate<float> draws

        team.Run(
            draws,
            (fun draw ->
                let normal = GaussianSequence(Resampling.random seed (1000 * rows + d) draw)

                let matrix =
                    DenseMatrix(rows, d, Array.init (rows * d) (fun e -> roots[e % d] * normal.Next()))

                let eigenvalues = Bulk.ofRows matrix
                plain[draw] <- Law.distance law eigenvalues
                scaled[draw] <- Law.scaledDistance law eigenvalues)
        )

        {
            Rows = rows
            Dimension = d
            Law = law
            Bound = Resampling.quantile 0.99 plain
            ScaledBound = Resampling.quantile 0.99 scaled
            Mean = Array.average plain
        }

/// The bulk of one family at one size, beside the laws.
type FamilyBulk =
    {
        Family: Family
        Dimension: int
        /// N - 1 eigenvalues, unit rows, mean removed, divided by their mean.
        Eigenvalues: float array
        /// Distance from the generalised law of the population lambda*.
        Distance: float
        /// What 1% of Gaussian ensembles exceed.
        Bound: float
        /// Distance from the plain law with the d_eff that the authors read off the edge, and that d_eff.
        Fitted: float
        EffectiveDimension: float
        /// Distance from the plain law of ratio (N - 1) / d.
        Plain: float
    }

module FamilyBulk =

    /// The authors' fit: the ratio whose upper edge (1 + sqrt(N / d_eff))^2 is the second eigenvalue of the rows without their mean.
    /// They multiply it by a factor chosen by hand as well; here there is none.
    let private fittedRatio (eigenvalues: float array) =
        let root = sqrt eigenvalues[1] - 1.0
        root * root

    let measure (learned: Learned) (ensemble: Ensemble) (family: Family) : FamilyBulk =
        let d = ensemble.Dimension

        let eigenvalues =
            Bulk.differences (learned.Embeddings d) learned.VocabularySize d family.Pairs
            |> Bulk.ofRows

        let mean = Array.average eigenvalues
        let scaled = eigenvalues |> Array.map (fun x -> x / mean)
        let ratio = fittedRatio scaled

        {
            Family = family
            Dimension = d
            Eigenvalues = scaled
            Distance = Law.distance ensemble.Law scaled
            Bound = ensemble.ScaledBound
            Fitted = Law.distance (Law.plain ratio) scaled
            EffectiveDimension = float family.Count / ratio
            Plain = Law.distance (Law.plain (float (family.Count - 1) / float d)) scaled
        }
