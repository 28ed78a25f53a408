namespace Qwem.Validation

/// A mistake with a size: 0 changes nothing, 1 is what someone could really do.
[<NoEquality; NoComparison>]
type Slip =
    {
        /// Short name, as typed in 'qwem gate --suppose'.
        Id: string
        /// The mistake at size 1, as a phrase.
        Mistake: string
        /// What a size s does, where every size makes sense; empty for a mistake that is made or not.
        Continuous: string
        In: float -> Theory -> Theory
    }

/// The two kinds of slips.
module internal SlipOf =

    /// A mistake that is made or not: id, mistake, and what it does.
    let made id mistake change : Slip =
        {
            Id = id
            Mistake = mistake
            Continuous = ""
            In = fun size theory -> if size = 0.0 then theory else change theory
        }

    /// A mistake of any size: id, mistake at size 1, what a size s does in words, and what it does.
    let sized id mistake effect change : Slip =
        {
            Id = id
            Mistake = mistake
            Continuous = effect
            In = fun size theory -> if size = 0.0 then theory else change size theory
        }
