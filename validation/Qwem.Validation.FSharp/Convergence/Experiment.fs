namespace Qwem.Validation.Convergence

open Qwem.Reports
open Qwem.Validation
open Qwem.Validation.Drawing

/// Experiment convergence: every error of the simulation falls at the rate of its cause, against closed forms that have none.
module Experiment =

    let private slopes (evidence: ConvergenceEvidence) =
        let problem = evidence.Problem
        let orders = Gates.orders evidence

        let row name expected text = [ name; expected; text ]
        let exponent r = Numbers.decimals 4 (1.0 - r)

        {
            Caption =
                "Observed exponents: slopes of logarithms, mean over the seeds with the 99.9 % interval of the mean"
            Headings = [ "error"; "#theory"; "#measured" ]
            Rows =
                [
                    yield!
                        Integrators.fields
                        |> Array.mapi (fun index name ->
                            row $"integrator {name}, over the step" "8" (Numbers.decimals 3 orders[index]))
                    row "minibatches, over the learning rate" "0.5" (Slope.text (Gates.noiseInRate evidence))
                    row "minibatches, over the batch" "−0.5" (Slope.text (Gates.noiseInBatch evidence))
                    row "full batch, over the learning rate" "1" (Slope.text (Gates.stepInRate evidence))
                    row
                        "peak of R_{13}^{2}, over σ^{2}"
                        (exponent (SmallStarts.ratio problem))
                        (Slope.text (Gates.peakExponent evidence))
                    row
                        "Theorem 4.3 with R_{kk}(0)^{2}, over σ"
                        (exponent (SmallStarts.closest problem))
                        (Slope.text (Gates.alignedExponent evidence))
                ]
        }

    let private sweep (first: SmallStarts.Sweep array) =
        {
            Caption = "Largest distance of M from the simulated flow, in units of the trained model's norm; first seed"
            Headings =
                [
                    "#σ"
                    "#(a) λ_{k}(0) = σ^{2}"
                    "#(b) R_{kk}(0)^{2}"
                    "#(c) exact"
                    "#largest R_{13}^{2}"
                    "#predicted"
                ]
            Rows =
                first
                |> Array.map (fun one ->
                    [ one.Sigma; one.Paper; one.Aligned; one.Exact; one.Peak; one.PredictedPeak ]
                    |> List.map Numbers.short)
                |> List.ofArray
        }

    /// Measures all slopes and judges them.
    let run (setting: Setting) =
        let problem = Problem.make setting
        setting.Progress.Invoke("convergence: integrators", 0.0)
        let errors = Integrators.errors problem
        let inRate, inBatch = Descents.noisyPoints problem

        let evidence =
            {
                Problem = problem
                Errors = errors
                InRate = inRate
                InBatch = inBatch
                Stepped = Descents.steppedPoints problem
                Sweeps = SmallStarts.run problem
            }

        let closest = 1.0 - SmallStarts.closest problem

        {
            Id = "convergence"
            Title = "How errors fall"
            Question =
                "Are the differences between simulation and theory what they are said to be: step size, minibatch noise and finite starts, and nothing else?"
            Prediction =
                "An integrator of order p errs like h^{p}. Minibatches scatter a model at rest by a variance proportional to the learning rate over the batch; finite steps move a rising model in proportion to the rate. From a random start of size σ, Theorem 4.3 with λ_{k}(0) = R_{kk}(0)^{2} errs by its off-diagonal R_{ij}, R_{ij}^{2} ~ σ^{2(1 − r)} with r = λ_{j}/λ_{i} (section 6); the exact solution of section 4.2 does not depend on σ."
            Answer = ""
            Paragraphs =
                [
                    $"L_{{xe}} with Ψ_{{i}} = 1/P_{{i}}, V = {Problem.vocabularySize problem}, d = {problem.Dimension}, {problem.Seeds.Length} seeds. Noise is measured from the full batch at rest, where the flow and gradient descent of any step stay put, so that nothing but noise is left; all noisy descents run for the same time of the flow. Finite steps are measured on the full batch, so that nothing but steps is left."
                    "Theorem 4.3 with λ_{k}(0) = σ^{2} does not converge as σ falls: a random start does not have exactly that variance in every mode, and each rise stays early or late by a fixed fraction of its own width. With R_{kk}(0)^{2} it converges, as slowly as the closest pair of eigenvalues says."
                ]
            Quantities =
                [
                    dimensionless
                        "1 − r of the closest pair"
                        closest
                        "exponent in σ with which Theorem 4.3 is approached; smallest relative distance of neighbouring eigenvalues"
                ]
            References = []
            Tables = [ slopes evidence; sweep evidence.Sweeps[0] ]
            Figures =
                [
                    Figures.orders errors (Array.append inRate inBatch) evidence.Stepped
                    Figures.sigmas evidence.Sweeps[0] closest (1.0 - SmallStarts.ratio problem)
                ]
            Verdicts = Gates.verdicts evidence
        }
