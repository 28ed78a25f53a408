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

/// What colours the cells of a heat map: a value for each point, and the scale of all of them.
type CellGrid =
    {
        /// One for each of the series' points; a value beyond the scale takes the colour of its end, NaN stays empty.
        Values: float array
        /// Width and height of a cell in units of the axes.
        Width: float
        Height: float
        /// Ends of the scale. Below zero and above it: a diverging scale, its middle at zero; otherwise a sequential one.
        Lowest: float
        Highest: float
        /// What the values are, with their unit; stands at the colour bar.
        Label: string
    }

/// How a series is drawn.
type Mark =
    /// A polyline with a stroke pattern and a width in pixels.
    | Line of stroke: Stroke * width: float
    /// Open circles of a radius in pixels.
    | Circles of radius: float
    /// A vertical interval around each point: (x, low, high), drawn as a thin bar with caps.
    | Intervals of (float * float * float) array
    /// A filled bar at each point, centred on x and of a width in units of x, from zero (or what end of the axis is nearest
    /// to it; the lower end of a logarithmic axis) to y.
    | Bars of width: float
    /// A text at each point. One that would cover an earlier one, or a circle or interval of the panel, moves up or down, to
    /// the side of its circle, or is left out.
    | Words of string array
    /// A heat map: a rectangle centred on each point. One to a panel.
    | Cells of CellGrid
    /// Filled dots of a radius in pixels, for clouds of thousands.
    | Points of radius: float

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

/// A figure as a value: panels in rows, a caption, a text for those who cannot see it, and the command that drew it.
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
        /// Panels in a row; 0 leaves it to the layout.
        Columns: int
        /// What each panel is a moment of, for instance "0.5 τ_{1}": a page then shows one panel at a time with a slider.
        /// Empty, or one for each panel.
        Frames: string list
        /// What a colour stands for where the legend leaves it out, for instance 7 and "mode 8": shown when a curve is pointed at.
        ColourNames: (int * string) list
        /// Whether a page lets the reader slide along x and reads off every curve of the first panel there, theory beside experiment.
        Slider: bool
        Command: string
    }
