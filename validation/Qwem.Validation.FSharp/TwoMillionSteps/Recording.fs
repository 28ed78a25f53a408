namespace Qwem.Validation.TwoMillionSteps

open System
open System.Globalization
open System.IO
open Qwem.Validation

/// A descent as 'qwem train' recorded it.
[<NoEquality; NoComparison>]
type Recording =
    {
        /// Steps taken at each record, the start left out.
        Steps: int64 array
        /// s_1 .. s_d at each record.
        SingularValues: float array array
        /// How it was made: names and values, in the order of the file.
        Circumstances: (string * string) list
    }

    /// A named circumstance.
    member recording.Circumstance name =
        match recording.Circumstances |> List.tryFind (fun (key, _) -> key = name) with
        | Some(_, value) -> value
        | None -> invalidOp $"The recording does not say its {name}."

/// Reads the recorded run of the paper's Experiment 1.
module Recording =

    let private lines name =
        match typeof<Tolerance>.Assembly.GetManifestResourceStream(name: string) with
        | null -> invalidOp $"The recording {name} is not embedded in this build."
        | stream ->
            use reader = new StreamReader(stream)
            reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries)

    let private number (text: string) =
        Double.Parse(text, CultureInfo.InvariantCulture)

    /// The trace.csv and the circumstances that are embedded in this build; of the records the given share, from the first on.
    let embedded (share: float) : Recording =
        let rows = lines "two-million-steps.csv" |> Array.map _.Split(',')

        let first = rows[0] |> Array.findIndex (fun heading -> heading = "s_1")

        let records = rows |> Array.skip 1 |> Array.filter (fun row -> row[0] <> "0")
        let kept = records |> Array.take (int (share * float records.Length))

        {
            Steps = kept |> Array.map (fun row -> Int64.Parse(row[0], CultureInfo.InvariantCulture))
            SingularValues = kept |> Array.map (fun row -> row[first..] |> Array.map number)
            Circumstances =
                lines "two-million-steps.txt"
                |> Array.map (fun line ->
                    let cut = line.IndexOf '='
                    line[.. cut - 1], line[cut + 1 ..])
                |> List.ofArray
        }
