module Qwem.Validation.Tests.TaylorRemainderTests

open System
open System.Globalization
open System.IO
open Expecto
open FsCheck.FSharp
open Qwem.Theory
open Qwem.Validation.Tests.Problems
open Qwem.Validation.Tests.Statistics

/// Corpus, weights and a model whose size spans decades.
let private sgns (c: Corpus) =
    let s = c.Statistics
    let random = Random(int (Array.sum c.Pairs))
    let size = s.VocabularySize
    let psi = Array.create (size * size) (0.1 + random.NextDouble())
    let k = 1.0 + 9.0 * random.NextDouble()
    let pairs = PairWeights(s, psi, Array.create psi.Length 1.0, k)
    let scale = 10.0 ** (4.0 * random.NextDouble() - 3.0)
    let model = Array.init psi.Length (fun _ -> scale * gauss random)
    struct (s, pairs, model)

let tests =
    testList "Taylor remainder" [
        testCase "the remainder agrees with fifty digits from 1e-75 to 1e75" (fun () ->
            let rows =
                File.ReadAllLines(Repository.file "validation/reference/taylor-remainder.csv")
                |> Array.skip 1
                |> Array.map (fun line ->
                    Array.map (fun (x: string) -> Double.Parse(x, CultureInfo.InvariantCulture)) (line.Split ','))

            Expect.isGreaterThan rows.Length 50 ""
            // Below 2: q^2 times an alternating series of condition 1.75, with 8 roundings in its powers of q and coefficients.
            // Above 2: terms of magnitude x/2 + ln 2 + x^2/8 <= 2.2 + ..., at x = 2 33 times the difference 0.066, each rounded once.
            // 64 u covers both.
            within
                "relative"
                (largest (Array.map (fun (r: float[]) -> relative (TaylorRemainder.Remainder r[0]) r[1]) rows))
                (64.0 * u))

        testCase "both bounds hold on a grid from 1e-60 to 1e40, and at both signs" (fun () ->
            let mutable utilisation = 0.0

            for step in -3000 .. 2000 do
                for sign in [ -1.0; 1.0 ] do
                    let x = sign * 10.0 ** (0.02 * float step)
                    let r = TaylorRemainder.Remainder x
                    let bound, next = TaylorRemainder.Bound x, TaylorRemainder.NextBound x
                    Expect.isLessThanOrEqual r 0.0 ""
                    // Strict in exact arithmetic; 64 u for the rounding of either side.
                    Expect.isLessThanOrEqual (-r) (bound * (1.0 + 64.0 * u)) ""
                    Expect.isLessThanOrEqual (r + bound) (next + 128.0 * u * bound) ""
                    Expect.isGreaterThanOrEqual (r + bound) (-128.0 * u * bound) ""
                    utilisation <- max utilisation (-r / bound))

        testCase "both bounds are attained in order as x falls" (fun () ->
            for x in [ 0.3; 0.1; 0.03; 0.01 ] do
                let r = TaylorRemainder.Remainder x
                let ratio = -r / TaylorRemainder.Bound x
                let next = (r + TaylorRemainder.Bound x) / TaylorRemainder.NextBound x
                // 1 - ratio = x^2/15 - ..., from x^6/2880 over x^4/192; and 1 - next = (17/645120) 2880 x^2 = 0.0759 x^2.
                within $"first order at {x}" (1.0 - ratio) (x * x / 15.0 + 64.0 * u)
                // r + Bound cancels 15 / x^2 times 64 u of it.
                within $"next order at {x}" (abs (1.0 - next)) (0.0759 * x * x + 15.0 / (x * x) * 128.0 * u)
                Expect.isGreaterThan next 0.99 "")

        testCase "a wrong constant in the expansion is found out" (fun () ->
            let exceeds divisor order =
                Seq.exists
                    (fun step ->
                        let x = 10.0 ** (0.05 * float step)
                        -(TaylorRemainder.Remainder x) > (x ** order) / divisor * (1.0 + 1e-9))
                    (seq { -60 .. 40 })

            Expect.isFalse (exceeds 192.0 4.0) ""
            Expect.isTrue (exceeds 193.0 4.0) ""
            Expect.isTrue (exceeds 384.0 4.0) "")

        property "SGNS is its quadratic expansion plus the remainder, within the bounds" 100 (fun (c: Corpus) ->
            let struct (_, pairs, model) = sgns c
            let loss = SgnsLoss pairs
            let p, q = pairs.Observed(), pairs.Independent()

            let direct =
                Array.sum (Array.map3 (fun p q m -> p * log (1.0 + exp -m) + q * log (1.0 + exp m)) p q model)

            // Terms of magnitude (p + q)(1 + |M| + M^2), V^2 of them, 16 roundings each.
            let magnitude =
                Array.sum (Array.map3 (fun p q m -> (p + q) * (1.0 + abs m + m * m)) p q model)

            let bound = 2.0 * float (model.Length + 16) * u * magnitude
            let remainder = loss.Remainder model

            labelled "Evaluate" (abs (loss.Evaluate model - direct)) bound
            .&. labelled "expansion + remainder" (abs (loss.Expansion model + remainder - direct)) bound
            .&. labelled "remainder over its bound" (-remainder / loss.Bound model) (1.0 + 64.0 * u)
            .&. labelled
                    "next order, over its bound"
                    ((remainder + loss.Bound model - 256.0 * u * loss.Bound model)
                     / loss.NextBound model)
                    1.0
            .&. (remainder <= 0.0)
            .&. (remainder + loss.Bound model >= -256.0 * u * loss.Bound model))

        property "the expansion is 2 ln 2 + L_sym / 2, not L_sym: same target, half the weight" 100 (fun (c: Corpus) ->
            let s = c.Statistics
            let loss = SgnsLoss(PairWeights.Uniform(s, 1.0))
            let model = Array.init c.Pairs.Length (fun at -> 0.01 * float (at % 7 - 3))
            let half = 0.5 * QuadraticLoss.Sym.Evaluate(s, model)
            let expansion = loss.Expansion model
            // Offsets of 1.4 rounded a few times; sums of V^2 terms below 1.
            let bound = 16.0 * u * 2.0
            let exact = loss.Evaluate model - 2.0 * log 2.0
            // At |M| <= 0.03 the remainder is below 2 * 0.03^4 / 192 = 9e-9, L_sym itself up to 0.03: a factor 2 shows.
            let sym = QuadraticLoss.Sym.Evaluate(s, model)

            labelled "offset" (relative loss.Offset (2.0 * log 2.0)) (float model.Length * u)
            .&. labelled "expansion" (abs (expansion - 2.0 * log 2.0 - half)) (bound + float model.Length * u)
            .&. (QuadraticLoss.SgnsQuartic.Target s = QuadraticLoss.Sym.Target s)
            .&. (QuadraticLoss.SgnsQuartic.Weight s = Array.map (fun g -> 0.5 * g) (QuadraticLoss.Sym.Weight s))
            .&. labelled
                    "factor one half"
                    (abs (exact - 0.5 * sym))
                    (2.0 * 0.03 ** 4.0 / 192.0 + bound + float model.Length * u))

        testCase "what is not a number or has the wrong shape is refused" (fun () ->
            refusedNaming "x" (fun () -> TaylorRemainder.Remainder nan |> ignore)
            refusedNaming "x" (fun () -> TaylorRemainder.Bound infinity |> ignore)
            refusedNaming "x" (fun () -> TaylorRemainder.NextBound nan |> ignore)
            let loss = SgnsLoss(PairWeights.Uniform((corpus 3).Statistics, 1.0))
            refusedNaming "model" (fun () -> loss.Evaluate [| 1.0 |] |> ignore)
            refusedNaming "model" (fun () -> loss.Remainder [| 1.0 |] |> ignore))
    ]
