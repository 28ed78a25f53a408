namespace Qwem.Validation

open System
open Microsoft.FSharp.Reflection
open Qwem.Theory

/// Everything that a prediction uses: the theory as one value. The right one is Theory.derived; a slip changes one of its parts.
/// Predictions are functions of it, and nothing else in this project calls a closed form. Every part is a function, so that it can be
/// told which ones a prediction has read.
[<NoEquality; NoComparison>]
type Theory =
    {
        // The corpus and the loss (docs/derivations.md, sections 1 to 3).

        /// P_i and P_ij of word counts (V) and pair counts (V x V), self-pairs set to P_i^2.
        Statistics: float array -> float array -> CorpusStatistics
        /// L_xe, L_sym, and what the logistic loss of word2vec is to second order.
        CrossEntropy: unit -> QuadraticLoss
        Symmetric: unit -> QuadraticLoss
        SkipGram: unit -> QuadraticLoss
        /// M* of a loss, V x V.
        Target: QuadraticLoss -> CorpusStatistics -> float array
        /// Z of a subsampling Psi.
        Z: CorpusStatistics -> float array -> float
        /// M* of subsampled text, of M* and Z.
        SubsampledTarget: float array -> float -> float array
        /// p_i, the weight of a word in subsampled text: Psi_i P_i, normalised.
        WordWeights: CorpusStatistics -> float array -> float array
        /// M* of a temperature 1 / beta, of M*_xe.
        Temperature: float -> float array -> float array

        // Training at constant weight (section 4).

        /// lambda*_k as they enter the dynamics, of those of M*.
        Eigenvalues: float array -> float array
        /// kappa of a constant weight g, per unit of eta_alg t; of one factor, and of two.
        Kappa: float -> float
        TwoFactorKappa: float -> float
        /// The solution from W(0)V* (d x V) by eigenvalues.
        Exact: float array -> float array -> ExactSolution
        /// lambda_k(0) as Theorem 4.3 has it, of sigma and d.
        StartVariance: float -> int -> float
        /// lambda_k(0) of a given start.
        StartVariances: ExactSolution -> float array
        /// lambda_k(t) of lambda_k(0), lambda*_k and kappa t.
        AlignedVariance: float -> float -> float -> float
        /// kappa tau_k of lambda_k(0) and lambda*_k.
        RealisationTime: float -> float -> float
        /// kappa t of half the plateau, of lambda_k(0) and lambda*_k.
        HalfRiseTime: float -> float -> float
        /// s_k at rest, of lambda*_k.
        Plateau: float -> float
        /// By how much finite steps delay a mode, of kappa h lambda*_k.
        StepDelay: float -> float

        // Rank-one weights (section 5).

        /// M of the minimiser of sum p_i p_j (M - M*)_ij^2 over rank d, of p, the spectrum of Pd^{1/2} M* Pd^{1/2}, and d.
        RankOneMinimiser: float array -> float array -> (float array -> TargetSpectrum) -> int -> RankOneMinimiser

        // Embeddings without training, and analogies (section 7).

        /// Embeddings of a target itself, d x V, of its spectrum and d.
        ClosedForm: TargetSpectrum -> int -> float array
        /// How many of a family's questions embeddings, d x V, answer rightly, of these, d and the family.
        RightAnswers: float array -> int -> AnalogyFamily -> int
        /// In how many of so many draws for every pair of a family Eq. (62) gives b, of embeddings d x V, d, the family and that number.
        Estimate: float array -> int -> AnalogyFamily -> int -> int
    }

/// A part of a theory that tells when it is read, and what it stands for.
type internal IWatched =
    abstract Original: obj
    abstract Note: unit -> unit

type internal Watched<'a, 'b>(law: 'a -> 'b, note: unit -> unit) =
    inherit FSharpFunc<'a, 'b>()

    override _.Invoke a =
        note ()
        law a

    interface IWatched with
        member _.Original = nonNull (box law)
        // A theory that is watched by several tells all of them.
        member _.Note() =
            note ()

            match box law with
            | :? IWatched as inner -> inner.Note()
            | _ -> ()

module Theory =

    /// The theory as derived in docs/derivations.md.
    let derived: Theory =
        {
            Statistics = fun words pairs -> CorpusStatistics.FromCounts(words, pairs).WithNeutralSelfPairs()
            CrossEntropy = fun () -> QuadraticLoss.Xe
            Symmetric = fun () -> QuadraticLoss.Sym
            SkipGram = fun () -> QuadraticLoss.SgnsQuartic
            Target = fun loss statistics -> loss.Target statistics
            Z = fun statistics psi -> statistics.Subsample(psi).Z
            SubsampledTarget = fun target z -> QuadraticLoss.SubsampledXeTarget(target, z)
            WordWeights = fun statistics psi -> statistics.Subsample(psi).Statistics.Unigram.ToArray()
            Temperature = fun beta target -> target |> Array.map (fun m -> m / beta)
            Eigenvalues = id
            Kappa = fun g -> 4.0 * g
            TwoFactorKappa = fun g -> 2.0 * g
            Exact = fun eigenvalues start -> ExactSolution(eigenvalues, start)
            StartVariance = fun sigma _ -> sigma * sigma
            StartVariances = _.RDiagonalSquared()
            AlignedVariance = fun start eigenvalue time -> AlignedSolution.Variance(start, eigenvalue, time)
            RealisationTime = fun start eigenvalue -> AlignedSolution.RealisationTime(start, eigenvalue)
            HalfRiseTime = fun start eigenvalue -> AlignedSolution.HalfRiseTime(start, eigenvalue)
            Plateau = sqrt
            StepDelay = AlignedSolution.DiscreteTimeFactor
            RankOneMinimiser =
                fun weights target spectrum d ->
                    let loss = RankOneWeights(weights, target)
                    loss.Minimiser(d, spectrum (loss.ScaledTarget()))
            ClosedForm = fun spectrum d -> Analogies.SpectralEmbeddings(spectrum, d)
            RightAnswers = fun embeddings d family -> Analogies.Accuracy(embeddings, d, family).Correct
            Estimate =
                fun embeddings d family samples -> int (Analogies.Estimate(embeddings, d, family, samples, 1L).Successes)
        }

    let private fields = FSharpType.GetRecordFields typeof<Theory>
    let private read = FSharpValue.PreComputeRecordReader typeof<Theory>
    let private make = FSharpValue.PreComputeRecordConstructor typeof<Theory>

    /// Names of the parts.
    let names = fields |> Array.map _.Name

    let rec private original (part: obj | null) : obj =
        match part with
        | :? IWatched as watched -> original watched.Original
        | other -> nonNull other

    /// The parts themselves, to be compared by reference.
    let internal parts (theory: Theory) : obj array = read theory |> Array.map original

    /// Tells whoever watches a theory that a part is read.
    let internal note (theory: Theory) index =
        match (read theory)[index] with
        | :? IWatched as watched -> watched.Note()
        | _ -> ()

    /// The same theory, which tells the number of each part when it is read.
    let internal watch (told: int -> unit) (theory: Theory) : Theory =
        read theory
        |> Array.mapi (fun index part ->
            let struct (domain, range) =
                let d, r = FSharpType.GetFunctionElements fields[index].PropertyType
                struct (d, r)

            let watched = typedefof<Watched<_, _>>.MakeGenericType(domain, range)
            let note: unit -> unit = fun () -> told index
            nonNull (Activator.CreateInstance(watched, nonNull part, note)))
        |> make
        |> unbox<Theory>

/// Something that follows from the theory, computed again only where a part that it reads has changed.
[<Sealed>]
type Prediction<'p>(compute: Theory -> 'p) =

    // As many as a search for a resolution goes back and forth between.
    let capacity = 6
    let known = ResizeArray<struct (bool array * obj array * 'p)>()

    /// What follows from a theory.
    member _.Of(theory: Theory) : 'p =
        lock known (fun () ->
            let parts = Theory.parts theory

            let same (reads: bool array) (of': obj array) =
                Seq.forall (fun i -> not reads[i] || obj.ReferenceEquals(parts[i], of'[i])) (seq { 0 .. parts.Length - 1 })

            match known.FindIndex(fun (struct (reads, of', _)) -> same reads of') with
            | -1 ->
                let reads = Array.zeroCreate<bool> parts.Length
                let value = compute (Theory.watch (fun index -> reads[index] <- true) theory)

                // The first is the derived theory's, which is asked for to the end.
                if known.Count = capacity then
                    known.RemoveAt 1

                known.Add(struct (reads, parts, value))
                value
            | at ->
                let struct (reads, _, value) = known[at]
                reads |> Array.iteri (fun index isRead -> if isRead then Theory.note theory index)
                value)
