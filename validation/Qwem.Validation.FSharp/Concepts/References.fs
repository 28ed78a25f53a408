/// How far the embeddings reach along each direction, beside the authors' notebook of Figure 1.
module Qwem.Validation.Concepts.References

open Qwem.Reports
open Qwem.Validation
open Qwem.Validation.Theorem43
open Qwem.Validation.Embeddings

// Means of the ten most extreme coordinates at both ends of the first five directions, the larger size first.
let private paper =
    [ 1.338, 1.298; 1.133, 1.132; 1.158, 1.097; 1.229, 1.093; 1.215, 1.098 ]

let private extreme = 10

/// Of the closed form of L_sym, lengths as they are.
let make (setting: Setting) (models: Models) : Reference list =
    let corpus = models.Corpus
    let v = corpus.Size
    let embeddings = models.ClosedForm Symmetric

    let ends k =
        let sorted = Array.sub embeddings (k * v) v |> Array.sort
        let low = sorted |> Array.truncate extreme |> Array.average
        let high = sorted |> Array.rev |> Array.truncate extreme |> Array.average
        max (abs low) (abs high), min (abs low) (abs high)

    let both (larger, smaller) =
        $"{Numbers.decimals 2 larger} and {Numbers.decimals 2 smaller}"

    let list ends =
        ends |> List.map both |> String.concat "; "

    [
        {
            Quantity =
                $"directions 1 … {paper.Length}: mean size of the {extreme} most extreme coordinates of words at either end, the larger first (theirs: trained, the first 4000 words; ours: closed form)"
            Place = "final 1"
            Paper = list paper
            PaperSetting = PaperValues.wikipedia
            Ours = list (List.init paper.Length ends)
            OurSetting = PaperValues.here setting v corpus.Counts.Convention.WindowHalfWidth $"d = {corpus.Dimension}"
        }
    ]
