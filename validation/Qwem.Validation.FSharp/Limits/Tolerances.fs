namespace Qwem.Validation.Limits

open Qwem.Validation

/// How far a trained model can be from the minimum when its gradient has fallen to a tolerance.
module Tolerances =

    // The eigenpairs of the prediction leave a gradient of 8 V u of the target themselves (Theorem43.Tolerances).
    let private gradient v tolerance =
        tolerance + 8.0 * float v * Tolerance.unitRoundoff

    /// ||Pd^{1/2} (M - M_predicted) Pd^{1/2}||_F. With X = Pd^{1/2} W' the loss is c ||X X' - A||^2. A gradient of tau times its
    /// linear part 4 c ||A X|| = 4 c (sum Lambda_k^3)^{1/2}, over the least curvature 4 c (Lambda_d - Lambda_{d+1}), is how far X
    /// can be from the minimum, and X X' is at most 2 Lambda_1^{1/2} times as far. To first order in tau.
    let scaledDistance (prediction: Prediction) d tolerance =
        let lambda = prediction.Eigenvalues
        let linear = sqrt (lambda |> Seq.take d |> Seq.sumBy (fun l -> l * l * l))

        2.0 * sqrt lambda[0] * gradient lambda.Length tolerance * linear
        / (lambda[d - 1] - max lambda[d] 0.0)

    /// The same for ||M - M_predicted||_F: two square roots of the smallest weight more.
    let distance (prediction: Prediction) d tolerance =
        scaledDistance prediction d tolerance / Array.min prediction.Weights

    let because tolerance =
        $"training stops at a gradient of %g{tolerance} of its linear part, and the eigenpairs leave 8 V u; divided by the least curvature of the loss at its minimum, Λ_{{d}} − Λ_{{d+1}}, to first order"
