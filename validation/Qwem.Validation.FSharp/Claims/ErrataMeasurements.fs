/// The paper's errata as gates: the corrected formula, of the theory, against a simulation, a sum by definition or the exact solution.
module internal Qwem.Validation.Claims.ErrataMeasurements

open System
open System.Text.RegularExpressions
open Qwem.Sim.Cooccurrence
open Qwem.Sim.LinearAlgebra
open Qwem.Sim.Random
open Qwem.Sim.Threading
open Qwem.Sim.Training
open Qwem.Theory
open Qwem.Validation

/// An erratum, the slip that makes the theory what is printed, and the gate that the printed formula has to fail.
[<NoEquality; NoComparison>]
type Measured =
    {
        Erratum: Erratum
        Printed: Slip
        Gate: Gate
    }

/// Plain text says P_ij and x^4; the report sets indices and powers.
let mathematics (text: string) =
    let indices = Regex.Replace(text, "_([A-Z]+|[a-z0-9]+)", "_{$1}")
    Regex.Replace(indices, @"\^(-?\w+)", "^{$1}")

let private u = Tolerance.unitRoundoff
let private right = Theory.derived

let private measured kind id slip metric bound because gap : Measured =
    let erratum = Errata.All |> Seq.find (fun erratum -> erratum.Id = id)

    {
        Erratum = erratum
        Printed = Slip.all |> List.find (fun known -> known.Id = slip)
        Gate =
            kind
                $"errata/{id}"
                (mathematics $"{erratum.Location}: {erratum.Right}.")
                (mathematics metric)
                {
                    Bound = bound
                    Because = mathematics because
                }
                gap
    }

let private exact id = measured Gate.exact id
let private leadingOrder id = measured Gate.leadingOrder id

let private changed why (measured: Measured) =
    { measured with
        Gate = Gate.changed why measured.Gate
    }

/// The same numbers for a seed, always.
let private gaussian (seed: uint64) scale count =
    let sequence = GaussianSequence(CounterRandom(seed, 0UL))
    Array.init count (fun _ -> scale * sequence.Next())

let private largest (values: float array) = values |> Array.map abs |> Array.max

/// Leading words of the embedded statistics, and one random model of them.
type private Text =
    {
        Counts: LeadingCounts
        P: float array
        Joint: float array
        /// W'W of a random W whose words have a common mean, V x V.
        Model: float array
        Team: WorkerTeam
    }

    member text.Size = text.P.Length

    member text.Sum(entry: int -> int -> float) =
        let rows = Seq.init text.Size (fun i -> Seq.sum (Seq.init text.Size (entry i)))
        Seq.sum rows

    /// M*_xe by definition, of the subsampling 1 / P_i.
    member text.Subsampled =
        let v, p = text.Size, text.P
        let weights = text.Joint |> Array.mapi (fun e n -> n / (p[e / v] * p[e % v]))
        let total = Array.sum weights
        weights |> Array.map (fun n -> n / total * float (v * v) - 1.0)

let private text (counts: CooccurrenceCounts) (team: WorkerTeam) =
    let v, d = 100, 8
    let counts = Corpus.leading counts v
    let frequencies = Corpus.frequencies counts

    let w = DenseMatrix(v, d, gaussian 11UL 0.3 (v * d) |> Array.map (fun x -> x + 0.1))

    {
        Counts = counts
        P = frequencies.Words
        Joint = frequencies.Pairs
        Model = (Dense.gram w team).Values
        Team = team
    }

let private xeConstant (text: Text) =
    let independent = Array.allPairs text.P text.P |> Array.map (fun (a, b) -> a * b)
    let linear = Array.map2 (-) text.Joint independent
    let size = largest linear

    exact
        "xe-constant"
        "xe-constant"
        "largest gradient of Eq. (4) at the target, relative to that at 0"
        (16.0 * u * Array.max text.Joint / size)
        "rounding: eight operations on numbers up to the largest P_ij, on each side"
        (fun theory ->
            let target =
                theory.Target (theory.CrossEntropy()) (Corpus.statistics theory text.Counts)
            // Half the gradient of Eq. (4) in M: P_iP_j M - (P_ij - P_iP_j).
            Array.map3 (fun q m l -> abs (q * m - l)) independent target linear
            |> Curves.worst
            |> fun worst -> worst / size)

let private simClrVariance (text: Text) =
    let v, p, h = text.Size, text.P, 1e-3
    let rows = text.Model |> Array.chunkBySize v

    let overRows f =
        Array.map2 (fun weight row -> weight * f row) p rows |> Array.sum

    // The linear term is odd: (L(hM) + L(-hM)) / h^2 is twice the second-order term, up to h^2.
    let logarithm h =
        overRows (fun row -> log (Array.fold2 (fun sum weight x -> sum + weight * exp (h * x)) 0.0 p row))

    let second = (logarithm h + logarithm -h) / (h * h)

    exact
        "simclr-variance"
        "printed-simclr-variance"
        "relative error of the second-order term of the contrastive loss, against its second difference, β = 1 and a random model"
        ((h * h / 96.0 * overRows (fun row -> (Array.max row - Array.min row) ** 4.0)
          + float (2 * v + 8) * u / (h * h))
         / second)
        "a second difference of step h errs by h^2 / 12 times the fourth cumulant, which is at most 1/8 of the fourth power of a row's range; rounding: (2 V + 8) u / h^2"
        (fun theory -> abs (overRows (theory.ContrastiveSpread p) / second - 1.0))

let private sgnsFactor (text: Text) =
    let v = text.Size

    let onBoth f =
        text.Sum(fun i j -> f text.Joint[i * v + j] (text.P[i] * text.P[j]) text.Model[i * v + j])

    let above =
        onBoth (fun p q x -> p * (log (1.0 + exp -x) - log 2.0) + q * (log (1.0 + exp x) - log 2.0))

    let remainder = onBoth (fun p q x -> (p + q) * right.TaylorBound x)

    leadingOrder
        "sgns-factor"
        "sgns-factor"
        "distance of L_SGNS from its quadratic expansion, in units of the guaranteed remainder Σ x^4/192, a random model"
        1.0
        "the remainder of log(1 + e^-x) after the quadratic term is at most x^4/192"
        (fun theory ->
            let loss = theory.SkipGram()

            let quadratic =
                onBoth (fun p q x ->
                    (loss.PositiveQuadratic * p + loss.NegativeQuadratic * q) * x * x
                    - (loss.PositiveLinear * p + loss.NegativeLinear * q) * x)

            abs (above - quadratic) / remainder)

let private lostHalf (text: Text) =
    // Eq. (37): subsampled with Psi = 1/P, so that every P_i P_j is 1/V^2.
    let v, target = text.Size, text.Subsampled
    let q = 1.0 / float (v * v)

    // One term of Eq. (4) at M, less the same at M*; P_ij = P_iP_j (1 + M*_ij).
    let term i j =
        let x, y = text.Model[i * v + j], target[i * v + j]
        q * ((1.0 + y) * (y - x) + 0.5 * (x * x - y * y) + x - y)

    let above = text.Sum term
    let magnitude = text.Sum(fun i j -> abs (term i j))

    exact
        "lost-half"
        "printed-lost-half"
        "relative error of the loss above its minimum, Eq. (4) term by term against the square, Ψ = 1/P and a random model"
        (float (2 * v + 32) * u * magnitude / above)
        "rounding: sums of V rows of V terms, 32 operations in each, relative to the sum of the terms' magnitudes"
        (fun theory ->
            let statistics = Corpus.statistics theory text.Counts
            let subsampled = theory.Subsampled statistics (statistics.InverseFrequency())
            let loss = theory.CrossEntropy()
            let weight, least = theory.Weight loss subsampled, theory.Target loss subsampled

            let squares =
                text.Sum(fun i j -> let e = i * v + j in weight[e] * (text.Model[e] - least[e]) ** 2.0)

            abs (squares / above - 1.0))

let private subsamplingSign (text: Text) =
    let target = text.Subsampled

    exact
        "subsampling-sign"
        "z-sign"
        "largest difference between the target of subsampled text, by definition, and the law, relative to its largest entry"
        (float text.Size * u)
        "rounding: V u relative for the normalisations"
        (fun theory ->
            let statistics = Corpus.statistics theory text.Counts
            let plain = theory.Target (theory.CrossEntropy()) statistics
            let z = theory.Z statistics (statistics.InverseFrequency())

            Array.map2 (fun a b -> abs (a - b)) (theory.SubsampledTarget plain z) target
            |> Curves.worst
            |> fun worst -> worst / largest target)

let private rankOneClipping (text: Text) =
    let v, d, p = text.Size, 10, text.P
    // Pd^{1/2} M*_xe Pd^{1/2} by definition.
    let scaled =
        text.Joint
        |> Array.mapi (fun e n -> let q = p[e / v] * p[e % v] in (n - q) / sqrt q)

    let eigenvalues = (Dense.eigen scaled text.Team).Eigenvalues
    let norm = eigenvalues |> Array.sumBy (fun l -> l * l)

    let least =
        norm
        - (eigenvalues |> Array.take d |> Array.sumBy (fun l -> (max l 0.0) ** 2.0))

    let minimiser =
        Prediction(fun theory ->
            let statistics = Corpus.statistics theory text.Counts
            let target = theory.Target (theory.CrossEntropy()) statistics
            (RankOne.minimiser theory (statistics.Unigram()) target d text.Team).Model)

    exact
        "rank-one-clipping"
        "clipping"
        "loss of the predicted minimiser above the least one, relative, d = 10 on text without subsampling"
        (float (18 * v + 3 * d + 24) * u * norm / least)
        "rounding of the loss of a minimiser: (18 V + 3 d + 24) u ||Pd^{1/2} M* Pd^{1/2}||^2"
        (fun theory ->
            Dense.distance scaled (RankOne.scaled p (minimiser.Of theory)) ** 2.0 / least
            - 1.0
            |> abs)

let private eckartYoung (team: WorkerTeam) =
    // Two dimensions against the modes 2, 1, 1/2, -3: the two largest magnitudes are -3 and 2, but W'W has no negative mode.
    let eigenvalues, d, time = [| 2.0; 1.0; 0.5; -3.0 |], 2, 60.0
    let v = eigenvalues.Length
    let norm = eigenvalues |> Array.sumBy (fun l -> l * l)
    let least = norm - (eigenvalues |> Array.take d |> Array.sumBy (fun l -> l * l))

    let reached =
        let state = DenseMatrix(v, d, gaussian 3UL 0.1 (v * d))
        // beta = lambda/2 and A = 1/4: the flow is W-dot = W (M* - W'W).
        let field = EigenbasisField(eigenvalues |> Array.map ((*) 0.5), 0.25, state, team)
        let integrator = FlowIntegrator(field, team)

        match integrator.Integrate(state, ReadOnlySpan [| time |], 1e-12, 100_000, (fun _ _ -> ())) with
        | FlowOutcome.Completed ->
            let gram = Dense.gram state team

            Seq.sum (
                Seq.init (v * v) (fun e ->
                    ((if e / v = e % v then eigenvalues[e / v] else 0.0) - gram.Values[e]) ** 2.0)
            )
        | _ -> nan

    exact
        "eckart-young"
        "printed-eckart-young"
        "relative distance of the loss that a simulated flow ends at from the least loss, d = 2, modes 2, 1, 1/2, -3"
        (exp (-2.0 * (eigenvalues[1] - eigenvalues[2]) * time)
         + float (16 * v + d + 8 + v * v + 2 * (d + 2)) * u * norm / least)
        "the flow to t = 60 leaves e^{-60} of the mode it drops, by the gap of the modes 1 and 1/2; the integration's error counts squared at a minimum; rounding: (16 V + d + 8) u ||M*||^2 in the theory's loss, V^2 terms of d products in the flow's"
        (fun theory -> abs (reached / theory.LeastLoss eigenvalues d - 1.0))

let private transpose () =
    // B = Lambda^{1/2} V*' Pd^{1/2} with d = V = 2: nothing is truncated, so the product must be Pd^{1/2} M* Pd^{1/2} itself.
    let weights, eigenvalues, cosine, sine = [| 1.0; 0.25 |], [| 2.0; 1.0 |], 0.6, 0.8
    let vectors = [| cosine; sine; -sine; cosine |]

    let factor =
        Array.init 4 (fun e -> sqrt (eigenvalues[e / 2] * weights[e % 2]) * vectors[e])

    let scaled =
        Array.init 4 (fun e ->
            let entry k =
                eigenvalues[k] * vectors[2 * k + e / 2] * vectors[2 * k + e % 2]

            sqrt (weights[e / 2] * weights[e % 2]) * (entry 0 + entry 1))

    exact
        "transpose"
        "printed-transpose"
        "largest entry of the difference between the product and Pd^{1/2} M* Pd^{1/2}, d = V = 2"
        (16.0 * u * largest scaled)
        "rounding: products and sums of two terms, on each side"
        (fun theory ->
            Array.map2 (fun a b -> abs (a - b)) (theory.FactorProduct factor 2) scaled
            |> Curves.worst)

let private appendixClock (team: WorkerTeam) =
    // One mode of W-dot = W (M* - W'W), the descent of (1/4) ||M - M*||^2.
    let eigenvalue, start, weight = 1.0, 1e-8, 0.25

    /// s^2 at a time in units of lambda/2, and the steps to it.
    let simulate (time: float) tolerance =
        let state = DenseMatrix(1, 1, [| sqrt start |])

        let integrator =
            FlowIntegrator(EigenbasisField([| 0.5 * eigenvalue |], weight, state, team), team)

        match integrator.Integrate(state, ReadOnlySpan [| time |], tolerance, 100_000, (fun _ _ -> ())) with
        | FlowOutcome.Completed ->
            state[0, 0] * state[0, 0] / (0.5 * eigenvalue), float integrator.Statistics.AcceptedSteps
        | _ -> nan, nan

    // When dλ/dτ = λ(λ* − λ) has come to λ*/2.
    let half = 1.0<etaTime> * (log (eigenvalue / start - 1.0) / eigenvalue)

    let time (theory: Theory) =
        theory.FlowTime half / theory.Kappa weight

    let fine, steps = simulate (time right) 1e-12
    let coarse, _ = simulate (time right) 1e-11

    exact
        "appendix-clock"
        "printed-appendix-clock"
        "relative distance of the simulated variance from λ/2 when dλ/dτ = λ(λ* - λ) has come to half"
        (abs (coarse - fine) + (16.0 * steps + 8.0 * eigenvalue * float half) * u)
        "integration: distance from a run with ten times the tolerance, whose error is about ten times as large; rounding: 16 u a step and 8 u of the exponent"
        (fun theory -> abs (fst (simulate (time theory) 1e-12) - 1.0))

/// R(tau) of the exact solution, d x V.
let private factorAt (solution: ExactSolution) time =
    solution.At(right.FlowTime time).EmbeddingsInEigenbasis()

let private phi (eigenvalue: float) (time: float<etaTime>) =
    (exp (eigenvalue * float time) - 1.0) / eigenvalue

let private alignmentPeak () =
    let lambda, sigma = [| 1.0; 0.7; -0.3 |], 1e-8
    let variance, r = sigma * sigma, lambda[1] / lambda[0]
    // Upper-triangular start with unit ratios: R_12(0) = R_11(0) = R_22(0).
    let solution =
        right.Exact lambda (Projection.OfRows([| sigma; sigma; 0.0; 0.0; sigma; 0.0 |], 2))

    let square (time: float) =
        (factorAt solution (1.0<etaTime> * time))[0, 1] ** 2.0

    let peak = square (Curves.argmin 1.0 120.0 (fun time -> -(square time)))
    let time = right.PeakTime lambda[0] lambda[1] variance
    let x = variance * phi lambda[1] time

    let judged =
        leadingOrder
            "alignment-peak"
            "printed-alignment-peak"
            "relative error of the predicted peak of R_12^2, λ_2/λ_1 = 0.7, σ^2 = 1e-16"
            ((1.0 + x) * (1.0 + (2.0 - r) * x) - 1.0 + 64.0 * u * lambda[0] * float time)
            "the exact law of two modes, R_12^2 = R_12^2(0) e^{λ_2 τ} / [(1 + x)((1 + R_11^2(0) φ_1)(1 + x) + y)] with x = R_22^2(0) φ_2, y = R_12^2(0) φ_2, against the same with x = y = 0: at most (1 + x)(1 + x + (1 - r) y) - 1 at the predicted time, here x = y = σ^2 φ_2; rounding of 64 operations on exponents up to λ_1 τ"
            (fun theory -> abs (peak / theory.PeakHeight lambda[0] lambda[1] variance variance - 1.0))

    judged
    |> changed
        "The bound used to be of first order in x and y, 2x + (1 − r)y, of which the error takes all but one part in a million; the properties' gate of another start missed the same bound by rounding. It gave way to the exact expression, and rounding."

let private triangular (team: WorkerTeam) =
    let v, d = 12, 4
    let lambda = Array.init v (fun k -> 2.0 * 0.75 ** float k - 0.4)

    let r =
        (right.Exact lambda (Projection.OfRows(gaussian 5UL 0.05 (d * v), d)))
            .At(1.5<kappaTime>)
            .EmbeddingsInEigenbasis()

    let rows = r.ToRows()

    let singular =
        Dense.singularValues (Dense.transposed (DenseMatrix(d, v, rows))) team

    let diagonal = Array.init d (fun k -> abs r[k, k]) |> Array.sortDescending

    let rest =
        rows |> Array.mapi (fun e x -> if e / v = e % v then 0.0 else x) |> Dense.norm

    let distance = Array.map2 (fun s x -> abs (s - x)) singular diagonal |> Curves.worst

    let judged =
        exact
            "triangular-singular-values"
            "printed-triangular"
            "by how much singular values are farther from the sorted diagonal of R than the reading allows, relative to the largest of them"
            (8.0 * float v * u)
            "rounding of the factorisations on both sides, 8 V u"
            (fun theory -> max 0.0 (distance - theory.DiagonalDistance rest) / singular[0])

    judged
    |> changed
        "The distance used to be taken in units of what each reading allows, the norm of the rest of R for one and rounding for the other; it gave way to one scale for both."

let private initialCondition () =
    let v, d = 14, 3

    let lambda =
        Array.init v (fun k -> if k < d then 3.0 - float k else 0.5 - 0.1 * float k)

    let projection = Projection.OfRows(gaussian 7UL 1e-6 (d * v), d)
    let solution = right.Exact lambda projection
    let start = factorAt solution 0.0<etaTime>
    let rises = Array.init d (fun k -> HalfRiseLaw.Of(lambda, start, k))

    /// kappa t at which s_k^2 passes lambda_k / 2, by bisection.
    let half =
        Array.init d (fun k ->
            let above time =
                (solution.At(1.0<kappaTime> * time).SingularValues()[k]) ** 2.0 > 0.5 * lambda[k]

            let rec narrow low high count =
                let middle = 0.5 * (low + high)

                if count = 0 then middle
                elif above middle then narrow low middle (count - 1)
                else narrow middle high (count - 1)

            narrow 0.0 (2.0 * float (right.FlowTime rises[k].AlignedTime)) 60)

    let allowed (rise: HalfRise) =
        -log(1.0 - 2.0 * rise.Terms) + rise.Neglected

    let judged =
        leadingOrder
            "initial-condition"
            "printed-start"
            "largest error of a half-rise time in units of 1/λ_k, the width of the step, over the mode's own bound; three modes, σ^2 = 1e-12"
            1.0
            "per mode: -ln(1 - 2 η_k) and the order of what that neglects, where η_k is the relative change of s_k^2 at half height by the start's misalignment, all terms added (derivations 6.7), here 4e-10 to 2e-4"
            (fun theory ->
                let from = theory.StartVariances(theory.Exact lambda projection)

                Seq.init d (fun k ->
                    let predicted = float (theory.HalfRiseTime from[k] lambda[k])
                    2.0 * lambda[k] * abs (predicted - half[k]) / allowed rises[k])
                |> Curves.worst)

    judged
    |> changed
        "The ratio of the error of all singular values at σ = 10^{−6} to that at 10^{−2}, bounded by hand at 0.1 (its derivation said 0.05), gave way to the half-rise time of every mode with the mode's own bound."

let private columnsBeyondD () =
    let lambda, d = [| 1.0; 0.7; 0.42; 0.2; 0.1; -0.3 |], 3

    let solution =
        right.Exact lambda (Projection.OfRows(gaussian 2UL 1e-8 (d * lambda.Length), d))
    // The last row and the first column beyond it.
    let row, column = d - 1, d
    let start = factorAt solution 0.0<etaTime>
    let variance, off = start[row, row] ** 2.0, start[row, column] ** 2.0
    let time = 3.0 * right.PeakTime lambda[row] lambda[column] variance
    let reached = (factorAt solution time)[row, column] ** 2.0

    exact
        "columns-beyond-d"
        "printed-columns"
        "relative error of R_34^2 at three times the time of its peak, d = 3, σ^2 = 1e-16"
        (64.0 * u * lambda[row] * float time)
        "rounding of 64 operations on exponents up to λ_d τ: in the last row the law is exact but for exp(-(λ_d - λ_j) τ) = 1e-24"
        (fun theory ->
            let beyond = theory.ColumnVariance start column

            let predicted =
                theory.OffDiagonalSquare lambda[row] lambda[column] variance beyond off time

            abs (predicted / reached - 1.0))

let private modesBetween () =
    let lambda, d, time = [| 1.0; 0.6; 0.2; 0.1 |], 3, 120.0<etaTime>

    let solution =
        right.Exact lambda (Projection.OfRows(gaussian 19UL 1e-10 (d * lambda.Length), d))

    let start = factorAt solution 0.0<etaTime>
    let r i j = start[i - 1, j - 1]
    let reached = (factorAt solution time)[0, 2] ** 2.0
    let passed = r 1 2 * r 2 3 / r 2 2
    // What is not yet learned of mode 2, and what is learned of the modes behind it.
    let missing = 1.0 / (1.0 + r 2 2 ** 2.0 * phi lambda[1] time)

    let learned =
        (r 2 3 ** 2.0 + r 3 3 ** 2.0) * phi lambda[2] time
        + (r 2 4 ** 2.0 + r 3 4 ** 2.0) * phi lambda[3] time

    leadingOrder
        "modes-between"
        "printed-modes-between"
        "relative error of R_13^2 after mode 2 is learned and before mode 3, λ = 1, 0.6, 0.2, 0.1, σ^2 = 1e-20"
        (2.0 * missing * abs (passed / (r 1 3 - passed))
         + 2.0 * learned
         + 64.0 * u * lambda[0] * float time)
        "mode 2 passes on all but a share 1 / (1 + R_22^2(0) φ_2) of R_12 R_23 / R_22; the modes behind it act back by sums of R_kj^2(0) φ_j; rounding of 64 operations on exponents up to λ_1 τ"
        (fun theory ->
            let entry = theory.EntryAfter (r 1 3) (r 1 2) (r 2 3) (r 2 2)

            let predicted =
                theory.OffDiagonalSquare lambda[0] lambda[2] (r 1 1 ** 2.0) (r 3 3 ** 2.0) (entry * entry) time

            abs (predicted / reached - 1.0))

/// Every erratum, in the order of Errata.All, on counts of a text of 100 words or more.
let all (counts: CooccurrenceCounts) (team: WorkerTeam) : Measured list =
    let text = text counts team

    [
        xeConstant text
        simClrVariance text
        sgnsFactor text
        lostHalf text
        subsamplingSign text
        rankOneClipping text
        eckartYoung team
        transpose ()
        appendixClock team
        alignmentPeak ()
        triangular team
        initialCondition ()
        columnsBeyondD ()
        modesBetween ()
    ]
    |> List.sortBy (fun one -> Seq.findIndex (fun (erratum: Erratum) -> erratum.Id = one.Erratum.Id) Errata.All)
