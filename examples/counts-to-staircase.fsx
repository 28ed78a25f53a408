// From a text's counts to the predicted staircase of the loss, without training: dotnet fsi examples/counts-to-staircase.fsx [TEXT FILE]
#r "nuget: Qwem.Theory, 0.1.0"
open Qwem.Theory
open Qwem.Theory.Functions
let rhyme = "the cat sat on the mat and the dog sat on the log while the king saw the queen and the cat saw the dog"
let text = match fsi.CommandLineArgs with [| _; file |] -> System.IO.File.ReadAllText file | _ -> rhyme
let tokens = text.ToLowerInvariant().Split([| ' '; '\n'; '\r'; '.'; ',' |], System.StringSplitOptions.RemoveEmptyEntries)
let words = tokens |> Array.countBy id |> Array.sortByDescending snd |> Array.truncate 300
let index = words |> Array.mapi (fun i (word, _) -> word, i) |> dict
let ids = tokens |> Array.map (fun token -> match index.TryGetValue token with | true, i -> i | _ -> -1)
let size, window, d, sigma = words.Length, 4, 5, 1e-6
let pairs = Array.zeroCreate<float> (size * size)
for i in 0 .. ids.Length - 1 do
    for r in 1 .. min window (ids.Length - 1 - i) do
        if ids[i] >= 0 && ids[i + r] >= 0 then
            for at in [ ids[i] * size + ids[i + r]; ids[i + r] * size + ids[i] ] do
                pairs[at] <- pairs[at] + float (DynamicWindow.Weight(window, r))
let modes = statistics (Array.map (snd >> float) words) pairs |> neutral |> target (Target.OfLoss QuadraticLoss.Sym) |> spectrum
let stairs = modes |> staircase d sigma
for k in 1..d do printfn "step %d at kappa t = %7.3f, loss falls to %.4f" k (stairs.RealisationTimes()[k - 1]) (stairs.Plateau k)
