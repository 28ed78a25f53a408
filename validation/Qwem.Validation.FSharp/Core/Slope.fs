namespace Qwem.Validation

open System
open MathNet.Numerics.Distributions

/// A slope of logarithms, measured once per seed.
type Slope =
    {
        Mean: float
        /// Half the 99.9 % interval of the mean, by Student's distribution.
        HalfWidth: float
    }

module Slope =

    /// Least squares slope of ln y over ln x.
    let fit (points: (float * float) seq) =
        let logs = points |> Seq.map (fun (x, y) -> Math.Log x, Math.Log y) |> Array.ofSeq
        let mx, my = Array.averageBy fst logs, Array.averageBy snd logs

        (logs |> Array.sumBy (fun (x, y) -> (x - mx) * (y - my)))
        / (logs |> Array.sumBy (fun (x, _) -> (x - mx) * (x - mx)))

    /// Mean and interval of slopes, one per seed; at least two.
    let ofSeeds (slopes: float array) =
        let count = float slopes.Length
        let mean = Array.average slopes

        let variance =
            (slopes |> Array.sumBy (fun s -> (s - mean) * (s - mean))) / (count - 1.0)

        {
            Mean = mean
            HalfWidth = StudentT.InvCDF(0.0, 1.0, count - 1.0, 0.9995) * sqrt (variance / count)
        }

    /// As text.
    let text slope =
        $"%.4f{slope.Mean} ± %.4f{slope.HalfWidth}"
