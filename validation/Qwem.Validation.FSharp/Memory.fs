/// Keeping memory in bounds where many large arrays come and go.
module Qwem.Validation.Memory

let private batchSize = 16

/// Array.collect over small batches. The arrays in between are large objects, which would accumulate to gigabytes before a
/// collection, so one is requested after each batch.
let inBatches (work: 'a array -> 'b array) (items: 'a array) =
    items
    |> Array.chunkBySize batchSize
    |> Array.collect (fun batch ->
        let results = work batch
        System.GC.Collect()
        results)
