/// What Expecto's assertions lack.
[<AutoOpen>]
module Qwem.Validation.Tests.Expectations

open System
open System.Collections.Generic
open Expecto

[<RequireQualifiedAccess>]
module Expect =

    /// Passes when two numbers differ by at most so much; infinities are near themselves.
    let near (actual: float) (expected: float) (distance: float) message =
        if not (actual = expected || abs (actual - expected) <= distance) then
            failtest $"%s{message}: %.17g{actual} is not %.17g{expected} to within %.3g{distance}"

    /// Passes when a number is zero.
    let inline isZero actual message =
        Expect.equal actual LanguagePrimitives.GenericZero message

    /// Passes when at most so many doubles lie between two numbers.
    let ulps (actual: float) (expected: float) (count: int64) message =
        let place (x: float) =
            let bits = BitConverter.DoubleToInt64Bits x
            if bits >= 0L then bits else Int64.MinValue - bits

        if not (abs (place actual - place expected) <= count) then
            failtest $"%s{message}: %.17g{actual} is not %.17g{expected} to within {count} ulps"

    /// Passes when a value is in a closed interval.
    let inRange (actual: 'a) (low: 'a, high: 'a) message =
        if not (low <= actual && actual <= high) then
            failtest $"%s{message}: %A{actual} is not in [%A{low}, %A{high}]"

    /// Passes when a text does not contain another.
    let lacks (text: string) (part: string) message =
        if text.Contains(part, StringComparison.Ordinal) then
            failtest $"%s{message}: '{part}' is in '{text}'"

    /// Passes when no two items are equal.
    let allDistinct (items: 'a seq) message =
        let seen = HashSet<'a>()

        for item in items do
            if not (seen.Add item) then
                failtest $"%s{message}: %A{item} is there twice"

    /// The exception that an action must raise.
    let raised<'e when 'e :> exn> (action: unit -> unit) : 'e =
        match
            (try
                action ()
                None
             with error ->
                 Some error)
        with
        | Some(:? 'e as expected) -> expected
        | Some other -> failtest $"{typeof<'e>.Name} was expected, and {other.GetType().Name} raised: {other.Message}"
        | None -> failtest $"{typeof<'e>.Name} was expected, and nothing was raised"

/// A test that takes long: `--fast` leaves it out.
let slow (test: Test) = testLabel "slow" test

/// Tests that choose the width of vectors, for all threads: one after the other. Others may run meanwhile, for results have the same bits with either.
let choosingVectorWidth tests = testSequencedGroup "vector width" tests
