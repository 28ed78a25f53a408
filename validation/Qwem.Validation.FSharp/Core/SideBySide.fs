/// Independent pieces of work, several at a time.
module Qwem.Validation.SideBySide

open System
open System.Collections.Concurrent
open System.Runtime.ExceptionServices
open System.Threading.Tasks

/// The results of a piece of work on each item, on so many threads, in the order of the items; they are taken one at a time, for some take a thousand times
/// as long as others. What a piece throws arrives as it is.
let map threads (work: 'a -> 'b) (items: 'a array) : 'b array =
    let results = Array.zeroCreate<'b> items.Length

    try
        Parallel.ForEach(
            Partitioner.Create(Seq.indexed items, EnumerablePartitionerOptions.NoBuffering),
            ParallelOptions(MaxDegreeOfParallelism = threads),
            fun numbered ->
                let index, item = numbered
                results[index] <- work item
        )
        |> ignore
    with :? AggregateException as several ->
        ExceptionDispatchInfo.Throw several.InnerExceptions[0]

    results
