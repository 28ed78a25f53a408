/// The parts of dR/dtau, R the upper-trapezoidal d x V factor; Alignment documents them.
module internal Qwem.Theory.AlignmentFlow

open Qwem.Theory.Hypothesis

/// V and d of a factor R; refuses what is no upper-trapezoidal factor with positive diagonal.
let shape (eigenvalues: float[]) (factor: Projection) =
    let size, rows, r = eigenvalues.Length, factor.Dimension, factor.Values

    if size < 1 then
        broken "at least one mode" "eigenvalues" "eigenvalues is empty; allowed: length V of 1 or more"

    allFinite "eigenvalues" eigenvalues

    hasColumns "factor" "modes" rows factor.VocabularySize size

    if rows > size then
        broken "d x V factor with 1 <= d <= V" "factor" $"factor has d = {rows} dimensions; allowed: 1 to V = {size}"

    for i in 0 .. rows - 1 do
        positive "a positive diagonal (full rank, leading columns independent)" $"factor[{i},{i}]" r[i * size + i]

        for j in 0 .. i - 1 do
            if r[i * size + j] <> 0.0 then
                broken
                    "an upper-trapezoidal factor"
                    "factor"
                    $"factor[{i},{j}] = {r[i * size + j]}; allowed: 0 below the diagonal"

    struct (size, rows)

/// sum of r_l^2 over l > i of row i
let private beyondDiagonal (r: float[]) size i =
    let mutable total = 0.0

    for l in size - 1 .. -1 .. i + 1 do
        total <- total + r[i * size + l] * r[i * size + l]

    total

/// Eq. (76): (lambda*_j - R_ii^2 - 2 (1 - delta_ij) R_jj^2) R_ij / 2.
let leading (eigenvalues: float[]) (r: float[]) size rows =
    Array.init r.Length (fun at ->
        let i, j = at / size, at % size

        if j < i then
            0.0
        else
            let own = r[i * size + i] ** 2.0

            let other = if j > i && j < rows then 2.0 * r[j * size + j] ** 2.0 else 0.0

            0.5 * (eigenvalues[j] - own - other) * r[at])

/// What Eq. (76) drops of Eq. (75).
let linear (r: float[]) size rows =
    let result = Array.zeroCreate<float> r.Length

    for i in 0 .. rows - 1 do
        let row = beyondDiagonal r size i

        for j in i .. size - 1 do
            let mutable column = 0.0

            for k in i + 1 .. min (j - 1) (rows - 1) do
                column <- column + r[k * size + j] ** 2.0

            result[i * size + j] <- -(0.5 * row + column) * r[i * size + j]

    result

/// What Eq. (75) drops of Eq. (74).
let coupling (r: float[]) size rows =
    let result = Array.zeroCreate<float> r.Length
    let after = Array.zeroCreate<float>(size + 1)

    for i in 0 .. rows - 1 do
        for k in i + 1 .. rows - 1 do
            // Sums of R_il R_kl over l >= k without l = j: those before j and those after it, so that nothing cancels.
            for l in size - 1 .. -1 .. k do
                after[l] <- after[l + 1] + r[i * size + l] * r[k * size + l]

            let mutable before = 0.0

            for j in k .. size - 1 do
                result[i * size + j] <- result[i * size + j] - (before + after[j + 1]) * r[k * size + j]
                before <- before + r[i * size + j] * r[k * size + j]

    result
