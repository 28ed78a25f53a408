namespace Qwem.Reports

/// What a gate compares, which decides what its bound is made of.
[<RequireQualifiedAccess>]
type GateKind =
    /// A simulation with a theorem: the bound is rounding and the integrator's own error.
    | Exact
    /// A simulation with an approximation: the bound is a formula for the term that the approximation drops.
    | LeadingOrder
    /// The mean of n replicates with an expectation: the bound is a number of standard errors of that mean.
    | Statistical
    /// An order, a sign or a shape: it must beat every null model at p at most 0.01; gap and bound are p-values.
    | Qualitative

/// What a gate says of its claim.
[<RequireQualifiedAccess>]
type Outcome =
    | Confirmed
    /// The evidence is too weak to tell.
    | NotConfirmed
    /// The data reject the claim at the level of the bound.
    | Contradicted

/// What a gate makes of a theory with a mistake in it.
[<RequireQualifiedAccess>]
type SlipResult =
    /// The gate fails under the mistake.
    | Rejected
    /// The prediction does not depend on what the mistake changes.
    | Blind
    /// The gap changes, and the gate still passes.
    | Survives

/// A mistake that someone could make in the theory, as the report lists it. There is one list of them, and every gate is shown each.
type ListedSlip =
    {
        /// Short name, as typed in 'qwem gate --suppose'.
        Id: string
        /// The mistake at size 1, as a phrase: "kappa twice too large".
        Mistake: string
        /// What a size s between 0 and 1 does, for instance "κ → κ(1 + s)"; empty for a mistake that is made or not made.
        Continuous: string
    }

/// A gate under a slip of size 1.
type SlipOutcome =
    {
        /// The slip's Id.
        Slip: string
        /// The gap under the slip, or a lower bound of it that is above the bound already.
        Gap: float
        Result: SlipResult
        /// The smallest size of the slip that the gate rejects in either direction, for continuous slips that it rejects.
        Resolution: float option
    }

/// A null model: what a qualitative claim is held against.
type NullModel =
    {
        /// What it is, as a phrase: "a constant prediction".
        Name: string
        /// Its score, in the gate's effect.
        Score: float
        /// How often the null model does as well as the claim: the p-value.
        P: float
    }

/// One row of the verdict table.
type Verdict =
    {
        /// Stable identifier, for instance "theorem-4.3/xe/exact-gram".
        Id: string
        /// The claim that was tested, one sentence.
        Claim: string
        Kind: GateKind
        /// What Gap and Bound measure, with its unit, for instance "relative error of the Gram matrix, Frobenius norm".
        Metric: string
        Gap: float
        Bound: float
        /// Where the bound comes from.
        Derivation: string
        /// The rule that was set or changed after results had been seen, with what had been seen; empty if none was.
        Changed: string
        Outcome: Outcome
        /// The effect and its interval, in words; empty where gap and bound say it.
        Effect: string
        Nulls: NullModel list
        /// Every slip of the suite.
        Slips: SlipOutcome list
    }

    /// Gap over bound: above 1 fails.
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
        /// What came out, in one plain sentence with the one to three numbers that a referee would quote first.
        Answer: string
        /// What else came out, with its numbers; empty where the answer says it all.
        Details: string
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
        /// The list of slips that every gate was shown.
        Slips: ListedSlip list
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
