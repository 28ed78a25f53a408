/// The theory's assembly with all its mutants in it, chosen at run time.
module internal Qwem.Mutation.Rewriting

open System.Collections.Generic
open System.IO
open System.Text.RegularExpressions
open Mono.Cecil
open Mono.Cecil.Cil
open Mono.Cecil.Rocks

/// One mutant. Its id does not depend on where in its file a method stands.
type Mutant =
    {
        Number: int
        /// The number of the first mutant of the same instruction, under which the place is reported as reached.
        Place: int
        Id: string
        File: string
        Line: int
        Original: string
        Mutated: string
    }

/// What is not mutated, and how many methods that is.
type Left =
    {
        /// Equality, order, hash, text, tags and constructors that the compiler writes for records, unions and exceptions.
        Plumbing: int
        /// Hash codes written by hand: equal values must have equal ones, and apart from that every number is right.
        Hashes: int
        /// Not public, and called from nowhere: what is left of a function that the compiler has inlined everywhere.
        Inlined: int
        /// Methods without a line of source: comparers of sorts, the closing of sequences, the start of static values.
        Lineless: int
        /// Mutants in code that the compiler adds to the theory's methods (see Foreign.fs).
        Foreign: int
    }

let private lineNumbers = Regex(@"@\d+(-\d+)?", RegexOptions.Compiled)

/// Closures are named after their line, which is no part of an id.
let private nameOf (method: MethodDefinition) =
    let types =
        method.DeclaringType.FullName.Replace("Qwem.Theory.", "").Replace("<StartupCode$Qwem-Theory>.", "")

    lineNumbers.Replace($"%s{types}::%s{method.Name}", "@")

let private isGenerated (method: MethodDefinition) =
    method.HasCustomAttributes
    && method.CustomAttributes
       |> Seq.exists (fun a -> a.AttributeType.Name = "CompilerGeneratedAttribute")

let rec private nested (kind: TypeDefinition) : TypeDefinition seq =
    Seq.append (Seq.singleton kind) (Seq.collect nested kind.NestedTypes)

let private methods (assembly: ModuleDefinition) =
    assembly.Types
    |> Seq.collect nested
    |> Seq.collect _.Methods
    |> Seq.filter _.HasBody
    |> List.ofSeq

/// The methods that some instruction names.
let private named (all: MethodDefinition list) =
    all
    |> Seq.collect _.Body.Instructions
    |> Seq.choose (fun i ->
        match i.Operand with
        | :? MethodReference as m -> Some(m.Resolve())
        | _ -> None)
    |> HashSet

/// A method that nothing can call: not visible, not virtual, named by no instruction.
let private isInlined (named: HashSet<MethodDefinition>) (method: MethodDefinition) =
    not (named.Contains method)
    && not method.IsVirtual
    && not method.IsConstructor
    && not (method.IsPublic && method.DeclaringType.IsPublic)
    && not (method.DeclaringType.Name.StartsWith "<StartupCode$")

/// No line of source, and more than an operator passed as a function.
let private isLineless (method: MethodDefinition) =
    (method.DebugInformation.SequencePoints |> Seq.forall _.IsHidden)
    && (method.Name <> "Invoke"
        || method.Body.Instructions
           |> Seq.exists (fun i -> i.OpCode.FlowControl = FlowControl.Cond_Branch))

let private position (method: MethodDefinition) =
    let points =
        method.DebugInformation.SequencePoints
        |> Seq.filter (fun p -> not p.IsHidden)
        |> Seq.sortBy _.Offset
        |> Array.ofSeq

    fun (i: Instruction) ->
        points
        |> Array.tryFindBack (fun p -> p.Offset <= i.Offset)
        |> Option.orElse (Array.tryHead points)
        |> Option.map (fun p -> string (Path.GetFileName p.Document.Url), p.StartLine)
        |> Option.defaultValue ("?", 0)

/// Puts a choice between an instruction and its alternatives in its place.
let private put (il: ILProcessor) (offset: MethodReference) (place: int) (i: Instruction) alternatives =
    let original = il.Create OpCodes.Nop
    original.OpCode <- i.OpCode
    original.Operand <- i.Operand
    let meet = il.Create OpCodes.Nop
    let codes: Instruction list list = alternatives meet

    let added =
        [
            il.Create(OpCodes.Call, offset)
            il.Create(OpCodes.Switch, codes |> List.map List.head |> Array.ofList)
            original
            for code in codes do
                il.Create(OpCodes.Br, meet)
                yield! code
            meet
        ]

    // The old instruction becomes the first new one: branches, handlers and sequence points still refer to it.
    i.OpCode <- OpCodes.Ldc_I4
    i.Operand <- box place
    let mutable last = i

    for next in added do
        il.InsertAfter(last, next)
        last <- next

/// Rewrites one method; returns its mutants, numbered from a given number on, and how many were left alone.
let private rewrite
    (offset: MethodReference)
    (ordinals: Dictionary<string, int>)
    (start: int)
    (isLeft: bool)
    (method: MethodDefinition)
    =
    let at = position method
    let name = nameOf method
    let mutants = List<Mutant>()
    let body = method.Body
    body.SimplifyMacros()
    // Alternatives look at their neighbours, so all are found before the first is put in.
    let foreign = Foreign.instructions body
    let mutable left = 0

    let places =
        body.Instructions
        |> Seq.map (fun i -> i, Operators.alternatives method i)
        |> Seq.filter (snd >> List.isEmpty >> not)
        |> Array.ofSeq

    let il = body.GetILProcessor()

    for i, alternatives in places do
        let place = start + mutants.Count
        let file, line = at i

        // What is left alone keeps its ordinal, so that ids do not depend on the rules.
        let named =
            alternatives
            |> List.map (fun a ->
                let key = $"%s{name} %s{a.Kind}"

                let ordinal =
                    match ordinals.TryGetValue key with
                    | true, n -> n + 1
                    | _ -> 1

                ordinals[key] <- ordinal
                a, $"%s{key} %d{ordinal}")

        if isLeft || foreign.Contains i then
            left <- left + named.Length
        else
            for a, id in named do
                mutants.Add
                    {
                        Number = start + mutants.Count
                        Place = place
                        Id = id
                        File = file
                        Line = line
                        Original = a.Original
                        Mutated = a.Mutated
                    }

            put il offset place i (fun meet -> alternatives |> List.map (fun a -> a.Code meet))

    body.OptimizeMacros()
    List.ofSeq mutants, left

/// Writes the rewritten assembly; returns its mutants and what was left alone.
let rewriteAssembly (source: string) (target: string) : Mutant list * Left =
    let resolver = new DefaultAssemblyResolver()
    resolver.AddSearchDirectory(string (Path.GetDirectoryName source))

    use assembly =
        ModuleDefinition.ReadModule(
            source,
            ReaderParameters(ReadSymbols = true, InMemory = true, AssemblyResolver = resolver)
        )

    let offset = assembly.ImportReference(typeof<Switch>.GetMethod "Offset")
    let all = methods assembly
    let named = named all
    let generated, written = all |> List.partition isGenerated
    let hashes, written = written |> List.partition (fun m -> m.Name = "GetHashCode")
    let inlined, mutable_ = written |> List.partition (isInlined named)
    let lineless = mutable_ |> List.filter isLineless |> HashSet
    let ordinals = Dictionary<string, int>()

    let mutants, foreign =
        mutable_
        |> List.fold
            (fun (found: Mutant list list, start, foreign) method ->
                let isLeft = lineless.Contains method
                let mutants, left = rewrite offset ordinals start isLeft method
                mutants :: found, start + mutants.Length, (if isLeft then foreign else foreign + left))
            ([], 0, 0)
        |> fun (found, _, foreign) -> found |> List.rev |> List.concat, foreign

    assembly.Write target

    mutants,
    {
        Plumbing = generated.Length
        Hashes = hashes.Length
        Inlined = inlined.Length
        Lineless = lineless.Count
        Foreign = foreign
    }
