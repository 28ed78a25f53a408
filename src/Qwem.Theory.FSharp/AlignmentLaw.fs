/// The leading-order law of alignment for one pair of modes and, summed over pairs, for a whole start; times are eta t = 2 kappa t.
module internal Qwem.Theory.AlignmentLaw

open System
open Qwem.Theory.Hypothesis

/// ln of 1 + lambda0 (e^{lambda* t} - 1) / lambda* = lambda0 e^{lambda* t} / lambda(t), any sign of lambda*.
let logSaturation (eigenvalue: float) (initialVariance: float) (etaTime: float<etaTime>) =
    let time = float etaTime

    if initialVariance = 0.0 || time = 0.0 then
        0.0
    else
        // ln lambda(t) = ln lambda0 + lambda* t - this, with kappa t = time / 2.
        max
            0.0
            (log initialVariance + eigenvalue * time
             - AlignedSolution.LogVariance(initialVariance, eigenvalue, 0.5<kappaTime / etaTime> * etaTime))

/// Refuses pairs of modes for which Eq. (83) says nothing.
let pair (eigenvalueI: float) (eigenvalueJ: float) =
    positive "a mode that is learned: lambda*_i > 0" "eigenvalueI" eigenvalueI
    positive "a mode that is learned: lambda*_j > 0" "eigenvalueJ" eigenvalueJ

    if eigenvalueJ >= eigenvalueI then
        broken
            "distinct eigenvalues, lambda*_i > lambda*_j"
            "eigenvalueJ"
            $"eigenvalueJ = {eigenvalueJ}; allowed: below eigenvalueI = {eigenvalueI}"

/// 1 - r without cancellation beyond that of the arguments.
let missing (eigenvalueI: float) (eigenvalueJ: float) =
    (eigenvalueI - eigenvalueJ) / eigenvalueI

/// ln of max over t >= 0 of e^{lambda_j t} lambda*_i / (lambda*_i + lambda_i(0) (e^{lambda*_i t} - 1)): the rise of R_ij^2 before
/// mode j itself saturates. The start is given by its logarithm.
let logRise (eigenvalueI: float) (eigenvalueJ: float) (logInitial: float) =
    if eigenvalueJ <= 0.0 || logInitial >= log eigenvalueJ then
        0.0
    else
        let i, j = log eigenvalueI, log eigenvalueJ

        // At lambda_i(t) = lambda*_j: e^{lambda*_i t} = j (i - l0) / (l0 (i - j)).
        let beyond = Kernels.log1p (-exp(logInitial - i))

        if eigenvalueI = eigenvalueJ then
            // r = 1: the rise saturates at lambda*_i / lambda_i(0).
            i - logInitial
        else
            let gap = missing eigenvalueI eigenvalueJ
            let exponent = j - logInitial + beyond - log gap
            eigenvalueJ / eigenvalueI * exponent + log gap - beyond

/// ln of the sum over i < j of R_ij^2's highest value, from R_ii^2(0) = e^logSigmaSquared / d * diagonal(d - i + 1) and
/// R_ij^2(0) = e^logSigmaSquared / d * off; diagonal and off come by their logarithms.
let logEstimate
    (eigenvalues: float[])
    (rows: int)
    (logSigmaSquared: float)
    (logDiagonal: int -> float)
    (logOff: float)
    =
    let size = eigenvalues.Length
    let common = logSigmaSquared - log (float rows)

    let terms =
        [|
            for i in 0 .. rows - 1 do
                let logStart = common + logDiagonal (rows - i)

                for j in i + 1 .. size - 1 do
                    if eigenvalues[i] > 0.0 then
                        common + logOff + logRise eigenvalues[i] eigenvalues[j] logStart
                    else
                        common + logOff
        |]

    if terms.Length = 0 then
        Double.NegativeInfinity
    else
        let top = Array.max terms
        top + log (Array.sumBy (fun x -> exp (x - top)) terms)

/// The same with quantiles that hold together with probability 1 - delta: half of delta to the d diagonals, half to the pairs.
let logBound (eigenvalues: float[]) (rows: int) (logSigmaSquared: float) (failureProbability: float) =
    let pairs =
        float rows * float eigenvalues.Length - 0.5 * float rows * float (rows + 1)

    // P(chi^2_n < a) <= (e a / n)^{n/2}; P(chi^2_1 > b) <= e^{-b/2}.
    let logDiagonal (n: int) =
        log (float n) - 1.0
        + 2.0 / float n * log (failureProbability / (2.0 * float rows))

    let off = 2.0 * log (2.0 * max 1.0 pairs / failureProbability)
    logEstimate eigenvalues rows logSigmaSquared logDiagonal (log off)

/// Refuses spectra and dimensions that the criterion says nothing about.
let checkCriterion (eigenvalues: float[]) (embeddingDimension: int) =
    allFinite "eigenvalues" eigenvalues
    descending "eigenvalues" eigenvalues

    if embeddingDimension < 1 || embeddingDimension > eigenvalues.Length then
        broken
            "1 <= d <= V"
            "embeddingDimension"
            $"embeddingDimension = {embeddingDimension}; allowed: 1 to {eigenvalues.Length}"

    positive "a mode that is learned: lambda*_1 > 0" "eigenvalues[0]" eigenvalues[0]

/// Refuses what is no probability.
let checkProbability (failureProbability: float) =
    if not (failureProbability > 0.0 && failureProbability < 1.0) then
        broken
            "a probability"
            "failureProbability"
            $"failureProbability = {failureProbability}; allowed: between 0 and 1, neither included"

/// ln of the largest sigma for which the bound of R_ij^2 stays below e^logWanted: bisection on the increasing bound.
let logLargestSigma (eigenvalues: float[]) (rows: int) (logWanted: float) (failureProbability: float) =
    let enough logSigma =
        logBound eigenvalues rows (2.0 * logSigma) failureProbability <= logWanted

    let mutable low = -1e9
    let mutable high = 700.0

    if not (enough low) then
        Double.NegativeInfinity
    elif enough high then
        Double.PositiveInfinity
    else
        while high - low > 1e-14 * (1.0 + abs low) && (low + high) / 2.0 > low do
            let middle = (low + high) / 2.0

            if enough middle then low <- middle else high <- middle

        low
