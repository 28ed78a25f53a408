/// What the pages on trained and closed-form embeddings say alike.
module Qwem.Validation.Embeddings.Wording

open Qwem.Reports

/// A share as a percentage with one decimal.
let percent (share: float) = Numbers.decimals 1 (100.0 * share)

/// What is said of words, in one sentence for all experiments.
let corpusSentence (corpus: Corpus) =
    $"The V = {Numbers.whole corpus.Size} most frequent words of the counts, windows of {Numbers.whole corpus.Counts.Convention.WindowHalfWidth} words to each side, self-pairs neutral."
