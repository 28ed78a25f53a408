/// Equality and texts of every kind of result: another type is never equal, another content neither.
module Qwem.Validation.Tests.EqualityDetailTests

open System
open Expecto
open Qwem.Theory

let private corpus first =
    CorpusStatistics([| first; 1.0 - first |], [| 0.5; 0.25; 0.25; 0.0 |])

let private spectrum first =
    TargetSpectrum([| first; -1.0 |], [| 1.0; 0.0; 0.0; 1.0 |])

let private singular first =
    TargetSingularSpectrum([| first; 0.5 |], [| 1.0; 0.0; 0.0; 1.0 |], [| 1.0; 0.0; 0.0; 1.0 |])

let private exact first =
    ExactSolution([| first; -1.0 |], Projection.OfRows([| 0.5; 0.25 |], 1))

let private asymmetric first =
    AsymmetricSolution(singular first, Embeddings.OfRows([| 0.5; 0.25 |], 1), Embeddings.OfRows([| 0.5; 0.25 |], 1))

let private noise target =
    MinibatchNoise.Of(QuadraticLoss.Sym, [| 1.0 |], [| 1.0 |], 0.25, [| target |], [| 1.0 |], 1, 4)

let private deviation runs =
    DescentDeviation([| 2.0; 1.0 |], [| 0.01 |], 0.125<kappaTime / step>, noise 1.0, runs, 3.0)

let private linear rate =
    Linearisation(QuadraticLoss.Sym, [| 0.6 |], [| 0.2 |], TargetSpectrum([| rate |], [| 1.0 |]))

let private row<'a when 'a: not null and 'a: not struct> (make: float -> 'a) (text: string) : obj * obj * obj * string =
    make 0.75, make 0.75, make 0.625, text

/// A value, the same made once more, one that differs, and what the first says of itself.
let private kinds: (obj * obj * obj * string) list = [
    row corpus "corpus statistics, V = 2: P_i = 0.75, 0.25; P_ij sums to 1"
    row (fun x -> PairWeights.Uniform(corpus x, 2.0)) "pair measures, V = 2: k = 2, total mass 3"
    row (fun x -> InfoNceLoss(corpus x, 2.0)) "contrastive loss, beta = 2, V = 2"
    row spectrum "spectrum, V = 2: lambda* = 0.75, -1"
    row singular "singular spectrum, m x n = 2 x 2: s = 0.75, 0.5"
    row (fun x -> Embeddings.OfRows([| x; 0.0 |], 1)) "embeddings, d x V = 1 x 2, |W| = 0.75"
    row (fun x -> Projection.OfRows([| x; 0.0 |], 1)) "embeddings in the eigenbasis, d x V = 1 x 2, |C| = 0.75"
    row (fun x -> LossStaircase([| 0.0 |], [| x |], 4.0)) "staircase, d = 1: kappa tau = Infinity; plateaus 1, 0.8594"
    row (fun x -> MarchenkoPastur(1.0, x)) "Marchenko-Pastur law, N / d = 1, variance 0.75: 0 to 3"
    row
        (fun x -> GeneralisedMarchenkoPastur([| x |], [| 1.0 |], 1.0))
        "generalised Marchenko-Pastur law, N / d = 1: edges 0, 3"
    row (fun x -> ProportionEstimate(int64 (x * 1000.0), 1000L)) "0.75 (750 of 1000)"
    row linear "linearised start, V = 1: plateau 1.875, beta = 0.75"
    row
        (fun x -> deviation (int (x * 8.0)))
        "deviation of the mean of 6 descents, d = 1, kappa h = 0.125; noise of one batch: variances 0, of an entry 0"
    row (fun x -> RankOneApproximation([| x * x; x; x; 1.0 |])) "rank-one weight, V = 2: g = 0.75, 1; relative residual"
    row
        (fun x -> FamilySpectrum([| x; 0.0; 0.0; 1.0 |], 2, 2))
        "differences, N x d = 2 x 2, rank 2, eigenvalues of RR'/d: 0.5, 0.2812"
    row
        (fun x -> AnalogyFamily.FromPairs [| 0; 1; 2; int (x * 8.0) |])
        "analogy family, pairs: 2, questions: 2, discarded: 0"
    row (fun x -> (exact x).At 0.0<kappaTime>) "kappa t = 0, d x V = 1 x 2: s = 0.559; ||M - M*||^2 = "
    row
        (fun x -> (asymmetric x).At 0.0<kappaTime>)
        "m x n = 2 x 2, ||M - M*||^2 = 0.4727; lifted: kappa t = 0, d x V = 1 x 4: s = "
]

let tests =
    testList "Equality and texts" [
        for value, twin, other, text in kinds do
            testCase $"%s{value.GetType().Name} equals its twin only, and says what it is"
            <| fun () ->
                Expect.isTrue (value.Equals twin) "made twice"
                Expect.equal (value.GetHashCode()) (twin.GetHashCode()) "hash codes of equals"
                Expect.isFalse (value.Equals other) "another content"
                Expect.isFalse (value.Equals "text") "another type"
                Expect.isFalse (value.Equals null) "nothing"
                Expect.stringStarts (string value) text "its text"

        testCase "other results say what they are"
        <| fun () ->
            let says (value: obj) text =
                Expect.equal (string value) text "its text"

            says (asymmetric 0.75) "exact flow of both factors, d = 1, singular spectrum, m x n = 2 x 2: s = 0.75, 0.5"

            says (exact 0.75) "exact flow, d x V = 1 x 2, rank 1, lambda* = 0.75, -1"

            says
                (RankOneWeights([| 0.75; 1.0 |], [| 1.0; 0.0; 0.0; 1.0 |]))
                "rank-one weighted loss, V = 2: p = 0.75, 1"

            says
                (SgnsLoss(PairWeights.Uniform(corpus 0.75, 2.0)))
                "L_SGNS under pair measures, V = 2: k = 2, total mass 3"

            says (Weighting.Of [| 1.0; 2.0 |]) "Psi = Psi_i Psi_j, 2 words"
            says (Weighting.Of([| 1.0; 2.0; 3.0 |], [| 1.0; 2.0; 3.0 |])) "Psi+, Psi-, 3 pairs"
            says (Target.Of QuadraticLoss.Xe) "M* of L_xe: (a, b, c, d) = (0, 1, 1/2, -1)"
            says (Target.OfShiftedMutualInformation(5.0, -1.0)) "PMI - ln 5, -1 for unseen pairs"

            says
                (AnalogyEstimator(
                    Embeddings.OfRows([| 1.0; 2.0; 3.0; 4.0; 0.0; 1.0; 0.0; 1.0 |], 2),
                    AnalogyFamily.FromPairs [| 0; 1; 2; 3 |],
                    [| 1; 2 |]
                ))
                "estimator of 2 pairs, D x V = 2 x 4, 2 sizes"

            says (noise 1.0) "noise of one batch: variances 0, of an entry 0"

            says
                {
                    FirstRiseShift.Modelling = 0.5
                    FirstRiseShift.StandardError = 0.25
                    FirstRiseShift.Noise = 0.125
                }
                "first rise, relative: modelling 0.5, standard error 0.25, noise 0.125"

            says
                {
                    DescentNoise.MeanSquare = 0.5
                    DescentNoise.RelativeDeviation = 0.25
                    DescentNoise.SecondOrder = 0.125
                }
                "noise of a descent: mean square 0.5, relative deviation 0.25, second order 0.125"

            says
                {
                    CriticalDimension.Estimate = Nullable 4
                    CriticalDimension.Lower = Nullable()
                    CriticalDimension.Upper = Nullable 8
                }
                "critical d: 4 (interval none to 8)"

            says
                ((corpus 0.75).Subsample [| 1.0; 1.0 |])
                "subsampled corpus statistics, V = 2: P_i = 0.75, 0.25; P_ij sums to 1; Z = 1, Z_u = 1, Z_j = 1"

            says (Embeddings.OfRows([| 1.0 .. 7.0 |], 1)) "embeddings, d x V = 1 x 7, |W| = 11.83"

            says
                (TargetSpectrum.Decompose(Array.init 49 (fun k -> if k % 8 = 0 then float (7 - k / 8) else 0.0)))
                "spectrum, V = 7: lambda* = 7, 6, 5, 4, 3, 2, ... (7 in all)"

        testCase "large models do not compute their singular values to say what they are"
        <| fun () ->
            let large rows =
                let values = Array.init rows (fun k -> float (rows - k))

                let start =
                    Array.init (rows * rows) (fun at -> if at % (rows + 1) = 0 then 0.5 else 0.0)

                ExactSolution(values, Projection.OfRows(start, rows)).At 0.0<kappaTime>

            Expect.stringContains (string (large 300)) "d x V = 300 x 300: s = 0.5, 0.5" "300 dimensions"
            Expect.isFalse ((string (large 301)).Contains "s = 0.5") "301 dimensions"
            let asked = large 301
            asked.SingularValues() |> ignore
            Expect.stringContains (string asked) "d x V = 301 x 301: s = 0.5, 0.5" "301 dimensions, once asked"
    ]
