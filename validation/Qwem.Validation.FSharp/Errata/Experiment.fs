namespace Qwem.Validation.Errata

open Qwem.Reports
open Qwem.Theory
open Qwem.Validation

/// Experiment errata: where the paper is wrong, measured.
module Experiment =

    let private row (erratum: Erratum) (verdict: Verdict) =
        [
            erratum.Location
            Gates.setMathematics erratum.Printed
            Gates.setMathematics $"{erratum.Right}. {erratum.Reason}"
            Numbers.short verdict.Slips.Head.Gap
            Numbers.short verdict.Gap
            Numbers.short verdict.Bound
            verdict.Metric
        ]

    /// Measures every erratum in its corrected and in its printed form.
    let run (setting: Setting) : Section =
        let verdicts =
            Gates.all setting.Embedded setting.Team |> List.map (OldGate.evaluate Corrected)

        {
            Id = "errata"
            Title = "Errata of the paper"
            Question = "Where is the paper wrong, and by how much?"
            Prediction =
                "Each corrected formula agrees with the measurement within its bound; each printed one does not."
            Answer = ""
            Paragraphs =
                [
                    "Every place where the paper is wrong, ambiguous or loses a constant, with one number for what is printed and one for what is right: the corrected form keeps its bound, the printed form breaks it and serves as the wrong theory that the gate must reject. The test that demonstrates each by property is named in `docs/theory.md`."
                ]
            Quantities = []
            References = []
            Tables =
                [
                    {
                        Caption = "Errata: what is printed, what is right, and how far each is from the measurement"
                        Headings =
                            [
                                "Where"
                                "Printed"
                                "Right, and why"
                                "#As printed"
                                "#Corrected"
                                "#Bound"
                                "What the numbers are"
                            ]
                        Rows = List.map2 row (List.ofSeq Errata.All) verdicts
                    }
                ]
            Figures = []
            Verdicts = verdicts
        }
