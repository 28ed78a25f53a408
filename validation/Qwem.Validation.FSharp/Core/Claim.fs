namespace Qwem.Validation

open Qwem.Reports

/// A claim: what is asked, how it is measured, the gates that judge it, and what came out. One value, in one file.
[<NoEquality; NoComparison>]
type Claim =
    {
        /// What the ids of its gates begin with, up to a slash or their end.
        Id: string
        Title: string
        /// Rough seconds on two cores, by profile: what the time left is estimated from.
        Seconds: float array
        /// Measures, judges and writes the section.
        Perform: Setting -> Section
    }

    /// Whether a gate, by its id, is one of this claim's.
    member claim.Has(gate: string) =
        gate = claim.Id
        || gate.StartsWith(claim.Id + "/", System.StringComparison.Ordinal)

/// A claim that is being stated; 'm is what is measured.
[<NoEquality; NoComparison>]
type Draft<'m> =
    {
        Id: string
        Title: string
        Asks: string
        Predicts: string
        Seconds: float array
        Measure: Setting -> 'm
        Gates: 'm -> Gate list
        Answer: 'm -> Verdict list -> string
        Details: 'm -> Verdict list -> string
        Text: 'm -> string list
        Quantities: 'm -> Quantity list
        References: 'm -> Reference list
        Tables: 'm -> Table list
        Figures: 'm -> Figure list
    }

module private Draft =

    let none _ = []
    let unsaid _ _ = ""

    /// What has been said of a claim, with another measurement.
    let measuring (measure: Setting -> 'm) (draft: Draft<unit>) : Draft<'m> =
        {
            Id = draft.Id
            Title = draft.Title
            Asks = draft.Asks
            Predicts = draft.Predicts
            Seconds = draft.Seconds
            Measure = measure
            Gates = none
            Answer = unsaid
            Details = unsaid
            Text = none
            Quantities = none
            References = none
            Tables = none
            Figures = none
        }

    let perform (draft: Draft<'m>) (setting: Setting) : Section =
        let measured = draft.Measure setting
        let gates = draft.Gates measured

        let judging fraction =
            setting.Told $"{draft.Id}: gates and slips" fraction

        // A reduced problem tests the machinery: what it resolves is of no interest.
        let verdicts =
            Matrix.verdicts (not setting.IsSmoke) setting.Team.Size judging Theory.derived Slip.all gates

        {
            Id = draft.Id.Replace('/', '-').Replace('.', '-')
            Title = draft.Title
            Answer = draft.Answer measured verdicts
            Details = draft.Details measured verdicts
            Question = draft.Asks
            Prediction = draft.Predicts
            Paragraphs = draft.Text measured
            Quantities = draft.Quantities measured
            References = draft.References measured
            Tables = draft.Tables measured
            Figures = draft.Figures measured
            Verdicts = verdicts
        }

/// States a claim: claim "id" "title" { asks ...; predicts ...; seconds ...; measures ...; gates ...; answer ...; figures ... }. What is left
/// out is empty; measures stands before what reads the measurement.
type ClaimBuilder(id: string, title: string) =

    member _.Yield(()) : Draft<unit> =
        Draft.measuring
            ignore
            {
                Id = id
                Title = title
                Asks = ""
                Predicts = ""
                Seconds = [| 1.0; 1.0; 1.0; 1.0 |]
                Measure = ignore
                Gates = Draft.none
                Answer = Draft.unsaid
                Details = Draft.unsaid
                Text = Draft.none
                Quantities = Draft.none
                References = Draft.none
                Tables = Draft.none
                Figures = Draft.none
            }

    /// What is asked, in a sentence or two without formulas.
    [<CustomOperation "asks">]
    member _.Asks(draft: Draft<'m>, question: string) = { draft with Asks = question }

    /// What the theory predicts, with its formula and where it stands.
    [<CustomOperation "predicts">]
    member _.Predicts(draft: Draft<'m>, prediction: string) = { draft with Predicts = prediction }

    /// Rough seconds on two cores for smoke, quick, full and paper.
    [<CustomOperation "seconds">]
    member _.Seconds(draft: Draft<'m>, smoke: float, quick: float, full: float, paper: float) =
        { draft with
            Seconds = [| smoke; quick; full; paper |]
        }

    /// The experiment: everything that is measured, by the simulator.
    [<CustomOperation "measures">]
    member _.Measures(draft: Draft<unit>, measure: Setting -> 'm) : Draft<'m> = Draft.measuring measure draft

    [<CustomOperation "gates">]
    member _.Gates(draft: Draft<'m>, gates: 'm -> Gate list) = { draft with Gates = gates }

    /// What came out, in one plain sentence of at most about 200 characters with the one to three numbers that a referee would quote first, of the
    /// measurement and the verdicts; what is contradicted or not confirmed comes first.
    [<CustomOperation "answer">]
    member _.Answer(draft: Draft<'m>, answer: 'm -> Verdict list -> string) = { draft with Answer = answer }

    /// What else came out, in short sentences: a paragraph below the answer on the claim's page.
    [<CustomOperation "details">]
    member _.Details(draft: Draft<'m>, details: 'm -> Verdict list -> string) = { draft with Details = details }

    [<CustomOperation "text">]
    member _.Text(draft: Draft<'m>, paragraphs: 'm -> string list) = { draft with Text = paragraphs }

    [<CustomOperation "quantities">]
    member _.Quantities(draft: Draft<'m>, quantities: 'm -> Quantity list) = { draft with Quantities = quantities }

    /// Values of the paper beside ours.
    [<CustomOperation "references">]
    member _.References(draft: Draft<'m>, references: 'm -> Reference list) = { draft with References = references }

    [<CustomOperation "tables">]
    member _.Tables(draft: Draft<'m>, tables: 'm -> Table list) = { draft with Tables = tables }

    [<CustomOperation "figures">]
    member _.Figures(draft: Draft<'m>, figures: 'm -> Figure list) = { draft with Figures = figures }

    member _.Run(draft: Draft<'m>) : Claim =
        {
            Id = draft.Id
            Title = draft.Title
            Seconds = draft.Seconds
            Perform = Draft.perform draft
        }

[<AutoOpen>]
module ClaimSyntax =

    /// States a claim by its id and its title.
    let claim id title = ClaimBuilder(id, title)

/// Looking up verdicts in answers.
module Verdicts =

    /// The verdict of a gate.
    let find id (verdicts: Verdict list) =
        verdicts |> List.find (fun verdict -> verdict.Id = id)

    /// What an answer begins with where gates are not confirmed: their ids, except those that it mentions itself.
    let failedBut (ids: string list) (verdicts: Verdict list) =
        let having outcome word =
            verdicts
            |> List.filter (fun verdict -> verdict.Outcome = outcome && not (List.contains verdict.Id ids))
            |> List.map _.Id
            |> function
                | [] -> ""
                | some -> $"""{word}: {String.concat ", " some}. """

        having Outcome.Contradicted "Contradicted"
        + having Outcome.NotConfirmed "Not confirmed"

    /// The same of all gates.
    let failed = failedBut []

    /// The smallest size of a slip that any of the gates rejects.
    let resolution slip (verdicts: Verdict list) =
        verdicts
        |> List.collect _.Slips
        |> List.choose (fun outcome -> if outcome.Slip = slip then outcome.Resolution else None)
        |> function
            | [] -> None
            | sizes -> Some(List.min sizes)
