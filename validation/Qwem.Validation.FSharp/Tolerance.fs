namespace Qwem.Validation

/// A bound together with the argument that gives it. Bounds are formulas of the settings, never of the residual.
type Tolerance = { Bound: float; Because: string }

module Tolerance =

    /// Half the spacing of doubles at 1.
    let unitRoundoff = System.Math.ScaleB(1.0, -53)

    /// How many standard errors a statistical gate allows: two-sided normal tail 2e-9 per comparison.
    let standardErrors = 6.0
