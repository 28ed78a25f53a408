namespace Qwem.Validation.Theorem43

open System
open Qwem.Sim.Training
open Qwem.Theory
open Qwem.Validation
open Qwem.Validation.Theorem43.Evidence

/// The flow against theory (c), the exact solution.
module ExactGates =

    /// The slips that change the exact theory of this loss.
    let private exactMutations (evidence: Evidence) =
        [
            Belief.kappaDoubled
            if evidence.Loss = CrossEntropy then
                Belief.subsamplingIgnored
            Belief.selfPairsKept
        ]
        |> OldGate.mutations

    let private measuredAt (evidence: Evidence) (indices: int array) =
        indices |> Array.map (fun i -> evidence.Flow.Observations[i])

    let private eigenpairGate (evidence: Evidence) : Gate<Belief> =
        let correct = evidence.Correct.Target

        {
            Id = identifier evidence "eigenpairs"
            Claim = "The eigenpairs handed to the theory are those of its target, and orthonormal."
            Metric = "largest of the residual relative to ||M*||_F and the orthogonality error"
            Tolerance = Tolerances.eigenpairs evidence.Settings
            Gap =
                (fun belief ->
                    let prediction = evidence.Prediction belief

                    let spectrum =
                        TargetSpectrum(prediction.Eigenvalues, prediction.Eigenvectors.Values)

                    let certificate = spectrum.Certify correct
                    Math.Max(certificate.Residual, certificate.Orthogonality))
            Mutations = OldGate.mutations [ Belief.selfPairsKept ]
        }

    /// All of them, the eigenpairs' certificate first.
    let all (evidence: Evidence) : Gate<Belief> list =
        let settings, flow, coarse = evidence.Settings, evidence.Flow, evidence.Coarse
        let exponent = Tolerances.largestExponent evidence.Correct flow
        let normalised = Comparison.normalisedLoss evidence.Preparation

        let gate name claim metric (distanceToCoarse, amplification) gap =
            {
                Id = identifier evidence name
                Claim = claim
                Metric = metric
                Tolerance = Tolerances.integration settings distanceToCoarse amplification
                Gap = gap
                Mutations = exactMutations evidence
            }

        let singularDistance (a: float array seq) (b: float array seq) =
            Seq.zip a b |> Seq.collect (fun (x, y) -> Seq.map2 relative x y) |> Curves.worst

        // A mode's rounding is bounded against its whole row of X, of which its own direction may be 1/sqrt(d).
        let condition = sqrt (float settings.EmbeddingDimension)

        let overlapDistance (a: float array seq) (b: float array seq) =
            Seq.zip a b
            |> Seq.collect (fun (x, y) -> Seq.map2 (fun p q -> abs (p - q)) x y)
            |> Curves.worst

        let overlapsOf (run: Observation array) = run |> Array.map _.SubspaceOverlaps

        let valuesOf (run: Observation array) = run |> Array.map _.SingularValues

        [
            eigenpairGate evidence
            gate
                "exact-gram"
                "The exact solution gives the Gram matrix of the simulated flow at every recorded time."
                "largest relative error of M over the records, Frobenius norm"
                (Curves.worst evidence.GramDistances, exponent)
                (fun belief -> (evidence.Exact belief).GramErrors |> Curves.worst)
            gate
                "exact-final-gram"
                "The exact solution gives the Gram matrix of the simulated flow at the last recorded time."
                "relative error of M, Frobenius norm"
                // Nearly at rest, the model no longer amplifies roundings by the exponents, only by what is left of its drift.
                (Array.last evidence.GramDistances, 1.0 + Comparison.finalDrift settings flow evidence.Team)
                (fun belief -> (evidence.Exact belief).GramErrors |> Array.last)
            gate
                "exact-singular-values"
                "The exact solution gives every singular value at every recorded time, the smallest as well as the largest."
                "largest relative error over modes and records"
                (singularDistance (valuesOf coarse) (valuesOf flow.Observations), condition * exponent)
                (fun belief ->
                    let exact = evidence.Exact belief

                    singularDistance
                        exact.SingularValues
                        (measuredAt evidence exact.Indices |> Array.map _.SingularValues))
            gate
                "exact-half-rise"
                "The exact solution gives the time at which each singular value reaches half its plateau's square."
                "largest relative error of a half-rise time over the modes"
                (halfRiseDistance evidence, exponent)
                (fun belief ->
                    let exact = evidence.Exact belief
                    let measured = measuredAt evidence exact.Indices |> Array.map _.SingularValues
                    let times = exact.Indices |> Array.map (fun i -> flow.Times[i])
                    let plateaus = evidence.Correct.Eigenvalues

                    relativeTimes
                        (Comparison.halfRises plateaus times exact.SingularValues settings.EmbeddingDimension)
                        (Comparison.halfRises plateaus times measured settings.EmbeddingDimension)
                    |> Curves.worst)
            gate
                "exact-alignment"
                "The exact solution gives the alignment of the simulated top-k subspaces with the target's at every recorded time."
                "largest error of an overlap over subspaces and records"
                (overlapDistance (overlapsOf coarse) (overlapsOf flow.Observations),
                 exponent + Tolerances.eigenspaceCondition settings evidence.Correct)
                (fun belief ->
                    let exact = evidence.Exact belief
                    overlapDistance exact.Overlaps (measuredAt evidence exact.Indices |> overlapsOf))
            gate
                "exact-loss-staircase"
                "The exact solution gives the loss of the simulated flow at every recorded time."
                "largest error of the loss, in units of the loss at W = 0"
                (Seq.map2
                    (fun (a: Observation) (b: Observation) -> Math.Abs(normalised a.Loss - normalised b.Loss))
                    coarse
                    flow.Observations
                 |> Curves.worst,
                 exponent)
                (fun belief ->
                    let exact = evidence.Exact belief

                    Seq.map2
                        (fun theory (measured: Observation) -> Math.Abs(theory - normalised measured.Loss))
                        exact.Losses
                        (measuredAt evidence exact.Indices)
                    |> Curves.worst)
        ]
