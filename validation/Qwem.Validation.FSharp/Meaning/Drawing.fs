/// Parts of figures that the experiments on meaning share.
module internal Qwem.Validation.Meaning.Drawing

open Qwem.Reports

let linear label range : Axis =
    {
        Label = label
        Scale = Linear
        Range = range
    }

let logarithmic label range : Axis =
    {
        Label = label
        Scale = Logarithmic
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

/// One point per model size.
let against (sizes: int array) (values: float array) =
    Array.map2 (fun d value -> float d, value) sizes values

let quantity name value meaning =
    {
        Name = name
        Value = value
        Unit = "1"
        Meaning = meaning
    }

let sizeLabel = "model size d"

let figure id title papers caption alternative panels =
    {
        Id = id
        Title = title
        PaperFigures = papers
        Caption = caption
        AlternativeText = alternative
        Panels = panels
        Columns = 0
        Frames = []
        ColourNames = []
        Slider = false
        Command = "qwem reproduce"
    }
