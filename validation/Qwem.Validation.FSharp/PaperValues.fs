/// What the experiments' lists of the paper's values share, and which of its numbers have no counterpart.
module Qwem.Validation.PaperValues

open Qwem.Reports

/// Text and sizes of most of the final version's experiments.
let wikipedia = "Wikipedia of 2023, 2.0 billion words; V = 10,000, L = 16, d = 200"

/// The same without a dimension.
let wikipediaAt sizes =
    $"Wikipedia of 2023, 2.0 billion words; V = 10,000, L = 16, {sizes}"

/// Text and sizes here: the embedded counts, or the user's where there are more words than these have.
let here (setting: Setting) (vocabulary: int) (window: int) (sizes: string) =
    let text =
        if vocabulary > setting.Larger.Value.VocabularySize then
            "the corpus given"
        else
            "Wikipedia of 2015, 70 million words"

    $"{text}; V = {vocabulary:N0}, L = {window}, {sizes}"

/// A value of the paper beside ours, by its place and both settings.
let beside place paperSetting ourSetting quantity paper ours : Reference =
    {
        Quantity = quantity
        Place = place
        Paper = paper
        PaperSetting = paperSetting
        Ours = ours
        OurSetting = ourSetting
    }

/// Numbers one after the other.
let series (format: float -> string) (values: float seq) =
    values |> Seq.map format |> String.concat ", "

/// What of the paper no experiment measures, and why.
let missing: (string * string) list =
    [
        "The first version's figures",
        "but for one their values were not read off; the index says which figure of this report answers which"
        "Nearest words to the directions (final 3a) and words at their ends (final 1)",
        "words and no numbers; the page on concepts lists ours"
        "Losses, rates and times in steps",
        "they belong to the authors' sampler, batch and rate; here times are in units of τ₁"
        "Accuracy of word2vec along its training, and of the four models of the ablation",
        "word2vec is trained here from a start that is not small, and the ablation watches the singular values of 1000 words, too few to ask"
        "d_{eff} of male-female and adj-comparative (final 6)",
        "a bulk is fitted here to families of 30 pairs or more, and these have fewer"
        "Spectra of PMI and of P/PP' + 1 (authors' notebooks)",
        "only M* and PPMI are decomposed on the same counts and compared in more than accuracy"
        "Counts of articles, tokens and word pairs in the vocabulary",
        "facts about their text and about files that this repository may not hold"
        "Run times and memory", "they depend on the machine, and this report must not: `docs/speed.md`"
    ]
