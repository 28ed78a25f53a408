module Qwem.Validation.Tests.AxisTests

open System
open Expecto
open FsCheck
open FsCheck.FSharp
open Qwem.Reports
open Qwem.Validation.Tests.FigureSamples

/// A range between two numbers of very different or very similar size.
let private rangeOf (a: int) (b: NormalFloat) =
    let low = b.Get
    let width = Math.Pow(10.0, float (a % 12)) * (1.0 + abs low)
    low, low + max width (1e-8 * abs low)

let tests =
    testList "Axis" [
        property
            "linear ticks rise, lie in the range, are one to eleven, and leave less than a step at either end"
            100
            (fun (a: int) (b: NormalFloat) (c: PositiveInt) ->
                let low, high = rangeOf a b
                let count = 1 + c.Get % 10
                let ticks = Ticks.linear low high count |> List.map (fun tick -> tick.At)
                let rising = List.pairwise ticks |> List.forall (fun (x, y) -> x < y)
                let inside = ticks |> List.forall (fun x -> x >= low && x <= high)
                let step = if ticks.Length > 1 then ticks[1] - ticks[0] else high - low

                let covers =
                    ticks.IsEmpty
                    || ticks.Head - low <= 1.001 * step && high - List.last ticks <= 1.001 * step

                (rising && inside && ticks.Length <= count + 1 && covers)
                |> Prop.label $"%A{ticks} in {low} {high}")

        property "labels of linear ticks differ from each other" 100 (fun (a: int) (b: NormalFloat) ->
            let low, high = rangeOf a b
            let labels = Ticks.linear low high 8 |> List.map (fun tick -> tick.Label)
            (List.distinct labels).Length = labels.Length |> Prop.label $"%A{labels}")

        property
            "decade ticks stand at exact powers of ten and name multiples of the stride"
            100
            (fun (a: int) (b: PositiveInt) (c: PositiveInt) ->
                let first = a % 100
                let last = first + b.Get % 40
                let stride = 1 + c.Get % 5
                let low, high = Numbers.pow10 first * 0.7, Numbers.pow10 last * 1.3
                let ticks = Ticks.decades low high stride false

                List.map (fun (tick: Ticks.Tick) -> tick.At) ticks = List.map Numbers.pow10 [ first..last ]
                && List.forall2
                    (fun k (tick: Ticks.Tick) ->
                        tick.Label =
                            (if k = 0 then "1"
                             elif k % stride = 0 then "10^{" + (string k).Replace('-', '−') + "}"
                             else ""))
                    [ first..last ]
                    ticks)

        testCase "an axis of fourteen decades labels every second one and has no minor digits" (fun () ->
            let ticks = Ticks.candidates Logarithmic 1e-14 1.0 300.0 |> List.head

            let labels =
                ticks
                |> List.map (fun tick -> tick.Label)
                |> List.filter (fun label -> label <> "")

            Expect.equal labels.Length 8 ""
            Expect.equal ticks.Length 15 "")

        testCase "an axis of three decades has minor ticks at two to nine" (fun () ->
            let ticks = Ticks.candidates Logarithmic 0.1 100.0 300.0 |> List.head
            Expect.equal ticks.Length (4 + 3 * 8) "")

        property
            "the portable logarithm agrees with the platform's to 4 units in the last place"
            100
            (fun (x: NormalFloat) (k: int) ->
                let value = abs x.Get * Math.Pow(10.0, float (k % 250))

                value = 0.0
                || Double.IsInfinity value
                || abs (Numbers.log10 value - Math.Log10 value)
                   <= 4.0 * Math.BitIncrement(0.0) + 9e-16 * max 1.0 (abs (Math.Log10 value)))

        testCase "a range that does not rise, or is not positive on a logarithmic axis, is refused by name" (fun () ->
            for scale, range in [ Linear, (2.0, 1.0); Linear, (nan, 1.0); Logarithmic, (0.0, 1.0) ] do
                let panel = {
                    staircase Linear with
                        X = axis "time" scale (Some range)
                }

                let error =
                    Expect.raised<ReportException>(fun () ->
                        Picture.render Picture.Light (figure "bad" [ panel ]) |> ignore)
                    |> Unchecked.nonNull

                Expect.stringContains error.Message "'bad', panel 1" "")
    ]
