namespace Qwem.Validation.Meaning

open System
open System.Runtime.CompilerServices
open Qwem.Sim.Cooccurrence
open Qwem.Sim.Evaluation
open Qwem.Sim.Formats
open Qwem.Sim.LinearAlgebra
open Qwem.Sim.Spectra
open Qwem.Sim.Threading
open Qwem.Validation

/// What the experiments on meaning share: the leading eigenpairs of M*_sym, that is, embeddings of every size and training time, and the
/// families of word pairs. The eigenpairs are the simulator's.
[<NoEquality; NoComparison>]
type Learned =
    {
        Words: string array
        /// lambda*_k, the D largest, descending.
        Eigenvalues: float array
        /// D x V row-major; row k is the unit eigenvector of eigenvalue k.
        Eigenvectors: float array
        /// Families with at least two pairs in the vocabulary.
        Families: Family list
        /// Model sizes that are measured, ascending, up to D.
        Sizes: int array
        /// Accuracy of every family, all ordered pairs as questions, at each of the sizes; measured when first asked for.
        Reports: Lazy<AnalogyReport array>
    }

    /// V.
    member learned.VocabularySize = learned.Words.Length

    /// D, the largest model.
    member learned.Modes = learned.Eigenvalues.Length

    /// Embeddings with a standard deviation per mode, one mode per row: d x V row-major.
    member learned.Scaled(scales: float array) =
        let v = learned.VocabularySize
        Array.init (scales.Length * v) (fun e -> scales[e / v] * learned.Eigenvectors[e])

    /// The rank-d embeddings of M*_sym, Lambda^{1/2} V', d x V row-major.
    member learned.Embeddings d =
        learned.Scaled(Array.init d (fun k -> sqrt (max 0.0 learned.Eigenvalues[k])))

    /// The same with one word per row, V x d, computed anew at every call.
    member learned.ByWord d =
        let v = learned.VocabularySize
        let roots = Array.init d (fun k -> sqrt (max 0.0 learned.Eigenvalues[k]))
        DenseMatrix(v, d, Array.init (v * d) (fun e -> roots[e % d] * learned.Eigenvectors[e % d * v + e / d]))

module Learned =

    /// One vector per word from embeddings with one mode per row.
    let vectors (words: string array) (rows: float array) =
        let v = words.Length
        let d = rows.Length / v
        WordVectors(words, d, Array.init (v * d) (fun e -> float32 rows[e % d * v + e / d]))

    /// Asks every question of every family.
    let ask
        (words: string array)
        (families: Family list)
        replicates
        (seed: uint64)
        (rows: float array)
        (team: WorkerTeam)
        =
        AnalogyBenchmark.Run(
            vectors words rows,
            WordFamilies.questions words families,
            team,
            BootstrapSettings(Replicates = replicates, Seed = seed)
        )

    // Every size up to some, where families appear, then by a factor.
    let private sizes modes each factor =
        let rec beyond d =
            if d >= modes then
                [ modes ]
            else
                d :: beyond (int (Math.Round(float d * factor)))

        let each = min each (modes - 1)
        Array.append [| 1..each |] (Array.ofList (beyond (int (Math.Round(float each * factor)))))

    /// Resamples of the pairs of a family behind the interval of an accuracy.
    let private replicates = 200

    let private compute (setting: Setting) (counts: CooccurrenceCounts) =
        let modes = min (if setting.IsSmoke then 64 else 1024) (counts.VocabularySize - 1)
        setting.Progress.Invoke("eigenpairs of M*_sym", 0.0)
        let team = setting.Team

        let operator =
            TargetOperator.Create(counts, TargetSettings(), team, setting.Cancellation)

        let progress =
            { new IProgress<WorkProgress> with
                member _.Report value =
                    setting.Progress.Invoke("eigenpairs of M*_sym", value.Share)
            }

        let spectrum =
            KrylovEigenSolver.Solve(operator, modes, team, KrylovSettings(), progress, setting.Cancellation)

        let words = Array.ofSeq counts.Words

        let families = WordFamilies.askable words
        // The fourth root of 2, and its square.
        let sizes =
            if setting.IsSmoke then
                sizes modes 9 1.4142135623730951
            else
                sizes modes 24 1.189207115002721

        let learned =
            {
                Words = words
                Eigenvalues = spectrum.Eigenvalues
                Eigenvectors = spectrum.Eigenvectors.Values
                Families = families
                Sizes = sizes
                Reports = lazy [||]
            }

        { learned with
            Reports =
                lazy
                    (sizes
                     |> Array.mapi (fun at d ->
                         setting.Cancellation.ThrowIfCancellationRequested()
                         setting.Progress.Invoke("accuracy against size", float at / float sizes.Length)
                         ask words families replicates setting.Seed (learned.Embeddings d) team))
        }

    let private known = ConditionalWeakTable<CooccurrenceCounts, Learned>()

    // A corpus of another language, or of few words, has nothing to say of the families.
    let private suits (embedded: CooccurrenceCounts) (corpus: CooccurrenceCounts) =
        let pairs (counts: CooccurrenceCounts) =
            WordFamilies.within (Array.ofSeq counts.Words) |> List.sumBy _.Count

        corpus.VocabularySize >= embedded.VocabularySize
        && 2 * pairs corpus > pairs embedded

    /// The embeddings of a run, computed by the first experiment that asks and kept as long as the counts are: those of 3,000 words, or of
    /// the user's corpus where a large profile has one that knows most of the families' words.
    let ofSetting (setting: Setting) =
        let counts =
            match setting.Corpus with
            | null -> setting.Larger.Value
            | corpus when setting.Profile >= Profile.Full && suits setting.Larger.Value corpus -> corpus
            | _ -> setting.Larger.Value

        known.GetValue(counts, (fun counts -> compute setting counts))

    /// The families by name; some may lack words in a corpus of the user's.
    let named (learned: Learned) (names: string list) =
        names
        |> List.choose (fun name -> learned.Families |> List.tryFind (fun family -> family.Name = name))

    /// Where a family stands in the reports.
    let place (learned: Learned) (family: Family) =
        learned.Families |> List.findIndex (fun other -> other.Name = family.Name)

    /// Accuracy of a family at every size, the usual rule: a, b and a' are no answers.
    let accuracies (learned: Learned) (family: Family) =
        let at = place learned family

        learned.Reports.Value
        |> Array.map (fun report -> report.Families[at].ExcludingInputs.Accuracy)
