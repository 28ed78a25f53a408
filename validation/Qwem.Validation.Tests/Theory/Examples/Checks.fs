/// What the examples of docs/theory.md check with.
module Qwem.Validation.Tests.TheoryExamples.Checks

open NUnit.Framework

/// Asserts equality to 1e-9.
let close (expected: float) (value: float) =
    Assert.That(value, Is.EqualTo(expected).Within 1e-9)

/// Asserts equality of arrays, entry by entry, to 1e-9.
let allClose (expected: float[]) (values: float[]) =
    Assert.That(values, Is.EqualTo<float[]>(expected).Within 1e-9)
