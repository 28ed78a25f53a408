/// The smoke report, made once for all tests that look at it.
module Qwem.Validation.Tests.SmokeReport

open System.Threading
open Qwem.Reports
open Qwem.Validation

/// Where its finished sections are kept; a command that is given this folder need not run them again.
let cache = Command.temporary "smoke"

/// A smoke run of these options.
let run (options: ReproductionOptions) : Report =
    options.Profile <- Profile.Smoke
    Reproduction.Run(options, isNull options.Cache, Progress(fun _ _ -> ()), ignore, CancellationToken.None).Report

/// All of it, by default.
let whole = lazy run (ReproductionOptions(Cache = cache))
