/// Placing labels side by side: those of vertical rules, and the entries of a legend.
module Qwem.Reports.Place

/// Centres for labels of the given widths, in order, at least a gap apart and inside low..high, with the least sum of
/// squared moves from where they are wanted; None when they do not fit side by side.
let spread (gap: float) (low: float, high: float) (wanted: float array) (widths: float array) : float array option =
    let count = wanted.Length

    if count = 0 then
        Some [||]
    else
        // Subtracting what must lie between the first label and each turns "in order and apart" into "not decreasing".
        let offsets =
            Array.scan (fun sum i -> sum + (widths[i - 1] + widths[i]) / 2.0 + gap) 0.0 [| 1 .. count - 1 |]

        let least = low + widths[0] / 2.0
        let most = high - widths[count - 1] / 2.0 - offsets[count - 1]

        if most < least then
            None
        else
            // Pool adjacent violators: blocks of (mean, size), merged while they decrease.
            let rec merge blocks =
                match blocks with
                | (mean, size) :: (before, width) :: rest when before > mean ->
                    let total = size + width
                    merge (((mean * float size + before * float width) / float total, total) :: rest)
                | blocks -> blocks

            let blocks =
                Array.zip wanted offsets
                |> Array.fold (fun blocks (want, offset) -> merge ((want - offset, 1) :: blocks)) []

            let levels =
                blocks
                |> List.rev
                |> List.collect (fun (mean, size) -> List.replicate size mean)
                |> Array.ofList

            Some(Array.map2 (fun level offset -> min most (max least level) + offset) levels offsets)

/// As spread, after dropping labels if need be: every second, every third and so on is kept from the first, with the
/// smallest step that fits and moves no label farther than a limit. Gives (index, centre) of those kept.
let spreadOrThin gap limit bounds (wanted: float array) (widths: float array) : (int * float) array =
    let attempt step =
        let kept = [| 0..step .. wanted.Length - 1 |]

        spread gap bounds (Array.map (Array.get wanted) kept) (Array.map (Array.get widths) kept)
        |> Option.filter (Array.forall2 (fun i centre -> abs (centre - wanted[i]) <= limit) kept)
        |> Option.map (Array.zip kept)

    seq { 1 .. wanted.Length } |> Seq.tryPick attempt |> Option.defaultValue [||]

/// Rows and left edges for entries of the given widths: one centred row if they fit, else columns of equal width.
let flow (gap: float) (low: float, high: float) (widths: float array) : (int * float) array =
    let available = high - low
    let total = Array.sum widths + gap * float (widths.Length - 1)

    if total <= available then
        let start = low + (available - total) / 2.0

        widths
        |> Array.scan (fun left width -> left + width + gap) start
        |> Array.take widths.Length
        |> Array.map (fun left -> 0, left)
    else
        let width = Array.max widths
        let columns = max 1 (int ((available + gap) / (width + gap)))
        let rows = (widths.Length + columns - 1) / columns
        // Equal rows: nine entries in four columns read better as three by three.
        let columns = (widths.Length + rows - 1) / rows
        let used = float columns * width + gap * float (columns - 1)
        let start = low + max 0.0 ((available - used) / 2.0)

        Array.init widths.Length (fun i -> i / columns, start + float (i % columns) * (width + gap))
