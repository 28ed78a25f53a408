namespace Qwem.Theory

open System.Collections.Generic

/// <summary>One place where the paper is wrong, ambiguous or loses a constant.</summary>
[<RequireQualifiedAccess; NoComparison>]
type Erratum =
    {
        /// <summary>Stable identifier, also the last part of its gate's name if it has one.</summary>
        Id: string
        /// <summary>Where: version and equation.</summary>
        Location: string
        /// <summary>What is printed there.</summary>
        Printed: string
        /// <summary>What is right.</summary>
        Right: string
        /// <summary>Why, in a line.</summary>
        Reason: string
        /// <summary>Name of the test that demonstrates it.</summary>
        Demonstration: string
    }

    /// <summary>Where, what is printed and what is right.</summary>
    override e.ToString() =
        $"{e.Location}: {e.Printed}; right: {e.Right}"

/// <summary>The corrections to arXiv 2502.09863 that this library proves and builds on.</summary>
/// <remarks>Proofs: docs/derivations.md. Equation numbers are of version 1 unless the location says otherwise.</remarks>
[<AbstractClass; Sealed>]
type Errata private () =

    static let all: Erratum[] =
        [|
            {
                Id = "xe-constant"
                Location = "v1, text below Eq. (6)"
                Printed = "L_xe has c = 1"
                Right = "Eq. (4) has c = 1/2"
                Reason = "With c = 1 the loss would ask for half of (P_ij - P_iP_j)/(P_iP_j)."
                Demonstration = "every erratum is measured: the correction holds and the printed form fails"
            }
            {
                Id = "simclr-variance"
                Location = "v1, Appendix A.1, Eqs. (18) to (20)"
                Printed = "the expansion about the origin has the second moment β^2 E M_ik^2 / 2"
                Right = "it has the variance over k, β^2 Var_k(M_ik) / 2"
                Reason =
                    "log x ≈ x - 1 (Eq. 18) drops -(x - 1)^2 / 2, which is of the same order as what is kept. The target is the same."
                Demonstration =
                    "as printed the quadratic loss is beta times SimClr, and exceeds the expansion by the squared means"
            }
            {
                Id = "sgns-factor"
                Location = "v1, Eq. (25)"
                Printed = "the quartic expansion of L_SGNS is L_sym"
                Right = "it is 2 ln 2 + L_sym / 2"
                Reason =
                    "log(1 + e^-x) = ln 2 - x/2 + x^2/8 + O(x^4): at the same learning rate SGNS starts out half as fast."
                Demonstration = "the expansion is 2 ln 2 + L_sym / 2, not L_sym: same target, half the weight"
            }
            {
                Id = "lost-half"
                Location = "v1, Appendix B, Eqs. (32), (33), (36), (37)"
                Printed = "the loss is sum P_iP_j (M - M*)^2"
                Right = "it is half of that, as in Eq. (6)"
                Reason = "Eq. (38) follows from (6); (37) would give twice its rate. Eq. (51) has the half again."
                Demonstration = "completing the square gives the definition back"
            }
            {
                Id = "subsampling-sign"
                Location = "v1, Eq. (33)"
                Printed = "M - Z M* + Z - 1"
                Right = "M - Z M* - Z + 1"
                Reason = "The subsampled target is exactly Z M* + (Z - 1)."
                Demonstration = "the printed sign of Eq. 33 fails the law it is tested by"
            }
            {
                Id = "rank-one-clipping"
                Location = "v1, Eq. (10)"
                Printed = "top_d of Λ*^{1/2} V*' Pd^{1/2}"
                Right = "clipped top-d eigenpairs of Pd^{1/2} M* Pd^{1/2}"
                Reason =
                    "Negative eigenvalues have no square root, and dropping them before the weights are applied is not optimal."
                Demonstration =
                    "Eq. 10 to the letter is strictly worse on most weighted targets with negative modes, and descent agrees"
            }
            {
                Id = "appendix-clock"
                Location = "v1, Appendix D.2, Eqs. (63) to (80)"
                Printed = "dW/dt = W(M* - W'W) with dλ/dt = λ(λ* - λ)"
                Right = "dλ/dt is twice that: 2κ = 1 on the appendix's clock"
                Reason = "λ = s^2 and ds/dt = s(λ* - s^2); the clock also changes between Eqs. (77) and (80)."
                Demonstration = "every erratum is measured: the correction holds and the printed form fails"
            }
            {
                Id = "alignment-peak"
                Location = "v1, Eq. (83)"
                Printed = "max R_ij^2 has the constant λ_i λ_j^r / (λ_i + λ_j)"
                Right = "it is (1 - r)(λ_i λ_j / (λ_i - λ_j))^r"
                Reason =
                    "The printed time ignores the saturation of mode i; the constant is too small by (1 - r)^{1 - r}(1 + r), between 1 and 2."
                Demonstration =
                    "R_ij peaks where and as high as corrected, and above the paper's Eq. 83 by the predicted ratio"
            }
            {
                Id = "triangular-singular-values"
                Location = "v1, Appendix D.2"
                Printed = "R is upper triangular, so its singular values are its diagonal"
                Right = "they differ by at most the norm of the off-diagonal part (Weyl, both sorted)"
                Reason = "A triangular matrix has its eigenvalues, not its singular values, on the diagonal."
                Demonstration =
                    "in the order of the modes Weyl's inequality is false, and the diagonal is not the singular values"
            }
            {
                Id = "initial-condition"
                Location = "final version, Result 3"
                Printed = "mode k starts from s_k(0), the singular values of W(0)"
                Right = "it starts from R_kk(0), R of the QR factorisation of W(0)V*"
                Reason =
                    "With s_k(0) every step comes a fixed fraction of its width too early, at any σ; with R_kk(0) the error vanishes."
                Demonstration = "every erratum is measured: the correction holds and the printed form fails"
            }
            {
                Id = "eckart-young"
                Location = "v1, Eq. (52)"
                Printed = "the least loss is what the d largest modes by magnitude leave"
                Right = "W'W is positive semidefinite: negative modes stay, and only positive ones count"
                Reason = "Eckart-Young has no sign constraint."
                Demonstration = "Eq. 52 promises a loss that no embeddings reach when a large mode is negative"
            }
            {
                Id = "transpose"
                Location = "v1, Eq. (53)"
                Printed = "one transpose too many"
                Right = "the product without it is symmetric"
                Reason = "As printed the product is no Gram matrix."
                Demonstration = "Eq. 53 with its transpose as printed is no Gram matrix"
            }
            {
                Id = "columns-beyond-d"
                Location = "v1, Eqs. (75) to (81)"
                Printed = "the law has the factor of λ_j for every column j"
                Right = "for j > d there is no R_jj and no such factor"
                Reason = "Columns beyond d decay like the growth of their own rate against mode i alone."
                Demonstration =
                    "beyond column d the law has no factor of mode j: with it, the decay after the peak is wrong"
            }
            {
                Id = "modes-between"
                Location = "v1, Appendix D.2, Eqs. (75), (80)"
                Printed = "the terms R_il R_kl R_kj are negligible at all times, so R_ij starts from R_ij(0) for good"
                Right =
                    "once a mode k between i and j is learned, R_ij(0) - R_ik(0) R_kj(0) / R_kk(0) takes the place of R_ij(0)"
                Reason = "R_ik R_kk R_kj is of the order of the terms kept as soon as R_kk^2 has reached λ_k."
                Demonstration =
                    "once the mode between two others is learned, the law needs the entry that this mode leaves"
            }
        |]

    /// <summary>All of them, in the order of the paper's argument.</summary>
    static member All: IReadOnlyList<Erratum> = all
