/// The paper's benchmark table and spectra beside ours.
module Qwem.Validation.Comparison.References

open Qwem.Reports
open Qwem.Validation
open Qwem.Validation.Theorem43
open Qwem.Validation.Embeddings

// Figure 3b of the final version: our name, the recording's, theirs; percent of the analogies, MEN, WordSim-353.
let private paper =
    [
        "SGNS", [ "word2vec, seed 1"; "word2vec, seed 2"; "word2vec, seed 3" ], "word2vec", 68.0, 0.744, 0.698
        "QWEM L_{sym}", [ "QWEM L_{sym}" ], "trained QWEM", 65.1, 0.755, 0.682
        "M*_{sym}", [ "M*_{sym}" ], "closed form of M*", 66.3, 0.755, 0.683
        "PPMI", [ "PPMI" ], "closed form of PPMI", 50.6, 0.740, 0.690
        "PMI, ln 10^{−25}", [], "closed form of PMI, unseen pairs at ln 10^{−25}", 8.4, 0.448, 0.221
    ]

let private table =
    PaperValues.wikipedia
    + "; analogies: all ordered pairs of the Google word pairs"

let private reference place setting quantity paper (ours, sizes) : Reference =
    {
        Quantity = quantity
        Place = place
        Paper = paper
        PaperSetting = setting
        Ours = ours
        OurSetting = sizes
    }

/// Ours of a method and a benchmark: of the user's files, and of the recording, the mean where it has several runs.
let private scores (live: Official.Row list) (sizes: string) ours recorded benchmark =
    let rows = Official.recorded ()

    [
        match Official.find live ours benchmark with
        | Some score -> Official.value score, sizes
        | None -> ()

        match recorded |> List.choose (fun name -> Official.find rows name benchmark) with
        | [] -> ()
        | first :: _ as runs ->
            let mean =
                { first with
                    Value = runs |> List.averageBy _.Value
                }

            let several = if runs.Length > 1 then $", mean of {runs.Length} runs" else ""
            Official.value mean, Official.recordedSizes + several
    ]

let private benchmarks (live: Official.Row list) (methods: Method array) (sizes: string) =
    [
        for ours, recorded, name, analogies, men, wordSim in paper do
            let it = methods |> Array.find (fun it -> it.Name = ours)

            let asked =
                reference "final 3b" table $"analogies, {name}" $"{Numbers.decimals 1 analogies} %%"

            for value, sizes in scores live sizes ours recorded "Google analogies" do
                asked (value, sizes + "; official questions")

            asked ($"{Wording.percent it.Accuracy} %%", sizes + "; this project's families")

            for benchmark, value in [ "MEN", men; "WordSim-353", wordSim ] do
                for ours in scores live sizes ours recorded benchmark do
                    reference "final 3b" table $"{benchmark}, {name}" (Numbers.decimals 3 value) ours
    ]

let private counts () =
    let rows = Official.recorded ()

    let counted benchmark =
        let score = (Official.find rows "M*_{sym}" benchmark).Value
        $"{score.Known} of {score.Items}"

    [
        "analogies asked", "7614 of 30494", "Google analogies"
        "MEN pairs with known words", "1588 of 3000", "MEN"
        "WordSim-353 pairs with known words", "249 of 353", "WordSim-353"
    ]
    |> List.map (fun (quantity, paper, benchmark) ->
        reference "final 3b" table quantity paper (counted benchmark, Official.recordedSizes))

// k, and eigenvalue k over the first, of M* and of PPMI.
let private ratios =
    [
        2, 0.712, 0.710
        3, 0.631, 0.437
        5, 0.513, 0.387
        10, 0.273, 0.269
        20, 0.177, 0.192
        50, 0.090, 0.113
        100, 0.053, 0.074
        200, 0.034, 0.048
    ]

let private spectra (models: Models) (sizes: string) =
    let sym, d = (models.Sides Symmetric).Eigenvalues, models.Corpus.Dimension
    let ppmi = models.Ppmi.Eigenvalues
    let squares = sym |> Array.map (fun x -> x * x)
    let all, v = Array.sum squares, float models.Corpus.Size

    let plateau k =
        1.0 - 0.5 * Array.sum squares[.. k - 1] / all

    let three = Numbers.decimals 3
    let shown = ratios |> List.filter (fun (k, _, _) -> k <= d)
    let ranks = shown |> List.map (fun (k, _, _) -> string k) |> String.concat ", "

    let own (eigenvalues: float array) =
        shown
        |> Seq.map (fun (k, _, _) -> eigenvalues[k - 1] / eigenvalues[0])
        |> PaperValues.series three

    let notebooks = "Notebooks and appendix of the final version"
    let positive = sym |> Array.filter (fun x -> x >= 0.0) |> Array.length

    [
        "final 1",
        "plateaus of QWEM's loss after 1 … 5 modes, 1 − Σ_{j≤k}λ*_{j}²/(2‖M*‖²), ours from the eigenvalues",
        "0.947, 0.920, 0.898, 0.883, 0.869",
        Seq.map plateau [ 1..5 ] |> PaperValues.series three
        "final 1", $"loss of rank d, the same with all {d} modes here and 200 there", "0.763", three (plateau d)
        notebooks, "λ*_{1}/V", "0.322 (3217 of 10,000)", three (sym[0] / v)
        notebooks, "mean square of M*_{ij}", "0.977", three (all / (v * v))
        notebooks,
        "eigenvalues of M* that are not negative",
        "48.0 % (4795 of 10,000)",
        $"{Numbers.decimals 1 (100.0 * float positive / v)} %% ({positive} of {models.Corpus.Size})"
        notebooks,
        $"λ*_{{k}}/λ*_{{1}} of M*, k = {ranks}",
        shown |> Seq.map (fun (_, sym, _) -> sym) |> PaperValues.series three,
        own sym
        notebooks,
        $"the same of PPMI, k = {ranks}",
        shown |> Seq.map (fun (_, _, ppmi) -> ppmi) |> PaperValues.series three,
        own ppmi
    ]
    |> List.map (fun (place, quantity, paper, ours) ->
        reference place PaperValues.wikipedia quantity paper (ours, sizes))

/// The table of Figure 3b, by the user's benchmarks if there are any, the recording, and this project's families; and the spectra.
let make (setting: Setting) (models: Models) (methods: Method array) (live: Official.Row list) : Reference list =
    let corpus = models.Corpus

    let sizes =
        PaperValues.here setting corpus.Size corpus.Counts.Convention.WindowHalfWidth $"d = {corpus.Dimension}"

    benchmarks live methods sizes @ counts () @ spectra models sizes
