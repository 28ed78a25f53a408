namespace Qwem.Validation

open System
open System.Collections.Concurrent
open Microsoft.FSharp.Reflection

/// What a computation has read of a theory.
[<Sealed; AllowNullLiteral>]
type internal Reading(parts: int) =
    /// Parts that it called itself.
    member val Own = Array.zeroCreate<bool> parts

    /// The same, and those that the predictions it asked for called.
    member val All = Array.zeroCreate<bool> parts

    /// Whether the computation has ended.
    member val IsOver = false with get, set

    /// These predictions, and their values.
    member val Asked = ConcurrentQueue<struct ((Theory -> objnull) * objnull)>()

/// A part of a theory that notifies its watchers when it is read, and the part itself.
type internal IWatched =
    abstract Original: obj
    abstract Reading: Reading
    /// A prediction that was asked for has read it.
    abstract Note: unit -> unit

type internal Watched<'a, 'b>(law: 'a -> 'b, original: 'a -> 'b, index: int, reading: Reading) =
    inherit FSharpFunc<'a, 'b>()

    // The watchers of the theory that this one watches are notified too.
    let outer =
        match nonNull (box law) with
        | :? IWatched as watched -> ValueSome watched
        | _ -> ValueNone

    override _.Invoke a =
        // A function returned by a prediction would be kept, and would read the theory of the first caller.
        if reading.IsOver then
            raise (
                NotSupportedException
                    "A prediction's value reads the theory after it was computed; return what it says, not a function of the theory."
            )

        reading.Own[index] <- true
        reading.All[index] <- true
        outer |> ValueOption.iter _.Note()
        original a

    interface IWatched with
        member _.Original = nonNull (box original)
        member _.Reading = reading

        member _.Note() =
            reading.All[index] <- true
            outer |> ValueOption.iter _.Note()

/// The parts of a theory, by number.
module Parts =

    let private fields = FSharpType.GetRecordFields typeof<Theory>
    let private read = FSharpValue.PreComputeRecordReader typeof<Theory>
    let private make = FSharpValue.PreComputeRecordConstructor typeof<Theory>

    /// Names of the parts.
    let names = fields |> Array.map _.Name

    let rec private original (part: obj | null) : obj =
        match part with
        | :? IWatched as watched -> original watched.Original
        | other -> nonNull other

    /// The parts themselves, to be compared by reference.
    let internal all (theory: Theory) : obj array = read theory |> Array.map original

    /// Notifies the watchers of a theory that a prediction has read a part.
    let internal note (theory: Theory) index =
        match (read theory)[index] with
        | :? IWatched as watched -> watched.Note()
        | _ -> ()

    /// Notifies the watchers of a theory, and not theirs, of a prediction's value.
    let internal tell (theory: Theory) (prediction: Theory -> objnull) (value: objnull) =
        match (read theory)[0] with
        | :? IWatched as watched -> watched.Reading.Asked.Enqueue(struct (prediction, value))
        | _ -> ()

    /// The same theory, which records what is read of it.
    let internal watch (reading: Reading) (theory: Theory) : Theory =
        read theory
        |> Array.mapi (fun index part ->
            let struct (domain, range) =
                let d, r = FSharpType.GetFunctionElements fields[index].PropertyType
                struct (d, r)

            let watched = typedefof<Watched<_, _>>.MakeGenericType(domain, range)
            nonNull (Activator.CreateInstance(watched, nonNull part, original part, index, reading)))
        |> make
        |> unbox<Theory>

/// Something that follows from the theory, computed again only where something that it asks for has changed: a part of the theory, or what
/// another prediction says. Threads that ask for different theories compute side by side.
[<Sealed>]
type Prediction<'p>(compute: Theory -> 'p, same: 'p -> 'p -> bool) =

    // The derived theory's, which is asked for first and to the end, and as many as two searches for a resolution go back and forth between.
    let capacity = 9
    let known = ResizeArray<struct (bool array * obj array * 'p)>()

    // What the derived theory's value came of.
    let mutable first: Reading = null

    let isSame (a: objnull) (b: objnull) =
        obj.ReferenceEquals(a, b)
        || (match a with
            | :? ValueType as a -> a.Equals b
            | _ -> false)

    let unchanged (reads: bool array) (parts: obj array) (of': obj array) =
        Seq.forall (fun i -> not reads[i] || obj.ReferenceEquals(parts[i], of'[i])) (seq { 0 .. parts.Length - 1 })

    let find (parts: obj array) =
        lock known (fun () ->
            match known.FindIndex(fun (struct (reads, of', _)) -> unchanged reads parts of') with
            | -1 -> ValueNone
            | at ->
                let entry = known[at]

                // The least recently used one is removed first.
                if at > 0 then
                    known.RemoveAt at
                    known.Add entry

                ValueSome entry)

    let keep entry (reading: Reading) =
        lock known (fun () ->
            if known.Count = capacity then
                known.RemoveAt 1

            if known.Count = 0 then
                first <- reading

            known.Add entry)

    // Whatever the theory changes, if all that is read here itself is as it was for the derived theory, so is what follows.
    let asBefore theory (parts: obj array) =
        match lock known (fun () -> if known.Count > 0 then ValueSome(struct (first, known[0])) else ValueNone) with
        | ValueSome(struct (reading, struct (_, of', value))) when
            not reading.Asked.IsEmpty && unchanged reading.Own parts of'
            ->
            let probing = Reading parts.Length
            let probe = Parts.watch probing theory

            if reading.Asked |> Seq.forall (fun struct (ask, said) -> isSame (ask probe) said) then
                reading.Own
                |> Array.iteri (fun index isRead ->
                    if isRead then
                        probing.All[index] <- true
                        Parts.note theory index)

                ValueSome(struct (probing, value))
            else
                ValueNone
        | _ -> ValueNone

    let anew theory (parts: obj array) =
        let reading = Reading parts.Length
        let value = compute (Parts.watch reading theory)
        reading.IsOver <- true

        match lock known (fun () -> if known.Count > 0 then ValueSome known[0] else ValueNone) with
        | ValueSome(struct (_, _, right)) when same value right -> struct (reading, right)
        | _ -> struct (reading, value)

    /// Without a comparison of values: each computation gives another one.
    new(compute) = Prediction(compute, (fun _ _ -> false))

    /// What follows from a theory.
    member it.Of(theory: Theory) : 'p =
        let parts = Parts.all theory

        let value =
            match find parts with
            | ValueSome(struct (reads, _, value)) ->
                reads
                |> Array.iteri (fun index isRead ->
                    if isRead then
                        Parts.note theory index)

                value
            | ValueNone ->
                let struct (reading, value) =
                    match asBefore theory parts with
                    | ValueSome found -> found
                    | ValueNone -> anew theory parts

                keep (struct (reading.All, parts, value)) reading
                value

        Parts.tell theory (fun theory -> box (it.Of theory)) (box value)
        value
