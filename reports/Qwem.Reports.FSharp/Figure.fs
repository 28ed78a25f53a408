namespace Qwem.Reports

/// How a quantity is laid along an axis.
type Scale =
    | Linear
    | Logarithmic

/// One axis: what it shows, on which scale, over which range (None: the data's).
type Axis =
    {
        Label: string
        Scale: Scale
        Range: (float * float) option
    }

/// How a line is stroked. Theory is dashed and experiment solid throughout, so that grey print keeps them apart.
type Stroke =
    | Solid
    | Dashed
    | Dotted

/// How a series is drawn.
type Mark =
    /// A polyline with a stroke pattern and a width in pixels.
    | Line of stroke: Stroke * width: float
    /// Open circles of a radius in pixels.
    | Circles of radius: float
    /// A vertical interval around each point: (x, low, high), drawn as a thin bar with caps.
    | Intervals of (float * float * float) array

/// One series. Colour is an index into the colour-blind-safe palette; neutral black or white ink when None.
/// Legend is the entry's text, or None to leave the series out of the legend.
type Series =
    {
        Legend: string option
        Colour: int option
        Mark: Mark
        Points: (float * float) array
    }

/// A vertical reference line with a short label, such as a predicted realisation time.
type Rule = { At: float; Label: string }

/// One set of axes.
type Panel =
    {
        Title: string
        X: Axis
        Y: Axis
        Series: Series list
        VerticalRules: Rule list
    }

/// A figure as a value: panels side by side, a caption, a text for those who cannot see it, and the command that drew it.
type Figure =
    {
        /// Stable file name without extension, for instance "singular-values-xe".
        Id: string
        Title: string
        /// The paper's figures it answers, version and number, for instance "v1 2A" or "final 3b".
        PaperFigures: string list
        Caption: string
        AlternativeText: string
        Panels: Panel list
        Command: string
    }
