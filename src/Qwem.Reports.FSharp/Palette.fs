/// Colours that colour-blind readers can tell apart, with a light and a dark value each. The eight named colours lean on
/// the Okabe-Ito set, darkened or lightened until each stands at least 3:1 against its background.
module Qwem.Reports.Palette

open System

/// One colour on a light and on a dark background, as #rrggbb.
type Colour = { Light: string; Dark: string }

let private tone light dark = { Light = light; Dark = dark }

/// Text, axes and neutral series.
let ink = tone "#1c1e21" "#e6e8ea"
/// Secondary lines and labels.
let muted = tone "#5c6066" "#a2a7ad"
/// Grid lines.
let grid = tone "#e3e5e8" "#30343a"
/// Behind everything.
let background = tone "#ffffff" "#15171a"

/// The named colours, in the order in which indices take them.
let categorical =
    [|
        tone "#0072b2" "#56aef0"
        tone "#d55e00" "#ff8b3d"
        tone "#008f68" "#2fc79a"
        tone "#aa4499" "#e07fd0"
        tone "#a87400" "#e8be3c"
        tone "#6b6f76" "#a9adb3"
        tone "#2a93d1" "#a5dcff"
        tone "#882255" "#f08ba8"
    |]

// Ends and middle stops of the ramp for many curves: lightness rises (light page) or the hue runs on (dark page).
let private ramp =
    [|
        tone "#2b1a8a" "#8d85ff"
        tone "#8c1fa8" "#cf74e6"
        tone "#cc3a6b" "#f5838f"
        tone "#d46a1c" "#ffc14d"
    |]

let private channel (colour: string) (at: int) =
    Convert.ToInt32(colour.Substring(1 + 2 * at, 2), 16)

/// A colour between two others; plain interpolation of the channels, rounded.
let mix (share: float) (first: string) (second: string) =
    let blend at =
        let a, b = float (channel first at), float (channel second at)
        (int (Math.Round(a + share * (b - a)))).ToString("x2", Globalization.CultureInfo.InvariantCulture)

    "#" + blend 0 + blend 1 + blend 2

let private mixTone share first second =
    {
        Light = mix share first.Light second.Light
        Dark = mix share first.Dark second.Dark
    }

/// Colour number rank of count along the ramp.
let sequential (rank: int) (count: int) =
    let position =
        if count <= 1 then
            0.0
        else
            float rank / float (count - 1) * float (ramp.Length - 1)

    let segment = min (ramp.Length - 2) (int position)
    mixTone (position - float segment) ramp[segment] ramp[segment + 1]

/// The colours a figure's indices stand for. Up to eight small indices are the named colours; when an index lies beyond
/// them, all indices of the figure go along the ramp in their order, so that no two of them share a colour.
let assign (indices: int list) : int -> Colour =
    let used = List.distinct indices |> List.sort

    let named =
        used |> List.forall (fun index -> index >= 0 && index < categorical.Length)

    let table =
        used
        |> List.mapi (fun rank index -> index, (if named then categorical[index] else sequential rank used.Length))
        |> Map.ofList

    fun index -> Map.find index table

/// The tone of dashed and dotted lines, towards ink, so that theory stays visible on top of an experiment of its colour.
let deep (colour: Colour) = mixTone 0.5 colour ink

/// The tone of solid lines that carry dashes of their colour: towards the background.
let soft (colour: Colour) = mixTone 0.45 colour background

// Lightness falls, or rises, all the way: in grey print the order remains.
let private sequentialHeat =
    [|
        tone "#f1f5fb" "#1d2126"
        tone "#a8c8e6" "#244a78"
        tone "#4c8fc9" "#2f83b8"
        tone "#24529b" "#86c5dd"
        tone "#1b1c55" "#f2f8dc"
    |]

// The background at zero, so that what is nothing looks like nothing; hue tells the sign.
let private divergingHeat =
    [|
        tone "#0b3c7a" "#a9d3ff"
        tone "#6aa3d8" "#3b7fc0"
        tone "#ffffff" "#15171a"
        tone "#eda15c" "#b8651c"
        tone "#9a3b00" "#ffd0a0"
    |]

/// The stops of a heat map's scale, evenly from its lower end to its upper.
let heatStops (diverging: bool) =
    if diverging then divergingHeat else sequentialHeat

/// The colour of a heat map at a share of its scale.
let heat (diverging: bool) (share: float) =
    let stops = heatStops diverging
    let position = max 0.0 (min 1.0 share) * float (stops.Length - 1)
    let segment = min (stops.Length - 2) (int position)
    mixTone (position - float segment) stops[segment] stops[segment + 1]

/// Contrast of two colours after WCAG 2, from 1 to 21.
let contrast (first: string) (second: string) =
    let linear (value: int) =
        let c = float value / 255.0
        if c <= 0.04045 then c / 12.92 else Math.Pow((c + 0.055) / 1.055, 2.4)

    let luminance colour =
        0.2126 * linear (channel colour 0)
        + 0.7152 * linear (channel colour 1)
        + 0.0722 * linear (channel colour 2)

    let a, b = luminance first, luminance second
    (max a b + 0.05) / (min a b + 0.05)
