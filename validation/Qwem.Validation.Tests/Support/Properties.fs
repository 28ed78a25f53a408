/// How tests state properties: with the suite's own generators, and so that a failure says how to replay it.
[<AutoOpen>]
module Qwem.Validation.Tests.Properties

open System
open System.Text.RegularExpressions
open Expecto
open FsCheck

/// The generators that every property knows besides FsCheck's own.
type Arbitraries =
    static member Seed() = seeds
    static member Spectrum() = Spectra.spectra
    static member Problem() = Problems.problems
    static member Generic() = Problems.generic
    static member Corpus() = Statistics.corpora
    static member Text() = Texts.texts

/// What Expecto says last is a call that our properties are not written in: ours is put in its place.
let private saying (call: string) (test: Test) =
    let rewritten (message: string) =
        Regex.Replace(
            message,
            @"Focus on error:\s*\w+ \((\d+UL, \d+UL), Some (\d+)\)[^\n]*",
            fun found ->
                String.Format("To replay this failure, write it as\n\t" + call, found.Groups[1], found.Groups[2])
        )

    match test with
    | TestLabel(name, TestCase(AsyncFsCheck(config, stress, run), state), outer) ->
        let run config =
            async {
                try
                    return! run config
                with :? FailedException as failure ->
                    return raise (FailedException(rewritten failure.Message))
            }

        TestLabel(name, TestCase(AsyncFsCheck(config, stress, run), state), outer)
    | other -> other

let private escaped (text: string) =
    text.Replace("{", "{{").Replace("}", "}}")

/// Where CI is set the draws are the same in every run, so that a failure is the change's; elsewhere each run has new ones.
let private fixedInCI =
    match Environment.GetEnvironmentVariable "CI" with
    | null
    | "" -> None
    | _ -> Some(20261130UL, 11400714819323198485UL, None)

let private tested replay (generators: Type list) (name: string) draws body =
    let replayed, listed =
        match generators with
        | [] -> "replayed", ""
        | _ ->
            let types =
                generators
                |> List.map (fun each -> $"typeof<{each.Name}>")
                |> String.concat "; "

            "replayedWith", $" [ {types} ]"

    testPropertyWithConfig
        {
            FsCheckConfig.defaultConfig with
                maxTest = draws
                arbitrary = generators @ [ typeof<Arbitraries> ]
                replay = replay
        }
        name
        body
    |> saying (escaped $"{replayed} " + "({0}, {1})" + escaped $"{listed} \"{name}\" {draws}")

/// A property that holds for so many draws. A failure says how to replay it.
let property name draws body = tested fixedInCI [] name draws body

/// The same with generators of the property's own.
let propertyWith generators name draws body =
    tested fixedInCI generators name draws body

/// A property with the draws of a failure, whose message has the three numbers.
let replayed (seed, gamma, size) name draws body =
    tested (Some(seed, gamma, Some size)) [] name draws body

/// The same with generators of the property's own.
let replayedWith (seed, gamma, size) generators name draws body =
    tested (Some(seed, gamma, Some size)) generators name draws body
