namespace Qwem.Validation

open System.IO
open Qwem.Sim.Cooccurrence

/// The Wikipedia statistics that are part of this assembly: counts, never text.
module EmbeddedCounts =

    /// 1,000 words, 48 neighbours on each side.
    let wikipedia1000 = "enwiki-70m-V1000-L48.qcooc"

    /// 3,000 words, 16 neighbours on each side.
    let wikipedia3000 = "enwiki-70m-V3000-L16.qcooc"

    let private openResource (name: string) : Stream =
        match typeof<Tolerance>.Assembly.GetManifestResourceStream name with
        | null -> invalidOp $"The statistics {name} are not embedded in this build."
        | stream -> stream

    /// Reads embedded counts.
    let load (name: string) : CooccurrenceCounts =
        use stream = openResource name
        QcoocReader.Read(stream, name)

    /// Occurrences of the v most frequent words and the v x v block of their pair counts, row-major.
    let leading (counts: CooccurrenceCounts) v =
        let all = counts.DenseSymmetric()
        let stride = counts.VocabularySize
        Array.init v (fun i -> counts.WordCounts[i]), Array.init (v * v) (fun e -> all[e / v * stride + e % v])
