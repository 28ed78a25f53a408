namespace Qwem.Validation.Embeddings

open System
open System.Runtime.CompilerServices
open Qwem.Sim.Descent
open Qwem.Sim.Formats
open Qwem.Sim.LinearAlgebra
open Qwem.Sim.Spectra
open Qwem.Sim.Statistics
open Qwem.Sim.Training
open Qwem.Theory
open Qwem.Validation

/// Everything that several experiments on meaning use, each part made when first asked for.
[<Sealed>]
type Models(setting: Setting) =
    let vocabulary = Vocabulary.ofSetting setting
    let team, cancellation = setting.Team, setting.Cancellation

    let once (make: unit -> 'a) = Lazy<'a> make

    let byLoss (make: ConstantLoss -> 'a) =
        let sym, xe =
            once (fun () -> make ConstantLoss.Symmetric), once (fun () -> make ConstantLoss.CrossEntropy)

        fun (loss: ConstantLoss) ->
            match loss with
            | ConstantLoss.Symmetric -> sym.Value
            | ConstantLoss.CrossEntropy -> xe.Value

    // Of few words a decomposition takes no time: slips are tried on small models before large ones.
    let few =
        { vocabulary with
            Counts = Vocabulary.leading vocabulary.Counts (min 600 vocabulary.Size)
        }

    let sidesOf (words: Vocabulary) =
        let statistics =
            Targets.statistics (Qwem.Validation.Corpus.leading words.Counts words.Size)

        byLoss (fun loss ->
            setting.Told $"eigen-directions of the target of L_{loss.Code}" 0.0
            Sides.make words statistics loss team)

    let sides, fewSides = sidesOf vocabulary, sidesOf few

    /// A vanishing start, as in the paper.
    let watchedScale = if setting.IsSmoke then 1e-6 else 1e-12

    // The models that are compared, and small ones of few words beside them.
    let watched (sides: ConstantLoss -> Sides) d tolerance name =
        byLoss (fun loss ->
            let first = Sides.firstRealisation (sides loss) watchedScale
            let times = Models.WatchedTimes loss |> Array.map (fun t -> t * first)

            Flow.simulate
                (sides loss)
                d
                watchedScale
                setting.Seed
                times
                tolerance
                setting
                $"{name} of L_{loss.Code} from a vanishing start")

    let trained (sides: ConstantLoss -> Sides) d tolerance name =
        byLoss (fun loss ->
            let last = (Sides.spectrum (sides loss)).Eigenvalues[d - 1]
            // The moments before the end are there for the errors of the integration, which at a single one can agree by chance.
            let times =
                [| 0.25<kappaTime>; 0.5<kappaTime>; 1.0<kappaTime> |]
                |> Array.map (fun share -> share * Models.TrainedFor setting / last)

            Flow.simulate (sides loss) d 1.0 setting.Seed times tolerance setting $"training {name}, L_{loss.Code}")

    let smallDimension = 8

    let watchedLarge, watchedSmall =
        watched sides vocabulary.FlowDimension Flow.large "flow",
        watched fewSides smallDimension Flow.small "small flow"

    let trainedLarge, trainedSmall =
        trained sides vocabulary.Dimension Flow.large "QWEM", trained fewSides smallDimension Flow.small "a small QWEM"

    let spectrum (kind: TargetSettings) =
        setting.Told $"closed form of {kind.Kind}" 0.0
        let target = TargetOperator.Create(vocabulary.Counts, kind, team, cancellation)
        KrylovEigenSolver.Solve(target, vocabulary.Dimension, team, cancellation = cancellation)

    let questions = once (fun () -> Questions.ofVocabulary vocabulary.Counts.Words)
    let fewQuestions = once (fun () -> Questions.ofVocabulary few.Counts.Words)
    let ppmi = once (fun () -> spectrum (TargetSettings(Kind = TargetKind.Ppmi)))

    let sgns =
        once (fun () ->
            let statistics = PairStatistics.FromCounts(vocabulary.Counts, vocabulary.Size)

            let measuresWith ratio =
                PairMeasures(
                    statistics,
                    Reweighting.Word2Vec,
                    Models.SubsamplingThreshold,
                    ratio,
                    Models.NegativePower
                )

            let drawnFrom measures =
                IndependentPairs.Positive(measures, true, false, setting.Seed)

            // word2vec draws its negative words for the pairs that subsampling leaves: as much mass as these have.
            let measures = measuresWith (drawnFrom (measuresWith 1.0)).Mass

            let safe =
                ExactObjective(measures, PairLoss.Logistic, false, team).SafeRate cancellation

            let settings =
                PairDescentSettings(
                    PairLoss.Logistic,
                    drawnFrom measures,
                    IndependentPairs.Negative(measures, true, false, setting.Seed),
                    Models.PairsPerSign,
                    Models.PairsPerSign,
                    false
                )

            let start =
                Initialisation.Gaussian(vocabulary.Size, vocabulary.Dimension, 0.3, setting.Seed)

            let descent = PairDescent.Create(settings, start, Precision.Binary32, team)
            let steps = Models.Steps setting

            for step in 0 .. steps - 1 do
                if step % 100 = 0 then
                    setting.Told "training SGNS" (float step / float steps)

                descent.Advance(Models.RateShare * safe * (1.0 - float step / float steps))

            let embeddings = DenseMatrix(vocabulary.Size, vocabulary.Dimension)
            descent.CopyTo embeddings
            embeddings)

    static let cache = ConditionalWeakTable<Setting, Models>()

    /// t of word2vec's subsampling, as in the paper.
    static member SubsamplingThreshold = 1e-5

    /// Power of the frequencies by which word2vec draws negative words.
    static member NegativePower = 0.75

    /// Positive pairs per step of SGNS, and as many negative ones.
    static member PairsPerSign = 50_000

    /// First learning rate of SGNS over the one that is safe; it falls on a line to 0.
    static member RateShare = 0.15

    /// Steps of SGNS.
    static member Steps(setting: Setting) =
        match setting.Profile with
        | Profile.Smoke -> 100
        | Profile.Quick -> 3_000
        | Profile.Full -> 40_000
        | _ -> 400_000

    /// kappa lambda*_d t at which training from a start of scale 1 ends; the last mode can then have risen by the exponential of
    /// twice this and has less to go. It also has to outgrow the modes below it, for which the model has no room: of 10,000 words
    /// two hundred of these are smaller by less than an eighth, and at 3 a fifth of the answers is not yet those of the limit.
    static member TrainedFor(setting: Setting) : float =
        if setting.Profile >= Profile.Full then 12.0 else 3.0

    /// Records of the flows from a vanishing start, in units of tau_1. Both rise for long after; the theory goes on alone.
    static member WatchedTimes(loss: ConstantLoss) =
        Array.append
            [| 0.03; 0.06; 0.1; 0.15; 0.25; 0.5; 0.8; 1.0; 1.2; 1.3; 1.4; 2.0; 3.0; 4.0 |]
            (if loss = ConstantLoss.Symmetric then [| 6.0 |] else [||])

    /// The models of a setting: the same ones for every experiment that is given it.
    static member Of(setting: Setting) : Models =
        cache.GetValue(setting, (fun it -> Models it))

    member _.Vocabulary = vocabulary
    member _.Words = vocabulary.Counts.Words
    member _.Questions = questions.Value

    /// Those of the small models' words.
    member _.FewQuestions = fewQuestions.Value

    /// Both sides of M*_sym or M*_xe.
    member _.Sides(loss: ConstantLoss) = sides loss

    /// The same of few words.
    member _.FewSides(loss: ConstantLoss) = fewSides loss

    /// The flow from a vanishing start.
    member _.Watched(loss: ConstantLoss) = watchedLarge loss

    /// The same with d = 8 and few words: on it, slips are tried in no time.
    member _.WatchedSmall(loss: ConstantLoss) = watchedSmall loss

    /// The flow from a start of scale 1, simulated to almost its rest.
    member _.Trained(loss: ConstantLoss) = trainedLarge loss

    /// The same with d = 8 and few words.
    member _.TrainedSmall(loss: ConstantLoss) = trainedSmall loss

    /// word2vec's loss and weights, trained on pairs drawn from the counts, V x d.
    member _.Sgns = sgns.Value

    /// Leading eigenpairs of max(PMI, 0).
    member _.Ppmi = ppmi.Value

    /// Leading eigenpairs of another target, by the simulator.
    member _.Spectrum(kind: TargetSettings) = spectrum kind

    /// Leading eigenpairs of M*_sym after rounds in which the model is the prior of its own counts, by the simulator, and the shrinkage of
    /// the last.
    member _.OwnPrior(beta: float, rounds: int) =
        setting.Told "closed form with its own model as the prior" 0.0

        let struct (target, last) =
            PriorRounds.Run(
                vocabulary.Counts,
                TargetSettings(Shrinkage = beta),
                rounds,
                vocabulary.Dimension,
                Nullable(),
                KrylovSettings(),
                team,
                null,
                cancellation
            )

        KrylovEigenSolver.Solve(target, vocabulary.Dimension, team, cancellation = cancellation), last

    /// Embeddings of the target itself by a theory, d x V.
    member _.ClosedForm (loss: ConstantLoss) (theory: Theory) =
        theory.ClosedForm ((sides loss).Spectrum.Of theory).Target vocabulary.Dimension

    /// Another target's in single precision, V x d, as the command embed makes it.
    member models.ClosedFormVectors(spectrum: PartialSpectrum) : WordVectors =
        ClosedFormEmbedding.Create(spectrum, vocabulary.Counts.Words)
