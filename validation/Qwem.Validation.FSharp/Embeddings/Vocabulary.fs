namespace Qwem.Validation.Embeddings

open Qwem.Sim.Cooccurrence
open Qwem.Validation

/// Which words the claims on meaning are about, and how large their models are.
[<NoEquality; NoComparison>]
type Vocabulary =
    {
        Counts: CooccurrenceCounts
        /// d of the embeddings that are compared.
        Dimension: int
        /// d of the flows that are followed from a vanishing start; smaller, because they take long.
        FlowDimension: int
    }

    /// V.
    member it.Size = it.Counts.VocabularySize

module Vocabulary =

    /// Counts of the v most frequent words of counts.
    let leading (counts: CooccurrenceCounts) v =
        if v >= counts.VocabularySize then counts else counts.Leading v

    /// 3,000 embedded words, d = 200; 10,000 of the user's corpus for the profiles Full and Paper; 600 words for Smoke.
    let ofSetting (setting: Setting) =
        let counts, v, d, flow =
            match setting.Profile, setting.Corpus with
            | Profile.Smoke, _ -> setting.Larger.Value, 600, 24, 24
            | (Profile.Full | Profile.Paper), corpus when not (isNull corpus) -> nonNull corpus, 10_000, 200, 100
            | _ -> setting.Larger.Value, 3000, 200, 100

        {
            Counts = leading counts v
            Dimension = d
            FlowDimension = flow
        }

    /// What is said of the words, in one sentence for all claims.
    let sentence (it: Vocabulary) =
        $"The V = {it.Size:N0} most frequent words of the counts, windows of {it.Counts.Convention.WindowHalfWidth} words to each side, self-pairs neutral."

    /// Text and sizes, for what stands beside the paper's.
    let here (setting: Setting) (it: Vocabulary) sizes =
        PaperValues.here setting it.Size it.Counts.Convention.WindowHalfWidth sizes
