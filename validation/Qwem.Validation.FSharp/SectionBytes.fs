namespace Qwem.Validation

open System
open System.Collections
open System.IO
open System.Text
open Microsoft.FSharp.Reflection
open Qwem.Reports

/// A section of a report as bytes and back, to the last bit of every number. What the bytes mean follows from the types of
/// Qwem.Reports alone, so they are good for the build that wrote them and no other.
module SectionBytes =

    let private isList (t: Type) =
        t.IsGenericType && t.GetGenericTypeDefinition() = typedefof<list<_>>

    let rec private write (writer: BinaryWriter) (t: Type) (value: obj | null) =
        let each (types: Type array) (values: (obj | null) array) = Array.iter2 (write writer) types values

        match value with
        | :? float as x -> writer.Write x
        | :? string as text -> writer.Write text
        | :? int as n -> writer.Write n
        | :? uint64 as n -> writer.Write n
        | :? bool as b -> writer.Write b
        | _ when t.IsArray || isList t ->
            let items = (nonNull value :?> IEnumerable) |> Seq.cast<obj> |> Array.ofSeq

            let element =
                if t.IsArray then nonNull (t.GetElementType()) else t.GetGenericArguments()[0]

            writer.Write items.Length

            for item in items do
                write writer element item
        | _ when FSharpType.IsTuple t ->
            each (FSharpType.GetTupleElements t) (FSharpValue.GetTupleFields(nonNull value))
        | _ when FSharpType.IsRecord t ->
            each (FSharpType.GetRecordFields t |> Array.map _.PropertyType) (FSharpValue.GetRecordFields(nonNull value))
        | _ when FSharpType.IsUnion t ->
            let case, fields = FSharpValue.GetUnionFields(value, t)
            writer.Write(byte case.Tag)
            each (case.GetFields() |> Array.map _.PropertyType) fields
        | _ -> invalidOp $"A section holds a {t}, which has no bytes."

    let rec private read (reader: BinaryReader) (t: Type) : obj | null =
        let each (types: Type array) = types |> Array.map (read reader)

        if t = typeof<float> then
            reader.ReadDouble()
        elif t = typeof<string> then
            reader.ReadString()
        elif t = typeof<int> then
            reader.ReadInt32()
        elif t = typeof<uint64> then
            reader.ReadUInt64()
        elif t = typeof<bool> then
            reader.ReadBoolean()
        elif t.IsArray then
            let element = nonNull (t.GetElementType())
            let items = Array.CreateInstance(element, reader.ReadInt32())

            for index in 0 .. items.Length - 1 do
                items.SetValue(read reader element, index)

            items
        elif isList t then
            let element = t.GetGenericArguments()[0]
            let items = Array.init (reader.ReadInt32()) (fun _ -> read reader element)
            let cases = FSharpType.GetUnionCases t

            Array.foldBack
                (fun item rest -> FSharpValue.MakeUnion(cases[1], [| item; rest |]))
                items
                (FSharpValue.MakeUnion(cases[0], [||]))
        elif FSharpType.IsTuple t then
            FSharpValue.MakeTuple(each (FSharpType.GetTupleElements t), t)
        elif FSharpType.IsRecord t then
            FSharpValue.MakeRecord(t, each (FSharpType.GetRecordFields t |> Array.map _.PropertyType))
        elif FSharpType.IsUnion t then
            let case = (FSharpType.GetUnionCases t)[int (reader.ReadByte())]
            FSharpValue.MakeUnion(case, each (case.GetFields() |> Array.map _.PropertyType))
        else
            invalidOp $"A section holds a {t}, which has no bytes."

    /// The bytes of a section.
    let ofSection (section: Section) : byte array =
        use stream = new MemoryStream()
        use writer = new BinaryWriter(stream, Encoding.UTF8)
        write writer typeof<Section> section
        writer.Flush()
        stream.ToArray()

    /// The section of such bytes.
    let toSection (bytes: byte array) : Section =
        use reader = new BinaryReader(new MemoryStream(bytes), Encoding.UTF8)
        unbox<Section>(nonNull (read reader typeof<Section>))
