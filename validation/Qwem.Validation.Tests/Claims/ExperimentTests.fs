/// What the experiments are made of: slopes with intervals.
[<NUnit.Framework.TestFixture>]
module Qwem.Validation.Tests.ExperimentTests

open System
open NUnit.Framework
open Qwem.Validation

[<Test>]
let ``a power law has its exponent as slope, and the interval is Student's`` () =
    let slope = Slope.fit [ for x in [ 0.1; 0.2; 0.7; 3.0 ] -> x, 5.0 * x ** -1.5 ]
    Assert.That(slope, Is.EqualTo(-1.5).Within 1e-14)
    // Slopes 0 and 2 have mean 1 with a standard error of 1; t(1, 0.9995) = tan(0.4995 pi).
    let interval = Slope.ofSeeds [| 0.0; 2.0 |]
    Assert.That(interval.Mean, Is.EqualTo 1.0)
    Assert.That(interval.HalfWidth, Is.EqualTo(Math.Tan(0.4995 * Math.PI)).Within 1e-4)
