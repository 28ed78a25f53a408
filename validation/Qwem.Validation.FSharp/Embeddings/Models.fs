namespace Qwem.Validation.Embeddings

open System
open System.Runtime.CompilerServices
open Qwem.Sim.Descent
open Qwem.Sim.Formats
open Qwem.Sim.LinearAlgebra
open Qwem.Sim.Spectra
open Qwem.Sim.Training
open Qwem.Theory
open Qwem.Validation
open Qwem.Validation.Theorem43

/// Everything that several experiments on meaning look at, each part made when first asked for.
[<Sealed>]
type Models(setting: Setting) =
    let corpus = Corpus.ofSetting setting
    let team, cancellation = setting.Team, setting.Cancellation

    let told stage fraction =
        cancellation.ThrowIfCancellationRequested()
        setting.Progress.Invoke(stage, fraction)

    // Recursive locks would only hide a cycle; experiments run one after the other.
    let once (make: unit -> 'a) = Lazy<'a>(make, false)

    let sides (loss: Loss) =
        once (fun () ->
            told $"eigen-directions of the target of L_{loss.Code}" 0.0
            Sides.make corpus loss team)

    let sym, xe = sides Symmetric, sides CrossEntropy
    let sidesOf loss = if loss = Symmetric then sym else xe

    /// A vanishing start, as in the paper.
    let watchedScale = if setting.IsSmoke then 1e-6 else 1e-12

    let watched (loss: Loss) =
        once (fun () ->
            let sides = (sidesOf loss).Value
            let first = Sides.firstRealisation sides watchedScale

            Flow.simulate
                corpus
                sides
                corpus.FlowDimension
                watchedScale
                setting.Seed
                (Models.WatchedTimes loss |> Array.map (fun t -> t * first))
                team
                (told $"flow of L_{loss.Code} from a vanishing start")
                cancellation)

    let trained (loss: Loss) =
        once (fun () ->
            let sides = (sidesOf loss).Value
            let time = Models.TrainedFor setting / sides.Eigenvalues[corpus.Dimension - 1]

            Flow.simulate
                corpus
                sides
                corpus.Dimension
                1.0
                setting.Seed
                [| time |]
                team
                (told $"training QWEM, L_{loss.Code}")
                cancellation)

    let watchedSym, watchedXe = watched Symmetric, watched CrossEntropy
    let trainedSym, trainedXe = trained Symmetric, trained CrossEntropy

    let spectrum (kind: TargetSettings) =
        told $"closed form of {kind.Kind}" 0.0
        let target = TargetOperator.Create(corpus.Counts, kind, team, cancellation)
        KrylovEigenSolver.Solve(target, corpus.Dimension, team, cancellation = cancellation)

    let questions = once (fun () -> Questions.ofVocabulary corpus.Counts.Words)
    let ppmi = once (fun () -> spectrum (TargetSettings(Kind = TargetKind.Ppmi)))

    let sgns =
        once (fun () ->
            let statistics = PairStatistics.FromCounts(corpus.Counts, corpus.Size)

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
                Initialisation.Gaussian(corpus.Size, corpus.Dimension, 0.3, setting.Seed)

            let descent = PairDescent.Create(settings, start, Precision.Binary32, team)
            let steps = Models.Steps setting

            for step in 0 .. steps - 1 do
                if step % 100 = 0 then
                    told "training SGNS" (float step / float steps)

                descent.Advance(Models.RateShare * safe * (1.0 - float step / float steps))

            let embeddings = DenseMatrix(corpus.Size, corpus.Dimension)
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
    static member TrainedFor(setting: Setting) =
        if setting.Profile >= Profile.Full then 12.0 else 3.0

    /// Records of the flows from a vanishing start, in units of tau_1. Both rise for long after; the theory goes on alone.
    static member WatchedTimes(loss: Loss) =
        Array.append
            [| 0.03; 0.06; 0.1; 0.15; 0.25; 0.5; 0.8; 1.0; 1.2; 1.3; 1.4; 2.0; 3.0; 4.0 |]
            (if loss = Symmetric then [| 6.0 |] else [||])

    /// The models of a setting: the same ones for every experiment that is given it.
    static member Of(setting: Setting) : Models =
        cache.GetValue(setting, (fun it -> Models it))

    member _.Corpus = corpus
    member _.Questions = questions.Value

    /// Eigen-directions of M*_sym or M*_xe on both sides.
    member _.Sides(loss: Loss) = (sidesOf loss).Value

    /// The flow from a vanishing start.
    member _.Watched(loss: Loss) =
        (if loss = Symmetric then watchedSym else watchedXe).Value

    /// The flow from a start of scale 1, simulated to almost its rest.
    member _.Trained(loss: Loss) =
        (if loss = Symmetric then trainedSym else trainedXe).Value

    /// word2vec's loss and weights, trained on pairs drawn from the counts, V x d.
    member _.Sgns = sgns.Value

    /// Leading eigenpairs of max(PMI, 0).
    member _.Ppmi = ppmi.Value

    /// Leading eigenpairs of another target, by the simulator.
    member _.Spectrum(kind: TargetSettings) = spectrum kind

    /// Leading eigenpairs of M*_sym after rounds in which the model is the prior of its own counts, by the simulator, and the shrinkage of
    /// the last.
    member _.OwnPrior(beta: float, rounds: int) =
        told "closed form with its own model as the prior" 0.0

        let struct (target, last) =
            PriorRounds.Run(
                corpus.Counts,
                TargetSettings(Shrinkage = beta),
                rounds,
                corpus.Dimension,
                Nullable(),
                KrylovSettings(),
                team,
                null,
                cancellation
            )

        KrylovEigenSolver.Solve(target, corpus.Dimension, team, cancellation = cancellation), last

    /// W = Lambda_d^{1/2} V_d' of the theory, d x V.
    member models.ClosedForm(loss: Loss) =
        let sides = models.Sides loss

        Analogies.SpectralEmbeddings(TargetSpectrum(sides.Eigenvalues, sides.Eigenvectors.Values), corpus.Dimension)

    /// The same in single precision, V x d, as the command embed makes it.
    member models.ClosedFormVectors(spectrum: PartialSpectrum) : WordVectors =
        ClosedFormEmbedding.Create(spectrum, corpus.Counts.Words)
