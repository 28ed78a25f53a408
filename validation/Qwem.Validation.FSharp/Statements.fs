namespace Qwem.Validation

/// A numbered statement of the paper, the members that state it in code, and a test that proves it.
type Statement =
    {
        /// Where: version and number.
        Location: string
        What: string
        /// "Type" or "Type.Member" of Qwem.Theory.
        Members: string list
        /// Name of a test method.
        Test: string
    }

/// What both versions of the paper state, and where the code has it. A test compares every name with the assemblies.
module Statements =

    let private statement location what members test =
        {
            Location = location
            What = what
            Members = members
            Test = test
        }

    /// All statements, in the order of the paper.
    let all =
        [
            statement
                "v1 section 3, Appendix C.2; final section 2"
                "word frequencies and skip-gram probabilities from counts, self-pairs neutral"
                [ "CorpusStatistics.FromCounts"; "CorpusStatistics.WithNeutralSelfPairs" ]
                "the self-pair rule changes the diagonal and nothing else"
            statement
                "v1 Appendix C.2; final Appendix A.3"
                "dynamic windows: a pair at distance r counts L - r + 1"
                [ "DynamicWindow.Weight" ]
                "a pair of words alone in an article counts what a window of random radius gives it"
            statement
                "v1 section 3"
                "which marginals: how far sum_j P_ij is from P_i"
                [
                    "CorpusStatistics.MarginalMismatch"
                    "CorpusStatistics.MarginalTotalVariation"
                ]
                "margins that match have no mismatch and swapped ones have the stated one"
            statement
                "v1 Definition 4.1, Proposition 4.1"
                "the quadratic loss (a, b, c, d), its weight G and its target M*"
                [
                    "QuadraticLoss.Weight"
                    "QuadraticLoss.Target"
                    "QuadraticLoss.Constant"
                    "QuadraticLoss.Evaluate"
                ]
                "completing the square gives the definition back"
            statement
                "v1 Eqs. (4), (11), (20)"
                "L_xe, L_sym and SimCLR as presets"
                [ "QuadraticLoss.Xe"; "QuadraticLoss.Sym"; "QuadraticLoss.SimClr" ]
                "presets have the weights and targets of the table"
            statement
                "final Eqs. (3), (5); Setting 3.1"
                "separate reweighting of positive and negative pairs, k negatives, constant weight"
                [
                    "PairWeights"
                    "QuadraticLoss.Pairs"
                    "Weighting"
                    "QuadraticLoss.OmniscientReweighting"
                ]
                "omniscient weights make G constant at every k"
            statement
                "v1 Appendix A.1, Eqs. (16) to (20)"
                "the contrastive loss of SimCLR, its expansion as printed and the expansion about the origin"
                [ "InfoNceLoss" ]
                "the expansion of the contrastive loss is as close as its bound promises"
            statement
                "beyond the paper (v1 Appendix A.1)"
                "when the contrastive loss of batches makes its first step"
                [ "FirstRise.Steps"; "FirstRise.Shifts"; "FirstRiseShift" ]
                "small steps take the logistic's time to half of the plateau"
            statement
                "final section 2"
                "word2vec's subsampling and negative sampling as pair measures"
                [ "Word2Vec.Keep"; "Word2Vec.Measures" ]
                "at constant weight both signs weigh every pair alike, and word2vec's weights are those the theory reads"
            statement
                "v1 Eqs. (23) to (25)"
                "SGNS, its quartic expansion and what the expansion leaves"
                [ "SgnsLoss"; "TaylorRemainder.Remainder"; "TaylorRemainder.Bound" ]
                "SGNS is its quadratic expansion plus the remainder, within the bounds"
            statement
                "beyond the paper (v1 Eq. 25)"
                "by how much the logistic loss leads its expansion through the first rise"
                [ "Word2Vec.RestoringForce"; "Word2Vec.Lead"; "Word2VecLead" ]
                "along a frozen direction the logistic loss leads by less than its bound"
            statement
                "v1 Appendix A.3, Eqs. (26) to (31); final Appendix D.1"
                "PMI = 2 artanh(M*_sym / 2); PPMI and shifted PMI"
                [
                    "Target.MutualInformation"
                    "Target.PositiveMutualInformation"
                    "Target.ShiftedMutualInformation"
                ]
                "mutual information is the log ratio, from the corpus and from L_sym at every k"
            statement
                "v1 section 3, Appendix B, Eqs. (32) to (36)"
                "subsampling: Z, and the target Z M* + (Z - 1)"
                [
                    "CorpusStatistics.Subsample"
                    "SubsampledStatistics.Z"
                    "QuadraticLoss.SubsampledXeTarget"
                ]
                "the subsampled target of L_xe is exactly Z M* + (Z - 1)"
            statement
                "v1 section 4.1, below Eq. (6)"
                "eigenpairs of the target, certified"
                [ "TargetSpectrum.Certify"; "TargetSpectrum.Project" ]
                "eigenpairs are certified and a wrong one is found out"
            statement
                "v1 Theorem 4.3, Eqs. (7), (8), (46); final Lemma 3.1"
                "singular values under gradient flow from an aligned start"
                [
                    "AlignedSolution.Variance"
                    "AlignedSolution.SingularValue"
                    "AlignedSolution.LogVariance"
                ]
                "variance and deficit agree with fifty digits"
            statement
                "v1 Theorem 4.3, Eqs. (9), (50)"
                "the embeddings that training ends with"
                [ "Analogies.SpectralEmbeddings" ]
                "spectral embeddings are where the exact solution ends, from any start"
            statement
                "v1 Eqs. (47), (48)"
                "the exponential beginning and end of a mode's rise"
                [ "AlignedSolution.LogVariance"; "AlignedSolution.Deficit" ]
                "the rise begins and ends exponentially, as far as Eqs. 47 and 48 say"
            statement
                "v1 Eqs. (43), (44)"
                "the velocity of a variance while the singular vectors still turn"
                [ "HalfRiseLaw.VarianceVelocity" ]
                "the velocity of a variance is the derivative of the exact solution's"
            statement
                "v1 section 4.1, below Eq. (9), and Eq. (49)"
                "realisation and half-rise times, and their delay by finite steps"
                [
                    "AlignedSolution.RealisationTime"
                    "AlignedSolution.HalfRiseTime"
                    "AlignedSolution.DiscreteTimeFactor"
                    "AlignedSolution.EffectiveKappaTime"
                ]
                "at the realisation and half-rise times the variance is what they promise"
            statement
                "beyond the paper (final Result 3)"
                "the flow from any start, exactly"
                [
                    "ExactSolution.At"
                    "ExactSolution.AtMany"
                    "ExactState.SingularValues"
                    "ExactState.SubspaceOverlap"
                    "ExactState.Loss"
                ]
                "exact solution agrees with fifty digits"
            statement
                "beyond the paper (v1 Theorem 4.3, Appendix D.2)"
                "how far the half-rise times of a random start are from Theorem 4.3, mode by mode"
                [
                    "Misalignment.Shifts"
                    "Misalignment.HalfRiseShifts"
                    "Misalignment.StartShift"
                ]
                "the misalignment bounds how far half-rise times are from the aligned law, near ties and overtaken modes included"
            statement
                "beyond the paper (v1 Theorem 4.3)"
                "how near singular values are to their plateaus after a finite time"
                [ "PlateauShift.Of" ]
                "modes that the bound lets pass are at their plateaus within it"
            statement
                "beyond the paper (v1 section 4.2)"
                "how training starts out near W = 0, whatever weighs the pairs"
                [ "Linearisation.Grow"; "Linearisation.Lag"; "Linearisation.TimeTo" ]
                "the lag is what the quadratic term takes from a small model, and a little more"
            statement
                "beyond the paper (v1 section 4.2)"
                "how far minibatch descent with finite steps is from the flow"
                [ "MinibatchNoise"; "DescentDeviation" ]
                "the term of a finite step is what the steps of one mode do while it saturates"
            statement
                "beyond the paper (v1 section 3 and Appendix C.2; final limitations)"
                "the asymmetric model W1'W2 from a balanced start"
                [ "AsymmetricSolution"; "AsymmetricState"; "TargetSingularSpectrum" ]
                "the asymmetric flow agrees with an integration of both factors, at the integrator's order"
            statement
                "v1 Figure 1, panel B"
                "the loss staircase"
                [
                    "LossStaircase.At"
                    "LossStaircase.Plateaus"
                    "LossStaircase.RealisationTimes"
                ]
                "the staircase is the exact solution's loss from an aligned start"
            statement
                "v1 Theorem 4.4, Eqs. (10), (51) to (53); final Proposition 2"
                "the minimiser under a weight of rank one, and the printed formula"
                [
                    "RankOneWeights.Minimiser"
                    "RankOneWeights.Paper"
                    "RankOneWeights.PaperExcess"
                    "RankOneMinimiser"
                ]
                "no random positive semidefinite matrix of rank d beats the minimiser"
            statement
                "beyond the paper (v1 Theorem 4.4, Experiment 3)"
                "descent with a rate per word under a weight of rank one, and the noise of its minibatches"
                [ "WordClock"; "DescentNoise" ]
                "descents on drawn pairs end as far from the minimum as predicted"
            statement
                "v1 section 4.2, below Eq. (13); Figure 2, panel B"
                "the best weight of rank one for a general G"
                [ "RankOneApproximation" ]
                "the approximation is the leading eigenpair and no rival comes closer"
            statement
                "v1 Eqs. (14), (54); final Appendix A.4"
                "analogy accuracy"
                [ "Analogies.Accuracy"; "AnalogyFamily"; "AnalogyAccuracy" ]
                "the accuracy is that of the printed argmin of a norm"
            statement
                "v1 Figure 10"
                "the smooth analogy score"
                [ "Analogies.SmoothScore"; "Analogies.SmoothScores" ]
                "the smooth score is its formula, and not the one with b in front"
            statement
                "v1 Eqs. (15), (62)"
                "the Gaussian estimator of accuracy and the critical size"
                [
                    "Analogies.Estimate"
                    "AnalogyEstimator.Estimates"
                    "Analogies.CriticalSize"
                    "ProportionEstimate"
                    "CriticalDimension"
                ]
                "with two pairs the estimator has the expectation known in closed form"
            statement
                "v1 Appendix D.2, Eqs. (74) to (76)"
                "the motion of R, and what the approximations drop"
                [
                    "Alignment.Derivative"
                    "Alignment.LeadingDerivative"
                    "Alignment.DroppedByEq75"
                    "Alignment.DroppedByEq76"
                ]
                "integrating Eq. 74 from R(0) gives R(t), at the integrator's order"
            statement
                "v1 Eqs. (80) to (84)"
                "the leading-order law of alignment, its peak and exponent"
                [
                    "Alignment.OffDiagonalSquare"
                    "Alignment.CorrectedPeak"
                    "Alignment.PaperPeak"
                    "Alignment.PeakTime"
                    "Alignment.PeakExponent"
                ]
                "R_ij peaks where and as high as corrected, and above the paper's Eq. 83 by the predicted ratio"
            statement
                "v1 Appendix D.2"
                "how far singular values are from the diagonal of R (Weyl)"
                [ "Alignment.Gap"; "AlignmentGap" ]
                "Weyl's bound on singular values holds for the sorted diagonal, always"
            statement
                "beyond the paper (v1 Appendix D.2)"
                "how misalignment moves the half-rise time of a mode"
                [ "HalfRiseLaw.Of"; "HalfRise.Time"; "HalfRise.VarianceShift" ]
                "the half-rise time of an unaligned mode is the predicted one, to the order of what is neglected"
            statement
                "v1 Eq. (84)"
                "how small sigma must be for a wanted accuracy"
                [
                    "Alignment.IsSmallEnough"
                    "Alignment.LargestSigma"
                    "Alignment.MisalignmentBound"
                ]
                "at the largest sigma random starts keep the accuracy as often as promised, and the criterion is not idle"
            statement
                "beyond the paper (v1 section 4.3)"
                "any weight and word2vec's own loss: the saddles, rates and times of training from a small start"
                [
                    "PairwiseLoss.Of"
                    "PairwiseLoss.Sgns"
                    "SaddleSequence.Follow"
                    "SaddleSequence.Rates"
                    "SaddleSequence.HalfRiseTimes"
                ]
                "a constant weight gives Theorem 4.3: rates, heights, times and lengths of the start"
            statement
                "final section 4, Appendix A.6"
                "the Marchenko-Pastur law"
                [
                    "MarchenkoPastur.Density"
                    "MarchenkoPastur.Distribution"
                    "MarchenkoPastur.Quantile"
                ]
                "the closed distribution is the integral of the density"
            statement
                "beyond the paper (final Appendix A.6)"
                "the law of noise with any spectrum, without fitted factors"
                [
                    "GeneralisedMarchenkoPastur.Density"
                    "GeneralisedMarchenkoPastur.Distribution"
                    "GeneralisedMarchenkoPastur.Edges"
                ]
                "sampled matrices follow the law, closer and closer, and not the plain one"
            statement
                "final section 4"
                "where a shared direction leaves the bulk"
                [ "Spikes.TryOutlier"; "Spikes.Threshold"; "Spikes.MeanShare" ]
                "sampled outliers, overlaps and mean shares are where they should be"
            statement
                "final section 4, Figure 4"
                "signal-to-noise, localisation, participation and effective dimension of a word family"
                [
                    "FamilySpectrum.SignalToNoise"
                    "FamilySpectrum.Localisation"
                    "FamilySpectrum.InverseParticipationRatio"
                    "FamilySpectrum.EffectiveDimension"
                ]
                "signal-to-noise, mean share and participation keep their bounds"
        ]
