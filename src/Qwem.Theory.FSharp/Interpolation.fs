/// Reading curves that are known at some times.
module internal Qwem.Theory.Interpolation

open System

/// When a rising curve passes half of a height: the logit of its share is close to linear in time (and is, for a logistic rise), so that the cubic
/// through four records around the passing is inverted. NaN where it does not pass.
let passing (times: float[]) (values: float[]) (height: float) =
    match Array.tryFindIndex (fun value -> value > 0.5 * height) values with
    | Some index when index > 0 && values[index] < 0.99 * height ->
        let records =
            [| max 0 (index - 2) .. min (index + 1) (times.Length - 1) |]
            |> Array.filter (fun i -> values[i] > 0.0 && values[i] < 0.99 * height)

        let x = records |> Array.map (fun i -> log (values[i] / (height - values[i])))

        records
        |> Array.mapi (fun i record ->
            let others = [| 0 .. x.Length - 1 |] |> Array.filter ((<>) i)

            (others |> Array.fold (fun product j -> product * -x[j] / (x[i] - x[j])) 1.0)
            * times[record])
        |> Array.sum
    | _ -> nan

/// The records next to a time and their shares in the value there, by the cubic through four of them; the last record's alone beyond the end.
let shares (times: float[]) (time: float) : struct (float * int)[] =
    let last = times.Length - 1

    if time >= times[last] then
        [| struct (1.0, last) |]
    else
        let next = Array.findIndex (fun t -> t > time) times
        let from = max 0 (min (next - 2) (last - 3))
        let records = [| from .. min last (from + 3) |]

        records
        |> Array.map (fun i ->
            let share =
                records
                |> Array.fold
                    (fun product j -> if i = j then product else product * (time - times[j]) / (times[i] - times[j]))
                    1.0

            struct (share, i))

/// The value of a curve at a time, by the cubic through the four records around it; the last record's beyond the end.
let at (times: float[]) (values: float[]) (time: float) =
    shares times time |> Array.sumBy (fun (struct (share, i)) -> share * values[i])
