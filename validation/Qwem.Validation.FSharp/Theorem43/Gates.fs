namespace Qwem.Validation.Theorem43

/// Every comparison of experiment theorem-4.3 that can fail.
module Gates =

    /// All gates of one loss.
    let all (evidence: Evidence) =
        ExactGates.all evidence @ AlignedGates.all evidence @ DescentGates.all evidence
