/// Figures, tables and numbers of the experiments on meaning, without what they leave at its default.
module Qwem.Validation.Embeddings.Drawing

open Qwem.Reports

let axis label scale range =
    {
        Label = label
        Scale = scale
        Range = range
    }

let series legend colour mark points =
    {
        Legend = legend
        Colour = colour
        Mark = mark
        Points = points
    }

let panel title x y series =
    {
        Title = title
        X = x
        Y = y
        Series = series
        VerticalRules = []
    }

/// A figure; columns 0 leaves the rows of panels to the layout, frames are the moments of a slider's panels.
let figure id title paper caption alternative columns frames panels =
    {
        Id = id
        Title = title
        PaperFigures = paper
        Caption = caption
        AlternativeText = alternative
        Panels = panels
        Columns = columns
        Frames = frames
        ColourNames = []
        Slider = false
        Command = "qwem reproduce"
    }

let quantity name value unit meaning =
    {
        Name = name
        Value = value
        Unit = unit
        Meaning = meaning
    }

/// A share as a percentage with one decimal.
let percent (share: float) = Numbers.decimals 1 (100.0 * share)

/// What is said of words, in one sentence for all experiments.
let corpusSentence (corpus: Corpus) =
    $"The V = {Numbers.whole corpus.Size} most frequent words of the counts, windows of {Numbers.whole corpus.Counts.Convention.WindowHalfWidth} words to each side, self-pairs neutral."
