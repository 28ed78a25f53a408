namespace Qwem.Validation.TaskVectors

open System
open Qwem.Reports
open Qwem.Sim.LinearAlgebra
open Qwem.Validation
open Qwem.Validation.Meaning

module Gates =

    /// Sets of random pairs at each size.
    let private sets = 24

    /// Pairs in a set: as many as the largest families have.
    let pairs = 45

    /// Mean distance of the bulk of random pairs from the law of a population.
    let randomPairs
        (learned: Learned)
        (ensembles: Ensemble list)
        (seed: uint64)
        : (float array -> float array) -> float list =
        let bulks =
            ensembles
            |> List.map (fun ensemble ->
                let d = ensemble.Dimension
                let embeddings = learned.Embeddings d

                ensemble,
                Array.init sets (fun set ->
                    Bulk.randomPairs (Resampling.random seed 5 set) learned.VocabularySize ensemble.Rows
                    |> Bulk.differences embeddings learned.VocabularySize d
                    |> Bulk.ofRows))

        fun population ->
            bulks
            |> List.map (fun (ensemble, eigenvalues) ->
                let law =
                    Law.generalised
                        (population (Array.sub learned.Eigenvalues 0 ensemble.Dimension))
                        (ensemble.Rows - 1)

                eigenvalues |> Array.averageBy (Law.distance law))

    /// Random pairs of words: nothing is measured of them, the law follows from lambda* alone.
    let bulk
        (ensembles: Ensemble list)
        (distances: (float array -> float array) -> float list)
        : Gate<float array -> float array> =
        let list =
            String.Join(", ", ensembles |> List.map (fun ensemble -> Numbers.short ensemble.Bound))

        let sizes = String.Join(", ", ensembles |> List.map _.Dimension)

        {
            Id = "task-vectors/bulk"
            Claim =
                "The spectrum of the differences of random word pairs is the generalised Marchenko-Pastur law of the population λ*, with nothing fitted."
            Metric =
                $"Kolmogorov-Smirnov distance of {pairs} pairs, mean of {sets} sets, over its bound; the largest of d = {sizes}"
            Tolerance =
                {
                    Bound = 1.0
                    Because =
                        $"a distance of 1 is what 1%% of ensembles of {pairs} Gaussian rows with that population exceed, simulated with the same unit lengths and removal of the mean: {list}"
                }
            Gap =
                fun population ->
                    List.map2
                        (fun distance (ensemble: Ensemble) -> distance / ensemble.Bound)
                        (distances population)
                        ensembles
                    |> Curves.worst
            Mutations =
                [
                    "plain Marchenko-Pastur: all features alike", Array.map (fun _ -> 1.0)
                    "standard deviations λ* instead of variances", Array.map (fun v -> v * v)
                    "variances λ*^{1/2}", Array.map sqrt
                ]
        }

    /// The direction that stands apart is the mean difference. A belief is how pairs are turned.
    let sharedDirection (measured: (SharedDirection * float) list) (seed: uint64) : Gate<int -> float> =
        {
            Id = "task-vectors/shared-direction"
            Claim =
                "In every family and at every size the eigenvalue that stands apart belongs to the mean difference, more than it could by chance."
            Metric =
                "N|mean|²/λ_{max} that chance exceeds once in a hundred, over the measured one; the largest over families of at least 9 pairs and sizes"
            Tolerance =
                {
                    Bound = 1.0
                    Because =
                        "turning pairs round leaves the spectrum as it is and changes only the mean: the measured share must exceed what 1% of 4000 seeded random orientations of the same pairs exceed"
                }
            Gap =
                fun signs ->
                    measured
                    |> Seq.map (fun (one, chance) -> chance / SharedDirection.oriented one.Spectrum signs)
                    |> Curves.worst
            Mutations = [ "pairs in random orientation", SharedDirection.signs seed -1 ]
        }
