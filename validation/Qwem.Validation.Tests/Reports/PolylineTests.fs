module Qwem.Validation.Tests.PolylineTests

open System
open Expecto
open Qwem.Reports
open Qwem.Reports.Polyline
open Qwem.Validation.Tests.FigureSamples

let tests =
    testList "Polyline" [
        property "a clipped line is exactly the part of the line inside the box" 100 (fun (raw: (int * int) list) ->
            let box = {
                Left = 10.0
                Top = 20.0
                Right = 50.0
                Bottom = 45.0
            }

            let points = [| for x, y in raw -> struct (float (x % 80) + 0.5, float (y % 80) + 0.5) |]

            let runs = Polyline.clip box points
            let segments = Array.pairwise points

            let onLine point =
                segments |> Array.exists (fun (a, b) -> distance point a b < 1e-9)

            let drawn (point: Point) =
                runs
                |> List.exists (Array.pairwise >> Array.exists (fun (a, b) -> distance point a b < 1e-9))

            let samples = [
                for struct (ax, ay), struct (bx, by) in segments do
                    for share in [ 0.1; 0.37; 0.5; 0.81 ] do
                        let x, y = ax + share * (bx - ax), ay + share * (by - ay)

                        if x > box.Left && x < box.Right && y > box.Top && y < box.Bottom then
                            struct (x, y)
            ]

            points.Length < 2
            || runs
               |> List.forall (Array.forall (fun (struct (x, y)) -> box.Contains(x, y) && onLine (struct (x, y))))
               && List.forall drawn samples)

        property
            "a simplified line keeps its ends and passes within the tolerance of every dropped point"
            100
            (fun (raw: (int * int) list) ->
                let points = [| for x, y in raw -> struct (float (x % 300) / 7.0, float (y % 300) / 7.0) |]

                let kept = Polyline.simplify 0.25 points

                let near point =
                    kept.Length = 1 && distance point kept[0] kept[0] <= 0.25
                    || Array.pairwise kept
                       |> Array.exists (fun (a, b) -> distance point a b <= 0.25 + 1e-9)

                points.Length = 0
                || kept[0] = points[0]
                   && kept[kept.Length - 1] = points[points.Length - 1]
                   && Array.forall near points)

        testCase "a noisy line of a million points takes at most four points for half a pixel" (fun () ->
            let random = Random 1

            let points = [|
                for i in 0..999_999 -> struct (float i / 2000.0, 300.0 * random.NextDouble())
            |]

            let kept = Polyline.thinColumns points
            Expect.isLessThanOrEqual kept.Length 4000 ""
            Expect.equal kept[0] points[0] ""
            Expect.equal (Array.last kept) (Array.last points) "")
    ]
