/// The modules of this assembly that hold tests.
module Qwem.Validation.Tests.Modules

open System.Reflection
open Expecto

/// Name and tests of every module that has a value `tests`.
let all =
    lazy
        (Assembly.GetExecutingAssembly().GetTypes()
         |> Array.choose (fun holder ->
             match holder.GetProperty("tests", BindingFlags.Public ||| BindingFlags.Static) with
             | null -> None
             | property ->
                 match property.GetValue null with
                 | :? Test as tests -> Some(holder.Name, Test.toTestCodeList tests)
                 | _ -> None))

/// Names of all tests and lists.
let names = lazy (all.Value |> Seq.collect snd |> Seq.collect _.name |> Set.ofSeq)
