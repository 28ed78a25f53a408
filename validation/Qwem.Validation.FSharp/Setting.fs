namespace Qwem.Validation

open System.Threading
open Qwem.Sim.Cooccurrence
open Qwem.Sim.Threading

/// Receives what an experiment is doing, and the fraction done of it.
type Progress = delegate of stage: string * fraction: float -> unit

/// How large a reproduction is.
type Profile =
    /// A reduced problem that exercises everything in seconds: it tests the machinery, its verdicts are not committed.
    | Smoke = 0
    /// What is committed and gated: the embedded statistics, V = 1000 or 3000, minutes.
    | Quick = 1
    /// V = 10,000 and d = 200 on a corpus of the user's, within an hour.
    | Full = 2
    /// The paper's own step counts, hours.
    | Paper = 3

module Profile =

    /// A profile's name on the command line.
    let code (profile: Profile) = (string profile).ToLowerInvariant()

/// What the user may choose of the experiment on Theorem 4.3.
type Chosen =
    {
        Counts: CooccurrenceCounts
        /// V: how many of the counts' most frequent words are used.
        VocabularySize: int
        /// d.
        Dimension: int
        /// sigma: a word's squared norm starts with mean sigma^2.
        Scale: float
    }

/// What an experiment is given.
[<NoEquality; NoComparison>]
type Setting =
    {
        Profile: Profile
        /// Root seed; an experiment that needs more takes the numbers after it.
        Seed: uint64
        /// The embedded counts of 1,000 words, 48 neighbours on each side, whatever the user gave: bounds were derived for them.
        Embedded: CooccurrenceCounts
        /// The embedded counts of 3,000 words, 16 neighbours on each side, read when first asked for.
        Larger: Lazy<CooccurrenceCounts>
        /// Counts of a corpus of the user's, or null; the profiles Full and Paper use them where they need more words.
        Corpus: CooccurrenceCounts | null
        /// Statistics and sizes of Theorem 4.3, the user's or its own.
        Chosen: Chosen
        /// Official benchmarks of the user's, or null.
        Benchmarks: Benchmarks | null
        Team: WorkerTeam
        Progress: Progress
        Cancellation: CancellationToken
    }

    /// Whether the problem is to be reduced to seconds.
    member setting.IsSmoke = setting.Profile = Profile.Smoke

    /// Says what is being done and the fraction done of it, or ends the run if it was cancelled.
    member setting.Told (stage: string) (fraction: float) =
        setting.Cancellation.ThrowIfCancellationRequested()
        setting.Progress.Invoke(stage, fraction)
