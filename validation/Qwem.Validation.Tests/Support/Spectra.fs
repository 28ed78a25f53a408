/// Spectra as generators: descending eigenvalues within [-3, 5], among them zero, repeated, nearly equal and negative ones.
module Qwem.Validation.Tests.Spectra

open FsCheck
open FsCheck.FSharp

/// Descending eigenvalues.
type Spectrum = Spectrum of float[]

let isDescending (values: float[]) =
    values |> Array.pairwise |> Array.forall (fun (a, b) -> a >= b)

let isRepeated (values: float[]) =
    values |> Array.pairwise |> Array.exists (fun (a, b) -> a = b)

/// Two eigenvalues differ by less than 1e-7 of themselves, but do differ.
let isClose (values: float[]) =
    values
    |> Array.pairwise
    |> Array.exists (fun (a, b) -> a <> b && abs (a - b) < 1e-7 * abs a)

/// The classes of spectra, each of which must be met.
let classes: (string * (float[] -> bool)) list = [
    "zero", Array.contains 0.0
    "repeated", isRepeated
    "close", isClose
    "negative", Array.exists (fun x -> x < 0.0)
    "simple", (fun values -> not (isRepeated values || isClose values))
]

/// Says of a property's draw which classes its spectrum is of.
let classified (values: float[]) (property: Property) =
    (property, classes)
    ||> List.fold (fun property (name, holds) -> Prop.classify (holds values) name property)

let private sign = Gen.elements [ 1.0; -1.0 ]

/// An eigenvalue by itself: of order one, or over fourteen decades.
let private single =
    Gen.frequency [
        4, uniform 0.0 5.0
        3, uniform -3.0 0.0
        1, Gen.map2 (*) sign (powerOfTen -14.0 0.0)
    ]

/// An eigenvalue beside others: also zero, one of the others, or away from it by 1e-15 to 1e-8 of itself.
let private beside (others: float list) =
    Gen.frequency [
        7, single
        1, Gen.constant 0.0
        if not others.IsEmpty then
            1, Gen.elements others
            1, Gen.map2 (fun x gap -> x * (1.0 - gap)) (Gen.elements others) (powerOfTen -15.0 -8.0)
    ]

let rec private grown (values: float list) count =
    gen {
        if count = 0 then
            return values |> Array.ofList |> Array.sortDescending
        else
            let! next = beside values
            return! grown (next :: values) (count - 1)
    }

/// Spectra of a given size, one in four of eigenvalues drawn one by one.
let ofSize size =
    Gen.frequency [
        3, grown [] size
        1, Gen.map Array.sortDescending (Gen.arrayOfLength size single)
    ]

/// A spectrum for a property that draws from a stream.
let spectrum random size = drawFrom random (ofSize size)

/// Spectra easier to read, of the same size: all copies of an eigenvalue change together, so that what is repeated stays repeated; and
/// the whole is divided by its largest eigenvalue, which keeps relative gaps.
let easierValues (values: float[]) =
    seq {
        for value in Array.distinct values do
            for other in easier value do
                values |> Array.map (fun x -> if x = value then other else x)

        let scale = largest (Array.map abs values)

        if scale > 0.0 then
            Array.map (fun x -> x / scale) values
    }

let measure (values: float[]) =
    values.Length, Array.sumBy hardness values

let private shrink =
    lowering measure (fun values ->
        Seq.append
            (fewer values |> Seq.filter (fun rest -> rest.Length > 0))
            (Seq.map Array.sortDescending (easierValues values)))

/// Spectra of 1 to 60 eigenvalues; they shrink to fewer, and to 1, 0 and -1.
let spectra: Arbitrary<Spectrum> =
    Arb.fromGenShrink (
        Gen.choose (1, 60) |> Gen.bind ofSize |> Gen.map Spectrum,
        fun (Spectrum values) -> Seq.map Spectrum (shrink values)
    )
