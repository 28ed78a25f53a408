/// What the experiments are made of: slopes with intervals, and the theory of descents with a clock per word.
[<NUnit.Framework.TestFixture>]
module Qwem.Validation.Tests.ExperimentTests

open System
open NUnit.Framework
open Qwem.Sim.Threading
open Qwem.Sim.Training
open Qwem.Validation
open Qwem.Validation.Convergence
open Qwem.Validation.Limits
open Qwem.Validation.Theorem44

let private counts = lazy (EmbeddedCounts.load EmbeddedCounts.wikipedia1000)

[<Test>]
let ``a power law has its exponent as slope, and the interval is Student's`` () =
    let slope = Slope.fit [ for x in [ 0.1; 0.2; 0.7; 3.0 ] -> x, 5.0 * x ** -1.5 ]
    Assert.That(slope, Is.EqualTo(-1.5).Within 1e-14)
    // Slopes 0 and 2 have mean 1 with a standard error of 1; t(1, 0.9995) = tan(0.4995 pi).
    let interval = Slope.ofSeeds [| 0.0; 2.0 |]
    Assert.That(interval.Mean, Is.EqualTo 1.0)
    Assert.That(interval.HalfWidth, Is.EqualTo(Math.Tan(0.4995 * Math.PI)).Within 1e-4)

let private clock v d scale team =
    let start = Initialisation.Gaussian(v, d, scale, 1UL)
    let words = (Training.frequencies counts.Value v).Words

    start, WordClock.make (Prediction.statistics counts.Value v) (Exponents.psi words 1) start team

[<Test>]
let ``a clock per word leads from the start to the minimiser of Theorem 4.4`` () =
    use team = new WorkerTeam(1)
    let v, d = 20, 3
    let start, clock = clock v d 0.1 team

    let model time =
        Prediction.modelOf v (WordClock.embeddings clock time team) team

    let first = Training.gram start team
    // One rounding of W per factor, V roundings of each change of basis, weights apart by a root of their ratio.
    let rounding = 100.0 * float v * Tolerance.unitRoundoff
    Assert.That(Prediction.distance (model 0.0) first / Prediction.norm first, Is.LessThan rounding)
    let lambda = clock.Limit.Eigenvalues
    // e^-60 of the slowest mixing is far below rounding.
    let late = model (30.0 / (lambda[d - 1] - max 0.0 lambda[d]))

    Assert.That(Prediction.distance late clock.Limit.Model / Prediction.norm clock.Limit.Model, Is.LessThan rounding)

[<Test>]
let ``the noise of minibatches is inverse to the batch, proportional to a small rate, and vanishes with the rate`` () =
    use team = new WorkerTeam(1)
    let d = 3
    let _, clock = clock 20 d 0.1 team

    let square rate pairs steps =
        (WordClock.noise clock d (Array.create steps rate) (Array.create steps pairs) team).MeanSquare

    let rate = 0.01 / clock.Limit.Eigenvalues[0]
    let once = square rate 1000 2000
    Assert.That(square rate 4000 2000, Is.EqualTo(once / 4.0).Within(1e-12 * once))
    // At equal times of the flow a variance differs from its limit of small rates by kappa rate Lambda at most, 2 % here.
    Assert.That(square (0.5 * rate) 1000 4000, Is.EqualTo(once / 2.0).Within(0.02 * once))
    Assert.That(square 0.0 1000 10, Is.EqualTo 0.0)
