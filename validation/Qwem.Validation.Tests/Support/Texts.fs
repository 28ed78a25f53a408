/// Corpora as texts: articles of words.
module Qwem.Validation.Tests.Texts

open System
open FsCheck
open FsCheck.FSharp

/// Words of one, two, eight, nine, sixteen, seventeen and forty letters: every path of the hash.
let lexicon = [|
    "a"
    "b"
    "ab"
    "the"
    "aaaaaaaa"
    "aaaaaaaaa"
    "abcdefghijklmnop"
    "abcdefghijklmnopq"
    String('z', 40)
|]

/// Articles of words of the lexicon, at least one word in all.
type Text = { Documents: string list list }

let private word =
    Gen.map2 (fun i j -> lexicon[min i j]) (Gen.choose (0, 8)) (Gen.choose (0, 8))

/// No word, one, fewer than a window has, and several windows; frequent words are often beside themselves.
let private article =
    Gen.elements [ 0; 1; 1; 2; 7; 23; 24; 60; 200; 500 ]
    |> Gen.bind (fun length -> Gen.listOfLength length word)

let private isText (text: Text) =
    List.exists (List.isEmpty >> not) text.Documents

let private measure (text: Text) =
    text.Documents.Length,
    List.sumBy List.length text.Documents,
    List.sumBy (List.filter ((<>) "a") >> List.length) text.Documents

let private candidates (text: Text) =
    seq {
        for articles in fewer (Array.ofList text.Documents) do
            { Documents = List.ofArray articles }

        for at, article in List.indexed text.Documents do
            for words in fewer (Array.ofList article) do
                {
                    Documents = List.updateAt at (List.ofArray words) text.Documents
                }

        for other in text.Documents |> List.concat |> List.distinct do
            {
                Documents = List.map (List.map (fun word -> if word = other then "a" else word)) text.Documents
            }

        for at, article in List.indexed text.Documents do
            for place in 0 .. article.Length - 1 do
                {
                    Documents = List.updateAt at (List.updateAt place "a" article) text.Documents
                }
    }

/// Texts of one to eight articles; they shrink to fewer articles, shorter ones, and to the word "a".
let texts: Arbitrary<Text> =
    Arb.fromGenShrink (
        Gen.choose (1, 8)
        |> Gen.bind (fun count -> Gen.listOfLength count article)
        |> Gen.map (fun articles -> { Documents = articles })
        |> Gen.filter isText,
        lowering measure (candidates >> Seq.filter isText)
    )

/// A text for a property that draws from a stream.
let textFrom random = drawFrom random (Arb.toGen texts)
