namespace Qwem.Validation.Word2VecLike

open Qwem.Reports
open Qwem.Validation
open Qwem.Validation.Flows
open Qwem.Validation.Drawing
open Qwem.Validation.Flows.Drawing

/// The figures of experiment word2vec-like. Experiment is solid, theory dashed.
module Figures =

    /// The final version's Figure 2.
    let comparison (scales: ScaleRuns list) =
        let d = scales.Head.Theory.Exact.EmbeddingDimension
        let modes = shown d

        let highest =
            scales
            |> Seq.collect _.SkipGram
            |> Seq.map Array.head
            |> Seq.max
            |> max (sqrt scales.Head.Theory.Eigenvalues[0])

        let panel title (scale: ScaleRuns) series =
            {
                Title = title
                X = axis "time t/τ_{1}" Logarithmic (Some(0.5, Runs.last scale.Sigma))
                Y = axis "singular value" Linear (Some(0.0, 1.05 * highest))
                Series = series
                VerticalRules = []
            }

        let solid, dashed = Line(Solid, 1.6), Line(Dashed, 1.4)

        let start (scale: ScaleRuns) = $"σ = %g{scale.Sigma}"

        let clock (scale: ScaleRuns) =
            let unit = ExactTheory.realisation scale.Theory 0
            scale.Fine.Times |> Array.map (fun t -> t / unit)

        let skipGram (scale: ScaleRuns) =
            let own = Linearisation.realisation scale.Linear
            let clock = scale.SkipGramTimes |> Array.map (fun t -> t / own)
            panel $"word2vec (SGNS), {start scale}" scale (curves "simulated" solid modes clock scale.SkipGram)

        let quadratic (scale: ScaleRuns) =
            panel $"QWEM, {start scale}" scale (curves "simulated" solid modes (clock scale) scale.Fine.SingularValues)

        let theory (scale: ScaleRuns) =
            let values = ExactTheory.alignedSingularValues scale.Theory scale.Fine.Times

            panel
                $"theory, {start scale}"
                scale
                (curves "Theorem 4.3 with λ_{k}(0) = σ²" dashed modes (clock scale) values)

        {
            Id = "word2vec-like"
            Title = "word2vec, its quadratic model and the closed form"
            PaperFigures = [ "final 1"; "final 2" ]
            Caption =
                "Singular values of the embeddings against time, each model's in units of its own first realisation time; one colour per mode. Left: large start; right: small start. Solid: simulated gradient flow; dashed: theory. word2vec's values overshoot and begin to relax, QWEM's come to rest at √λ_{k} and are the theory's."
            AlternativeText =
                "Six panels of sigmoidal steps: the middle row equals the bottom one; in the top row the curves rise in the same way, overshoot and begin to fall back."
            Panels = [ skipGram; quadratic; theory ] |> List.collect (fun row -> List.map row scales)
            Columns = 2
            Frames = []
            ColourNames = names modes
            Slider = false
            Command = "qwem reproduce --only word2vec-like"
        }

    /// The factor 2 in the clock.
    let halfClock (small: ScaleRuns) (run: HalfClockRun) =
        let unit = ExactTheory.realisation small.Theory 0
        let first (values: float array array) = values |> Array.map Array.head

        let series legend colour mark times values =
            {
                Legend = Some legend
                Colour = Some colour
                Mark = mark
                Points = Array.zip times values
            }

        let times = small.Fine.Times |> Array.map (fun t -> t / unit)
        let slow = run.Times |> Array.map (fun t -> t / unit)

        let theory = (ExactTheory.singularValues small.Theory small.Fine.Times) |> first

        {
            Id = "word2vec-half-clock"
            Title = "SGNS runs at half of QWEM's clock"
            PaperFigures = []
            Caption =
                "Leading singular value from the small start at equal weights and learning rate. Solid: simulated flows; dashed: exact solution of QWEM, and the same at half its speed, which is what the expansion of SGNS is (erratum to Eq. 25). The two part when the products of embeddings are no longer small against 1."
            AlternativeText =
                "QWEM's curve rises at time 1 and SGNS's at time 2; each lies on its dashed theory, and SGNS then grows beyond the plateau."
            Panels =
                [
                    {
                        Title = ""
                        X = axis "time t/τ_{1} of QWEM" Linear (Some(0.5, 3.5))
                        Y = axis "leading singular value s_{1}" Linear None
                        Series =
                            [
                                series "QWEM (simulated)" 0 (Line(Solid, 3.0)) times (first small.Fine.SingularValues)
                                series
                                    "SGNS, constant weight (simulated)"
                                    1
                                    (Line(Solid, 3.0))
                                    slow
                                    (first run.SingularValues)
                                series "exact theory" 2 (Line(Dashed, 1.4)) times theory
                                series
                                    "exact theory at half the clock"
                                    3
                                    (Line(Dashed, 1.4))
                                    (times |> Array.map (fun t -> 2.0 * t))
                                    theory
                            ]
                        VerticalRules = [ { At = 1.0; Label = "τ_{1}" }; { At = 2.0; Label = "2 τ_{1}" } ]
                    }
                ]
            Columns = 0
            Frames = []
            ColourNames = []
            Slider = true
            Command = "qwem reproduce --only word2vec-like"
        }
