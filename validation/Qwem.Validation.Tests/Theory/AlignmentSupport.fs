/// Exact solutions that the tests of alignment look at.
module Qwem.Validation.Tests.AlignmentSupport

open System
open Qwem.Theory

/// R(tau) of the exact solution, tau = eta t = 2 kappa t.
let factorAt (solution: ExactSolution) (tau: float) =
    (solution.At(Clock.KappaTime(tau * 1.0<etaTime>))).EmbeddingsInEigenbasis().ToRows()

/// Five learned modes, well apart, and a negative one.
let spectra = [| 1.0; 0.7; 0.42; 0.2; 0.1; -0.3 |]

/// Three dimensions, Gaussian start of scale sigma.
let startFrom random sigma =
    ExactSolution(spectra, Projection.OfRows(gaussian random 3 spectra.Length sigma, 3))

/// The start of a fixed seed.
let start (seed: int) = startFrom (Random seed)
