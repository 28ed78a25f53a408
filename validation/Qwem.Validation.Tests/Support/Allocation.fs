/// What an action allocates.
module Qwem.Validation.Tests.Allocation

open System

/// Bytes that the calling thread allocates in an action: the least of five times. A collection in between, which any thread may
/// cause, counts the unused rest of this thread's block as allocated, some 8 KB; what the action itself allocates shows every time.
let byThisThread (action: unit -> unit) : int64 =
    let mutable least = Int64.MaxValue

    for _ in 1..5 do
        let before = GC.GetAllocatedBytesForCurrentThread()
        action ()
        least <- min least (GC.GetAllocatedBytesForCurrentThread() - before)

    least
