/// Formulas of the paper as it prints them, where other lists do not have them already.
module internal Qwem.Validation.SlipsAsPrinted

open Qwem.Theory
open Qwem.Validation.SlipOf

// Eq. (53): the factor, d x V, multiplied with itself where it should be multiplied with its transpose.
let private untransposed (theory: Theory) (factor: float array) d =
    let v = factor.Length / d

    if v <> d then
        theory.FactorProduct factor d
    else
        Array.init (v * v) (fun e -> Seq.sum (Seq.init v (fun k -> factor[e / v * v + k] * factor[k * v + e % v])))

let all =
    [
        sized
            "printed-lost-half"
            "the loss without its 1/2, Eqs. (32), (33), (36) and (37) as printed"
            "G → G(1 + s)"
            (fun s theory ->
                { theory with
                    Weight = fun loss statistics -> theory.Weight loss statistics |> Array.map (fun g -> (1.0 + s) * g)
                })
        sized
            "printed-simclr-variance"
            "the second moment in place of the variance, Eqs. (18) to (20) as printed"
            "Var_{k}(M_{ik}) → Var_{k}(M_{ik}) + s(E_{k} M_{ik})²"
            (fun s theory ->
                { theory with
                    ContrastiveSpread =
                        fun weights row ->
                            let mean = Array.fold2 (fun sum p m -> sum + p * m) 0.0 weights row
                            theory.ContrastiveSpread weights row + s * mean * mean
                })
        sized
            "printed-appendix-clock"
            "dλ/dt half as large, as printed in Appendix D.2, Eqs. (63) to (80)"
            "t → 2^{s} t"
            (fun s theory ->
                { theory with
                    FlowTime = fun time -> 2.0 ** s * theory.FlowTime time
                })
        sized
            "printed-alignment-peak"
            "the height of the peak of R_{ij}² as printed in Eq. (83)"
            "R_{ij}² → R_{ij}² ((1 − r)^{1 − r}(1 + r))^{−s}"
            (fun s theory ->
                { theory with
                    PeakHeight =
                        fun eigenvalueI eigenvalueJ variance square ->
                            let ratio = Alignment.PeakRatio(eigenvalueI, eigenvalueJ)
                            theory.PeakHeight eigenvalueI eigenvalueJ variance square / ratio ** s
                })
        sized
            "printed-peak-time"
            "the time of the peak of R_{ij}² as printed in Eq. (83)"
            "τ → τ + s ln(1 − r)/λ*_{i}"
            (fun s theory ->
                { theory with
                    PeakTime =
                        fun eigenvalueI eigenvalueJ variance ->
                            let printed = Alignment.PaperPeakTime(eigenvalueI, eigenvalueJ, variance)
                            let time = theory.PeakTime eigenvalueI eigenvalueJ variance
                            time + s * (printed - time)
                })
        made
            "printed-triangular"
            "the diagonal of R taken for its singular values, as printed in Appendix D.2"
            (fun theory ->
                { theory with
                    DiagonalDistance = fun _ -> 0.0
                })
        sized
            "printed-start"
            "the singular values of W(0) taken for R_{kk}(0), as printed in Result 3 of the final version"
            "R_{kk}² → R_{kk}^{2 − 2s} s_{k}^{2s}"
            (fun s theory ->
                { theory with
                    StartVariances =
                        fun solution ->
                            let singular = solution.At(0.0<kappaTime>).SingularValues()

                            Array.map2
                                (fun own value -> own ** (1.0 - s) * value ** (2.0 * s))
                                (theory.StartVariances solution)
                                singular
                })
        made
            "printed-eckart-young"
            "the modes largest in magnitude taken for the learned ones, Eq. (52) as printed"
            (fun theory ->
                { theory with
                    LeastLoss =
                        fun eigenvalues d ->
                            eigenvalues
                            |> Array.sortByDescending abs
                            |> Array.skip d
                            |> Array.sumBy (fun l -> l * l)
                })
        made "printed-transpose" "the product of Eq. (53) with its transpose as printed" (fun theory ->
            { theory with
                FactorProduct = untransposed theory
            })
        sized
            "printed-columns"
            "a factor of λ_{j} in columns beyond d as well, Eqs. (75) to (81) as printed"
            "R_{jj}² → R_{jj}² + s R_{dd}² for j > d"
            (fun s theory ->
                { theory with
                    ColumnVariance =
                        fun r column ->
                            let last = r.Dimension - 1
                            let beyond = if column > last then s * r[last, last] * r[last, last] else 0.0
                            theory.ColumnVariance r column + beyond
                })
        sized
            "printed-modes-between"
            "what the modes between i and j do left out, Eqs. (75) and (80) as printed"
            "R_{ik}R_{kj}/R_{kk} → (1 − s) R_{ik}R_{kj}/R_{kk}"
            (fun s theory ->
                { theory with
                    EntryAfter =
                        fun direct toMiddle fromMiddle middle ->
                            let entry = theory.EntryAfter direct toMiddle fromMiddle middle
                            entry + s * (direct - entry)
                })
    ]
