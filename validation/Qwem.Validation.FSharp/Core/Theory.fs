namespace Qwem.Validation

open System
open Qwem.Theory

/// Everything that a prediction uses: the theory as one value. The right one is Theory.derived; a slip changes one of its parts.
/// Predictions are functions of it, and nothing else in this project calls a closed form. Every part is a function, so that the parts
/// that a prediction reads can be recorded (`Prediction`).
[<NoEquality; NoComparison>]
type Theory =
    {
        // The corpus and the loss (docs/derivations.md, sections 1 to 3).

        /// What a pair at distance r counts in windows of half width L, in units of 1/L.
        WindowWeight: int -> int -> float
        /// P_i and P_ij of word counts (V) and pair counts (V x V), self-pairs set to P_i^2.
        Statistics: float array -> float array -> CorpusStatistics
        /// L_xe, L_sym, and what the logistic loss of word2vec is to second order.
        CrossEntropy: unit -> QuadraticLoss
        Symmetric: unit -> QuadraticLoss
        SkipGram: unit -> QuadraticLoss
        /// M* of a loss, V x V.
        Target: QuadraticLoss -> CorpusStatistics -> float array
        /// Z of a subsampling Psi.
        Z: CorpusStatistics -> float array -> float
        /// M* of subsampled text, of M* and Z.
        SubsampledTarget: float array -> float -> float array
        /// p_i, the weight of a word in subsampled text: Psi_i P_i, normalised.
        WordWeights: CorpusStatistics -> float array -> float array
        /// M* of a temperature 1 / beta, of M*_xe.
        Temperature: float -> float array -> float array

        // Training at constant weight (section 4).

        /// lambda*_k as they enter the dynamics, of those of M*.
        Eigenvalues: float array -> float array
        /// kappa of a constant weight g, per unit of eta_alg t; of one factor, and of two.
        Kappa: float -> float<kappaTime>
        TwoFactorKappa: float -> float<kappaTime>
        /// The solution from W(0)V* by eigenvalues.
        Exact: float array -> Projection -> ExactSolution
        /// lambda_k(0) as Theorem 4.3 has it, of sigma and d.
        StartVariance: float -> int -> float
        /// lambda_k(0) of a given start.
        StartVariances: ExactSolution -> float array
        /// lambda_k(t) of lambda_k(0), lambda*_k and kappa t.
        AlignedVariance: float -> float -> float<kappaTime> -> float
        /// kappa tau_k of lambda_k(0) and lambda*_k.
        RealisationTime: float -> float -> float<kappaTime>
        /// kappa t of half the plateau, of lambda_k(0) and lambda*_k.
        HalfRiseTime: float -> float -> float<kappaTime>
        /// s_k at rest, of lambda*_k.
        Plateau: float -> float
        /// By how much finite steps delay a mode, of kappa h lambda*_k.
        StepDelay: float -> float

        // Rank-one weights (section 5).

        /// M of the minimiser of sum p_i p_j (M - M*)_ij^2 over rank d, of p, the spectrum of Pd^{1/2} M* Pd^{1/2}, and d.
        RankOneMinimiser: float array -> float array -> (float array -> TargetSpectrum) -> int -> RankOneMinimiser

        // Where training ends and how errors fall (sections 3, 4.4, 5, 6 and 9).

        /// Psi_i of the exponent f, of P_i.
        Subsampling: float -> float array -> float array
        /// P_i and P_ij of text subsampled with Psi.
        Subsampled: CorpusStatistics -> float array -> CorpusStatistics
        /// G of a loss, V x V, and the loss of M = 0 above that of M*, negative: -sum G M*^2.
        Weight: QuadraticLoss -> CorpusStatistics -> float array
        LossConstant: QuadraticLoss -> CorpusStatistics -> float
        /// g of the best rank-one weight g g'.
        RankOneWeight: float array -> RankOneApproximation
        /// What that leaves over of G_ij, relative, of G_ij and g_i g_j.
        Remainder: float -> float -> float
        /// Variances of one pair's noise, d x V, of p, the spectrum of Pd^{1/2} M* Pd^{1/2}, d, M* and M.
        PairNoise: float array -> TargetSpectrum -> int -> float array -> float array -> float array
        /// Noise at the end of a descent, of the eigenvalues there and these variances, the rates and the pairs of each sign in every step.
        DescentNoise: float array -> float array -> float array -> float array -> DescentNoise
        /// The flow of two factors, of the target's singular triples, W1(0) and W2(0).
        TwoFactors: TargetSingularSpectrum -> Embeddings -> Embeddings -> AsymmetricSolution
        /// What two factors conserve, of W1 W1' and W2 W2'.
        Conserved: float array -> float array -> float array
        /// Order of the simulator's integrator.
        IntegratorOrder: unit -> float
        /// Exponents of descent's distance from the flow: in the rate and in the batch where noise rules, in the rate where steps do.
        NoiseInRate: unit -> float
        NoiseInBatch: unit -> float
        StepInRate: unit -> float
        /// Exponent of max R_ij^2 in sigma^2, of r = lambda_j / lambda_i, Eq. (84).
        PeakExponent: float -> float
        /// max R_ij^2 to leading order, of lambda_i, lambda_j, R_ii^2 and R_ij^2 at the start.
        PeakHeight: float -> float -> float -> float -> float

        // word2vec and SimCLR beside their quadratic models (section 2).

        /// k as it enters a loss: negative pairs per positive one.
        NegativeRatio: float -> float
        /// g of a loss whose two signs together weigh every pair of words alike, of k and V.
        EvenWeight: QuadraticLoss -> float -> int -> float
        /// The share of a word's occurrences that word2vec keeps, of the threshold and P_i.
        Keep: float -> float -> float
        /// The power of P_i with which word2vec draws negatives.
        NegativePower: unit -> float
        /// What the logistic loss pulls an inner product back with, m to first order.
        RestoringForce: float -> float
        /// g of the contrastive loss at inverse temperature beta, of beta and of g at 1.
        TemperatureWeight: float -> float -> float
        /// The number of steps to half of the first plateau, of the growth in one step and the start over the plateau.
        FirstRise: float -> float -> float

        // Any weight, and word2vec's own loss: from saddle to saddle (docs/derivations.md section 11).

        /// The saddles of a loss and the paths between them, of so many modes.
        Saddles: PairwiseLoss -> int -> SaddleSequence
        /// Where a model comes to rest next to given embeddings.
        RestNear: PairwiseLoss -> Embeddings -> Embeddings
        /// eta_alg t at which each mode is at half of its squared height, of the saddles and the start's lengths.
        SaddleTimes: SaddleSequence -> float array -> float array

        // What the steps of Theorem 4.3 add up to, and weights on the losses instead of the text (sections 3 and 4).

        /// ||M - M*||_F^2 / ||M*||_F^2 of aligned modes, of lambda_k(0), lambda*_k, ||M*||_F^2 and kappa t.
        AlignedLoss: float array -> float array -> float -> float<kappaTime> -> float
        /// M* where Psi multiplies the losses of the pairs, of M* and Z.
        ReweightedTarget: float array -> float -> float array

        // Analogies and task vectors (sections 7 and 8).

        /// The factors of a_n and b_n in the difference of pair number n.
        Difference: int -> struct (float * float)
        /// Eq. (62): the share of the family's mean difference that its Gaussians have, the standard deviation of that share, and their
        /// own standard deviations over the family's.
        StandInMean: unit -> float
        StandInMeanSpread: unit -> float
        StandInSpread: unit -> float
        /// The accuracy from which a family counts as solved.
        SolvedFrom: unit -> float
        /// Variances of the entries of a difference of random words, up to a factor, of lambda*_1..d.
        Population: float array -> float array
        /// The law of the eigenvalues of R R' / d of a population and of N.
        BulkLaw: float array -> int -> GeneralisedMarchenkoPastur
        /// The law of equal variances of mean 1, of N / d: what the authors fit.
        PlainLaw: float -> MarchenkoPastur
        /// One shared direction over noise, of column variances, the direction and N.
        SharedDirection: float array -> float array -> int -> Spikes

        // Embeddings without training, and analogies (section 7).

        /// Embeddings of a target itself, d x V, of its spectrum and d.
        ClosedForm: TargetSpectrum -> int -> float array
        /// How many of a family's questions embeddings, d x V, answer rightly, of these, d and the family.
        RightAnswers: float array -> int -> AnalogyFamily -> int

        // Formulas of Appendix D.2 and of the proofs that are printed wrong, and laws that no simulation reads (sections 2, 5 to 9).

        /// The second-order term of a row's contrastive loss, of P_k and M_ik.
        ContrastiveSpread: float array -> float array -> float
        /// kappa t of tau, the time of Appendix D.2.
        FlowTime: float<etaTime> -> float<kappaTime>
        /// tau at which R_ij^2 peaks to leading order, of lambda_i, lambda_j and R_ii^2 at the start.
        PeakTime: float -> float -> float -> float<etaTime>
        /// R_ij^2 to leading order, of lambda_i, lambda_j, R_ii^2, R_jj^2 and R_ij^2 at the start, and tau.
        OffDiagonalSquare: float -> float -> float -> float -> float -> float<etaTime> -> float
        /// R_jj^2 of R and j from 0, and what stands for it in columns beyond d.
        ColumnVariance: Projection -> int -> float
        /// What R_ij starts from once a mode k between has been learned, of R_ij, R_ik, R_kj and R_kk.
        EntryAfter: float -> float -> float -> float -> float
        /// How far singular values of R may be from its sorted diagonal, of the norm of everything else in R.
        DiagonalDistance: float -> float
        /// The least ||M - M*||_F^2 of embeddings of d dimensions, of lambda* and d.
        LeastLoss: float array -> int -> float
        /// Product of the factor of Eq. (53) with itself, of the factor, d x V, and d.
        FactorProduct: float array -> int -> float array
        /// V*' M V* of an exact solution at kappa t, V x V.
        ExactModel: ExactSolution -> float<kappaTime> -> float array
        /// s_k^2 at rest, of lambda*_k of either sign.
        VarianceAtRest: float -> float
        /// PMI_ij of M*_ij of L_sym.
        MutualInformation: float -> float
        /// Bound of what the quadratic terms leave over of log(1 + e^-x).
        TaylorBound: float -> float
        /// Upper edge and density of the Marchenko-Pastur law, of the ratio of the shapes, the variance (and x).
        NoiseEdge: float -> float -> float
        NoiseDensity: float -> float -> float -> float
        /// Score of a family of analogies without an argmax.
        SmoothScore: Embeddings -> AnalogyFamily -> float
    }

module Theory =

    /// The theory as derived in docs/derivations.md.
    let derived: Theory =
        {
            WindowWeight = fun halfWidth distance -> float (DynamicWindow.Weight(halfWidth, distance))
            Statistics = fun words pairs -> CorpusStatistics.FromCounts(words, pairs).WithNeutralSelfPairs()
            CrossEntropy = fun () -> QuadraticLoss.Xe
            Symmetric = fun () -> QuadraticLoss.Sym
            SkipGram = fun () -> QuadraticLoss.SgnsQuartic
            Target = fun loss statistics -> loss.Target statistics
            Z = fun statistics psi -> statistics.Subsample(psi).Z
            SubsampledTarget = fun target z -> QuadraticLoss.SubsampledXeTarget(target, z)
            WordWeights = fun statistics psi -> statistics.Subsample(psi).Statistics.Unigram()
            Temperature = fun beta target -> target |> Array.map (fun m -> m / beta)
            Eigenvalues = id
            Kappa = fun g -> 4.0<kappaTime> * g
            TwoFactorKappa = fun g -> 2.0<kappaTime> * g
            Exact = fun eigenvalues start -> ExactSolution(eigenvalues, start)
            StartVariance = fun sigma _ -> sigma * sigma
            StartVariances = _.RDiagonalSquared()
            AlignedVariance = fun start eigenvalue time -> AlignedSolution.Variance(start, eigenvalue, time)
            RealisationTime = fun start eigenvalue -> AlignedSolution.RealisationTime(start, eigenvalue)
            HalfRiseTime = fun start eigenvalue -> AlignedSolution.HalfRiseTime(start, eigenvalue)
            Plateau = sqrt
            StepDelay = AlignedSolution.DiscreteTimeFactor
            RankOneMinimiser =
                fun weights target spectrum d ->
                    let loss = RankOneWeights(weights, target)
                    loss.Minimiser(d, spectrum (loss.ScaledTarget()))
            Subsampling = fun exponent -> Array.map (fun p -> p ** -exponent)
            Subsampled = fun statistics psi -> statistics.Subsample(psi).Statistics
            Weight = fun loss statistics -> loss.Weight statistics
            LossConstant = fun loss statistics -> loss.Constant statistics
            RankOneWeight = RankOneApproximation
            Remainder = fun weight product -> weight / product - 1.0
            PairNoise =
                fun weights spectrum d target model -> WordClock.EntryVariances(weights, spectrum, d, target, model)
            DescentNoise =
                fun eigenvalues variances rates pairs ->
                    WordClock.Noise(eigenvalues, variances.Length / eigenvalues.Length, variances, rates, pairs)
            TwoFactors = fun spectrum left right -> AsymmetricSolution(spectrum, left, right)
            Conserved = Array.map2 (-)
            IntegratorOrder = fun () -> 8.0
            NoiseInRate = fun () -> 0.5
            NoiseInBatch = fun () -> -0.5
            StepInRate = fun () -> 1.0
            PeakExponent = fun ratio -> Alignment.PeakExponent(1.0, ratio)
            PeakHeight =
                fun eigenvalueI eigenvalueJ varianceI square ->
                    Alignment.CorrectedPeak(eigenvalueI, eigenvalueJ, varianceI, square)

            NegativeRatio = id
            EvenWeight = fun loss k v -> loss.PositiveQuadratic * (1.0 + k) / (float v * float v)
            Keep = fun threshold p -> Word2Vec.Keep(threshold, p)
            NegativePower = fun () -> 0.75
            RestoringForce = Word2Vec.RestoringForce
            TemperatureWeight = fun beta g -> beta * g
            FirstRise = fun growth start -> FirstRise.Steps(growth, start)

            Saddles = fun loss count -> SaddleSequence.Follow(loss, count)
            RestNear = fun loss start -> SaddleSequence.RestNear(loss, start)
            SaddleTimes = _.HalfRiseTimes

            AlignedLoss = fun variances eigenvalues norm time -> LossStaircase(variances, eigenvalues, norm).At time
            ReweightedTarget = fun target _ -> target

            Difference = fun _ -> struct (-1.0, 1.0)
            StandInMean = fun () -> 1.0
            StandInMeanSpread = fun () -> 0.0
            StandInSpread = fun () -> 1.0
            SolvedFrom = fun () -> 0.05
            Population = id
            BulkLaw = fun variances rows -> GeneralisedMarchenkoPastur.OfVariances(variances, rows)
            PlainLaw = fun ratio -> MarchenkoPastur(ratio, 1.0)
            SharedDirection = fun variances direction rows -> Spikes(variances, direction, rows)

            ClosedForm = fun spectrum d -> Analogies.SpectralEmbeddings(spectrum, d).ToRows()
            RightAnswers =
                fun embeddings d family ->
                    Analogies.Accuracy(Qwem.Theory.Embeddings.OfRows(embeddings, d), family).Correct
            ContrastiveSpread =
                fun weights row ->
                    let mean = Array.fold2 (fun sum p m -> sum + p * m) 0.0 weights row
                    Array.fold2 (fun sum p m -> sum + p * (m - mean) * (m - mean)) 0.0 weights row
            FlowTime = Clock.KappaTime
            PeakTime = fun eigenvalueI eigenvalueJ variance -> Alignment.PeakTime(eigenvalueI, eigenvalueJ, variance)
            OffDiagonalSquare =
                fun eigenvalueI eigenvalueJ varianceI varianceJ square time ->
                    Alignment.OffDiagonalSquare(eigenvalueI, eigenvalueJ, varianceI, varianceJ, square, time)
            ColumnVariance = fun r column -> if column < r.Dimension then r[column, column] * r[column, column] else 0.0
            EntryAfter = fun direct toMiddle fromMiddle middle -> direct - toMiddle * fromMiddle / middle
            DiagonalDistance = id
            LeastLoss =
                fun eigenvalues d ->
                    let v = eigenvalues.Length

                    let diagonal =
                        Array.init (v * v) (fun e -> if e / v = e % v then eigenvalues[e / v] else 0.0)

                    RankOneWeights(Array.create v 1.0, diagonal).Minimiser(d).Loss
            FactorProduct = fun factor d -> Embeddings.OfRows(factor, d).Gram()
            ExactModel = fun solution time -> solution.At(time).EmbeddingsInEigenbasis().Gram()
            VarianceAtRest =
                fun eigenvalue -> RankOneWeights([| 1.0 |], [| eigenvalue |]).Minimiser(1).Embeddings.Gram()[0]
            MutualInformation = QuadraticLoss.PointwiseMutualInformation
            TaylorBound = TaylorRemainder.Bound
            NoiseEdge = fun ratio variance -> MarchenkoPastur(ratio, variance).UpperEdge
            NoiseDensity = fun ratio variance x -> MarchenkoPastur(ratio, variance).Density x
            SmoothScore = fun embeddings family -> Analogies.SmoothScore(embeddings, family)
        }
