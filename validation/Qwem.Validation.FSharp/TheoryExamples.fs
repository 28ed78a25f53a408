namespace Qwem.Validation

open System
open System.IO
open System.Reflection
open System.Text.RegularExpressions
open Qwem.Theory

/// A compiled example of one public type of the theory.
type TheoryExample =
    {
        /// Name of the type it shows.
        Type: string
        /// What of it; empty for the first example of a type.
        Subject: string
        /// Its code, without the indentation of the test that it is the body of.
        Lines: string list
    }

/// What the theory offers and the examples that show it: the bodies of the tests "example of <type>" and
/// "example of <type>: <subject>" in validation/Qwem.Validation.Tests/Theory/Examples, which are embedded here.
module TheoryExamples =

    let private theory = typeof<Erratum>.Assembly

    let private ordinal (names: string seq) =
        names
        |> Seq.distinct
        |> Seq.sortWith (fun a b -> String.CompareOrdinal(a, b))
        |> List.ofSeq

    /// The public types of the theory, by name.
    let types =
        theory.GetExportedTypes()
        |> Array.filter (fun t -> not t.IsNested && isNull (box (t.GetCustomAttribute<MeasureAttribute>())))
        |> Array.sortWith (fun a b -> String.CompareOrdinal(a.Name, b.Name))
        |> List.ofArray

    /// Names of a type's own public properties, methods, cases and, as "new", constructors.
    let members (theoryType: Type) =
        let union = Reflection.FSharpType.IsUnion theoryType

        // What the compiler adds to records and unions, and what every value has, needs no example.
        let added (name: string) =
            List.contains name [ "Equals"; "GetHashCode"; "ToString"; "Item" ]
            || name.StartsWith "get_"
            || union && (name.StartsWith "Is" || name = "Tag")

        theoryType.GetMembers(
            BindingFlags.Public
            ||| BindingFlags.Instance
            ||| BindingFlags.Static
            ||| BindingFlags.DeclaredOnly
        )
        |> Seq.choose (fun m ->
            match m with
            | :? Type -> None
            | :? ConstructorInfo -> if union || Reflection.FSharpType.IsRecord theoryType then None else Some "new"
            | _ when added m.Name -> None
            | :? MethodInfo as method when union && method.Name.StartsWith "New" -> Some(method.Name.Substring 3)
            | :? MethodInfo as method when method.IsSpecialName -> None
            | _ -> Some m.Name)
        |> ordinal

    let private parse (text: string) =
        let indentation (line: string) = line.Length - line.TrimStart().Length

        Regex.Matches(
            text.ReplaceLineEndings "\n",
            """^( *)testCase\s+"example of ([^"]*)"\s+\(fun \(\) ->\n((?:\1 +.*\n|\n)*)(\1\))?""",
            RegexOptions.Multiline
        )
        |> List.ofSeq
        |> List.map (fun example ->
            let title = example.Groups[2].Value.Split(": ", 2)
            let body = example.Groups[3].Value.TrimEnd '\n'

            // Without the parenthesis that ends the test, on the last line of its code or, after a comment, on one of its own.
            let code =
                if example.Groups[4].Success then
                    body
                else
                    body.Substring(0, body.LastIndexOf ')')

            let lines = code.Split '\n'

            let margin =
                lines |> Seq.filter (fun line -> line <> "") |> Seq.map indentation |> Seq.min

            {
                Type = title[0]
                Subject = if title.Length = 1 then "" else title[1]
                Lines =
                    lines
                    |> List.ofArray
                    |> List.map (fun line -> line.Substring(min margin line.Length))
            })

    /// Every example, file by file.
    let all =
        let here = typeof<TheoryExample>.Assembly

        here.GetManifestResourceNames()
        |> Seq.filter _.StartsWith("TheoryExamples/")
        |> ordinal
        |> List.collect (fun name ->
            use reader = new StreamReader(nonNull (here.GetManifestResourceStream name))
            parse (reader.ReadToEnd()))

    /// The examples of one type, in the order of their file.
    let ofType (theoryType: Type) =
        all |> List.filter (fun example -> example.Type = theoryType.Name)
