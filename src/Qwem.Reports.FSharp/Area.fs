namespace Qwem.Reports

open Qwem.Reports.Polyline

/// A plot area: where it is, and what its axes span.
type Area =
    {
        Box: Box
        XScale: Scale
        YScale: Scale
        XRange: float * float
        YRange: float * float
    }

    /// Pixel of an x value.
    member area.X(value: float) =
        area.Box.Left
        + Axes.share area.XScale area.XRange value * (area.Box.Right - area.Box.Left)

    /// Pixel of a y value.
    member area.Y(value: float) =
        area.Box.Bottom
        - Axes.share area.YScale area.YRange value * (area.Box.Bottom - area.Box.Top)

    /// Whether a point has a place on both axes.
    member area.Has(x: float, y: float) =
        Axes.drawable area.XScale x && Axes.drawable area.YScale y

    /// The part of a box between two x and two y values that lies in the area, if any does. What has no place on a
    /// logarithmic axis lies beyond its lower end.
    member area.Cut(left: float, right: float, low: float, high: float) : Box option =
        let box = area.Box

        let x value =
            if Axes.drawable area.XScale value then area.X value
            elif value > 0.0 then infinity
            else -infinity

        let y value =
            if Axes.drawable area.YScale value then area.Y value
            elif value > 0.0 then -infinity
            else infinity

        let cut =
            {
                Left = max box.Left (x left)
                Right = min box.Right (x right)
                Top = max box.Top (y high)
                Bottom = min box.Bottom (y low)
            }

        if cut.Left < cut.Right && cut.Top <= cut.Bottom then Some cut else None
