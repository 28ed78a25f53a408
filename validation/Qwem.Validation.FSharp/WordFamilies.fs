namespace Qwem.Validation

open System
open System.Collections.Generic
open System.IO
open Qwem.Sim.Evaluation

/// Word pairs that stand in one relation, for instance every country with its people.
type WordFamily =
    {
        Name: string
        /// (a_n, b_n), each pair once.
        Pairs: (string * string) array
    }

/// A family of word pairs as indices into a vocabulary.
type Family =
    {
        Name: string
        /// a_1, b_1, a_2, b_2, ...
        Pairs: int array
    }

    /// N, the number of pairs.
    member family.Count = family.Pairs.Length / 2

/// The families of this project, written for it, so that the report needs no benchmark file: words of the embedded vocabulary of
/// 3,000 only, at most 45 pairs each. Any two pairs of a family make a question: a is to b as a' is to b'.
module WordFamilies =

    let private resource = "word-families.txt"

    let private read () =
        match typeof<Tolerance>.Assembly.GetManifestResourceStream resource with
        | null -> invalidOp $"The families {resource} are not embedded in this build."
        | stream ->
            use reader = new StreamReader(stream)
            reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries)

    /// The families in the order of the file.
    let all () : WordFamily list =
        let fold (families: (string * (string * string) list) list) (line: string) =
            match line.Split ' ', families with
            | [| ":"; name |], _ -> (name, []) :: families
            | [| a; b |], (name, pairs) :: rest -> (name, (a, b) :: pairs) :: rest
            | _ -> invalidOp $"The line '{line}' of {resource} is neither ': name' nor two words of a family."

        read ()
        |> Array.fold fold []
        |> List.rev
        |> List.map (fun (name, pairs) ->
            {
                Name = name
                Pairs = pairs |> List.rev |> Array.ofList
            })

    /// The families, of each the pairs with both words in a vocabulary.
    let within (words: string array) : Family list =
        let places = Dictionary<string, int>()
        words |> Array.iteri (fun index word -> places[word] <- index)

        all ()
        |> List.map (fun family ->
            {
                Name = family.Name
                Pairs =
                    family.Pairs
                    |> Array.collect (fun (a, b) ->
                        match places.TryGetValue a, places.TryGetValue b with
                        | (true, i), (true, j) -> [| i; j |]
                        | _ -> [||])
            })

    /// Those that questions can be made of: with two pairs at least.
    let askable (words: string array) =
        within words |> List.filter (fun family -> family.Count >= 2)

    /// All ordered pairs of each family's pairs as questions, as the simulator's benchmark takes them.
    let questions (words: string array) (families: Family list) =
        families
        |> List.map (fun family -> AnalogyWords(family.Name, family.Pairs |> Array.map (fun i -> words[i])))
        |> Array.ofList
        |> AnalogyFile.AllOrderedPairs
