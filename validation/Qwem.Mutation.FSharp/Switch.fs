namespace Qwem.Mutation

open System
open System.Runtime.CompilerServices

/// <summary>Thrown in a test that takes many times the steps it takes without a mutant: an endless loop is a kill.</summary>
type StepBudgetException() =
    inherit Exception "The mutant took many times the steps of the unmutated theory."

/// <summary>What the rewritten theory calls at every place that can be mutated.</summary>
/// <remarks>
/// Mutants are numbered from 0; the mutants of one place have consecutive numbers. No locks: parallel loops of the theory lose some
/// counts, which only blurs the budget.
/// </remarks>
[<AbstractClass; Sealed>]
type Switch private () =
    [<DefaultValue>]
    static val mutable private active: int

    [<DefaultValue>]
    static val mutable private stepsLeft: int64

    [<DefaultValue>]
    static val mutable private reached: bool[]

    /// <summary>The number of the mutant that is on; a large negative number for none.</summary>
    static member Active
        with get () = Switch.active
        and set (value: int) = Switch.active <- value

    /// <summary>How many more calls are allowed before a test is stopped.</summary>
    static member StepsLeft
        with get () = Switch.stepsLeft
        and set (value: int64) = Switch.stepsLeft <- value

    /// <summary>At the first number of every place: whether it has been reached.</summary>
    static member Reached
        with get () = Switch.reached
        and set (value: bool[]) = Switch.reached <- value

    /// <summary>No mutant.</summary>
    static member None = Int32.MinValue / 2

    static member private Rare() =
        RuntimeHelpers.EnsureSufficientExecutionStack()

        if Switch.stepsLeft < 0L then
            raise (StepBudgetException())

    /// <summary>Which alternative of a place is on: 0, 1, ... or a number that no alternative has.</summary>
    /// <param name="first">Number of the place's first mutant.</param>
    static member Offset(first: int) : int =
        Switch.stepsLeft <- Switch.stepsLeft - 1L

        if Switch.stepsLeft < 0L || (Switch.stepsLeft &&& 63L) = 0L then
            Switch.Rare()

        Switch.reached[first] <- true
        Switch.active - first
