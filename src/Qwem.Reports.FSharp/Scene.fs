namespace Qwem.Reports

open Qwem.Reports.Polyline

/// How a series colour is toned: as it is; deep for dashed and dotted lines; soft for a solid line that the panel also
/// draws dashed in the same colour, so that the dashes stand out on top of it, in grey print too.
type Tone =
    | Full
    | Deep
    | Soft

/// What something in a scene is painted with.
[<RequireQualifiedAccess>]
type Paint =
    | Ink
    | Muted
    | Grid
    | Background
    /// Neutral solid lines that carry neutral dashes.
    | Pale
    /// A series colour by the index that the figure gives it.
    | Series of index: int * Tone
    /// A step of a heat map's scale.
    | Heat of diverging: bool * step: int

/// Which end of a text stands at its position.
[<RequireQualifiedAccess>]
type Anchor =
    | Start
    | Middle
    | End

/// A line of text; Upright text reads left to right, otherwise it is turned to read from bottom to top.
type Label =
    {
        Text: string
        X: float
        /// The baseline (upright), or the baseline's x after turning about (X, Y).
        Y: float
        Size: float
        Anchor: Anchor
        Bold: bool
        Paint: Paint
        Upright: bool
    }

    /// The box the text covers by the built-in metrics.
    member label.Box: Box =
        // Bold letters run about a tenth wider.
        let width =
            TextMetrics.width label.Size label.Text * (if label.Bold then 1.1 else 1.0)

        let up, down = TextMetrics.extent label.Size label.Text

        let before =
            match label.Anchor with
            | Anchor.Start -> 0.0
            | Anchor.Middle -> width / 2.0
            | Anchor.End -> width

        if label.Upright then
            {
                Left = label.X - before
                Right = label.X - before + width
                Top = label.Y - up
                Bottom = label.Y + down
            }
        else
            {
                Left = label.X - up
                Right = label.X + down
                Top = label.Y + before - width
                Bottom = label.Y + before
            }

/// What belongs together, so that a page's script finds it. Panels and series count from 0.
[<RequireQualifiedAccess>]
type Part =
    /// All that changes with a panel's axes: grid, curves, ticks and their labels.
    | Plot of panel: int
    /// One series; theory is what is drawn dashed or dotted.
    | Series of number: int * theory: bool

/// One thing to draw. Clip numbers an entry of the scene's Areas.
[<RequireQualifiedAccess>]
type Shape =
    | Group of Part * Shape list
    | Text of Label
    | Frame of Box * Paint
    | Segments of (Point * Point) array * Paint * width: float
    | Path of Point array list * Paint * width: float * Stroke * clip: int option
    | Circles of Point array * radius: float * Paint * filled: bool
    /// Filled boxes, with a rim of another paint or without.
    | Boxes of Box array * Paint * rim: Paint option
    /// Texts on a plot area, with a rim of background.
    | Words of Label array

/// A figure with every position decided.
type Scene =
    {
        Width: float
        Height: float
        /// The plot areas, in the order of the panels.
        Areas: Area list
        Shapes: Shape list
    }

    /// The boxes of the plot areas.
    member scene.Clips = scene.Areas |> List.map (fun area -> area.Box)

    /// Every shape in drawing order, without groups.
    member scene.Flat =
        let rec flat shapes =
            shapes
            |> List.collect (function
                | Shape.Group(_, inner) -> flat inner
                | shape -> [ shape ])

        flat scene.Shapes

    /// The lines of text around the plot areas, in drawing order.
    member scene.Labels =
        scene.Flat
        |> List.choose (function
            | Shape.Text label -> Some label
            | _ -> None)
