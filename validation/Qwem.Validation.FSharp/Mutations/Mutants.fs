namespace Qwem.Validation.Mutations

open System

/// A theory with one symbol wrong.
type Mutant = { Name: string; Formulas: Formulas }

/// The theories that the census must reject.
module Mutants =

    let private c = Formulas.correct
    let private mutant name formulas = { Name = name; Formulas = formulas }

    let private phi lambda time =
        (Math.Exp(2.0 * lambda * time) - 1.0) / lambda

    // The exact solution of two rows with phi and growth of one's own: Y' (1 + C phi C')^{-1} Y, a 2 x 2 inverse.
    let private gramOf phi growth (lambda: float array) (start: float array) time =
        let v = lambda.Length

        let n a b =
            (if a = b then 1.0 else 0.0)
            + Seq.sum (Seq.init v (fun k -> start[a * v + k] * start[b * v + k] * phi lambda[k] time))

        let n00, n01, n11 = n 0 0, n 0 1, n 1 1

        let y a k =
            start[a * v + k] * growth lambda[k] time

        Array.init (v * v) (fun e ->
            let j, k = e / v, e % v

            (y 0 j * (n11 * y 0 k - n01 * y 1 k) + y 1 j * (n00 * y 1 k - n01 * y 0 k))
            / (n00 * n11 - n01 * n01))

    let all =
        [
            mutant
                "kappa twice too large"
                { c with
                    Variance = fun s l t -> c.Variance s l (2.0 * t)
                }
            mutant
                "time runs backwards"
                { c with
                    Variance = fun s l t -> let e = Math.Exp(-2.0 * l * t) in s * l * e / (l + s * (e - 1.0))
                }
            mutant
                "the -1 of Theorem 4.3 dropped"
                { c with
                    Variance = fun s l t -> let e = Math.Exp(2.0 * l * t) in s * l * e / (l + s * e)
                }
            mutant
                "saturation dropped"
                { c with
                    Variance = fun s l t -> s * Math.Exp(2.0 * l * t)
                }
            mutant
                "half rise without its -1"
                { c with
                    HalfRise = fun s l -> Math.Log(l / s) / (2.0 * l)
                }
            mutant
                "half rise without its 2"
                { c with
                    HalfRise = fun s l -> Math.Log(l / s - 1.0) / l
                }
            mutant
                "realisation time doubled"
                { c with
                    Realisation = fun s l -> Math.Log(l / s) / l
                }
            mutant
                "realisation time inverted"
                { c with
                    Realisation = fun s l -> -c.Realisation s l
                }
            mutant
                "discrete factor inverted"
                { c with
                    DiscreteFactor = fun z -> 1.0 / c.DiscreteFactor z
                }
            mutant
                "discrete factor of the implicit step"
                { c with
                    DiscreteFactor = fun z -> -z / Math.Log(1.0 - z)
                }
            mutant
                "c = 1 in L_xe"
                { c with
                    XeTarget = fun p q -> 0.5 * c.XeTarget p q
                }
            mutant "L_xe target without its -1" { c with XeTarget = fun p q -> p / q }
            mutant
                "L_xe target transposed"
                { c with
                    XeTarget = fun p q -> (q - p) / p
                }
            mutant
                "L_sym target without its 2"
                { c with
                    SymTarget = fun p q -> (p - q) / (p + q)
                }
            mutant
                "L_sym denominator without the pairs"
                { c with
                    SymTarget = fun p q -> 2.0 * (p - q) / q
                }
            mutant
                "sign of d"
                { c with
                    Target = fun (a, b, k, d) p q -> c.Target (a, b, k, -d) p q
                }
            mutant
                "2 of the completed square dropped"
                { c with
                    Target = fun loss p q -> 2.0 * c.Target loss p q
                }
            mutant
                "a and c exchanged in the weight"
                { c with
                    Weight = fun (a, k) p q -> c.Weight (k, a) p q
                }
            mutant
                "Z inverted"
                { c with
                    Z = fun statistics psi -> 1.0 / c.Z statistics psi
                }
            mutant
                "Z without its square"
                { c with
                    Z = fun statistics psi -> c.Z statistics psi / statistics.Subsample(psi).UnigramNormalisation
                }
            mutant "Z taken as 1" { c with Z = fun _ _ -> 1.0 }
            mutant
                "sign of Eq. (33)"
                { c with
                    Subsampled = fun z m -> z * m - (z - 1.0)
                }
            mutant
                "PMI without its outer 2"
                { c with
                    Pmi = fun m -> Math.Atanh(0.5 * m)
                }
            mutant
                "PMI without its inner 2"
                { c with
                    Pmi = fun m -> 2.0 * Math.Atanh(0.9 * m)
                }
            mutant "factor of Eq. (25)" { c with SgnsFactor = 1.0 }
            mutant
                "remainder bound halved"
                { c with
                    Remainder = fun x -> x ** 4.0 / 384.0
                }
            mutant
                "remainder bound doubled"
                { c with
                    Remainder = fun x -> x ** 4.0 / 96.0
                }
            mutant
                "constant of Eq. (83)"
                { c with
                    Peak = fun i j s -> Qwem.Theory.Alignment.PaperPeak(i, j, s)
                }
            mutant
                "time of Eq. (83) after the peak"
                { c with
                    PeakTime = fun i j s -> c.PeakTime i j s - Math.Log(1.0 - j / i)
                }
            mutant
                "peak on the flow's clock"
                { c with
                    PeakTime = fun i j s -> 0.5 * c.PeakTime i j s
                }
            mutant
                "exponent r for 1 - r"
                { c with
                    PeakExponent = fun i j -> j / i
                }
            mutant
                "window weight off by one"
                { c with
                    WindowWeight = fun halfWidth r -> halfWidth - r
                }
            mutant
                "flat window"
                { c with
                    WindowWeight = fun halfWidth _ -> halfWidth
                }
            mutant "self-pairs set to P_i" { c with SelfPair = id }
            mutant
                "phi without its -1"
                { c with
                    Gram = gramOf (fun l t -> Math.Exp(2.0 * l * t) / l) (fun l t -> Math.Exp(l * t))
                }
            mutant
                "phi halved"
                { c with
                    Gram = gramOf (fun l t -> 0.5 * phi l t) (fun l t -> Math.Exp(l * t))
                }
            mutant
                "growth with 2 kappa"
                { c with
                    Gram = gramOf phi (fun l t -> Math.Exp(2.0 * l * t))
                }
            mutant
                "staircase with s for s^2"
                { c with
                    Explained = fun l v -> 2.0 * l * v - v
                }
            mutant
                "staircase without its 2"
                { c with
                    Explained = fun l v -> l * v - v * v
                }
            mutant "negative modes learned" { c with Clipped = abs }
            mutant "negative modes not clipped" { c with Clipped = id }
            mutant
                "upper edge without its root"
                { c with
                    UpperEdge = fun ratio variance -> variance * (1.0 + ratio) ** 2.0
                }
            mutant
                "density without gamma"
                { c with
                    Density = fun ratio variance x -> ratio * c.Density ratio variance x
                }
            mutant
                "a and b exchanged in an analogy"
                { c with
                    Score = fun w d q -> c.Score w d [| q[1]; q[0]; q[2]; q[3] |]
                }
        ]
