namespace Qwem.Validation.Claims

open System
open Qwem.Reports
open Qwem.Sim.LinearAlgebra
open Qwem.Sim.Training
open Qwem.Theory
open Qwem.Validation
open Qwem.Validation.Embeddings

/// L_sym with the weight that the text gives to pairs, from a vanishing start: simulated, and the linear law of its beginning.
[<NoEquality; NoComparison>]
type Unweighted =
    {
        /// V x d, at the times.
        Run: Integrated<DenseMatrix array>
        /// Embeddings by the linear law under a theory, at a time in units of tau_1.
        Linear: Theory -> float -> DenseMatrix
        /// How far the quadratic part of the loss can have turned the model by a record, relative to it.
        Curvature: int -> float
        /// 2 kappa lambda_1 t per unit of tau_1.
        Exponent: float
    }

module Unweighted =

    /// Records in units of tau_1, the time at which the fastest mode would reach 1.
    let times = [| 0.02; 0.05; 0.1; 0.2; 0.35; 0.5; 0.7; 0.85; 1.0 |]

    // Relative local error; the model as a whole is measured, not each mode.
    let private tolerance = 1e-8

    /// Simulates, and diagonalises the theory's G o M*.
    let make (counts: LeadingCounts) (statistics: Prediction<CorpusStatistics>) d (scale: float) (setting: Setting) =
        let v, team = counts.Words.Length, setting.Team
        let alike = Array.create v 1.0

        let objective = Corpus.objective (Corpus.frequencies counts) alike Corpus.symmetric

        let start = Initialisation.Gaussian(v, d, scale, setting.Seed)

        // Not subsampled, but of total mass 1 as the simulator's pairs are, which neutral self-pairs alone are not.
        let normalised theory =
            ((statistics.Of theory).Subsample alike).Statistics

        let weight theory =
            (theory.Symmetric()).Weight(normalised theory)

        // dW/dt = kappa W (G o (M* - W'W)), kappa of weight 1: the linear part grows with the eigenvalues of G o M*.
        let growth =
            Targets.spectrum
                (fun theory -> Array.map2 (*) (weight theory) (theory.Target (theory.Symmetric()) (normalised theory)))
                team

        let rate =
            2.0
            * float (Theory.derived.Kappa 1.0)
            * (growth.Of Theory.derived).Eigenvalues[0]

        let first = -2.0 * Math.Log scale / rate

        let integrate tolerance finer =
            ConstantWeight.run
                (DirectField(objective, start, team))
                start
                (times |> Array.map (fun t -> t * first))
                tolerance
                finer
                (fun _ state -> Dense.copy state)
                setting
                "emergence: flow of L_sym without reweighting"

        // From a start so small that the law stays linear whatever it grows by; the result is scaled back.
        let shrink = 1e-60

        let exact =
            Flow.exact growth (DenseMatrix(v, d, start.Values |> Array.map (fun w -> shrink * w))) team

        let linear theory time =
            let state = (exact.Of theory).At(theory.Kappa 1.0 * time * first)

            let modes =
                DenseMatrix(d, v, state.EmbeddingsInEigenbasis().ToRows() |> Array.map (fun x -> x / shrink))

            Dense.product (growth.Of theory).Eigenvectors true modes true team

        let fine = integrate tolerance true
        let weightNorm = Dense.norm (weight Theory.derived)

        {
            Run =
                {
                    Fine = fine
                    Coarse = integrate (ConstantWeight.coarseFactor * tolerance) false
                }
            Linear = linear
            Curvature =
                fun record ->
                    // |M_ij| is at most the square of the longest word; the rate of G o M is at most that times ||G||, and of its integral
                    // the last e-fold, 1 / rate, is all that counts.
                    let longest =
                        Seq.init v (fun i -> Kernels.NormSquared(fine[record].Row i)) |> Seq.max

                    4.0 * longest * weightNorm / rate
            Exponent = rate * first
        }

    /// The records as questions see them: a word turns by rounding and by what the linear law leaves out.
    let private observed (it: Unweighted) questions team =
        let turned =
            it.Run.Fine
            |> Array.mapi (fun record fine ->
                let whole =
                    4.0 * float fine.Rows * Tolerance.unitRoundoff * it.Exponent * times[record]
                    + it.Curvature record

                Flow.rowConditions fine team |> Array.map (fun x -> whole * x))

        Agreement.observe questions it.Run turned team

    /// From which time on the bounds no longer say anything of most cosines.
    let remark (it: Unweighted) questions team =
        let vague =
            observed it questions team
            |> Array.map (fun seen ->
                let found = Agreement.bounds [| seen |]
                float found.Vague / float found.Count)

        let shares =
            Array.zip times vague
            |> Array.filter (fun (_, share) -> share > 0.0)
            |> Array.map (fun (time, share) -> $"{Numbers.decimals 1 (100.0 * share)} %% at {time:g} τ_{{1}}")

        if shares.Length = 0 then
            "No bound of a cosine exceeds 0.1 at any record."
        else
            let listed = String.concat ", " shares
            $"The linear law is judged at every record with its own bound; bounds above 0.1, which say little, have {listed} of the cosines."

    /// The gate of all records.
    let gate (it: Unweighted) questions team =
        let seen = observed it questions team

        Gate.leadingOrder
            "emergence/unweighted/linear-law"
            "Until its first mode appears, L_{sym} without reweighting moves every word by the linear law of G o M*, whose directions are not those of M*; at the last records the bounds exclude little."
            $"largest error of a cosine of a word that is asked about with any word, in units of that cosine's own bound, all records up to {Array.last times:g} τ_{{1}}"
            (Agreement.tolerance
                $"; modelling: the quadratic part of the loss, which the linear law leaves out, turns the model by at most max|M| ||G|| over the rate of growth, {it.Curvature 0:g2} at the first record and {it.Curvature(times.Length - 1):g2} at the last, amplified in the same way"
                seen)
            (fun theory ->
                times
                |> Seq.mapi (fun record time -> Agreement.gap questions seen[record] (it.Linear theory time) team)
                |> Curves.worst)
        |> Gate.glimpsed (fun theory ->
            let record = 3
            Agreement.gap questions seen[record] (it.Linear theory times[record]) team)
        |> Flow.setLater
