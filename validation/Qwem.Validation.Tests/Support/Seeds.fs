/// Seeds of 64 bits, and what generators and shrinkers have in common.
[<AutoOpen>]
module Qwem.Validation.Tests.Seeds

open System
open System.Buffers.Binary
open FsCheck
open FsCheck.FSharp

/// Steele, Lea and Flood's SplitMix64: every seed of 64 bits begins another stream. System.Random takes 31 bits of a seed.
type private SplitMix(seed: uint64) =
    inherit Random(0)
    let mutable state = seed

    let next () =
        state <- state + 0x9E3779B97F4A7C15UL
        let z = (state ^^^ (state >>> 30)) * 0xBF58476D1CE4E5B9UL
        let z = (z ^^^ (z >>> 27)) * 0x94D049BB133111EBUL
        z ^^^ (z >>> 31)

    // Uneven by at most count / 2^64.
    let below (count: uint64) =
        let mutable low = 0UL
        Math.BigMul(next (), count, &low)

    let between (low: int64) (high: int64) =
        if low > high then
            invalidArg (nameof low) "The lower end is above the upper one."

        low + int64 (below (uint64 (high - low)))

    override _.NextDouble() = float (next () >>> 11) * u
    override random.Sample() = random.NextDouble()

    override _.NextSingle() =
        float32 (next () >>> 40) * MathF.ScaleB(1.0f, -24)

    override _.Next() = int (below (uint64 Int32.MaxValue))
    override _.Next(high: int) = int (between 0L (int64 high))

    override _.Next(low: int, high: int) = int (between (int64 low) (int64 high))

    override _.NextInt64() = int64 (below (uint64 Int64.MaxValue))
    override _.NextInt64(high: int64) = between 0L high
    override _.NextInt64(low: int64, high: int64) = between low high

    override _.NextBytes(buffer: Span<byte>) =
        let mutable rest = buffer

        while rest.Length >= 8 do
            BinaryPrimitives.WriteUInt64LittleEndian(rest, next ())
            rest <- rest.Slice 8

        if rest.Length > 0 then
            let last = BitConverter.GetBytes(next ())
            last.AsSpan(0, rest.Length).CopyTo rest

    override random.NextBytes(buffer: byte[]) = random.NextBytes(buffer.AsSpan())

/// The seed of a stream of random numbers.
type Seed =
    | Seed of uint64

    /// The stream from its beginning.
    member seed.Random() : Random =
        let (Seed value) = seed
        SplitMix value

/// One value of a generator, for a property that draws from a stream.
let drawFrom (random: Random) (generator: Gen<'a>) =
    (Gen.sampleWithSeed (Rnd(uint64 (random.NextInt64()))) 50 1 generator)[0]

/// A shrinker that ends: of the candidates only those of a lower measure. Measures are tuples of natural numbers, which cannot fall for ever.
let lowering (measure: 'a -> 'measure) (candidates: 'a -> 'a seq) (value: 'a) =
    let here = measure value
    candidates value |> Seq.filter (fun smaller -> measure smaller < here)

/// Fewer items: either half, then all but one.
let fewer (items: 'a[]) =
    seq {
        if items.Length > 3 then
            let middle = items.Length / 2
            items[.. middle - 1]
            items[middle..]

        for left in 0 .. items.Length - 1 do
            Array.removeAt left items
    }

/// How hard a number is to read: 0, 1, -1, one digit, anything else.
let hardness (x: float) =
    if x = 0.0 then 0
    elif x = 1.0 then 1
    elif x = -1.0 then 2
    elif x = Math.Round x && abs x < 10.0 then 3
    else 4

/// Numbers that are easier to read than this one.
let easier (x: float) =
    [ 0.0; 1.0; -1.0; Math.Round x ]
    |> List.distinct
    |> List.filter (fun y -> hardness y < hardness x)

/// A number of 53 bits from an interval.
let uniform low high =
    Gen.map2
        (fun (a: int) (b: int) -> low + (high - low) * Math.ScaleB(float ((int64 a <<< 27) + int64 b), -53))
        (Gen.choose (0, (1 <<< 26) - 1))
        (Gen.choose (0, (1 <<< 27) - 1))

/// A power of ten whose exponent is from an interval.
let powerOfTen low high =
    Gen.map (fun (x: float) -> 10.0 ** x) (uniform low high)

/// A standard normal number.
let normal =
    Gen.map2 (fun x y -> sqrt (-2.0 * log (1.0 - x)) * cos (2.0 * Math.PI * y)) (uniform 0.0 1.0) (uniform 0.0 1.0)

/// Seeds of 64 bits whatever FsCheck's size; they shrink to small ones, which are no simpler but shorter.
let seeds: Arbitrary<Seed> =
    Arb.fromGenShrink (
        Gen.choose (0, 0xFFFF)
        |> Gen.listOfLength 4
        |> Gen.map (fun parts -> Seed(List.fold (fun value part -> (value <<< 16) ||| uint64 part) 0UL parts)),
        fun (Seed value) -> Seq.init 10 uint64 |> Seq.filter (fun small -> small < value) |> Seq.map Seed
    )
