/// Where a run's numbers come from: the command that makes them again, and all that decides them.
module internal Qwem.Validation.Provenance

open Qwem.Reports
open Qwem.Validation.Claims

/// The command of a run, of the experiments and gates named instead of the options' own.
let command (options: ReproductionOptions) (only: string array) =
    let flag condition text = if condition then text else ""

    "qwem reproduce"
    + flag (options.Profile <> Profile.Quick) $" --profile {Profile.code options.Profile}"
    + flag (not (isNull options.Counts)) " --counts FILE"
    + flag (not (isNull options.Corpus)) " --corpus FILE"
    + flag (not (isNull options.Benchmarks)) " --questions FILE --similarity FILES"
    + flag (options.VocabularySize <> 0) $" --vocabulary-size {options.VocabularySize}"
    + flag (options.EmbeddingDimension <> 0) $" --dimension {options.EmbeddingDimension}"
    + flag (options.InitialisationScale <> 0.0) $" --sigma {options.InitialisationScale}"
    + flag (options.Seed <> 1UL) $" --seed {options.Seed}"
    + flag (only.Length <> 0) (" --only " + String.concat " " only)

/// All that decides a claim's section but the build, by the claim's id; the threads do not.
let inputs (setting: Setting) (id: string) =
    let corpus =
        match setting.Corpus with
        | null -> "none"
        | corpus -> corpus.ContentHash

    let benchmarks =
        match setting.Benchmarks with
        | null -> "none"
        | benchmarks -> benchmarks.ContentHash

    let chosen = setting.Chosen

    $"{id} {setting.Profile} {setting.Seed} {chosen.Counts.ContentHash} {corpus} {benchmarks} {chosen.VocabularySize} {chosen.Dimension} {chosen.Scale:R}"

/// What the report says of it.
let manifest (options: ReproductionOptions) (setting: Setting) : Manifest =
    let chosen, sizes = setting.Chosen, Theorem43Run.sizes setting

    let version =
        match typeof<ReproductionOptions>.Assembly.GetName().Version with
        | null -> "unknown"
        | version -> version.ToString 3

    let source =
        if isNull options.Counts then
            EmbeddedCounts.wikipedia1000
        else
            "counts of the user"

    let records (records: Theorem43Run.Records) =
        $"{records.Early} from {records.First} to 0.5 tau_1, then as dense as the rises ask to {records.Last} tau_1"

    {
        Version = version
        Command = command options options.Only
        Seeds =
            ("initialisation", setting.Seed)
            :: (sizes.Seeds |> List.mapi (fun i seed -> $"descent {i + 1}", seed))
        Inputs =
            [
                source, "content sha256:" + chosen.Counts.ContentHash
                match options.Corpus with
                | null -> ()
                | corpus ->
                    $"corpus of the user, V = {corpus.VocabularySize}, L = {corpus.Convention.WindowHalfWidth}",
                    "content sha256:" + corpus.ContentHash
                match options.Benchmarks with
                | null -> ()
                | benchmarks -> "benchmarks of the user", "names and contents sha256:" + benchmarks.ContentHash
            ]
        Settings =
            [
                "counting convention", string chosen.Counts.Convention
                "vocabulary size V", string chosen.VocabularySize
                "embedding dimension d", string chosen.Dimension
                "initialisation scale sigma", chosen.Scale.ToString "g"
                "flow tolerance per step", ConstantWeight.errorPerStep.ToString "g"
                "flow records", records sizes.FlowRecords + " or until the last mode has risen"
                "descent step kappa h lambda_1", sizes.DescentStep.ToString "g"
                "descent records", records sizes.DescentRecords
                "pairs per step", $"{sizes.PairsPerSign} positive, {sizes.PairsPerSign} negative"
            ]
    }
