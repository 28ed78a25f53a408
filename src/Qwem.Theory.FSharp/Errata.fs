namespace Qwem.Theory

open System.Collections.Generic

/// <summary>One place where the paper is wrong, ambiguous or loses a constant.</summary>
[<Sealed>]
type Erratum
    internal (id: string, location: string, printed: string, right: string, reason: string, demonstration: string) =

    /// <summary>Stable identifier, also the last part of its gate's name if it has one.</summary>
    member _.Id = id

    /// <summary>Where: version and equation.</summary>
    member _.Location = location

    /// <summary>What is printed there.</summary>
    member _.Printed = printed

    /// <summary>What is right.</summary>
    member _.Right = right

    /// <summary>Why, in a line.</summary>
    member _.Reason = reason

    /// <summary>Name of the test that demonstrates it.</summary>
    member _.Demonstration = demonstration

/// <summary>The corrections to arXiv 2502.09863 that this library proves and builds on.</summary>
/// <remarks>Proofs: docs/derivations.md. Equation numbers are of version 1 unless the location says otherwise.</remarks>
[<AbstractClass; Sealed>]
type Errata private () =

    static let all =
        [|
            Erratum(
                "xe-constant",
                "v1, text below Eq. (6)",
                "L_xe has c = 1",
                "Eq. (4) has c = 1/2",
                "With c = 1 the loss would ask for half of (P_ij - P_iP_j)/(P_iP_j).",
                "every erratum is measured: the correction holds and the printed form fails"
            )
            Erratum(
                "simclr-variance",
                "v1, Appendix A.1, Eqs. (18) to (20)",
                "the expansion about the origin has the second moment β^2 E M_ik^2 / 2",
                "it has the variance over k, β^2 Var_k(M_ik) / 2",
                "log x ≈ x - 1 (Eq. 18) drops -(x - 1)^2 / 2, which is of the same order as what is kept. The target is the same.",
                "as printed the quadratic loss is beta times SimClr, and exceeds the expansion by the squared means"
            )
            Erratum(
                "sgns-factor",
                "v1, Eq. (25)",
                "the quartic expansion of L_SGNS is L_sym",
                "it is 2 ln 2 + L_sym / 2",
                "log(1 + e^-x) = ln 2 - x/2 + x^2/8 + O(x^4): at the same learning rate SGNS starts out half as fast.",
                "the expansion is 2 ln 2 + L_sym / 2, not L_sym: same target, half the weight"
            )
            Erratum(
                "lost-half",
                "v1, Appendix B, Eqs. (32), (33), (36), (37)",
                "the loss is sum P_iP_j (M - M*)^2",
                "it is half of that, as in Eq. (6)",
                "Eq. (38) follows from (6); (37) would give twice its rate. Eq. (51) has the half again.",
                "completing the square gives the definition back"
            )
            Erratum(
                "subsampling-sign",
                "v1, Eq. (33)",
                "M - Z M* + Z - 1",
                "M - Z M* - Z + 1",
                "The subsampled target is exactly Z M* + (Z - 1).",
                "the printed sign of Eq. 33 fails the law it is tested by"
            )
            Erratum(
                "rank-one-clipping",
                "v1, Eq. (10)",
                "top_d of Λ*^{1/2} V*' Pd^{1/2}",
                "clipped top-d eigenpairs of Pd^{1/2} M* Pd^{1/2}",
                "Negative eigenvalues have no square root, and dropping them before the weights are applied is not optimal.",
                "Eq. 10 to the letter is strictly worse on most weighted targets with negative modes, and descent agrees"
            )
            Erratum(
                "appendix-clock",
                "v1, Appendix D.2, Eqs. (63) to (80)",
                "dW/dt = W(M* - W'W) with dλ/dt = λ(λ* - λ)",
                "dλ/dt is twice that: 2κ = 1 on the appendix's clock",
                "λ = s^2 and ds/dt = s(λ* - s^2); the clock also changes between Eqs. (77) and (80).",
                "every erratum is measured: the correction holds and the printed form fails"
            )
            Erratum(
                "alignment-peak",
                "v1, Eq. (83)",
                "max R_ij^2 has the constant λ_i λ_j^r / (λ_i + λ_j)",
                "it is (1 - r)(λ_i λ_j / (λ_i - λ_j))^r",
                "The printed time ignores the saturation of mode i; the constant is too small by (1 - r)^{1 - r}(1 + r), between 1 and 2.",
                "R_ij peaks where and as high as corrected, and above the paper's Eq. 83 by the predicted ratio"
            )
            Erratum(
                "triangular-singular-values",
                "v1, Appendix D.2",
                "R is upper triangular, so its singular values are its diagonal",
                "they differ by at most the norm of the off-diagonal part (Weyl, both sorted)",
                "A triangular matrix has its eigenvalues, not its singular values, on the diagonal.",
                "in the order of the modes Weyl's inequality is false, and the diagonal is not the singular values"
            )
            Erratum(
                "initial-condition",
                "final version, Result 3",
                "mode k starts from s_k(0), the singular values of W(0)",
                "it starts from R_kk(0), R of the QR factorisation of W(0)V*",
                "With s_k(0) every step comes a fixed fraction of its width too early, at any σ; with R_kk(0) the error vanishes.",
                "every erratum is measured: the correction holds and the printed form fails"
            )
            Erratum(
                "eckart-young",
                "v1, Eq. (52)",
                "the least loss is what the d largest modes by magnitude leave",
                "W'W is positive semidefinite: negative modes stay, and only positive ones count",
                "Eckart-Young has no sign constraint.",
                "Eq. 52 promises a loss that no embeddings reach when a large mode is negative"
            )
            Erratum(
                "transpose",
                "v1, Eq. (53)",
                "one transpose too many",
                "the product without it is symmetric",
                "As printed the product is no Gram matrix.",
                "Eq. 53 with its transpose as printed is no Gram matrix"
            )
            Erratum(
                "columns-beyond-d",
                "v1, Eqs. (75) to (81)",
                "the law has the factor of λ_j for every column j",
                "for j > d there is no R_jj and no such factor",
                "Columns beyond d decay like the growth of their own rate against mode i alone.",
                "beyond column d the law has no factor of mode j: with it, the decay after the peak is wrong"
            )
            Erratum(
                "modes-between",
                "v1, Appendix D.2, Eqs. (75), (80)",
                "the terms R_il R_kl R_kj are negligible at all times, so R_ij starts from R_ij(0) for good",
                "once a mode k between i and j is learned, R_ij(0) - R_ik(0) R_kj(0) / R_kk(0) takes the place of R_ij(0)",
                "R_ik R_kk R_kj is of the order of the terms kept as soon as R_kk^2 has reached λ_k.",
                "once the mode between two others is learned, the law needs the entry that this mode leaves"
            )
        |]

    /// <summary>All of them, in the order of the paper's argument.</summary>
    static member All: IReadOnlyList<Erratum> = all
