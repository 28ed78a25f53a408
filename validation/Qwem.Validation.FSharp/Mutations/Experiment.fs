namespace Qwem.Validation.Mutations

open Qwem.Reports
open Qwem.Validation

/// Experiment mutation-census: every mutant against every property.
module Experiment =

    /// The properties that a theory fails.
    let failures (formulas: Formulas) =
        Properties.all
        |> List.filter (fun property ->
            let gap, bound = property.Check formulas
            not (gap <= bound))

    /// The census as a section of the report: one verdict for the library, with all mutants.
    let run (_: Setting) : Section =
        let worst formulas =
            Properties.all
            |> List.map (fun property ->
                let gap, bound = property.Check formulas
                if bound = 0.0 then (if gap = 0.0 then 0.0 else infinity) else gap / bound)
            |> Curves.worst

        let gate: Gate<Formulas> =
            {
                Id = "mutation-census"
                Claim = "The property suite passes the library and rejects every theory with one symbol wrong."
                Metric = $"largest gap over the {Properties.all.Length} properties, in units of each property's bound"
                Tolerance =
                    {
                        Bound = 1.0
                        Because =
                            "each property's bound stands beside it in Mutations/Properties.fs: truncation of an integration, the accuracy of golden section, rounding, or leading order"
                    }
                Gap = worst
                Mutations = Mutants.all |> List.map (fun mutant -> mutant.Name, mutant.Formulas)
            }

        {
            Id = "mutations"
            Title = "Mutation census"
            Question = "Would the tests of the theory notice a wrong theory?"
            Prediction =
                "Every property passes the library, and every theory with one symbol wrong fails at least one of them."
            Answer = ""
            Paragraphs =
                [
                    $"{Mutants.all.Length} theories with one symbol wrong - factors of 2, signs, transposes, windows off by one, the paper's errata - each run against {Properties.all.Length} properties that are checked by routes of their own: integration, brute-force minimisation, products of steps, second differences."
                ]
            Quantities = []
            References = []
            Tables = []
            Figures = []
            Verdicts = [ OldGate.evaluate Formulas.correct gate ]
        }
