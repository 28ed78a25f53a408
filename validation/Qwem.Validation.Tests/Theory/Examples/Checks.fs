/// What the examples of docs/theory.md check with.
module Qwem.Validation.Tests.TheoryExamples.Checks

open Expecto
open Qwem.Validation.Tests.Expectations

/// Asserts equality to 1e-9.
let close (expected: float) (value: float) = Expect.near value expected (1e-9) ""

/// Asserts equality of arrays, entry by entry, to 1e-9.
let allClose (expected: float[]) (values: float[]) =
    Expect.hasLength values expected.Length ""
    Seq.iter2 (fun value expected -> Expect.near value expected 1e-9 "") values expected
