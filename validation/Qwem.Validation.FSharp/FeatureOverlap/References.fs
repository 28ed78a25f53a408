/// The final version's Figure 5 beside ours.
module Qwem.Validation.FeatureOverlap.References

open Qwem.Reports
open Qwem.Sim.LinearAlgebra
open Qwem.Validation

/// Of squared overlaps of SGNS with QWEM and with PPMI, masses by rank, and mean row maxima.
let make (sizes: string) (withQwem: DenseMatrix) (masses: (string * string * float array) list) ranks maxima =
    let reference quantity paper ours : Reference =
        {
            Quantity = quantity
            Place = "final 5"
            Paper = paper
            PaperSetting = PaperValues.wikipedia
            Ours = ours
            OurSetting = sizes
        }

    let list = PaperValues.series (Numbers.decimals 2)
    let ranked = ranks |> Array.map string |> String.concat ", "

    [
        reference
            "first six cells of the diagonal, word2vec and QWEM"
            "1.00, 0.87, 0.95, 0.97, 0.98, 0.48"
            (list (Seq.init 6 (fun k -> withQwem[k, k])))
        for name, paper, mass in masses do
            reference $"captured mass of the first {ranked}, word2vec and {name}" paper (list mass)
        for name, paper, mean in maxima do
            reference $"mean row maximum over 64, word2vec and {name}" paper (Numbers.decimals 2 mean)
    ]

/// How far trained QWEM's first five directions are those of the target.
let alignment (sizes: string) (mass: float) : Reference =
    {
        Quantity =
            "alignment of the first five directions with those of M*, (1/5)‖V_{5}ᵀV*_{5}‖², at the end of training"
        Place = "final 1"
        Paper = "0.998"
        PaperSetting = PaperValues.wikipedia
        Ours = Numbers.decimals 4 mass
        OurSetting = sizes
    }
