namespace Qwem.Validation.Theorem43

/// The losses of the experiment; both have the same weight on every pair of words, so the theory of section 4 is exact.
type Loss =
    /// L_xe (Eq. 4) on text subsampled with Psi_i = 1/P_i.
    | CrossEntropy
    /// L_sym (Eq. 11) with every pair reweighted by 1/(P_ij + P_i P_j).
    | Symmetric

    /// Short name in identifiers.
    member loss.Code =
        match loss with
        | CrossEntropy -> "xe"
        | Symmetric -> "sym"

    /// Name in titles.
    member loss.Title =
        match loss with
        | CrossEntropy -> "L_{xe}"
        | Symmetric -> "L_{sym}"

/// When a run is recorded, in units of tau_1: Early times while the subspaces align, from First to half of tau_1, and from
/// there to Last so densely that every rise is caught.
type Records =
    {
        First: float
        Early: int
        Last: float
    }

/// Everything that decides the numbers of experiment theorem-4.3.
type Settings =
    {
        /// V: how many of the counts' most frequent words are used.
        VocabularySize: int
        /// d.
        EmbeddingDimension: int
        /// sigma: a word's squared norm starts with mean sigma^2.
        InitialisationScale: float
        InitialisationSeed: uint64
        /// One stochastic gradient descent per seed.
        DescentSeeds: uint64 list
        /// Largest local error per step of the gradient flow, relative to each mode.
        FlowTolerance: float
        /// How much larger the tolerance of the second integration is that bounds the error of the first.
        CoarseFactor: float
        /// When the flow is recorded.
        FlowRecords: Records
        /// kappa h lambda_1: how far one step of the descent moves the fastest mode.
        DescentStep: float
        /// When the descents are recorded.
        DescentRecords: Records
        /// Positive pairs, and as many negative ones, in each step.
        PairsPerSign: int
        /// k of the top-k subspaces whose alignment is recorded.
        OverlapRanks: int array
    }

module Settings =

    /// The paper's Experiment 1.
    let full =
        {
            VocabularySize = 1000
            EmbeddingDimension = 128
            InitialisationScale = 1e-12
            InitialisationSeed = 1UL
            DescentSeeds = [ 1UL; 2UL; 3UL ]
            FlowTolerance = 5e-10
            CoarseFactor = 16.0
            FlowRecords =
                {
                    First = 0.02
                    Early = 50
                    Last = 25.0
                }
            DescentStep = 0.025
            DescentRecords = { First = 0.2; Early = 12; Last = 4.0 }
            PairsPerSign = 50_000
            OverlapRanks = [| 1; 2; 5; 10; 20; 50 |]
        }

    /// Seconds' worth of the same, for tests of the machinery: fewer words, dimensions, decades and steps.
    let smoke =
        { full with
            VocabularySize = 200
            EmbeddingDimension = 16
            InitialisationScale = 1e-6
            FlowRecords =
                {
                    First = 0.02
                    Early = 12
                    Last = 12.0
                }
            DescentRecords = { First = 0.2; Early = 4; Last = 2.5 }
            PairsPerSign = 20_000
            OverlapRanks = [| 1; 2; 5; 10 |]
        }
