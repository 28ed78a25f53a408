/// What the experiments are made of: slopes with intervals.
module Qwem.Validation.Tests.ExperimentTests

open System
open Expecto
open Qwem.Validation

let tests =
    testList "Experiment" [
        testCase "a power law has its exponent as slope, and the interval is Student's" (fun () ->
            let slope = Slope.fit [ for x in [ 0.1; 0.2; 0.7; 3.0 ] -> x, 5.0 * x ** -1.5 ]
            Expect.near slope (-1.5) (1e-14) ""
            // Slopes 0 and 2 have mean 1 with a standard error of 1; t(1, 0.9995) = tan(0.4995 pi).
            let interval = Slope.ofSeeds [| 0.0; 2.0 |]
            Expect.equal interval.Mean 1.0 ""
            Expect.near interval.HalfWidth (Math.Tan(0.4995 * Math.PI)) (1e-4) "")
    ]
