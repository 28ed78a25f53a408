/// What can be put in place of one instruction.
module internal Qwem.Mutation.Operators

open System
open System.Globalization
open Mono.Cecil
open Mono.Cecil.Cil

/// One alternative: how it is named, and its code, given the instruction at which both ways meet again.
type Alternative =
    {
        /// The operator: arithmetic, comparison, negation, sign, literal.
        Kind: string
        Original: string
        Mutated: string
        Code: Instruction -> Instruction list
    }

let private op (code: OpCode) = Instruction.Create code

let private int (value: int) =
    Instruction.Create(OpCodes.Ldc_I4, value)

let private plain kind (original: string) (mutated: string) code =
    {
        Kind = kind
        Original = original
        Mutated = mutated
        Code = fun _ -> code ()
    }

let private swaps =
    dict
        [
            OpCodes.Add, OpCodes.Sub
            OpCodes.Sub, OpCodes.Add
            OpCodes.Mul, OpCodes.Div
            OpCodes.Div, OpCodes.Mul
            OpCodes.Div_Un, OpCodes.Mul
            OpCodes.Rem, OpCodes.Mul
            OpCodes.Rem_Un, OpCodes.Mul
            OpCodes.Shl, OpCodes.Shr_Un
            OpCodes.Shr, OpCodes.Shl
            OpCodes.Shr_Un, OpCodes.Shl
            OpCodes.And, OpCodes.Or
            OpCodes.Or, OpCodes.And
            OpCodes.Xor, OpCodes.And
        ]

/// The branch that differs when the two sides are equal.
let private boundary =
    dict
        [
            OpCodes.Blt, OpCodes.Ble
            OpCodes.Ble, OpCodes.Blt
            OpCodes.Bgt, OpCodes.Bge
            OpCodes.Bge, OpCodes.Bgt
            OpCodes.Blt_Un, OpCodes.Ble_Un
            OpCodes.Ble_Un, OpCodes.Blt_Un
            OpCodes.Bgt_Un, OpCodes.Bge_Un
            OpCodes.Bge_Un, OpCodes.Bgt_Un
        ]

let private isComparison (i: Instruction) =
    not (isNull (box i))
    && List.contains i.OpCode.Code [ Code.Clt; Code.Clt_Un; Code.Cgt; Code.Cgt_Un; Code.Ceq ]

let private isZero (i: Instruction) =
    not (isNull (box i)) && i.OpCode.Code = Code.Ldc_I4 && unbox<int> i.Operand = 0

/// The literal 0 and the ceq that turn "greater" into "at most": the comparison before them is mutated instead.
let private completesComparison (i: Instruction) =
    match i.OpCode.Code with
    | Code.Ceq -> isZero i.Previous && isComparison i.Previous.Previous
    | Code.Ldc_I4 ->
        isZero i
        && isComparison i.Previous
        && not (isNull (box i.Next))
        && i.Next.OpCode.Code = Code.Ceq
    | _ -> false

/// clt and cgt with "or equal"; the IL has no opcode for it.
let private orEqual (code: Code) =
    let opposite =
        match code with
        | Code.Clt
        | Code.Clt_Un -> OpCodes.Cgt
        | _ -> OpCodes.Clt

    fun () -> [ op opposite; int 0; op OpCodes.Ceq ]

let private comparison (i: Instruction) =
    let name = i.OpCode.Name

    let negated =
        plain "negation" name $"not %s{name}" (fun () -> [ op i.OpCode; int 0; op OpCodes.Ceq ])

    match i.OpCode.Code with
    | Code.Ceq -> [ negated ]
    | _ when i.Previous.OpCode.Code = Code.Ldnull -> [ negated ]
    | code -> [ plain "comparison" name $"%s{name} or equal" (orEqual code); negated ]

let private branch (i: Instruction) =
    let target = i.Operand :?> Instruction
    let name = i.OpCode.Name

    let negated =
        {
            Kind = "negation"
            Original = name
            Mutated = $"not %s{name}"
            Code = fun meet -> [ Instruction.Create(i.OpCode, meet); Instruction.Create(OpCodes.Br, target) ]
        }

    match boundary.TryGetValue i.OpCode with
    | true, other ->
        [
            plain "comparison" name other.Name (fun () -> [ Instruction.Create(other, target) ])
            negated
        ]
    | _ -> [ negated ]

let private isBoolean (kind: TypeReference) =
    kind.MetadataType = MetadataType.Boolean

/// Whether an integer literal is a truth value, seen from the instruction that takes it.
let rec private feedsBoolean (method: MethodDefinition) (i: Instruction) =
    match i.OpCode.Code, i.Operand with
    | Code.Br, (:? Instruction as target) -> feedsBoolean method target
    | Code.Ret, _ -> isBoolean method.ReturnType
    | (Code.Brtrue | Code.Brfalse), _ -> true
    | Code.Stloc, (:? VariableDefinition as variable) -> isBoolean variable.VariableType
    | Code.Starg, (:? ParameterDefinition as parameter) -> isBoolean parameter.ParameterType
    | (Code.Stfld | Code.Stsfld), (:? FieldReference as field) -> isBoolean field.FieldType
    | (Code.Call | Code.Callvirt | Code.Newobj), (:? MethodReference as called) ->
        called.Parameters.Count > 0
        && isBoolean called.Parameters[called.Parameters.Count - 1].ParameterType
    | _ -> false

let private floats (c: float) =
    let other kind (mutated: float) =
        plain
            kind
            (c.ToString("R", CultureInfo.InvariantCulture))
            (mutated.ToString("R", CultureInfo.InvariantCulture))
            (fun () -> [ Instruction.Create(OpCodes.Ldc_R8, mutated) ])

    if c = 0.0 || Double.IsNaN c then [ other "literal" 1.0 ]
    elif Double.IsInfinity c then [ other "literal" 1.0; other "sign" -c ]
    else [ other "literal" (c * 1.001); other "sign" -c ]

let private integers method (i: Instruction) =
    let n = unbox<int> i.Operand

    let other (m: int) =
        plain "literal" (string n) (string m) (fun () -> [ int m ])

    if (n = 0 || n = 1) && feedsBoolean method i.Next then
        [ other (1 - n) ]
    else
        [ other (n + 1); other (n - 1) ]

let private longs (i: Instruction) =
    let n = unbox<int64> i.Operand

    [ n + 1L; n - 1L ]
    |> List.map (fun m -> plain "literal" (string n) (string m) (fun () -> [ Instruction.Create(OpCodes.Ldc_I8, m) ]))

/// The alternatives of an instruction whose short form has been undone; none for most.
let alternatives (method: MethodDefinition) (i: Instruction) : Alternative list =
    match i.OpCode.Code with
    | _ when completesComparison i -> []
    | Code.Clt
    | Code.Clt_Un
    | Code.Cgt
    | Code.Cgt_Un
    | Code.Ceq -> comparison i
    | Code.Brtrue
    | Code.Brfalse when isComparison i.Previous -> []
    | _ when i.OpCode.FlowControl = FlowControl.Cond_Branch && i.OpCode.Code <> Code.Switch -> branch i
    | Code.Neg -> [ plain "sign" "neg" "nothing" (fun () -> [ op OpCodes.Nop ]) ]
    | Code.Ldc_R8 -> floats (unbox<float> i.Operand)
    | Code.Ldc_I4 -> integers method i
    | Code.Ldc_I8 -> longs i
    | _ ->
        match swaps.TryGetValue i.OpCode with
        | true, other -> [ plain "arithmetic" i.OpCode.Name other.Name (fun () -> [ op other ]) ]
        | _ -> []
