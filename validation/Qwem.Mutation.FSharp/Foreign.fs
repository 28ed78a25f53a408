/// Code in the theory's methods that is not in its source.
module internal Qwem.Mutation.Foreign

open System.Collections.Generic
open Mono.Cecil
open Mono.Cecil.Cil

/// The checks that Array.init, Array.max and others bring along when they are inlined: a branch over code that throws an
/// ArgumentException, which the theory itself never does, and the literal that the branch compares to.
let private checks (body: MethodBody) =
    let throwsArgument (i: Instruction) =
        i.OpCode.Code = Code.Throw
        && match i.Previous.Operand with
           | :? MethodReference as created ->
               created.DeclaringType.Namespace = "System"
               && created.DeclaringType.Name.StartsWith "Argument"
           | _ -> false

    let leadsOver (last: Instruction) (i: Instruction) =
        i.OpCode.FlowControl = FlowControl.Cond_Branch
        && obj.ReferenceEquals(i.Operand, last.Next)

    [
        for last in Seq.filter throwsArgument body.Instructions do
            let block =
                last
                |> List.unfold (fun i ->
                    match box i with
                    | null -> None
                    | _ -> Some(i, i.Previous))

            match block |> List.tryFindIndex (leadsOver last) with
            | Some branch ->
                yield! List.take (branch + 1) block

                if block[branch].Previous.OpCode.Code = Code.Ldc_I4 then
                    block[branch].Previous
            | None -> ()
    ]

let private isObject (operand: obj | null) =
    match operand with
    | :? TypeReference as kind -> kind.FullName = "System.Object"
    | _ -> false

/// How many holes an interpolated string has, and their numbers.
let private holes (body: MethodBody) =
    body.Instructions
    |> Seq.filter (fun i ->
        i.OpCode.Code = Code.Ldc_I4
        && (i.Next.OpCode.Code = Code.Newarr && isObject i.Next.Operand
            || not (isNull (box i.Previous))
               && i.Previous.OpCode.Code = Code.Dup
               && List.contains i.Previous.Previous.OpCode.Code [ Code.Newarr; Code.Stelem_Any ]
               && isObject i.Previous.Previous.Operand))

/// Whether and how an enumerator is disposed of.
let private disposal (body: MethodBody) =
    [
        for handler in body.ExceptionHandlers do
            if handler.HandlerType = ExceptionHandlerType.Finally then
                for i in body.Instructions do
                    if
                        i.Offset >= handler.HandlerStart.Offset
                        && (isNull (box handler.HandlerEnd) || i.Offset < handler.HandlerEnd.Offset)
                    then
                        i
    ]

/// The instructions of a method, as it was read, that are not the theory's own.
let instructions (body: MethodBody) : HashSet<Instruction> =
    HashSet(Seq.concat [ Seq.ofList (checks body); holes body; Seq.ofList (disposal body) ])
