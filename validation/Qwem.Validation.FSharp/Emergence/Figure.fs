namespace Qwem.Validation.Emergence

open Qwem.Reports
open Qwem.Validation
open Qwem.Validation.Embeddings
open Qwem.Validation.Theorem43

/// The figures of experiment emergence.
module Figure =

    /// Colours of the families drawn by name, most questions first; more curves cannot be told apart, and grey is too near to
    /// the black of all questions.
    let private colours = [| 0; 1; 2; 3; 4; 7 |]

    let private time range =
        Drawing.axis "time t/τ_{1}" Logarithmic range

    let private accuracy = Drawing.axis "share answered" Linear

    // Colour and number of the families drawn by name.
    let private largest (questions: Questions) =
        questions.Families
        |> Array.mapi (fun f family -> f, family.QuestionCount)
        |> Array.sortBy (fun (f, count) -> -count, f)
        |> Array.truncate colours.Length
        |> Array.mapi (fun place (f, _) -> colours[place], f)

    /// Accuracy of the largest families against time, theory and simulation.
    let families (questions: Questions) (theory: Curve) (simulated: Curve) (loss: Loss) =
        let both colour legend (dashed: float array) (circles: float array) =
            [
                Drawing.series (Some legend) colour (Line(Dashed, 1.6)) (Array.zip theory.Times dashed)
                Drawing.series
                    (if colour.IsNone then Some "simulated" else None)
                    colour
                    (Circles 3.5)
                    (Array.zip simulated.Times circles)
            ]

        Drawing.panel
            loss.Title
            (time None)
            (accuracy (Some(0.0, 1.0)))
            [
                yield! both None "all questions" theory.Total simulated.Total

                for colour, f in largest questions do
                    yield! both (Some colour) questions.Names[f] theory.Families[f] simulated.Families[f]
            ]

    /// Both losses side by side.
    let emergence (questions: Questions) panels =
        let drawn =
            Drawing.figure
                "emergence"
                "When each family of analogies is learned"
                [ "v1 5"; "v1 6" ]
                "Share of the analogies of each family that are answered rightly against training time, from a start of scale 10^{-12}. Dashed: exact solution. Circles: simulated flow, evaluated by the simulator's own benchmark. Black: all questions."
                "Rising dashed curves, one per family, with circles on them; the first bend of each lies far apart from the others'."
                2
                []
                panels

        { drawn with
            ColourNames = [ for colour, f in largest questions -> colour, questions.Names[f] ]
        }

    /// The early maximum, with and without reweighting.
    let bump (xe: Curve) (sym: Curve) (unweighted: Curve) (linear: Curve) =
        let line legend colour stroke (curve: Curve) =
            Drawing.series (Some legend) (Some colour) (Line(stroke, 1.6)) (Array.zip curve.Times curve.Total)

        Drawing.figure
            "emergence-early"
            "Before the first mode has appeared"
            [ "v1 2A"; "v1 6" ]
            "Share of all analogies answered rightly while every embedding is still smaller than 10^{-6}. Dashed: exact solution of L_{xe} and of the reweighted L_{sym}. Dotted: the linear law of L_{sym} without reweighting, whose simulation is the circles."
            "The curve of L_xe has a maximum at about a tenth of the first realisation time; that of L_sym without reweighting has none."
            1
            []
            [
                Drawing.panel
                    ""
                    (time None)
                    (accuracy None)
                    [
                        line "L_{xe}" 0 Dashed xe
                        line "L_{sym}, every pair alike" 1 Dashed sym
                        line "L_{sym}, as the text weighs" 2 Dotted linear
                        Drawing.series
                            (Some "the same, simulated")
                            (Some 2)
                            (Circles 3.5)
                            (Array.zip unweighted.Times unweighted.Total)
                    ]
            ]
