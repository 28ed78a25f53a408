namespace Qwem.Validation

open System
open System.Diagnostics

/// How long the rest of a run takes, from the experiments' rough seconds and the pace of those that ran since this was made.
[<Sealed>]
type internal TimeLeft(claims: Claim list, profile: Profile) =

    let secondsOf (claim: Claim) = claim.Seconds[int profile]
    let clock = Stopwatch.StartNew()
    let mutable expected = 0.0

    /// Takes account of an experiment that ran; one that an earlier run finished is not counted.
    member _.Ran(claim: Claim) : unit = expected <- expected + secondsOf claim

    /// An estimate for a person of what is left before the experiment of this index: in minutes, from an hour and a half on in hours.
    member _.Before(index: int) : string =
        let pace = if expected = 0.0 then 1.0 else clock.Elapsed.TotalSeconds / expected
        let seconds = pace * (claims |> List.skip index |> List.sumBy secondsOf)

        if seconds < 60.0 then "less than a minute"
        elif seconds < 5400.0 then $"about {Math.Ceiling(seconds / 60.0):F0} min"
        else $"about {seconds / 3600.0:F1} h"
