namespace Qwem.Validation.Mutations

open System
open Qwem.Theory

/// The theory as a set of replaceable formulas, each the library's own function.
type Formulas =
    {
        /// s^2(t) from s^2(0), lambda*, kappa t.
        Variance: float -> float -> float -> float
        /// kappa t at which s^2 = lambda*/2, from s^2(0), lambda*.
        HalfRise: float -> float -> float
        /// kappa tau from s^2(0), lambda*.
        Realisation: float -> float -> float
        /// z / ln(1 + z).
        DiscreteFactor: float -> float
        /// M*_ij of L_xe from P_ij and P_i P_j.
        XeTarget: float -> float -> float
        /// M*_ij of L_sym.
        SymTarget: float -> float -> float
        /// M*_ij from (a, b, c, d), P_ij and P_i P_j.
        Target: float * float * float * float -> float -> float -> float
        /// G_ij from (a, c), P_ij and P_i P_j.
        Weight: float * float -> float -> float -> float
        /// Z from the statistics and Psi_i.
        Z: CorpusStatistics -> float array -> float
        /// The subsampled target from Z and M*_ij.
        Subsampled: float -> float -> float
        /// PMI from M*_sym.
        Pmi: float -> float
        /// Factor of L_sym in the expansion of SGNS.
        SgnsFactor: float
        /// Bound of the Taylor remainder at x.
        Remainder: float -> float
        /// max R_ij^2 from lambda_i, lambda_j, lambda_0.
        Peak: float -> float -> float -> float
        /// The clock's time of that peak.
        PeakTime: float -> float -> float -> float
        /// Exponent of lambda_0 in the peak.
        PeakExponent: float -> float -> float
        /// Weight of a pair at distance r in windows of half-width L.
        WindowWeight: int -> int -> int
        /// P_ii from P_i.
        SelfPair: float -> float
        /// The exact solution's Gram matrix (V x V) from lambda*, C (d x V), kappa t.
        Gram: float array -> float array -> float -> float array
        /// What a mode of lambda*, s^2 explains of ||M*||^2.
        Explained: float -> float -> float
        /// Variance of the minimiser for an eigenvalue.
        Clipped: float -> float
        /// Upper edge of the Marchenko-Pastur law from gamma and the variance.
        UpperEdge: float -> float -> float
        /// Density at x from gamma, the variance and x.
        Density: float -> float -> float -> float
        /// Smooth score of the question (a, b, a', b') from embeddings, d x V.
        Score: float array -> int -> int array -> float
    }

module Formulas =

    // The corpus of two words whose pair probability is p and product of frequencies q, for the entrywise formulas.
    let private entry
        (loss: QuadraticLoss)
        (read: QuadraticLoss -> CorpusStatistics -> float array)
        (p: float)
        (q: float)
        =
        let unigram = sqrt q

        let statistics =
            CorpusStatistics([| unigram; 1.0 - unigram |], [| p; 0.5 * (1.0 - p); 0.5 * (1.0 - p); 0.0 |])

        (read loss statistics)[0]

    let private target (loss: QuadraticLoss) =
        entry loss (fun loss statistics -> loss.Target statistics)

    /// The library.
    let correct =
        {
            Variance = fun start lambda time -> AlignedSolution.Variance(start, lambda, time * 1.0<kappaTime>)
            HalfRise = fun start lambda -> float (AlignedSolution.HalfRiseTime(start, lambda))
            Realisation = fun start lambda -> float (AlignedSolution.RealisationTime(start, lambda))
            DiscreteFactor = AlignedSolution.DiscreteTimeFactor
            XeTarget = target QuadraticLoss.Xe
            SymTarget = target QuadraticLoss.Sym
            Target = fun (a, b, c, d) -> target (QuadraticLoss.Of(a, b, c, d))
            Weight =
                fun (a, c) -> entry (QuadraticLoss.Of(a, 1.0, c, -1.0)) (fun loss statistics -> loss.Weight statistics)
            Z = fun statistics psi -> statistics.Subsample(psi).Z
            Subsampled = fun z m -> QuadraticLoss.SubsampledXeTarget([| m; m; m; m |], z)[0]
            Pmi = QuadraticLoss.PointwiseMutualInformation
            SgnsFactor =
                QuadraticLoss.SgnsQuartic.PositiveQuadratic
                / QuadraticLoss.Sym.PositiveQuadratic
            Remainder = TaylorRemainder.Bound
            Peak = fun i j start -> Alignment.CorrectedPeak(i, j, start, start)
            PeakTime = fun i j start -> float (Alignment.PeakTime(i, j, start))
            PeakExponent = fun i j -> Alignment.PeakExponent(i, j)
            WindowWeight = fun halfWidth r -> DynamicWindow.Weight(halfWidth, r)
            SelfPair =
                fun p ->
                    CorpusStatistics([| p; 1.0 - p |], [| 0.5; 0.0; 0.0; 0.5 |]).WithNeutralSelfPairs().Joint()
                    |> Array.head
            Gram =
                fun lambda start time ->
                    let start = Projection.OfRows(start, start.Length / lambda.Length)

                    ExactSolution(lambda, start).At(time * 1.0<kappaTime>).EmbeddingsInEigenbasis().Gram()
            Explained =
                fun lambda variance ->
                    // Of a one-mode target of norm 1: what the staircase has fallen by at that variance.
                    let staircase = LossStaircase([| variance / lambda |], [| 1.0 |], 1.0)
                    lambda * lambda * (1.0 - staircase.At 0.0<kappaTime>)
            Clipped =
                fun lambda ->
                    RankOneWeights([| 1.0 |], [| lambda |]).Minimiser(1).Embeddings.Gram()
                    |> Array.head
            UpperEdge = fun ratio variance -> MarchenkoPastur(ratio, variance).UpperEdge
            Density = fun ratio variance x -> MarchenkoPastur(ratio, variance).Density x
            Score =
                fun embeddings dimension question ->
                    Analogies.SmoothScore(
                        Embeddings.OfRows(embeddings, dimension),
                        AnalogyFamily.FromQuestions question
                    )
        }
