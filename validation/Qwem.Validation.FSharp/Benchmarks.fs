namespace Qwem.Validation

open System
open System.Collections.Generic
open System.IO
open System.Security.Cryptography
open System.Text
open Qwem.Sim.Evaluation
open Qwem.Sim.Formats
open Qwem.Sim.IO
open Qwem.Sim.Threading

/// What a method scored in one benchmark.
type BenchmarkScore =
    {
        /// The file's name, without folder and ending.
        Benchmark: string
        /// Questions or pairs of the file, and those of them whose words are known.
        Items: int
        Known: int
        /// Whether it is the share of questions answered rightly, and not a rank correlation.
        IsShare: bool
        /// With its 95% bootstrap interval.
        Value: float
        Lower: float
        Upper: float
    }

/// Official benchmarks that the user has: the repository may not hold them, nor may a report.
[<Sealed>]
type Benchmarks
    private
    (
        questions: (string * IReadOnlyList<AnalogyWords>) list,
        similarities: (string * IReadOnlyList<SimilarityJudgement>) list,
        contentHash: string
    ) =

    static let name (path: string) =
        nonNull (Path.GetFileNameWithoutExtension path)

    static let hash (paths: string list) =
        // The name is part of the report.
        paths
        |> List.map (fun path ->
            name path
            + " "
            + Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes path)))
        |> String.concat "\n"
        |> Encoding.UTF8.GetBytes
        |> SHA256.HashData
        |> Convert.ToHexStringLower

    /// <summary>Reads and checks files.</summary>
    /// <param name="questions">A file of analogy questions, or null.</param>
    /// <param name="similarity">Files of similarity judgements; may be empty.</param>
    /// <exception cref="T:Qwem.Sim.Evaluation.FileFormatException">A file is missing, empty or malformed.</exception>
    static member Read(questions: string | null, similarity: string array) : Benchmarks =
        let asked = questions |> Option.ofObj |> Option.toList
        let judged = List.ofArray similarity

        Benchmarks(
            asked |> List.map (fun path -> name path, AnalogyFile.Read path),
            judged |> List.map (fun path -> name path, SimilarityFile.Read path),
            hash (asked @ judged)
        )

    /// SHA-256 of the files' names and contents, hexadecimal.
    member _.ContentHash = contentHash

    /// What vectors score in each of them, the questions first.
    member internal _.Score(vectors: WordVectors, setting: BootstrapSettings, team: WorkerTeam, cancellation) =
        [
            for name, families in questions do
                let total =
                    AnalogyBenchmark.Run(vectors, families, team, setting, cancellation = cancellation).Total

                let score = total.ExcludingInputs

                {
                    Benchmark = name
                    Items = total.Questions
                    Known = total.Asked
                    IsShare = true
                    Value = score.Accuracy
                    Lower = score.Interval.Lower
                    Upper = score.Interval.Upper
                }

            for name, judgements in similarities do
                let result =
                    SimilarityBenchmark.Run(vectors, judgements, team, setting, cancellation)

                {
                    Benchmark = name
                    Items = result.Pairs
                    Known = result.Pairs - result.OutOfVocabulary
                    IsShare = false
                    Value = result.Spearman
                    Lower = result.Interval.Lower
                    Upper = result.Interval.Upper
                }
        ]
