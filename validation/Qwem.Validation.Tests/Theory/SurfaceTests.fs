/// The public surface as a script or a C# program meets it: cases, values that compare, results that print, functions for pipelines.
module Qwem.Validation.Tests.SurfaceTests

open System
open System.Reflection
open Expecto
open FsCheck.FSharp
open Qwem.Theory
open Qwem.Validation.Tests.Problems
open Qwem.Validation.Tests.Statistics
open Qwem.Theory.Functions

/// Types that somebody wrote: no units of measure, which are erased, and no classes that the compiler makes for the cases of a union.
let private written =
    typeof<HypothesisException>.Assembly.GetExportedTypes()
    |> Array.filter (fun t -> not t.IsNested && isNull (t.GetCustomAttribute<MeasureAttribute>() |> box))

let tests =
    testList "Surface" [
        testCase "everything that can be made prints more than its type's name" (fun () ->
            let silent =
                written
                |> Array.filter (fun t -> not (t.IsAbstract && t.IsSealed))
                |> Array.filter (fun t ->
                    (nonNull (t.GetMethod("ToString", Type.EmptyTypes))).DeclaringType = typeof<obj>)
                |> Array.map _.Name

            Expect.isEmpty silent ""
            Expect.isGreaterThan written.Length 30 "")

        testCase "everything but a prepared computation is equal by content" (fun () ->
            let byReference =
                written
                |> Array.filter (fun t -> not (t.IsAbstract && t.IsSealed))
                |> Array.filter (fun t ->
                    (nonNull (t.GetMethod("Equals", [| typeof<obj> |]))).DeclaringType = typeof<obj>)
                |> Array.map _.Name
                |> Array.sort

            Expect.equal
                byReference
                [|
                    "AnalogyEstimator"
                    "AsymmetricSolution"
                    "ExactSolution"
                    "HypothesisException"
                    "RankOneWeights"
                    "SaddleSequence"
                    "SgnsLoss"
                |]
                "")

        testCase "no public member is a span, which an F# script cannot bind" (fun () ->
            let flags =
                BindingFlags.Public
                ||| BindingFlags.Instance
                ||| BindingFlags.Static
                ||| BindingFlags.DeclaredOnly

            let spans = [
                for t in written do
                    for m in t.GetMethods flags do
                        if m.ReturnType.IsByRefLike then
                            $"{t.Name}.{m.Name}"
            ]

            Expect.isEmpty spans "")

        testCase "results print their content" (fun () ->
            let prints (part: string) (value: obj) =
                Expect.stringContains (string value) part ""

            let start = Projection.OfRows [| [| 0.3; 0.4 |] |]
            let flow = ExactSolution([| 2.0; -1.0 |], start)
            prints "s = 0.5" (flow.At 0.0<kappaTime>)
            prints "kappa t = 20" (flow.At 20.0<kappaTime>)
            prints "1 x 2" flow
            prints "|C| = 0.5" start
            prints "d x V = 1 x 2, |W| = 5" (Embeddings.OfRows [| [| 3.0; 4.0 |] |])
            prints "kappa tau = 0.1733; plateaus 1, 0" (LossStaircase([| 1.0 |], [| 4.0 |], 16.0)) // ln 4 / 8
            prints "(a, b, c, d) = (0, 1, 1, -1)" (QuadraticLoss.OfInverseTemperature 2.0)
            prints "a, b, c, d" (QuadraticLoss.General(-1.0, 0.0, 0.0, 0.0)) // what no member would accept still prints
            prints "0.6 (6 of 10)" (ProportionEstimate(6L, 10L))
            let accuracy: AnalogyAccuracy = { Correct = 1; Questions = 2; Ties = 1 }
            prints "0.5 (1 of 2, ties: 1)" accuracy
            prints "1, 1, 1, 1, 1, 1, ... (9 in all)" (TargetSpectrum(Array.create 9 1.0, orthogonal (Random 1) 9)))

        testCase "results with equal content are equal" (fun () ->
            let equal (a: 'a) (b: 'a) =
                Expect.isTrue ((box a).Equals b) ""
                Expect.equal (hash (a)) (hash (b)) ""

            let different (a: 'a) (b: 'a) = Expect.isFalse ((box a).Equals b) ""
            let twice f = equal (f ()) (f ())
            let counts = [| 3.0; 1.0 |], [| 2.0; 1.0; 1.0; 0.0 |]
            let corpus () = CorpusStatistics.FromCounts counts
            twice corpus
            different (corpus ()) (corpus().WithNeutralSelfPairs())
            twice (fun () -> corpus().Subsample [| 1.0; 2.0 |])
            twice (fun () -> QuadraticLoss.Of(1.0, 2.0, 3.0, 4.0))
            different QuadraticLoss.Xe (QuadraticLoss.SimClr 1.0)
            twice (fun () -> Target.Of QuadraticLoss.Sym)
            twice (fun () -> Weighting.WordByWord [| 1.0; 2.0 |])
            different (Weighting.WordByWord [| 1.0; 2.0 |]) (Weighting.WordByWord [| 2.0; 1.0 |])
            let weighted = RankOneWeights([| 1.0; 0.25 |], [| 0.0; 1.0; 1.0; 0.0 |])
            twice (fun () -> weighted.Minimiser 1)
            different (weighted.Minimiser 1) (weighted.Minimiser 2)
            twice (fun () -> ProportionEstimate(6L, 10L))
            twice (fun () -> TargetSpectrum.Decompose [| 2.0; 1.0; 1.0; 2.0 |])
            different (TargetSpectrum([| 1.0 |], [| 1.0 |])) (TargetSpectrum([| 1.0 |], [| -1.0 |]))
            twice (fun () -> TargetSingularSpectrum([| 2.0 |], [| 1.0 |], [| 1.0 |]))
            twice (fun () -> PairWeights.Uniform(corpus (), 2.0))
            different (PairWeights.Uniform(corpus (), 2.0)) (PairWeights.Uniform(corpus (), 3.0))
            twice (fun () -> AnalogyFamily.FromPairs [| 0; 1; 2; 3 |])
            different (AnalogyFamily.FromPairs [| 0; 1; 2; 3 |]) (AnalogyFamily.FromPairs [| 0; 1; 2; 3; -1; 4 |])
            twice (fun () -> LossStaircase([| 1e-6 |], [| 4.0 |], 16.0))
            different (LossStaircase([| 1e-6 |], [| 4.0 |], 16.0)) (LossStaircase([| 1e-6 |], [| 4.0 |], 17.0))
            twice (fun () -> InfoNceLoss(corpus (), 2.0))
            different (InfoNceLoss(corpus (), 2.0)) (InfoNceLoss(corpus (), 1.0))

            let linearised p =
                Linearisation(QuadraticLoss.Sym, [| p |], [| 0.2 |], TargetSpectrum([| p - 0.2 |], [| 1.0 |]))

            twice (fun () -> linearised 0.6)
            different (linearised 0.6) (linearised 0.7)
            twice (fun () -> RankOneApproximation [| 4.0; 2.0; 2.0; 1.0 |])
            twice (fun () -> FamilySpectrum([| 1.0; 0.0; 0.0; 1.0 |], 2, 2))
            different (FamilySpectrum([| 1.0; 2.0 |], 2, 1)) (FamilySpectrum([| 1.0; 2.0 |], 1, 2))
            twice (fun () -> MarchenkoPastur(0.5, 1.0))
            different (MarchenkoPastur(0.5, 1.0)) (MarchenkoPastur(1.0, 0.5))
            twice (fun () -> GeneralisedMarchenkoPastur([| 1.0; 3.0 |], [| 0.5; 0.5 |], 0.25))

            different
                (GeneralisedMarchenkoPastur([| 1.0; 3.0 |], [| 0.5; 0.5 |], 0.25))
                (GeneralisedMarchenkoPastur([| 1.0; 3.0 |], [| 0.4; 0.6 |], 0.25))

            twice (fun () -> Spikes([| 1.0; 2.0 |], [| 1.0; 0.0 |], 3))
            different (Spikes([| 1.0; 2.0 |], [| 1.0; 0.0 |], 3)) (Spikes([| 1.0; 2.0 |], [| 0.0; 1.0 |], 3))
            different (ProportionEstimate(6L, 10L)) (ProportionEstimate(3L, 5L))
            let one = Embeddings.OfRows [| [| 0.1 |] |]

            let flow =
                AsymmetricSolution(TargetSingularSpectrum([| 2.0 |], [| 1.0 |], [| 1.0 |]), one, one)

            twice (fun () -> flow.At 1.0<kappaTime>)
            different (flow.At 1.0<kappaTime>) (flow.At 2.0<kappaTime>)

            twice (fun () ->
                Alignment.Gap(ExactSolution([| 2.0; 1.0 |], Projection.OfRows [| [| 0.3; 0.4 |] |]).At 1.0<kappaTime>)))

        testCase
            "a case written directly is refused by the first member that uses its numbers, a static member at once"
            (fun () ->
                let statistics = (corpus 3).Statistics
                refusedNaming "inverseTemperature" (fun () -> (QuadraticLoss.SimClr 0.0).Weight statistics |> ignore)
                refusedNaming "inverseTemperature" (fun () -> QuadraticLoss.OfInverseTemperature -1.0 |> ignore)

                refusedNaming "a c >= 0" (fun () ->
                    QuadraticLoss.General(1.0, 1.0, -1.0, 1.0).NegativeLinear |> ignore)

                refusedNaming "unseenFloor" (fun () -> Target.OfMutualInformation nan |> ignore)
                refusedNaming "negativeRatio" (fun () -> Target.OfShiftedMutualInformation(0.0, 1.0) |> ignore)
                refusedNaming "unseenFloor" (fun () -> Target.OfShiftedMutualInformation(1.0, infinity) |> ignore)

                refusedNaming "psi" (fun () ->
                    QuadraticLoss.Xe.Pairs(Weighting.WordByWord [| 1.0 |], statistics, 1.0)
                    |> ignore))

        property "every weighting is its formula" 50 (fun (c: Corpus) ->
            let s = c.Statistics
            let size = s.VocabularySize
            let unigram, joint = s.Unigram(), s.Joint()
            let k = 1.0 + float (size % 7)
            let random = Random size
            let psi = Array.init size (fun _ -> 0.1 + random.NextDouble())

            let pairwise f =
                Array.init (size * size) (fun at -> f (at / size) (at % size))

            let loss = QuadraticLoss.Sym
            let plain = loss.Weight(PairWeights.Uniform(s, k))

            [
                Weighting.Uniform, pairwise (fun _ _ -> 1.0)
                Weighting.InverseFrequency, pairwise (fun i j -> 1.0 / unigram[i] * (1.0 / unigram[j]))
                Weighting.Omniscient, Array.map (fun g -> 1.0 / (4.0 * g)) plain
                Weighting.WordByWord psi, pairwise (fun i j -> psi[i] * psi[j])
                Weighting.PairByPair(Array.create (size * size) 2.0, Array.create (size * size) 2.0),
                pairwise (fun _ _ -> 2.0)
            ]
            |> List.map (fun (weighting, expected) ->
                let pairs = loss.Pairs(weighting, s, k)
                // Three products, and for the omniscient one the weight's own three roundings.
                labelled
                    $"{weighting}"
                    (worstRelative (pairs.Observed()) (Array.map2 (*) expected joint)
                     + worstRelative
                         (pairs.Independent())
                         (pairwise (fun i j -> expected[i * size + j] * k * unigram[i] * unigram[j])))
                    (32.0 * u))
            |> List.reduce (.&.))

        testCase "the functions are the types' members in the order of a pipeline" (fun () ->
            let words, pairs =
                [| 3.0; 2.0; 1.0 |], [| 0.0; 4.0; 1.0; 4.0; 0.0; 2.0; 1.0; 2.0; 0.0 |]

            let corpus = CorpusStatistics.FromCounts(words, pairs).WithNeutralSelfPairs()

            let pairsOfTarget =
                statistics words pairs
                |> neutral
                |> target (Target.Of QuadraticLoss.Sym)
                |> spectrum

            let start = Embeddings.OfRows [| [| 0.1; 0.2; 0.3 |] |]
            let time = 2.0<kappaTime>
            Expect.equal (statistics words pairs |> neutral) corpus ""
            Expect.isLessThan (pairsOfTarget.Certify(QuadraticLoss.Sym.Target corpus).Residual) (64.0 * u) ""
            Expect.equal (pairsOfTarget |> exact start |> at time) (ExactSolution(pairsOfTarget, start).At time) ""
            Expect.equal (aligned 0.1 2.0 time) (AlignedSolution.SingularValue(0.1, 2.0, time)) ""
            Expect.equal (embeddings 2 pairsOfTarget) (Analogies.SpectralEmbeddings(pairsOfTarget, 2)) ""
            let stairs = pairsOfTarget |> staircase 2 1e-6

            Expect.equal
                (stairs.RealisationTimes())
                (LossStaircase.OfGaussianStart(pairsOfTarget, 2, 1e-6).RealisationTimes())
                ""

            let family = AnalogyFamily.FromPairs [| 0; 1; 2; 3 |]

            let corners =
                Embeddings.OfWords [| [| 1.0; 0.0 |]; [| 1.0; 1.0 |]; [| 2.0; 0.0 |]; [| 2.0; 1.0 |] |]

            Expect.equal (corners |> accuracy family) (Analogies.Accuracy(corners, family)) "")

        testCase "the mean Gaussian start is that of random ones" (fun () ->
            // R_kk^2(0) of 4000 starts against the variances that the staircase takes: chi-squared with d - k + 1 degrees of freedom.
            let d, size, sigma, draws = 3, 5, 0.01, 4000
            let lambdas = [| 5.0; 4.0; 3.0; 2.0; 1.0 |]
            let random = Random 17

            let mean =
                Array.init draws (fun _ ->
                    ExactSolution(lambdas, Projection.OfRows(gaussian random d size sigma, d)).RDiagonalSquared())
                |> Array.transpose
                |> Array.map Array.average

            let stairs =
                LossStaircase.OfGaussianStart(TargetSpectrum(lambdas, orthogonal random size), d, sigma)

            for k in 0 .. d - 1 do
                let expected =
                    lambdas[k] * exp (-2.0 * lambdas[k] * float (stairs.RealisationTimes()[k]))

                let freedom = float (d - k)
                within $"k = {k + 1}" (relative mean[k] expected) (5.0 * sqrt (2.0 / freedom / float draws))

            let pairs = TargetSpectrum([| 1.0 |], [| 1.0 |])
            refusedNaming "dimension" (fun () -> LossStaircase.OfGaussianStart(pairs, 2, 0.1) |> ignore)
            refusedNaming "sigma" (fun () -> LossStaircase.OfGaussianStart(pairs, 1, 0.0) |> ignore))

        testCase "the optimiser's clock is that of a descent of g ||M - M*||^2, with one factor and with two" (fun () ->
            // One word, one dimension, M* = 2, W(0) = 0.5; Euler's error falls with the step: extrapolated from h and h / 2 it is of order h^2.
            let g, target, start, total = 0.3, 2.0, 0.5, 1.0

            let descend slope steps =
                let h = total / float steps
                Seq.fold (fun w _ -> w - h * slope w) start (seq { 1..steps })

            let limit slope =
                let coarse, fine = descend slope 20000, descend slope 40000
                2.0 * fine - coarse

            let symmetric = limit (fun w -> 4.0 * g * w * (w * w - target)) // d/dw of g (w^2 - 2)^2
            let factors = limit (fun w -> 2.0 * g * w * (w * w - target)) // equal factors: d/dw1 of g (w1 w2 - 2)^2
            let spectrum = TargetSpectrum([| target |], [| 1.0 |])
            let w = Embeddings.OfRows [| [| start |] |]

            let one =
                ExactSolution(spectrum, w).At(Clock.OfTraining(g, total)).SingularValues()[0]

            let two =
                AsymmetricSolution(TargetSingularSpectrum([| target |], [| 1.0 |], [| 1.0 |]), w, w)
                    .At(Clock.OfTrainingTwoFactors(g, total))
                    .Model()[0]
            // h = 5e-5 with rates up to 4 g 2 = 2.4: (2.4 h)^2 = 1.4e-8, and 40,000 roundings; a wrong factor shows in the first digit.
            within "one factor" (abs (one - symmetric)) 2e-8
            within "two factors" (abs (two - factors * factors)) 2e-8
            refusedNaming "weight" (fun () -> Clock.OfTraining(0.0, 1.0) |> ignore)
            refusedNaming "weight" (fun () -> Clock.OfTrainingTwoFactors(-1.0, 1.0) |> ignore)
            refusedNaming "trainingTime" (fun () -> Clock.OfTraining(1.0, nan) |> ignore)
            refusedNaming "trainingTime" (fun () -> Clock.OfTrainingTwoFactors(1.0, infinity) |> ignore))
    ]
