namespace Qwem.Reports

/// What a gate was shown to reject: a deliberately wrong theory and the gap it produced.
type MutationOutcome =
    {
        Mutation: string
        Gap: float
        Killed: bool
    }

/// One row of the verdict table.
type Verdict =
    {
        /// Stable identifier, for instance "theorem-4.3/xe/exact-gram".
        Id: string
        /// The claim that was tested, one sentence.
        Claim: string
        /// What Gap and Bound measure, with its unit, for instance "relative error of the Gram matrix, Frobenius norm".
        Metric: string
        Gap: float
        Bound: float
        /// Where the bound comes from.
        Derivation: string
        Passed: bool
        Mutations: MutationOutcome list
    }

    /// Gap over bound: above 1 fails, below 1e-3 the bound is too loose to mean much.
    member verdict.Utilisation = verdict.Gap / verdict.Bound

/// A named number of an experiment, for results.json and the tables.
type Quantity =
    {
        Name: string
        Value: float
        Unit: string
        Meaning: string
    }

/// A table of texts and numbers.
type Table =
    {
        Caption: string
        /// A heading that starts with # stands over numbers, which are set to the right.
        Headings: string list
        /// Cells as text with the report's markup; every row is as long as the headings.
        Rows: string list list
    }

/// A number of the paper beside the one that a section measured. Their texts differ, so it is no comparison of values and no verdict.
type Reference =
    {
        /// What was measured.
        Quantity: string
        /// Where the paper has it: a figure by its name in Report.PaperFigures or with a letter more, or another place in words.
        Place: string
        /// The paper's value, with its unit.
        Paper: string
        /// The paper's text and sizes.
        PaperSetting: string
        /// The section's value, in the same unit.
        Ours: string
        /// The section's text and sizes.
        OurSetting: string
    }

/// A part of the report: prose, numbers, tables, figures and verdicts of one experiment.
type Section =
    {
        Id: string
        Title: string
        /// What is asked, in a sentence or two without formulas; empty where the title says it.
        Question: string
        /// What the theory predicts, with its formula and where it stands.
        Prediction: string
        Paragraphs: string list
        Quantities: Quantity list
        /// Values of the paper that the section measured a counterpart of.
        References: Reference list
        Tables: Table list
        Figures: Figure list
        Verdicts: Verdict list
    }

/// What a run was made from; no clock, host or commit, so that equal inputs give equal bytes.
type Manifest =
    {
        Version: string
        Command: string
        Seeds: (string * uint64) list
        Inputs: (string * string) list
        Settings: (string * string) list
    }

/// A whole report as a value.
type Report =
    {
        Title: string
        Summary: string
        Sections: Section list
        /// The command that makes a section again, by the section's Id.
        Commands: (string * string) list
        /// Every figure of the paper, version and number, that the report is to answer, for instance "v1 2A" and "final 3".
        PaperFigures: string list
        /// Why a figure of the paper has no counterpart, by its name.
        MissingFigures: (string * string) list
        /// Kinds of the paper's numbers that no section measures, each with the reason.
        MissingReferences: (string * string) list
        Manifest: Manifest
    }
