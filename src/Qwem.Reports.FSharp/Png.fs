/// PNG with a palette, a third of the size of what Skia writes: drawings have few colours, and the rest are shades of edges.
/// Skia compresses the palette's indices as if they were grey, and the header is told what they are.
module internal Qwem.Reports.Png

open System
open System.Buffers.Binary
open System.Collections.Generic
open SkiaSharp

let private crcs =
    Array.init 256 (fun n ->
        (uint32 n, seq { 1..8 })
        ||> Seq.fold (fun c _ -> if c &&& 1u = 1u then 0xEDB88320u ^^^ (c >>> 1) else c >>> 1))

let private crc (bytes: byte array) =
    ~~~((0xFFFFFFFFu, bytes)
        ||> Array.fold (fun c b -> crcs[int ((c ^^^ uint32 b) &&& 0xFFu)] ^^^ (c >>> 8)))

let private bigEndian (n: uint32) =
    let bytes = Array.zeroCreate 4
    BinaryPrimitives.WriteUInt32BigEndian(Span bytes, n)
    bytes

let private chunk (name: string) (data: byte array) =
    let named = Array.append (Text.Encoding.ASCII.GetBytes name) data
    Array.concat [ bigEndian (uint32 data.Length); named; bigEndian (crc named) ]

let private distance (a: uint32) (b: uint32) =
    let inline channel shift =
        let d = int ((a >>> shift) &&& 255u) - int ((b >>> shift) &&& 255u)
        d * d

    channel 0 + channel 8 + channel 16

/// The pixels (red, green, blue, alpha in the order of bytes) with at most so many colours: the most frequent ones, and the
/// nearest of them for all others.
let encode (width: int) (height: int) (pixels: uint32 array) (colours: int) : byte array =
    let counts = Dictionary<uint32, int>()
    // Runs of one colour are long: each is looked up once.
    let mutable start = 0

    for i in 1 .. pixels.Length do
        if i = pixels.Length || pixels[i] <> pixels[start] then
            let known =
                match counts.TryGetValue pixels[start] with
                | true, known -> known
                | _ -> 0

            counts[pixels[start]] <- known + i - start
            start <- i

    let palette =
        counts
        |> Seq.sortBy (fun pair -> -pair.Value, pair.Key)
        |> Seq.truncate colours
        |> Seq.map _.Key
        |> Array.ofSeq

    let nearest = Dictionary<uint32, byte>()

    for colour in counts.Keys do
        let mutable best = 0

        for i in 1 .. palette.Length - 1 do
            if distance palette[i] colour < distance palette[best] colour then
                best <- i

        nearest[colour] <- byte best

    use bitmap =
        new SKBitmap(SKImageInfo(width, height, SKColorType.Gray8, SKAlphaType.Opaque))

    let bytes = Array.zeroCreate pixels.Length

    for i in 0 .. pixels.Length - 1 do
        bytes[i] <- if i > 0 && pixels[i] = pixels[i - 1] then bytes[i - 1] else nearest[pixels[i]]

    for row in 0 .. height - 1 do
        let target = IntPtr.Add(bitmap.GetPixels(), row * bitmap.RowBytes)
        Runtime.InteropServices.Marshal.Copy(bytes, row * width, target, width)

    use grey = bitmap.PeekPixels()

    use encoded =
        nonNull (grey.Encode(SKPngEncoderOptions(SKPngEncoderFilterFlags.NoFilters, 6)))

    let png = encoded.ToArray()
    // Signature (8), then the header's length, name, 13 bytes of data and checksum; its tenth byte is the kind of colour.
    let header = png[16..28]

    if header[8] <> 8uy || header[9] <> 0uy then
        raise (ReportException "Skia did not write a grey picture of eight bits.")

    header[9] <- 3uy

    let entries =
        palette
        |> Array.collect (fun colour -> [| byte colour; byte (colour >>> 8); byte (colour >>> 16) |])

    Array.concat [ png[..7]; chunk "IHDR" header; chunk "PLTE" entries; png[33..] ]
